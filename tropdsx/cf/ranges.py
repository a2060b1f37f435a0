"""Which values a delay or a height can have, and what a value outside suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tropdsx.cf.quantities import QUANTITIES, Quantity
from tropdsx.errors import UnitsError, warn

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST_WET", "check_range"]


#: [m] ZWD that is nowhere above it hardly exists; metres taken for millimetres are below it.
LEAST_WET = 6e-4


def check_range(
    values: NDArray[np.generic],
    *,
    factor: float,
    offset: float = 0.0,
    quantity: str,
    name: str,
    unit: str = "",
    count_missing: bool = False,
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
    count_missing : bool, optional
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
    if count_missing:
        _warn_about(out, wanted, name, float(low))
    if quantity == "zwd" and high < LEAST_WET:
        # Without the values found, so that the blocks of a series say it once.
        warn(
            f"'{name}' is below {1000 * LEAST_WET:g} mm everywhere, as on the Antarctic plateau in "
            f"winter; if the field is not there, its unit ('{unit or 'm'}') is not that of its "
            f"values: set ds['{name}'].attrs['units']."
        )
    return out


def _warn_about(out: NDArray[np.floating], wanted: Quantity, name: str, low: float) -> None:
    missing = int(np.isnan(out).sum())
    if missing:
        warn(
            f"'{name}' holds {missing} NaN of {out.size} values; they stay NaN in the result, with "
            "the cells that need them."
        )
    if wanted.name == "zwd" and low < 0:
        warn(
            f"'{name}' holds {int((out < 0).sum())} negative wet delays down to {1000 * low:.1f} "
            f"mm; down to {1000 * wanted.low:.0f} mm they are kept as noise."
        )


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
