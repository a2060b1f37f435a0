"""GRIB that ends in zero bytes, as a download does that was broken off or a tape: read without.

ecCodes looks for the next message byte by byte, which takes half a second for each megabyte, each
time that a file is gone through.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, cast

from tropdsx.errors import warn
from tropdsx.read.containers.temporary import copy_whole, make_folder, origin_of, release

__all__ = ["ends_whole", "find_end", "without_padding"]

_LEAST = 1 << 16
"""Zero bytes that are left alone [byte]."""
_BLOCK = 1 << 20
"""How much is looked at at once, from the end [byte]."""
_BEHIND = bytes(range(33))
"""Bytes that are no part of a message."""


def find_end(stream: BinaryIO) -> int:
    r"""Find where the zero bytes begin that a file ends in.

    Parameters
    ----------
    stream : file object
        Of a file.

    Returns
    -------
    int
        Size of what is before them [byte].

    Examples
    --------
    >>> find_end(io.BytesIO(b"7777\0\0\0"))
    4
    """
    end = stream.seek(0, io.SEEK_END)
    while end > 0:
        start = max(end - _BLOCK, 0)
        stream.seek(start)
        left = len(stream.read(end - start).rstrip(b"\0"))
        if left:
            return start + left
        end = start
    return 0


def ends_whole(stream: BinaryIO, end: int) -> bool:
    r"""Tell whether the last message of a GRIB file is whole.

    Parameters
    ----------
    stream : file object
        Of a file.
    end : int
        Where the zero bytes begin that it ends in [byte].

    Returns
    -------
    bool
        By the 7777 of a message; blanks, line ends and control characters of bulletins may follow.

    Examples
    --------
    >>> ends_whole(io.BytesIO(b"GRIB7777\r\r\n\x03"), 12), ends_whole(io.BytesIO(b"GRIB77"), 6)
    (True, False)
    """
    stream.seek(max(0, end - 64))
    return stream.read(min(end, 64)).rstrip(_BEHIND).endswith(b"7777")


def without_padding(path: Path) -> Path:
    """Give a GRIB file without the zero bytes that it ends in; any other file as it is.

    Parameters
    ----------
    path : Path
        File of any kind, or the name of something else.

    Returns
    -------
    Path
        A copy in a temporary folder where there are many zero bytes, with a warning; the file
        itself where what is before them is cut off, which whoever opens it refuses.

    Examples
    --------
    >>> without_padding(Path("a.nc")).name
    'a.nc'
    """
    if not path.is_file():
        return path
    with path.open("rb") as stream:
        if stream.read(4) != b"GRIB":
            return path
        size, end = path.stat().st_size, find_end(stream)
        if size - end < _LEAST or not ends_whole(stream, end):
            return path
        name, folder = origin_of(path), make_folder()
        target = folder.path / path.name
        stream.seek(0)
        copy_whole(cast("BinaryIO", _Part(stream, end)), target, end, name)
    folder.origins[target] = name
    release([path])  # one that was fetched
    warn(
        f"{name} ends in {size - end} zero bytes after its {end} bytes of GRIB, as a download that "
        "was broken off does; what is before them was read",
        topic=f"padding of {name}",
    )
    return target


class _Part(io.RawIOBase):
    """The next bytes of a stream, up to some end."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block
