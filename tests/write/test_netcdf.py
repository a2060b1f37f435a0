"""Writing: identical on re-opening, flat, and all or nothing whatever happens in the middle."""

import resource  # noqa: F401  (for the child processes)
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dask
import dask.array
import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.cf import description as cf
from tropdsx.errors import OutputError
from tropdsx.system import blocks
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.staging import check_target
from tropdsx.write import netcdf as write
from tropdsx.write import zarr
from tropdsx.write.encoding import bit_round, filters
from tropdsx.write.netcdf import NetcdfWriter, write_netcdf
from tropdsx.write.zarr import write_zarr

from helpers.fields import interruptible

WRITERS = [write_netcdf, write_zarr]


def delays(epochs=7, *, time_name="time", order=None):
    rng = np.random.default_rng(3)
    lat, lon = np.arange(60.0, 50.0, -1.0), np.arange(5.0, 17.0)
    dims, shape = (time_name, "lat", "lon"), (epochs, lat.size, lon.size)
    zhd, zwd = (m + 0.1 * rng.random(shape).astype(np.float32) for m in (2.2, 0.1))
    zwd[0, 1, 2] = np.nan
    times = np.datetime64("2021-01-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    period = {"validation_period": "2020-01-01/2020-12-31"}
    ds = xr.Dataset(
        {
            "zhd": (dims, zhd),
            "zwd": (dims, zwd),
            "zhd_rmse": (dims[1:], zhd[0] / 1000, period),
            "quality": (dims[:1], np.arange(epochs), {"units": "1"}),
        },
        {time_name: times, "lat": lat, "lon": lon, "orography": (dims[1:], 1000.0 * zwd[2])},
        {"history": "made", "numbers": [1.5, 2.5]},
    )
    ds = ds if order is None else ds.transpose(*order, missing_dims="ignore")
    return cf.describe(ds, attrs={"date_created": "2026-01-01T00:00:00Z"})


def lazy(ds, steps=3, then=None):
    """The same with dask chunks along time; ``then`` is called on every block of zhd."""
    time_dim = cf.axes_of(ds).time
    out = ds.copy()
    for name in ("zhd", "zwd"):
        out[name] = out[name].chunk({time_dim: steps})
    if then is not None:
        blocks_of_zhd = out["zhd"].variable.data
        meta = np.empty((0, 0, 0), np.float32)
        out["zhd"].variable.data = blocks_of_zhd.map_blocks(then, dtype=np.float32, meta=meta)
    return out


def reopen(path):
    with xr.open_dataset(path, engine="zarr" if path.is_dir() else "netcdf4") as ds:
        return ds.load()


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "form", [lambda ds: ds, lazy, lambda ds: lazy(ds, 1), lambda ds: lazy(ds, 7)]
)
def test_a_file_opens_identical(writer, form, tmp_path):
    ds = delays()
    path = writer(form(ds), tmp_path / "out")
    xr.testing.assert_identical(reopen(path), ds)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "change",
    [
        lambda _: delays(time_name="valid_time"),
        lambda _: delays(order=("lon", "time", "lat")),
        lambda _: delays(order=("lat", "lon", "time")),
        lambda ds: cf.describe(ds.isel(time=0)),
        lambda ds: cf.describe(ds.isel(time=0, drop=True)),
        lambda ds: ds.isel(time=[0]),
        lambda ds: ds.assign_coords(expver=("time", np.array(["0001", "0005"])[[0] * 6 + [1]])),
        lambda ds: ds.assign_coords(run=("time", ds.time.values - np.timedelta64(10, "m"))),
        lambda ds: ds.assign_coords(lead=("time", np.arange(7) * np.timedelta64(90, "m"))),
        lambda ds: ds.assign(lat=ds.lat.astype(np.float32)),
    ],
    ids=[
        "valid_time",
        "lon first",
        "time last",
        "scalar time",
        "no time",
        "one epoch",
        "strings",
        "second time",
        "timedelta",
        "float32 axis",
    ],
)
def test_other_shapes_open_identical(writer, change, tmp_path):
    ds = change(delays())
    path = writer(lazy(ds) if cf.axes_of(ds).time in ds.dims else ds, tmp_path / "out")
    back = reopen(path)
    if "lead" in ds.coords and "lead" not in back.coords:
        pytest.skip("xarray leaves durations undecoded")
    xr.testing.assert_equal(back, ds)
    assert back.attrs.keys() == ds.attrs.keys()
    for name in ds.variables:
        assert {k: v for k, v in back[name].attrs.items() if k != "dtype"} == ds[name].attrs


