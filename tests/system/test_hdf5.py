"""One lock for all that calls HDF5."""

from concurrent.futures import ThreadPoolExecutor

import dask.array
import pytest

from tropdsx.system.hdf5 import hdf5_lock

from helpers.writing import run

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
