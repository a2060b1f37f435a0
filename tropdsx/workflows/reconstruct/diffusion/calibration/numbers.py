"""Two numbers of a network at work: how much of it counts beside interpolation, and its sigma."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["AS_IS", "LEAST_OBSERVATIONS", "LEAST_PLACES", "Calibration", "fit_calibration"]

Array = NDArray[np.float64]

LEAST_PLACES, LEAST_OBSERVATIONS = 5, 40
"""So many places, and observations at them, are wanted: fewer say nothing."""
#: The share before any station was seen, and how far it is believed.
SHARE, BELIEF = 1.0, 1.0
#: Interval that is to hold this part of the errors, and how many standard deviations it is wide.
HELD, WIDE = 0.9, 1.6449
#: The factor of sigma stays between these; places that its logarithm is drawn to zero by.
FACTORS, DRAWN = (0.5, 3.0), 2.0
#: Errors beyond so many standard deviations have less weight; median of a normal variable's size.
FAR, MEDIAN = 3.0, 0.6745
#: Smaller standard deviations are taken for none.
TINY = 1e-9

_Found = TypeVar("_Found", bound=Any)


class Calibration(NamedTuple):
    """What left-out stations say of a network.

    Attributes
    ----------
    share : float
        Of what the network adds to the optimal interpolation: 1 for all of it, 0 for none [1].
    factor : float
        By which sigma is multiplied [1].
    observations, places : int
        That tell it; 0 where nothing is known, and the network is taken as it is.

    Examples
    --------
    >>> Calibration(share=0.5, factor=2.0).sigma(np.array([0.04]), np.array([0.01]))
    array([0.04])
    """

    share: float = 1.0
    factor: float = 1.0
    observations: int = 0
    places: int = 0

    def mean(self, interpolated: Array, learned: Array) -> Array:
        """Join the estimates of interpolation and network.

        Parameters
        ----------
        interpolated, learned : ndarray
            Estimates, in any unit.

        Returns
        -------
        ndarray
        """
        return interpolated + self.share * (learned - interpolated)

    def sigma(self, interpolated: Array, learned: Array) -> Array:
        """Join their standard deviations.

        Parameters
        ----------
        interpolated, learned : ndarray
            Standard deviations, in any unit.

        Returns
        -------
        ndarray
            The geometric mean by the share, times the factor.
        """
        size = (np.maximum(each, TINY) for each in (interpolated, learned))
        expected, own = size
        return np.asarray(self.factor * expected ** (1 - self.share) * own**self.share)

    def applied(self, found: _Found, mean: Array, sigma: Array) -> _Found:
        """Calibrate an analysis.

        Parameters
        ----------
        found : NamedTuple
            With ``mean``, ``sigma``, and ``members`` and ``states`` along a first axis, which may
            be empty.
        mean, sigma : ndarray
            Of the optimal interpolation there.

        Returns
        -------
        NamedTuple
            Of the same kind.
        """
        if self[:2] == (1.0, 1.0):  # bit for bit
            return found
        centre, size = self.mean(mean, found.mean), self.sigma(sigma, found.sigma)
        members, states = found.members, found.states
        if len(members):
            members = centre + (members - found.mean) * (size / np.maximum(found.sigma, TINY))
        if len(states):
            states = self.mean(mean, states)
        return found._replace(mean=centre, sigma=size, members=members, states=states)

    def told(self) -> str:
        """Say it in words.

        Returns
        -------
        str
            Empty where nothing is known.

        Examples
        --------
        >>> Calibration(0.5, 1.2, 900, 40).told()
        'at 900 observations of 40 places that were left out in turn, 0.50 of what the network \
adds to the interpolation counts, and its sigma is multiplied by 1.20'
        """
        if not self.observations:
            return ""
        return (
            f"at {self.observations} observations of {self.places} places that were left out in "
            f"turn, {self.share:.2f} of what the network adds to the interpolation counts, and "
            f"its sigma is multiplied by {self.factor:.2f}"
        )


AS_IS = Calibration()
"""Of a network that no station tells anything of."""


def fit_calibration(
    error: Array, sigma: Array, shift: Array, own: Array, noise: Array, place: NDArray[np.intp]
) -> Calibration:
    """Find how much of a network counts, and how large its sigma should be.

    Parameters
    ----------
    error, sigma : ndarray, shape (T, n)
        Observation minus optimal interpolation at stations that were left out, NaN where there is
        none, and the standard deviation of the interpolation.
    shift, own : ndarray, shape (T, n)
        What the network adds to the interpolation, and its standard deviation.
    noise : ndarray, shape (n,)
        Standard deviations of the stations' noise.
    place : ndarray of int, shape (n,)
        Which of them are at one place.

    Returns
    -------
    Calibration
        The share of weighted least squares, whose error counts epochs and places as independent of
        each other but not what belongs to one of them, and which starts from 1 with a standard
        deviation of 1; from 0 to 1. The factor with which nine tenths of the errors are in
        the 90 % interval, drawn to 1 by as much as two places. Neither changes where there are
        fewer than five places or forty observations.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shift, ones = rng.normal(size=(40, 20)), np.ones((40, 20))
    >>> error = 0.5 * shift + rng.normal(size=(40, 20))
    >>> found = fit_calibration(error, ones, shift, 0.5 * ones, np.zeros(20), np.arange(20))
    >>> 0.4 < found.share < 0.65, 1.2 < found.factor < 1.6
    (True, True)
    """
    known = np.isfinite(error) & np.isfinite(shift) & np.isfinite(own) & np.isfinite(sigma)
    count, places = int(known.sum()), int(np.unique(place[known.any(0)]).size)
    if count < LEAST_OBSERVATIONS or places < LEAST_PLACES:
        return AS_IS
    share = _share(error, shift, np.where(known, 1.0 / (sigma**2 + noise**2), 0.0), place)
    found = Calibration(share)
    left = (error - share * shift)[known]
    size, level = found.sigma(sigma, own)[known], np.broadcast_to(noise, known.shape)[known]
    drawn = places / (places + DRAWN)
    return Calibration(share, float(_factor(left, size, level) ** drawn), count, places)


def _share(error: Array, shift: Array, weight: Array, place: NDArray[np.intp]) -> float:
    """Regress errors on shifts."""
    error, shift = np.nan_to_num(error), np.nan_to_num(shift)
    weight = weight * _trust(np.abs(error) * np.sqrt(weight), weight > 0)
    power = float(np.sum(weight * shift**2))
    if power <= TINY**2:
        return SHARE
    least = float(np.sum(weight * shift * error)) / power
    score = weight * shift * (error - least * shift)
    by_place = np.zeros(int(place.max()) + 1)
    np.add.at(by_place, place, score.sum(0))
    spread = max(float(np.sum(score.sum(1) ** 2)), float(np.sum(by_place**2))) / power**2
    certain, before = 1.0 / max(spread, TINY), 1.0 / BELIEF**2
    return float(np.clip((certain * least + before * SHARE) / (certain + before), 0.0, 1.0))


def _trust(size: Array, known: NDArray[np.bool_]) -> Array:
    """Weigh errors down that are far beyond what most are (Huber, 1964)."""
    usual = max(float(np.median(size[known])) / MEDIAN, TINY)
    return np.minimum(1.0, FAR * usual / np.maximum(size, TINY))


def _factor(error: Array, sigma: Array, noise: Array) -> float:
    """Find the factor with which the interval holds what it should, by halves."""
    low, high = np.log(FACTORS)
    for _ in range(40):
        middle = (low + high) / 2
        reach = np.abs(error) / np.hypot(np.exp(middle) * sigma, np.maximum(noise, TINY))
        wider = np.quantile(reach, HELD) > WIDE
        low, high = (middle, high) if wider else (low, middle)
    return float(np.exp((low + high) / 2))
