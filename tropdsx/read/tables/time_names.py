"""What columns are called that hold times, or the year, the day and the clock of them."""

from __future__ import annotations

import re

from tropdsx.read.tables.headings import Heading

__all__ = ["TIME_NAMES", "part_of"]

TIME_NAMES = (
    "time", "epoch", "datetime", "date_time", "timestamp", "utc", "time_utc", "report_timestamp",
    "date"
)  # fmt: skip
"""What columns with whole times of observations are called."""

_PARTS = {
    "mjd": "mjd modified_julian_date modified_julian_day mod_julian_date mjday",
    "jd": "jd julian_date",
    "julian_day": "julian_day jday julday",
    "decimal_year": "decimal_year decyear dec_year decimalyear year_decimal yearfrac year_fraction "
    "fractional_year yyyy_yyyy yyyy_yyyyyy decyr",
    "unix": "unix unixtime unix_time unix_timestamp unix_seconds unix_s unix_epoch posix "
    "posix_time epoch_s epoch_seconds seconds_since_1970 timestamp",
    "week": "gps_week gpsweek gps_wk week_gps gpsw week wn",
    "sow": "sow tow seconds_of_week second_of_week sec_of_week secs_of_week time_of_week gps_sow "
    "gps_tow gps_seconds gps_sec gpssec gpss seconds_of_gps_week",
    "year": "year years yyyy yr yy iyear",
    "month": "month months mm mon mo imonth",
    "day": "day dd da dom day_of_month iday",
    "doy": "doy ddd day_of_year dayofyear yday yearday year_day iyday",
    "hour": "hour hours hh hr utc_hour hour_utc ihour",
    "minute": "minute minutes min mins mi iminute",
    "second": "second seconds sec secs ss isecond",
    "sod": "sod seconds_of_day second_of_day sec_of_day secs_of_day secondofday gps_sod",
    "fraction": "fod fraction_of_day day_fraction fractional_day fracday frac_day",
}
_NAMES = {name: part for part, names in _PARTS.items() for name in names.split()}
_BESIDE = {"time", "epoch", "date", "utc", "ut", "days", "d"}
"""Words that say nothing more of a part: ``time (mjd)``, ``hour_utc``, ``MJD [days]``."""


def part_of(heading: Heading) -> str | None:
    """Tell which part of a time a column holds.

    Parameters
    ----------
    heading : Heading
        Of the column.

    Returns
    -------
    str or None
        "mjd", "year", "doy", "hour" and so on; None of another column.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> [part_of(read_heading(text)) for text in ("DOY", "Time [MJD]", "time", "ztd_mm")]
    ['doy', 'mjd', None, None]
    """
    words = [word for word in re.split(r"[^a-z0-9]+", heading.text.lower()) if word]
    name = "_".join(words)
    return _NAMES.get(name) or _NAMES.get("_".join(w for w in words if w not in _BESIDE))
