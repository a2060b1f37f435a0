"""Read COST-716 text, in which E-GVAP exchanges near real time delays of GNSS stations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError, warn
from tropdsx.read.series.places import HEIGHTS, Place, are_apart
from tropdsx.read.series.station_series import (
    lay_out,
    without_impossible,
    without_strange_air,
)
from tropdsx.read.text import list_some, read_text

__all__ = ["is_cost716", "read_cost716"]


class Column(NamedTuple):
    """One number of a sample.

    Attributes
    ----------
    name, unit, long_name : str
        As the Dataset has it.
    factor : float
        Unit of the Dataset per unit of the file.
    gap : float
        Number that stands for a missing value.
    """

    name: str
    unit: str
    long_name: str
    factor: float
    gap: float


#: Numbers of a sample after its time and flags (Offiler, 2010, format version 2.2).
_COLUMNS = (
    Column("ztd", "m", "zenith total delay", 1e-3, -9.9),
    Column("ztd_sigma", "m", "standard deviation of the zenith total delay", 1e-3, -9.9),
    Column("zwd", "m", "zenith wet delay", 1e-3, -9.9),
    Column("iwv", "kg m-2", "vertically integrated water vapour", 1.0, -9.9),
    Column("pressure", "hPa", "pressure", 1.0, -9.9),
    Column("temperature", "K", "air temperature", 1.0, -9.9),
    Column("relative_humidity", "percent", "relative humidity", 1.0, -9.9),
    Column("gradient_north", "m", "total delay gradient, towards north", 1e-3, 999.99),
    Column("gradient_east", "m", "total delay gradient, towards east", 1e-3, 999.99),
    Column("gradient_north_sigma", "m", "its standard deviation", 1e-3, -9.99),
    Column("gradient_east_sigma", "m", "its standard deviation", 1e-3, -9.99),
)
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DATE = re.compile(r"(\d{2})-([A-Z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2})", re.I)
_SAMPLE = re.compile(r"\s*(\d{1,2})\s+(\d{1,2})\s+(\d{1,2})\s+([0-9A-F]{8})\s+(.*)", re.I)
_DAY = np.timedelta64(1, "D")


class Sample(NamedTuple):
    """One row of values.

    Attributes
    ----------
    station : str
        Its name.
    time : datetime64
        UTC.
    numbers : list of float
        In the order and units of the file.
    origin : str
        Who made it and when, as the header says.
    """

    station: str
    time: np.datetime64
    numbers: list[float]
    origin: str


def is_cost716(head: str) -> bool:
    """Tell whether a text is COST-716.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By the name of the format at the beginning of a line.

    Examples
    --------
    >>> is_cost716("COST-716 V2.2a           E-GVAP")
    True
    """
    return re.search(r"^COST-716", head, re.M) is not None


def read_cost716(path: str | Path) -> xr.Dataset:
    """Read a COST-716 file of one station or of many.

    Parameters
    ----------
    path : str or Path
        Version 2.0 or 2.2; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``ztd``, ``ztd_sigma``, and what else any station has of ``zwd``,
        ``iwv`` [kg m-2], ``pressure`` [hPa], ``temperature`` [K], ``relative_humidity`` [percent],
        ``gradient_north``, ``gradient_east`` and their ``*_sigma`` [m]; ``lat``, ``lon`` [deg] and
        ``height`` [m, ellipsoidal] on ``station``.

    Raises
    ------
    InputError
        If the file is no COST-716, or a header or sample of it cannot be read.

    Notes
    -----
    Each header says how many samples follow; of fewer, a warning tells. Samples that stand twice,
    as where files that overlap were put together, count once. Stations whose position is missing
    (-999) are left out, with a warning, unless no station has any.
    """
    path = Path(path)
    text = read_text(path)
    if not is_cost716(text):
        msg = f"{path} is no COST-716: no line of it begins with COST-716"
        raise InputError(msg)
    places: dict[str, list[Place]] = {}
    samples: list[Sample] = []
    lost: dict[str, int] = {}
    for part in re.split(r"^(?=COST-716)", text, flags=re.M)[1:]:
        lines = part.splitlines()
        name, place, first = _header(path, lines)
        places.setdefault(name, []).append(place)
        own = list(_samples(path, name, first, lines))
        samples += own
        lost[name] = lost.get(name, 0) + max(_announced(lines) - len(own), 0)
    if not samples:
        msg = f"{path} holds headers of {len(places)} stations and no sample. Fetch the file again"
        raise InputError(msg)
    _tell_lost(path, lost, len(samples))
    where, samples = _placed(path, places, _once(path, samples))
    where = {name: p._replace(lon=(p.lon + 180.0) % 360.0 - 180.0) for name, p in where.items()}
    names = np.array([sample.station for sample in samples], object)
    times = np.array([sample.time for sample in samples], "datetime64[ns]")
    numbers = np.array([sample.numbers for sample in samples])
    ds = lay_out(path, names, times, dict(_variables(path, numbers)), where)
    return ds.assign_attrs(source="COST-716", time_system="UTC")


def _once(path: Path, samples: list[Sample]) -> list[Sample]:
    """Take samples that stand twice once; refuse others of one station and epoch."""
    found: dict[tuple[str, np.datetime64], Sample] = {}
    for sample in samples:
        first = found.setdefault((sample.station, sample.time), sample)
        if first is sample or np.array_equal(first.numbers, sample.numbers, equal_nan=True):
            continue
        msg = (
            f"{path}: {sample.station} has two samples at {sample.time}, of "
            f"{first.numbers[0]:g} mm ({first.origin}) and {sample.numbers[0]:g} mm "
            f"({sample.origin}); keep one of the two solutions"
        )
        raise InputError(msg)
    if len(found) < len(samples):
        twice = len(samples) - len(found)
        warn(f"{path}: {twice} of {len(samples)} samples stand there twice, and count once")
    return list(found.values())


def _placed(
    path: Path, places: dict[str, list[Place]], samples: list[Sample]
) -> tuple[dict[str, Place], list[Sample]]:
    """Find the position of each station; leave those out that have none, unless all lack it."""
    known = {name: [p for p in own if _is_place(p)] for name, own in places.items()}
    where = {name: own[-1] for name, own in known.items() if own}
    moved = [name for name, own in known.items() if any(are_apart(p, own[-1]) for p in own)]
    if moved:
        warn(f"{path}: headers place {list_some(moved)} differently; the last of each is taken")
    nowhere = [name for name in places if name not in where]
    if nowhere and where:
        example = places[nowhere[0]][-1]
        warn(
            f"{path}: {list_some(nowhere)} left out: its header gives no position on the Earth "
            f"({nowhere[0]}: {example.lat:g}, {example.lon:g}, {example.height:g} m)"
        )
        samples = [sample for sample in samples if sample.station in where]
    elif nowhere:
        warn(f"{path}: no header gives a position on the Earth; give a table of stations beside it")
    if not samples:
        msg = f"{path} holds no sample of a station whose header gives a position"
        raise InputError(msg)
    return where, samples


def _is_place(place: Place) -> bool:
    low, high = HEIGHTS
    return abs(place.lat) <= 90.0 and abs(place.lon) <= 360.0 and low <= place.height <= high


def _header(path: Path, lines: list[str]) -> tuple[str, Place, np.datetime64]:
    """Read name, place and first epoch of a station."""
    try:
        name = lines[1].split(maxsplit=1)[0]
        lat, lon, height = (float(word) for word in lines[3].split()[:3])
        found = _DATE.match(lines[4].strip())
        if found is None:
            raise ValueError
        day, month, year, *clock = found.groups()
        date = f"{year}-{_MONTHS.index(month.upper()) + 1:02d}-{day}T{':'.join(clock)}"
        return name, Place(lat, lon, height), np.datetime64(date, "s")
    except (ValueError, IndexError) as error:
        msg = (
            f"{path}: a header of COST-716 cannot be read ('{' / '.join(lines[1:5])[:80]}'); its "
            "lines 2, 4 and 5 are to hold the name, lat lon height, and the date DD-MON-YYYY"
        )
        raise InputError(msg) from error


def _announced(lines: list[str]) -> int:
    """How many samples a header says that there are; 0 where it does not."""
    return int(text) if len(lines) > 8 and (text := lines[8].strip()).isdigit() else 0


def _tell_lost(path: Path, lost: dict[str, int], found: int) -> None:
    names = [name for name, count in lost.items() if count]
    if names:
        total = sum(lost.values())
        warn(
            f"{path}: {total} of {total + found} samples that its headers announce are missing or "
            f"damaged, and left out ({list_some(names)})"
        )


def _samples(path: Path, name: str, first: np.datetime64, lines: list[str]) -> Iterator[Sample]:
    """Read samples: their clock alone is there, so a step back is a new day."""
    day = first.astype("datetime64[D]").astype("datetime64[s]")
    before = first - day
    origin = f"{' '.join(lines[5].split()[:2])}, {lines[4].strip()[25:].strip()}"
    for line in lines[8:]:
        found = _SAMPLE.fullmatch(line.rstrip())
        if found is None:
            continue  # counts and slant delays, dashes
        hours, minutes, seconds = (int(part) for part in found.groups()[:3])
        clock = np.timedelta64(3600 * hours + 60 * minutes + seconds, "s")
        if clock < before:
            day = day + _DAY
        before = clock
        try:
            numbers = [float(word) for word in found[5].split()[: len(_COLUMNS)]]
        except ValueError:
            numbers = []
        if len(numbers) < len(_COLUMNS):
            msg = (
                f"{path}: the sample '{line.strip()[:60]}' of {name} does not hold the "
                f"{len(_COLUMNS)} numbers of COST-716 version 2"
            )
            raise InputError(msg)
        yield Sample(name, day + clock, numbers, origin)


def _variables(
    path: Path, numbers: NDArray[np.float64]
) -> Iterator[tuple[str, tuple[NDArray[np.float64], dict[str, Any]]]]:
    for column, values in zip(_COLUMNS, numbers.T, strict=True):
        gap = np.isclose(values, column.gap)
        if gap.all() and column.name != "ztd":
            continue
        found = np.where(gap, np.nan, values * column.factor)
        if column.name in ("ztd", "zwd"):
            found = without_impossible(path, column.name, found)
        found = without_strange_air(path, column.name, found)
        yield column.name, (found, {"long_name": column.long_name, "units": column.unit})
