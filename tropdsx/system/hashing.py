"""The sha256 of an input, file or folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import InputError

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
        It is missing or cannot be read.
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
    """Sha256 of the content of some arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
