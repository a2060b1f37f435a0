"""Find the surface fields of a weather model: pressure, temperature, humidity, height."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.gravity import height_to_geopotential
from tropdsx.atmos.water_vapour import saturation_vapour_pressure, vapour_pressure
from tropdsx.cf.positions import Positions
from tropdsx.cf.variables import drop_coordinates, find_fields
from tropdsx.errors import GridError
from tropdsx.geoid.statements import ELLIPSOID
from tropdsx.grid.fields import is_of_the_skin
from tropdsx.grid.heights.moving import find_move, metres_of_unit
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.fields.datum import judge_ground
from tropdsx.workflows.derive.fields.names import AT_GROUND
from tropdsx.workflows.derive.fields.reading import FieldReader, is_of_ground
from tropdsx.workflows.derive.hybrid import surface_pressure_term

__all__ = ["Surface", "find_surface"]

_EPOCHS = 16
"""Of lazy heights so many epochs are compared."""
_SUPERSATURATED = 3.0
"""No air near the ground has a dew point this far above its temperature, in the middle [K]."""


@dataclass(frozen=True)
class Surface:
    """Fields of a weather model at its ground; None where it has none.

    Attributes
    ----------
    pressure, temperature, vapour : DataArray or None
        Surface pressure [hPa], temperature [K] and vapour pressure [hPa] near the ground.
    geopotential, height : DataArray or None
        Of the ground: geopotential above the geoid [m2 s-2], or ellipsoidal height [m].
    """

    pressure: xr.DataArray | None = None
    temperature: xr.DataArray | None = None
    vapour: xr.DataArray | None = None
    geopotential: xr.DataArray | None = None
    height: xr.DataArray | None = None


def find_surface(
    ds: xr.Dataset,
    dim: Hashable,
    positions: Positions,
    reader: FieldReader | None = None,
    heights: str = "auto",
) -> Surface:
    """Find the fields of the ground: all that lie on the places (and times) alone.

    Parameters
    ----------
    ds : Dataset
        Levels and surface fields.
    dim : Hashable
        Dimension of the levels.
    positions : Positions
        Places and times.
    reader : FieldReader, optional
        Converts the fields and keeps account of them.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What heights of the ground in metres count from.

    Returns
    -------
    Surface
        In the units of the formulas; nothing is computed.

    Raises
    ------
    UnitsError
        If a unit does not fit.

    Examples
    --------
    >>> from tropdsx.cf.positions import find_positions
    >>> ds = xr.Dataset({"sp": ("site", [95000.0, 101300.0], {"units": "Pa"})})
    >>> ds = ds.assign_coords(lat=("site", [47.0, 48.0]), lon=("site", [11.0, 16.0]))
    >>> find_surface(ds, "level", find_positions(ds)).pressure.values.tolist()
    [950.0, 1013.0]
    """
    when = () if positions.time is None else positions.time.dims
    reader = reader or FieldReader(when, sample=False)
    at_surface = partial(_at_surface, ds, dim, positions, reader)
    pressure = _surface_pressure(at_surface, reader)
    temperature = at_surface("surface temperature")
    if temperature is not None and is_of_the_skin(temperature):
        reader.leave_out(
            temperature,
            "is a temperature of the ground by its attributes, not of the air above it,",
        )
        temperature = None
    if temperature is not None:
        temperature = reader.read(temperature, "surface temperature")
    vapour = _surface_vapour(at_surface, pressure, temperature, reader)
    known = Surface(pressure, temperature, vapour)
    ground = at_surface("ground")
    return known if ground is None else _with_ground(known, ds, ground, positions, reader, heights)


def _at_surface(
    ds: xr.Dataset, dim: Hashable, positions: Positions, reader: FieldReader, role: str
) -> xr.DataArray | None:
    """Find a field of the ground."""
    found = find_fields(ds, AT_GROUND[role], without=positions.names)
    term = surface_pressure_term(ds, dim) if role == "surface pressure" else None
    found = found if term is None else [drop_coordinates(ds[term]), *found]
    place = _place(positions)
    fields = (
        field
        for field in found
        if dim not in field.dims
        and set(field.dims) <= positions.dims
        and (field.dims or not place)
        and is_of_ground(field)
        and reader.has_values(field, role)
    )
    field = next(fields, None)
    if field is not None and role != "ground" and positions.time is not None:
        epochs = positions.time.size
        if epochs > 1 and not set(positions.time.dims) & set(field.dims):
            text = f"'{field.name}' has no time: the same values were taken for all {epochs} epochs"
            reader.told += [] if text in reader.told else [text]
    return field


def _with_ground(
    known: Surface,
    ds: xr.Dataset,
    ground: xr.DataArray,
    positions: Positions,
    reader: FieldReader,
    heights: str,
) -> Surface:
    """Add the geopotential or the height of the ground."""
    when = () if positions.time is None else positions.time.dims
    moving = [d for d in when if d in ground.dims and d not in _place(positions)]
    ground = _hold_still(ground, moving, reader)
    zero, told = judge_ground(ds, ground, positions, reader.look(ground), heights)
    reader.told += told
    if zero == "geopotential":
        return replace(known, geopotential=reader.read(ground, "ground"))
    reader.used["ground"] = str(ground.name)
    height = reader.read(ground, "ground height")
    if zero == ELLIPSOID:
        return replace(known, height=height)
    phi = elementwise(height_to_geopotential, height, positions.lat)
    return replace(known, geopotential=phi)


def _hold_still(
    ground: xr.DataArray, along: Sequence[Hashable], reader: FieldReader
) -> xr.DataArray:
    """Take the first epoch of heights that must be those of all; of lazy ones some are compared."""
    first = ground.isel(dict.fromkeys(along, 0))
    start = reader.look(first)
    if not along or start is None:
        return first
    some = ground
    for dim in along if ground.chunks else ():
        last = ground.sizes[dim] - 1
        some = some.isel({dim: np.unique(np.linspace(0, last, _EPOCHS, dtype=int))})
    others = some.transpose(..., *first.dims).to_numpy()
    moved = find_move(others, start, metres_of_unit(ground, "geopotential"))
    if moved:
        msg = (
            f"the heights of the ground '{ground.name}' change with time, by up to {moved:.0f} m; "
            "accepted is one terrain for all epochs. Integrate the epochs of each by themselves."
        )
        raise GridError(msg)
    return first


def _place(positions: Positions) -> set[Hashable]:
    return {*positions.lat.dims, *positions.lon.dims}


def _surface_pressure(
    at_surface: Callable[[str], xr.DataArray | None], reader: FieldReader
) -> xr.DataArray | None:
    """Surface pressure as such, or from its logarithm [hPa]."""
    named = at_surface("log pressure")
    field = at_surface("surface pressure")
    field = named if field is None else field
    if field is None:
        return None
    values = reader.look(field)
    is_named = named is not None and field.name == named.name
    is_logarithm = is_named if values is None else _is_logarithm(values)
    if not is_logarithm:
        # Its exponential may have kept its name.
        return reader.read(field.drop_attrs() if is_named else field, "surface pressure")
    if not is_named:
        reader.told.append(
            f"'{field.name}' holds the logarithm of a surface pressure in Pa: read as such"
        )
    reader.used["log pressure"] = str(field.name)
    pressure = (elementwise(np.exp, field) / 100.0).rename(field.name)
    return reader.guard(pressure.assign_attrs(units="hPa"), "surface pressure")


def _is_logarithm(values: NDArray[np.generic]) -> bool:
    """Whether values are of the logarithm of a pressure in Pa."""
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
    return bool(low > 9.0 and high < 12.0)


def _surface_vapour(
    at_surface: Callable[[str], xr.DataArray | None],
    pressure: xr.DataArray | None,
    temperature: xr.DataArray | None,
    reader: FieldReader,
) -> xr.DataArray | None:
    """Vapour pressure near the ground from dew point, specific or relative humidity [hPa]."""
    roles = ("dew point", "surface specific", "surface relative")
    dew_point, specific, relative = (at_surface(role) for role in roles)
    if dew_point is not None:
        moist = reader.read(dew_point, roles[0])
        off = _median_above(moist, temperature, reader)
        if not off > _SUPERSATURATED:
            return elementwise(saturation_vapour_pressure, moist)
        reader.leave_out(dew_point, f"lies {off:.0f} K above the temperature of the air")
    if specific is not None and pressure is not None:
        return elementwise(vapour_pressure, reader.read(specific, roles[1]), pressure)
    if relative is not None and temperature is not None:
        return elementwise(_from_relative, reader.read(relative, roles[2]), temperature)
    return None


def _median_above(dew_point: xr.DataArray, air: xr.DataArray | None, reader: FieldReader) -> float:
    """Middle distance of a dew point from the temperature, NaN where it is not to be known [K]."""
    values = None if air is None else reader.look(dew_point - air)
    return np.nan if values is None else float(np.nanmedian(np.asarray(values, np.float64)))


def _from_relative(relative: NDArray, temperature: NDArray) -> NDArray:
    return np.asarray(relative * saturation_vapour_pressure(temperature))
