"""Read RINEX meteorological files: pressure, temperature and humidity beside a GNSS antenna."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.constants import ZERO_CELSIUS
from tropdsx.errors import InputError, warn
from tropdsx.read.series.places import Place
from tropdsx.read.series.station_series import lay_out
from tropdsx.read.text import read_text
from tropdsx.system.workers import Progress

__all__ = ["is_rinex_met", "open_rinex_met", "read_rinex_met"]


class Quantity(NamedTuple):
    """One type of observation.

    Attributes
    ----------
    name, unit, long_name : str
        As the Dataset has it.
    offset : float
        What is added to the number of the file.
    low, high : float
        What such a sensor can observe [`unit`].
    """

    name: str
    unit: str
    long_name: str
    offset: float
    low: float
    high: float


_TYPES = {
    "PR": Quantity("pressure", "hPa", "air pressure", 0.0, 300.0, 1100.0),
    "TD": Quantity("temperature", "K", "air temperature", ZERO_CELSIUS, 180.0, 335.0),
    "HR": Quantity("relative_humidity", "percent", "relative humidity", 0.0, 0.0, 110.0),
}
"""Types that are read; wind, rain and delays of a radiometer are left out."""
_GAPS = (9999.9, 9999.0, -999.9, -9999.9)
"""Values that stand for missing ones; 999.9 is a usual pressure."""
_WIDTH = 7
_DIGIT = 0.06
"""Numbers that differ by no more than their last digit are the same."""


class Header(NamedTuple):
    """What stands above the rows.

    Attributes
    ----------
    version : float
        Of the format.
    station : str
        Name of the marker.
    types : list of str
        Observations in their order.
    heights : dict of str to float
        Ellipsoidal height of the sensor of a type [m].
    rows : list of str
        Lines below the header.
    """

    version: float
    station: str
    types: list[str]
    heights: dict[str, float]
    rows: list[str]


def is_rinex_met(head: str) -> bool:
    """Tell whether a text is a RINEX meteorological file.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By the first line.

    Examples
    --------
    >>> is_rinex_met(f"{2.11:9.2f}{'':11}{'METEOROLOGICAL DATA':40}RINEX VERSION / TYPE")
    True
    """
    first = head.partition("\n")[0]
    return first[20:21] == "M" and "RINEX VERSION / TYPE" in first


def open_rinex_met(
    paths: str | Path | Sequence[str | Path], *, progress: Progress | None = None
) -> xr.Dataset:
    """Read RINEX meteorological files of one station or several, and join them.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files, plain, .xz or .gz, of versions 2 to 4.
    progress : callable, optional
        Called with (files read, files in all).

    Returns
    -------
    Dataset
        As from :func:`read_rinex_met`; of an epoch that two files have, the first counts, with a
        warning where they differ.

    Raises
    ------
    InputError
        If a file is none, or damaged.
    """
    files = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not files:
        msg = "no RINEX meteorological file is given"
        raise InputError(msg)
    parts = []
    for number, file in enumerate(files, 1):
        parts.append(read_rinex_met(file))
        if progress is not None:
            progress(number, len(files))
    while len(parts) > 1:  # in pairs: one after the other would copy the first again for each
        pairs = zip(parts[::2], parts[1::2], strict=False)
        rest = parts[-1:] if len(parts) % 2 else []
        parts = [_combine(first, second) for first, second in pairs] + rest
    return parts[0].sortby("time")


def _combine(first: xr.Dataset, second: xr.Dataset) -> xr.Dataset:
    """Join two series; tell where they say other things of one station and epoch."""
    one, other = xr.align(first, second, join="inner")
    for name in (each for each in one.data_vars if each in other):
        apart = np.abs((one[name] - other[name]).to_numpy()) > _DIGIT
        if apart.any():
            names = ", ".join(map(str, one["station"].to_numpy()[apart.any(axis=0)][:3]))
            warn(
                f"two files differ in {int(apart.sum())} values of {name} of the same epochs "
                f"({names}): those of the first count"
            )
    return first.combine_first(second)


def read_rinex_met(path: str | Path) -> xr.Dataset:
    """Read a RINEX meteorological file.

    Parameters
    ----------
    path : str or Path
        Version 2 to 4; plain, .xz or .gz.

    Returns
    -------
    Dataset
        On (time, station): ``pressure`` [hPa], ``temperature`` [K], ``relative_humidity``
        [percent], as far as they are observed; ``sensor_height`` [m, ellipsoidal] of the barometer
        on ``station`` where the header has it. Times are those of the file, GPS time or UTC.

    Raises
    ------
    InputError
        If the file is none, or a row cannot be read.
    """
    path = Path(path)
    text = read_text(path)
    if not is_rinex_met(text):
        msg = f"{path} is no RINEX meteorological file: its first line has no M in column 21"
        raise InputError(msg)
    header = _header(path, text)
    rows = list(_rows(path, header))
    times = np.array([time for time, _ in rows], "datetime64[ns]")
    table = np.array([values for _, values in rows], np.float64).reshape(
        len(rows), len(header.types)
    )
    values = dict(_variables(path, header, _without_zeros(path, header.types, table)))
    if not values:
        msg = f"{path} observes {', '.join(header.types)}; accepted are some of {', '.join(_TYPES)}"
        raise InputError(msg)
    times, first, again = np.unique(times, return_index=True, return_inverse=True)
    _tell_repeated(path, values, first[again])
    values = {name: (column[first], attrs) for name, (column, attrs) in values.items()}
    names = np.full(times.size, header.station, object)
    places: dict[str, Place] = {}
    ds = lay_out(path, names, times, values, places)
    if "PR" in header.heights:
        about = {"long_name": "ellipsoidal height of the barometer", "units": "m"}
        ds = ds.assign_coords(sensor_height=("station", [header.heights["PR"]], about))
    return ds.assign_attrs(source=f"RINEX {header.version:.2f} meteorological data")


def _tell_repeated(path: Path, values: Mapping[str, Any], first: NDArray[np.int64]) -> None:
    """Tell of epochs that stand twice with other values."""
    for name, (column, _) in values.items():
        apart = int((np.abs(column - column[first]) > _DIGIT).sum())
        if apart:
            warn(f"{path}: {apart} values of {name} differ from others of their epoch: left out")


def _without_zeros(path: Path, types: list[str], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take epochs of which each number is 0 for missing ones, where none may be a calm at 0 C."""
    known = np.isfinite(table)
    empty = ((table == 0.0) | ~known).all(axis=1) & (known.sum(axis=1) > 1)
    empty &= (known & np.isin(types, ("PR", "HR"))).any(axis=1)
    if empty.any():
        warn(f"{path}: {int(empty.sum())} epochs of zeros alone are taken as missing")
    return np.where(empty[:, None], np.nan, table)