def test_storage_of_the_default(tmp_path):
    path = write_netcdf(delays(), tmp_path / "out.nc")
    with netCDF4.Dataset(path) as file:
        assert file.dimensions["time"].isunlimited()
        zhd = file["zhd"]
        assert zhd.dtype == np.float32
        assert zhd.chunking() == [1, 10, 12]
        assert {k: zhd.filters()[k] for k in ("zlib", "complevel", "shuffle")} == {
            "zlib": True,
            "complevel": 1,
            "shuffle": True,
        }
        assert np.isnan(zhd._FillValue)
        assert file["time"].dtype == np.float64
        assert file["time"].units.startswith("hours since")
        assert file["time"].calendar == "standard"
        assert zhd.coordinates == "orography"
        assert file["zhd_rmse"].coordinates == "orography validation_time"
        for name in ("time", "lat", "lon", "lat_bnds", "lon_bnds", "orography", "crs"):
            assert "_FillValue" not in file[name].ncattrs()


def test_zarr_is_version_3_sharded_by_block(tmp_path):
    import zarr

    path = write_zarr(lazy(delays(), 3), tmp_path / "out.zarr")
    zhd = zarr.open_group(path, mode="r")["zhd"]
    assert zhd.metadata.zarr_format == 3
    assert (zhd.chunks, zhd.shards) == ((1, 10, 12), (3, 10, 12))


def test_uneven_chunks(tmp_path):
    ds = delays()
    for writer in WRITERS:
        uneven = ds.chunk({"time": (1, 4, 2)})
        uneven["zwd"] = ds.zwd.chunk({"time": 2, "lat": 4})
        xr.testing.assert_identical(reopen(writer(uneven, tmp_path / writer.__name__)), ds)


@pytest.mark.parametrize("compression", ["none", "zlib:1", "zlib:9", "zstd", "zstd:4"])
def test_compression_changes_no_value(compression, tmp_path):
    path = write_netcdf(delays(), tmp_path / "out.nc", compression=compression)
    xr.testing.assert_identical(reopen(path), delays())
    with netCDF4.Dataset(path) as file:
        assert file["zhd"].filters()["zstd"] == compression.startswith("zstd")


@pytest.mark.parametrize("word", ["gzip", "zlib:0", "zlib:10", "zlib:x", "zstd:99", ""])
def test_an_unknown_compression_is_refused(word, tmp_path):
    with pytest.raises(OutputError, match="accepted are none, zlib:1"):
        write_netcdf(delays(), tmp_path / "out.nc", compression=word)
    assert not list(tmp_path.iterdir())
    assert filters("zlib") == filters("zlib:1")


def test_packed_delays_are_right_to_half_a_step(tmp_path):
    ds = delays()
    for name in ("zhd", "zwd"):
        ds[name].variable.encoding.clear()
    path = write_netcdf(lazy(ds), tmp_path / "out.nc", pack=True)
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        assert file["zhd"].dtype == np.int16
        assert file["zwd"][0, 1, 2] == file["zwd"]._FillValue
    back = reopen(path)
    assert back.zhd.dtype == np.float32
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(back[name], ds[name], atol=0.0000253, rtol=0)
    np.testing.assert_array_equal(np.isnan(back.zwd), np.isnan(ds.zwd))


@pytest.mark.parametrize("bad", [3.2, -0.2, np.inf])
def test_packing_refuses_what_does_not_fit(bad, tmp_path):
    ds = delays()
    ds.zhd[5, 0, 0] = bad
    with pytest.raises(OutputError, match=r"zhd has 1 values outside -0\.138 to 3\.138 m"):
        write_netcdf(lazy(ds), tmp_path / "out.nc", pack=True)
    assert not list(tmp_path.iterdir())
    with pytest.raises(OutputError, match="exclude each other"):
        write_netcdf(ds, tmp_path / "out.nc", pack=True, quantize=True)


