"""Whether the levels of a column belong together: heights and pressures, vapour and temperature.

Units that are not those of the values show here, where no single field is out of its range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tropdsx.atmos.arrays import FloatArray
from tropdsx.atmos.constants import DRY_GAS_CONSTANT, STANDARD_GRAVITY, VIRTUAL_INCREMENT
from tropdsx.atmos.profile.columns import Columns
from tropdsx.atmos.profile.delays import surface_heights
from tropdsx.atmos.profile.gaps import find_gaps
from tropdsx.atmos.profile.layers import mixed_saturation
from tropdsx.atmos.water_vapour import vapour_pressure
from tropdsx.errors import UnitsError, warn

__all__ = ["FAR_OFF", "TOO_DRY", "TOO_MOIST", "Signs", "check_columns", "find_signs"]

TOO_MOIST = 5.0
"""Vapour pressure over that of saturation which no air has, in the middle of a column [1]."""
TOO_DRY = 2e-3
"""The wettest level of a column below 300 hPa holds more than this of saturation [1]."""
FAR_OFF = 200.0
"""Distance of the ground from the height of its pressure that another model or unit makes [m]."""
_TOO_THICK = 2.0
"""Thickness of the layers over that by their temperature, or its inverse, which is none [1]."""
_MOIST_BELOW = 300.0
"""Pressure above which air holds vapour that can be judged [hPa]."""
_THIN_AIR = 30.0
"""Layers above this pressure do not count: top rows are often made up [hPa]."""

_MOST_VAPOUR = 0.06
"""No air holds more vapour pressure than this [share of the pressure]."""
_LOOKED_AT = 8
"""So many columns are looked at in each direction."""


class Signs(NamedTuple):
    """What columns tell of their units, each array of the shape of the columns.

    Attributes
    ----------
    thickness : ndarray
        Difference of geopotential from the lowest to the highest level, over the one that their
        pressures and temperatures give: 1 within some per cent; NaN where heights are unknown [1].
    uneven : ndarray
        How far the same of the single layers is off 1, rms weighted by thickness [1].
    saturation, wettest : ndarray
        Middle and highest vapour pressure below 300 hPa, over that of saturation [1].
    aloft : ndarray
        Middle vapour pressure from 300 to 30 hPa, over that of saturation [1].
    """

    thickness: FloatArray
    uneven: FloatArray
    saturation: FloatArray
    wettest: FloatArray
    aloft: FloatArray


def find_signs(columns: Columns, *, humidity_kind: str) -> Signs:
    """Find what columns tell of their units.

    Parameters
    ----------
    columns : Columns
        Levels in either order.
    humidity_kind : {"specific", "relative", "vapour_pressure"}
        What ``columns.humidity`` is.

    Returns
    -------
    Signs
        NaN where a column does not tell.

    Examples
    --------
    >>> p, unknown = np.array([1000.0, 500.0]), np.array(np.nan)
    >>> height = np.array([100.0, 5600.0])
    >>> column = Columns(p, np.full(2, 270.0), np.full(2, 1e-3), unknown, height, *[unknown] * 7)
    >>> signs = find_signs(column, humidity_kind="specific")
    >>> round(float(signs.thickness), 1), round(float(signs.saturation), 1)
    (1.0, 0.2)
    """
    levels = (np.asarray(each, dtype=np.float64) for each in columns[:5])
    p, t, humidity, phi, height = np.broadcast_arrays(*levels)
    t = np.where((t >= 100.0) & (t <= 400.0), t, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        e = humidity
        if humidity_kind == "specific":
            e = np.asarray(vapour_pressure(humidity, p))
        share = e if humidity_kind == "relative" else e / mixed_saturation(t)
        e = e * mixed_saturation(t) if humidity_kind == "relative" else e
        # Vapour in another unit must not make the air light.
        virtual = t / (1.0 - VIRTUAL_INCREMENT * np.clip(np.nan_to_num(e / p), 0.0, _MOST_VAPOUR))
        aloft = np.where((p <= _MOIST_BELOW) & (p >= _THIN_AIR), share, np.nan)
        share = np.where(p > _MOIST_BELOW, share, np.nan)
        thickness = _thickness(p, virtual, phi, height)
        return Signs(*thickness, _middle(share), _highest(share), _middle(aloft))


def _thickness(
    p: FloatArray, t: FloatArray, phi: FloatArray, height: FloatArray
) -> tuple[FloatArray, FloatArray]:
    given = np.abs(np.diff(np.where(np.isfinite(phi), phi, STANDARD_GRAVITY * height), axis=0))
    fall = np.abs(np.diff(np.log(p), axis=0))
    expected = DRY_GAS_CONSTANT * 0.5 * (t[1:] + t[:-1]) * fall
    # Cubes on heights repeat their lowest pressure under the ground.
    known = np.isfinite(given + expected) & (fall > 1e-6) & (np.minimum(p[1:], p[:-1]) >= _THIN_AIR)
    off = np.where(known, (given - expected) ** 2 / expected, 0.0).sum(axis=0)
    given, expected = (np.where(known, each, 0.0).sum(axis=0) for each in (given, expected))
    whole = np.where(expected > 0, given / expected, np.nan)
    return np.asarray(whole), np.asarray(np.sqrt(off / expected))


def _middle(share: FloatArray) -> FloatArray:
    """Median along the levels; NaN where there is none, without a warning of NumPy."""
    count = np.isfinite(share).sum(axis=0)
    ordered = np.sort(share, axis=0)  # NaN last
    place = np.maximum(count - 1, 0) // 2
    return np.asarray(np.take_along_axis(ordered, place[np.newaxis], axis=0)[0])


def _highest(share: FloatArray) -> FloatArray:
    return np.asarray(np.fmax.reduce(share, axis=0))


def check_columns(columns: Columns, humidity_kind: str, names: Mapping[str, str]) -> None:
    """Refuse columns whose values are not in the units that they are said to have.

    Parameters
    ----------
    columns : Columns
        All arrays of the same shape behind the levels; a few columns are looked at.
    humidity_kind : {"specific", "relative", "vapour_pressure"}
        What ``columns.humidity`` is.
    names : mapping
        What the caller calls "humidity" and "height" of the levels, and the "ground" where it has
        not been compared with the surface pressure before.

    Raises
    ------
    UnitsError
        If humidity or heights do not fit temperatures and pressures.

    Examples
    --------
    >>> p, unknown = np.array([1000.0, 500.0]), np.array(np.nan)
    >>> height = np.array([100.0, 5600.0])
    >>> column = Columns(p, np.full(2, 270.0), np.full(2, 0.05), unknown, height, *[unknown] * 7)
    >>> check_columns(column, "specific", {"humidity": "q"})
    Traceback (most recent call last):
    ...
    tropdsx.errors.UnitsError: 'q' holds 8.1 times the vapour that air of its temperature...
    """
    humidity = names.get("humidity", "the humidity")
    few = _pick(columns)
    signs = find_signs(few, humidity_kind=humidity_kind)
    moist, wettest, thick, aloft = (
        _median(each) for each in (signs.saturation, signs.wettest, signs.thickness, signs.aloft)
    )
    if aloft > TOO_MOIST >= moist:
        msg = (
            f"{humidity!r} holds {aloft:.2g} times the vapour that air above {_MOIST_BELOW:g} hPa "
            "can; accepted is up to saturation. Check its attribute 'units', and whether its "
            "levels are in the order of those of the pressure."
        )
        raise UnitsError(msg)
    if moist > TOO_MOIST or 0 < wettest < TOO_DRY:
        share = moist if moist > TOO_MOIST else wettest
        msg = (
            f"{humidity!r} holds {share:.2g} times the vapour that air of its temperature and "
            "pressure can; accepted is up to saturation, and no air without. Check its attribute "
            "'units' (kg kg-1, g kg-1, Pa, %) and those of temperature and pressure."
        )
        raise UnitsError(msg)
    _tell_gaps(few, humidity_kind, names)
    if wettest == 0:
        _tell_no_vapour(humidity)
    if thick > _TOO_THICK or thick < 1 / _TOO_THICK:
        msg = (
            f"the layers of {names.get('height', 'the heights')!r} are {thick:.3g} times as thick "
            "as their pressures and temperatures make them; accepted are heights that fit. Check "
            "its attribute 'units' (m2 s-2, m, km) and those of temperature and pressure."
        )
        raise UnitsError(msg)
    if "ground" in names and np.isfinite(few.surface_pressure + few.ground).any():
        reached = surface_heights(few, humidity_kind=humidity_kind)
        if _median(np.abs(reached - few.ground)) > FAR_OFF:
            # Without the values found, so that the blocks of a series say it once.
            warn(
                f"the levels reach the surface pressure more than {FAR_OFF:g} m off the ground "
                f"'{names['ground']}': one of them is of another model, time or unit."
            )


def _tell_gaps(columns: Columns, humidity_kind: str, names: Mapping[str, str]) -> None:
    """Warn of levels that lack something everywhere."""
    for role, pressure, what in find_gaps(columns, humidity_kind):
        does = "is 0" if what == "0" else f"holds {what}"
        harm = "the wet delay is too small" if what == "0" else "delays below it are missing"
        warn(
            f"{names.get(role, role)!r} {does} on the level of {pressure:g} hPa, between levels "
            f"that hold values: {harm}. Leave that level out, for example with ds.drop_sel(...) or "
            "`cdo sellevel`.",
            topic=f"gap of {role} at {pressure:g} hPa",
        )


def _tell_no_vapour(humidity: str) -> None:
    warn(
        f"{humidity!r} is 0 on all levels looked at: the wet delay is 0 there, as it is of no air. "
        "Check the variable, its packing and its fill value.",
        topic="no vapour at all",
    )


def _pick(columns: Columns) -> Columns:
    """Take a few columns, evenly."""
    shape = np.broadcast_shapes(*(each.shape[1:] for each in columns[:3]))
    part: Any = (..., *(slice(None, None, max(1, size // _LOOKED_AT)) for size in shape))
    return Columns(*(each[part] if each.ndim >= len(shape) else each for each in columns))


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else np.nan