def _header(path: Path, text: str) -> Header:
    lines = text.splitlines()
    labels = [line[60:].strip() for line in lines]
    if "END OF HEADER" not in labels:
        msg = f"{path} has no END OF HEADER; it is incomplete. Fetch the file again"
        raise InputError(msg)
    end = labels.index("END OF HEADER")
    station, types, heights = "", [], {}
    for line, label in zip(lines[:end], labels[:end], strict=True):
        if label == "MARKER NAME":
            station = line[:60].strip()
        elif label == "# / TYPES OF OBSERV":
            types += line[6:60].split()
        elif label == "SENSOR POS XYZ/H":
            numbers = re.findall(r"-?\d+\.\d*", line[:56])
            if len(numbers) == 4 and (float(numbers[3]) or any(map(float, numbers[:3]))):
                heights[line[57:59]] = float(numbers[3])
    if not station or not types:
        msg = f"{path} names no {'marker' if not station else 'types of observation'} in its header"
        raise InputError(msg)
    return Header(float(lines[0][:9]), station, types, heights, lines[end + 1 :])


def _rows(path: Path, header: Header) -> Iterator[tuple[np.datetime64, list[float]]]:
    """Read epochs: the year of two or four digits, numbers of seven columns, 8, then 10 a line."""
    start = 20 if header.version >= 3 else 18
    lines = iter([line for line in header.rows if line.strip()])
    for line in lines:
        cells = [line[start + _WIDTH * k : start + _WIDTH * (k + 1)] for k in range(8)]
        while len(cells) < len(header.types):
            more = next(lines, "")
            cells += [more[4 + _WIDTH * k : 4 + _WIDTH * (k + 1)] for k in range(10)]
        try:
            time = _epoch(line[:start])
            numbers = [float(cell) if cell.strip(" *") else np.nan for cell in cells]
        except ValueError as error:
            msg = f"{path}: the row '{line.strip()[:50]}' cannot be read ({error})"
            raise InputError(msg) from error
        yield time, numbers[: len(header.types)]


def _epoch(text: str) -> np.datetime64:
    year, month, day, hour, minute, second = (int(float(word)) for word in text.split())
    century = 0 if year > 99 else 2000 if year < 80 else 1900
    date = f"{century + year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
    return np.datetime64(date, "s")


def _variables(
    path: Path, header: Header, table: NDArray[np.float64]
) -> Iterator[tuple[str, tuple[NDArray[np.float64], dict[str, Any]]]]:
    for place, code in enumerate(header.types):
        if code not in _TYPES:
            continue
        quantity = _TYPES[code]
        values = table[:, place]
        values = np.where(np.isclose(values[:, None], _GAPS).any(axis=1), np.nan, values)
        values = values + quantity.offset
        wrong = (values < quantity.low) | (values > quantity.high)
        if wrong.any():
            warn(
                f"{path}: {int(wrong.sum())} values of {quantity.name} are none of air (outside "
                f"{quantity.low:g} to {quantity.high:g} {quantity.unit}), and left out"
            )
        _tell_fractions(path, code, values)
        about = {"long_name": quantity.long_name, "units": quantity.unit}
        yield quantity.name, (np.where(wrong, np.nan, values), about)


def _tell_fractions(path: Path, code: str, values: NDArray[np.float64]) -> None:
    known = values[np.isfinite(values)]
    if code == "HR" and known.size > 1 and 0.0 < known.max() <= 1.0:
        warn(f"{path}: relative humidities are at most {known.max():g} percent; as fractions?")
