"""Find the levels of a weather model in a Dataset: which variable is what, in which unit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.positions import Positions, find_positions
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.units import unit_of
from tropdsx.cf.variables import drop_coordinates, find_fields
from tropdsx.errors import DomainError, GridError
from tropdsx.geoid.datum import check_choice
from tropdsx.workflows.derive.fields.datum import judge_heights
from tropdsx.workflows.derive.fields.epochs import follow_epochs
from tropdsx.workflows.derive.fields.guard import refuse_mixing_ratio
from tropdsx.workflows.derive.fields.names import HEIGHTS, HUMIDITY, ON_LEVELS, PRESSURE_AXES
from tropdsx.workflows.derive.fields.reading import FieldReader
from tropdsx.workflows.derive.hybrid import hybrid_pressure, is_numbered
from tropdsx.workflows.derive.surface import Surface, find_surface

__all__ = ["Levels", "drop_single", "find_levels"]


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
    names : mapping
        What the caller calls "temperature", "humidity" and "height" of the levels, "ground" and
        "surface pressure".
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
    names: Mapping[str, str] = field(default_factory=dict)


def find_levels(
    ds: xr.Dataset, humidity: str = "auto", *, heights: str = "auto", sample: bool = False
) -> Levels:
    """Find the profiles of a weather model and what belongs to its surface.

    Names as ECMWF, NCEP and CMIP give them, CF standard names, and units tell what is what: ERA5
    of the Climate Data Store in its old and new layout, RDA's and ARCO-ERA5, WeatherBench,
    cfgrib's Datasets, RAiDER's cubes, model levels as cdo writes them.

    Parameters
    ----------
    ds : Dataset
        Temperature and humidity on levels of pressure, hybrid levels or heights, with geopotential
        or geopotential height where there is one, and surface fields where there are any.
    humidity : {"auto", "specific", "vapour_pressure", "relative"}, optional
        Which measure to take where there are several; "auto" takes the first there is.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What heights of levels count from, where they are given in place of a geopotential.
    sample : bool, optional
        Look at the first epoch of lazy fields, to see whether their values are in their units.
        Those in memory are always looked at.

    Returns
    -------
    Levels
        Converted to the units of the formulas; nothing else is computed.

    Raises
    ------
    GridError
        If levels, temperature, humidity or pressure are missing, or an epoch occurs twice.
    UnitsError
        If a unit does not fit, or values are impossible in any.
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
    ds = drop_single(without_pint(ds), notes)
    temperature, dim, positions = _temperature(ds)
    ds, reasons = follow_epochs(ds, positions)
    when = () if positions.time is None else positions.time.dims
    reader = FieldReader(when, sample=sample)
    temperature = reader.read(temperature, "temperature")
    kind, moisture = _humidity(ds, dim, humidity, reader)
    surface = find_surface(ds, dim, positions, reader, check_choice(heights))
    pressure = _level_pressure(ds, dim, surface, reader)
    phi, height = _level_height(ds, dim, reader)
    ellipsoidal = height is None
    if height is not None:
        ellipsoidal, told = judge_heights(ds, height, positions, heights)
        reader.told += [told] if told else []
    reader.note_unused(ds, reasons, dim=dim, places=positions.dims)
    return Levels(
        dim,
        positions,
        pressure,
        temperature,
        moisture,
        kind,
        phi,
        height,
        ellipsoidal,
        surface,
        (*notes, *reader.warn()),
        _called(reader.used, kind),
    )


def _called(used: Mapping[str, str], kind: str) -> dict[str, str]:
    """Names of the fields that are checked when they are computed."""
    found = {
        "humidity": used.get(kind),
        "temperature": used.get("temperature"),
        "height": used.get("geopotential", used.get("height")),
        "ground": used.get("ground"),
        "surface pressure": used.get("surface pressure", used.get("log pressure")),
    }
    return {role: name for role, name in found.items() if name is not None}


def drop_single(ds: xr.Dataset, notes: list[str]) -> xr.Dataset:
    """Drop dimensions of size 1 that are neither place nor time, and the streams of ERA5.

    Parameters
    ----------
    ds : Dataset
        Fields of a weather model.
    notes : list of str
        What was taken of several is appended.

    Returns
    -------
    Dataset
        Without coordinates that have no dimension.

    Examples
    --------
    >>> ds = xr.Dataset({"t": (("number", "site"), [[280.0]])}, {"lat": ("site", [48.0])})
    >>> drop_single(ds.assign_coords(lon=("site", [16.0])), []).t.dims
    ('site',)
    """
    positions = find_positions(ds)
    ds = ds.reset_coords()
    if ds.sizes.get("expver") == 2:
        # ERA5 (1) where it is final, its preliminary stream (5) where it is not yet.
        ds = ds.isel(expver=0).fillna(ds.isel(expver=1))
        notes.append("first valid of the two 'expver' taken")
    kept = {*positions.lat.dims, *positions.lon.dims}
    if positions.time is not None and positions.time.ndim == 1:
        kept |= set(positions.time.dims)
    # Surface fields may be of one time, which is that of the levels or another.
    on_levels = {d for found in find_fields(ds, ON_LEVELS["temperature"]) for d in found.dims}
    dated = (d for d in ds.dims if d in ds.variables and ds[d].dtype.kind == "M")
    kept |= {d for d in dated if d not in on_levels}
    return ds.squeeze([d for d, size in ds.sizes.items() if size == 1 and d not in kept])


