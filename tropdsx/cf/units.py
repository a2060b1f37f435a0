"""Find delays and their companions in a Dataset, in metres and within nature's range."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import GEOPOTENTIAL_UNITS, QUANTITIES, Quantity
from tropdsx.errors import TropdsxWarning, UnitsError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["check_range", "find_variable", "to_units"]


def find_variable(ds: xr.Dataset, quantity: str, dims: set[Hashable]) -> Hashable | None:
    """Name of the variable that holds a quantity.

    Parameters
    ----------
    ds : Dataset
        Any gridded Dataset.
    quantity : str
        A key of `QUANTITIES`.
    dims : set of hashable
        Dimensions that the variable must have, usually latitude and longitude.

    Returns
    -------
    hashable or None
        The variable, by name without case first, then by ``long_name``; None where there is none.

    Examples
    --------
    >>> ds = xr.Dataset({"ZHD": (("y", "x"), np.full((2, 2), 2.3))})
    >>> find_variable(ds, "zhd", {"y", "x"})
    'ZHD'
    """
    wanted = QUANTITIES[quantity]
    fields = {
        n: v for n, v in ds.variables.items() if dims <= set(v.dims) and v.dtype.kind in "fiu"
    }
    for name, variable in fields.items():
        if variable.attrs.get("tropdsx_variable") == quantity:
            return name
    ranked = sorted(
        (wanted.aliases.index(str(n).lower()), str(n), n)
        for n in fields
        if str(n).lower() in wanted.aliases
    )
    if ranked:
        return ranked[0][2]
    for name, variable in fields.items():
        texts = [str(variable.attrs.get(key, "")).lower().replace("_", " ") for key in _TEXTS]
        if any(text.startswith(wanted.long_names) for text in texts if wanted.long_names):
            return name
    return None


_TEXTS = ("standard_name", "long_name")

#: [m] ZWD that is nowhere above it hardly exists; metres taken for millimetres are below it.
LEAST_WET = 6e-4


def to_units(da: xr.DataArray, quantity: str, notes: list[str]) -> xr.DataArray:
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
    unit = " ".join(str(da.attrs.get("units", "")).split())
    factor, offset = 1.0, 0.0
    if unit.lower() in wanted.units:
        factor = wanted.units[unit.lower()]
    elif quantity == "temperature" and unit.lower() in {"degc", "c", "celsius", "degree_celsius"}:
        offset = 273.15
    elif unit:
        raise UnitsError(_unknown_unit(da.name, unit, wanted))
    elif str(da.name).lower() == "geopotential":
        msg = (
            "'geopotential' has no units attribute and may be m2 s-2 or geopotential metres; set "
            "ds['geopotential'].attrs['units']"
        )
        raise UnitsError(msg)
    else:
        note = f"'{da.name}' has no units attribute: its values were taken as {wanted.unit}"
        notes.append(note)
        warnings.warn(f"{note}.", TropdsxWarning, stacklevel=2)
    options = {
        "factor": factor, "offset": offset, "quantity": quantity, "name": str(da.name),
        "unit": unit, "warn": not da.chunks,
    }  # fmt: skip
    out = xr.apply_ufunc(
        check_range, da, kwargs=options, dask="parallelized", output_dtypes=[wanted.dtype]
    )
    out.attrs = {**da.attrs, "units": wanted.unit}
    if unit.lower() in GEOPOTENTIAL_UNITS:
        out.attrs["long_name"] = "surface height (geopotential / 9.80665 m s-2)"
        out.attrs.pop("standard_name", None)
        notes.append(f"'{da.name}' divided by 9.80665 m s-2")
    return out


def _unknown_unit(name: Hashable | None, unit: str, wanted: Quantity) -> str:
    accepted = ", ".join(sorted({u for u in wanted.units if len(u) <= 6 and u[0].isalpha()}))
    hint = ""
    if wanted.unit == "m" and unit.lower() in {"pa", "hpa", "mbar", "kpa"}:
        hint = " A pressure in hPa becomes a delay with tropdsx.atmos.saastamoinen_zhd."
    return (
        f"'{name}' has units '{unit}', which is no unit of {wanted.name}; accepted are {accepted}. "
        f"Convert it, or correct ds['{name}'].attrs['units'].{hint}"
    )


def check_range(
    values: NDArray[np.generic],
    *,
    factor: float,
    offset: float = 0.0,
    quantity: str,
    name: str,
    unit: str = "",
    warn: bool = False,
) -> NDArray[np.floating]:
    """Convert one block to the standard unit and refuse values that nature does not make.

    Parameters
    ----------
    values : ndarray
        Values as stored, any shape; NaN passes.
    factor, offset : float
        Standard unit = values * factor + offset.
    quantity : str
        A key of `QUANTITIES`.
    name, unit : str
        Caller's name and units attribute, for the error.
    warn : bool, optional
        Count NaN and small negative wet delays in a warning.

    Returns
    -------
    ndarray
        Values in the standard unit and type, same shape.

    Raises
    ------
    UnitsError
        If a value lies outside the range of the quantity.

    Examples
    --------
    >>> check_range(np.array([230.0]), factor=0.01, quantity="zhd", name="zhd")
    array([2.3], dtype=float32)
    """
    # float64 in between, so that packed and mm values round once.
    scaled = (
        np.asarray(values, dtype=np.float64) * factor + offset if factor != 1 or offset else values
    )
    out = np.asarray(scaled).astype(QUANTITIES[quantity].dtype)
    if out.size == 0:
        return out
    wanted = QUANTITIES[quantity]
    low, high = np.fmin.reduce(out, axis=None), np.fmax.reduce(out, axis=None)
    if low < wanted.low or high > wanted.high:
        raise UnitsError(_out_of_range(float(low), float(high), wanted, name, unit))
    if warn:
        _warn_about(out, wanted, name, float(low))
    if quantity == "zwd" and high < LEAST_WET:
        # Without the values found, so that the blocks of a series say it once.
        warnings.warn(
            f"'{name}' is below {1000 * LEAST_WET:g} mm everywhere, as on the Antarctic plateau in "
            f"winter; if the field is not there, its unit ('{unit or 'm'}') is not that of its "
            f"values: set ds['{name}'].attrs['units'].",
            TropdsxWarning, stacklevel=2,
        )  # fmt: skip
    return out


def _warn_about(out: NDArray[np.floating], wanted: Quantity, name: str, low: float) -> None:
    missing = int(np.isnan(out).sum())
    if missing:
        warnings.warn(
            f"'{name}' holds {missing} NaN of {out.size} values; they stay NaN in the result, with "
            "the cells that need them.",
            TropdsxWarning, stacklevel=2,
        )  # fmt: skip
    if wanted.name == "zwd" and low < 0:
        warnings.warn(
            f"'{name}' holds {int((out < 0).sum())} negative wet delays down to {1000 * low:.1f} "
            f"mm; down to {1000 * wanted.low:.0f} mm they are kept as noise.",
            TropdsxWarning, stacklevel=2,
        )  # fmt: skip


def _out_of_range(low: float, high: float, wanted: Quantity, name: str, unit: str) -> str:
    found = f"'{name}' holds values {low:.6g} to {high:.6g} {wanted.unit}"
    found += (
        f" by its units attribute '{unit}'" if unit else " if taken as such (no units attribute)"
    )
    accepted = f"accepted for {wanted.name} are {wanted.low:g} to {wanted.high:g} {wanted.unit}"
    return f"{found}; {accepted}. {_advice(low, high, wanted, name)}"


def _advice(low: float, high: float, wanted: Quantity, name: str) -> str:
    if wanted.name == "orography":
        if low < wanted.low and low >= -12000:
            return "This is a relief with the sea floor: set the depths to 0 first."
        return "Check units (a geopotential has 'm2 s-2') and fill values."
    if wanted.unit == "m":
        if wanted.name == "zwd" and low < wanted.low and high <= wanted.high:
            return "A wet delay is not negative: check the sign, the variable and the fill value."
        for unit, factor in (("cm", 1e-2), ("mm", 1e-3)):
            if wanted.low <= low * factor and high * factor <= wanted.high:
                return f"The values look like {unit}: set ds['{name}'].attrs['units'] = '{unit}'."
        if wanted.name == "zhd" and low >= 4e4 and high <= 1.1e5:
            return "The values look like a surface pressure in Pa, not like a delay."
    return "Check units, fill value (_FillValue) and whether this is the right variable."
