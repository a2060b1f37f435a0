"""Find the files behind names: patterns, URLs, archives, and parts behind ``#``."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tropdsx.errors import InputError
from tropdsx.read.containers.archives import first_bytes, is_zip, unpack
from tropdsx.read.containers.padding import without_padding
from tropdsx.read.containers.remote import resolve_url
from tropdsx.read.containers.temporary import release, root_of
from tropdsx.read.kinds import ACCEPTED, tell_kind
from tropdsx.read.text import is_compressed, parse_numbers
from tropdsx.system.names import exists, expand_name, is_url, split_part

__all__ = ["find_files"]

_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")


def find_files(
    paths: str | Path | Sequence[str | Path],
    accepted: str = ACCEPTED,
    *,
    readable: Callable[[bytes], bool] | None = None,
) -> list[str | Path]:
    """Find the files behind names and patterns, in order.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files, URLs or patterns; ``file:///...`` is a path, ~ is the home folder, $NAME an
        environment variable. ``a.zip`` stands for all members that can be read, ``a.zip#member``
        for one, ``a.nc#group`` for a group of a file.
    accepted : str, optional
        What the caller accepts, for the message if nothing is given.
    readable : callable, optional
        Whether the caller reads files that begin with these bytes, up to 512; default: those that
        may be delays or heights.

    Returns
    -------
    list of str or Path
        URLs that are read in place as text, all else as paths; a group stays behind its ``#``.
        Members of archives and what is fetched lie in a temporary folder, which
        :func:`tropdsx.read.containers.temporary.release` removes, or the end of the process.

    Raises
    ------
    InputError
        If nothing is given, a pattern matches no file at all, or an archive or URL cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("b.nc", "a.nc"):
    ...         (Path(folder) / name).touch()
    ...     [file.name for file in find_files(f"{folder}/*.nc")]
    ['a.nc', 'b.nc']
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    files: list[str | Path] = []
    roots: set[Path] = set()
    for entry in paths:
        for name in _match(expand_name(entry), entry):
            found = _open_container(name, readable or _is_readable)
            files += found
            mine = {root for file in found if (root := root_of(file)) is not None}
            release(mine & roots)  # an archive that is named twice has one user
            roots |= mine
    if not files:
        msg = f"no input given; {accepted}."
        raise InputError(msg)
    return files


def _match(name: str | Path, entry: str | Path) -> list[str | Path]:
    """Find the files that a pattern matches; any other name is its own."""
    file, part = split_part(name)
    if not isinstance(file, Path):
        return [name]
    if exists(file):
        return [name]
    if not glob.has_magic(str(file)):
        variable = _VARIABLE.search(str(file))
        if variable is not None:
            msg = f"no such file: {file}; the environment variable {variable[0]} is not set."
            raise InputError(msg)
        return [name]
    matched = [Path(each) for each in _glob(file)]
    if not matched and "#" in str(file):
        pattern, _, part = str(file).rpartition("#")
        matched = [Path(f"{each}#{part}") for each in _glob(Path(pattern))]
    if not matched:
        msg = f"no file matches {entry}; check the pattern and the folder."
        raise InputError(msg)
    return list(matched)


def _glob(pattern: Path) -> list[str]:
    """Match a pattern; folders that are there keep their brackets."""
    folder = Path()
    parts = list(pattern.parts)
    while len(parts) > 1 and exists(folder / parts[0]):
        folder /= parts.pop(0)
    rest = str(Path(*parts))
    # Path.glob refuses absolute patterns.
    return sorted(glob.glob(str(Path(glob.escape(str(folder)), rest))))  # noqa: PTH207 - as said above


def _open_container(name: str | Path, readable: Callable[[bytes], bool]) -> list[str | Path]:
    """Resolve a URL; replace an archive by its members."""
    if is_url(name):
        url, group = split_part(name)
        found = resolve_url(str(url), lambda head: readable(head) or head[:2] == b"PK")
        name = found if group is None else f"{found}#{group}"
        if isinstance(found, str):
            return [name]
    file, part = split_part(name)
    head = first_bytes(Path(file))
    if is_zip(Path(file), head):
        members = unpack(Path(file), part, readable)
        release([file])  # an archive that was fetched
        return list(members)
    return [without_padding(Path(name)) if head == b"GRIB" else Path(name)]


def _is_readable(head: bytes) -> bool:
    """Tell whether a file may be delays or heights; compressed ones are looked into later."""
    return tell_kind(head) is not None or is_compressed(head) or bool(parse_numbers(_line(head)))


def _line(head: bytes) -> str:
    return head.lstrip().partition(b"\n")[0].decode("latin-1")
