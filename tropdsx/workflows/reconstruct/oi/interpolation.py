"""Optimal interpolation: the estimate of a field from observations of some of its places.

With B the covariance of the field between target and stations and K that of the observations, the
estimate is B K^-1 r and its variance C0 - B K^-1 B' (Gandin, 1965; Bretherton et al., 1976,
doi:10.1016/0011-7471(76)90001-2): simple kriging, the best linear estimate where mean and
covariance are known.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.network import (
    AT_ONCE,
    NEAREST,
    Neighbourhood,
    nearest_stations,
    solve_together,
    split_places,
)

__all__ = ["Estimate", "Interpolator"]

Array = NDArray[np.float64]

#: A station counts at a place where the covariance of both is above this share of the variance.
COUNTS = 0.05
#: Weights of all stations at all places may take so much memory [byte].
WEIGHT_BYTES = 2**30
#: Places that are computed at once, and those that share their nearest stations.
PIECE, TILE, TILES = 4096, 64, 4000
#: Sets of reporting stations whose sigma is kept.
KEPT = 4


class Estimate(NamedTuple):
    """What is known of a field at some places.

    Attributes
    ----------
    mean, sigma : ndarray, shape (m,)
        Estimate and its standard deviation.
    used : ndarray of int, shape (m,)
        Stations that report, and whose covariance with the place is above a twentieth of the
        variance.
    """

    mean: Array
    sigma: Array
    used: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class _Tile:
    """Places that share their stations."""

    places: slice | NDArray[np.intp]
    near: Neighbourhood
    weights: NDArray[np.float32]
    counts: NDArray[np.bool_]
    variance: Array


class Interpolator:
    """Estimates at fixed places from stations of which each epoch has some.

    Weights are computed when they are first needed, and once for all epochs.

    Parameters
    ----------
    covariance : Covariance
        Of the field.
    stations : Places
        The n stations.
    targets : Places
        The m places.
    noise : ndarray, shape (n,), optional
        Standard deviations of the stations' noise; default: that of the covariance.

    Examples
    --------
    >>> stations, here = Places.at([47.0], [19.0]), Places.at([47.0, -40.0], [19.0, 100.0])
    >>> found = Interpolator(Covariance(), stations, here)(np.array([0.02]))
    >>> found.mean.round(4), found.sigma.round(4), found.used
    (array([0.0198, 0.    ]), array([0.0012, 0.0135]), array([1, 0], dtype=int16))
    """

    def __init__(
        self,
        covariance: Covariance,
        stations: Places,
        targets: Places,
        noise: Array | None = None,
    ) -> None:
        self._given = (covariance, stations, targets, noise)
        self._clear()

    def _clear(self) -> None:
        self._tiles: list[_Tile] | None = None
        self._sigmas: OrderedDict[bytes, tuple[Array, NDArray[np.int16]]] = OrderedDict()
        self._lock = threading.Lock()

    def __getstate__(self) -> tuple[Any, ...]:
        """Travel to other processes without what each can compute."""
        return self._given

    def __setstate__(self, given: tuple[Any, ...]) -> None:
        self._given = given
        self._clear()

    def __call__(self, residuals: Array) -> Estimate:
        """Estimate the field of one epoch.

        Parameters
        ----------
        residuals : ndarray, shape (n,)
            Observations minus background, NaN where a station does not report.

        Returns
        -------
        Estimate
            At the m places.
        """
        with self._lock:
            if self._tiles is None:
                self._tiles = self._make_tiles()
        mean = np.zeros(len(self._given[2]))
        for tile in self._tiles:
            full = tile.near.complete(residuals[tile.near.stations])
            mean[tile.places] = tile.weights @ full.astype(np.float32)
        return Estimate(mean, *self._sigma(np.isnan(residuals)))

    def _sigma(self, missing: NDArray[np.bool_]) -> tuple[Array, NDArray[np.int16]]:
        """Sigma and count depend on who reports alone."""
        pattern = np.packbits(missing).tobytes()
        with self._lock:
            if pattern in self._sigmas:
                self._sigmas.move_to_end(pattern)
                return self._sigmas[pattern]
        size = len(self._given[2])
        variance, used = np.zeros(size), np.zeros(size, np.int16)
        for tile in self._tiles or ():
            gone = missing[tile.near.stations]
            variance[tile.places] = tile.variance
            if gone.any():
                variance[tile.places] += tile.near.lost(tile.weights, gone)
            used[tile.places] = tile.counts[:, ~gone].sum(axis=1)
        found = np.sqrt(variance), used
        with self._lock:
            self._sigmas[pattern] = found
            while len(self._sigmas) > KEPT:
                self._sigmas.popitem(last=False)
        return found

    def _make_tiles(self) -> list[_Tile]:
        covariance, stations, targets, noise = self._given
        level = np.full(len(stations), covariance.noise) if noise is None else noise
        size, count = len(targets), len(stations)
        most = WEIGHT_BYTES // (5 * max(size, 1))
        if count <= min(AT_ONCE, most):
            everyone = solve_together(covariance, stations, level, np.arange(count))
            pieces = [slice(at, at + PIECE) for at in range(0, size, PIECE)]
            return [_solve(covariance, stations, targets, piece, everyone) for piece in pieces]
        nearest = int(np.clip(most, TILE, NEAREST))
        tiles = []
        for rows in split_places(targets, max(TILE, size // TILES)):
            chosen = nearest_stations(stations, targets[rows], nearest)
            near = solve_together(covariance, stations, level, chosen)
            tiles.append(_solve(covariance, stations, targets, rows, near))
        return tiles


def _solve(
    covariance: Covariance,
    stations: Places,
    targets: Places,
    places: slice | NDArray[np.intp],
    near: Neighbourhood,
) -> _Tile:
    """Compute weights and variance at some places."""
    field = covariance.between(targets[places], stations[near.stations])
    weights = field @ near.inverse
    own = covariance.variance_at(targets[places])
    variance = own - np.einsum("ij,ij->i", weights, field)
    return _Tile(
        places,
        near,
        weights.astype(np.float32),
        field > COUNTS * own[:, None],
        np.maximum(variance, 0.0),
    )
