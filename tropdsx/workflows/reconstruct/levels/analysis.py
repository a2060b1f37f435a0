"""A field on levels from sparse profiles and its surface: mean, sigma, and how it was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import DomainError, did_you_mean, warn
from tropdsx.workflows.reconstruct.levels.columns import Task, gather
from tropdsx.workflows.reconstruct.levels.estimates import (
    PRIOR,
    LevelEstimate,
    estimate_climatology,
    estimate_idw,
    estimate_oi,
)
from tropdsx.workflows.reconstruct.levels.score_analysis import estimate_modes
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places

__all__ = ["METHODS", "estimate", "reconstruct_levels"]

METHODS = ("climatology", "idw", "oi", "modes")
"""Mean of the profiles, inverse distances, optimal interpolation of each level, modes of the
profiles carried by the surface field."""

Array = NDArray[np.float64]

_PLACE = {"long_name": "node of the profile", "coverage_content_type": "coordinate"}


def reconstruct_levels(
    profiles: xr.Dataset | xr.DataArray,
    surface: xr.DataArray,
    *,
    variable: str | None = None,
    method: str = "modes",
    modes: int | None = None,
    domain: xr.DataArray | None = None,
    covariance: Covariance | None = None,
) -> xr.Dataset:
    """Reconstruct a field on levels from profiles at some places and a surface field at all.

    Any variable will do: temperature or salinity of the sea, refractivity of the air. Profiles of
    one node are averaged by inverse variance.

    Parameters
    ----------
    profiles : Dataset or DataArray
        On a dimension of profiles, with coordinates ``lat`` and ``lon`` on it, and one of levels:
        what :func:`tropdsx.align_profiles` gives. NaN where a level is missing. In a Dataset
        ``<variable>_sigma`` may hold formal errors.
    surface : DataArray
        On latitude and longitude: the wanted grid. With a scalar coordinate of the levels' name, as
        ``cube.isel(depth=0)`` has it, it is that level of the field and stays as it is.
    variable : str, optional
        Of a Dataset; default: the only one that is on both dimensions.
    method : {"modes", "oi", "idw", "climatology"}, optional
        ``modes``: empirical orthogonal functions of the profiles; each score is a linear function
        of the surface plus a residual by optimal interpolation. The others, in which the surface
        plays no part, are for comparison.
    modes : int, optional
        How many; default: one for each ten profiles, eight at most.
    domain : DataArray, optional
        Where there is anything: on levels, latitude and longitude, NaN where not (also booleans);
        or the level of the bottom on latitude and longitude. Also says which places are alike.
    covariance : Covariance, optional
        What is believed before: deviations as shares of the data's, lengths in km, `local_height`
        in levels.

    Returns
    -------
    Dataset
        `variable` and ``<variable>_sigma`` on (level, lat, lon); ``loo_residual`` (profile, level):
        observed minus estimated without this profile.

    Raises
    ------
    DomainError
        If dimensions, levels, method or number of modes do not fit.
    GridError
        If no profile lies on the grid.
    UnitsError
        If profiles and surface are in different units.

    Examples
    --------
    >>> rng, depth = np.random.default_rng(0), np.array([0.0, 50.0, 200.0])
    >>> axes = {"depth": depth, "lat": np.arange(40.0, 50.0), "lon": np.arange(10.0)}
    >>> hills = np.add.outer(np.sin(axes["lat"]), np.cos(axes["lon"]))
    >>> cube = xr.DataArray(np.exp(-depth / 100)[:, None, None] * hills + 10, axes, name="thetao")
    >>> seen = rng.choice(100, 30, replace=False)
    >>> profiles = cube.stack(profile=("lat", "lon")).isel(profile=seen).reset_index("profile")
    >>> found = reconstruct_levels(profiles, cube.isel(depth=0))
    >>> bool(abs(found.thetao - cube).max() < 0.05), list(found)
    (True, ['thetao', 'thetao_sigma', 'loo_residual'])
    """
    table, sigma = _table(profiles, variable)
    task = gather(table, surface, sigma=sigma, domain=domain)
    here, there = task.places(task.node), task.places(task.cells)
    surfaces = (task.surface[task.node], task.surface[task.cells])
    rest = [k for k in range(task.level.size) if k != task.known]
    found = estimate(
        method, task.values[:, rest], surfaces, here, there, modes=modes, prior=covariance
    )
    out = _labelled(task, table, rest, found, method)
    if task.assumed:
        out.attrs["values_with_median_error"] = task.assumed
    when = surface.coords.get("time")
    return out if when is None or when.ndim else out.assign_coords(time=when.variable)


def estimate(
    method: str,
    values: Array,
    surfaces: tuple[Array, Array],
    columns: Places,
    targets: Places,
    *,
    modes: int | None = None,
    prior: Covariance | None = None,
) -> LevelEstimate:
    """Estimate profiles by one of the methods.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    values : ndarray, shape (n, L)
        Observed profiles.
    surfaces : tuple of ndarray, shapes (n,) and (m,)
        Surface field at columns and targets.
    columns, targets : Places
        Where they are.
    modes, prior
        See :func:`reconstruct_levels`.

    Returns
    -------
    LevelEstimate

    Raises
    ------
    DomainError
        If the method is unknown, or modes are asked of one that has none.
    """
    prior = prior or PRIOR
    ways: dict[str, Callable[[], LevelEstimate]] = {
        "climatology": lambda: estimate_climatology(values, len(targets)),
        "idw": lambda: estimate_idw(values, columns, targets),
        "oi": lambda: estimate_oi(values, columns, targets, prior),
        "modes": lambda: estimate_modes(
            values, surfaces, columns, targets, count=modes, prior=prior
        ),
    }
    if method not in ways:
        near = did_you_mean(method, METHODS)
        msg = f"method {method!r} is unknown{near}; accepted are {', '.join(METHODS)}"
        raise DomainError(msg)
    if modes is not None and method != "modes":
        msg = f"a number of modes with method {method!r}, which has none; leave it out"
        raise DomainError(msg)
    return ways[method]()


def _table(
    profiles: xr.Dataset | xr.DataArray, variable: str | None
) -> tuple[xr.DataArray, xr.DataArray | None]:
    if isinstance(profiles, xr.DataArray):
        name = variable or str(profiles.name or "field")
        return profiles.rename(name), None
    two = [str(name) for name, each in profiles.data_vars.items() if each.ndim == 2]
    two = [name for name in two if not name.endswith("_sigma")]
    if variable is None and len(two) != 1:
        msg = f"{len(two)} variables on profiles and levels ({', '.join(two)}); name one"
        raise DomainError(msg)
    name = variable or two[0]
    if name not in profiles.data_vars:
        msg = f"no variable {name!r}{did_you_mean(name, two)}; there are {', '.join(two) or 'none'}"
        raise DomainError(msg)
    return profiles[name], profiles.get(f"{name}_sigma")


def _labelled(
    task: Task, table: xr.DataArray, rest: list[int], found: LevelEstimate, method: str
) -> xr.Dataset:
    """Put the estimate on the grid; what does not exist, or nobody observes, is missing."""
    name, level = str(table.name), task.level
    axes = {
        level.name: level,
        "lat": ("lat", task.lat, {"units": "degrees_north", "standard_name": "latitude"}),
        "lon": ("lon", task.lon, {"units": "degrees_east", "standard_name": "longitude"}),
    }
    unseen = [k for k, place in enumerate(rest) if not np.isfinite(found.mean[:, k]).any()]
    if unseen:
        there = ", ".join(f"{float(level[rest[k]]):g}" for k in unseen)
        warn(f"no profile reaches {level.name} {there}: missing in the result")
    fields = {}
    for tag, values, on_surface in (("", found.mean, task.surface), ("_sigma", found.sigma, 0.0)):
        cube = np.full((level.size, task.lat.size * task.lon.size), np.nan)
        cube[np.ix_(np.array(rest), task.cells)] = values.T
        if task.known is not None:
            cube[task.known] = np.where(np.isfinite(task.surface), on_surface, np.nan)
        cube[~task.exists.T] = np.nan
        shaped = cube.reshape(level.size, task.lat.size, task.lon.size)
        fields[name + tag] = (tuple(axes), shaped, _attributes(table, tag))
    out = xr.Dataset(fields, axes, attrs=_about(found, method, len(task.node)))
    if found.loo is None:
        return out
    residual = np.full((len(task.node), level.size), np.nan)
    residual[:, rest] = found.loo
    lat, lon = np.meshgrid(task.lat, task.lon, indexing="ij")
    about = _attributes(table, "_loo") | {
        "long_name": f"{name} observed minus estimated without this profile",
        "coverage_content_type": "qualityInformation",
    }
    about.pop("standard_name", None)
    return out.assign(loo_residual=(("profile", level.name), residual, about)).assign_coords(
        profile_lat=("profile", lat.ravel()[task.node], _PLACE | {"units": "degrees_north"}),
        profile_lon=("profile", lon.ravel()[task.node], _PLACE | {"units": "degrees_east"}),
    )


def _attributes(table: xr.DataArray, tag: str) -> dict[str, Any]:
    kept = ("units", "standard_name", "long_name")
    attrs = {key: table.attrs[key] for key in kept if key in table.attrs}
    what = attrs.setdefault("long_name", attrs.get("standard_name", table.name).replace("_", " "))
    if not tag:
        said = {"ancillary_variables": f"{table.name}_sigma"}
        return attrs | said | {"coverage_content_type": "modelResult"}
    attrs["coverage_content_type"] = "qualityInformation"
    attrs["long_name"] = f"standard deviation of the error of {what}"
    if "standard_name" in attrs:
        attrs["standard_name"] += " standard_error"
    return attrs


def _about(found: LevelEstimate, method: str, columns: int) -> dict[str, Any]:
    about: dict[str, Any] = {"method": method, "profiles": columns}
    if "explained" in found.about:
        about["modes"] = found.about["explained"].size
        about["modes_explained"] = float(found.about["explained"].sum())
        about["decode_rmse"] = found.about["decode_rmse"]
    return about
