"""Streaming conversion: the numbers of the lazy path, in flat memory, whatever happens."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, OutputError
from tropdsx.system.workers import run_blocks
from tropdsx.workflows.convert import blocks as stream_blocks
from tropdsx.workflows.convert.files import convert
from tropdsx.write import growing_netcdf as stream_netcdf

from helpers.fields import delays, interruptible

# Partial outputs are announced; most tests make them on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*are complete and kept")

VOLATILE = ("history", "date_created", "id", "tropdsx_command")


def series(coarse, epochs, step=6):
    """A long series that repeats the epochs of a short one."""
    time_axis = np.datetime64("2022-01-01", "ns") + np.arange(epochs) * np.timedelta64(step, "h")
    return coarse.isel(time=np.arange(epochs) % coarse.sizes["time"]).assign_coords(time=time_axis)


@pytest.fixture
def small():
    """Ten degrees, so that an epoch costs a millisecond."""
    return delays(np.arange(85.0, -90, -10.0), np.arange(5.0, 360, 10.0))


@pytest.fixture
def quick(monkeypatch):
    """Commit after every block, of three epochs."""
    monkeypatch.setattr(stream_netcdf, "COMMIT_SECONDS", 0.0)
    monkeypatch.setattr(stream_blocks, "STEPS", 3)


def same(a, b, *, attributes=True):
    with xr.open_dataset(a) as one, xr.open_dataset(b) as two:
        xr.testing.assert_equal(one.load(), two.load())
        if attributes:
            left, right = (
                {k: v for k, v in ds.attrs.items() if k not in VOLATILE} for ds in (one, two)
            )
            assert left == right
            for name in one.variables:
                assert one[name].attrs == two[name].attrs


def leftovers(folder):
    return [p.name for p in Path(folder).iterdir() if "partial" in p.name]


# ------------------------------------------------------------------------ the engine by itself


def test_blocks_come_out_in_order_and_few_are_held():
    held, most, out = 0, 0, []
    lock = threading.Lock()

    def read(number):
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return number

    def compute(number):
        time.sleep(random.Random(number).uniform(0, 0.004))
        return number * 2

    def write(number, value):
        nonlocal held
        with lock:
            held -= 1
        out.append((number, value))

    run_blocks(60, read, compute, write, workers=4)
    assert out == [(k, 2 * k) for k in range(60)]
    assert most <= 4 + 2 * 2


def test_files_are_touched_by_one_thread_only():
    seen = {"read": set(), "compute": set(), "write": set(), "written": set()}

    def note(what):
        seen[what].add(threading.get_ident())

    run_blocks(
        20,
        lambda _: note("read"),
        lambda _: (note("compute"), time.sleep(0.001)),
        lambda *_: note("write"),
        workers=3,
        written=lambda _: note("written"),
    )
    assert len(seen["read"]) == 1
    assert seen["read"] == seen["write"]
    assert not seen["compute"] & seen["read"]
    assert seen["written"] == {threading.get_ident()}


@pytest.mark.parametrize("where", ["read", "compute", "write", "written"])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, MemoryError])
def test_an_exception_anywhere_comes_out_and_ends_all_threads(where, error):
    before, called_in = our_threads(), set()

    def fail_in(name, result=None):
        def call(*given):
            called_in.add(threading.current_thread())
            if name == where and given[0] in (5, (5,)):
                raise error("so be it")
            return given[0] if result is None else result

        return call

    with pytest.raises(error, match="so be it"):
        run_blocks(
            40,
            fail_in("read"),
            fail_in("compute"),
            fail_in("write"),
            workers=3,
            written=_raiser(error) if where == "written" else None,
        )
    assert not our_threads() - before
    assert all(each.name.startswith("tropdsx-") for each in called_in)


def our_threads():
    """Other libraries start and end threads of theirs when they like."""
    return {each for each in threading.enumerate() if each.name.startswith("tropdsx-")}


def _raiser(error):
    def call(_):
        raise error("so be it")

    return call


# ---------------------------------------------------------------------------- the same numbers


@pytest.mark.parametrize("epochs", [1, 2, 8, 11])
@pytest.mark.parametrize("network", [False, True])
def test_streamed_equals_lazy(coarse, tiny_checkpoint, tmp_path, epochs, network):
    model = tiny_checkpoint if network else None
    series(coarse, epochs).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", model=model, target=2.5, ztd=True)
    with xr.open_dataset(tmp_path / "in.nc") as ds, xr.open_dataset(out) as fine:
        lazy = ds.tropds.downscale(2.5, model=model, ztd=True)
        assert set(lazy.data_vars) <= set(fine.data_vars)
        for name in lazy.data_vars:
            np.testing.assert_array_equal(fine[name], lazy[name])
        np.testing.assert_array_equal(fine.time, lazy.time)


@pytest.mark.parametrize("hours", [1, 3, 6, 4])
def test_neighbours_across_blocks(coarse, tiny_checkpoint, tmp_path, quick, hours):
    series(coarse, 17, hours).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", model=tiny_checkpoint, target=5.0, sigma=True)
    with xr.open_dataset(tmp_path / "in.nc") as ds, xr.open_dataset(out) as fine:
        lazy = ds.tropds.downscale(5.0, model=tiny_checkpoint, sigma=True)
        for name in ("zhd", "zwd", "zhd_sigma", "zwd_sigma"):
            np.testing.assert_array_equal(fine[name], lazy[name])


def test_every_epoch_is_read_once(coarse, tiny_checkpoint, tmp_path, quick, monkeypatch):
    from tropdsx.pipeline.options import Options
    from tropdsx.pipeline.plan import make_plan

    monkeypatch.setattr(stream_blocks, "FETCH_BYTES", 1)
    read = []
    plan = make_plan(series(coarse, 20, 3), Options(model=tiny_checkpoint, target=5.0))
    reader = stream_blocks.BlockReader(plan, 3)
    fetch = reader._moving.isel

    class Watched:
        def isel(self, time):
            read.extend(np.arange(20)[time].tolist())
            return fetch(time=time)

    reader._moving = Watched()
    for number in range(reader.count):
        block = reader.read(number)
        np.testing.assert_array_equal(
            block.grid.time.values[block.rows], plan.grid.time.values[reader.rows_of(number)]
        )
    assert sorted(read) == list(range(20))
    assert reader._held.sizes["time"] <= 3 + 2 * 2 + 3


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_a_damaged_chunk_is_named(coarse, tmp_path, suffix):
    ds, path = series(coarse, 12), tmp_path / f"in.{suffix}"
    noise = 1e-4 * np.random.default_rng(0).random(ds.zwd.shape)  # too much to compress to nothing
    ds["zwd"] = (ds.zwd + noise).assign_attrs(ds.zwd.attrs)
    if suffix == "nc":
        chunks = {"zlib": True, "chunksizes": (4, *ds.zwd.shape[1:])}
        ds.to_netcdf(path, encoding={"zhd": chunks, "zwd": chunks})
        with h5py.File(path) as file:
            chunk = file["zwd"].id.get_chunk_info_by_coord((8, 0, 0))
        with path.open("r+b") as raw:
            raw.seek(chunk.byte_offset + chunk.size // 2)
            raw.write(bytes(64))
    else:
        ds.chunk(time=4).to_zarr(path, zarr_format=2)
        (path / "zwd" / "2.0.0").write_bytes(b"garbage")
    with pytest.raises(
        InputError,
        match=rf"zwd of .*in.{suffix} cannot be read from the epoch "
        rf"{str(ds.time.values[8])[:13]}",
    ) as caught:
        convert(path, tmp_path / "out.nc", model="none", target=5.0)
    assert "damaged" in str(caught.value)
    assert not (tmp_path / "out.nc").exists()


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_orientation_and_order_of_the_caller(coarse, tmp_path, quick, suffix):
    """South first, -180..180, epochs shuffled (files sort them), other names and dimensions."""
    ds = series(coarse, 10).isel(time=[3, 9, 0, 1, 8, 2, 7, 4, 6, 5], lat=slice(None, None, -1))
    ds = ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")
    ds = ds.rename(lat="latitude", time="valid_time").transpose("lon", "latitude", "valid_time")
    ds.to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / f"out.{suffix}", model=None, target=5.0)
    opened = xr.open_zarr(out) if suffix == "zarr" else xr.open_dataset(out)
    with opened as fine, xr.open_dataset(tmp_path / "in.nc") as given:
        lazy = given.tropds.downscale(5.0, model=None).sortby("valid_time")
        np.testing.assert_array_equal(fine.time, lazy.valid_time)
        np.testing.assert_array_equal(
            fine.zwd.transpose("time", "lat", "lon"),
            lazy.zwd.transpose("valid_time", "latitude", "lon"),
        )


def test_zarr_is_sharded_by_block(small, tmp_path, quick):
    series(small, 7).to_netcdf(tmp_path / "in.nc")
    out = convert(tmp_path / "in.nc", tmp_path / "out.zarr", model=None, target=5.0)
    whole = convert(tmp_path / "in.nc", tmp_path / "out.nc", model=None, target=5.0)
    with xr.open_zarr(out) as fine, xr.open_dataset(whole) as other:
        np.testing.assert_array_equal(fine.zhd, other.zhd)
        assert fine.zhd.encoding["shards"] == (3, 36, 72)
        assert fine.zhd.encoding["chunks"] == (1, 36, 72)
        assert fine.zhd.attrs["units"] == "m"
    assert not leftovers(tmp_path)


def test_vmf_text_of_many_epochs(shared, tmp_path):
    files = sorted((shared / "data/vmf3/5x5").glob("*.xz"))
    out = convert(
        files,
        tmp_path / "out.nc",
        model=None,
        target=5.0,
        coarse_orography=shared / "data/orography/orography_ell_5x5",
    )
    with xr.open_dataset(out) as fine:
        assert fine.sizes["time"] == len(files)


# ------------------------------------------------------------------------------------ formats


@pytest.mark.parametrize(
    "storage",
    [
        {"compression": "none"},
        {"compression": "zlib:4"},
        {"compression": "zstd"},
        {"compression": "zstd:5", "quantize": True},
        {"quantize": True},
        {"pack": True},
    ],
    ids=str,
)
def test_direct_chunks_read_as_a_file_written_the_usual_way(small, tmp_path, quick, storage):
    series(small, 7).to_netcdf(tmp_path / "in.nc")
    fast = convert(tmp_path / "in.nc", tmp_path / "fast.nc", model=None, target=5.0, **storage)
    lazy = xr.open_dataset(tmp_path / "in.nc", chunks={"time": 3}).tropds.downscale(5.0, model=None)
    slow = lazy.tropds.to_netcdf(tmp_path / "slow.nc", **storage)
    with netCDF4.Dataset(fast) as one, netCDF4.Dataset(slow) as two:
        one.set_auto_maskandscale(False)
        two.set_auto_maskandscale(False)
        assert list(one.variables) == list(two.variables)
        for name, var in one.variables.items():
            other = two[name]
            assert (var.dtype, var.shape, var.chunking()) == (
                other.dtype,
                other.shape,
                other.chunking(),
            )
            assert var.filters() == other.filters()
            assert {k: str(var.getncattr(k)) for k in var.ncattrs()} == {
                k: str(other.getncattr(k)) for k in other.ncattrs()
            }
            np.testing.assert_array_equal(var[...], other[...])
        assert one.dimensions["time"].isunlimited()


def test_reduced_precision_states_its_error(coarse, tiny_checkpoint, tmp_path):
    series(coarse, 4).to_netcdf(tmp_path / "in.nc")
    exact = convert(tmp_path / "in.nc", tmp_path / "a.nc", model=tiny_checkpoint, target=5.0)
    fast = convert(
        tmp_path / "in.nc", tmp_path / "b.nc", model=tiny_checkpoint, target=5.0, precision="bf16"
    )
    with xr.open_dataset(exact) as a, xr.open_dataset(fast) as b:
        assert "tropdsx_precision_error" not in a.attrs
        stated = json.loads(b.attrs["tropdsx_precision_error"])["zwd"]["max_mm"]
        assert stated == pytest.approx(1e3 * float(abs(a.zwd - b.zwd).max()), abs=1e-3)
        assert stated > 0


def test_quantised_and_packed_values_are_near(small, tmp_path):
    series(small, 4).to_netcdf(tmp_path / "in.nc")
    exact = convert(tmp_path / "in.nc", tmp_path / "a.nc", model=None, target=5.0)
    for name, options, error in (("q", {"quantize": True}, 3.1e-5), ("p", {"pack": True}, 2.6e-5)):
        near = convert(
            tmp_path / "in.nc", tmp_path / f"{name}.nc", model=None, target=5.0, **options
        )
        with xr.open_dataset(exact) as a, xr.open_dataset(near) as b:
            assert b.zhd.dtype == np.float32
            assert 0 < float(abs(a.zhd - b.zhd).max()) < error
        assert near.stat().st_size < exact.stat().st_size


# ------------------------------------------------------------------------------ stop and resume


class Stop(Exception):
    """Stands for any trouble."""


def stop_after(epochs, error=Stop):
    def progress(done, total):
        if done >= epochs:
            raise error

    return progress


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
@pytest.mark.parametrize("error", [Stop, KeyboardInterrupt])
def test_resume_gives_the_same_file(small, tmp_path, quick, suffix, error):
    series(small, 20).to_netcdf(tmp_path / "in.nc")
    out = tmp_path / f"out.{suffix}"

    def run(target=out, **options):
        return convert(tmp_path / "in.nc", target, **{"model": None, "target": 5.0, **options})

    with pytest.raises(error):
        run(progress=stop_after(6, error))
    assert not out.exists()
    assert leftovers(tmp_path)
    with pytest.raises(OutputError, match=r"--resume.*--overwrite"):
        run()
    with pytest.raises(OutputError, match=r"tropdsx_parameters\.interpolation was"):
        run(target=out, resume=True, interpolation="bilinear")
    seen = []
    run(resume=True, progress=lambda done, _: seen.append(done))
    assert seen[0] > 6
    assert not leftovers(tmp_path)
    whole = run(tmp_path / f"whole.{suffix}")
    if suffix == "nc":
        same(out, whole)
    else:
        with xr.open_zarr(out) as one, xr.open_zarr(whole) as two:
            xr.testing.assert_equal(one.load(), two.load())


def test_resume_keeps_the_history_of_the_first_run(small, tmp_path, quick, monkeypatch):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with pytest.raises(Stop):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    stamp = netCDF4.Dataset(next(tmp_path.glob(".out.nc.partial"))).history
    time.sleep(1.1)
    convert(tmp_path / "in.nc", tmp_path / "out.nc", resume=True, **options)
    with xr.open_dataset(tmp_path / "out.nc") as fine:
        assert fine.attrs["history"] == stamp


def test_changed_input_is_refused(small, tmp_path, quick):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with pytest.raises(Stop):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    other = series(small, 9)
    other.assign(zwd=other.zwd.copy(data=other.zwd * 1.001)).to_netcdf(tmp_path / "in.nc")
    with pytest.raises(OutputError, match="tropdsx_inputs was"):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", resume=True, **options)


def test_a_changed_option_is_named(small, tmp_path, quick):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with pytest.raises(Stop):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    with pytest.raises(
        OutputError, match=r"tropdsx_parameters.interpolation was \"bicubic\", is \"bilin"
    ):
        convert(
            tmp_path / "in.nc",
            tmp_path / "out.nc",
            resume=True,
            interpolation="bilinear",
            **options,
        )


def test_overwrite_discards_a_partial_output(small, tmp_path, quick):
    series(small, 9).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}
    with pytest.raises(Stop):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=stop_after(3), **options)
    convert(tmp_path / "in.nc", tmp_path / "out.nc", overwrite=True, **options)
    assert not leftovers(tmp_path)


def test_resume_without_a_partial_output_starts(small, tmp_path):
    series(small, 3).to_netcdf(tmp_path / "in.nc")
    assert convert(tmp_path / "in.nc", model=None, target=5.0, resume=True).exists()


def test_two_runs_on_one_target(small, tmp_path, quick):
    series(small, 30).to_netcdf(tmp_path / "in.nc")
    options = {"model": None, "target": 5.0}

    def second(done, total):
        with pytest.raises(OutputError, match="another run"):
            convert(tmp_path / "in.nc", tmp_path / "out.nc", **options)
        raise Stop

    with pytest.raises(Stop):
        convert(tmp_path / "in.nc", tmp_path / "out.nc", progress=second, **options)


# ------------------------------------------------------------------------------------ trouble

COMMAND = [sys.executable, "-m", "tropdsx", "convert", "in.nc", "-o", "out.nc", "--model", "none"]


def start(folder, *extra, **options):
    return subprocess.Popen(
        [*COMMAND, *extra],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        **{"preexec_fn": interruptible} | options,
    )


def epochs_noted(folder):
    note = folder / ".out.nc.partial.json"
    try:
        return json.loads(note.read_text())["epochs_done"]
    except FileNotFoundError:
        return 0


COMMITTING = """
import os, sys, time
from tropdsx.cli import group as cli
from tropdsx.write import growing_netcdf as stream_netcdf
stream_netcdf.COMMIT_SECONDS = float(sys.argv[1])
fsync = os.fsync
# A slow disk: long in each step of a commit.
os.fsync = lambda file: (time.sleep(0.03), fsync(file))
cli.main(sys.argv[2:])
"""


class Killer:
    """Kills conversions of in.nc at random moments, and takes them up again until they are done.

    A moment is a size of the partial file and the time of a commit more: then a quick machine and
    a slow one are both caught in the middle, between two commits and within one.
    """

    def __init__(self, folder, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.whole = (folder / "whole.nc").stat().st_size
        self.kills = []

    def round(self):
        """Kill once or twice, then let it end; the file must be the uninterrupted one."""
        (self.folder / "out.nc").unlink(missing_ok=True)
        moments = sorted(self.random.uniform(-0.2, 0.95) for _ in range(self.random.choice([1, 2])))
        noted = 0
        for moment in [*moments, None]:
            # Commits after every block, or as seldom as they usually are.
            seconds = str(self.random.choice([0.0, 0.0, stream_netcdf.COMMIT_SECONDS]))
            command = [sys.executable, "-c", COMMITTING, seconds, *COMMAND[3:], "--resume"]
            work = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.PIPE, text=True)
            if moment is None or not self.reaches(moment, work, noted):
                _, err = work.communicate()
                assert work.returncode == 0, err
                break
            work.kill()
            work.communicate()
            if (self.folder / "out.nc").exists():  # killed after it was done
                break
            noted = epochs_noted(self.folder)
            self.kills.append(noted)
        same(self.folder / "out.nc", self.folder / "whole.nc")
        # Killed after it was done, it can leave a note; see the next test.
        allowed = {".out.nc.partial.lock", ".out.nc.partial.json"}
        assert set(leftovers(self.folder)) <= (allowed if work.returncode else set())
        (self.folder / ".out.nc.partial.lock").unlink(missing_ok=True)

    def reaches(self, moment, work, noted):
        """Wait until so much of the file is there; False if the work ends before."""
        partial = self.folder / ".out.nc.partial"
        while not (partial.exists() and partial.stat().st_size >= moment * self.whole):
            if work.poll() is not None:
                return False
            # What was noted before is not done again.
            assert epochs_noted(self.folder) >= noted or (self.folder / "out.nc").exists()
            time.sleep(0.003)
        time.sleep(self.random.uniform(0.0, 0.15))
        return True


@pytest.mark.slow
@pytest.mark.timeout(900)  # a command starts in 2 s, on a busy machine in 20 s, and some ten start
def test_killed_at_random_and_resumed(coarse, tmp_path):
    series(coarse, 160).to_netcdf(tmp_path / "in.nc")
    convert(tmp_path / "in.nc", tmp_path / "whole.nc", model="none")
    rounds = int(os.environ.get("TROPDSX_TEST_KILLS", "2"))
    # With this seed early and late in the file, each run twice, three times near a commit.
    killer = Killer(tmp_path, seed=12)
    for _ in range(rounds):
        killer.round()
    for _ in range(5):  # where the machine was so busy that no kill came between two commits
        if any(0 < noted < 160 for noted in killer.kills):
            break
        killer.round()
    print(f"{rounds} rounds, killed with so many epochs safe: {killer.kills}")  # noqa: T201 - -s
    assert any(0 < noted < 160 for noted in killer.kills)


KILLED_AT_THE_END = """
import os, signal, sys
from pathlib import Path
from tropdsx.cli import group as cli
from tropdsx.system import partial as resume
resume._fsync_folder = lambda _: Path("out.nc").exists() and os.kill(os.getpid(), signal.SIGKILL)
cli.main(sys.argv[1:])
"""


def test_killed_between_the_name_and_the_note(small, tmp_path):
    """The output is whole then; what is left beside it is no obstacle and goes with the next."""
    first = tmp_path / "first"
    first.mkdir()
    series(small, 9).to_netcdf(first / "in.nc")
    whole = convert(first / "in.nc", tmp_path / "whole.nc", model="none")
    ran = subprocess.run(
        [sys.executable, "-c", KILLED_AT_THE_END, *COMMAND[3:]], cwd=first, capture_output=True
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    same(first / "out.nc", whole)
    assert set(leftovers(first)) == {".out.nc.partial.json", ".out.nc.partial.lock"}
    for number, again in enumerate(({"overwrite": True}, {"resume": True}, {})):
        folder = shutil.copytree(first, tmp_path / str(number))
        if "overwrite" not in again:
            (folder / "out.nc").unlink()
        same(convert(folder / "in.nc", folder / "out.nc", model="none", **again), whole)
        assert not leftovers(folder)


def test_disk_full(coarse, tmp_path):
    """A limit on the size of files stands for a full disk: what was complete is kept."""
    series(coarse, 60).to_netcdf(tmp_path / "in.nc")
    limit = 8 * 2**20

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    work = start(tmp_path, preexec_fn=limited)
    _, err = work.communicate(timeout=120)
    assert work.returncode == 1
    lines = [line for line in err.splitlines() if "warning:" not in line]
    assert len(lines) == 1, err
    assert "no space left" in lines[0]
    assert "--resume" in err
    assert not (tmp_path / "out.nc").exists()
    assert 0 < json.loads((tmp_path / ".out.nc.partial.json").read_text())["epochs_done"] < 60
    work = start(tmp_path, "--resume")
    assert work.communicate(timeout=120)[1] == ""
    whole = convert(tmp_path / "in.nc", tmp_path / "whole.nc", model="none")
    same(tmp_path / "out.nc", whole)


def test_input_vanishing(small, tmp_path, quick, monkeypatch):
    for k in range(10):
        part = series(small, 40).isel(time=slice(4 * k, 4 * k + 4))
        part.to_netcdf(tmp_path / f"in{k}.nc")
    monkeypatch.setattr(stream_blocks, "FETCH_BYTES", 1)
    # At most 6 of the 14 blocks are held, so some are complete when the last file is wanted.
    monkeypatch.setattr("tropdsx.system.workers.usable_cores", lambda: 2)
    read = stream_blocks.BlockReader.read

    def vanish(reader, number):
        if number == 1:
            (tmp_path / "in9.nc").unlink()
        return read(reader, number)

    monkeypatch.setattr(stream_blocks.BlockReader, "read", vanish)
    # One open file only: the last one is closed again when block 0 has been read.
    with (
        xr.set_options(file_cache_maxsize=1),
        pytest.raises((InputError, OSError), match="in9"),
    ):
        convert(str(tmp_path / "in*.nc"), tmp_path / "out.nc", model=None, target=5.0)
    assert not (tmp_path / "out.nc").exists()
    assert 0 < epochs_noted(tmp_path) < 36, "what was complete is kept"


def test_command_line_tells_how_to_go_on(coarse, tmp_path):
    series(coarse, 400).to_netcdf(tmp_path / "in.nc")
    work = start(tmp_path)
    note = tmp_path / ".out.nc.partial.json"
    while not note.exists():
        assert work.poll() is None
        time.sleep(0.02)
    work.send_signal(signal.SIGINT)
    _, err = work.communicate(timeout=60)
    assert work.returncode == 130
    assert "--resume" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out.nc").exists()


# ------------------------------------------------------------------------------------ threads


def test_many_rounds_with_four_threads(small, tiny_checkpoint, tmp_path, quick, monkeypatch):
    """Reading, computing and writing together, again and again, in one process."""
    monkeypatch.setattr("tropdsx.system.workers.usable_cores", lambda: 4)
    series(small, 6).to_netcdf(tmp_path / "in.nc")
    first = convert(tmp_path / "in.nc", tmp_path / "0.nc", model=tiny_checkpoint, target=5.0)
    rounds = int(os.environ.get("TROPDSX_TEST_ROUNDS", "10"))
    for _ in range(rounds):
        out = convert(
            tmp_path / "in.nc", tmp_path / "1.nc", model=tiny_checkpoint, target=5.0, overwrite=True
        )
        same(first, out)


def test_two_conversions_at_once(small, tiny_checkpoint, tmp_path, quick):
    import torch

    threads = torch.get_num_threads()
    series(small, 12).to_netcdf(tmp_path / "in.nc")
    whole = convert(tmp_path / "in.nc", tmp_path / "whole.nc", model=tiny_checkpoint, target=5.0)
    failed = []

    def work(name):
        try:
            convert(tmp_path / "in.nc", tmp_path / name, model=tiny_checkpoint, target=5.0)
        except BaseException as error:
            failed.append(error)

    both = [threading.Thread(target=work, args=(f"{k}.nc",)) for k in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert not failed
    for k in range(2):
        same(whole, tmp_path / f"{k}.nc")
    assert torch.get_num_threads() == threads


# -------------------------------------------------------------- what must not grow, counted


def test_graph_has_few_tasks_and_few_bytes(coarse, tiny_checkpoint):
    """Tasks and bytes for a year of hours stay small, whatever the network."""
    import cloudpickle

    lazy = series(coarse, 800, 1).chunk(time=8).tropds.downscale(model=tiny_checkpoint)
    graph = lazy.zwd.__dask_graph__()
    assert len(dict(graph)) <= 100 * 60
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        light = series(coarse, 8, 1).chunk(time=8).tropds.downscale(model=tiny_checkpoint)
        assert len(cloudpickle.dumps(light.zwd.data)) < 2_000_000


MEMORY = """
from pathlib import Path
from tropdsx.system import workers as stream_engine
from tropdsx.workflows.convert.files import convert
stream_engine.usable_cores = lambda: 2  # each core more holds one block more
convert("in.nc", "out.nc", model="none", overwrite=True)
# Not ru_maxrss: it starts with what the parent had when it forked.
status = Path("/proc/self/status").read_text().splitlines()
print(next(line for line in status if "VmHWM" in line).split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_does_not_grow_with_the_series(coarse, tmp_path):
    used = []
    for epochs in (192, 768):
        series(coarse, epochs).to_netcdf(tmp_path / "in.nc")
        ran = subprocess.run(
            [sys.executable, "-c", MEMORY], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        used.append(int(ran.stdout) / 1024)
    # The peak comes out 0 to 11 MB apart by chance; 576 epochs are 190 MB as stored, 300 as values.
    assert used[1] - used[0] < 32, used
