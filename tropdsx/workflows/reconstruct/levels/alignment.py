"""Profiles brought to the levels of a grid: between their own levels, never beyond them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.profile.sea_water import depth_of_pressure, potential_temperature
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.spelling.sea_water import (
    RANGES,
    UNITS,
    find_sea_water,
    is_on_land,
    kind_of,
)
from tropdsx.cf.units import spell_unit
from tropdsx.errors import DomainError, UnitsError, warn
from tropdsx.read.series.profiles import open_profiles

__all__ = ["align_profiles", "interpolate_profile"]

Array = NDArray[np.floating]

MAX_GAP = 200.0
"""Neighbouring levels of a profile further apart than this say nothing of what lies between [m]."""

_SALINITY = 35.0
"""Of the ocean, where it is not measured: 2 more or less change the potential temperature of 2000
dbar by 0.006 degC."""

_DEEPEST = (-12_500.0, 12_500.0)
"""Depths [m] and pressures [dbar], whichever way they count."""
_SHALLOW, _FREEZING, _GROUND = 10.0, -3.0, (-60.0, 60.0)
"""Soils reach to a few metres, colder than any sea [m, degC]; nothing is outside of the last."""
_ERRORS = ("_sigma", "_error", "_ADJUSTED_ERROR", "_adjusted_error")
"""Endings of formal errors."""
_METRES = {text for text, size in QUANTITIES["height"].units.items() if size == (1.0, 0.0)}
_DECIBARS = ("dbar", "decibar", "decibars", "db", "decibar=10000 pascals")


def align_profiles(
    profiles: xr.Dataset | str | Path,
    levels: Sequence[float],
    *,
    variable: str = "thetao",
    max_gap: float = MAX_GAP,
) -> xr.Dataset:
    """Interpolate profiles to the levels of a grid, each within its own range.

    Parameters
    ----------
    profiles : Dataset, str or Path
        As :func:`tropdsx.open_profiles` gives it, or the file.
    levels : sequence of float, length L
        Depths, positive down, of profiles with pressure or depth [m]; else heights [m].
    variable : str
        What is wanted. ``thetao`` (potential temperature) is computed of in-situ temperature and
        practical salinity where it is not stored, ``so`` taken from practical salinity; any other
        name is that of a stored variable.
    max_gap : float
        Nothing is interpolated between levels of a profile that are further apart [m].

    Returns
    -------
    Dataset
        `variable` on (profile, depth), with ``lat``, ``lon`` and, where known, ``time`` and formal
        errors (``<variable>_sigma``, of ``TEMP_ADJUSTED_ERROR`` and the like); NaN where a profile
        does not reach, or has a gap. Profiles without any value are left out.

    Raises
    ------
    DomainError
        If the variable cannot be made, or no profile reaches any level.
    UnitsError
        If a temperature that is to be converted is not in degrees Celsius.

    Examples
    --------
    >>> two = ("profile", "level")
    >>> ds = xr.Dataset(
    ...     {"so": (two, [[35.0, 36.0]])},
    ...     {"depth": (two, [[5.0, 15.0]]), "lat": ("profile", [0.0]), "lon": ("profile", [1.0])},
    ... )
    >>> align_profiles(ds, [0.5, 10.0, 20.0], variable="so").so.values
    array([[ nan, 35.5,  nan]])
    """
    ds = profiles if isinstance(profiles, xr.Dataset) else open_profiles(profiles)
    own = _vertical(ds)
    _check_vertical(ds, own)
    ds = _possible(ds, own)
    vertical, dim = _read_vertical(ds, own)
    values, attrs = _wanted(ds, variable)
    wanted = np.asarray(levels, np.float64)
    out = _interpolate(vertical, values, wanted, max_gap)
    there = np.isfinite(out).any(axis=1)
    if not there.any():
        msg = f"no profile reaches any of the levels {_range(wanted)}: they lie at "
        msg += f"{_range(vertical)} m; nothing is extrapolated"
        raise DomainError(msg)
    if not there.all():
        warn(f"{np.count_nonzero(~there)} of {there.size} profiles have no value of {variable} on "
             "any of the levels: left out")  # fmt: skip
    about = {"units": "m", "positive": "up" if dim == "height" else "down", "axis": "Z"}
    axis = xr.Variable(dim, wanted, about | {"standard_name": dim})
    kept = {
        name: ("profile", each.to_numpy()[there], each.attrs)
        for name, each in ds.variables.items()
        if each.dims == ("profile",) and name not in {dim, variable}
    }
    found = xr.Dataset({variable: (("profile", dim), out[there], attrs)}, {dim: axis})
    found = found.assign(kept)
    errors = _errors(ds, variable)
    if errors is not None:
        sigma = _interpolate(vertical, errors, wanted, max_gap)[there]
        found[f"{variable}_sigma"] = ("profile", dim), sigma, {"units": attrs.get("units", "")}
    return found.set_coords([name for name in ("lat", "lon", "time") if name in found])


def _possible(ds: xr.Dataset, vertical: str) -> xr.Dataset:
    """Leave out what no sea has: a number such as 99.99 or -999 stands for a missing value."""
    lost: dict[str, int] = {}
    for name, each in ds.variables.items():
        kind = "" if is_on_land(ds[vertical]) else _sea_kind(ds[name], vertical)
        if each.dtype.kind != "f" or "level" not in each.dims or not kind:
            continue
        low, high = RANGES.get(kind, _DEEPEST)
        values = each.to_numpy()
        if kind == "temperature" and not _is_told(ds[name]) and _is_ground(ds, vertical, values):
            warn(
                f"{name} falls to {np.nanmin(values[values > _GROUND[0]]):.4g} degC, colder than "
                f"the sea, on depths to {_SHALLOW:g} m: taken for that of the ground"
            )
            low, high = _GROUND
        wrong = (values < low) | (values > high)
        if wrong.any():
            lost[str(name)] = int(wrong.sum())
            ds = ds.assign({name: each.copy(data=np.where(wrong, np.nan, values))})
    if lost:
        which = ", ".join(f"{count} of {name}" for name, count in lost.items())
        warn(f"values that no sea has are taken for missing ones: {which}")
    return ds


def _is_ground(ds: xr.Dataset, vertical: str, values: Array) -> bool:
    """Tell temperatures of the soil: on shallow depths, and colder than sea water freezes at."""
    if vertical != "depth":
        return False
    shallow = np.nanmax(np.abs(_values(ds, vertical)), initial=0.0) <= _SHALLOW
    return bool(shallow and ((values < _FREEZING) & (values > _GROUND[0])).any())


def _is_told(da: xr.DataArray) -> bool:
    return str(da.attrs.get("standard_name", "")).startswith("sea_water_")


def _sea_kind(da: xr.DataArray, vertical: str) -> str:
    """Tell what a variable of the sea is; air has heights, and temperatures of the same names."""
    of_sea = vertical != "height"
    if da.name in ("pressure", "depth"):
        in_decibars = da.name == "depth" or _pressure_unit(da) in _DECIBARS
        return "vertical" if of_sea and in_decibars else ""
    return kind_of(da) if of_sea or _is_told(da) else ""


def _interpolate(vertical: Array, values: Array, levels: Array, max_gap: float) -> Array:
    pairs = zip(vertical, values, strict=True)
    rows = [interpolate_profile(*each, levels, max_gap) for each in pairs]
    return np.stack(rows) if rows else np.empty((0, levels.size))


def interpolate_profile(
    vertical: Array, values: Array, levels: Array, max_gap: float = MAX_GAP
) -> Array:
    """Interpolate a profile linearly, not beyond its ends and not over gaps.

    Parameters
    ----------
    vertical, values : ndarray, shape (N,)
        Levels in any order, and values; NaN where one is unknown. Values on one level are averaged.
    levels : ndarray, shape (L,)
        Where they are wanted.
    max_gap : float
        Largest distance of two levels between which is interpolated.

    Returns
    -------
    ndarray, shape (L,)

    Examples
    --------
    >>> own, values = np.array([30.0, 10.0, 500.0]), np.array([1.0, 3.0, 0.0])
    >>> interpolate_profile(own, values, np.array([5.0, 10.0, 20.0, 100.0]))
    array([nan,  3.,  2., nan])
    """
    known = np.isfinite(vertical) & np.isfinite(values)
    if not known.any():
        return np.full(levels.size, np.nan)
    own, place, count = np.unique(vertical[known], return_inverse=True, return_counts=True)
    mean = np.bincount(place, weights=values[known]) / count
    found = np.interp(levels, own, mean, left=np.nan, right=np.nan)
    above = np.clip(np.searchsorted(own, levels), 0, own.size - 1)
    gap = own[above] - own[np.maximum(above - 1, 0)]
    return np.where((gap <= max_gap) | (own[above] == levels), found, np.nan)


def _vertical(ds: xr.Dataset) -> str:
    """Choose what gives each value its depth, or its height."""
    known = [name for name in ("depth", "height", "pressure") if name in ds.variables]
    # One ladder for all will do, too; what is on profiles alone is the bottom, or their own height.
    for dims in ({"profile", "level"}, {"level"}):
        for name in (each for each in known if set(ds[each].dims) == dims):
            return name
    msg = "profiles without pressure, depth or height; open them with tropdsx.open_profiles"
    raise DomainError(msg)


def _check_vertical(ds: xr.Dataset, name: str) -> None:
    if name != "pressure":
        _require_unit(ds, name, _METRES, "m")
    elif (unit := _pressure_unit(ds[name])) not in _DECIBARS:
        msg = f"pressure of the profiles is in {unit!r}; accepted is dbar, that of the sea "
        raise UnitsError(msg + "alone")


def _pressure_unit(da: xr.DataArray) -> str:
    return spell_unit(str(da.attrs.get("units", "dbar")))


def _read_vertical(ds: xr.Dataset, name: str) -> tuple[Array, str]:
    field = _values(ds, name)
    if name == "pressure":
        return depth_of_pressure(field, ds["lat"].to_numpy()[:, None]), "depth"
    return -field if ds[name].attrs.get("positive") == "up" and name == "depth" else field, name


def _wanted(ds: xr.Dataset, variable: str) -> tuple[Array, dict[str, str]]:
    """Find a variable, or make it of others."""
    if variable in ds.data_vars:
        return _values(ds, variable), {str(k): v for k, v in ds[variable].attrs.items()}
    found = {kind: find_sea_water(ds, kind) for kind in UNITS}
    if variable == "so" and (salinity := found["salinity"]):
        _require_unit(ds, salinity, UNITS["salinity"], "1e-3 (practical salinity)")
        return _values(ds, salinity), {"units": "1e-3", "standard_name": "sea_water_salinity"}
    about = {"units": "degrees_C", "standard_name": "sea_water_potential_temperature"}
    if variable == "thetao" and (potential := found["potential"]):
        _require_unit(ds, potential, UNITS["potential"], "degree_C")
        return _values(ds, potential), about
    if variable == "thetao" and (temperature := found["temperature"]):
        return _potential(ds, temperature, found["salinity"]), about
    there = ", ".join(map(str, ds.data_vars)) or "none"
    msg = f"no variable {variable!r}, and nothing to make it of; there are {there}"
    raise DomainError(msg)


def _errors(ds: xr.Dataset, variable: str) -> Array | None:
    """Find the formal errors of a variable, or of what it was made of."""
    kind = {"thetao": "temperature", "so": "salinity"}.get(variable)
    sources = [variable, *([find_sea_water(ds, "potential")] if variable == "thetao" else [])]
    sources += [find_sea_water(ds, kind)] if kind else []
    names = (f"{name}{end}" for name in sources if name for end in _ERRORS)
    found = next((name for name in names if name in ds.data_vars), None)
    return None if found is None else _values(ds, found)


def _require_unit(ds: xr.Dataset, name: str, accepted: Collection[str], wanted: str) -> None:
    """Refuse a unit that is told and another one than what the values are taken for."""
    unit = spell_unit(str(ds[name].attrs.get("units", "")))
    if unit and unit not in accepted:
        msg = f"{name} is in {unit!r}; convert it to {wanted} first"
        raise UnitsError(msg)


def _potential(ds: xr.Dataset, temperature: str, salinity: str) -> Array:
    """Compute potential temperature; a missing salinity matters little, and is told."""
    _require_unit(ds, temperature, UNITS["temperature"], "degree_C")
    if "pressure" not in ds.variables:
        msg = f"no pressure beside {temperature}: potential temperature needs it; ask for "
        msg += f"{temperature} itself, if in-situ temperature will do"
        raise DomainError(msg)
    _check_vertical(ds, "pressure")
    known = _values(ds, temperature)
    salt = _values(ds, salinity) if salinity else np.full(known.shape, np.nan)
    lacking = np.isfinite(known) & ~np.isfinite(salt)
    if lacking.any():
        lack = int(lacking.any(axis=1).sum())
        msg = f"{lack} profiles have temperatures without salinity: potential temperature with "
        warn(f"{msg}{_SALINITY:g}, which changes it by less than 0.01 degC")
    salt = np.where(np.isfinite(salt), salt, _SALINITY)
    return potential_temperature(salt, known, _values(ds, "pressure"))


def _values(ds: xr.Dataset, name: str) -> Array:
    field = ds[name]
    if "profile" not in field.dims:
        field = field.expand_dims(profile=ds.sizes["profile"])
    return field.transpose("profile", "level").to_numpy().astype(np.float64)


def _range(values: Array) -> str:
    known = values[np.isfinite(values)]
    return f"{known.min():g} to {known.max():g}" if known.size else "nowhere"
