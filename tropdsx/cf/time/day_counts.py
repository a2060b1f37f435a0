"""Dates of numbers that count days, seconds or years, to the digits that they are written with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY", "Settled", "dates_after", "dates_of_years", "settle_dates"]

DAY = 86400.0
"""Seconds of a day."""

_STEPS = (86400, 43200, 21600, 10800, 7200, 3600, 1800, 900, 600, 300, 60, 30, 15, 10, 5, 1)
"""What epochs of series are whole multiples of [s], the coarsest first."""
_ROUND_OFF = 1e-3
"""Seconds that a count of days in double precision may be off: of Julian dates 4e-5."""
_JULIAN_YEAR = 365.25 * DAY
_J2000 = np.datetime64("2000-01-01T12", "ns")


class Settled(NamedTuple):
    """Dates on the step that their digits allow.

    Attributes
    ----------
    dates : ndarray of datetime64[ns]
        Of any shape.
    step : int
        What all are whole multiples of [s]; 0 where none fits.
    moved : float
        How far the one that lay farthest was moved [s].
    """

    dates: NDArray[np.datetime64]
    step: int
    moved: float


def dates_after(origin: str, seconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Make dates of seconds after an origin.

    Parameters
    ----------
    origin : str
        ISO 8601.
    seconds : ndarray
        Any shape [s].

    Returns
    -------
    ndarray of datetime64[ns]
        Same shape.

    Examples
    --------
    >>> dates_after("1858-11-17", np.array([59647.25 * DAY])).astype("M8[h]")
    array(['2022-03-09T06'], dtype='datetime64[h]')
    """
    whole = np.floor(seconds)
    part = np.rint((seconds - whole) * 1e9).astype(np.int64)
    start = np.datetime64(origin, "s")
    return (start + whole.astype(np.int64)).astype("M8[ns]") + part.astype("m8[ns]")


def settle_dates(dates: NDArray[np.datetime64], grain: float) -> Settled:
    """Put dates on the coarsest step that the digits they were written with allow.

    Parameters
    ----------
    dates : ndarray of datetime64[ns]
        Any shape.
    grain : float
        How far digits that were cut off may have moved a date: half a unit of the last [s].

    Returns
    -------
    Settled
        Dates as they are where no step fits all of them.

    Examples
    --------
    >>> hours = dates_after("1858-11-17", np.array([59647.0, 59647.0417]) * DAY)
    >>> str(settle_dates(hours, 4.3).dates[1])[:19], settle_dates(hours, 4.3).step
    ('2022-03-09T01:00:00', 3600)
    """
    for step in _STEPS:
        unit = np.timedelta64(step, "s").astype("m8[ns]")
        since = dates.astype(np.int64)
        nearest = (since + unit.astype(np.int64) // 2) // unit.astype(np.int64)
        there = (nearest * unit.astype(np.int64)).astype("M8[ns]")
        moved = float(np.abs((there - dates).astype(np.float64)).max(initial=0.0)) / 1e9
        if moved <= grain + _ROUND_OFF:
            return Settled(there, step, moved)
    return Settled(dates, 0, 0.0)


def dates_of_years(years: NDArray[np.float64], grain: float) -> tuple[Settled, str] | None:
    """Make dates of decimal years, by the convention in which they fall on whole minutes.

    A year's fraction counts its own 365 or 366 days, or years are Julian ones of 365.25 days
    from J2000: in March these differ by half a day.

    Parameters
    ----------
    years : ndarray, shape (N,)
        Such as 2022.1842466.
    grain : float
        As for :func:`settle_dates`.

    Returns
    -------
    tuple of (Settled, str), or None
        The dates, and which convention it was; None where they fit neither.

    Examples
    --------
    >>> found, convention = dates_of_years(np.array([2022 + (67 + 0.25) / 365]), 1.0)
    >>> found.dates.astype("M8[h]"), convention
    (array(['2022-03-09T06'], dtype='datetime64[h]'), 'shares of the calendar year')
    """
    whole = np.floor(years).astype(np.int64)
    start = (whole - 1970).astype("M8[Y]")
    first, last = (each.astype("M8[D]").astype(np.int64) for each in (start, start + 1))
    days = (first + (years - whole) * (last - first)).astype(np.float64)
    calendar = dates_after("1970-01-01", days * DAY)
    julian = _J2000 + np.rint((years - 2000.0) * _JULIAN_YEAR * 1e3).astype("m8[ms]")
    ways = (
        (settle_dates(calendar, grain), "shares of the calendar year"),
        (settle_dates(julian.astype("M8[ns]"), grain), "Julian years of 365.25 days from J2000"),
    )
    best = max(ways, key=lambda way: way[0].step)  # the first of two that fit alike
    return best if best[0].step >= 30 else None
