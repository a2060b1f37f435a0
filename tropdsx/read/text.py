"""Read text files, plain or compressed, told apart by their first bytes and not by their names."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from tropdsx.errors import InputError

__all__ = [
    "DAMAGED",
    "describe_error",
    "is_compressed",
    "is_text",
    "list_some",
    "open_compressed",
    "open_text",
    "parse_numbers",
    "read_text",
]

DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error)
"""Errors of a file that is missing, cut short or damaged."""

_XZ, _GZIP = b"\xfd7zXZ\x00", b"\x1f\x8b"
_CONTROL = b"\t\r\n\f"


def is_compressed(head: bytes) -> bool:
    """Tell whether a file is compressed with xz or gzip.

    Parameters
    ----------
    head : bytes
        Its first 6 bytes or more.

    Returns
    -------
    bool
        False for all else.

    Examples
    --------
    >>> is_compressed(gzip.compress(b"text")), is_compressed(b"text")
    (True, False)
    """
    return head.startswith((_XZ, _GZIP))


def open_compressed(path: Path, head: bytes) -> BinaryIO:
    r"""Open a file compressed with xz or gzip for reading.

    Parameters
    ----------
    path : Path
        The file.
    head : bytes
        Its first bytes.

    Returns
    -------
    file object
        Gives the decompressed bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_bytes(gzip.compress(b"text"))
    ...     with open_compressed(Path(file.name), b"\x1f\x8b") as stream:
    ...         stream.read()
    b'text'
    """
    if head.startswith(_XZ):
        return cast("BinaryIO", lzma.open(path, "rb"))
    return cast("BinaryIO", gzip.open(path, "rb"))


def is_text(path: Path) -> bool:
    """Tell whether a file begins as text does, or is compressed, as only text is.

    Parameters
    ----------
    path : Path
        An existing file.

    Returns
    -------
    bool
        False for an empty file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_bytes(b"90 -90 0 360 2 2.5")
    ...     is_text(Path(file.name))
    True
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if is_compressed(head):
        return True
    return bool(head) and all(byte in _CONTROL or 32 <= byte < 127 for byte in head)


@contextmanager
def open_text(path: Path) -> Iterator[BinaryIO]:
    """Open a text file for reading, and say what is wrong with one that cannot be read.

    Parameters
    ----------
    path : Path
        Text, plain, ``.xz`` or ``.gz``.

    Yields
    ------
    file object
        Gives the decompressed bytes.

    Raises
    ------
    InputError
        If the file is missing or damaged, also where this shows later.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_bytes(lzma.compress(b"! Version: 1.0"))
    ...     with open_text(Path(file.name)) as stream:
    ...         stream.read(9)
    b'! Version'
    """
    try:
        with path.open("rb") as raw:
            head = raw.read(6)
        with open_compressed(path, head) if is_compressed(head) else path.open("rb") as stream:
            yield stream
    except InputError:
        raise
    except FileNotFoundError:
        msg = f"no such file: {path}."
        raise InputError(msg) from None
    except DAMAGED as error:
        msg = (
            f"{path} cannot be read ({describe_error(error)}); accepted is a complete text file, "
            "plain, .xz or .gz. Fetch the file again."
        )
        raise InputError(msg) from error


def read_text(path: Path, size: int = -1, start: int = 0) -> str:
    """Read a text file or a part of it.

    Parameters
    ----------
    path : Path
        Text, plain, ``.xz`` or ``.gz``.
    size : int, optional
        How much to read, all by default [byte].
    start : int, optional
        Where to begin [byte].

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        If the file is missing, empty or damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_bytes(lzma.compress(b"! Version: 1.0"))
    ...     read_text(Path(file.name), size=9)
    '! Version'
    """
    with open_text(path) as stream:
        stream.seek(start)
        data = stream.read(size)
    if not data.strip():
        msg = f"{path} is empty; accepted is a file of text. Fetch the file again."
        raise InputError(msg)
    return data.decode("latin-1")


def describe_error(error: BaseException) -> str:
    r"""Give the text of an error on one line.

    Parameters
    ----------
    error : BaseException
        Of any library.

    Returns
    -------
    str
        Where it has no text, the name of its class.

    Examples
    --------
    >>> describe_error(ValueError("two\n  lines")), describe_error(EOFError())
    ('two lines', 'EOFError')
    """
    return " ".join(str(error).split()) or type(error).__name__


def list_some(names: Sequence[str], shown: int = 5) -> str:
    """List some names, and how many there are where they are many.

    Parameters
    ----------
    names : sequence of str
        Any.
    shown : int, optional
        How many are listed [1].

    Returns
    -------
    str
        Separated by commas.

    Examples
    --------
    >>> list_some(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def parse_numbers(text: str) -> list[float]:
    """Read the numbers of a line.

    Parameters
    ----------
    text : str
        Words between blanks; an exponent may be spelled D, as Fortran does.

    Returns
    -------
    list of float
        Empty where a word is no number.

    Examples
    --------
    >>> parse_numbers("90.0 1.5D-3"), parse_numbers("90.0 north")
    ([90.0, 0.0015], [])
    """
    try:
        return [float(word) for word in text.replace("D", "e").split()]
    except ValueError:
        return []
