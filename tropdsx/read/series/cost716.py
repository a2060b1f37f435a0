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
from tropdsx.read.series.sinex_blocks import Place
from tropdsx.read.series.station_series import lay_out, without_impossible
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
    """

    station: str
    time: np.datetime64
    numbers: list[float]


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
    Each header says how many samples follow; of fewer, a warning tells.
    """
    path = Path(path)
    text = read_text(path)
    if not is_cost716(text):
        msg = f"{path} is no COST-716: no line of it begins with COST-716"
        raise InputError(msg)
    places: dict[str, Place] = {}
    samples: list[Sample] = []
    lost: dict[str, int] = {}
    for part in re.split(r"^(?=COST-716)", text, flags=re.M)[1:]:
        lines = part.splitlines()
        name, place, first = _header(path, lines)
        places[name] = place
        own = list(_samples(path, name, first, lines[8:]))
        samples += own
        lost[name] = lost.get(name, 0) + max(_announced(lines) - len(own), 0)
    if not samples:
        msg = f"{path} holds headers of {len(places)} stations and no sample. Fetch the file again"
        raise InputError(msg)
    _tell_lost(path, lost, len(samples))
    names = np.array([sample.station for sample in samples], object)
    times = np.array([sample.time for sample in samples], "datetime64[ns]")
    numbers = np.array([sample.numbers for sample in samples])
    ds = lay_out(path, names, times, dict(_variables(path, numbers)), places)
    return ds.assign_attrs(source="COST-716", time_system="UTC")


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
        return name, Place(lat, (lon + 180.0) % 360.0 - 180.0, height), np.datetime64(date, "s")
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
    for line in lines:
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
        yield Sample(name, day + clock, numbers)


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
        yield column.name, (found, {"long_name": column.long_name, "units": column.unit})
