"""Find the levels of a weather model in a Dataset: which variable is what, in which unit."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tropdsx.cf.positions import Positions, find_positions
from tropdsx.cf.units import in_unit, unit_of
from tropdsx.cf.variables import drop_coordinates, find_fields
from tropdsx.errors import DomainError, GridError
from tropdsx.workflows.derive.hybrid import hybrid_pressure
from tropdsx.workflows.derive.surface import Surface, find_surface

__all__ = ["HUMIDITY", "Levels", "find_levels"]

_TEMPERATURE = (("t", "ta", "temperature", "air_temperature", "tmp", "temp"), ("air_temperature",))
HUMIDITY = {
    "specific": (("q", "hus", "specific_humidity", "shum", "qv", "spfh"), ("specific_humidity",)),
    "vapour_pressure": (
        ("e", "water_vapour_pressure", "vapour_pressure", "vapor_pressure"),
        ("water_vapor_partial_pressure_in_air",),
    ),
    "relative": (("r", "hur", "rh", "relative_humidity"), ("relative_humidity",)),
}
"""Measures of humidity, best first, with the names and standard names of their variables."""
_UNIT_OF = {
    "specific": "specific humidity",
    "vapour_pressure": "pressure",
    "relative": "relative humidity",
}
_GEOPOTENTIAL = (
    ("z", "gh", "geopotential", "zg", "hgt", "geopotential_height", "phi"),
    ("geopotential", "geopotential_height"),
)
_PRESSURE = (("p", "pres", "pressure", "air_pressure", "pfull", "plev"), ("air_pressure",))
_HEIGHT = (
    ("height", "h", "altitude", "height_ell", "zgeo"),
    ("height_above_reference_ellipsoid", "altitude"),
)


@dataclass(frozen=True)
class Levels:
    """Profiles of a weather model, without coordinates, lazy where the input is.

    Attributes
    ----------
    dim : Hashable
        Dimension of the levels.
    positions : Positions
        Where and when.
    pressure, temperature, humidity : DataArray
        On the levels [hPa], [K], [as `humidity_kind` says].
    humidity_kind : str
        A key of `HUMIDITY`.
    geopotential, height : DataArray or None
        Of the levels: geopotential [m2 s-2], or height [m] above what `is_ellipsoidal` says.
    is_ellipsoidal : bool
        Whether `height` counts from the ellipsoid; else from the geoid.
    surface : Surface
        What is known at the ground.
    notes : tuple of str
        What was assumed.
    """

    dim: Hashable
    positions: Positions
    pressure: xr.DataArray
    temperature: xr.DataArray
    humidity: xr.DataArray
    humidity_kind: str
    geopotential: xr.DataArray | None
    height: xr.DataArray | None
    is_ellipsoidal: bool
    surface: Surface
    notes: tuple[str, ...] = ()


def find_levels(ds: xr.Dataset, humidity: str = "auto") -> Levels:
    """Find the profiles of a weather model and what belongs to its surface.

    Names as ECMWF, NCEP and CMIP give them, CF standard names, and units tell what is what: ERA5
    of the Climate Data Store in its old and new layout, cfgrib's Datasets, RAiDER's cubes.

    Parameters
    ----------
    ds : Dataset
        Temperature and humidity on levels of pressure, hybrid levels or heights, with geopotential
        or geopotential height where there is one, and surface fields where there are any.
    humidity : {"auto", "specific", "vapour_pressure", "relative"}, optional
        Which measure to take where there are several; "auto" takes the first there is.

    Returns
    -------
    Levels
        Converted to the units of the formulas; nothing is computed.

    Raises
    ------
    GridError
        If levels, temperature, humidity or pressure are missing.
    UnitsError
        If a unit does not fit.
    DomainError
        If `humidity` is another word, or a latitude lies outside [-90, 90].

    Examples
    --------
    >>> t = ("level", [288.0, 250.0], {"units": "K"})
    >>> q = ("level", [0.01, 0.001], {"units": "kg kg-1"})
    >>> level = ("level", [100000.0, 50000.0], {"units": "Pa"})
    >>> ds = xr.Dataset({"t": t, "q": q}, coords={"level": level, "lat": 48.0, "lon": 16.0})
    >>> levels = find_levels(ds)
    >>> levels.humidity_kind, levels.pressure.values.tolist()
    ('specific', [1000.0, 500.0])
    """
    if humidity != "auto" and humidity not in HUMIDITY:
        msg = f"humidity={humidity!r} found; accepted are auto, {', '.join(HUMIDITY)}."
        raise DomainError(msg)
    notes: list[str] = []
    positions = find_positions(ds)
    ds = _squeeze(ds.reset_coords(), positions.dims, notes)
    temperature, dim = _temperature(ds, positions.dims)
    kind, moisture = _humidity(ds, dim, humidity)
    surface = find_surface(ds, dim, positions)
    pressure = _level_pressure(ds, dim, surface)
    phi, height, ellipsoidal = _level_height(ds, dim, notes)
    return Levels(
        dim,
        positions,
        pressure,
        in_unit(temperature, "temperature"),
        moisture,
        kind,
        phi,
        height,
        ellipsoidal,
        surface,
        tuple(notes),
    )


def _squeeze(ds: xr.Dataset, kept: set[Hashable], notes: list[str]) -> xr.Dataset:
    if ds.sizes.get("expver") == 2:
        # ERA5 (1) where it is final, its preliminary stream (5) where it is not yet.
        ds = ds.isel(expver=0).fillna(ds.isel(expver=1))
        notes.append("first valid of the two 'expver' taken")
    return ds.squeeze([d for d, size in ds.sizes.items() if size == 1 and d not in kept])


def _temperature(ds: xr.Dataset, places: set[Hashable]) -> tuple[xr.DataArray, Hashable]:
    for field in find_fields(ds, _TEMPERATURE):
        levels = [d for d in field.dims if d not in places]
        if len(levels) == 1:
            return field, levels[0]
        if levels:
            msg = (
                f"'{field.name}' has dimensions {', '.join(map(str, levels))} besides place and "
                f"time; accepted is one of levels. Select one of the others with ds.isel(...)."
            )
            raise GridError(msg)
    msg = (
        f"no temperature on levels found among the variables {', '.join(map(str, ds.variables))}; "
        "accepted are t, ta or temperature with two or more levels. Rename yours, or give the "
        "levels themselves, not the surface fields alone."
    )
    raise GridError(msg)


def _humidity(ds: xr.Dataset, dim: Hashable, wanted: str) -> tuple[str, xr.DataArray]:
    for kind, names in HUMIDITY.items():
        found = [field for field in find_fields(ds, names) if dim in field.dims]
        if found and wanted in ("auto", kind):
            return kind, in_unit(found[0], _UNIT_OF[kind])
    what = "humidity" if wanted == "auto" else f"{wanted} humidity"
    msg = (
        f"no {what} found on '{dim}' (variables {', '.join(map(str, ds.variables))}); accepted are "
        "q (specific), r (relative) or e (vapour pressure) on the levels of the temperature."
    )
    raise GridError(msg)


def _level_pressure(ds: xr.Dataset, dim: Hashable, surface: Surface) -> xr.DataArray:
    for field in find_fields(ds, _PRESSURE, without=[dim]):
        if dim in field.dims and not (unit_of(field) and "pa" not in unit_of(field)):
            return in_unit(field, "pressure")
    hybrid = hybrid_pressure(ds, dim, surface.pressure)
    if hybrid is not None:
        return hybrid
    level = ds.variables.get(dim)
    if level is None:
        msg = (
            f"'{dim}' has no values; accepted are pressures [hPa or Pa]. Add them as a coordinate."
        )
        raise GridError(msg)
    field = drop_coordinates(ds[dim])
    name, unit = str(dim).lower(), unit_of(field)
    if not unit and name in ("isobaricinhpa", "isobaricinpa"):
        field = field.assign_attrs(units=name[10:])
    elif not unit and (name in _ISOBARIC or level.attrs.get("standard_name") == "air_pressure"):
        # Nothing is above 1,100 hPa, and no model begins below 1,100 Pa.
        field = field.assign_attrs(units="hPa" if float(level.values.max()) < 1100.0 else "Pa")
    elif not any(word in unit for word in ("pa", "bar", "mb")):
        msg = (
            f"'{dim}' (units '{level.attrs.get('units', '')}') holds no pressures, and there is "
            "no pressure field; accepted are levels of pressure, hybrid levels with hyam and hybm "
            "(or GRIB's pv) and surface pressure, or a pressure on the levels. Add one."
        )
        raise GridError(msg)
    return in_unit(field.astype(np.float64).assign_attrs(field.attrs), "pressure")


_ISOBARIC = ("pressure_level", "plev", "pressure", "isobaric", "level", "lev", "levels")


def _level_height(
    ds: xr.Dataset, dim: Hashable, notes: list[str]
) -> tuple[xr.DataArray | None, xr.DataArray | None, bool]:
    """Geopotential, or else height, of the levels; and whether the height is ellipsoidal."""
    for field in find_fields(ds, _GEOPOTENTIAL, without=[dim]):
        if dim in field.dims:
            return in_unit(field, "geopotential"), None, False
    heights = [f for f in find_fields(ds, _HEIGHT, without=[dim]) if dim in f.dims]
    if dim in ds.variables and unit_of(ds[dim]) in ("", "m", "km"):
        name = str(dim).lower()
        heights += [drop_coordinates(ds[dim])] if name in (*_HEIGHT[0], "z") else []
    if not heights:
        return None, None, False
    height = heights[0]
    ellipsoidal = height.attrs.get("standard_name") != "altitude"
    if height.attrs.get("standard_name") not in _HEIGHT[1]:
        notes.append(f"heights of the levels ('{height.name}') taken as ellipsoidal")
    return (
        None,
        in_unit(height.astype(np.float64).assign_attrs(height.attrs), "height"),
        ellipsoidal,
    )
