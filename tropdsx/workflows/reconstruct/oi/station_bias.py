"""Stations that are wrong throughout: told by the median of their residuals, and by their scatter.

An observation is judged beside what a field may do in an hour. Errors of a background come and go,
those of a wrong height or antenna stay: the median of many epochs tells a constant error that each
of them would allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.own_errors import compare_medians

__all__ = ["LIMIT", "TOO_MANY", "StationBias", "find_biased", "find_common", "find_erratic"]
__all__ += ["no_bias"]

Array = NDArray[np.float64]

#: A median is that of a wrong station beyond so many of its standard deviations.
LIMIT = 4.0
#: Observations in different blocks of so many hours count as independent.
BLOCK = 12.0
#: What all stations have in common changes with the weather: more slowly [h].
BLOCK_OF_ALL = 36.0
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
#: Where they are off by so many times what they should be, none is left out.
MOST_ARE_OFF = 2.0
#: Fewer stations than this cannot tell which one is wrong.
FEW = 3
#: What is common to all is looked for at so many stations at most.
MEAN_OF = 256
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
        Which ones are beyond that, and are not believed.
    """

    offset: Array
    sigma: Array
    biased: NDArray[np.bool_]

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """Which ones are beyond it and are used all the same."""
        return (np.abs(self.offset) > LIMIT * self.sigma) & ~self.biased


class _Medians(NamedTuple):
    """Median residuals, their covariance by numbers of stations, deviations, and the widening."""

    values: Array
    between: Callable[[NDArray[np.intp]], Array]
    alone: Array
    wide: float


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
    found = _take_medians(residuals, _block_weights(residuals, hours), places, covariance, relative)
    if found is None:
        return no_bias(len(places))
    left, between, alone, wide = found
    most = _usual(np.abs(left - np.nanmedian(left)) / (alone / wide))
    return _told(left, places, between, most)


def find_common(
    residuals: Array, hours: Array, places: Places, covariance: Covariance, relative: Array
) -> tuple[float, float]:
    """Find what is constant in the residuals of all stations together.

    Parameters
    ----------
    residuals, hours, places, covariance, relative
        See :func:`find_biased`; stations that are biased left out.

    Returns
    -------
    offset, sigma : float
        Mean of their medians by generalised least squares, and the standard deviation that it
        should have; NaN with fewer than three stations.

    Examples
    --------
    >>> places = Places.at([47.0, 47.0, 49.0, 49.0], [15.0, 19.0, 15.0, 19.0])
    >>> residuals = 0.04 + np.random.default_rng(0).normal(0.0, 0.01, (60, 4))
    >>> given = (np.arange(60) * 12.0, places, Covariance(), np.ones(4))
    >>> [round(each, 3) for each in find_common(residuals, *given)]
    [0.039, 0.004]
    """
    middle = float(np.nanmedian(residuals)) if np.isfinite(residuals).any() else 0.0
    weights = _block_weights(residuals, hours, BLOCK_OF_ALL)
    medians = _take_medians(residuals - middle, weights, places, covariance, relative)
    if medians is None:
        return np.nan, np.nan
    there = np.flatnonzero(np.isfinite(medians.values))
    there = there[np.unique(np.linspace(0, there.size - 1, min(there.size, MEAN_OF)).astype(int))]
    pull = np.linalg.solve(medians.between(there), np.ones(there.size))
    mean = float(pull @ medians.values[there] / pull.sum())
    return middle + mean, float(pull.sum() ** -0.5)


def _take_medians(
    residuals: Array, weights: Array, places: Places, covariance: Covariance, relative: Array
) -> _Medians | None:
    """Take the medians of stations with enough observations; None of too few stations."""
    seen = np.isfinite(residuals).sum(axis=0) >= LEAST
    if seen.sum() < FEW:
        return None
    noise = covariance.noise * relative
    wide = _width(covariance, residuals[:, seen], places[seen], noise[seen])
    field = _times(covariance, wide)
    between, alone = _covariance_of_medians(field, places, noise, weights)
    left = np.full(len(places), np.nan)
    left[seen] = np.nanmedian(residuals[:, seen], axis=0)
    return _Medians(left, between, alone, wide)


