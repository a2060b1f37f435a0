"""How long a text file is, compressed or not, without decompressing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tropdsx.read.text import is_compressed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_single", "text_size"]

_XZ_ENDS = 12
"""Length of the header of an xz stream, and of its footer [byte]."""

_GZIP = b"\x1f\x8b\x08"


def text_size(path: Path) -> int | None:
    r"""Find how long a text file is.

    Parameters
    ----------
    path : Path
        Text, plain, ``.xz`` or ``.gz``.

    Returns
    -------
    int or None
        Length [byte]; None where only reading it would tell: compressed files that were joined.

    Examples
    --------
    >>> import gzip, lzma, tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     for data in (b"text", lzma.compress(b"text"), gzip.compress(b"t") + gzip.compress(b"")):
    ...         _ = Path(file.name).write_bytes(data)
    ...         print(text_size(Path(file.name)))
    4
    4
    None
    """
    with path.open("rb") as stream:
        head = stream.read(6)
    if not is_compressed(head):
        return path.stat().st_size
    data = path.read_bytes()
    if not data.startswith(_GZIP[:2]):
        return _xz_size(data)
    # Its last four bytes are the length, as far as it is a single member.
    alone = data.find(_GZIP, len(_GZIP)) < 0
    return int.from_bytes(data[-4:], "little") if alone else None


def _xz_size(data: bytes) -> int | None:
    """Add up the lengths in the index of an xz file of a single stream."""
    footer = data[-_XZ_ENDS:]
    if footer[-2:] != b"YZ":
        return None
    length = 4 * (int.from_bytes(footer[4:8], "little") + 1)
    index = data[-_XZ_ENDS - length : -_XZ_ENDS]
    if index[:1] != b"\0":
        return None
    numbers = _variable_integers(index[1:-4])
    count = next(numbers, 0)
    if count > len(index):
        return None  # damaged
    blocks = [(next(numbers, 0), next(numbers, 0)) for _ in range(count)]
    stored = sum(-(-size // 4) * 4 for size, _ in blocks) + length + 2 * _XZ_ENDS
    return sum(size for _, size in blocks) if stored == len(data) else None


def _variable_integers(data: bytes) -> Iterator[int]:
    """Read integers of seven bits a byte, lowest first; the eighth bit says that more follow."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield value
            value = shift = 0


def is_single(path: Path, row: str, count: int) -> bool:
    r"""Say whether a VMF file is too short for a second epoch, without reading it.

    Parameters
    ----------
    path : Path
        The file, plain or compressed.
    row : str
        One of its rows.
    count : int
        Number of rows of an epoch.

    Returns
    -------
    bool
        False also where only reading the file would tell.

    Examples
    --------
    >>> import tempfile
    >>> row = "60.0 0.0 0.0012 0.0006 2.3000 0.1000"
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text(200 * f"{row}\n")
    ...     is_single(Path(file.name), row, 200), is_single(Path(file.name), row, 100)
    (True, False)
    """
    size = text_size(path)
    # Room for header lines, and for rows that are not all as long.
    return size is not None and size < 1.1 * count * (len(row) + 2) + 2000
