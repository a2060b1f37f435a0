"""Read the names of files as users write them: URLs, ``~``, variables, parts behind ``#``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from tropdsx.errors import InputError
from tropdsx.system.paths import is_zarr_store

__all__ = ["exists", "expand_name", "is_url", "local_file", "short_name", "split_part"]

_URL = re.compile(r"^[a-z][a-z0-9+.-]+://", re.I)
_FILE_URL = re.compile(r"^file:(?://(?P<host>[^/]*))?(?=/)", re.I)
_NETCDF_MODE = re.compile(r"(?:^|&)(?:[\w.]+=|bytes$|dap[24]$)")
"""What the netCDF library takes behind ``#`` in a URL, such as ``mode=bytes``."""


def is_url(path: str | Path) -> bool:
    """Tell whether a name is a URL of another machine.

    Parameters
    ----------
    path : str or Path
        Name of a file, folder or URL.

    Returns
    -------
    bool
        True for text such as ``https://...`` and ``s3://...``, False for ``file:///...``.

    Examples
    --------
    >>> is_url("s3://bucket/a.zarr"), is_url("C:/a.nc"), is_url("file:///data/a.nc")
    (True, False, False)
    """
    return isinstance(path, str) and bool(_URL.match(path)) and not _FILE_URL.match(path)


def expand_name(name: str | Path) -> str | Path:
    """Give the path that a name stands for.

    Parameters
    ----------
    name : str or Path
        File, folder, pattern or URL. ``file:///...`` is a path; ``~`` is the home folder and
        ``$NAME`` an environment variable, unless there is a file of this very name.

    Returns
    -------
    str or Path
        URLs of other machines as they are.

    Raises
    ------
    InputError
        If a ``file:`` URL names another machine, or the name is none that a file can have.

    Examples
    --------
    >>> expand_name("file:///data/my%20grid.nc").name
    'my grid.nc'
    >>> expand_name("https://host/~me/a.nc")
    'https://host/~me/a.nc'
    """
    if is_url(name):
        return name
    if isinstance(name, str) and (found := _FILE_URL.match(name)):
        if found["host"] not in (None, "", "localhost"):
            msg = (
                f"{name} names a file on the machine '{found['host']}'; accepted are files of "
                "this machine, as in file:///data/a.nc, and https:// URLs."
            )
            raise InputError(msg)
        path, mark, part = name[found.end() :].partition("#")
        name = unquote(path) + mark + part
    given = Path(name)
    if exists(given) or split_part(given)[1] is not None:
        return given
    try:
        return Path(os.path.expandvars(given)).expanduser()
    except RuntimeError:  # ~name, and nobody is called so
        return given


def exists(path: Path) -> bool:
    """Tell whether there is such a file or folder.

    Parameters
    ----------
    path : Path
        Any.

    Returns
    -------
    bool
        As from ``Path.exists``.

    Raises
    ------
    InputError
        If no file can have this name, or its folder cannot be looked into.

    Examples
    --------
    >>> exists(Path("/")), exists(Path("/no/such/file"))
    (True, False)
    """
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        msg = f"{str(path)[:80]} cannot be looked up ({reason}); check the name."
        raise InputError(msg) from error


def split_part(name: str | Path) -> tuple[str | Path, str | None]:
    """Split the name of a file from that of a part of it: ``a.nc#group``, ``a.zip#member``.

    Parameters
    ----------
    name : str or Path
        File, folder or URL.

    Returns
    -------
    file : str or Path
        The longest beginning that is a file; URLs stay text.
    part : str or None
        What stands behind its ``#``; None where there is a file of the whole name, where no
        beginning is a file, and where it is the netCDF library's, such as ``#mode=bytes``.

    Examples
    --------
    >>> split_part("https://host/a.nc#delays"), split_part("https://host/a.nc#mode=bytes")
    (('https://host/a.nc', 'delays'), ('https://host/a.nc#mode=bytes', None))
    """
    text = str(name)
    if is_url(name):
        url, mark, part = text.rpartition("#")
        return (url, part) if mark and not _NETCDF_MODE.search(part) else (text, None)
    path = Path(name)
    if "#" not in text or exists(path):
        return path, None
    places = [place for place, sign in enumerate(text) if sign == "#" and place]
    for place in reversed(places):
        file = Path(text[:place])
        if exists(file) and (file.is_file() or is_zarr_store(file)):
            return file, text[place + 1 :]
    return path, None


def local_file(name: str | Path) -> Path | None:
    """Find the file on this machine that a name stands for.

    Parameters
    ----------
    name : str or Path
        As given by a user, also ``file:///...`` and ``a.nc#group``.

    Returns
    -------
    Path or None
        The file or folder that holds the part; None where there is none, as for URLs of other
        machines.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".nc") as file:
    ...     local_file(f"file://{file.name}#delays") == Path(file.name)
    True
    """
    file = split_part(expand_name(name))[0]
    return file if isinstance(file, Path) and exists(file) else None


def short_name(name: str | Path) -> str:
    """Give the name of a file without its folder, with the part behind ``#``.

    Parameters
    ----------
    name : str or Path
        As given by a user.

    Returns
    -------
    str
        What means the same on another machine.

    Examples
    --------
    >>> short_name("data/a.nc"), short_name("https://host/data/a.nc#run/delays")
    ('a.nc', 'a.nc#run/delays')
    """
    file, part = split_part(expand_name(name))
    return Path(file).name if part is None else f"{Path(file).name}#{part}"
