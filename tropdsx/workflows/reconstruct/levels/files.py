"""Reconstruct a field on levels from files into one file, and score a cube in a file."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.description import describe
from tropdsx.cf.spelling.same_unit import is_same_unit
from tropdsx.cf.units import spell_unit
from tropdsx.errors import DomainError, InputError, UnitsError, warn
from tropdsx.read.delays import open_delays
from tropdsx.read.series.profiles import open_profiles
from tropdsx.system.staging import check_target
from tropdsx.workflows.reconstruct.levels.alignment import align_profiles
from tropdsx.workflows.reconstruct.levels.analysis import METHODS, reconstruct_levels
from tropdsx.workflows.reconstruct.levels.columns import surface_first
from tropdsx.workflows.reconstruct.levels.evaluation import evaluate_levels
from tropdsx.workflows.reconstruct.levels.opening import open_field
from tropdsx.write.parameters import command_line
from tropdsx.write.provenance import make_provenance
from tropdsx.write.save import check_apart, check_storage, write_described

__all__ = ["evaluate_levels_file", "reconstruct_levels_files"]

_USUAL: dict[str, Any] = {"variable": "thetao", "method": "modes", "days": 15.0}
_DAY = np.timedelta64(1, "D")
_MASKS = ("mask", "deptho", "bathymetry", "bottom", "domain")


def reconstruct_levels_files(
    surface: str | Path,
    profiles: str | Path,
    output: str | Path,
    *,
    variable: str = "thetao",
    surface_variable: str | None = None,
    levels: Sequence[float] | None = None,
    domain: str | Path | None = None,
    method: str = "modes",
    modes: int | None = None,
    time: str | None = None,
    days: float = 15.0,
    good: Sequence[int] | None = None,
    overwrite: bool = False,
    compression: str = "zlib:1",
) -> Path:
    """Reconstruct a field on levels from a file with its surface and one with profiles.

    Parameters
    ----------
    surface : str or Path
        Grid with the surface field. If it has levels, the first one is taken, of depths the
        shallowest, and is that level of the result; its levels are those of the result, and its
        gaps those of the domain.
    profiles : str or Path
        See :func:`tropdsx.open_profiles`.
    output : str or Path
        File (.nc) or store (.zarr).
    variable : str
        See :func:`tropdsx.align_profiles`.
    surface_variable : str, optional
        Name of the surface field; default: `variable`.
    levels : sequence of float, optional
        Wanted levels [m]; default: those of the surface's file.
    domain : str or Path, optional
        File with the domain: see :func:`tropdsx.reconstruct_levels`.
    method, modes
        See :func:`tropdsx.reconstruct_levels`.
    time : str, optional
        Which time of the surface, where it has several [UTC].
    days : float
        Profiles further in time from the surface are left out, where both have times [day].
    good : sequence of int, optional
        Quality flags whose profiles and values are taken: see :func:`tropdsx.open_profiles`.
    overwrite, compression
        See :func:`tropdsx.convert`.

    Returns
    -------
    Path
        The output, under its final name.

    Raises
    ------
    TropdsxError
        If an input cannot be used or the output cannot be written; nothing is left under its name.
    """
    target = Path(output)
    check_apart(target, [surface, profiles, domain])
    storage = check_storage(target, compression=compression)
    check_target(target, overwrite=overwrite)
    cube = open_field(surface, surface_variable or variable, time)
    field, wanted, where = _top(cube, surface, levels)
    columns = align_profiles(open_profiles(profiles, good=good), wanted, variable=variable)
    columns = _near_in_time(columns, field, days)
    if domain is not None:
        where = _open_domain(domain, variable)
    found = reconstruct_levels(
        columns, field, variable=variable, method=method, modes=modes, domain=where
    )
    said = {"output": target.name, "variable": variable, "surface_variable": surface_variable,
            "levels": levels, "domain": domain, "method": method, "modes": modes, "time": time,
            "days": days, "good": good}  # fmt: skip
    command = command_line("levels", ["reconstruct", surface, profiles], said, _USUAL)
    inputs = [each for each in (surface, profiles, domain) if each is not None]
    described = _described(found, variable, make_provenance(command, inputs=inputs))
    return write_described(described, target, overwrite=overwrite, **storage)


def _top(
    cube: xr.DataArray, name: str | Path, levels: Sequence[float] | None
) -> tuple[xr.DataArray, list[float], xr.DataArray | None]:
    """Take the first level of a field, what levels are wanted, and where the field has values."""
    axes = find_axes(cube.to_dataset(name="cube"), cube.dims)
    dim = next((each for each in cube.dims if each not in {axes.lat_dim, axes.lon_dim}), None)
    if dim is None:
        if levels is None:
            msg = f"{name} has no levels; name those of the result, for example --levels 0,10,50"
            raise DomainError(msg)
        return cube, [float(each) for each in levels], None
    _check_levels(cube, dim, name)
    cube = surface_first(cube, dim)
    upwards = cube[dim].attrs.get("positive") == "up"
    cube = cube.rename({dim: "height" if upwards else "depth"})
    axis = cube["height" if upwards else "depth"]
    if levels is not None and axis.size == 1:
        return cube.isel({axis.name: 0}), [float(each) for each in levels], None
    if levels is not None:  # the deepest value of each column tells its bottom
        depth = xr.where(cube.notnull(), axis, -np.inf if not upwards else np.inf)
        bottom = depth.max(axis.name) if not upwards else depth.min(axis.name)
        return cube.isel({axis.name: 0}), [float(each) for each in levels], bottom
    wanted = [float(each) for each in axis.to_numpy()]
    return cube.isel({axis.name: 0}), wanted, cube.notnull()


def _check_levels(cube: xr.DataArray, dim: Hashable, name: str | Path) -> None:
    """Refuse another dimension than levels in metres: months, members, pressures, mere numbers."""
    if dim not in cube.coords:
        msg = f"{dim!r} of {name} has no values; accepted are levels with their depths or heights"
        raise DomainError(msg + " in m: assign them as a coordinate")
    attrs = cube[dim].attrs
    unit = spell_unit(str(attrs.get("units", "")))
    if unit and not is_same_unit(unit, "m"):
        msg = f"the levels of {name} are in {unit!r}; convert them to m first"
        raise UnitsError(msg)
    told = {"positive", "axis", "standard_name"} & set(attrs)
    if not (unit or told or str(dim).lower().startswith(("dep", "height", "alt", "z"))):
        msg = f"{dim!r} of {name} has no unit, and may be no level; set its attribute units to m, "
        raise DomainError(msg + "or choose one of its values first")


def evaluate_levels_file(
    cube: str | Path,
    *,
    variable: str = "thetao",
    time: str | None = None,
    share: float = 0.03,
    seeds: int = 5,
    methods: Sequence[str] = METHODS,
    modes: int | None = None,
) -> xr.Dataset:
    """Score reconstructions of a cube in a file from a share of its columns.

    Parameters
    ----------
    cube : str or Path
        Grid with the variable on levels.
    variable, time
        What is taken of it.
    share, seeds, methods, modes
        See :func:`tropdsx.evaluate_levels`.

    Returns
    -------
    Dataset
        Scores.
    """
    field = open_field(cube, variable, time)
    return evaluate_levels(field, share=share, seeds=seeds, methods=methods, modes=modes)


def _open_domain(path: str | Path, variable: str) -> xr.DataArray:
    with open_delays(path, chunks=None) as ds:
        names = [name for name in ds.data_vars if str(name).lower() in (*_MASKS, variable)]
        if len(names) != 1 and len(ds.data_vars) == 1:
            names = list(ds.data_vars)
        if len(names) != 1:
            msg = f"{path} has {', '.join(map(str, ds.data_vars))}; accepted is a file with one of "
            raise InputError(msg + f"{', '.join((*_MASKS, variable))}")
        return ds[names[0]].squeeze(drop=False).load()


def _near_in_time(columns: xr.Dataset, field: xr.DataArray, days: float) -> xr.Dataset:
    """Leave out profiles of other times, where both say when they are."""
    dated = [each.coords.get("time") for each in (columns, field)]
    own, when = (None if t is None or t.dtype.kind != "M" else t.to_numpy() for t in dated)
    if own is None or when is None or when.ndim:
        lack = "the profiles have" if own is None else "the surface has"
        warn(f"{lack} no dates: profiles are taken whatever their time (--days has no effect)")
        return columns
    undated = np.isnat(own)
    near = ~undated & (np.abs(own - when) / _DAY <= days)
    if not near.any():
        known = own[~undated]
        days_of = (
            [str(each)[:10] for each in (known.min(), known.max())] if known.size else ["none"]
        )
        msg = f"no profile within {days:g} days of {str(when)[:16]}: they are of "
        msg += f"{' to '.join(days_of)}; accept more with --days"
        raise DomainError(msg)
    far = np.count_nonzero(~near & ~undated)
    if far:
        warn(f"{far} of {near.size} profiles are more than {days:g} days off: left out")
    if undated.any():
        warn(f"{np.count_nonzero(undated)} of {near.size} profiles have no date: left out")
    return columns.isel(profile=near)


def _described(found: xr.Dataset, variable: str, provenance: dict[str, Any]) -> xr.Dataset:
    own = {f"reconstruction_{name}": value for name, value in found.attrs.items()}
    level = str(found[variable].dims[0])
    about: dict[str, Any] = {
        "title": f"{variable} on {found.sizes[level]} levels from profiles and a surface field",
        "summary": f"{variable} reconstructed from {found.attrs['profiles']} profiles by the "
        f"method {found.attrs['method']}, with the standard deviation of its error.",
        "keywords": f"{variable}, profiles, optimal interpolation, empirical orthogonal functions",
        "processing_level": "analysis of observations",
        "comment": f"{variable}_sigma: standard deviation of the error, 0 where the surface field "
        "is the level itself.",
    }
    if level == "depth":
        lowest, deepest = (float(each) for each in (found[level].min(), found[level].max()))
        about |= {"geospatial_vertical_min": lowest, "geospatial_vertical_max": deepest}
        # Depth below the surface of the water at the time.
        about |= {"geospatial_vertical_positive": "down"}
        about |= {"geospatial_bounds_vertical_crs": "EPSG:5831"}
    plain = found.drop_attrs(deep=False)
    plain[level].attrs.setdefault("long_name", level)
    return describe(plain, provenance=provenance, attrs=own | about, unwrap_longitude=True)
