"""Values that are impossible in the unit they are said to have: refused as they are computed."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.ranges import SPANS, call, find_unit
from tropdsx.cf.units import unit_of
from tropdsx.errors import GridError, UnitsError

__all__ = ["SPAN_OF", "check_later", "describe_unit", "refuse_mixing_ratio", "write_unit"]

SPAN_OF = {
    **{role: role for role in SPANS},
    "dew point": "surface temperature",
    "surface specific": "specific",
    "surface relative": "relative",
}
"""Which values a role can have: a key of `SPANS`."""


def check_later(field: xr.DataArray, role: str, *, assumed: bool) -> xr.DataArray:
    """Refuse values that are impossible in their unit when they are computed, block by block.

    Parameters
    ----------
    field : DataArray
        Lazy, with a name and units.
    role : str
        A key of `SPAN_OF`.
    assumed : bool
        Whether the file does not say the unit.

    Returns
    -------
    DataArray
        The same values.
    """
    if role == "temperature":  # whose fill values are many: the columns are checked
        return field
    about = {"role": role, "unit": unit_of(field), "name": str(field.name), "assumed": assumed}
    out = xr.apply_ufunc(
        _refuse_impossible, field, kwargs=about, dask="parallelized", output_dtypes=[field.dtype]
    )
    return out.assign_attrs(field.attrs)


def _refuse_impossible(
    values: NDArray[np.generic], *, role: str, unit: str, name: str, assumed: bool
) -> NDArray[np.generic]:
    span = SPAN_OF[role]
    found, low, high = find_unit(values, span, name=name, unit=unit, if_impossible=True)
    units = QUANTITIES[SPANS[span].quantity].units
    if units[found] != units[unit]:
        text = describe_unit(name, role, "" if assumed else unit, found, (low, high))
        unit = write_unit(found)
        msg = f"{text}; set ds['{name}'].attrs['units'] = '{unit}', or correct the values."
        raise UnitsError(msg)
    return values


def describe_unit(name: str, role: str, unit: str, found: str, ends: tuple[float, float]) -> str:
    """Say which unit a field has, and which its values have.

    Parameters
    ----------
    name, role : str
        Caller's name of it, and what it is.
    unit, found : str
        Its units attribute, and the unit of its values.
    ends : tuple of float
        Lowest and highest value as stored.

    Returns
    -------
    str
        Beginning of a sentence.

    Examples
    --------
    >>> describe_unit("sp", "surface pressure", "hpa", "pa", (60000.0, 101325.0))
    "'sp' has units 'hPa' and values (60000 to 101325) of surface pressure in Pa"
    """
    has = f"units '{write_unit(unit)}'" if unit else "no units attribute"
    low, high = ends
    return (
        f"'{name}' has {has} and values ({low:.6g} to {high:.6g}) of {call(role)} in "
        f"{write_unit(found)}"
    )


def write_unit(unit: str) -> str:
    """Spell a unit as people write it.

    Parameters
    ----------
    unit : str
        In lower case.

    Returns
    -------
    str
        With capitals.

    Examples
    --------
    >>> write_unit("hpa")
    'hPa'
    """
    return {"pa": "Pa", "hpa": "hPa", "kpa": "kPa", "k": "K", "degc": "degC"}.get(unit, unit)


def refuse_mixing_ratio(field: xr.DataArray) -> xr.DataArray:
    """Refuse a mixing ratio of water vapour under a name of the specific humidity.

    Parameters
    ----------
    field : DataArray
        A humidity of any measure.

    Returns
    -------
    DataArray
        The same.

    Raises
    ------
    GridError
        If its attributes call it a mixing ratio: up to 3 percent too much for a humidity. A
        standard_name decides alone; a description may name both to tell them apart.

    Examples
    --------
    >>> refuse_mixing_ratio(xr.DataArray(0.0, attrs={"long_name": "specific humidity"})).item()
    0.0
    """
    if _is_mixing_ratio({key: str(value).lower() for key, value in field.attrs.items()}):
        name = field.name
        msg = (
            f"'{name}' is a mixing ratio by its attributes; accepted is the specific humidity: "
            f"ds['q'] = ds['{name}'] / (1 + ds['{name}']) where it is in kg kg-1"
        )
        raise GridError(msg)
    return field


def _is_mixing_ratio(attrs: dict[str, str]) -> bool:
    """Tell by the standard name, or else by the words of people, in lower case."""
    if standard := attrs.get("standard_name", "").strip():
        return "mixing_ratio" in standard.replace(" ", "_")
    words = f"{attrs.get('long_name', '')} {attrs.get('description', '')}".replace("_", " ")
    return "mixing ratio" in words and "specific humidity" not in words
