"""Open time series of delays at stations, whatever their format, in files, archives or both."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from tropdsx.errors import InputError, TropdsxError, warn
from tropdsx.read.containers.files import find_files
from tropdsx.read.containers.temporary import origin_of, release
from tropdsx.read.series.formats import FORMATS, format_of
from tropdsx.read.series.joining import join_series
from tropdsx.read.text import is_compressed, read_text
from tropdsx.system.names import is_url

__all__ = ["is_series", "open_series"]

_HEAD = 8192
"""So much of a file tells its format [byte]."""
_ACCEPTED = f"accepted are {', '.join(each.name for each in FORMATS)}"
Paths = str | Path | Sequence[str | Path]


def is_series(paths: Paths) -> bool:
    r"""Tell a series of stations by its first lines.

    Parameters
    ----------
    paths : str, Path or sequence of them
        As for :func:`open_series`; of several files, the first.

    Returns
    -------
    bool
        False of all else, also of what is missing or on another machine.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("station,time,ztd\n")
    ...     is_series(Path(file.name))
    False
    """
    first = paths if isinstance(paths, (str, Path)) else next(iter(paths), "")
    if is_url(first):
        return False
    files: list[str | Path] = []
    try:
        files = find_files(first, _ACCEPTED, readable=_may_be_series)
        file = files[0]
        return isinstance(file, Path) and file.is_file() and format_of(_head(file)) is not None
    except TropdsxError:  # whoever reads it says why
        return False
    finally:
        release(files)


def open_series(paths: Paths) -> xr.Dataset:
    r"""Open a time series of delays at stations.

    Parameters
    ----------
    paths : str, Path or sequence of them
        SINEX_TRO (0.01 to 2.00), COST-716, Bernese TRP, ztd files of PRIDE PPP-AR, position files
        of CSRS-PPP, time-dependent parameters of GipsyX and GIPSY, met files of GAMIT, or
        site-wise VMF1, VMF3 and V3GR; told by the content; plain, .xz or .gz. Also patterns,
        several files, a ZIP archive of them, as the Nevada Geodetic Laboratory has them, and URLs.

    Returns
    -------
    Dataset
        ``ztd`` and what else the files have on (time, station) [m], with ``lat``, ``lon`` [deg]
        and ``height`` [m, ellipsoidal] where they place their stations. The attribute
        ``time_system`` tells what times count; GPS time runs 18 s ahead of UTC.

    Raises
    ------
    InputError
        If a file is of another kind, or damaged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("station,time,ztd\n")
    ...     open_series(file.name)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.InputError: ... is no series of stations that is read here; accepted are ...
    """
    files = find_files(paths, _ACCEPTED, readable=_may_be_series)
    try:
        names = [origin_of(file) for file in files]
        if len(files) == 1:
            return _under_its_name(files[0], names[0])
        parts, told = [], []
        for file, name in zip(files, names, strict=True):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                parts.append(_under_its_name(file, name))
            told += [(name, str(each.message)) for each in caught]
        _tell_once(told)
        return join_series(parts, names)
    finally:
        release(files)


def _under_its_name(file: str | Path, name: str) -> xr.Dataset:
    """Read a file; what is said of one of an archive names it as the user does."""
    if str(file) == name:
        return _read(Path(file))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = _read(Path(file))
        except TropdsxError as error:
            raise type(error)(str(error).replace(str(file), name)) from None
    for each in caught:
        warn(str(each.message).replace(str(file), name))
    return found


def _tell_once(told: list[tuple[str, str]]) -> None:
    """Warn once of what is the same in several files."""
    first: dict[str, str] = {}
    count: dict[str, int] = {}
    for name, text in told:
        about = text.replace(name, "")
        first.setdefault(about, text)
        count[about] = count.get(about, 0) + 1
    for about, text in first.items():
        files = count[about]
        warn(f"{text} (so in {files} files)" if files > 1 else text)


def _read(file: Path) -> xr.Dataset:
    found = format_of(_head(file))
    if found is not None:
        return found.read(file)
    msg = (
        f"{file} is no series of stations that is read here; {_ACCEPTED}. Tables with columns "
        "station,time,ztd are read by tropdsx.read_observations, RINEX meteorological data by "
        "`tropdsx pwv`"
    )
    raise InputError(msg)


def _head(file: Path) -> str:
    return read_text(file, _HEAD)


def _may_be_series(head: bytes) -> bool:
    """Tell whether a file may be a series; compressed ones are looked into later."""
    return is_compressed(head) or format_of(head.decode("latin-1")) is not None
