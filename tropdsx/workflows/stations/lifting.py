"""Lift a grid to many stations over many epochs: a sparse product for each block of epochs.

:func:`tropdsx.workflows.evaluate.stations.delays_at` finds the factor of every node and station at
every epoch. Here the factors of a block are polynomials of the one field of the height model's
state that changes in time, such as the virtual temperature: see
:mod:`tropdsx.workflows.stations.terms`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.reduce.height_models import HeightModel, find_height_model
from tropdsx.reduce.pairs import NodeState, Pairs, State, pairs_of
from tropdsx.workflows.stations.terms import Argument, powers_of, sparse_product

__all__ = ["SeriesLifter", "epochs_of"]

EPOCHS = 192
"""Most epochs of a block: their state varies little."""
_NODES = 2_600_000
"""Nodes of a block, over all its epochs: 160 MB of fields and of the state of the height model."""
_NODES_AT_ONCE = 200_000
"""Nodes whose state is found at once: its steps stay in the processor's cache."""
_VALUES_AT_ONCE = 50_000
"""Values of nodes and epochs that are turned and multiplied at once, likewise."""


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
    (192, 40, 4)
    """
    return max(4, min(EPOCHS, _NODES // max(nodes, 1)))


@dataclass(frozen=True, eq=False)
class SeriesLifter:
    """Lifts blocks of epochs of one grid to the same stations.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes of the standard grid [deg].
    orography : ndarray, shape (J, I)
        Ellipsoidal heights of the nodes [m].
    place : Stencil
        Nodes and weights of each station, row by row of the grid: those of neighbours stay in the
        processor's cache.
    pairs : Pairs
        Nodes beside the heights of the stations, in the same order.
    order : ndarray of int, shape (P,)
        Places of these stations among those of the caller.
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
    order: NDArray[np.intp]
    model: HeightModel
    _rooms: dict[str, NDArray[np.float32]] = field(default_factory=dict, init=False, repr=False)

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
        found = make_stencil(lat, lon, to_lat, to_lon, interpolation=interpolation)
        order = np.lexsort((found.index.max(axis=1), found.index.min(axis=1) // lon.size))
        place = Stencil(found.index[order], found.weight[order])
        rise = np.asarray(height, np.float64)[order, None]
        pairs = pairs_of(place.index, lat, orography, rise, dtype=np.float64)
        return cls(lat, lon, orography, place, pairs, order, find_height_model(height_model))

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
            The delays at the stations [m]; missing where a station lies outside or a node is. The
            series of a station lie side by side in memory.
        """
        state = self._state(time, fields)
        names = [name for name in DELAYS if name in fields]
        ranges = [(part.min(axis=0), part.max(axis=0)) for part in state]
        # What is missing differs from itself, and varies.
        varying = [k for k, (low, high) in enumerate(ranges) if (low != high).any()]
        if len(varying) > 1:
            found = self._one_by_one(state, fields, names)
        else:
            found = self._by_terms(state, fields, names, varying, ranges)
        return {name: self._in_order(found[name], fields[name]) for name in names}

    def _by_terms(
        self,
        state: State,
        fields: dict[str, NDArray[np.floating]],
        names: list[str],
        varying: list[int],
        ranges: list[tuple[NDArray[np.floating], NDArray[np.floating]]],
    ) -> dict[str, NDArray[np.float32]]:
        """Lift a block (stations in order, epochs): at most one field of the state changes."""
        used, index = self._used
        argument = Argument.of(*(part[used] for part in ranges[varying[0]])) if varying else None
        factors = self._factors(state, varying, argument)
        size = (used.size, len(fields[names[0]]))
        x = self._room("argument", size)
        if argument is not None:
            self._turn(state[varying[0]], x, argument)
        out = {}
        nodal = self._room("powers", (len(factors), *size))
        for name in names:
            self._turn(fields[name], nodal[0])
            values = np.stack([each[DELAYS.index(name)] for each in factors])
            values *= self.place.weight
            terms = powers_of(values, _size_of(fields[name]))
            for part in self._parts(size[1]):
                for power in range(1, len(terms)):
                    np.multiply(nodal[power - 1, part], x[part], out=nodal[power, part])
            out[name] = sparse_product(terms, index, nodal[: len(terms)])
        return out

    def _factors(
        self, state: State, varying: list[int], argument: Argument | None
    ) -> list[tuple[NDArray[np.floating], NDArray[np.floating]]]:
        """Find the factors of all pairs at the points of the argument, or once."""
        _, index = self._used
        here = [part[0][self.place.index] for part in state]
        if argument is None:
            return [self.model.factors(tuple(here), self.pairs)]
        found = []
        for point in argument.points:
            here[varying[0]] = point[index]
            found.append(self.model.factors(tuple(here), self.pairs))
        return found

    def _state(
        self, time: NDArray[np.datetime64], fields: dict[str, NDArray[np.floating]]
    ) -> State:
        """Find the state of the height model (epochs or 1, nodes), a few epochs at once."""
        ground = self.orography.astype(np.float32)  # single precision in what follows
        step = max(1, _NODES_AT_ONCE // ground.size)
        parts = []
        for start in range(0, len(time), step):
            part = slice(start, start + step)
            given = {
                name: fields[name][part] if name in fields else None
                for name in (*DELAYS, "temperature")
            }
            nodes = NodeState(self.lat, self.lon, ground, time[part], *given.values())
            state = self.model.state(nodes)
            parts.append([each.reshape(len(each), -1) for each in state])
        return tuple(_joined(each) for each in zip(*parts, strict=True))

    def _turn(
        self,
        values: NDArray[np.floating],
        out: NDArray[np.float32],
        argument: Argument | None = None,
    ) -> None:
        """Turn a field (epochs, nodes of any shape) into (nodes that matter, epochs).

        Sparse products want the rows of nodes, and epochs lie side by side. A state becomes the
        argument of the polynomials.
        """
        used, _ = self._used
        values = values.reshape(len(values), -1)
        for part in self._parts(len(values)):
            nodes = used[part]
            dense = nodes[-1] - nodes[0] < nodes.size
            turned = values[:, slice(nodes[0], nodes[-1] + 1) if dense else nodes].T
            out[part] = turned if argument is None else argument(turned, part)

    def _parts(self, epochs: int) -> list[slice]:
        """Cut the nodes that matter into parts that fit the processor's cache."""
        step = max(1, _VALUES_AT_ONCE // max(epochs, 1))
        return [slice(start, start + step) for start in range(0, self._used[0].size, step)]

    def _room(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Give an array to fill, the same for each block: fresh memory costs as much as filling."""
        size = int(np.prod(shape))
        if name not in self._rooms or self._rooms[name].size < size:
            self._rooms[name] = np.empty(size, np.float32)
        return self._rooms[name][:size].reshape(shape)

    @cached_property
    def _used(self) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Nodes that stations need, and the places of each station's own among them."""
        index = self.place.index
        first, last = int(index.min(initial=0)), int(index.max(initial=0))
        used, places = np.unique(index, return_inverse=True)
        if 2 * used.size > last - first:  # taking them all is faster than picking most of them
            return np.arange(first, last + 1), np.asarray(index - first, np.int32)
        return used.astype(np.intp), np.asarray(places, np.int32).reshape(index.shape)

    def _in_order(self, found: NDArray[np.float32], nodal: NDArray) -> NDArray[np.float32]:
        """Give delays (stations in order, epochs) as (epochs, stations of the caller).

        What the cubic makes below zero is held to the least of its nodes, as a reduction does.
        """
        if np.fmin.reduce(found, axis=None, initial=0.0) < 0:
            places, epochs = np.nonzero(found < 0)
            around = nodal.reshape(len(nodal), -1)[epochs[:, None], self.place.index[places]]
            least = np.minimum(around.min(axis=-1), 0).astype(np.float32)
            found[places, epochs] = np.maximum(found[places, epochs], least)
        out = np.empty_like(found)
        out[self.order] = found
        return out.T

    def _one_by_one(
        self, state: State, fields: dict[str, NDArray[np.floating]], names: list[str]
    ) -> dict[str, NDArray[np.float32]]:
        """Lift each epoch with its own factors: several fields of the state change."""
        epochs = len(next(iter(fields.values())))
        out = {name: np.empty((self.order.size, epochs), np.float32) for name in names}
        for epoch in range(epochs):
            here = tuple(part[epoch % len(part)][self.place.index] for part in state)
            factors = self.model.factors(here, self.pairs)
            for name in names:
                around = self.place.gather(fields[name][epoch])
                out[name][:, epoch] = self.place.combine(around * factors[DELAYS.index(name)])
        return out


def _size_of(delays: NDArray[np.floating]) -> float:
    """Find how large delays get [m]: any epoch may be the only one that is not missing."""
    high, low = (of(delays, axis=None, initial=0.0) for of in (np.fmax.reduce, np.fmin.reduce))
    return float(max(high, -low))


def _joined(parts: tuple[NDArray[np.floating], ...]) -> NDArray[np.floating]:
    """Join a field of the state over its epochs; one that is the same at all has a single row."""
    first = parts[0][:1]
    if all(part.strides[0] == 0 and np.array_equal(part[:1], first) for part in parts):
        return first
    return np.concatenate(parts)
