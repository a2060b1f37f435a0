"""Clocks other than UTC that a time names in words, which no reader takes off."""

from __future__ import annotations

import re

import xarray as xr

__all__ = ["describe_zone"]

_UTC = re.compile(
    r"(?:etc|coordinated|universal|greenwich|mean|time|utc?|gmt|ut1|z|zulu|none|[\s/(),])*",
    re.IGNORECASE,
)
"""Words of UTC, alone or together."""
_BEHIND_DATE = re.compile(r"since\s+[-+\d:.,\s]*?\d[-+\d:.,T\s]*?([A-Za-z][A-Za-z_/ ]*)?$")
_LOCAL = re.compile(
    r"^\W*local\W*$|\blocal(?: \w+){0,2} time\b|\blst\b|\bsolar time\b|\bgps time\b", re.IGNORECASE
)
_SHIFT = re.compile(r"(?:utc|gmt)?\s*[+-]?0*:?0*", re.IGNORECASE)
_KEYS = ("time_zone", "timezone", "time_system", "tz")
_TEXTS = ("long_name", "standard_name", "description", "comment")


def describe_zone(time: xr.DataArray) -> str:
    """Say which clock a time names, if it is not that of UTC.

    Offsets in numbers (``since 2021-01-01 09:00 +9:00``) are taken off when a file is decoded;
    words (``JST``) are passed over there without a warning.

    Parameters
    ----------
    time : DataArray
        Dates with the attributes of their file, and its ``encoding``.

    Returns
    -------
    str
        What was found; empty where nothing is.

    Examples
    --------
    >>> time = xr.DataArray(0, attrs={"units": "hours since 2021-01-01 00:00:00 JST"}, name="time")
    >>> describe_zone(time)
    "'time' counts 'hours since 2021-01-01 00:00:00 JST': JST"
    >>> describe_zone(time.assign_attrs(units="hours since 2021-01-01T00:00:00Z"))
    ''
    """
    units = str(time.encoding.get("units", time.attrs.get("units", "")))
    found = _BEHIND_DATE.search(units.strip())
    word = (found[1] or "").strip() if found else ""
    if not _UTC.fullmatch(word):
        return f"'{time.name}' counts '{units}': {word}"
    for key in _KEYS:
        value = str(time.attrs.get(key, "")).strip()
        if not _UTC.fullmatch(value) and not _SHIFT.fullmatch(value):
            return f"'{time.name}' has {key} '{value}'"
    for key in _TEXTS:
        value = str(time.attrs.get(key, ""))
        if _LOCAL.search(value) and "utc" not in value.lower():
            return f"'{time.name}' has {key} '{value}'"
    return ""
