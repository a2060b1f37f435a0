"""Convert quantities by their ``units`` attribute, and refuse values that nature does not make."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import GEOPOTENTIAL_UNITS, QUANTITIES, Quantity
from tropdsx.cf.ranges import check_range
from tropdsx.errors import UnitsError, warn

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["delay_in_metres", "in_unit", "spell_unit", "symbols_of", "to_units", "unit_of"]

_BARE = {"angle", "mapping coefficient"}
"""Quantities for which everybody leaves the unit out."""

_SPELLINGS = frozenset(spelling for each in QUANTITIES.values() for spelling in each.units)
_SYMBOLS = {
    "meter": "m",
    "metre": "m",
    "second": "s",
    "sec": "s",
    "kilogram": "kg",
    "gram": "g",
    "joule": "j",
    "pascal": "pa",
    "hectopascal": "hpa",
    "kilopascal": "kpa",
    "dimensionless": "1",
    "millimole": "mmol",
    "micromole": "umol",
}
"""Words that libraries spell units with (pint, earthkit), without the s of the plural."""
_PLAIN = str.maketrans("⁻¹²³µμ", "-123uu")
_FACTOR = re.compile(r"([a-z%°_]+|1)(?:\^?([+-]?\d+))?")


def unit_of(da: xr.DataArray) -> str:
    """Spell the units attribute as the tables do: see :func:`spell_unit`.

    Parameters
    ----------
    da : DataArray
        With or without a ``units`` attribute.

    Returns
    -------
    str
        Empty where there is no such attribute.

    Examples
    --------
    >>> unit_of(xr.DataArray(0, attrs={"units": " M**2  s**-2"}))
    'm**2 s**-2'
    """
    return spell_unit(_as_written(da))


def spell_unit(text: str) -> str:
    """Spell a unit as the tables do: in lower case, words as symbols, powers without signs.

    Units are compared without case: no two accepted spellings differ in it alone.

    Parameters
    ----------
    text : str
        As a file or a library spells it.

    Returns
    -------
    str
        An accepted spelling where it is one; else the text in lower case with single blanks.

    Examples
    --------
    >>> spell_unit("meter ** 2 / second ** 2"), spell_unit("gram / kilogram"), spell_unit(" Kelvin")
    ('m2 s-2', 'g kg-1', 'kelvin')
    """
    lower = " ".join(text.split()).lower()
    if lower in _SPELLINGS:
        return lower
    spelled = symbols_of(lower)
    return spelled if spelled in _SPELLINGS else lower


def symbols_of(lower: str) -> str:
    """Write a product of powers as "m2 s-2".

    Parameters
    ----------
    lower : str
        Unit in lower case.

    Returns
    -------
    str
        Empty where it is no such product.

    Examples
    --------
    >>> symbols_of("micromole / kilogram")
    'umol kg-1'
    """
    plain = re.sub(r"\s*(?:\*\*|\^)\s*", "^", lower.translate(_PLAIN))
    factors, sign = [], 1
    for word in re.split(r"(/|\bper\b)|[\s*·.]+", plain):
        if not word:
            continue
        if word in ("/", "per"):
            sign = -1
            continue
        found = _FACTOR.fullmatch(word)
        if not found:
            return ""
        name = _SYMBOLS.get(found[1], _SYMBOLS.get(found[1].removesuffix("s"), found[1]))
        power = sign * int(found[2] or 1)
        factors.append(name if power == 1 else f"{name}{power}")
        sign = 1
    return " ".join(factors)


def to_units(
    da: xr.DataArray, quantity: str, notes: list[str], *, computed: bool = False
) -> xr.DataArray:
    """Convert a field to the standard unit and type and check its values.

    In-memory fields are checked at once; a dask array is checked block by block when it is
    computed, with the same error.

    Parameters
    ----------
    da : DataArray
        Field as stored, any shape.
    quantity : str
        A key of `QUANTITIES`.
    notes : list of str
        What was assumed is appended here.
    computed : bool, optional
        A field that this package made, whose values say nothing of a caller's units: they are not
        checked.

    Returns
    -------
    DataArray
        Field in the unit and type of the quantity, attributes of the caller but for ``units``.

    Raises
    ------
    UnitsError
        If the unit is unknown, or the values fit no delay (then or when computed).

    Examples
    --------
    >>> to_units(xr.DataArray([2300.0], attrs={"units": "mm"}), "zhd", []).values
    array([2.3], dtype=float32)
    """
    wanted = QUANTITIES[quantity]
    unit, spelled = _as_written(da), unit_of(da)
    if unit and spelled not in wanted.units:
        raise UnitsError(_unknown_unit(da.name, unit, wanted))
    if not unit:
        if str(da.name).lower().startswith("geopotential"):
            msg = (
                f"'{da.name}' has no units attribute and may be m2 s-2 or geopotential metres; "
                f"set ds['{da.name}'].attrs['units']"
            )
            raise UnitsError(msg)
        note = f"'{da.name}' has no units attribute: its values were taken as {wanted.unit}"
        notes.append(note)
        warn(f"{note}.")
    factor, offset = wanted.units.get(spelled, (1.0, 0.0))
    options = {
        "factor": factor,
        "offset": offset,
        "quantity": quantity,
        "name": str(da.name),
        "unit": unit,
        "count_missing": not da.chunks,
        "computed": computed,
    }
    out = xr.apply_ufunc(
        check_range, da, kwargs=options, dask="parallelized", output_dtypes=[wanted.dtype]
    )
    out.attrs = {**da.attrs, "units": wanted.unit}
    if spelled in GEOPOTENTIAL_UNITS:
        out.attrs["long_name"] = "surface height (geopotential / 9.80665 m s-2)"
        out.attrs.pop("standard_name", None)
        notes.append(f"'{da.name}' divided by 9.80665 m s-2")
    return out


def in_unit(da: xr.DataArray, quantity: str) -> xr.DataArray:
    """Convert a quantity to the unit that the formulas want; lazy arrays stay lazy.

    Parameters
    ----------
    da : DataArray
        Any shape, with a ``units`` attribute.
    quantity : str
        A key of `QUANTITIES`: "pressure" [hPa], "temperature" [K], "angle" [deg], "specific
        humidity" [kg kg-1], "relative humidity" [1], "geopotential" [m2 s-2], "height" [m],
        "gradient" [m], "mapping coefficient" [1], ...

    Returns
    -------
    DataArray
        Same type of number; the caller's array where nothing changes.

    Raises
    ------
    UnitsError
        If the unit is none of this quantity.

    Examples
    --------
    >>> float(in_unit(xr.DataArray(15.0, attrs={"units": "degC"}), "temperature"))
    288.15
    """
    wanted = QUANTITIES[quantity]
    unit = unit_of(da)
    if not unit:
        if quantity not in _BARE:
            warn(
                f"'{da.name}' has no units attribute: its values were taken as {quantity} in "
                f"{wanted.unit}."
            )
        return da
    if unit not in wanted.units:
        msg = (
            f"'{da.name}' has units '{da.attrs['units']}', which is no unit of {quantity}; "
            f"accepted are {', '.join(list(wanted.units)[:6])}. Convert it, or correct its "
            "attribute 'units'."
        )
        raise UnitsError(msg)
    factor, offset = wanted.units[unit]
    out = da if factor == 1.0 else da * factor
    out = out + offset if offset else out
    return out.assign_attrs(da.attrs | {"units": wanted.unit})


def delay_in_metres(da: xr.DataArray, quantity: str, *, computed: bool = False) -> xr.DataArray:
    """Convert a delay to metres in its own precision, and refuse what is no delay.

    Values in memory are checked at once, those of a dask array when they are computed.

    Parameters
    ----------
    da : DataArray
        Delay in m, cm or mm, any shape.
    quantity : {"zhd", "zwd", "ztd"}
        What it is.
    computed : bool, optional
        See :func:`to_units`.

    Returns
    -------
    DataArray
        Delay, float32 or float64 as it came [m].

    Raises
    ------
    UnitsError
        If the unit is no length, or a value lies outside of what nature makes.

    Examples
    --------
    >>> float(delay_in_metres(xr.DataArray(2300.0, attrs={"units": "mm"}), "zhd"))
    2.3000000000000003
    """
    unit = unit_of(da)
    accepted = QUANTITIES[quantity].units
    if unit and unit not in accepted:
        msg = (
            f"'{da.name}' has units '{da.attrs['units']}', which is no unit of a delay; accepted "
            "are m, cm, mm. Convert it, or correct its attribute 'units'."
        )
        raise UnitsError(msg)
    if not unit:
        warn(f"'{da.name}' has no units attribute: its values were taken as metres.")
    kind = da.dtype if da.dtype.kind == "f" else np.dtype(np.float64)
    factor, _ = accepted.get(unit, (1.0, 0.0))
    options: dict[str, Any] = {"factor": factor, "quantity": quantity}
    options |= {"name": str(da.name), "unit": unit, "computed": computed}
    out = xr.apply_ufunc(
        _check_and_scale, da.astype(kind), kwargs=options, dask="parallelized", output_dtypes=[kind]
    )
    return out.assign_attrs(da.attrs | {"units": "m"})


def _as_written(da: xr.DataArray) -> str:
    return " ".join(str(da.attrs.get("units", "")).split())


def _unknown_unit(name: Hashable | None, unit: str, wanted: Quantity) -> str:
    accepted = ", ".join(sorted({u for u in wanted.units if len(u) <= 6 and u[0].isalpha()}))
    hint = ""
    if wanted.unit == "m" and unit.lower() in {"pa", "hpa", "mbar", "kpa"}:
        hint = " A pressure in hPa becomes a delay with tropdsx.atmos.saastamoinen_zhd."
    return (
        f"'{name}' has units '{unit}', which is no unit of {wanted.name}; accepted are {accepted}. "
        f"Convert it, or correct ds['{name}'].attrs['units'].{hint}"
    )


def _check_and_scale(
    values: NDArray[np.floating], *, factor: float, **about: Any
) -> NDArray[np.floating]:
    check_range(values, factor=factor, **about)
    return values if factor == 1.0 else values * values.dtype.type(factor)
