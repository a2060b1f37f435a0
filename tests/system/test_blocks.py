"""Blocks of epochs: as many chunks as there are workers, so that memory stays flat."""

from pathlib import Path

import pytest
import xarray as xr

from tropdsx.system import blocks, workers
from tropdsx.write.netcdf import write_netcdf

from helpers.writing import WRITERS, delays, lazy, reopen, run


def test_progress_counts_epochs_and_blocks_follow_the_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "scheduler_threads", lambda: 2)
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


@pytest.mark.slow
def test_with_a_cluster_of_processes(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    truth = delays(24)
    write_netcdf(truth, tmp_path / "in.nc")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster),
        xr.open_dataset(tmp_path / "in.nc", chunks={}) as stored,
    ):
        ds = stored.chunk(time=5)
        assert workers.scheduler_threads() == 2
        for writer in WRITERS:
            xr.testing.assert_identical(reopen(writer(ds, tmp_path / writer.__name__)), truth)
    assert workers.scheduler_threads() >= 1


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
            blocks.scheduler_threads = lambda: 2
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
