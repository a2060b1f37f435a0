"""Mapping functions and slant delays of labelled data."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import check_elevation
from tropdsx.atmos.mapping.empirical import gmf, niell
from tropdsx.atmos.mapping.vienna import vmf1, vmf3
from tropdsx.cf.positions import find_positions
from tropdsx.cf.units import in_unit
from tropdsx.cf.variables import find_delay, find_height, find_named
from tropdsx.errors import DomainError, GridError, warn
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.fields.datum import lift_to_ellipsoid
from tropdsx.workflows.derive.rays.gradients import gradient_delays

__all__ = ["mapping_functions", "slant_delay", "slant_delays"]

Angle = float | ArrayLike | xr.DataArray

#: Mapping functions, and the arguments that each takes before the elevation.
_MAPPINGS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "vmf3": (vmf3, ("ah", "aw", "time", "lat", "lon")),
    "vmf1": (vmf1, ("ah", "aw", "time", "lat")),
    "gmf": (gmf, ("time", "lat", "lon", "height")),
    "niell": (niell, ("time", "lat")),
}
_COEFFICIENTS = {"ah": ("ah", "a_h", "vmf_ah"), "aw": ("aw", "a_w", "vmf_aw")}


def mapping_functions(
    ds: xr.Dataset,
    elevation: Angle,
    *,
    which: str = "vmf3",
    height: float | str | xr.DataArray | None = "auto",
) -> xr.Dataset:
    """Hydrostatic and wet mapping function at the places and times of a Dataset.

    Parameters
    ----------
    ds : Dataset
        Latitude, longitude and time in any shape; ``ah`` and ``aw`` for "vmf3" and "vmf1".
    elevation : float, array_like or DataArray
        Elevation angle: one, several (a new dimension ``elevation``), or one for each value of
        `ds` by dimension names [deg, or as its ``units`` say].
    which : {"vmf3", "vmf1", "gmf", "niell"}
        Mapping function; see :mod:`tropdsx.atmos`.
    height : "auto", None, float or DataArray
        Ellipsoidal height of the height correction. "auto" takes ``orography`` or ``height`` of
        `ds`; None leaves the correction out, as for site-wise VMF coefficients [m].

    Returns
    -------
    Dataset
        ``mfh``, ``mfw``, lazy where the input is [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90], a latitude outside [-90, 90], or `which` is unknown.
    GridError
        If coordinates or coefficients are missing.
    UnitsError
        If a unit does not fit.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": 48.0, "lon": 16.0, "height": ((), 200.0, {"units": "m"})})
    >>> ds["time"] = np.datetime64("2021-01-01", "ns")
    >>> ds.pipe(mapping_functions, 10.0, which="gmf").mfh.round(2).item()
    5.56
    """
    if which not in _MAPPINGS:
        msg = f"which={which!r} found; accepted are {', '.join(_MAPPINGS)}."
        raise DomainError(msg)
    formula, takes = _MAPPINGS[which]
    angle = _elevation(elevation)
    given = _arguments(ds, which, height)
    extra = [] if which == "gmf" or given["height"] is None else [given["height"]]
    mfh, mfw = elementwise(formula, *(given[name] for name in takes), angle, *extra, outputs=2)
    rays = [d for d in angle.dims if d not in ds.dims]
    out = xr.Dataset({"mfh": mfh, "mfw": mfw}).transpose(..., *rays)
    out = _label(out, ds, angle)
    for name, part in (("mfh", "hydrostatic"), ("mfw", "wet")):
        out[name].attrs = {"long_name": f"{part} mapping function ({which})", "units": "1"}
    return out


def slant_delay(
    ds: xr.Dataset,
    elevation: Angle,
    azimuth: Angle | None = None,
    *,
    which: str = "vmf3",
    height: float | str | xr.DataArray | None = "auto",
) -> xr.DataArray:
    """Slant delay: zenith delays times mapping functions, plus gradients where there are any.

    mfh zhd + mfw zwd + (mapping of the gradients).

    Parameters
    ----------
    ds : Dataset
        ``zhd``, ``zwd`` and what :func:`mapping_functions` needs; with an azimuth also gradients
        ``gradient_north_hydrostatic``, ``gradient_east_hydrostatic``, ``..._wet``, or their totals
        ``gradient_north``, ``gradient_east``.
    elevation : float, array_like or DataArray
        See :func:`mapping_functions` [deg].
    azimuth : float, array_like or DataArray, optional
        From north through east; several go with as many elevations [deg].
    which, height
        See :func:`mapping_functions`.

    Returns
    -------
    DataArray
        ``slant_delay``, lazy where the input is [m].

    Raises
    ------
    DomainError, GridError, UnitsError
        As in :func:`mapping_functions`.

    Notes
    -----
    The difference between a bent ray's length and its chord is part of the mapping functions.
    Gradients as in Chen and Herring (1997), doi:10.1029/97JB01739.

    Examples
    --------
    >>> metres = {"units": "m"}
    >>> ds = xr.Dataset({"zhd": ((), 2.3, metres), "zwd": ((), 0.2, metres)})
    >>> ds = ds.assign_coords(lat=48.0, lon=16.0, time=np.datetime64("2021-01-01", "ns"))
    >>> slant = slant_delay(ds, [90.0, 30.0], which="niell", height=200.0)
    >>> slant.dims, slant.values.round(2).tolist()
    (('elevation',), [2.5, 4.98])
    """
    return slant_delays(ds, elevation, azimuth, which=which, height=height)["slant_delay"]


def slant_delays(
    ds: xr.Dataset,
    elevation: Angle,
    azimuth: Angle | None = None,
    *,
    which: str = "vmf3",
    height: float | str | xr.DataArray | None = "auto",
) -> xr.Dataset:
    """Slant delay with its hydrostatic and wet part, and the mapping functions.

    Parameters
    ----------
    ds, elevation, azimuth, which, height
        As for :func:`slant_delay`, with the same errors. An azimuth on a dimension of its own goes
        with each elevation.

    Returns
    -------
    Dataset
        ``mfh``, ``mfw`` [1]; ``slant_delay``, ``slant_delay_hydrostatic``, ``slant_delay_wet`` [m].
        Total gradients are part of the first alone.

    Examples
    --------
    >>> metres = {"units": "m"}
    >>> ds = xr.Dataset({"zhd": ((), 2.3, metres), "zwd": ((), 0.2, metres)})
    >>> ds = ds.assign_coords(lat=48.0, lon=16.0, time=np.datetime64("2021-01-01", "ns"))
    >>> found = slant_delays(ds, 30.0, which="niell", height=200.0)
    >>> {name: round(float(found[name]), 2) for name in found}  # doctest: +NORMALIZE_WHITESPACE
    {'mfh': 1.99, 'mfw': 2.0, 'slant_delay': 4.98, 'slant_delay_hydrostatic': 4.58,
     'slant_delay_wet': 0.4}
    """
    delays = {part: find_delay(ds, name) for part, name in (("hydrostatic", "zhd"), ("wet", "zwd"))}
    out = mapping_functions(ds, elevation, which=which, height=height)
    parts = {
        part: _bare_coords(delays[part]) * out[f"mf{part[0]}"] for part in ("hydrostatic", "wet")
    }
    total = parts["hydrostatic"] + parts["wet"]
    mapped = f"{which} mapping functions"
    gradients: dict[str, xr.DataArray] = {}
    if azimuth is not None:
        rays = _azimuth(azimuth)
        gradients = gradient_delays(ds, _elevation(elevation), rays)
        if gradients:
            total = total + reduce(add, gradients.values())
        else:
            warn("an azimuth was given but the Dataset has no gradients: it changes nothing.")
        parts = {part: each + gradients.get(part, 0.0) for part, each in parts.items()}
        if set(rays.dims) <= set(total.dims):
            out = out.assign_coords(azimuth=rays.assign_attrs(_AZIMUTH))
    out["slant_delay"] = _described(total, "total", mapped, gradients)
    for part, each in parts.items():
        own = [part] if part in gradients else []
        out[f"slant_delay_{part}"] = _described(each, part, mapped, own)
    return out


def _described(
    slant: xr.DataArray, part: str, comment: str, gradients: Collection[str]
) -> xr.DataArray:
    if gradients:
        comment += f" and {' and '.join(gradients)} gradients (Chen and Herring 1997)"
    about = {"long_name": f"slant {part} delay", "units": "m", "comment": comment}
    return slant.reset_coords(drop=True).assign_attrs(about)


_ELEVATION = {"long_name": "elevation angle", "units": "degree"}
_AZIMUTH = {"long_name": "azimuth, from north through east", "units": "degree"}


def _bare_coords(da: xr.DataArray) -> xr.DataArray:
    """Keep indexes only, so that scalar coordinates of two sides cannot disagree."""
    return da.reset_coords(drop=True)


def _elevation(angle: Angle) -> xr.DataArray:
    out = _angle(angle, "elevation")
    if out.chunks is None:
        check_elevation(out.to_numpy())
    return out


def _azimuth(angle: Angle) -> xr.DataArray:
    out = _angle(angle, "azimuth")
    # Azimuths without names of their own go along with the elevations.
    return out.rename(azimuth="elevation") if "azimuth" in out.dims else out


def _angle(angle: Angle, name: str) -> xr.DataArray:
    if isinstance(angle, xr.DataArray):
        named = in_unit(angle.rename(name) if angle.name != name else angle, "angle")
        return named.astype(np.float64).reset_coords(drop=True)
    values = np.asarray(angle, dtype=np.float64)
    if values.ndim > 1:
        msg = (
            f"{name} of shape {values.shape} found; accepted are a number, a list, or a DataArray "
            "whose dimensions have names."
        )
        raise GridError(msg)
    return xr.DataArray(values, dims=(name,) * values.ndim, name=name)


def _arguments(
    ds: xr.Dataset, which: str, height: float | str | xr.DataArray | None
) -> dict[str, Any]:
    """All that the mapping functions may take, bare of coordinates."""
    where = find_positions(ds)
    if where.time is None:
        msg = f"no time found, which {which} needs; accepted is a datetime64 coordinate. Add one."
        raise GridError(msg)
    out: dict[str, Any] = {"lat": where.lat, "lon": where.lon, "time": where.time}
    if "ah" in _MAPPINGS[which][1]:
        out |= {role: _coefficient(ds, role, which) for role in ("ah", "aw")}
    out["height"] = _height(ds, which, height, where.lat, where.lon)
    return out


def _coefficient(ds: xr.Dataset, role: str, which: str) -> xr.DataArray:
    name = find_named(ds, _COEFFICIENTS[role])
    if name is None:
        msg = (
            f"no coefficient {role} found, which {which} needs; accepted are variables ah and aw, "
            "as VMF files have them. Or choose which='gmf' or 'niell', which need none."
        )
        raise GridError(msg)
    return in_unit(ds[name], "mapping coefficient").reset_coords(drop=True)


def _height(
    ds: xr.Dataset,
    which: str,
    height: float | str | xr.DataArray | None,
    lat: xr.DataArray,
    lon: xr.DataArray,
) -> Any:
    if isinstance(height, str):
        if height != "auto":
            msg = f"height={height!r} found; accepted are 'auto', None, a number or a DataArray."
            raise DomainError(msg)
        found = find_height(ds)
        if found is None:
            warn(
                f"no heights (orography or height) found: {which} without its height correction, "
                "right for site-wise coefficients only; give height= to settle it."
            )
        height = found
    if isinstance(height, xr.DataArray):
        height = in_unit(height, "height").reset_coords(drop=True)
        height = lift_to_ellipsoid(height, lat, lon)
    if which in ("gmf", "niell"):
        # These two were made for heights above the sea.
        above = 0.0 if height is None else height - elementwise(geoid_undulation, lat, lon)
        return above if which == "gmf" or height is not None else None
    return height


def _label(out: xr.Dataset, ds: xr.Dataset, angle: xr.DataArray) -> xr.Dataset:
    """Give a result the coordinates of its source, and the elevations."""
    own = {n: c for n, c in ds.coords.items() if set(c.dims) <= set(out.dims)}
    out = out.assign_coords({n: c for n, c in own.items() if n not in out.coords})
    if set(angle.dims) <= set(out.dims) and "elevation" not in ds.coords:
        out = out.assign_coords(elevation=angle.assign_attrs(_ELEVATION))
    return out
