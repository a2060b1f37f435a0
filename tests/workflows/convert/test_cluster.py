"""A dask cluster of two processes: the numbers of one process, whatever happens to a worker."""

import threading
import time
import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxError
from tropdsx.nn.checkpoint import load_card
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.predict import session
from tropdsx.workflows.convert.blocks import BlockReader, Refine
from tropdsx.workflows.convert.files import convert

distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
pytestmark = pytest.mark.slow


def series(coarse, epochs):
    time_axis = np.datetime64("2022-01-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    return coarse.isel(time=np.arange(epochs) % coarse.sizes["time"]).assign_coords(time=time_axis)


@pytest.fixture
def two_processes(tmp_path):
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        local_directory=str(tmp_path / "dask"),
    ) as cluster:
        yield cluster


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_same_numbers_and_one_load_per_worker(
    coarse, tiny_checkpoint, tmp_path, two_processes, suffix
):
    series(coarse, 40).to_netcdf(tmp_path / "in.nc")
    options = {"model": tiny_checkpoint, "target": 5.0}
    here = convert(tmp_path / "in.nc", tmp_path / f"here.{suffix}", **options)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*[Ll]arge")
        there = convert(
            tmp_path / "in.nc",
            tmp_path / f"there.{suffix}",
            scheduler=two_processes.scheduler_address,
            **options,
        )
    opened = xr.open_zarr if suffix == "zarr" else xr.open_dataset
    with opened(here) as a, opened(there) as b:
        xr.testing.assert_equal(a.load(), b.load())
    sha256 = load_card(tiny_checkpoint)["sha256"]
    plan = make_plan(series(coarse, 16), Options(**options))
    refine, block = Refine.of(plan), BlockReader(plan, 8).read(1)
    with distributed.Client(two_processes, set_as_default=False) as client:
        loads = client.run(session.count_loads, sha256)
        # Which worker got blocks is for the cluster to choose.
        assert set(loads.values()) <= {0, 1}
        assert sum(loads.values()) >= 1
        for worker in loads:
            more = [client.submit(refine, block, workers=worker, pure=False) for _ in range(3)]
            for one in client.gather(more):
                np.testing.assert_array_equal(one["zwd"], refine(block)["zwd"])
        assert set(client.run(session.count_loads, sha256).values()) == {1}


def test_an_active_client_is_used(coarse, tiny_checkpoint, tmp_path, two_processes):
    series(coarse, 16).to_netcdf(tmp_path / "in.nc")
    with distributed.Client(two_processes) as client:
        convert(tmp_path / "in.nc", tmp_path / "out.nc", model=tiny_checkpoint, target=5.0)
        loads = client.run(session.count_loads, load_card(tiny_checkpoint)["sha256"])
    assert sum(loads.values()) >= 1


@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_a_worker_killed_in_the_middle(coarse, tmp_path, two_processes, suffix):
    series(coarse, 160).to_netcdf(tmp_path / "in.nc")
    whole = convert(tmp_path / "in.nc", tmp_path / f"whole.{suffix}", model=None)
    killed = threading.Event()

    def kill(done, total):
        if done >= 24 and not killed.is_set():
            killed.set()
            worker = next(iter(two_processes.workers.values()))
            worker.process.process.kill()

    out = convert(
        tmp_path / "in.nc",
        tmp_path / f"out.{suffix}",
        model=None,
        progress=kill,
        scheduler=two_processes.scheduler_address,
    )
    assert killed.is_set()
    opened = xr.open_zarr if suffix == "zarr" else xr.open_dataset
    with opened(whole) as a, opened(out) as b:
        xr.testing.assert_equal(a.load(), b.load())


def test_no_scheduler_there(coarse, tmp_path):
    coarse.to_netcdf(tmp_path / "in.nc")
    started = time.monotonic()
    with pytest.raises(TropdsxError, match="no dask scheduler"):
        convert(tmp_path / "in.nc", model=None, scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - started < 60


@pytest.mark.filterwarnings("ignore:.*[Ll]arge")
def test_bands_of_a_large_target_have_the_same_bits(
    coarse, tiny_checkpoint, tmp_path, two_processes, monkeypatch
):
    lat, lon = 49.9 - np.arange(90) / 30, 7.1 + np.arange(80) / 30
    height = 500 + 400 * np.sin(3 * lat)[:, None] * np.cos(2 * lon)
    dem = xr.DataArray(height, {"lat": lat, "lon": lon}, attrs={"units": "m"}, name="orography")
    dem.attrs["standard_name"] = "height_above_reference_ellipsoid"
    dem.to_netcdf(tmp_path / "dem.nc")
    series(coarse, 5).to_netcdf(tmp_path / "in.nc")
    options = {"model": tiny_checkpoint, "target": tmp_path / "dem.nc"}
    here = convert(tmp_path / "in.nc", tmp_path / "here.nc", **options)
    monkeypatch.setattr("tropdsx.workflows.convert.blocks.BLOCK_BYTES", 2**14)
    monkeypatch.setattr("tropdsx.workflows.convert.bands.BAND_BYTES", 2**16)
    address = two_processes.scheduler_address
    there = convert(tmp_path / "in.nc", tmp_path / "there.nc", scheduler=address, **options)
    with xr.open_dataset(here) as a, xr.open_dataset(there) as b:
        assert b.zwd.encoding["chunksizes"][1] < 90
        xr.testing.assert_equal(a.load(), b.load())
