"""Find the surface fields of a weather model: pressure, temperature, humidity, height."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.water_vapour import saturation_vapour_pressure, vapour_pressure
from tropdsx.cf.positions import Positions
from tropdsx.cf.units import in_unit, unit_of
from tropdsx.cf.variables import find_fields
from tropdsx.workflows.derive.apply import elementwise

__all__ = ["Surface", "find_surface"]

_SURFACE = {
    "pressure": (
        ("sp", "surface_pressure", "ps", "psfc", "pres_surface"),
        ("surface_air_pressure",),
    ),
    "log_pressure": (("lnsp",), ()),
    "temperature": (("t2m", "2t", "t_2m", "tas", "temperature_2m"), ()),
    "dew_point": (("d2m", "2d", "tdps", "dewpoint_2m", "td2m"), ()),
    "specific": (("sh2", "2sh", "q2", "q2m", "huss"), ()),
    "relative": (("r2", "2r", "hurs", "rh2m"), ()),
    "ground": (
        (
            "orography",
            "z_surface",
            "orog",
            "zsfc",
            "hsurf",
            "phis",
            "surface_geopotential",
            "geopotential_surface",
            "surface_height",
            "hgtsfc",
            "z",
            "geopotential",
            "gh",
        ),
        ("surface_altitude", "height_above_reference_ellipsoid", "surface_geopotential"),
    ),
}


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


def find_surface(ds: xr.Dataset, dim: Hashable, positions: Positions) -> Surface:
    """Find the fields of the ground: all that lie on the places (and times) alone.

    Parameters
    ----------
    ds : Dataset
        Levels and surface fields.
    dim : Hashable
        Dimension of the levels.
    positions : Positions
        Places and times.

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

    def at_surface(key: str) -> xr.DataArray | None:
        found = find_fields(ds, _SURFACE[key], without=positions.names)
        fields = (f for f in found if dim not in f.dims and set(f.dims) <= positions.dims)
        return next(fields, None)

    pressure, log_pressure = at_surface("pressure"), at_surface("log_pressure")
    temperature = at_surface("temperature")
    if pressure is not None:
        pressure = in_unit(pressure, "pressure")
    elif log_pressure is not None:
        pressure = elementwise(np.exp, log_pressure) / 100.0
    if temperature is not None:
        temperature = in_unit(temperature, "temperature")
    vapour = _surface_vapour(at_surface, pressure, temperature)
    ground = at_surface("ground")
    if ground is None:
        return Surface(pressure, temperature, vapour)
    when = () if positions.time is None else positions.time.dims
    # Land does not move.
    ground = ground.isel({d: 0 for d in when if d in ground.dims and d not in _place(positions)})
    if _is_ellipsoidal(ground):
        return Surface(pressure, temperature, vapour, height=in_unit(ground, "height"))
    return Surface(pressure, temperature, vapour, geopotential=in_unit(ground, "geopotential"))


def _place(positions: Positions) -> set[Hashable]:
    return {*positions.lat.dims, *positions.lon.dims}


def _is_ellipsoidal(ground: xr.DataArray) -> bool:
    standard = ground.attrs.get("standard_name")
    if standard is not None:
        return standard == "height_above_reference_ellipsoid"
    # In this package a variable of that name is ellipsoidal unless it says otherwise.
    return str(ground.name).lower() == "orography" and unit_of(ground) in ("", "m", "km")


def _surface_vapour(
    at_surface: Callable[[str], xr.DataArray | None],
    pressure: xr.DataArray | None,
    temperature: xr.DataArray | None,
) -> xr.DataArray | None:
    """Vapour pressure near the ground from dew point, specific or relative humidity [hPa]."""
    dew_point, specific, relative = (at_surface(k) for k in ("dew_point", "specific", "relative"))
    if dew_point is not None:
        return elementwise(saturation_vapour_pressure, in_unit(dew_point, "temperature"))
    if specific is not None and pressure is not None:
        return elementwise(vapour_pressure, in_unit(specific, "specific humidity"), pressure)
    if relative is not None and temperature is not None:
        return elementwise(_from_relative, in_unit(relative, "relative humidity"), temperature)
    return None


def _from_relative(relative: NDArray, temperature: NDArray) -> NDArray:
    return np.asarray(relative * saturation_vapour_pressure(temperature))
