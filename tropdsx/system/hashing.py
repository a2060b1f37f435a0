"""Take the sha256 of files, folders and arrays."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import InputError

__all__ = ["fingerprint", "sha256_of"]

_BUFFER = 2**20


def sha256_of(path: str | os.PathLike[str]) -> str:
    r"""Take the sha256 of a file, or of a folder with all that is in it.

    A folder (a Zarr store) has the sha256 of its sorted lines ``<sha256>  <relative path>``: what
    ``find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`` prints.

    Parameters
    ----------
    path : str or os.PathLike
        File or folder, read in pieces.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    InputError
        If it, or a part of it, is missing or unreadable.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     sha256_of(file.name)[:12]  # of an empty file
    'e3b0c44298fc'
    """
    path = Path(path)
    total = hashlib.sha256()
    try:
        if path.is_dir():
            files = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if p.is_file()}
            for name in sorted(files, key=os.fsencode):
                total.update(f"{sha256_of(files[name])}  {name}\n".encode())
            return total.hexdigest()
        with path.open("rb") as file:
            while piece := file.read(_BUFFER):
                total.update(piece)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise InputError(msg) from error
    return total.hexdigest()


def fingerprint(*arrays: NDArray) -> str:
    """Take the sha256 of the content of some arrays, one after the other.

    Parameters
    ----------
    *arrays : ndarray
        Of any shape and type; neither of them counts, only the bytes.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> fingerprint(np.arange(4), np.arange(2)) == fingerprint(np.array([0, 1, 2, 3, 0, 1]))
    True
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
