"""The setting of a plan: what a network is told of the target and of the grid behind it."""

from __future__ import annotations

import numpy as np

from tropdsx.errors import warn
from tropdsx.grid.orography import sample_heights
from tropdsx.pipeline.plan import Plan
from tropdsx.workflows.reconstruct.diffusion.condition import closeness_of
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.variability import scale_on_target

__all__ = ["setting_of", "warn_of_other_grids"]

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
    """
    fine, grid = plan.target.fine, plan.grid
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