def test_quantised_delays_keep_15_bits(tmp_path):
    ds = delays(300)
    plain = write_netcdf(ds, tmp_path / "plain.nc")
    path = write_netcdf(lazy(ds), tmp_path / "out.nc", quantize=True)
    back = reopen(path)
    assert 0 < float(np.abs(back.zhd - ds.zhd).max()) <= 3.06e-5
    assert back.zhd.attrs["quantization"] == "quantization_info"
    assert back.zhd.attrs["quantization_nsb"] == 15
    assert back["quantization_info"].attrs["algorithm"] == "bitround"
    np.testing.assert_array_equal(back.zhd.values.view(np.uint32) & 0xFF, 0)
    np.testing.assert_array_equal(np.isnan(back.zwd), np.isnan(ds.zwd))
    xr.testing.assert_identical(back.zhd_rmse, ds.zhd_rmse)
    assert path.stat().st_size < 0.85 * plain.stat().st_size


def test_bit_rounding_is_to_nearest():
    values = np.float32([1.0, 1 + 2**-15, 1 + 2**-16, 1 + 3 * 2**-17, -2.5, 0.0, np.nan, np.inf])
    expected = np.float32([1.0, 1 + 2**-15, 1.0, 1 + 2**-15, -2.5, 0.0, np.nan, np.inf])
    np.testing.assert_array_equal(bit_round(values, 15), expected)


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


def test_nothing_but_a_store_is_replaced_by_a_store(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_text("years")
    with pytest.raises(OutputError, match="not a Zarr store"):
        write_zarr(delays(), tmp_path / "precious", overwrite=True)
    with pytest.raises(OutputError, match="not a file"):
        write_netcdf(delays(), tmp_path / "precious", overwrite=True)
    assert (tmp_path / "precious" / "thesis.tex").read_text() == "years"


def test_a_name_in_zarr_is_taken_for_a_store(tmp_path):
    path = write_zarr(delays(), tmp_path / "out.zarr")
    assert check_target(path, overwrite=True) == path
    with pytest.raises(OutputError, match="not a file"):
        write_netcdf(delays(), path, overwrite=True)


def test_a_folder_without_write_permission(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission to write in folder"):
        check_target(tmp_path / "out.nc")


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "error", [ValueError("bad block"), KeyboardInterrupt(), OSError(5, "lost")]
)
def test_a_failure_in_mid_write_leaves_nothing(writer, error, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "_workers", lambda: 1)
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


def test_progress_counts_epochs_and_blocks_follow_the_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "_workers", lambda: 2)
    seen = []
    write_netcdf(lazy(delays(11), 2), tmp_path / "a.nc", progress=lambda *n: seen.append(n))
    assert seen == [(4, 11), (8, 11), (11, 11)]
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 3000)
    seen.clear()
    write_netcdf(delays(7), tmp_path / "b.nc", progress=lambda *n: seen.append(n))
    assert len(seen) > 2
    assert seen[-1] == (7, 7)
    seen.clear()
    write_netcdf(lazy(delays(11), 4), tmp_path / "c.nc", progress=lambda *n: seen.append(n))
    assert [done for done, _ in seen] == [4, 8, 11]


def test_the_writer_takes_blocks_from_elsewhere(tmp_path):
    ds = delays()
    with NetcdfWriter(ds, tmp_path / "out.nc", compression="zstd") as out:
        for rows in (slice(0, 2), slice(2, 7)):
            out.append(ds.isel(time=rows))
            assert not (tmp_path / "out.nc").exists()
    xr.testing.assert_identical(reopen(tmp_path / "out.nc"), ds)
    with pytest.raises(OutputError, match="no time dimension"):
        out.append(ds)


def test_a_lazy_orography_gets_its_extent_when_written(tmp_path):
    ds = delays().drop_vars("orography")
    heights = xr.Variable(("lat", "lon"), np.arange(120.0).reshape(10, 12)).chunk()
    ds = cf.describe(ds.assign_coords(orography=heights))
    assert "geospatial_vertical_max" not in ds.attrs
    for writer in WRITERS:
        assert reopen(writer(ds, tmp_path / writer.__name__)).geospatial_vertical_max == 119.0


def run(code, *args, **kwargs):
    body = textwrap.dedent(code)
    head = f"import sys; sys.path[:0] = {[str(Path(__file__).parent), *sys.path]!r}\n"
    command = [sys.executable, "-c", head + "from test_netcdf import *\n" + body, *map(str, args)]
    return subprocess.Popen(
        command,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **{"preexec_fn": interruptible} | kwargs,
    )


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


