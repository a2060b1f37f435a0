"""An output is whole or not there, whatever happens in the middle."""

import signal
import time

import dask.array
import pytest
import xarray as xr

from tropdsx.errors import OutputError
from tropdsx.system import blocks
from tropdsx.system.staging import check_target
from tropdsx.write.netcdf import write_netcdf

from helpers.writing import WRITERS, delays, lazy, reopen, run


@pytest.mark.parametrize("writer", WRITERS)
def test_an_existing_output_is_refused_before_anything_is_computed(writer, tmp_path):
    def refuse(_):
        raise AssertionError("computed")

    writer(delays(), tmp_path / "out")
    stamp = (tmp_path / "out").stat().st_mtime_ns
    with pytest.raises(OutputError, match=r"out exists; .*\(--overwrite\)"):
        writer(lazy(delays(), then=refuse), tmp_path / "out")
    assert (tmp_path / "out").stat().st_mtime_ns == stamp
    changed = delays().assign_attrs(title="new")
    writer(changed, tmp_path / "out", overwrite=True)
    xr.testing.assert_identical(reopen(tmp_path / "out"), changed)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("writer", WRITERS)
def test_missing_and_wrong_folders(writer, tmp_path):
    with pytest.raises(OutputError, match=r"folder .*nowhere does not exist; make it first"):
        writer(delays(), tmp_path / "nowhere" / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is not a folder"):
        writer(delays(), tmp_path / "file" / "out")
    with pytest.raises(OutputError, match=r"^cannot write .*: [^\n]*$"):
        writer(delays(), "/proc/out")
    with pytest.raises(OutputError, match="name is too long"):
        writer(delays(), tmp_path / ("x" * 256))
    assert writer(delays(), tmp_path / ("x" * 255)).exists()


def test_a_folder_without_write_permission(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission to write in folder"):
        check_target(tmp_path / "out.nc")


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "error", [ValueError("bad block"), KeyboardInterrupt(), OSError(5, "lost")]
)
def test_a_failure_in_mid_write_leaves_nothing(writer, error, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "scheduler_threads", lambda: 1)
    calls = []

    def fail(block):
        calls.append(1)
        if len(calls) > 2:
            raise error
        return block

    kept = write_netcdf(delays(), tmp_path / "other.nc")
    ds = lazy(delays(), 1, then=fail)
    # An input that fails is not an output error, except where dask mixes the two (Zarr, OSError).
    with pytest.raises((type(error), OutputError)), dask.config.set(scheduler="synchronous"):
        writer(ds, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [kept]


def test_an_error_of_the_input_is_not_called_an_output_error(tmp_path):
    def lost(_):
        raise OSError(5, "input went away")

    with pytest.raises(OSError, match="went away") as caught:
        write_netcdf(lazy(delays(), then=lost), tmp_path / "out.nc")
    assert not isinstance(caught.value, OutputError)


def test_an_output_that_appears_meanwhile_is_not_overwritten(tmp_path):
    def appear(block):
        (tmp_path / "out.nc").write_text("someone else's")
        return block

    with pytest.raises(OutputError, match="appeared while"):
        write_netcdf(lazy(delays(), then=appear), tmp_path / "out.nc")
    assert (tmp_path / "out.nc").read_text() == "someone else's"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("writer", ["write_netcdf", "write_zarr"])
def test_a_killed_process_leaves_nothing_under_the_final_name(number, writer, tmp_path):
    child = run(
        f"""
        def slow(block):
            time.sleep(0.1)
            return block
        {writer}(lazy(delays(500), 2, then=slow), Path(sys.argv[1]) / "out")
        """,
        tmp_path,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".out.partial-*")):
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    child.send_signal(number)
    child.communicate(timeout=60)
    assert child.returncode != 0
    assert not (tmp_path / "out").exists()
    # What is left is recognisable; Ctrl-C clears up after itself.
    left = [p.name for p in tmp_path.iterdir()]
    assert all(name.startswith(f".out.partial-{child.pid}-") for name in left)
    if number == signal.SIGINT:
        assert not left


@pytest.mark.parametrize("limit", [2_000, 20_000, 150_000])
@pytest.mark.parametrize("writer", ["write_netcdf", "write_zarr"])
def test_a_full_disk_is_one_clear_line(limit, writer, tmp_path):
    child = run(
        f"""
        ds = lazy(delays(300), 100)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            {writer}(ds, Path(sys.argv[1]) / "out")
        except OutputError as error:
            print(error)
        """,
        tmp_path,
    )
    out, err = child.communicate(timeout=120)
    if writer == "write_zarr" and limit == 150_000:
        assert not out  # every shard is smaller than that
        return
    assert child.returncode == 0, err
    assert out.startswith(f"cannot write {tmp_path / 'out'}: ")
    assert "disk full" in out
    assert out.count("\n") == 1
    assert not list(tmp_path.iterdir())
