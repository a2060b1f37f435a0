"""Temperature and salinity of the sea: what they are called, and in which units."""

from __future__ import annotations

import re

import xarray as xr

from tropdsx.atmos.constants import ZERO_CELSIUS
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.spelling.same_unit import (
    SALINITIES,
    SALINITY_NAMES,
    SALINITY_STANDARD_NAMES,
)
from tropdsx.cf.units import spell_unit

__all__ = ["RANGES", "UNITS", "find_sea_water", "is_on_land", "kind_of"]

_STANDARD = {
    "potential": {"sea_water_potential_temperature"},
    "temperature": {"sea_water_temperature"},
    "salinity": SALINITY_STANDARD_NAMES,
}
_USUAL = {
    "potential": {"thetao", "ptemp", "theta", "pottemp", "votemper", "potm"},
    "temperature": {"temp", "temperature", "t"},
    "salinity": SALINITY_NAMES,
}
_CELSIUS = {
    text for text, size in QUANTITIES["temperature"].units.items() if size == (1.0, ZERO_CELSIUS)
}

_ON_LAND = re.compile(r"(?<![a-z])(soil|ground|snow|lake|permafrost|borehole|land)(?![a-z])")
"""Words that tell temperatures on depths from those of the sea."""

UNITS = {"potential": _CELSIUS, "temperature": _CELSIUS, "salinity": SALINITIES}
"""Spellings of degrees Celsius, and of practical salinity as a number such as 35, in lower case."""


def find_sea_water(ds: xr.Dataset, kind: str) -> str:
    """Find a variable by its standard name, else by its name.

    Parameters
    ----------
    ds : Dataset
        With any variables.
    kind : {"potential", "temperature", "salinity"}
        Potential temperature, temperature in situ, practical salinity.

    Returns
    -------
    str
        Its name; empty where there is none.

    Examples
    --------
    >>> find_sea_water(xr.Dataset({"PSAL": 35.0, "TEMP": 4.0}), "temperature")
    'TEMP'
    """
    named = [n for n in ds.data_vars if ds[n].attrs.get("standard_name") in _STANDARD[kind]]
    usual = [n for n in ds.data_vars if str(n).lower() in _USUAL[kind]]
    usual = [n for n in usual if "standard_name" not in ds[n].attrs and not is_on_land(ds[n])]
    return next((str(name) for name in [*named, *usual]), "")


RANGES = {"potential": (-5.0, 50.0), "temperature": (-5.0, 50.0), "salinity": (0.0, 60.0)}
"""What the sea can have, in these units: from freezing brine to the hottest and saltiest basins."""


def kind_of(da: xr.DataArray) -> str:
    """Tell what a variable of the sea is.

    Parameters
    ----------
    da : DataArray
        With a name or a standard name.

    Returns
    -------
    str
        A key of `UNITS`; empty for others, and for what is in another unit.

    Examples
    --------
    >>> kind_of(xr.DataArray(35.0, name="PSAL", attrs={"units": "psu"}))
    'salinity'
    """
    if is_on_land(da):
        return ""
    standard, name = da.attrs.get("standard_name"), str(da.name).lower()
    unit = spell_unit(str(da.attrs.get("units", "")))
    for kind, accepted in UNITS.items():
        known = standard in _STANDARD[kind] if standard else name in _USUAL[kind]
        if known and unit in ("", *accepted):
            return kind
    return ""


def is_on_land(da: xr.DataArray) -> bool:
    """Tell what is said to be of the soil, of snow or of a lake.

    Parameters
    ----------
    da : DataArray
        A variable, or the depths that it is on.

    Returns
    -------
    bool
        By the standard name and the long name; never of what the former says to be of the sea.

    Examples
    --------
    >>> is_on_land(xr.DataArray(4.0, attrs={"long_name": "Soil temperature level 1"}))
    True
    """
    if str(da.attrs.get("standard_name", "")).startswith("sea_"):
        return False
    about = (str(da.attrs.get(key, "")) for key in ("standard_name", "long_name"))
    return any(_ON_LAND.search(text.lower().replace("_", " ")) for text in about)
