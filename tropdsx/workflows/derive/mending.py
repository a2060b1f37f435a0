"""Units that show to be wrong where fields are put together: mended where it is plain, with a word.

Single fields are read by their own values before; what is found here is found by physics: the
thickness of layers against their temperature, vapour against saturation.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

import numpy as np
import xarray as xr

from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.atmos.gravity import geopotential_to_height
from tropdsx.errors import warn
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.fields.plausibility import FAR_OFF, TOO_DRY, TOO_MOIST
from tropdsx.workflows.derive.fields.presence import find_first_epoch
from tropdsx.workflows.derive.integration import column_signs, pressure_heights
from tropdsx.workflows.derive.levels import Levels

__all__ = ["mend_units"]

_DRIEST, _MOISTEST = 0.05, 2.0
"""Share of saturation that columns have once they are in the right unit [1]."""
_FITS = 0.15
"""How far the thickness of layers may be off that by their temperatures [share]."""
_UNEVEN = 0.17
"""How far the thickness of single layers may be off that by their temperatures, rms [share]."""
_OFF = 10.0
"""The ground lies nearer than this to the height of its pressure [m]."""
_COLUMNS = 12
"""So many places are looked at along each dimension."""
_HEIGHTS = {
    STANDARD_GRAVITY: "geopotential heights in m",
    1 / STANDARD_GRAVITY: "geopotentials in m2 s-2",
    10.0: "heights in dam",
    10.0 * STANDARD_GRAVITY: "heights in dam",
    1000.0: "heights in km",
    1e-3: "heights in m",
}
"""What heights are that have to be multiplied by this to fit their pressures."""
_HUMIDITY = {
    "specific": {1e-3: "specific humidities in g kg-1", 1e3: "specific humidities in kg kg-1"},
    "vapour_pressure": {1e-2: "vapour pressures in Pa", 1e2: "vapour pressures in hPa"},
    "relative": {},
}


def mend_units(levels: Levels, *, sample: bool = False) -> Levels:
    """Rescale heights and humidity that are plainly in another unit than they are said to be.

    A few columns of the first epoch that holds values are looked at.

    Parameters
    ----------
    levels : Levels
        As found by name and by unit.
    sample : bool, optional
        Whether lazy arrays may be looked at; else they are left as they are.

    Returns
    -------
    Levels
        The same, or with a field rescaled and a note of it, of which the caller is warned. What
        does not fit and has no plain cause is refused when it is integrated.

    Examples
    --------
    >>> from tropdsx.workflows.derive.levels import find_levels
    >>> metres = ("level", [100.0, 5600.0], {"units": "m"})
    >>> level = {"t": ("level", [280.0, 250.0], {"units": "K"}), "gh": metres}
    >>> level["q"] = "level", [0.004, 0.0005], {"units": "kg kg-1"}
    >>> pressure = ("level", [1000.0, 500.0], {"units": "hPa"})
    >>> ds = xr.Dataset(level, coords={"level": pressure, "lat": 45.0, "lon": 10.0})
    >>> levels = find_levels(ds)
    >>> mend_units(levels).notes
    ()
    """
    arrays = [levels.pressure, levels.temperature, levels.humidity]
    arrays += [each for each in (levels.geopotential, levels.height) if each is not None]
    if any(each.chunks for each in arrays) and not sample:
        return levels
    few = _few_columns(levels)
    signs = column_signs(few)
    thickness, uneven, saturation, wettest, _ = (_middle(each) for each in signs.values())
    told: list[str] = []
    scale, text = _find(1 / thickness, _HEIGHTS.items()) if thickness > 0 else (1.0, "")
    if scale != 1.0:
        told.append(_say(levels, "height", text, "by their pressures and temperatures"))
        levels, few = (_scale_heights(each, scale) for each in (levels, few))
    fits = not (abs(thickness * scale - 1.0) < _FITS and uneven > _UNEVEN and scale == 1.0)
    if not fits:
        told.append(_do_not_fit(levels, uneven))
    factor = 1.0
    for each, text in _HUMIDITY[levels.humidity_kind].items():
        odd = saturation > TOO_MOIST if each < 1 else 0 < wettest < TOO_DRY
        middle = saturation if each < 1 else wettest
        # Temperatures of other levels tell nothing of the vapour.
        if fits and odd and _DRIEST < middle * each < _MOISTEST:
            factor = each
            told.append(_say(levels, "humidity", text, "by temperature and pressure"))
    if factor != 1.0:
        levels = replace(levels, humidity=levels.humidity * factor)
    if abs(thickness * scale - 1.0) < _FITS:
        levels = _mend_ground(levels, few, told)
    if told:
        warn(f"{'; '.join(told)}.")
    names = {role: name for role, name in levels.names.items() if role != "ground"}  # judged
    return replace(levels, notes=(*levels.notes, *told), names=names)


def _scale_heights(levels: Levels, factor: float) -> Levels:
    if levels.geopotential is not None:
        return replace(levels, geopotential=levels.geopotential * factor)
    return levels if levels.height is None else replace(levels, height=levels.height * factor)


def _mend_ground(levels: Levels, few: Levels, told: list[str]) -> Levels:
    """Rescale the height of the ground where that alone brings it to the surface pressure."""
    surface = few.surface
    given = surface.geopotential if surface.height is None else surface.height
    if surface.pressure is None or given is None:
        return levels
    if few.geopotential is None and few.height is None:
        return levels
    lat, lon = few.positions.lat, few.positions.lon
    undulation = elementwise(geoid_undulation, lat, lon)
    reached = pressure_heights(few, undulation)

    def off(factor: float) -> float:
        ground = given * factor
        if surface.height is None:
            ground = elementwise(geopotential_to_height, ground, lat, undulation)
        return _middle(abs(reached - ground))

    now = off(1.0)
    if now > _OFF:
        least, factor = min((off(factor), factor) for factor in _HEIGHTS)
        if least < now / 4:
            told.append(_say(levels, "ground", _HEIGHTS[factor], "by the surface pressure"))
            own = levels.surface
            if own.height is not None:
                return replace(levels, surface=replace(own, height=own.height * factor))
            if own.geopotential is not None:
                return replace(levels, surface=replace(own, geopotential=own.geopotential * factor))
    if now > FAR_OFF:
        ground, pressure = (levels.names.get(key, key) for key in ("ground", "surface pressure"))
        told.append(
            f"the levels reach the surface pressure '{pressure}' {now:.0f} m off the ground "
            f"'{ground}': one of them is of another model, time or unit"
        )
    return levels


def _say(levels: Levels, role: str, text: str, why: str) -> str:
    return f"'{levels.names.get(role, role)}' holds {text}, {why}: read as such"


def _do_not_fit(levels: Levels, uneven: float) -> str:
    height, temperature = (levels.names.get(each, each) for each in ("height", "temperature"))
    return (
        f"the layers of '{height}' are not as thick as the temperatures '{temperature}' make them "
        f"({uneven:.0%} off, rms): one of them is of other levels, in another order, or of another "
        "epoch"
    )


def _find(wanted: float, known: Iterable[tuple[float, str]]) -> tuple[float, str]:
    """Find the factor that is meant, of those nearby the nearest; 1 where none is, or is needed."""
    off, factor, text = min((abs(np.log(wanted / each)), each, text) for each, text in known)
    return (factor, text) if off < _FITS else (1.0, "")


def _few_columns(levels: Levels) -> Levels:
    """Take the first epoch with values at a few places."""
    positions = levels.positions
    places = {*positions.lat.dims, *positions.lon.dims}
    when = () if positions.time is None else positions.time.dims
    epoch = find_first_epoch(levels.temperature, when)

    def part(field: xr.DataArray) -> xr.DataArray:
        index: dict[Hashable, int | slice] = {d: n for d, n in epoch.items() if d in field.dims}
        index |= {
            d: slice(None, None, max(1, field.sizes[d] // _COLUMNS))
            for d in field.dims
            if d in places
        }
        return field.isel(index).compute()

    return replace(
        levels,
        positions=positions._replace(lat=part(positions.lat), lon=part(positions.lon)),
        pressure=part(levels.pressure),
        temperature=part(levels.temperature),
        humidity=part(levels.humidity),
        geopotential=None if levels.geopotential is None else part(levels.geopotential),
        height=None if levels.height is None else part(levels.height),
        surface=replace(
            levels.surface,
            **{
                name: part(each)
                for name in ("pressure", "temperature", "vapour", "geopotential", "height")
                if (each := getattr(levels.surface, name)) is not None
            },
        ),
    )


def _middle(field: xr.DataArray) -> float:
    values = field.to_numpy()
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else np.nan
