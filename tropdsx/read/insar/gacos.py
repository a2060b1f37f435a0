"""Read GACOS delays: raw floats with a ROI_PAC header, or GeoTIFF."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.time.text import parse_date
from tropdsx.errors import InputError, warn
from tropdsx.read.text import describe_error, read_text

__all__ = ["open_gacos", "read_rsc"]

_NEEDED = ("WIDTH", "FILE_LENGTH", "X_FIRST", "Y_FIRST", "X_STEP", "Y_STEP")
_DATE = re.compile(r"(?<!\d)\d{8}(?:T?(?:\d{4}|\d{6}))?(?!\d)")
"""A day in a name, with or without a time of it."""
_CLOCK = re.compile(
    r"(?:(\d{1,2}(?:\.\d*)?|\.\d+)|(\d{1,2}):([0-5]\d)(?::([0-5]\d(?:\.\d*)?))?)\s*(?:UTC|Z)?",
    re.IGNORECASE,
)
_POLE, _REVOLUTION = 90.5, 361.0
"""Beyond these are no degrees, but metres of a projection."""
_DAY_LONG = 24
_TOTAL = QUANTITIES["ztd"]


def open_gacos(
    paths: str | Path | Sequence[str | Path], *, registration: str = "node"
) -> xr.Dataset:
    r"""Open zenith total delays of GACOS.

    Parameters
    ----------
    paths : str, Path or sequence of them
        ``20210101.ztd`` with ``20210101.ztd.rsc`` beside it, or ``20210101.ztd.tif`` (needs
        rasterio); several of one grid are joined along time.
    registration : {"node", "corner"}, optional
        What X_FIRST and Y_FIRST of a header name: the first node, as GACOS has it, or the corner of
        its cell.

    Returns
    -------
    Dataset
        ``ztd`` (time, lat, lon) [m] in memory. Times are those of TIME_OF_DAY, else of the name, as
        in ``202101010530.ztd``, else 0 h of its day, with a warning. Zeros, which GACOS has where
        it knows nothing, are missing, as are the values that a GeoTIFF says stand for that.

    Raises
    ------
    InputError
        If a file, its header or an entry of it is missing, sizes disagree, grids differ or are not
        of latitude and longitude, or values are no total delays in metres.

    Examples
    --------
    >>> import tempfile
    >>> header = {"WIDTH": 2, "FILE_LENGTH": 1, "X_FIRST": 5, "Y_FIRST": 1, "X_STEP": 1}
    >>> header |= {"Y_STEP": -1, "TIME_OF_DAY": "6.5 UTC"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "20210101.ztd"
    ...     np.array([2.4, 2.5], "<f4").tofile(path)
    ...     text = "".join(f"{key} {value}\n" for key, value in header.items())
    ...     _ = path.with_name("20210101.ztd.rsc").write_text(text)
    ...     ds = open_gacos(path)
    >>> ds.ztd.values.round(3).tolist(), ds.lon.values, str(ds.time.values[0])[:16]
    ([[[2.4000000953674316, 2.5]]], array([5., 6.]), '2021-01-01T06:30')
    """
    files = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    parts = [_open_one(file, registration) for file in files]
    first = parts[0]
    for file, part in zip(files[1:], parts[1:], strict=True):
        if not all(np.array_equal(part[axis], first[axis]) for axis in ("lat", "lon")):
            msg = f"{file} lies on another grid than {files[0]}; open each grid by itself"
            raise InputError(msg)
    joined = xr.concat(parts, "time") if len(parts) > 1 else first
    if not joined.indexes["time"].is_unique:
        msg = "two of the files are of one epoch; leave one of them out"
        raise InputError(msg)
    return joined.sortby("time").assign_attrs(source="GACOS")


def _open_one(path: Path, registration: str) -> xr.Dataset:
    if not path.is_file():
        msg = f"no such file: {path}."
        raise InputError(msg)
    if path.suffix.lower() in (".tif", ".tiff"):
        values, lat, lon, hours = _read_tif(path)
    else:
        values, lat, lon, hours = _read_raw(path, registration)
    _check_degrees(path, lat, lon)
    values = _without_gaps(path, values)
    time = _time_of(path, hours)
    ztd = (("time", "lat", "lon"), values[None], QUANTITIES["ztd"].attributes)
    ds = xr.Dataset({"ztd": ztd}, {"time": [time], "lat": lat, "lon": lon})
    ds["lat"].attrs = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    ds["lon"].attrs = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    return ds


def _time_of(path: Path, hours: float | None) -> np.datetime64:
    """Join the day in a name with the time of day in a header, or else with that in the name."""
    dates = _dates_in(path.name)
    days = {date.astype("datetime64[D]") for date in dates}
    if len(days) != 1:
        held = "no" if not days else "more than one"
        msg = (
            f"the name {path.name} holds {held} day; accepted are delays of one day, with names "
            "such as 20210101.ztd"
        )
        raise InputError(msg)
    (day,) = days
    clocks = {date for date in dates if np.datetime_data(date.dtype)[0] != "D"}
    if hours is None and len(clocks) == 1:
        return clocks.pop().astype("datetime64[ns]")
    if hours is None:
        warn(f"{path} does not tell its time of day: 0 h is taken")
    seconds = np.timedelta64(round(3600 * (hours or 0.0)), "s")
    return (day + seconds).astype("datetime64[ns]")


def _dates_in(name: str) -> list[np.datetime64]:
    """Find the dates in a name; other numbers of eight digits, as those of orbits, are none."""
    dates = []
    for text in _DATE.findall(name):
        with contextlib.suppress(ValueError):
            dates.append(parse_date(text))
    return dates


def _check_degrees(path: Path, lat: NDArray[np.floating], lon: NDArray[np.floating]) -> None:
    if np.abs(lat).max() > _POLE or np.abs(lon).max() > _REVOLUTION:
        msg = (
            f"{path} reaches from {lat[0]:g} to {lat[-1]:g} north and {lon[0]:g} to {lon[-1]:g} "
            "east; accepted are degrees of latitude and longitude. Reproject it to EPSG:4326"
        )
        raise InputError(msg)


def _without_gaps(path: Path, values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Take zeros for missing values, and refuse what is no total delay in metres."""
    gaps = values == 0.0
    if gaps.any():
        warn(f"{path}: {int(gaps.sum())} of {values.size} values are 0, and taken as missing")
        values = np.where(gaps, np.float32(np.nan), values)
    known = values[~np.isnan(values)]
    if known.size and not (_TOTAL.low <= known.min() and known.max() <= _TOTAL.high):
        msg = (
            f"{path} holds values {known.min():.4g} to {known.max():.4g}; accepted are total "
            f"delays of {_TOTAL.low:g} to {_TOTAL.high:g} m, as little-endian floats. Fetch it "
            "again, or check whether it holds differences, another unit or another byte order"
        )
        raise InputError(msg)
    return values


Grid = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating], float | None]