def test_blocks_in_the_making_do_not_bring_an_interrupted_store_back(tmp_path):
    child = run(
        """
        import os
        def slow(block):
            if block.shape[0]:
                os.write(1, b"block\\n")  # in one piece: two threads are at it
                time.sleep(2)
            return block
        write_zarr(lazy(delays(500), 2, then=slow), Path(sys.argv[1]) / "out")
        """,
        tmp_path,
    )
    # The first block is in the making: what it writes would come after the folder is removed.
    assert child.stdout.readline() == "block\n", child.stderr.readline()
    while not list(tmp_path.glob(".out.partial-*")):
        assert child.poll() is None, child.communicate()
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=60)[1]
    assert "KeyboardInterrupt" in said
    assert not list(tmp_path.iterdir())


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


THREADS = """
    truth = delays(60)
    folder = Path(sys.argv[1])
    write_netcdf(truth, folder / "in.nc", compression="none")

    def opened(path, **chunks):
        with hdf5_lock() as lock:
            return xr.open_dataset(path, engine="netcdf4", lock=lock, **chunks)

    def work(n):
        for turn in range(5):
            with opened(folder / "in.nc", chunks={"time": 2}) as ds:
                path = write_netcdf(ds, folder / f"out{n}.nc", overwrite=turn > 0)
            with opened(path) as back:
                xr.testing.assert_identical(back.load(), truth)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    print("done")
"""


def test_reading_and_writing_at_once_from_several_threads(tmp_path):
    """HDF5 is not thread-safe: without the common lock such runs crash the process."""
    child = run(THREADS, tmp_path)
    out, err = child.communicate(timeout=200)
    assert child.returncode == 0, err
    assert out == "done\n"


def test_the_lock_is_xarrays_own_and_reentrant():
    import pickle

    from xarray.backends.netCDF4_ import NETCDF4_PYTHON_LOCK

    lock = hdf5_lock()
    assert pickle.loads(pickle.dumps(lock)) is lock
    assert dask.tokenize.tokenize(lock) == dask.tokenize.tokenize(lock)
    with lock, lock:
        assert NETCDF4_PYTHON_LOCK.locked()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lock.acquire, blocking=False).result() is False
            with pytest.raises(RuntimeError, match="does not hold"):
                pool.submit(lock.release).result()
    assert not lock.locked()


@pytest.mark.slow
def test_with_a_cluster_of_processes(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    truth = delays(24)
    write_netcdf(truth, tmp_path / "in.nc")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        xr.open_dataset(tmp_path / "in.nc", chunks={"time": 5}) as ds,
    ):
        assert blocks._workers() == 2
        for writer in WRITERS:
            xr.testing.assert_identical(reopen(writer(ds, tmp_path / writer.__name__)), truth)
    assert blocks._workers() >= 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_is_flat_in_the_number_of_epochs(tmp_path):
    peaks = []
    for epochs in (240, 1460):
        child = run(
            """
            n = int(sys.argv[2])
            ds = delays(n)
            big = dask.array.random.random((n, 180, 360), chunks=(8, 180, 360)).astype("f4")
            lat, lon = np.linspace(89.5, -89.5, 180), np.linspace(0.5, 359.5, 360)
            axes = {"time": ds.time, "lat": lat, "lon": lon}
            ds = xr.Dataset({"zhd": (("time", "lat", "lon"), big)}, axes)
            # A block is as many chunks as there are cores: the same on every machine.
            blocks._workers = lambda: 2
            with dask.config.set(num_workers=2):
                write_netcdf(cf.describe(ds), Path(sys.argv[1]) / f"{n}.nc", compression="none")
            # Not ru_maxrss: it starts with what the parent had when it forked.
            status = Path("/proc/self/status").read_text().splitlines()
            print(next(line for line in status if "VmHWM" in line).split()[1])
            """,
            tmp_path,
            epochs,
        )
        out, err = child.communicate(timeout=300)
        assert child.returncode == 0, err
        peaks.append(int(out) / 1024)
    # 1 to 6 MB apart by chance; the values of the 1220 epochs more are 300 MB.
    assert peaks[1] - peaks[0] < 20, peaks


def test_the_writer_is_public():
    assert {"NetcdfWriter", "write_netcdf", "write_zarr", "check_target"} <= set(
        write.__all__
    ) | set(zarr.__all__)
