"""Stations that are wrong throughout: told by the median of their residuals, and by their scatter.

An observation is judged beside what a field may do in an hour. Errors of a background come and go,
those of a wrong height or antenna stay: the median of many epochs tells a constant error that each
of them would allow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.network import StationNetwork

__all__ = ["LIMIT", "TOO_MANY", "StationBias", "find_biased", "find_erratic", "no_bias"]

Array = NDArray[np.float64]

#: A median is that of a wrong station beyond so many of its standard deviations.
LIMIT = 4.0
#: Observations in different blocks of so many hours count as independent.
BLOCK = 12.0
#: A constant error takes so many observations, a scatter so many blocks.
LEAST, BLOCKS = 3, 10
#: Variance of a median over that of a mean, of normal variables.
OF_MEDIANS = 0.5 * np.pi
#: Share of the standard deviations that stays from week to week: of the background, on mountains.
STAYS, STAYS_ON_MOUNTAINS = 0.3, 0.75
#: A good station's own constant error, in standard deviations of its noise.
OWN = 2.0
#: Where more stations than this share seem wrong, it is not they that are.
TOO_MANY = 1.0 / 3.0
#: Fewer stations than this cannot tell which one is wrong.
FEW = 3
#: Half of the observations of a station that scatters too much are beyond this.
ERRATIC = 2.5
#: Median of the absolute value of a normal variable of unit variance.
MEDIAN = 0.6745


class StationBias(NamedTuple):
    """What is constant in the residuals of stations.

    Attributes
    ----------
    offset : ndarray, shape (n,)
        Median residual minus what those of the others say; NaN with less than three observations.
    sigma : ndarray, shape (n,)
        Standard deviation that this should have: a constant error below four of it is not told
        from the background's. NaN with fewer than three stations.
    biased : ndarray of bool, shape (n,)
        Which ones are beyond that.
    """

    offset: Array
    sigma: Array
    biased: NDArray[np.bool_]


def no_bias(count: int) -> StationBias:
    """Say of stations that nothing is known.

    Parameters
    ----------
    count : int
        How many.

    Returns
    -------
    StationBias

    Examples
    --------
    >>> no_bias(2)
    StationBias(offset=array([nan, nan]), sigma=array([nan, nan]), biased=array([False, False]))
    """
    unknown = np.full(count, np.nan)
    return StationBias(unknown, unknown.copy(), np.zeros(count, bool))


def find_biased(
    residuals: Array,
    hours: Array,
    places: Places,
    covariance: Covariance,
    relative: Array,
) -> StationBias:
    """Find stations whose residuals are off throughout.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where there is none.
    hours : ndarray, shape (T,)
        Times, ascending [h].
    places : Places
        The n stations.
    covariance : Covariance
        What is believed of the residuals, before any was seen; it is widened to those of most
        stations.
    relative : ndarray, shape (n,)
        Noise of each station beside that of the others [1].

    Returns
    -------
    StationBias
        None is biased where more than a third of the stations would be.

    Examples
    --------
    >>> places = Places.at([47.0, 47.0, 49.0, 49.0], [15.0, 19.0, 15.0, 19.0])
    >>> residuals = np.random.default_rng(0).normal(0.0, 0.01, (60, 4))
    >>> residuals[:, 2] += 0.05
    >>> found = find_biased(residuals, np.arange(60) * 12.0, places, Covariance(), np.ones(4))
    >>> found.biased.tolist(), found.offset[2].round(2).item()
    ([False, False, True, False], 0.05)
    """
    count = len(places)
    seen = np.isfinite(residuals).sum(axis=0) >= LEAST
    if seen.sum() < FEW:
        return no_bias(count)
    noise = covariance.noise * relative
    wide = _width(covariance, residuals[:, seen], places[seen], noise[seen])
    blocks = _count_blocks(residuals, hours)
    usual = np.median(blocks[seen])
    network, alone = _network_of_medians(_times(covariance, wide), places, noise, blocks, usual)
    left = np.full(count, np.nan)
    left[seen] = np.nanmedian(residuals[:, seen], axis=0)
    return _worst_first(network, left, _usual(left - np.nanmedian(left), alone / wide))


def _worst_first(network: StationNetwork, values: Array, most: float) -> StationBias:
    """Compare medians, and take out the one that is furthest off, as long as it is too far."""
    biased = np.zeros(values.size, bool)
    count = np.isfinite(values).sum()
    error, sigma = network.leave_one_out(values)
    found = StationBias(error.copy(), sigma.copy(), biased)
    while count - biased.sum() >= FEW:
        off = np.where(biased, np.nan, np.abs(error) / sigma)
        worst = int(np.nanargmax(off))
        without = np.where(biased, np.nan, values)
        without[worst] = np.nan
        error, sigma = network.leave_one_out(without)
        # Where the others are off without it, too, the background is: its errors stay longer.
        if off[worst] <= LIMIT * min(most, _usual(error, sigma)):
            break
        biased[worst] = True
        there = np.isfinite(without)
        found.offset[there], found.sigma[there] = error[there], sigma[there]
    if biased.sum() > TOO_MANY * count:
        biased[:] = False
    return found


def _usual(values: Array, sigma: Array) -> float:
    """How much larger values are than they should be, for most of them; one at least."""
    return max(1.0, float(np.nanmedian(np.abs(values) / sigma)) / MEDIAN)


def find_erratic(
    error: Array, sigma: Array, refused: NDArray[np.bool_], hours: Array
) -> NDArray[np.bool_]:
    """Find stations of which most observations disagree with the others, now so and now so.

    Parameters
    ----------
    error, sigma : ndarray, shape (T, n)
        Residual minus what the other stations say, and the standard deviation of that; NaN where
        there is none.
    refused : ndarray of bool, shape (T, n)
        Observations that are taken for blunders.
    hours : ndarray, shape (T,)
        Times, ascending [h].

    Returns
    -------
    ndarray of bool, shape (n,)
        Those that report in ten half days at least, with half of their observations more than
        two and a half standard deviations off.

    Examples
    --------
    >>> hours = np.arange(20) * 12.0
    >>> error = np.where(np.arange(20)[:, None] % 2, 1.0, -1.0) * [0.5, 3.0]
    >>> find_erratic(error, np.ones((20, 2)), np.zeros((20, 2), bool), hours).tolist()
    [False, True]
    """
    off = np.where(refused, np.inf, np.abs(error) / sigma)
    known = ~np.isnan(off)
    beyond = (off > ERRATIC).sum(axis=0) > 0.5 * known.sum(axis=0)
    blocks = _count_blocks(np.where(known, 0.0, np.nan), hours)
    return beyond & (blocks >= BLOCKS)


def _width(covariance: Covariance, residuals: Array, places: Places, noise: Array) -> float:
    """How much wider than believed the residuals of most stations are; one at least."""
    spread = np.sqrt(np.nanmean(residuals**2, axis=0))
    level = np.sqrt(covariance.variance_at(places) + noise**2)
    return max(1.0, float(np.median(spread / level)))


def _times(covariance: Covariance, wide: float) -> Covariance:
    """Widen the field of a covariance."""
    parts = {name: wide * getattr(covariance, name) for name in ("local", "regional", "mountain")}
    return replace(covariance, **parts)


def _count_blocks(values: Array, hours: Array) -> NDArray[np.intp]:
    """Count the half days in which each station reports."""
    number = np.unique(np.floor(hours / BLOCK), return_inverse=True)[1].ravel()
    there = np.zeros((int(number.max(initial=-1)) + 1, values.shape[1]), bool)
    np.logical_or.at(there, number, np.isfinite(values))
    return there.sum(axis=0)


def _network_of_medians(
    field: Covariance,
    places: Places,
    noise: Array,
    blocks: NDArray[np.intp],
    usual: float,
) -> tuple[StationNetwork, Array]:
    """Bring stations together by the covariance of their median residuals; its deviations, too.

    Of the field a part stays and the rest becomes less with the number of blocks; a station that
    has fewer than usual has what is missing as noise.
    """
    here = {"local": STAYS, "regional": STAYS, "mountain": STAYS_ON_MOUNTAINS}
    parts = {
        name: getattr(field, name) * np.sqrt(stays**2 + OF_MEDIANS / usual)
        for name, stays in here.items()
    }
    own = np.maximum(blocks, 1)
    fewer = field.variance_at(places) * np.maximum(1.0 / own - 1.0 / usual, 0.0)
    level = np.sqrt(OF_MEDIANS * (noise**2 / own + fewer) + (OWN * noise) ** 2)
    medians = replace(field, **parts)
    alone = np.sqrt(medians.variance_at(places) + level**2)
    return StationNetwork(medians, places, level), alone
