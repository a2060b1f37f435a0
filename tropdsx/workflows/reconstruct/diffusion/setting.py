"""The setting of a plan: what a network is told of the target and of the grid behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError, warn
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.orography import sample_heights, shipped_orography
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.target import Target, resolve_target
from tropdsx.workflows.reconstruct.diffusion.condition import closeness_of
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.variability import scale_on_target

__all__ = ["carrier_target", "setting_of", "warn_of_other_grids"]

Field = NDArray[np.float64]

#: Steps of a grid may differ from those of the training by this factor, untold.
SLACK = 1.05


def setting_of(plan: Plan, typical: Plan) -> Setting:
    """Describe target and grid of a plan.

    Parameters
    ----------
    plan : Plan
        Of the background.
    typical : Plan
        Of :func:`~tropdsx.workflows.reconstruct.variability.typical_plan`.

    Returns
    -------
    Setting

    Raises
    ------
    GridError
        If the target is a row or a column: a network sees what is around a node.
    """
    fine, grid = plan.target.fine, plan.grid
    if min(fine.sizes["lat"], fine.sizes["lon"]) < 2:
        msg = (
            f"a target of {fine.sizes['lat']} x {fine.sizes['lon']} nodes; a network sees rows and "
            "columns: give 2 x 2 nodes or more, or those wanted as places (where), or take method "
            "'oi'"
        )
        raise GridError(msg)
    lat, lon = (fine[name].to_numpy().astype(np.float64) for name in ("lat", "lon"))
    nodes = grid["lat"].to_numpy(), grid["lon"].to_numpy()
    flat = np.zeros((lat.size, lon.size))
    height, lifted = flat, flat
    if "orography" in fine:
        height = np.nan_to_num(fine["orography"].transpose("lat", "lon").to_numpy())
    if "orography" in grid and "orography" in fine:
        coarse = grid["orography"].compute()
        coarse = coarse.isel(time=0, drop=True) if "time" in coarse.dims else coarse
        below = sample_heights(coarse, lat[:, None], lon[None], overhang=1.0)
        lifted = np.nan_to_num(height - below)
    closeness = closeness_of(nodes, (lat, lon))
    return Setting(lat, lon, height, lifted, closeness, scale_on_target(typical))


def carrier_target(plan: Plan, steps: dict[str, list[float]]) -> Target:
    """Choose the grid that a network sees where places are wanted: as fine as in its training.

    Parameters
    ----------
    plan : Plan
        Of the background.
    steps : dict
        Of the card: ``coarse`` and ``fine``, southward and eastward [deg].

    Returns
    -------
    Target
        The nodes of the plan's grid and those between them, at the heights of the terrain.
    """
    parts = (max(1, round(a / b)) for a, b in zip(steps["coarse"], steps["fine"], strict=True))
    lat, lon = (
        _between(plan.grid[axis].to_numpy().astype(np.float64), part)
        for axis, part in zip(("lat", "lon"), parts, strict=True)
    )
    nodes, options = xr.Dataset(coords={"lat": lat, "lon": lon}), plan.options
    terrain = shipped_orography() if options.orography is None else options.orography
    found = resolve_target(nodes, plan.grid, orography=terrain, heights=options.heights)
    return replace(found, lat=None, lon=None)


def _between(axis: Field, parts: int) -> Field:
    """Divide the steps of an axis; one round the globe ends a step before it begins."""
    count = (axis.size - 1) * parts + 1
    inner = np.interp(np.arange(count) / parts, np.arange(axis.size), axis)
    if not is_global_longitude(axis) or axis[0] > axis[-1]:
        return inner
    return np.append(inner, axis[-1] + (axis[1] - axis[0]) * np.arange(1, parts) / parts)


def warn_of_other_grids(plan: Plan, steps: dict[str, list[float]]) -> None:
    """Tell of grids that the network has not seen.

    Parameters
    ----------
    plan : Plan
        Of the background.
    steps : dict
        Of the card: ``coarse`` and ``fine``, southward and eastward [deg].
    """
    grids = {"coarse": plan.grid, "fine": plan.target.fine}
    for name, ds in grids.items():
        here = [abs(float(ds[axis][1] - ds[axis][0])) for axis in ("lat", "lon")]
        far = [max(a / b, b / a) > SLACK for a, b in zip(here, steps[name], strict=True) if a and b]
        if any(far):
            found, trained = (
                " x ".join(f"{each:g}" for each in pair) for pair in (here, steps[name])
            )
            warn(
                f"the {name} grid has steps of {found} degrees, the network was trained on "
                f"{trained}: its mean and sigma are not measured there"
            )