def _temperature(ds: xr.Dataset) -> tuple[xr.DataArray, Hashable, Positions]:
    """Find temperature on levels, its dimension of levels, and where and when it holds."""
    for found in find_fields(ds, ON_LEVELS["temperature"]):
        # Surface fields may have a time of their own.
        own = [name for name in ds.variables if set(ds[name].dims) <= set(found.dims)]
        try:
            positions = find_positions(ds[own].reset_coords())
        except GridError:
            positions = find_positions(ds)
        levels = [d for d in found.dims if d not in positions.dims]
        if len(levels) == 1:
            return found, levels[0], positions
        if levels:
            msg = (
                f"'{found.name}' has dimensions {', '.join(map(str, levels))} besides place and "
                f"time; accepted is one of levels. Select one of the others with ds.isel(...)."
            )
            raise GridError(msg)
    msg = (
        f"no temperature on levels found among the variables {', '.join(map(str, ds.variables))}; "
        "accepted are t, ta or temperature with two or more levels, or without levels a column of "
        "water vapour (tcwv, pwat). Rename yours, or give the levels, not surface fields alone."
    )
    raise GridError(msg)


def _humidity(
    ds: xr.Dataset, dim: Hashable, wanted: str, reader: FieldReader
) -> tuple[str, xr.DataArray]:
    for kind, names in HUMIDITY.items():
        found = [each for each in find_fields(ds, names) if dim in each.dims]
        if found and wanted in ("auto", kind):
            return kind, reader.read(refuse_mixing_ratio(found[0]), kind)
    what = "humidity" if wanted == "auto" else f"{wanted} humidity"
    msg = (
        f"no {what} found on '{dim}' (variables {', '.join(map(str, ds.variables))}); accepted are "
        "q (specific), r (relative) or e (vapour pressure) on the levels of the temperature."
    )
    raise GridError(msg)


def _level_pressure(
    ds: xr.Dataset, dim: Hashable, surface: Surface, reader: FieldReader
) -> xr.DataArray:
    for found in find_fields(ds, ON_LEVELS["pressure"], without=[dim]):
        if dim in found.dims and not (unit_of(found) and "pa" not in unit_of(found)):
            return reader.read(found, "pressure")
    reader.used["pressure"] = str(dim)
    hybrid = hybrid_pressure(ds, dim, surface.pressure)
    if hybrid is not None:
        return hybrid
    level = ds.variables.get(dim)
    if level is None:
        msg = (
            f"'{dim}' has no values; accepted are pressures [hPa or Pa]. Add them as a coordinate."
        )
        raise GridError(msg)
    axis = drop_coordinates(ds[dim]).copy(data=_as_numbers(ds[dim]))
    name, unit = str(dim).lower(), unit_of(axis)
    if not unit and name in ("isobaricinhpa", "isobaricinpa"):
        axis = axis.assign_attrs(units=name[10:])
    elif is_numbered(axis):
        low, high = float(axis.min()), float(axis.max())
        msg = (
            f"'{dim}' numbers model levels ({low:g} to {high:g}) and holds no pressures; accepted "
            "are model levels with their coefficients (hyam and hybm, or GRIB's pv, as "
            "`cdo -f nc copy` keeps them) and surface pressure (sp or lnsp), or with a pressure on "
            "the levels. Add one."
        )
        raise GridError(msg)
    elif not unit and (name in PRESSURE_AXES or level.attrs.get("standard_name") == "air_pressure"):
        # Nothing is above 1,100 hPa, and no model begins below 1,100 Pa.
        axis = axis.assign_attrs(units="hPa" if float(axis.max()) < 1100.0 else "Pa")
    elif not any(word in unit for word in ("pa", "bar", "mb")):
        msg = (
            f"'{dim}' (units '{level.attrs.get('units', '')}') holds no pressures, and there is "
            "no pressure field; accepted are levels of pressure, hybrid levels with hyam and hybm "
            "(or GRIB's pv) and surface pressure, or a pressure on the levels. Add one."
        )
        raise GridError(msg)
    return reader.read(axis, "pressure")


def _as_numbers(level: xr.DataArray) -> NDArray[np.float64]:
    """Read the values of a coordinate, which some files hold as text."""
    try:
        return level.to_numpy().astype(np.float64)
    except (TypeError, ValueError):
        first = level.to_numpy().ravel()[0]
        first = first.decode(errors="replace") if isinstance(first, bytes) else first
        msg = (
            f"'{level.name}' holds words (first '{first}') and no pressures; accepted are numbers "
            f"in hPa or Pa. Set them with ds.assign_coords({level.name}=...) and their units."
        )
        raise GridError(msg) from None


def _level_height(
    ds: xr.Dataset, dim: Hashable, reader: FieldReader
) -> tuple[xr.DataArray | None, xr.DataArray | None]:
    """Geopotential, or else height, of the levels."""
    for found in find_fields(ds, ON_LEVELS["geopotential"], without=[dim]):
        if dim in found.dims and reader.has_values(found, "geopotential"):
            return reader.read(found, "geopotential"), None
    heights = [f for f in find_fields(ds, ON_LEVELS["height"], without=[dim]) if dim in f.dims]
    heights = [each for each in heights if reader.has_values(each, "height")]
    if dim in ds.variables and unit_of(ds[dim]) in ("", "m", "km"):
        name = str(dim).lower()
        heights += [drop_coordinates(ds[dim])] if name in (*HEIGHTS, "z") else []
    if not heights:
        return None, None
    height = heights[0].astype(np.float64).assign_attrs(heights[0].attrs)
    return None, reader.read(height, "height")
