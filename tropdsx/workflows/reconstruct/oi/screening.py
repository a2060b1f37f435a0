"""Which stations and which of their observations are believed: by background and neighbours."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.fit import fit_covariance, thin_epochs
from tropdsx.workflows.reconstruct.oi.network import StationNetwork
from tropdsx.workflows.reconstruct.oi.station_bias import (
    TOO_MANY,
    StationBias,
    find_biased,
    find_common,
    find_erratic,
    no_bias,
)

__all__ = ["Flag", "Screening", "screen", "screen_as_before"]

Array = NDArray[np.float64]

#: Residuals are refused beyond so many standard deviations: of the background, of the neighbours.
BACKGROUND, NEIGHBOURS = 5.0, 4.0
#: A station that loses this share of its observations is no part of the fit.
UNFIT = 0.2
#: Fewer stations than this cannot tell which one is wrong.
FEW = 3
#: Median of the absolute value of a normal variable of unit variance.
MEDIAN = 0.6745


class Flag(IntEnum):
    """What became of an observation."""

    USED = 0
    MISSING = 1
    FAR_FROM_BACKGROUND = 2
    FAR_FROM_NEIGHBOURS = 3
    BIASED_STATION = 4
    ERRATIC_STATION = 5


class _Noise(NamedTuple):
    """Noise of stations: beside that of the others, and what comes to it of each."""

    relative: Array
    own: Array

    def of(self, covariance: Covariance) -> Array:
        """Join it with the noise of a covariance."""
        return np.hypot(covariance.noise * self.relative, self.own)


class Screening(NamedTuple):
    """Observations that passed, and how well they agree.

    Attributes
    ----------
    covariance : Covariance
        As fitted, or as given.
    noise : ndarray, shape (n,)
        Standard deviations of the stations' noise; of one in doubt with what it is off.
    residuals : ndarray, shape (T, n)
        Observation minus background of what is used, else NaN.
    flags : ndarray of int8, shape (T, n)
        Of :class:`Flag`.
    error, sigma : ndarray, shape (T, n)
        Residual minus what the other stations say, and the standard deviation of that.
    bias : StationBias
        What is constant in the residuals of each station.
    common : tuple of float
        What is constant in those of all that are used, and how large that should be.
    """

    covariance: Covariance
    noise: Array
    residuals: Array
    flags: NDArray[np.int8]
    error: Array
    sigma: Array
    bias: StationBias
    common: tuple[float, float] = (np.nan, np.nan)


def screen(
    residuals: Array,
    hours: Array,
    places: Places,
    *,
    relative: Array | None = None,
    prior: Covariance | None = None,
    fit: bool = True,
) -> Screening:
    """Fit the covariance of residuals and take out those that cannot be.

    Stations that are wrong throughout are taken out as a whole. Where they are too many for that,
    each is believed as if it were as noisy as it is off.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where there is none.
    hours : ndarray, shape (T,)
        Times, ascending [h].
    places : Places
        The n stations.
    relative : ndarray, shape (n,), optional
        Noise of each station beside that of the others; default: all alike [1].
    prior : Covariance, optional
        What is believed of the covariance before.
    fit : bool, optional
        Whether the residuals may change that.

    Returns
    -------
    Screening

    Examples
    --------
    >>> places = Places.at([47.0, 47.1, 47.2, 47.3], [19.0] * 4)
    >>> residuals = np.array([[0.001, 0.0, 0.04, 0.001], [0.0, 0.1, np.nan, 0.0]])
    >>> screen(residuals, np.array([0.0, 6.0]), places, fit=False).flags
    array([[0, 0, 3, 0],
           [0, 2, 1, 0]], dtype=int8)
    """
    prior = prior or Covariance()
    ratio = np.ones(len(places)) if relative is None else np.asarray(relative, np.float64)
    bias = find_biased(residuals, hours, places, prior, ratio)
    level = _Noise(ratio, np.where(bias.doubtful, bias.offset, 0.0))
    rest = np.where(bias.biased, np.nan, residuals)
    common = find_common(rest, hours, places, prior, ratio)
    found = _screen_rest(rest, hours, places, level, prior, fit)
    erratic = find_erratic(found.error, found.sigma, found.flags > Flag.MISSING, hours)
    if erratic.any() and erratic.mean() <= TOO_MANY:
        rest = np.where(bias.biased | erratic, np.nan, residuals)
        found = _screen_rest(rest, hours, places, level, prior, fit)
        found.flags[:, erratic] = Flag.ERRATIC_STATION
    found.flags[:, bias.biased] = Flag.BIASED_STATION
    found.flags[np.isnan(residuals)] = Flag.MISSING
    return found._replace(bias=bias, common=common)


def screen_as_before(
    residuals: Array,
    places: Places,
    covariance: Covariance,
    noise: Array,
    verdicts: NDArray[np.int8],
    bias: StationBias,
) -> Screening:
    """Screen observations by what was found of their stations before: each epoch by itself.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where there is none.
    places : Places
        The n stations.
    covariance : Covariance
        As it was fitted.
    noise : ndarray, shape (n,)
        Standard deviations of the stations' noise.
    verdicts : ndarray of int8, shape (n,)
        ``BIASED_STATION`` or ``ERRATIC_STATION`` for those that are left out as a whole, else
        ``USED``.
    bias : StationBias
        What was constant in their residuals.

    Returns
    -------
    Screening

    Examples
    --------
    >>> places = Places.at([47.0, 47.1, 47.2], [19.0] * 3)
    >>> left_out = np.array([0, 0, Flag.BIASED_STATION], np.int8)
    >>> given = (places, Covariance(), np.full(3, 1e-3), left_out, no_bias(3))
    >>> screen_as_before(np.array([[0.001, np.nan, 0.002]]), *given).flags
    array([[0, 1, 4]], dtype=int8)
    """
    out = verdicts > Flag.FAR_FROM_NEIGHBOURS
    found = _judge(np.where(out, np.nan, residuals), places, covariance, noise)
    found.flags[:, out] = verdicts[out]
    found.flags[np.isnan(residuals)] = Flag.MISSING
    return found._replace(bias=bias)


def _screen_rest(
    residuals: Array, hours: Array, places: Places, level: _Noise, prior: Covariance, fit: bool
) -> Screening:
    """Fit the covariance to stations that may be right now and then, and judge each observation."""
    if not fit:
        return _judge(residuals, places, prior, level.of(prior))
    clean = _without_gross(residuals, prior, places, level)[thin_epochs(hours)]
    unfit = np.zeros(len(places), bool)
    while True:
        covariance = fit_covariance(clean, places, prior=prior, noise=level.relative, own=level.own)
        found = _judge(residuals, places, covariance, level.of(covariance))
        # A station that is often wrong has a share in what its observations were judged by.
        more = _lost_share(found.flags) > UNFIT
        if not (more & ~unfit).any() or (more | unfit).mean() > 0.5:
            return found  # more than half: it is the covariance that does not fit
        unfit |= more
        clean = np.where(unfit, np.nan, clean)


def _lost_share(flags: NDArray[np.int8]) -> Array:
    """Share of each station's observations that is not believed."""
    lost = (flags > Flag.MISSING).sum(axis=0)
    return lost / np.maximum((flags != Flag.MISSING).sum(axis=0), 1)


