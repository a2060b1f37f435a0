"""Input of a height model: the state of the coarse nodes, and nodes paired with targets.

Targets are the points of a fine grid or stations; :func:`pairs_of` serves both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tropdsx.atmos.gravity import normal_gravity
from tropdsx.atmos.saastamoinen import davis_ratio
from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import GridError, warn

__all__ = [
    "CoarseBlock",
    "Factors",
    "NodeState",
    "Pairs",
    "State",
    "pairs_of",
    "tell_missing",
]

State: TypeAlias = tuple[NDArray[np.floating], ...]
"""Fields that the factors of a height model depend on."""

Factors: TypeAlias = tuple[NDArray[np.floating], NDArray[np.floating]]
"""Delay at the target per delay at the node, of ZHD and of ZWD [1]."""


@dataclass(frozen=True)
class NodeState:
    """The coarse nodes of one block of epochs: place, height, time and what was given there.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].
    height : ndarray, shape (J, I)
        Ellipsoidal height [m]; where it is float32, single precision is enough for the state.
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
    height: NDArray[np.floating]
    time: NDArray[np.datetime64]
    zhd: NDArray[np.float32] | None = None
    zwd: NDArray[np.float32] | None = None
    temperature: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class CoarseBlock:
    """What is lifted: N epochs of delays at the nodes, and the state of the height model there.

    Attributes
    ----------
    lat : ndarray, shape (J,)
        Latitudes of the rows [deg].
    height : ndarray, shape (J, I)
        Ellipsoidal heights of the nodes [m].
    state : tuple of ndarray of float32, shape (N, J * I)
        State of the height model.
    delays : mapping of ndarray of float32, shape (N, J * I)
        Delays by name [m].

    Examples
    --------
    >>> zwd = np.full((1, 4), 0.2, np.float32)
    >>> CoarseBlock(np.array([5.0, 0.0]), np.zeros((2, 2)), (), {"zwd": zwd}).epochs
    1
    """

    lat: NDArray[np.float64]
    height: NDArray[np.float64]
    state: State
    delays: Mapping[str, NDArray[np.float32]]

    @property
    def epochs(self) -> int:
        """Number of epochs."""
        return len(next(iter(self.delays.values())))


@dataclass(frozen=True)
class Pairs:
    """Nodes beside the heights of the targets that they serve; made by :func:`pairs_of`.

    The shapes of all attributes broadcast to the shape of `index`.

    Attributes
    ----------
    index : ndarray of int
        Flat place of the node in the coarse grid.
    lat : ndarray of float32 or float64
        Latitude of the node [deg].
    height_from, height_to, rise : ndarray of float32 or float64
        Height of the node, height of the target, and the second minus the first [m].
    gravity : ndarray of float32 or float64
        Normal gravity at the node's latitude, half way between the heights [m s-2].
    davis_ratio : ndarray of float32 or float64
        Gravity term of Saastamoinen's formula at the node's height over that at the target's [1].

    Examples
    --------
    >>> index = np.array([[0, 1]])
    >>> pairs = pairs_of(index, np.array([45.0]), np.array([[0.0, 100.0]]), np.array([[500.0]]))
    >>> pairs.rise.tolist()
    [[500.0, 400.0]]
    """

    index: NDArray[np.integer[Any]]
    lat: NDArray[np.floating]
    height_from: NDArray[np.floating]
    height_to: NDArray[np.floating]
    rise: NDArray[np.floating]
    gravity: NDArray[np.floating]
    davis_ratio: NDArray[np.floating]


def pairs_of(
    index: NDArray[np.integer[Any]],
    lat: NDArray[np.float64],
    node_height: NDArray[np.float64],
    height_to: NDArray[np.float64],
    *,
    dtype: DTypeLike = np.float32,
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
    dtype : dtype, optional
        Precision of the result.

    Returns
    -------
    Pairs
        What a height model needs to know of them.

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
    return Pairs(index, *(np.ascontiguousarray(part, dtype) for part in parts))


def tell_missing(
    fields: dict[str, NDArray[np.float32]],
    height: NDArray[np.float64],
    epochs: NDArray[np.datetime64],
) -> None:
    """Tell of missing nodes: the cells they touch are missing in the result.

    Parameters
    ----------
    fields : dict of ndarray, shape (N, J, I)
        What is known at the nodes.
    height : ndarray, shape (J, I)
        Heights of the nodes [m].
    epochs : ndarray of datetime64, shape (N,)
        Epochs in UTC.

    Raises
    ------
    GridError
        If no node has a height.

    Examples
    --------
    >>> tell_missing({"zwd": np.ones((1, 2, 2))}, np.zeros((2, 2)), np.array(["NaT"], "M8[ns]"))
    """
    if np.isnan(height).all():
        msg = (
            "all coarse heights are missing (NaN), so that no delay can be lifted; accepted are "
            "heights in m: correct the orography, give coarse_orography= (--coarse-orography FILE),"
            ' or "none" to leave heights out of account'
        )
        raise GridError(msg)
    known: list[tuple[str, NDArray[Any]]] = [(n, fields[n]) for n in DELAYS if n in fields]
    for name, field in [*known, ("height", height)]:
        missing = np.isnan(field)
        if missing.any():
            text = (
                f"{int(missing.sum())} of {field.size} coarse {name} values are missing"
                f"{_first_epoch(missing, epochs)}; so are the cells that they touch"
            )
            warn(text, topic=f"coarse {name} missing")


def _first_epoch(missing: NDArray[np.bool_], epochs: NDArray[np.datetime64]) -> str:
    """Name the first epoch that lacks a value, where fields have epochs and these have dates."""
    if missing.ndim < 3:
        return ""
    first = epochs[missing.any(axis=(-2, -1))][0]
    return "" if np.isnat(first) else f", first at {np.datetime_as_string(first, unit='m')}"
