"""Stations that know of each other: the factor of their covariance, and what each would be without.

The Cholesky factor is made once for all stations; which of them report changes from epoch to epoch
and costs no new one. A value that is missing is replaced by what the others expect there, which
gives the same estimate as leaving the station out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places

__all__ = [
    "AT_ONCE",
    "NEAREST",
    "TILE",
    "Neighbourhood",
    "StationNetwork",
    "nearest_stations",
    "solve_together",
    "split_places",
]

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

#: Up to so many stations are solved at once; of more, each tile sees its nearest ones.
AT_ONCE, NEAREST = 1000, 256
TILE = 64
"""Stations in a tile of a network that is too large to be solved at once."""
#: Sets of reporting stations that are remembered.
KEPT = 16


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Stations that are solved together.

    Attributes
    ----------
    stations : ndarray of int, shape (k,)
        Which ones of the network.
    inverse : ndarray, shape (k, k)
        Inverse of the covariance of their observations.
    """

    stations: Rows
    inverse: Array

    def complete(self, values: Array) -> Array:
        """Fill in what the others expect where a station does not report.

        Parameters
        ----------
        values : ndarray, shape (k,)
            Residuals, NaN where there is none.

        Returns
        -------
        ndarray, shape (k,)

        Examples
        --------
        >>> pair = Neighbourhood(np.arange(2), np.linalg.inv([[1.0, 0.5], [0.5, 1.0]]))
        >>> pair.complete(np.array([2.0, np.nan])).round(6)
        array([2., 1.])
        """
        missing = np.isnan(values)
        if not missing.any():
            return values
        full = np.where(missing, 0.0, values)
        if missing.all():
            return full
        pull = self.inverse[np.ix_(missing, ~missing)] @ values[~missing]
        full[missing] = -cho_solve(cho_factor(self.inverse[np.ix_(missing, missing)]), pull)
        return full

    def lost(self, weights: NDArray, missing: NDArray[np.bool_]) -> Array:
        """Variance that comes back where stations do not report.

        Parameters
        ----------
        weights : ndarray, shape (m, k)
            Weights of all stations at m places.
        missing : ndarray of bool, shape (k,)
            Which do not report.

        Returns
        -------
        ndarray, shape (m,)
            What to add to the variance with all of them.
        """
        root = cholesky(self.inverse[np.ix_(missing, missing)], lower=True)
        return np.sum(solve_triangular(root, weights[:, missing].T, lower=True) ** 2, axis=0)

    def precision(self, missing: NDArray[np.bool_]) -> Array:
        """Inverse variance of each station that reports, given all others that do.

        Parameters
        ----------
        missing : ndarray of bool, shape (k,)
            Which do not report.

        Returns
        -------
        ndarray, shape (k,)
            Of no meaning where stations are missing.
        """
        own = np.diag(self.inverse)
        if not missing.any():
            return own
        root = cholesky(self.inverse[np.ix_(missing, missing)], lower=True)
        return own - np.sum(solve_triangular(root, self.inverse[missing], lower=True) ** 2, axis=0)


def solve_together(
    covariance: Covariance, places: Places, noise: Array, stations: Rows
) -> Neighbourhood:
    """Invert the covariance of the observations of some stations by its Cholesky factor.

    Parameters
    ----------
    covariance : Covariance
        Of the field.
    places : Places
        The n stations of the network.
    noise : ndarray, shape (n,)
        Standard deviations of their noise.
    stations : ndarray of int, shape (k,)
        Which are solved.

    Returns
    -------
    Neighbourhood

    Examples
    --------
    >>> pair = Places.at([47.0, 48.0], [19.0, 19.0])
    >>> solve_together(Covariance(), pair, np.full(2, 1e-3), np.arange(2)).inverse.shape
    (2, 2)
    """
    here = places[stations]
    matrix = covariance.between(here, here)
    # Two stations at one place without noise would be one: a millionth of the variance is noise.
    matrix[np.diag_indices_from(matrix)] += noise[stations] ** 2 + 1e-6 * covariance.variance
    factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return Neighbourhood(stations, cho_solve(factor, np.eye(len(here)), check_finite=False))


