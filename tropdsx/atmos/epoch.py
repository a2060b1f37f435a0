"""Epochs: one named convention each, from any way of writing a UTC time."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.arrays import FloatArray
from tropdsx.errors import DomainError

TimeLike: TypeAlias = (
    "np.datetime64 | NDArray[np.datetime64] | dt.datetime | dt.date | str | list[Any]"
)
"""UTC as datetime64 (scalar or array), datetime, ISO 8601 text, or a list of these."""

_DAY = np.timedelta64(1, "D")
_MJD_OF_1970 = 40587

NIELL_ORIGIN: Final = 44266
"""28 January 1980, the origin of the season in GMF, GPT and VMF1 after Niell (1996) [MJD]."""

J2000: Final = 51544.5
"""2000-01-01 12 h, the origin of the season in GPT2 and GPT2w [MJD]."""


def as_utc(time: TimeLike) -> NDArray[np.datetime64]:
    """Turn any accepted way of writing a time into a datetime64 array.

    Parameters
    ----------
    time : datetime64, datetime, str or sequence of these
        UTC, any shape; aware datetimes are converted to UTC.

    Returns
    -------
    ndarray of datetime64
        Same shape; the resolution of datetime64 input is kept.

    Raises
    ------
    DomainError
        If `time` is a number or text that is no date.

    Examples
    --------
    >>> as_utc("2012-08-02T12:00")
    array('2012-08-02T12:00:00.000000', dtype='datetime64[us]')
    """
    array = np.asarray(time)
    if array.dtype.kind == "M":
        return array
    if array.dtype.kind in "OU":
        try:
            naive = [_naive_utc(item) for item in array.ravel()]
            return np.array(naive, dtype="datetime64[us]").reshape(array.shape)
        except (TypeError, ValueError):
            pass
    msg = (
        f"time {time!r} found; accepted are UTC datetime64, datetime or ISO 8601 text. "
        "A modified Julian date becomes a time with from_mjd(mjd)."
    )
    raise DomainError(msg)


def _naive_utc(item: Any) -> Any:
    if isinstance(item, str):
        item = dt.datetime.fromisoformat(item)
    if isinstance(item, dt.datetime) and item.tzinfo is not None:
        return item.astimezone(dt.UTC).replace(tzinfo=None)
    if isinstance(item, dt.date | np.datetime64):
        return item
    raise TypeError


def mjd(time: TimeLike) -> FloatArray:
    """Count days as the modified Julian date of a UTC time.

    MJD = days since 1858-11-17 0 h, with fraction; leap seconds are not counted, as in the models.

    Parameters
    ----------
    time : datetime64, datetime, str or sequence of these
        UTC, see `as_utc`, any shape.

    Returns
    -------
    ndarray
        Modified Julian date, better than 1e-9; NaN for NaT [d].

    Raises
    ------
    DomainError
        If `time` is a number or text that is no date.

    Notes
    -----
    IERS Conventions (2010), chapter 5; valid in the Gregorian calendar.

    Examples
    --------
    >>> float(mjd("2012-08-02"))
    56141.0
    """
    return np.asarray((as_utc(time) - np.datetime64(0, "D")) / _DAY + _MJD_OF_1970)[()]


def from_mjd(mjd: ArrayLike) -> NDArray[np.datetime64]:
    """UTC time of a modified Julian date: the inverse of `mjd`.

    Parameters
    ----------
    mjd : array_like
        Modified Julian date, any shape [d].

    Returns
    -------
    ndarray of datetime64[us]
        UTC, rounded to the microsecond; NaT for NaN.

    Notes
    -----
    A double holds a modern MJD to about 0.6 us, which is why microseconds are the resolution.

    Examples
    --------
    >>> str(from_mjd(56141.25))
    '2012-08-02T06:00:00.000000'
    """
    value = np.asarray(mjd, dtype=np.float64)
    missing = np.isnan(value)
    days = np.floor(np.where(missing, 0, value))
    microseconds = np.rint((np.where(missing, 0, value) - days) * 86_400_000_000)
    since_1970 = (days.astype(np.int64) - _MJD_OF_1970) * 86_400_000_000
    time = (since_1970 + microseconds.astype(np.int64)).astype("datetime64[us]")
    return np.where(missing, np.datetime64("NaT", "us"), time)[()]


def doy(time: TimeLike) -> FloatArray:
    """Day of the year with fraction: 1 January 0 h is 1.0.

    Parameters
    ----------
    time : datetime64, datetime, str or sequence of these
        As for `mjd`, which raises the same errors.

    Returns
    -------
    ndarray
        Day of the year in [1, 367); NaN for NaT [d].

    Notes
    -----
    The convention of GPT3 and VMF3 (Landskron and Boehm 2018, doi:10.1007/s00190-017-1066-2).

    Examples
    --------
    >>> float(doy("2024-12-31T12:00"))
    366.5
    """
    utc = as_utc(time)
    return np.asarray((utc - utc.astype("datetime64[Y]").astype("datetime64[D]")) / _DAY + 1)[()]


def days_since(time: TimeLike, origin: float) -> FloatArray:
    """Count days from the origin of a model's season.

    Parameters
    ----------
    time : datetime64, datetime, str or sequence of these
        As for `mjd`.
    origin : float
        Modified Julian date of the origin: `NIELL_ORIGIN` for GMF, GPT and VMF1, `J2000` for GPT2
        and GPT2w [d].

    Returns
    -------
    ndarray
        Days, with fraction [d].

    Examples
    --------
    >>> float(days_since("1980-01-29T12:00", NIELL_ORIGIN)), float(days_since("2000-01-02", J2000))
    (1.5, 0.5)
    """
    return mjd(time) - origin


def annual_cosine(time: TimeLike) -> FloatArray:
    """Cosine of the season that GPT and GMF count from 28 January.

    cos(2 pi d / 365.25), d of `days_since` `NIELL_ORIGIN`.

    Parameters
    ----------
    time : datetime64, datetime, str or sequence of these
        As for `mjd`.

    Returns
    -------
    ndarray
        From -1 in the summer of the north to 1 in its winter [1].

    Examples
    --------
    >>> round(float(annual_cosine("2009-01-28")), 3)
    1.0
    """
    return np.cos(days_since(time, NIELL_ORIGIN) / 365.25 * 2 * np.pi)


def season(days: FloatArray) -> FloatArray:
    """Harmonic factors of the year: 1, cos w, sin w, cos 2w, sin 2w with w = 2 pi days / 365.25.

    Parameters
    ----------
    days : ndarray
        Days since any origin of the season, any shape [d].

    Returns
    -------
    ndarray
        The five factors along a new last axis [1].

    Examples
    --------
    >>> season(np.array(365.25 / 4)).round(3).tolist()
    [1.0, 0.0, 1.0, -1.0, 0.0]
    """
    w = np.asarray(days) * (2 * np.pi / 365.25)
    return np.stack([np.ones_like(w), np.cos(w), np.sin(w), np.cos(2 * w), np.sin(2 * w)], axis=-1)
