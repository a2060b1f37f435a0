"""What is said of stations that are left out as a whole, and of those that could not be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tropdsx.read.text import list_some
from tropdsx.workflows.reconstruct.oi.screening import Flag, Screening
from tropdsx.workflows.reconstruct.oi.station_bias import LIMIT

__all__ = ["describe_common", "describe_doubt", "describe_limit", "describe_stations"]

Array = NDArray[np.float64]

#: Total delays change by so much with the height [mm/m].
MM_PER_METRE = 0.3


def describe_stations(names: Sequence[str], screening: Screening, scale: Array) -> list[str]:
    """Say which stations are left out as a whole, and why.

    Parameters
    ----------
    names : sequence of str
        Of the n stations.
    screening : Screening
        Divided by the scale.
    scale : ndarray, shape (n,)
        Of the stations [1].

    Returns
    -------
    list of str
        A line for each.

    Examples
    --------
    >>> from tropdsx.workflows.reconstruct.oi.covariance import Places
    >>> from tropdsx.workflows.reconstruct.oi.screening import screen
    >>> places = Places.at([47.0, 47.0, 49.0, 49.0], [15.0, 19.0, 15.0, 19.0])
    >>> residuals = np.zeros((60, 4)) + [0.0, 0.0, 0.05, 0.0]
    >>> found = screen(residuals, np.arange(60) * 12.0, places, fit=False)
    >>> describe_stations("ABCD", found, np.ones(4))  # doctest: +ELLIPSIS
    ['station C is left out: its total delays are 50 mm too large throughout (beside ...
    """
    lines = []
    offset, sigma = (1000.0 * scale * each for each in screening.bias[:2])
    for place in np.flatnonzero((screening.flags == Flag.BIASED_STATION).any(axis=0)).tolist():
        how = "large" if offset[place] > 0 else "small"
        lines.append(
            f"station {names[place]} is left out: its total delays are {abs(offset[place]):.0f} mm "
            f"too {how} throughout (beside the other stations and the background, to "
            f"{sigma[place]:.0f} mm); check its height, what that counts from, and its antenna"
        )
    lines += [
        f"station {names[place]} is left out: more than half of its total delays disagree with "
        "the other stations; check its processing"
        for place in np.flatnonzero((screening.flags == Flag.ERRATIC_STATION).any(axis=0)).tolist()
    ]
    return lines


def describe_doubt(names: Sequence[str], screening: Screening) -> str:
    """Say which stations differ throughout from the others and are used all the same.

    Parameters
    ----------
    names : sequence of str
        Of the n stations.
    screening : Screening
        Of them.

    Returns
    -------
    str
        One line; empty where there are none.

    Examples
    --------
    >>> from tropdsx.workflows.reconstruct.oi.covariance import Places
    >>> from tropdsx.workflows.reconstruct.oi.screening import screen
    >>> places = Places.at([47.0, 47.0, 49.0, 49.0], [15.0, 19.0, 15.0, 19.0])
    >>> residuals = np.zeros((60, 4)) + [0.1, 0.0, -0.1, 0.0]
    >>> found = screen(residuals, np.arange(60) * 12.0, places, fit=False)
    >>> describe_doubt("ABCD", found)  # doctest: +ELLIPSIS
    'A, C (of 4) differ throughout from other stations and are used, each as if it were as noisy...
    """
    left_out = (screening.flags > Flag.FAR_FROM_NEIGHBOURS).any(axis=0)
    off = screening.bias.doubtful & ~left_out
    if not off.any():
        return ""
    return (
        f"{list_some([names[place] for place in np.flatnonzero(off).tolist()])} (of {off.size}) "
        "differ throughout from other stations and are used, each as if it were as noisy as it is "
        "off: it may be the background that is wrong; check their heights and what these count "
        "from, and leave out what is wrong"
    )


def describe_common(screening: Screening, scale: Array) -> str:
    """Say that all stations differ from the background, by more than it may be wrong.

    Parameters
    ----------
    screening : Screening
        Divided by the scale.
    scale : ndarray, shape (n,)
        Of the stations [1].

    Returns
    -------
    str
        One line; empty where they do not.

    Examples
    --------
    >>> from tropdsx.workflows.reconstruct.oi.covariance import Places
    >>> from tropdsx.workflows.reconstruct.oi.screening import screen
    >>> places = Places.at([47.0, 47.0, 49.0, 49.0], [15.0, 19.0, 15.0, 19.0])
    >>> found = screen(np.full((60, 4), -0.1), np.arange(60) * 12.0, places, fit=False)
    >>> describe_common(found, np.ones(4))  # doctest: +ELLIPSIS
    'the total delays of all stations together are 100 mm smaller than those of the background...
    """
    offset, sigma = (1000.0 * float(np.median(scale)) * each for each in screening.common)
    if not abs(offset) > LIMIT * sigma:
        return ""
    how = "larger" if offset > 0 else "smaller"
    off = abs(offset) / MM_PER_METRE
    return (
        f"the total delays of all stations together are {abs(offset):.0f} mm {how} than those of "
        f"the background throughout, as heights would make them that are wrong by about "
        f"{off:.0f} m, or, in a short period, weather that the background misses: check what "
        "heights count from (--station-heights), and the background"
    )


def describe_limit(screening: Screening, scale: Array) -> str:
    """Say how wrong a station may be throughout without being noticed.

    Parameters
    ----------
    screening : Screening
        Divided by the scale.
    scale : ndarray, shape (n,)
        Of the stations [1].

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> from tropdsx.workflows.reconstruct.oi.covariance import Places
    >>> from tropdsx.workflows.reconstruct.oi.screening import screen
    >>> found = screen(np.zeros((1, 1)), np.zeros(1), Places.at([47.0], [15.0]), fit=False)
    >>> describe_limit(found, np.ones(1))
    'so few observations do not tell whether a station is wrong throughout'
    """
    least = 1000.0 * LIMIT * (scale * screening.bias.sigma)[np.isfinite(screening.bias.sigma)]
    if not least.size:
        return "so few observations do not tell whether a station is wrong throughout"
    return (
        f"a station that is wrong throughout is noticed from {np.median(least):.0f} mm on "
        f"({least.min():.0f} to {least.max():.0f} mm, the more the further it is from others)"
    )
