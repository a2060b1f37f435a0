"""Share one lock around the HDF5 and netCDF libraries, which are not thread-safe.

xarray takes its lock for the values but not while it opens a file or makes its variables, so two
threads that open files at once can crash the process. Whoever opens a file here holds this lock:
it is xarray's own, made re-entrant, and is handed to xarray for the reading that follows.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ReentrantLock", "close_locked", "hdf5_lock", "load_netcdf"]


class ReentrantLock:
    """A lock that the thread which holds it may take again.

    Parameters
    ----------
    lock : Lock
        The lock that others share.

    Examples
    --------
    >>> lock = ReentrantLock(threading.Lock())
    >>> with lock, lock:
    ...     lock.locked()
    True
    >>> lock.locked()
    False
    """

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._owner: int | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True) -> bool:
        """Take the lock.

        Parameters
        ----------
        blocking : bool, optional
            Wait while another thread holds it.

        Returns
        -------
        bool
            Whether this thread holds it now.
        """
        me = threading.get_ident()
        if self._owner != me:
            if not self._lock.acquire(blocking):
                return False
            self._owner = me
        self._depth += 1
        return True

    def release(self) -> None:
        """Give it back; others can have it after as many calls as there were of ``acquire``.

        Raises
        ------
        RuntimeError
            This thread does not hold it.
        """
        if self._owner != threading.get_ident():
            msg = "this thread does not hold the lock"
            raise RuntimeError(msg)
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()

    def locked(self) -> bool:
        """Whether anyone holds it."""
        return self._lock.locked()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    # On another process of a cluster it is that process's lock.
    def __reduce__(self) -> tuple[Callable[[], ReentrantLock], tuple[()]]:
        return hdf5_lock, ()

    def __dask_tokenize__(self) -> str:
        return "tropdsx.system.hdf5.hdf5_lock"


@functools.cache
def hdf5_lock() -> ReentrantLock:
    """Give this process's lock for HDF5 and netCDF calls.

    Returns
    -------
    ReentrantLock
        Hold it while a file is opened or created, and pass it on: values are read under it later.

    Examples
    --------
    >>> import xarray as xr
    >>> def open_safely(path):
    ...     with hdf5_lock() as lock:
    ...         return xr.open_dataset(path, engine="netcdf4", lock=lock)
    """
    from xarray.backends.netCDF4_ import NETCDF4_PYTHON_LOCK

    return ReentrantLock(NETCDF4_PYTHON_LOCK)


def load_netcdf(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a small NetCDF file whole, from any thread.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    xarray.Dataset
        In memory; the file is closed again.

    Examples
    --------
    >>> import tempfile, xarray as xr
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     xr.Dataset({"zhd": 2.3}).to_netcdf(f"{folder}/a.nc")
    ...     load_netcdf(f"{folder}/a.nc")["zhd"].item()
    2.3
    """
    import xarray as xr

    with hdf5_lock() as lock, xr.open_dataset(path, engine="netcdf4", lock=lock) as ds:
        return ds.load()


def close_locked(ds: xr.Dataset) -> None:
    """Close the files of a Dataset while nobody else calls the library.

    Parameters
    ----------
    ds : Dataset
        Opened lazily; one in memory is left as it is.

    Examples
    --------
    >>> import xarray as xr
    >>> close_locked(xr.Dataset())
    """
    with hdf5_lock():
        ds.close()
