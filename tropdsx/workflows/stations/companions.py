"""What lies beside the delays of a grid and serves stations, too: coefficients and gradients."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tropdsx.grid.checks.companions import GRADIENTS, companions_of
from tropdsx.grid.stencil import make_stencil
from tropdsx.workflows.stations.lifting import epochs_of

__all__ = ["companions_at"]


def companions_at(grid: xr.Dataset, places: xr.Dataset) -> dict[str, xr.Variable]:
    """Interpolate coefficients, which belong to height zero, and gradients horizontally.

    Parameters
    ----------
    grid : Dataset
        As :func:`tropdsx.grid.checks.companions.with_companions` gives it.
    places : Dataset
        ``lat`` and ``lon`` [deg] on ``station``.

    Returns
    -------
    dict of str to Variable
        Float32 on (time, station), in memory.

    Examples
    --------
    >>> companions_at(xr.Dataset(), xr.Dataset())
    {}
    """
    names = companions_of(grid)
    if not names:
        return {}
    where = [each[axis] for each in (grid, places) for axis in ("lat", "lon")]
    scalar, vector = (
        make_stencil(*where, interpolation="bilinear", vector=vector) for vector in (False, True)
    )
    size = (grid.sizes["time"], places.sizes["station"])
    out = {name: np.empty(size, np.float32) for name in names}
    step = epochs_of(grid.sizes["lat"] * grid.sizes["lon"])
    for start in range(0, size[0], step):
        part = slice(start, start + step)
        block = grid[names].isel(time=part).compute()
        for name in names:
            place = vector if name in GRADIENTS else scalar
            out[name][part] = place.apply(block[name].to_numpy())
    return {name: xr.Variable(("time", "station"), values) for name, values in out.items()}
