"""Input of a height model: the state of the coarse nodes, and nodes paired with targets.

Targets are the points of a fine grid or stations; :func:`pairs_of` serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.gravity import normal_gravity
from tropdsx.atmos.saastamoinen import davis_ratio

__all__ = ["Factors", "NodeState", "Pairs", "State", "pairs_of"]

State: TypeAlias = tuple[NDArray[np.float32], ...]
"""Fields that the factors of a height model depend on."""

Factors: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Delay at the target per delay at the node, of ZHD and of ZWD [1]."""


@dataclass(frozen=True)
class NodeState:
    """The coarse nodes of one block of epochs: place, height, time and what was given there.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].
    height : ndarray, shape (J, I)
        Ellipsoidal height [m].
    time : ndarray of datetime64, shape (N,)
        Epochs in UTC; NaT stands for the annual mean.
    zhd, zwd : ndarray of float32, shape (N, J, I), or None
        Delays at the nodes, where the input has them [m].
    temperature : ndarray of float32, shape (N, J, I), or None
        Air temperature at the nodes, where the input has it [K].

    Examples
    --------
    >>> lat, lon, height = np.array([10.0, 5.0]), np.array([0.0, 5.0]), np.zeros((2, 2))
    >>> nodes = NodeState(lat, lon, height, np.array(["2021-01-01"], "datetime64[ns]"))
    >>> nodes.zwd is None
    True
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    height: NDArray[np.float64]
    time: NDArray[np.datetime64]
    zhd: NDArray[np.float32] | None = None
    zwd: NDArray[np.float32] | None = None
    temperature: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Pairs:
    """Nodes beside the heights of the targets that they serve; made by :func:`pairs_of`.

    The shapes of all attributes broadcast to the shape of `index`.

    Attributes
    ----------
    index : ndarray of int
        Flat place of the node in the coarse grid.
    lat : ndarray of float32
        Latitude of the node [deg].
    height_from, height_to, rise : ndarray of float32
        Height of the node, height of the target, and the second minus the first [m].
    gravity : ndarray of float32
        Normal gravity at the node's latitude, half way between the heights [m s-2].
    davis_ratio : ndarray of float32
        Gravity term of Saastamoinen's formula at the node's height over that at the target's [1].

    Examples
    --------
    >>> index = np.array([[0, 1]])
    >>> pairs = pairs_of(index, np.array([45.0]), np.array([[0.0, 100.0]]), np.array([[500.0]]))
    >>> pairs.rise.tolist()
    [[500.0, 400.0]]
    """

    index: NDArray[np.integer[Any]]
    lat: NDArray[np.float32]
    height_from: NDArray[np.float32]
    height_to: NDArray[np.float32]
    rise: NDArray[np.float32]
    gravity: NDArray[np.float32]
    davis_ratio: NDArray[np.float32]


def pairs_of(
    index: NDArray[np.integer[Any]],
    lat: NDArray[np.float64],
    node_height: NDArray[np.float64],
    height_to: NDArray[np.float64],
) -> Pairs:
    """Set nodes beside the heights of the targets that they serve.

    Parameters
    ----------
    index : ndarray of int
        Flat place of each node in the coarse grid, any shape: (K, C) for the K nodes of C targets.
    lat : ndarray, shape (J,)
        Latitudes of the coarse rows [deg].
    node_height : ndarray, shape (J, I)
        Ellipsoidal heights of all coarse nodes [m].
    height_to : ndarray
        Ellipsoidal heights of the targets; broadcasts against `index` [m].

    Returns
    -------
    Pairs
        What a height model needs to know of them, in single precision.

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Gravity: Somigliana's formula (NIMA TR8350.2, 2000). The ratio of the gravity terms: Davis et
    al. (1985), eq. A13, doi:10.1029/RS020i006p01593.

    Examples
    --------
    Two nodes, at sea level and at 1000 m, and one target at 1000 m:

    >>> lat, node_height = np.array([45.0]), np.array([[0.0, 1000.0]])
    >>> pairs = pairs_of(np.array([0, 1]), lat, node_height, np.array([1000.0]))
    >>> pairs.rise.tolist(), pairs.davis_ratio.round(5).tolist()
    ([1000.0, 0.0], [1.0002800226211548, 1.0])
    """
    node_lat = lat[index // node_height.shape[1]]
    height_from = node_height.reshape(-1)[index]
    ratio = davis_ratio(node_lat, height_from, height_to)
    gravity = normal_gravity(node_lat, 0.5 * (height_from + height_to))
    parts = (node_lat, height_from, height_to, height_to - height_from, gravity, ratio)
    return Pairs(index, *(np.ascontiguousarray(part, np.float32) for part in parts))
