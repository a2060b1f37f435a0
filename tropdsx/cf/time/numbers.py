"""Read dates written as numbers: 20220701.25, 2022070106, modified Julian dates, cdo's forms."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.time.text import parse_date

__all__ = ["find_form", "read_numbers"]

_MJD = {"mjd", "modified julian date", "modified julian day", "modified julian days"}
_DAY_SECONDS = 86400.0


class _Digits(NamedTuple):
    """A way to write a date as one number.

    Parameters
    ----------
    unit : str
        Of the last digit before the point, as datetime64 has it; the rest is a fraction of it.
    scale : int
        One of the first year 1900 is this many [1].
    """

    unit: str
    scale: int


_FORMS = {
    "yyyymm": _Digits("M", 10**2),
    "yyyymmdd": _Digits("D", 10**4),
    "yyyymmddhh": _Digits("h", 10**6),
    "yyyymmddhhmm": _Digits("m", 10**8),
    "yyyymmddhhmmss": _Digits("s", 10**10),
}
"""Forms by their pattern."""

_ABSOLUTE = re.compile(r"(?:(\w+?)s? as )?(.*?)(?:\.%f|\.[a-z]+_frac)?")
"""Units such as "day as %Y%m%d.%f" (cdo) or "yyyymmddhh.hh_frac" (NCL): word and pattern."""

_LENGTHS = re.compile("(seconds?|secs?|s|minutes?|mins?|milliseconds?|ms)")
"""Units of times so short that as many as a date has digits may be counted."""


def find_form(values: NDArray, unit: str) -> str | None:
    """Find which dates numbers are, by their units or else by their digits.

    Parameters
    ----------
    values : ndarray of int or float
        Any shape.
    unit : str
        Of the file; may be empty.

    Returns
    -------
    str or None
        "mjd", "yyyymm", "yyyymmdd", ..., "yyyymmddhhmmss", or another that the units name and that
        cannot be read, such as "year"; None where the numbers count something else.

    Examples
    --------
    >>> find_form(np.array([20220701.0, 20220701.25]), "")
    'yyyymmdd'
    >>> find_form(np.array([0.0, 0.25]), "day as %Y%m%d.%f"), find_form(np.array([0, 6]), "hours")
    ('yyyymmdd', None)
    """
    unit = " ".join(unit.lower().split())
    if unit in _MJD:
        return "mjd"
    absolute = _ABSOLUTE.fullmatch(unit)
    word, pattern = absolute.groups() if absolute else ("", unit)
    pattern = re.sub("%(.)", lambda code: "yyyy" if code[1] == "y" else 2 * code[1], pattern)
    if pattern in _FORMS or word:
        return pattern if pattern in _FORMS else word
    return None if _LENGTHS.fullmatch(unit) else _form_of_digits(values)


def _form_of_digits(values: NDArray) -> str | None:
    """Tell dates by their size: those of 1900 to 2100, and where there is no day their months."""
    numbers = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not numbers.size:
        return None
    for name, form in _FORMS.items():
        if numbers.min() >= 1900 * form.scale and numbers.max() < 2101 * form.scale:
            if form.unit != "M":
                return name
            return name if np.isin(numbers % 100, np.arange(1, 13)).all() else None
    return None


def read_numbers(values: NDArray, form: str) -> NDArray[np.datetime64]:
    """Make dates, to the second, of numbers.

    Parameters
    ----------
    values : ndarray of int or float
        Any shape.
    form : str
        Of :func:`find_form`.

    Returns
    -------
    ndarray of datetime64[ns]
        Same shape [UTC].

    Raises
    ------
    ValueError
        If a number is missing, too short in memory for its digits, or no date.

    Examples
    --------
    >>> read_numbers(np.array([2022070106]), "yyyymmddhh").astype("M8[h]")
    array(['2022-07-01T06'], dtype='datetime64[h]')
    """
    if form != "mjd" and form not in _FORMS:
        msg = f"a {form} is not a day"
        raise ValueError(msg)
    if values.dtype.kind == "f" and values.dtype.itemsize < 8 and form != "yyyymm":
        msg = "32-bit numbers hold no time of day"
        raise ValueError(msg)
    if not np.isfinite(values.astype(float)).all():
        msg = "some are missing"
        raise ValueError(msg)
    whole = np.floor(values).astype(np.int64)
    fraction = values - whole
    if form == "mjd":
        first = np.datetime64("1858-11-17", "D") + whole
        length = np.full(whole.shape, _DAY_SECONDS)
    else:
        first, length = _read_digits(whole, form)
    seconds = np.rint(fraction * length).astype(np.int64)
    return (first.astype("M8[s]") + seconds).astype("M8[ns]")


def _read_digits(whole: NDArray[np.int64], form: str) -> tuple[NDArray, NDArray[np.float64]]:
    """Read dates without their fraction; and the length of that of which it is one [s]."""
    unit = _FORMS[form].unit
    dates = np.empty(whole.shape, f"M8[{unit}]")
    for place, number in np.ndenumerate(whole):
        text = str(number)
        if len(text) != len(form):
            msg = f"{text} has not {len(form)} digits"
            raise ValueError(msg)
        day = "-".join(filter(None, (text[:4], text[4:6], text[6:8])))
        dates[place] = parse_date(f"{day}T{text[8:]}" if text[8:] else day)
    return dates, ((dates + 1).astype("M8[s]") - dates.astype("M8[s]")).astype(np.float64)
