"""What each field of a tropdsx file says of itself: delays, their errors, heights, water vapour.

CF has no standard name for zenith delays, so they carry ``long_name`` and ``units`` alone (the
altimeter range corrections of the table mean something else). Heights and water vapour do have
names, and get them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import xarray as xr

from tropdsx.cf.attributes.extent import ELLIPSOIDAL
from tropdsx.cf.attributes.references import parse_cell_methods
from tropdsx.cf.quantities import DELAYS_AND_TOTAL, QUANTITIES

__all__ = ["describe_delay", "describe_other", "is_delay", "is_other", "over_time"]

_OTHERS = ("pwv", "orography", "height", "orthometric_height", "geoid_undulation")
_HEIGHTS = ("orography", "height")
# True of the stored input, not of new values; the first five make xarray refuse to write.
_OF_INPUT = (
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "coordinates",
    "valid_min",
    "valid_max",
    "valid_range",
    "actual_range",
    # What a delay is said to be in another file; a standard name is of something else.
    "standard_name",
    "short_name",
    "description",
    "original_name",
    "original_units",
    "tropdsx_variable",
    "tropdsx_role",
)
_OF_MESSAGES = ("GRIB_", "_earthkit")  # the shape and place of the input's grid among them


def is_delay(name: Hashable) -> bool:
    """Tell the name of a delay, or of a map of its errors.

    Parameters
    ----------
    name : Hashable
        Name of a variable.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_delay("zwd"), is_delay("zwd_rmse"), is_delay("zwd_flag")
    (True, True, False)
    """
    base, _, kind = str(name).partition("_")
    return base in DELAYS_AND_TOTAL and kind in ("", "rmse", "sigma")


def is_other(name: Hashable) -> bool:
    """Tell the name of a field that is described besides the delays.

    Parameters
    ----------
    name : Hashable
        Name of a variable.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_other("orography"), is_other("t2m")
    (True, False)
    """
    return name in _OTHERS


def describe_delay(
    ds: xr.Dataset, name: Hashable, time: Hashable | None = None
) -> dict[Hashable, Any]:
    """Make the attributes of a delay, or of a map of its errors.

    Parameters
    ----------
    ds : Dataset
        The variable, and those that say something of it.
    name : Hashable
        As :func:`is_delay` knows it.
    time : Hashable, optional
        Name of the time.

    Returns
    -------
    dict
        What the caller says beside is kept, but for what is true of the caller's file alone.

    Examples
    --------
    >>> said = {"long_name": "ZWD (simulated)", "cell_methods": "time: mean", "mine": 1}
    >>> describe_delay(xr.Dataset({"zwd": ("time", [0.1], said)}), "zwd")["long_name"]
    'zenith wet delay'
    """
    base, _, kind = str(name).partition("_")
    before, long_name = ds.variables[name].attrs, QUANTITIES[base].long_name
    attrs = {k: v for k, v in before.items() if not _is_of_input(k)}
    attrs.setdefault("units", "m")
    attrs["cell_methods"] = "area: point"
    attrs["coverage_content_type"] = "qualityInformation" if kind else "modelResult"
    if kind == "rmse":
        attrs["long_name"] = f"root-mean-square error of the {long_name} in validation"
    elif kind == "sigma":
        attrs["long_name"] = f"estimated standard deviation of the {long_name}"
    else:
        attrs["long_name"] = long_name
        attrs["cell_methods"] = " ".join([*over_time(before, time), "area: point"])
    return attrs


def _is_of_input(key: Hashable) -> bool:
    return key in _OF_INPUT or str(key).startswith(_OF_MESSAGES)


def over_time(before: Mapping[Hashable, Any], time: Hashable | None) -> list[str]:
    """Find what was done over time, such as "time: mean": downscaled means are means.

    Parameters
    ----------
    before : mapping
        Attributes of a field.
    time : Hashable or None
        Name of its time, where that is not ``time``.

    Returns
    -------
    list of str
        Parts of its ``cell_methods``.

    Examples
    --------
    >>> over_time({"cell_methods": "area: mean time: maximum"}, None)
    ['time: maximum']
    """
    entries = parse_cell_methods(str(before.get("cell_methods", "")))
    return [text for names, text in entries if {*names} <= {"time", str(time)}]


def describe_other(name: str, before: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
    """Make the attributes of heights and water vapour.

    Parameters
    ----------
    name : str
        As :func:`is_other` knows it.
    before : mapping
        What the variable says of itself. A height that has a standard name of its own, such as 2 m
        above the ground or an altitude above the geoid, keeps it.

    Returns
    -------
    dict

    Examples
    --------
    >>> describe_other("orography", {"units": "m"})["standard_name"]
    'height_above_reference_ellipsoid'
    >>> describe_other("height", {"units": "m", "standard_name": "height"})
    {'units': 'm', 'standard_name': 'height'}
    """
    known = QUANTITIES[name]
    if name in _HEIGHTS and before.get("standard_name", ELLIPSOIDAL) != ELLIPSOIDAL:
        return dict(before)
    attrs = {k: v for k, v in before.items() if not _is_of_input(k)}
    attrs.setdefault("units", known.unit)
    attrs["long_name"] = attrs.get("long_name", known.long_name)
    attrs["standard_name"] = known.standard_names.get(attrs["units"], known.standard_names[""])
    if name == "pwv":
        return {**attrs, "cell_methods": "area: point", "coverage_content_type": "modelResult"}
    return {**attrs, "positive": "up", "coverage_content_type": "referenceInformation"}
