"""Keep the files that were taken out of archives or fetched, for as long as they are needed."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tropdsx.errors import InputError

__all__ = ["Folder", "copy_whole", "hold", "make_folder", "origin_of", "release", "root_of"]

_BLOCK = 1 << 20
"""How much is copied at once, whatever the size of the file [byte]."""
_SPARE = 1 << 28
"""Space that is left to others in the temporary folder [byte]."""
_ELSEWHERE = (
    "Name a larger folder with the environment variable TMPDIR, or fetch and unpack it yourself."
)


@dataclass
class Folder:
    """A temporary folder and where its files came from.

    Attributes
    ----------
    path : Path
        The folder.
    origins : dict
        What each file in it is called by the user: ``archive.zip#member``, or a URL.
    users : int
        How many still read from it.
    process : int
        Number of the process that removes it.

    Examples
    --------
    >>> Folder(Path("/tmp/a")).users
    1
    """

    path: Path
    origins: dict[Path, str] = field(default_factory=dict)
    users: int = 1
    process: int = field(default_factory=os.getpid)


_FOLDERS: dict[Path, Folder] = {}
_LOCK = threading.Lock()


def make_folder() -> Folder:
    """Make a folder for files that are read soon.

    Returns
    -------
    Folder
        Removed by :func:`release`, or when the process ends.

    Examples
    --------
    >>> folder = make_folder()
    >>> folder.path.is_dir(), release([folder.path / "a.nc"]), folder.path.is_dir()
    (True, None, False)
    """
    # A file system in memory would hold the whole file there: TMPDIR is the user's to choose.
    folder = Folder(Path(tempfile.mkdtemp(prefix="tropdsx_")))
    with _LOCK:
        _FOLDERS[folder.path] = folder
    return folder


def hold(folder: Folder) -> bool:
    """Count one more user of a folder.

    Parameters
    ----------
    folder : Folder
        As made here.

    Returns
    -------
    bool
        False where it was removed meanwhile.

    Examples
    --------
    >>> folder = make_folder()
    >>> hold(folder), release([folder.path]), release([folder.path]), hold(folder)
    (True, None, None, False)
    """
    with _LOCK:
        if folder.path not in _FOLDERS:
            return False
        folder.users += 1
        return True


def copy_whole(source: BinaryIO, target: Path, size: int | None, name: str) -> None:
    """Copy a stream to a file, block by block.

    Parameters
    ----------
    source : file object
        What is read.
    target : Path
        New file in a temporary folder.
    size : int, optional
        How long it says it is; None where it does not [byte].
    name : str
        What to call it in an error.

    Raises
    ------
    InputError
        If the temporary folder has no space for it, or it ends early or late.

    Examples
    --------
    >>> import io
    >>> folder = make_folder()
    >>> copy_whole(io.BytesIO(b"CDF"), folder.path / "a.nc", 3, "a.nc")
    >>> (folder.path / "a.nc").read_bytes(), release([folder.path])
    (b'CDF', None)
    """
    free = shutil.disk_usage(target.parent).free - _SPARE
    _check_space(size or 0, free, name)
    copied = 0
    with target.open("xb") as stream:
        while block := source.read(_BLOCK):
            copied += len(block)
            _check_space(copied, free, name)
            try:
                stream.write(block)
            except OSError as error:  # a quota, a failing disk
                msg = f"{name} cannot be copied to {target.parent} ({error.strerror}). {_ELSEWHERE}"
                raise InputError(msg) from error
    if size is not None and copied != size:
        msg = f"{name} gives {copied} of {size} bytes: it is damaged or was broken off. Try again."
        raise InputError(msg)


def _check_space(size: int, free: int, name: str) -> None:
    if size > free:
        msg = (
            f"{name} needs {max(size >> 20, 1)} MB in the temporary folder "
            f"{tempfile.gettempdir()}, which has {max(free >> 20, 0)} MB to spare. {_ELSEWHERE}"
        )
        raise InputError(msg)


def origin_of(path: str | Path) -> str:
    """Give the user's name of a file.

    Parameters
    ----------
    path : str or Path
        As from :func:`tropdsx.read.containers.files.find_files`.

    Returns
    -------
    str
        ``archive.zip#member``, a URL, or the path itself.

    Examples
    --------
    >>> origin_of("data/a.nc")
    'data/a.nc'
    """
    text, folder = str(path).replace("#mode=bytes", ""), _folder_of(path)
    for file, origin in folder.origins.items() if folder is not None else ():
        if text == str(file) or text.startswith(f"{file}#"):
            return origin + text[len(str(file)) :]
    return text


def root_of(path: str | Path) -> Path | None:
    """Find the temporary folder that a file lies in.

    Parameters
    ----------
    path : str or Path
        Any.

    Returns
    -------
    Path or None
        None for all files of the user.

    Examples
    --------
    >>> print(root_of("data/a.nc"))
    None
    """
    folder = _folder_of(path)
    return None if folder is None else folder.path


def _folder_of(path: str | Path) -> Folder | None:
    path = Path(path)
    return next((f for f in list(_FOLDERS.values()) if f.path in (path, *path.parents)), None)


def release(paths: Iterable[str | Path]) -> None:
    """Remove the folders of files that are read no more.

    Parameters
    ----------
    paths : iterable of path
        Files of any kind; only temporary ones count, each folder once.

    Examples
    --------
    >>> release(["data/a.nc"])  # a file of the user stays
    """
    with _LOCK:
        folders = {id(f): f for path in paths if (f := _folder_of(path)) is not None}
        for folder in folders.values():
            folder.users -= 1
            if folder.users <= 0:
                del _FOLDERS[folder.path]
                shutil.rmtree(folder.path, ignore_errors=True)


@atexit.register
def _remove_all() -> None:
    for folder in _FOLDERS.values():
        if folder.process == os.getpid():  # not in a child that was forked meanwhile
            shutil.rmtree(folder.path, ignore_errors=True)
