"""Lift a grid to many stations over many epochs: a few sparse products for each block of epochs.

:func:`tropdsx.workflows.evaluate.stations.delays_at` finds the factor of every node and station at
every epoch. Here the factors of a block are polynomials of the one field of the height model's
state that changes in time, such as the virtual temperature: lifted delays are then products of
matrices (station, node), which hold for the whole block, with fields at the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.reduce.height_models import HeightModel, find_height_model
from tropdsx.reduce.pairs import NodeState, Pairs, State, pairs_of

__all__ = ["SeriesLifter", "epochs_of"]

EPOCHS = 96
"""Most epochs of a block: their state varies little."""
_NODES = 2_000_000
"""Nodes of a block, over all its epochs: 120 MB of fields and of the state of the height model."""
_NODES_AT_ONCE = 100_000
"""Nodes whose state is found at once: its steps stay in the processor's cache."""
_WHERE = np.cos(np.pi * (np.arange(3) + 0.5) / 3)
"""Where within the range of the state factors are found (Chebyshev); the rest is below 0.02 mm."""
_TO_POWERS = np.linalg.inv(np.vander(_WHERE, increasing=True))
"""What makes coefficients of 1, x and x^2 of values at these places."""


def epochs_of(nodes: int) -> int:
    """Find how many epochs of a grid a block holds.

    Parameters
    ----------
    nodes : int
        Of the grid.

    Returns
    -------
    int
        At least 4, so that the factors of a block serve some.

    Examples
    --------
    >>> epochs_of(2592), epochs_of(64800), epochs_of(1038240)
    (96, 30, 4)
    """
    return max(4, min(EPOCHS, _NODES // max(nodes, 1)))


@dataclass(frozen=True)
class SeriesLifter:
    """Lifts blocks of epochs of one grid to the same stations.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes of the standard grid [deg].
    orography : ndarray, shape (J, I)
        Ellipsoidal heights of the nodes [m].
    place : Stencil
        Nodes and weights of each station.
    pairs : Pairs
        Nodes beside the heights of the stations.
    model : HeightModel
        How delays change with height.

    Examples
    --------
    >>> lat, lon = np.array([10.0, 5.0]), np.array([0.0, 5.0])
    >>> place = ([7.0], [2.0], [500.0])
    >>> lifter = SeriesLifter.of(lat, lon, np.zeros((2, 2)), place, height_model="kouba")
    >>> zwd = np.full((1, 2, 2), 0.2, np.float32)
    >>> time = np.array(["2021-01-01"], "datetime64[ns]")
    >>> lifter(time, {"zwd": zwd})["zwd"].round(4)
    array([[0.1558]], dtype=float32)
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    orography: NDArray[np.float64]
    place: Stencil
    pairs: Pairs
    model: HeightModel

    @classmethod
    def of(
        cls,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        orography: NDArray[np.float64],
        stations: tuple[ArrayLike, ArrayLike, ArrayLike],
        *,
        height_model: Any = "climatology",
        interpolation: str = "bicubic",
    ) -> SeriesLifter:
        """Make one of a grid and stations.

        Parameters
        ----------
        lat, lon, orography : ndarray
            See :class:`SeriesLifter`.
        stations : tuple of array_like, shape (P,)
            Their latitudes, longitudes [deg] and ellipsoidal heights [m].
        height_model : optional
            See :func:`tropdsx.reduce.height_models.find_height_model`.
        interpolation : {"bicubic", "bilinear"}, optional
            How nodes combine.

        Returns
        -------
        SeriesLifter
        """
        to_lat, to_lon, height = stations
        place = make_stencil(lat, lon, to_lat, to_lon, interpolation=interpolation)
        rise = np.asarray(height, np.float64)[:, None]
        pairs = pairs_of(place.index, lat, orography, rise, dtype=np.float64)
        return cls(lat, lon, orography, place, pairs, find_height_model(height_model))

    def __call__(
        self, time: NDArray[np.datetime64], fields: dict[str, NDArray[np.floating]]
    ) -> dict[str, NDArray[np.float32]]:
        """Lift a block of epochs.

        Parameters
        ----------
        time : ndarray of datetime64, shape (N,)
            Epochs; NaT stands for the annual mean.
        fields : dict of ndarray, shape (N, J, I)
            ``zhd``, ``zwd`` [m], and ``temperature`` [K] where it is there.

        Returns
        -------
        dict of ndarray of float32, shape (N, P)
            The delays at the stations [m]; missing where a station lies outside or a node is.
        """
        state = self._state(time, fields)
        names = [name for name in DELAYS if name in fields]
        varying = [k for k, part in enumerate(state) if (part != part[:1]).any()]
        if len(varying) > 1:
            return self._one_by_one(state, fields, names)
        used, index = self._used
        # Nodes first: sparse products want their rows, and epochs lie side by side.
        powers, points = _powers_of(self._nodal(state[varying[0]]) if varying else None)
        factors = [
            self.model.factors(
                tuple(
                    point[index] if varying == [k] else part[0][self.place.index]
                    for k, part in enumerate(state)
                ),
                self.pairs,
            )
            for point in points
        ]
        out = {}
        shares = _TO_POWERS if varying else np.ones((1, 1))
        nodal = np.empty((len(shares), used.size, len(time)), np.float32)
        for name in names:
            weights = [self.place.weight * each[DELAYS.index(name)] for each in factors]
            # The highest power first: rounding is least where small terms are added first.
            nodal[-1] = self._nodal(fields[name])
            for number in range(len(shares) - 1, 0, -1):
                np.multiply(nodal[number], powers, out=nodal[number - 1])
            matrix = _matrix(np.tensordot(shares[::-1], weights, 1), index, used.size)
            found = matrix @ nodal.reshape(-1, len(time))
            out[name] = self._bounded(found.T, fields[name])
        return out

    def _state(
        self, time: NDArray[np.datetime64], fields: dict[str, NDArray[np.floating]]
    ) -> State:
        """Find the state of the height model (epochs or 1, nodes), a few epochs at once."""
        step = max(1, _NODES_AT_ONCE // self.orography.size)
        parts = []
        for start in range(0, len(time), step):
            part = slice(start, start + step)
            given = {
                name: fields[name][part] if name in fields else None
                for name in (*DELAYS, "temperature")
            }
            nodes = NodeState(self.lat, self.lon, self.orography, time[part], *given.values())
            state = self.model.state(nodes)
            parts.append([each.reshape(len(each), -1) for each in state])
        return tuple(_joined(each) for each in zip(*parts, strict=True))

    def _nodal(self, field: NDArray[np.floating]) -> NDArray[np.floating]:
        """Turn a field (epochs, nodes of any shape) into (nodes that matter, epochs)."""
        used, _ = self._used
        field = field.reshape(len(field), -1)
        return field.T if used.size == field.shape[1] else field[:, used].T

    @cached_property
    def _used(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Nodes that any station needs, and the places of each station's own among them."""
        used, index = np.unique(self.place.index, return_inverse=True)
        return used.astype(np.intp), np.asarray(index, np.intp).reshape(self.place.index.shape)

    def _bounded(self, found: NDArray[np.float32], field: NDArray) -> NDArray[np.float32]:
        """Hold what the cubic makes below zero to the least of its nodes, as a reduction does."""
        if np.nanmin(found, initial=0.0) < 0:
            epochs, places = np.nonzero(found < 0)
            around = field.reshape(len(field), -1)[epochs[:, None], self.place.index[places]]
            least = np.minimum(around.min(axis=-1), 0).astype(np.float32)
            found[epochs, places] = np.maximum(found[epochs, places], least)
        return found

    def _one_by_one(
        self, state: State, fields: dict[str, NDArray[np.floating]], names: list[str]
    ) -> dict[str, NDArray[np.float32]]:
        """Lift each epoch with its own factors: several fields of the state change."""
        epochs = len(next(iter(fields.values())))
        out = {name: np.empty((epochs, self.place.index.shape[0]), np.float32) for name in names}
        for epoch in range(epochs):
            here = tuple(part[epoch % len(part)][self.place.index] for part in state)
            factors = self.model.factors(here, self.pairs)
            for name in names:
                around = self.place.gather(fields[name][epoch])
                out[name][epoch] = self.place.combine(around * factors[DELAYS.index(name)])
        return {name: self._bounded(out[name], fields[name]) for name in names}


def _joined(parts: tuple[NDArray[np.floating], ...]) -> NDArray[np.floating]:
    """Join a field of the state over its epochs; one that is the same at all has a single row."""
    first = parts[0][:1]
    if all(part.strides[0] == 0 and np.array_equal(part[:1], first) for part in parts):
        return first
    return np.concatenate(parts)


def _powers_of(
    state: NDArray[np.floating] | None,
) -> tuple[NDArray[np.float32], list[NDArray[np.float64]]]:
    """Scale a state (nodes, epochs) to -1 ... 1 at each node, and name the states of `_WHERE`."""
    if state is None:
        return np.zeros((0, 0), np.float32), [np.zeros(0)]
    low, high = state.min(axis=1).astype(np.float64), state.max(axis=1).astype(np.float64)
    middle, half = 0.5 * (low + high), np.maximum(0.5 * (high - low), 1e-3)
    share = state - middle[:, None].astype(np.float32)
    share *= (1.0 / half[:, None]).astype(np.float32)
    return np.ascontiguousarray(share, np.float32), [middle + half * where for where in _WHERE]


def _matrix(weights: NDArray[np.floating], index: NDArray[np.integer], nodes: int) -> Any:
    """Make one sparse matrix (stations, powers x nodes) of weights (powers, stations, 16)."""
    from scipy.sparse import csr_array

    powers, rows, width = weights.shape
    columns = index[:, None, :] + nodes * np.arange(powers)[:, None]
    pointer = np.arange(0, rows * powers * width + 1, powers * width)
    values = weights.transpose(1, 0, 2).astype(np.float32)
    return csr_array(
        (values.ravel(), columns.astype(np.int32).ravel(), pointer), shape=(rows, powers * nodes)
    )
