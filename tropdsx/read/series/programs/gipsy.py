"""Read time-dependent parameters (.tdp) of GipsyX and of GIPSY-OASIS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError, warn
from tropdsx.geoid.cartesian import geodetic_of
from tropdsx.read.series.places import Place
from tropdsx.read.series.programs.rows import numbers_of_rows, whole_lines
from tropdsx.read.series.station_series import lay_out, without_impossible
from tropdsx.read.text import list_some, read_text

__all__ = ["is_gipsy", "read_gipsy"]

_NUMBERS = r"^\s*[-+\d.]+(?:\s+[-+\d.EeDd*]+){3}\s+"
_GIPSYX = re.compile(_NUMBERS + r"\.Station\.(\w+)\.(Trop\.\w+|State\.Pos\.[XYZ])\s*$")
_OASIS = re.compile(_NUMBERS + r"(WETZTROP|DRYZTROP|TRPAZ[A-Z]{3}|STA [XYZ] )\s*(\w{4})\s*$")
_ANY = re.compile(
    _NUMBERS + r"(?:\.(?:Station|Satellite)\.|Source\.ID,|(?:WETZ|DRYZ)TROP|TRPAZ|STA [XYZB])"
)
_CALLED = {"WETZTROP": "WetZ", "DRYZTROP": "DryZ"}
_GRADIENTS = {"GradNorth": "gradient_north", "GradEast": "gradient_east"}
_J2000 = np.datetime64("2000-01-01T12", "ns")
_KILOMETRES = 1000.0
"""GIPSY-OASIS has positions in kilometres, GipsyX in metres."""


class Parameter(NamedTuple):
    """One row of the file.

    Attributes
    ----------
    station, name : str
        Of whom and what, as GipsyX calls it: ``WetZ``, ``DryZ``, ``X`` ...
    words : list of str
        Seconds since J2000, nominal value, value and its standard deviation.
    factor : float
        Metres per unit of the value.
    """

    station: str
    name: str
    words: list[str]
    factor: float


def is_gipsy(head: str) -> bool:
    """Tell whether a text holds time-dependent parameters of GIPSY.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool
        By the name of a parameter behind four numbers in its first line.

    Examples
    --------
    >>> is_gipsy("375969900 1.0e-01 7.886e-02 2.421e-03 .Station.USN3.Trop.WetZ")
    True
    """
    return _ANY.match(head.lstrip("\n").partition("\n")[0]) is not None


def read_gipsy(path: str | Path) -> xr.Dataset:
    """Read the tropospheric ones of time-dependent parameters.

    Parameters
    ----------
    path : str or Path
        Of GipsyX (``.Station.ABCD.Trop.WetZ``) or GIPSY-OASIS (``WETZTROPABCD``); plain, .xz or
        .gz.

    Returns
    -------
    Dataset
        On (time, station): ``zhd``, ``zwd``, their sum ``ztd`` and its standard deviation
        ``ztd_sigma``, of GipsyX also ``gradient_north`` and ``gradient_east`` [m]; ``lat``,
        ``lon`` [deg] and ``height`` [m, ellipsoidal] where the file has positions. Times, in the
        file seconds since 2000-01-01 12 h, are GPS time.

    Raises
    ------
    InputError
        If the file is damaged, or has no wet or no hydrostatic delays: total ones are their sum.
    """
    path = Path(path)
    rows = list(_parameters(whole_lines(path, read_text(path))))
    numbers = numbers_of_rows(path, [row.words for row in rows], 4)
    what = np.array([row.name for row in rows], object)
    stations = np.array([row.station for row in rows], object)
    for name, about in (("WetZ", "wet"), ("DryZ", "hydrostatic")):
        if not (what == name).any():
            msg = (
                f"{path} has no zenith {about} delays ({name}); accepted are files with both, of "
                "which total delays are the sum. Write both, or a table station,time,ztd_m"
            )
            raise InputError(msg)
    if any(row.startswith("TRPAZ") for row in what):
        warn(f"{path}: gradients (TRPAZSIN, TRPAZCOS) are left out: their unit is not in the file")
    seconds = np.where(np.isfinite(numbers[:, 0]), numbers[:, 0], 0.0)
    times = _J2000 + np.rint(seconds * 1e9).astype(np.int64).astype("m8[ns]")
    pairs = list(zip(stations.tolist(), times.tolist(), strict=True))
    wet = what == "WetZ"
    own = [pair for pair, each in zip(pairs, wet, strict=True) if each]
    values = _values(path, what, pairs, own, numbers)
    places = _places(rows, numbers)
    lost = sorted({name for name, _ in own} - places.keys())
    if lost and places:
        warn(f"{path}: no position of {list_some(lost)} stands in the file")
        places = {}
    ds = lay_out(path, stations[wet], times[wet], values, places)
    return ds.assign_attrs(source="GIPSY time-dependent parameters", time_system="GPS")


def _parameters(lines: list[str]) -> Iterator[Parameter]:
    for line in lines:
        if (found := _GIPSYX.match(line)) is not None:
            yield Parameter(found[1], found[2].rpartition(".")[2], line.split()[:4], 1.0)
        elif (found := _OASIS.match(line)) is not None:
            name = found[1].strip().removeprefix("STA ")
            factor = _KILOMETRES if name in "XYZ" else 1.0
            yield Parameter(found[2], _CALLED.get(name, name), line.split()[:4], factor)


def _values(
    path: Path,
    what: NDArray[Any],
    pairs: list[tuple[str, int]],
    own: list[tuple[str, int]],
    numbers: NDArray[np.float64],
) -> dict[str, tuple[NDArray[np.float64], dict[str, Any]]]:
    """Put parameters of one station and epoch side by side."""

    def of(name: str, column: int) -> NDArray[np.float64]:
        there = {
            pair: row[column]
            for pair, row, each in zip(pairs, numbers.tolist(), what, strict=True)
            if each == name
        }
        return np.array([there.get(pair, np.nan) for pair in own])

    zhd, zwd, sigma = of("DryZ", 2), of("WetZ", 2), of("WetZ", 3)
    found = {
        "ztd": (without_impossible(path, "ztd", zhd + zwd), "zenith total delay"),
        "ztd_sigma": (
            np.where(sigma > 0.0, sigma, np.nan),
            "standard deviation of the zenith total delay, that of its wet part",
        ),
        "zhd": (without_impossible(path, "zhd", zhd), "zenith hydrostatic delay"),
        "zwd": (without_impossible(path, "zwd", zwd), "zenith wet delay"),
    }
    for code, name in _GRADIENTS.items():
        if (what == code).any():
            found[name] = (of(code, 2), f"delay gradient, towards {name.rpartition('_')[2]}")
    return {
        name: (values, {"long_name": about, "units": "m"})
        for name, (values, about) in found.items()
    }


def _places(rows: list[Parameter], numbers: NDArray[np.float64]) -> dict[str, Place]:
    """Find where stations are, at the last epoch that has all three coordinates."""
    points: dict[str, dict[str, float]] = {}
    for row, values in zip(rows, numbers, strict=True):
        if row.name in ("X", "Y", "Z"):
            points.setdefault(row.station, {})[row.name] = float(values[2]) * row.factor
    places = {}
    for name, axes in points.items():
        if len(axes) == 3:
            lat, lon, height = geodetic_of(axes["X"], axes["Y"], axes["Z"])
            places[name] = Place(float(lat), float(lon), float(height))
    return places
