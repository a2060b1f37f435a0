"""Read position files (.pos) of CSRS-PPP, the service of Natural Resources Canada."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError
from tropdsx.read.series.places import Place
from tropdsx.read.series.programs.rows import epochs_of, numbers_of_rows, whole_lines
from tropdsx.read.series.station_series import lay_out, without_impossible
from tropdsx.read.text import read_text

__all__ = ["is_csrs_ppp", "read_csrs_ppp"]

_HEADING = re.compile(r"^DIR\s+FRAME\s+STN\s.*YEAR-MM-DD.*$", re.M)
_DATE, _CLOCK, _DELAY, _SIGMA = "YEAR-MM-DD", r"HR:MN:SS\.S+", r"TZD\(m\)", r"SDTZD\(95%\)"
_LAT = (r"LATDD|LAT\(d\)", r"LATMN|LAT\(m\)", r"LATSS|LAT\(s\)")
_LON = (r"LONDD|LON\(d\)", r"LONMN|LON\(m\)", r"LONSS|LON\(s\)")
_HEIGHT = r"HGT\(m\)"
_OF_95_PERCENT = 1.959964
"""Standard deviations of 95 percent, which the formal errors of the file are."""
_MOVING = (0.02, 50.0)
"""An antenna is no station where more than a tenth of its positions are further off [deg, m]."""


def is_csrs_ppp(head: str) -> bool:
    """Tell whether a text is a position file of CSRS-PPP.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By its line of headings.

    Examples
    --------
    >>> is_csrs_ppp("DIR FRAME  STN   DAYofYEAR YEAR-MM-DD HR:MN:SS.SS NSV GDOP")
    True
    """
    return _HEADING.search(head) is not None


def read_csrs_ppp(path: str | Path) -> xr.Dataset:
    """Read a position file of CSRS-PPP.

    Parameters
    ----------
    path : str or Path
        ``.pos``, old or new; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``ztd`` and, where the file says of which probability they are,
        ``ztd_sigma`` [m], of the backward smoothed solution, else the forward one; ``lat``,
        ``lon`` [deg] and ``height`` [m, ellipsoidal], the medians. Times are GPS time.

    Raises
    ------
    InputError
        If the file has no delays, is damaged, or of an antenna that moves.
    """
    path = Path(path)
    text = read_text(path)
    heading = _HEADING.search(text)
    if heading is None:
        msg = f"{path} is no position file of CSRS-PPP: no line begins with DIR FRAME STN"
        raise InputError(msg)
    names = heading[0].split()
    rows = [line.split() for line in whole_lines(path, text[heading.start() :])[1:]]
    ways = {way: [row for row in rows if row[:1] == [way]] for way in ("BWD", "FWD")}
    rows = ways["BWD"] or ways["FWD"]
    if not rows:
        msg = f"{path} holds no row of a forward or backward solution. Fetch the file again"
        raise InputError(msg)
    columns = _columns(path, names, rows)
    times = _times(path, columns[_DATE], columns[_CLOCK])
    ztd = without_impossible(path, "ztd", _numbers(path, columns[_DELAY]))
    about = {"long_name": "zenith total delay", "units": "m"}
    values: dict[str, tuple[NDArray[np.float64], dict[str, Any]]] = {"ztd": (ztd, about)}
    if _SIGMA in columns:
        sigma = _numbers(path, columns[_SIGMA]) / _OF_95_PERCENT
        about = {"long_name": "standard deviation of the zenith total delay", "units": "m"}
        values["ztd_sigma"] = (np.where(sigma > 0.0, sigma, np.nan), about)
    stations = np.array([row[2] for row in rows], object)
    places = {name: _place(path, columns, stations == name) for name in dict.fromkeys(stations)}
    ds = lay_out(path, stations, times, values, places)
    way = "backward smoothed" if ways["BWD"] else "forward"
    return ds.assign_attrs(
        source="CSRS-PPP", time_system="GPS", comment=f"{way} solution in {rows[0][1]}"
    )


def _columns(
    path: Path, names: list[str], rows: Sequence[Sequence[str]]
) -> dict[str, Sequence[str]]:
    """Take the columns that are needed, by their headings; later ones may have blanks."""
    wanted = (_DATE, _CLOCK, _DELAY, *_LAT, *_LON, _HEIGHT)
    found = {
        pattern: place
        for pattern in (*wanted, _SIGMA)
        for place, name in enumerate(names)
        if re.fullmatch(pattern, name)
    }
    missing = [pattern for pattern in wanted if pattern not in found]
    if missing:
        what = missing[0].partition("|")[0].replace("\\", "")
        msg = (
            f"{path} has no column {what}, only {' '.join(names)[:120]}; accepted are position "
            "files with total delays, TZD(m), in ITRF"
        )
        raise InputError(msg)
    width = max(found.values()) + 1
    short = next((row for row in rows if len(row) < width), None)
    if short is not None:
        msg = (
            f"{path}: the row '{' '.join(short)[:60]}' ends before {names[width - 1]}; the file is "
            "incomplete. Fetch it again, or take the row out"
        )
        raise InputError(msg)
    return {pattern: [row[place] for row in rows] for pattern, place in found.items()}


def _numbers(path: Path, words: Sequence[str]) -> NDArray[np.float64]:
    return numbers_of_rows(path, [[word] for word in words], 1)[:, 0]


def _times(path: Path, days: Sequence[str], clocks: Sequence[str]) -> NDArray[np.datetime64]:
    words = [[*day.split("-"), *clock.split(":")] for day, clock in zip(days, clocks, strict=True)]
    return epochs_of(path, numbers_of_rows(path, words, 6))


def _place(path: Path, columns: dict[str, Sequence[str]], own: NDArray[np.bool_]) -> Place:
    lat, lon = (_angles(path, [columns[each] for each in parts])[own] for parts in (_LAT, _LON))
    height = _numbers(path, columns[_HEIGHT])[own]
    lon = np.degrees(np.unwrap(np.radians(lon)))
    point = [float(np.median(each)) for each in (lat, lon, height)]
    for values, middle, limit in zip(
        (lat, lon, height), point, (_MOVING[0], _MOVING[0], _MOVING[1]), strict=True
    ):
        if float(np.quantile(np.abs(values - middle), 0.9)) > limit:
            msg = (
                f"{path}: the antenna moves, by more than {_MOVING[0]:g} degrees or "
                f"{_MOVING[1]:g} m; its delays are of no one station. Accepted are static solutions"
            )
            raise InputError(msg)
    return Place(point[0], (point[1] + 180.0) % 360.0 - 180.0, point[2])


def _angles(path: Path, parts: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Read degrees, minutes and seconds; the sign stands before the degrees, also before 0."""
    degrees, minutes, seconds = (np.abs(_numbers(path, words)) for words in parts)
    south = np.array(
        [any(word.startswith("-") for word in row) for row in zip(*parts, strict=True)]
    )
    size = degrees + minutes / 60.0 + seconds / 3600.0
    return np.where(south, -size, size)