def _told(
    values: Array, places: Places, between: Callable[[NDArray[np.intp]], Array], most: float
) -> StationBias:
    """Compare medians, and take out those that are too far off, until there are none."""
    first = compare_medians(values, places, between)
    error, sigma = (each.copy() for each in first)
    left, biased = values.copy(), np.zeros(values.size, bool)
    while np.isfinite(left).sum() >= FEW:
        off = np.where(biased, np.nan, np.abs(error) / sigma)
        # Where most are off, the background is: its errors stay longer.
        usual = min(most, _usual_of_good(off))
        more = off > LIMIT * usual
        if usual > MOST_ARE_OFF or not more.any():
            break
        biased |= more
        left[biased] = np.nan
        rest = compare_medians(left, places, between)
        error[~biased], sigma[~biased] = rest[0][~biased], rest[1][~biased]
    if biased.sum() > TOO_MANY * np.isfinite(values).sum():
        return StationBias(*first, np.zeros(values.size, bool))
    return StationBias(error, sigma, biased)


def _usual(off: Array) -> float:
    """How much larger most of some values are than they should be; one at least."""
    return max(1.0, float(np.nanmedian(off)) / MEDIAN)


def _usual_of_good(off: Array) -> float:
    """How much larger those are that are not beyond the limit, which this widens."""
    usual, wider = 0.0, 1.0
    while wider > usual:
        usual = wider
        within = off[off <= LIMIT * usual]
        wider = _usual(within) if within.size else usual
    return usual


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
    blocks = _block_weights(np.where(known, 0.0, np.nan), hours)
    return beyond & ((blocks > 0).sum(axis=0) >= BLOCKS)


def _width(covariance: Covariance, residuals: Array, places: Places, noise: Array) -> float:
    """How much wider than believed the residuals of most stations are; one at least."""
    spread = np.sqrt(np.nanmean(residuals**2, axis=0))
    level = np.sqrt(covariance.variance_at(places) + noise**2)
    return max(1.0, float(np.median(spread / level)))


def _times(covariance: Covariance, wide: float) -> Covariance:
    """Widen the field of a covariance."""
    parts = {name: wide * getattr(covariance, name) for name in ("local", "regional", "mountain")}
    return replace(covariance, **parts)


def _block_weights(values: Array, hours: Array, block: float = BLOCK) -> Array:
    """Find the share of each station's observations in each block of so many hours, (B, n)."""
    first = np.unique(np.floor(hours / block), return_index=True)[1]
    there = np.add.reduceat(np.isfinite(values), first, axis=0, dtype=np.float64)
    return there / np.maximum(there.sum(axis=0), 1.0)


def _covariance_of_medians(
    field: Covariance, places: Places, noise: Array, weights: Array
) -> tuple[Callable[[NDArray[np.intp]], Array], Array]:
    """Find the covariance of median residuals, by numbers of stations; their deviations, too.

    Of the field a part stays. The rest is another one in each block: medians share it as far as
    stations report in the same ones, and it becomes less with the number of these.
    """
    staying = replace(
        field,
        local=STAYS * field.local,
        regional=STAYS * field.regional,
        mountain=STAYS_ON_MOUNTAINS * field.mountain,
    )
    alone = (weights**2).sum(axis=0)  # one over the number of blocks
    level = noise**2 * (OF_MEDIANS * alone + OWN**2)

    def between(rows: NDArray[np.intp]) -> Array:
        here, share = places[rows], weights[:, rows]
        coming = field.between(here, here) * (OF_MEDIANS * share.T @ share)
        return np.asarray(staying.between(here, here) + coming + np.diag(level[rows]))

    whole = staying.variance_at(places) + OF_MEDIANS * alone * field.variance_at(places)
    return between, np.sqrt(whole + level)