def nearest_stations(stations: Places, here: Places, most: int) -> Rows:
    """Find the stations that lie nearest to any of some places.

    Parameters
    ----------
    stations, here : Places
        Of the network, and where.
    most : int
        How many stations.

    Returns
    -------
    ndarray of int
        Ascending; all where there are no more.

    Examples
    --------
    >>> nearest_stations(Places.at([0.0, 5.0, 9.0], [0.0] * 3), Places.at([8.0], [0.0]), 2)
    array([1, 2])
    """
    if len(stations) <= most:
        return np.arange(len(stations))
    closeness = np.max(stations.unit @ here.unit.T, axis=1)
    return np.sort(np.argpartition(-closeness, most)[:most])


def split_places(places: Places, size: int) -> Iterator[Rows]:
    """Split places into compact groups, by halves along their widest extent.

    Parameters
    ----------
    places : Places
        Any number.
    size : int
        Most places of a group.

    Yields
    ------
    ndarray of int
        Members of a group.

    Examples
    --------
    >>> [group.tolist() for group in split_places(Places.at([0.0] * 4, [0.0, 50.0, 1.0, 51.0]), 2)]
    [[0, 2], [1, 3]]
    """
    waiting = [np.arange(len(places))] if len(places) else []
    while waiting:
        rows = waiting.pop()
        if rows.size <= size:
            yield np.sort(rows)
            continue
        unit = places.unit[rows]
        order = np.argsort(unit[:, np.argmax(np.ptp(unit, axis=0))], kind="stable")
        low, high = np.array_split(rows[order], 2)
        waiting += [low, high] if unit[order[0], 0] < unit[order[-1], 0] else [high, low]


class StationNetwork:
    """Observing stations, with the inverse of their covariance.

    Parameters
    ----------
    covariance : Covariance
        Of the field.
    places : Places
        The n stations.
    noise : ndarray, shape (n,), optional
        Standard deviations of their noise; default: that of the covariance.

    Examples
    --------
    >>> places = Places.at([47.0, 47.5, 48.0], [19.0, 19.5, 20.0])
    >>> network = StationNetwork(Covariance(), places)
    >>> error, sigma = network.leave_one_out(np.array([0.01, 0.03, 0.01]))
    >>> bool(error[1] > 2 * sigma[1])
    True
    """

    def __init__(self, covariance: Covariance, places: Places, noise: Array | None = None) -> None:
        level = np.full(len(places), covariance.noise)
        self.noise = level if noise is None else np.asarray(noise, np.float64)
        tile = len(places) if len(places) <= AT_ONCE else TILE
        self.groups: list[tuple[Rows, Neighbourhood]] = []
        self._known: dict[tuple[int, bytes], Array] = {}
        for members in split_places(places, tile):
            most = max(tile, NEAREST) if tile == TILE else tile
            rows = nearest_stations(places, places[members], most)
            self.groups.append((members, solve_together(covariance, places, self.noise, rows)))

    def leave_one_out(self, residuals: Array) -> tuple[Array, Array]:
        """Compare each observation with what the others say of it.

        Parameters
        ----------
        residuals : ndarray, shape (n,)
            NaN where a station does not report.

        Returns
        -------
        error : ndarray, shape (n,)
            Residual minus its estimate from the other stations; NaN where there is none.
        sigma : ndarray, shape (n,)
            Standard deviation that this difference should have.

        Notes
        -----
        Dubrule (1983), doi:10.1007/BF01033232: with K the covariance of the observations, the
        error is (K^-1 r)_i / (K^-1)_ii and its variance 1 / (K^-1)_ii.
        """
        error = np.full(residuals.size, np.nan)
        sigma = np.full(residuals.size, np.nan)
        for number, (members, near) in enumerate(self.groups):
            values = residuals[near.stations]
            missing = np.isnan(values)
            own = np.isin(near.stations, members) & ~missing
            precision = self._precision(number, missing)[own]
            there = near.stations[own]
            error[there] = (near.inverse @ near.complete(values))[own] / precision
            sigma[there] = 1.0 / np.sqrt(precision)
        return error, sigma

    def _precision(self, number: int, missing: NDArray[np.bool_]) -> Array:
        """Precision of a group: the same stations often report again."""
        key = (number, np.packbits(missing).tobytes())
        if key not in self._known:
            if len(self._known) >= KEPT * len(self.groups):
                self._known.clear()
            self._known[key] = self.groups[number][1].precision(missing)
        return self._known[key]
