"""What a height model is asked: the state of the coarse nodes beside the height of each target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.gravity import normal_gravity
from tropdsx.atmos.height import lift_zhd
from tropdsx.grid.stencil import Stencil

__all__ = ["Nodes", "Pairs", "pairs_of"]


@dataclass(frozen=True)
class Nodes:
    """The coarse nodes of one block of epochs: place, height, time and delays.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [degree].
    height : ndarray, shape (J, I)
        Ellipsoidal height [m].
    time : ndarray of datetime64, shape (N,)
        Epochs in UTC; NaT stands for the annual mean.
    zhd, zwd, temperature : ndarray of float32, shape (N, J, I), or None
        Delays [m] and air temperature [K] at the nodes, where the input has them.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    height: NDArray[np.float64]
    time: NDArray[np.datetime64]
    zhd: NDArray[np.float32] | None
    zwd: NDArray[np.float32] | None
    temperature: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Pairs:
    """Nodes beside the heights of the target points they serve; the shapes broadcast.

    Attributes
    ----------
    index : ndarray of int
        Flat node index.
    lat, height_from, height_to, rise, gravity : ndarray of float32
        Node latitude [degree], heights, their difference [m] and gravity half way [m s-2].
    davis_ratio : ndarray of float32
        Change of Saastamoinen's gravity term between the heights [1].
    """

    index: NDArray[np.integer]
    lat: NDArray[np.float32]
    height_from: NDArray[np.float32]
    height_to: NDArray[np.float32]
    rise: NDArray[np.float32]
    gravity: NDArray[np.float32]
    davis_ratio: NDArray[np.float32]


def pairs_of(
    place: Stencil, lat: NDArray[np.float64], orography: NDArray[np.float64], height: NDArray
) -> Pairs:
    """Every node of every station's stencil, beside the station's height.

    Parameters
    ----------
    place : Stencil
        Nodes of each station, shape (P, K).
    lat : ndarray, shape (J,)
        Latitude of the rows of the grid [degree].
    orography : ndarray, shape (J, I)
        Height of the nodes [m].
    height : ndarray, shape (P,)
        Height of the stations [m].

    Returns
    -------
    Pairs
    """
    node_lat = lat[place.index // orography.shape[1]]
    height_from = orography.reshape(-1)[place.index]
    height_to = height[:, None]
    ratio = lift_zhd(1.0, node_lat, height_from, height_to, 288.15, gravity=0.0)
    gravity = normal_gravity(node_lat, 0.5 * (height_from + height_to))
    parts = (node_lat, height_from, height_to, height_to - height_from, gravity, ratio)
    return Pairs(place.index, *(np.asarray(part).astype(np.float32) for part in parts))