def _judge(residuals: Array, places: Places, covariance: Covariance, noise: Array) -> Screening:
    """Take out those that cannot be of this covariance."""
    flags = np.where(np.isnan(residuals), Flag.MISSING, Flag.USED).astype(np.int8)
    spread = np.sqrt(covariance.variance_at(places) + noise**2)
    flags[np.abs(residuals) > BACKGROUND * spread] = Flag.FAR_FROM_BACKGROUND
    kept = np.where(flags == Flag.USED, residuals, np.nan)
    error, sigma = np.full(kept.shape, np.nan), np.full(kept.shape, np.nan)
    if len(places):
        network = StationNetwork(covariance, places, noise)
        for row, values in enumerate(kept):
            error[row], sigma[row] = _compare(network, values)
    flags[(flags == Flag.USED) & np.isnan(kept)] = Flag.FAR_FROM_NEIGHBOURS
    return Screening(covariance, noise, kept, flags, error, sigma, no_bias(len(places)))


def _without_gross(residuals: Array, prior: Covariance, places: Places, level: _Noise) -> Array:
    """Take out what no covariance explains: the spread itself must not be of its making."""
    known = np.abs(residuals[np.isfinite(residuals)])
    spread = float(np.median(known)) / MEDIAN if known.size else 0.0
    field = np.maximum(prior.variance_at(places), spread**2)
    most = BACKGROUND * np.sqrt(field + level.of(prior) ** 2)
    return np.where(np.abs(residuals) > most, np.nan, residuals)


def _compare(network: StationNetwork, values: Array) -> tuple[Array, Array]:
    """Compare the stations of an epoch; those that disagree are taken out of `values`."""
    while True:
        error, sigma = network.leave_one_out(values)
        if np.isfinite(values).sum() < FEW:
            return error, sigma
        off = np.nan_to_num(np.abs(error) / sigma)
        # One blunder spoils what its neighbours are compared with: the worst goes first.
        worst = np.array([members[np.argmax(off[members])] for members, _ in network.groups])
        worst = worst[off[worst] > NEIGHBOURS]
        if not worst.size:
            return error, sigma
        values[worst] = np.nan
