"""Wet delays at no known height, in memory: what pairs are drawn from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError

__all__ = ["MoistureFields", "find_moisture"]


class MoistureFields(NamedTuple):
    """Wet delays at h = 0.

    Attributes
    ----------
    lat, lon : ndarray
        Axes, descending and ascending [deg].
    zwd : ndarray, shape (time, lat, lon)
        Wet delay; a model's own ground counts as h = 0 [m].
    zhd : ndarray or None
        Hydrostatic delay at h = 0; learned over sea alone, and of globes alone [m].
    land : ndarray, shape (lat, lon)
        1 on land, 0 on sea, 1 where it is not known [1].
    nodes : int
        Every how many nodes are targets.
    step : int
        Every how many targets are input nodes.

    Examples
    --------
    >>> zwd = np.zeros((1, 4, 6))
    >>> fields = MoistureFields(np.zeros(4), np.zeros(6), zwd, None, zwd[0], 2, 5)
    >>> fields.wrap
    False
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    zwd: NDArray[np.float32]
    zhd: NDArray[np.float32] | None
    land: NDArray[np.float32]
    nodes: int
    step: int

    @property
    def wrap(self) -> bool:
        """Whether the fields go round the globe."""
        lon = self.lon
        return bool(len(lon) > 2 and abs(lon[-1] - lon[0] + lon[1] - lon[0] - 360) < 1e-3)

    @property
    def spacing(self) -> float:
        """Step of the input nodes [deg]."""
        return float(abs(self.lat[1] - self.lat[0])) * self.nodes * self.step


def find_moisture(ds: xr.Dataset, nodes: int, step: int) -> MoistureFields:
    """Take the fields out of a standard grid, and refuse what no pair can be drawn from.

    Parameters
    ----------
    ds : Dataset
        Standard grid with zwd and, if they are known, zhd [m] and land_binary_mask [1].
    nodes, step : int
        As in `MoistureFields`.

    Returns
    -------
    MoistureFields
        In memory.

    Raises
    ------
    GridError
        If a region holds too few nodes, or the rows of a globe are no multiple.

    Examples
    --------
    >>> axes = {"time": [0], "lat": np.arange(40.0, 20, -1), "lon": np.arange(0.0, 25)}
    >>> ds = xr.Dataset({"zwd": (tuple(axes), np.full((1, 20, 25), 0.3))}, axes)
    >>> find_moisture(ds, 1, 5).zhd is None
    True
    """
    zwd = ds["zwd"].transpose("time", "lat", "lon").to_numpy().astype(np.float32)
    zhd = None
    if "zhd" in ds and np.isfinite(ds["zhd"]).any():
        zhd = ds["zhd"].transpose("time", "lat", "lon").to_numpy().astype(np.float32)
    lat, lon = (ds[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    land = np.ones(zwd.shape[1:], np.float32)
    if "land_binary_mask" in ds:
        land = ds["land_binary_mask"].transpose("lat", "lon").to_numpy().astype(np.float32)
    found = MoistureFields(lat, lon, zwd, zhd, land, nodes, step)
    every = nodes * step
    if found.wrap:
        fits = len(lat) % every == 0 and len(lon) % every == 0
    else:
        fits = min(len(lat), len(lon)) >= 3 * every
    if not fits:
        msg = (
            f"moisture fields of {len(lat)} x {len(lon)} nodes cannot be thinned by {nodes} and "
            f"{step}: a globe needs multiples of {every} rows and columns, a region at least "
            f"{3 * every} of each"
        )
        raise GridError(msg)
    return found