def _read_raw(path: Path, registration: str) -> Grid:
    header = read_rsc(path.with_name(f"{path.name}.rsc"))
    rows, columns = int(float(header["FILE_LENGTH"])), int(float(header["WIDTH"]))
    size = path.stat().st_size
    if size != 4 * rows * columns:
        msg = (
            f"{path} has {size} bytes, and its header wants {rows} x {columns} of 4; fetch both "
            "files again"
        )
        raise InputError(msg)
    values = np.fromfile(path, "<f4").reshape(rows, columns).astype(np.float32)
    half = 0.5 if registration == "corner" else 0.0
    north, south, west, east = (
        float(header[key]) for key in ("Y_FIRST", "Y_STEP", "X_FIRST", "X_STEP")
    )
    lat = (north + south * (np.arange(rows) + half)).round(9)
    lon = (west + east * (np.arange(columns) + half)).round(9)
    return values, lat, lon, _hours_of(path, header.get("TIME_OF_DAY", ""))


def _hours_of(path: Path, text: str) -> float | None:
    """Read a time of day [h]: hours with decimals, or with minutes and seconds."""
    if not text:
        return None
    hours: float = _DAY_LONG
    if (found := _CLOCK.fullmatch(text.strip())) is not None:
        decimal, *parts = found.groups()
        hours = sum(
            float(part or 0.0) / 60**k for k, part in enumerate([decimal] if decimal else parts)
        )
    if hours >= _DAY_LONG:
        msg = (
            f"{path}: its header has TIME_OF_DAY '{text}'; accepted are hours of a day, as 5.5 UTC "
            "or 05:30 UTC"
        )
        raise InputError(msg)
    return hours


def read_rsc(path: str | Path) -> dict[str, str]:
    r"""Read a ROI_PAC header.

    Parameters
    ----------
    path : str or Path
        Such as ``20210101.ztd.rsc``: a key and its value on each line.

    Returns
    -------
    dict of str to str
        All entries.

    Raises
    ------
    InputError
        If the file is missing, or lacks an entry that places the nodes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     keys = ("WIDTH", "FILE_LENGTH", "X_FIRST", "Y_FIRST", "X_STEP", "Y_STEP")
    ...     _ = Path(file.name).write_text("".join(f"{key}\t2\n" for key in keys))
    ...     read_rsc(file.name)["WIDTH"]
    '2'
    """
    path = Path(path)
    lines = (line.split(maxsplit=1) for line in read_text(path).splitlines())
    header = {line[0]: line[1].strip() for line in lines if len(line) == 2}
    bad = [key for key in _NEEDED if not re.fullmatch(r"[-+.\deE]+", header.get(key, ""))]
    if bad:
        msg = f"{path} has no number for {', '.join(bad)}; it is no ROI_PAC header of a map"
        raise InputError(msg)
    return header


def _read_tif(path: Path) -> Grid:
    try:
        import rasterio
    except ImportError as error:
        msg = f"{path} is GeoTIFF, and rasterio is not here; install it, or fetch the .ztd file"
        raise InputError(msg) from error
    try:
        with rasterio.open(path) as file:
            masked, turn, tags = file.read(1, masked=True), file.transform, file.tags()
    except rasterio.errors.RasterioError as error:
        msg = f"{path} cannot be read ({describe_error(error)}). Fetch the file again"
        raise InputError(msg) from error
    values = masked.astype(np.float32).filled(np.nan)
    rows, columns = values.shape
    lat = (turn.f + turn.e * (np.arange(rows) + 0.5)).round(9)
    lon = (turn.c + turn.a * (np.arange(columns) + 0.5)).round(9)
    return values, lat, lon, _hours(tags)


def _hours(tags: dict[str, Any]) -> float | None:
    found = re.search(r"T(\d{2}):(\d{2}):(\d{2})", tags.get("TIME", ""))
    return (
        None if found is None else sum(int(each) / 60**k for k, each in enumerate(found.groups()))
    )
