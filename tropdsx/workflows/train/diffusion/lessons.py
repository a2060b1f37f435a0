"""What a network learns from: backgrounds, truth, and stations that observed it; plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.diffusion.places import spread_on_grid
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting

__all__ = ["Lessons", "StationSet"]

Field = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StationSet:
    """Pseudo-stations, and what optimal interpolation makes of them at all epochs.

    Attributes
    ----------
    nodes : ndarray of int, shape (n,)
        Their places in the flattened grid.
    residuals : ndarray of float32, shape (T, n)
        What they observe beyond the background, over the scale; NaN where hidden or unknown [m].
    increment : ndarray of float32, shape (T, J, I)
        Over the scale [m].
    sigma : ndarray of float32, shape (J, I), or (T, J, I) where gaps change
        Over the scale [m].
    known : ndarray of bool, shape (J, I)
        Where stations may be; all but what the ambient objective hides.
    share : ndarray of float32, shape (J, I), optional
        How much of the background is smoothed; default: nothing [1].
    lacking : ndarray of float16, shape (T, J, I), optional
        What the fine fields lack themselves, over the scale; default: nothing [m].
    """

    nodes: NDArray[np.intp]
    residuals: NDArray[np.float32]
    increment: NDArray[np.float32]
    sigma: NDArray[np.float32]
    known: NDArray[np.bool_]
    share: NDArray[np.float32] | None = None
    lacking: NDArray[np.float16] | None = None


@dataclass(frozen=True, eq=False)
class Lessons:
    """Backgrounds and truth on the fine grid, and sets of stations.

    Attributes
    ----------
    times : ndarray of datetime64, shape (T,)
        Epochs.
    setting : Setting
        The fine grid.
    zwd : ndarray of float32, shape (T, J, I)
        Wet delay of the background [m].
    residual : ndarray of float32, shape (T, J, I)
        Total delay beyond the background, over the scale; NaN where it is not known [m].
    away : ndarray of float32, shape (T, J, I)
        What full smoothing adds to the wet delay of the background [m].
    free : ndarray of bool, shape (J, I)
        Nodes that are none of the coarse grid.
    sets : list of StationSet
        Stations.
    """

    times: NDArray[np.datetime64]
    setting: Setting
    zwd: NDArray[np.float32]
    residual: NDArray[np.float32]
    away: NDArray[np.float32]
    free: NDArray[np.bool_]
    sets: list[StationSet]

    @property
    def area(self) -> Field:
        """Area of each node, (J, I) [1]."""
        return np.cos(np.radians(self.setting.lat))[:, None] * np.ones(self.setting.lon.size)

    def scene(self, epoch: int, number: int) -> Scene:
        """Give what is known of an epoch to one set of stations.

        Parameters
        ----------
        epoch, number : int
            Which epoch, which set.

        Returns
        -------
        Scene
        """
        found = self.sets[number]
        shown = spread_on_grid(self.free.shape, found.nodes, found.residuals[epoch])
        known = found.known & np.isfinite(self.zwd[epoch])
        sigma = found.sigma if found.sigma.ndim == 2 else found.sigma[epoch]
        zwd = self.zwd[epoch]
        zwd = np.maximum(zwd + self.smoothed(epoch, number), np.minimum(zwd, 0))
        return Scene(zwd, found.increment[epoch], sigma, shown, known)

    def truth(self, epoch: int, number: int) -> NDArray[np.float32]:
        """Give what is wanted: total delay beyond the background that a set of stations smooths.

        Parameters
        ----------
        epoch, number : int
            Which epoch, which set.

        Returns
        -------
        ndarray, shape (J, I)
            Over the scale, NaN where it is not known [m].
        """
        lacking = self.sets[number].lacking
        out = self.residual[epoch] - self.smoothed(epoch, number) / self.setting.scale
        return np.asarray(out if lacking is None else out + lacking[epoch], np.float32)

    def smoothed(self, epoch: int, number: int) -> NDArray[np.float32]:
        """Give what a set of stations adds to the background by smoothing it.

        Parameters
        ----------
        epoch, number : int
            Which epoch, which set.

        Returns
        -------
        ndarray, shape (J, I)
            [m]
        """
        share = self.sets[number].share
        return np.zeros_like(self.away[epoch]) if share is None else share * self.away[epoch]
