"""The heights that delays are held against, and a quick look at many epochs of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.mean_atmospheres import standard_height

__all__ = ["FLAT", "RELIEF_SHARE", "SLOPES", "Ground", "curvature", "fits_plainly"]

#: Between neighbours: this share of the relief between them, for air that is no standard
#: atmosphere.
RELIEF_SHARE = 0.1
#: How the implied height may change over a metre of terrain: warm air 0.88, an Arctic winter 1.2.
SLOPES = (0.75, 1.3)
#: What is further than this from a limit is so in single precision, too.
_PLAIN = 0.98
#: Relief of less than this is flat [m2].
FLAT = 400.0


class Ground(NamedTuple):
    """What epochs on the same heights share.

    Attributes
    ----------
    height : ndarray, shape (J, I)
        Heights looked at [m].
    to_pressure : ndarray, shape (J, I)
        Pressure of a metre of hydrostatic delay [hPa m-1].
    wet : ndarray, shape (J, I)
        Mean wet delay [m].
    weight : ndarray, shape (J, I)
        Share of each node in a mean [1].
    relief : ndarray, shape (J - 2, I - 2)
        Curvature of the heights [m].

    Examples
    --------
    >>> Ground(*[np.zeros((3, 3))] * 5).height.shape
    (3, 3)
    """

    height: NDArray[np.float64]
    to_pressure: NDArray[np.floating]
    wet: NDArray[np.floating]
    weight: NDArray[np.float64]
    relief: NDArray[np.float64]


def curvature(field: NDArray[Any]) -> NDArray[Any]:
    """Find the difference of each inner node from the mean of the four around it.

    Parameters
    ----------
    field : ndarray, shape (..., J, I)
        Values of any unit.

    Returns
    -------
    ndarray, shape (..., J - 2, I - 2)
        In the same unit.

    Examples
    --------
    >>> curvature(np.array([[0, 0, 0], [4, 4, 4], [0, 0, 0.0]])).tolist()
    [[2.0]]
    """
    inner = field[..., 1:-1, 1:-1]
    around = field[..., 1:-1, :-2] + field[..., 1:-1, 2:]
    around = around + field[..., :-2, 1:-1] + field[..., 2:, 1:-1]
    return np.asarray(inner - around / 4.0)


def fits_plainly(
    delays: NDArray[np.floating], ground: Ground, limits: tuple[float, float], weather: float
) -> NDArray[np.bool_]:
    """Say which epochs are far from all limits; the others want a careful look.

    Parameters
    ----------
    delays : ndarray, shape (N, J, I)
        Hydrostatic delays at the nodes that are looked at [m].
    ground : Ground
        Heights there.
    limits : tuple of float
        What the implied height may be off at most: rms and mean [m].
    weather : float
        What the weather makes between neighbours [m].

    Returns
    -------
    ndarray of bool, shape (N,)
        False also where a delay or a height is missing.

    Examples
    --------
    >>> flat = np.zeros((4, 4))
    >>> ground = Ground(flat, flat + 439.2, flat, flat + 1, curvature(flat))
    >>> delays = np.array([2.307, 0.3, np.nan])[:, None, None] + flat
    >>> fits_plainly(delays, ground, (350.0, 120.0), 10.0).tolist()
    [True, False, False]
    """
    height, to_pressure, _, weight, relief = (
        np.ascontiguousarray(part, np.float32) for part in ground
    )
    weight, power = (weight / weight.sum()).ravel(), float(np.mean(relief**2))
    allowed = max(RELIEF_SHARE * np.sqrt(power) + weather, 1.0)
    pressure = delays.astype(np.float32) * to_pressure
    implied = standard_height(np.maximum(pressure, np.float32(1.0), out=pressure))
    off = (implied - height).reshape(len(implied), -1)
    steps = curvature(implied).reshape(len(implied), -1)
    slope = np.ones(len(steps), np.float32)
    if power > FLAT:
        slope = np.clip(steps @ relief.ravel() / (relief.size * np.float32(power)), *SLOPES)
    rest = steps - slope[:, None] * relief.ravel()
    badness = (
        np.sqrt(np.einsum("nk,nk->n", off, off) / off.shape[1]) / limits[0],
        np.abs(off @ weight) / limits[1],
        np.sqrt(np.einsum("nk,nk->n", rest, rest) / rest.shape[1]) / allowed,
    )
    return np.asarray(np.max(badness, axis=0) < _PLAIN)
