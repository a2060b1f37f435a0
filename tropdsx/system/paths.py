"""Files and folders: which are Zarr stores, and how they are flushed and removed."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path

__all__ = ["fsync", "is_zarr_store", "names_store", "remove"]

# What a file system answers that cannot flush the names in a folder.
_NO_FOLDER_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}


def names_store(path: str | os.PathLike[str]) -> bool:
    """Tell whether an output is to be a Zarr store, by its name.

    Parameters
    ----------
    path : str or os.PathLike
        The output.

    Returns
    -------
    bool
        False for a file.

    Examples
    --------
    >>> names_store("out.zarr"), names_store("out.nc")
    (True, False)
    """
    return Path(path).suffix == ".zarr"


def is_zarr_store(path: Path) -> bool:
    """Tell whether a folder holds a Zarr store, of version 2 or 3.

    Parameters
    ----------
    path : Path
        Any path.

    Returns
    -------
    bool
        False for files and other folders.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     before = is_zarr_store(Path(folder))
    ...     (Path(folder) / "zarr.json").touch()
    ...     before, is_zarr_store(Path(folder))
    (False, True)
    """
    return any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata"))


def fsync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk.

    Parameters
    ----------
    path : Path
        An existing file or folder.

    Raises
    ------
    OSError
        The disk is full or fails; a folder that its file system cannot flush is no error.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     fsync(Path(file.name))
    """
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if not path.is_dir() or error.errno not in _NO_FOLDER_FLUSH:
            raise


def remove(partial: Path) -> None:
    """Remove a partial output, and a folder again if late writers bring it back.

    The workers of a cluster finish the task in hand after an interrupt; local threads are waited
    for before it comes to this.

    Parameters
    ----------
    partial : Path
        A file, a folder, or nothing.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(delete=False) as file:
    ...     _ = file.write(b"half")
    >>> remove(Path(file.name))
    >>> Path(file.name).exists()
    False
    """
    if not partial.is_dir():
        partial.unlink(missing_ok=True)
        return
    quiet = 0
    for _ in range(50):
        quiet = 0 if partial.exists() else quiet + 1
        if quiet == 3:
            return
        shutil.rmtree(partial, ignore_errors=True)
        time.sleep(0.1)
