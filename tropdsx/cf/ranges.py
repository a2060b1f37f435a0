"""Which values delays, heights and weather can have, and what a value outside suggests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.cf.quantities import QUANTITIES, Quantity
from tropdsx.errors import UnitsError, warn

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEAST_WET", "MISSING", "SPANS", "Span", "call", "check_range", "find_unit"]

MISSING = (
    "'{}' holds {} NaN of {} values; they stay NaN in the result, with the cells that need them."
)
"""What is told of a field of some name, with so many missing values of so many."""


#: [m] ZWD that is nowhere above it hardly exists; metres taken for millimetres are below it.
LEAST_WET = 6e-4
#: [m] Highest ZWD that any field but one of the polar night has.
_LEAST_OF_A_FIELD = 0.01
#: What programs write where there is no value.
_FILLS = (-999.0, -9999.0, -32767.0, -32768.0, -99999.0)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which values a whole field of a quantity can have, in its standard unit.

    Attributes
    ----------
    quantity : str
        A key of `QUANTITIES`.
    low, high : float
        No value lies outside; what does is refused.
    least : float
        The highest value of a real field reaches this.
    lowest : float
        The lowest value of a real field reaches down to this.
    sure : float
        The highest value reaches this where another unit than the attribute's is plainly meant.
    units : tuple of str
        Units that are taken for one another.

    Examples
    --------
    >>> SPANS["surface pressure"].fits(500.0, 1020.0)
    True
    """

    quantity: str
    low: float
    high: float
    least: float = -np.inf
    lowest: float = np.inf
    sure: float = -np.inf
    units: tuple[str, ...] = ()

    def fits(self, low: float, high: float) -> bool:
        """Whether no value lies outside."""
        return self.low <= low and high <= self.high

    def is_likely(self, low: float, high: float) -> bool:
        """Whether a real field runs from `low` to `high`."""
        return self.fits(low, high) and high >= self.least and low <= self.lowest


SPANS: Mapping[str, Span] = {
    # Any profile that serves delays passes 260 K, mostly below 300 hPa.
    "temperature": Span(
        quantity="temperature",
        low=100.0,
        high=400.0,
        least=180.0,
        lowest=260.0,
        units=("k", "degc"),
    ),
    "surface temperature": Span(quantity="temperature", low=150.0, high=350.0, units=("k", "degc")),
    # Levels need not begin at the ground, but none begins above 20 hPa.
    "pressure": Span(
        quantity="pressure", low=0.0, high=1150.0, least=20.0, units=("hpa", "pa", "kpa")
    ),
    "surface pressure": Span(
        quantity="pressure", low=200.0, high=1150.0, sure=450.0, units=("hpa", "pa", "kpa")
    ),
    # Over 50 g/kg nowhere; 0.05 g/kg is reached in the driest column of the Antarctic winter.
    "specific": Span(
        quantity="specific humidity",
        low=-0.01,
        high=0.06,
        least=5e-5,
        sure=1e-3,
        units=("kg kg-1", "g kg-1"),
    ),
    # Models go a little below 0 and, over ice, to 1.7.
    "relative": Span(
        quantity="relative humidity", low=-0.5, high=3.0, least=0.02, sure=0.2, units=("1", "%")
    ),
    "vapour_pressure": Span(
        quantity="pressure", low=-1.0, high=90.0, least=0.01, sure=1.0, units=("hpa", "pa", "kpa")
    ),
    # Spectral models leave it somewhat below 0; over 95 mm nowhere yet.
    "column of water vapour": Span(
        quantity="pwv", low=-2.0, high=130.0, least=0.1, sure=1.0, units=("mm", "m")
    ),
    "sea level pressure": Span(
        quantity="pressure", low=850.0, high=1100.0, sure=900.0, units=("hpa", "pa", "kpa")
    ),
}
"""What fields of a weather model hold, by their role."""


def find_unit(
    values: NDArray[np.generic],
    role: str,
    *,
    name: str,
    unit: str = "",
    if_impossible: bool = False,
) -> tuple[str, float, float]:
    """Find the unit that the values of a field have, whatever its units attribute says.

    Parameters
    ----------
    values : ndarray
        As stored; NaN passes.
    role : str
        A key of `SPANS`.
    name, unit : str
        Caller's name and units attribute, in lower case.
    if_impossible : bool, optional
        Keep the attribute's unit wherever no value is impossible in it: for a part of a field.

    Returns
    -------
    str
        The attribute's unit where its values are likely; else the only other that makes them so;
        else, where the values are odd but not impossible, the attribute's, or the standard one.
    float, float
        Lowest and highest value as stored.

    Raises
    ------
    UnitsError
        If the values are impossible in every unit of the quantity.

    Examples
    --------
    >>> find_unit(np.array([60000.0, 101325.0]), "surface pressure", name="sp", unit="hpa")
    ('pa', 60000.0, 101325.0)
    """
    span = SPANS[role]
    wanted = QUANTITIES[span.quantity]
    low, high = (float(f.reduce(values, axis=None)) for f in (np.fmin, np.fmax))

    def ends(which: str) -> tuple[float, float]:
        factor, offset = wanted.units[which]
        return low * factor + offset, high * factor + offset

    own = unit or wanted.unit.lower()
    fits = np.isnan(high) or span.fits(*ends(own))
    if np.isnan(high) or (unit and span.is_likely(*ends(own))) or (fits and if_impossible):
        return own, low, high
    same = wanted.units[own]
    others = [
        each
        for each in span.units
        if (not unit or wanted.units[each] != same)
        and span.is_likely(*ends(each))
        and ends(each)[1] >= span.sure
    ]
    if len(others) == 1 or (not unit and own in others):
        return others[0], low, high
    if fits:
        return own, low, high
    said = f"by its units attribute '{unit}'" if unit else "without a units attribute"
    msg = (
        f"'{name}' holds values {low:.6g} to {high:.6g} {said}; accepted for {call(role)} are "
        f"{span.low:g} to {span.high:g} {wanted.unit}. Check its attribute 'units', fill values "
        "(_FillValue) and whether this is the right variable."
    )
    raise UnitsError(msg)


def call(role: str) -> str:
    """Call a role by the words of a message.

    Parameters
    ----------
    role : str
        A key of `SPANS`, or any other.

    Returns
    -------
    str
        Words.

    Examples
    --------
    >>> call("specific"), call("vapour_pressure")
    ('specific humidity', 'vapour pressure')
    """
    known = {"specific": "specific humidity", "relative": "relative humidity"}
    return known.get(role, role.replace("_", " "))


def check_range(
    values: NDArray[np.generic],
    *,
    factor: float,
    offset: float = 0.0,
    quantity: str,
    name: str,
    unit: str = "",
    count_missing: bool = False,
    computed: bool = False,
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
    computed : bool, optional
        Values that this package computed, and not the caller: they are converted alone.

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
    if out.size == 0 or computed:
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
    missing = int(np.count_nonzero(np.isnan(out)))
    if missing:
        warn(MISSING.format(name, missing, out.size))
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
    is_fill = low in _FILLS or (low == 0 and high <= wanted.high)
    if is_fill and low < wanted.low and " - " not in name:
        return f"{low:g} is a usual fill value: name it so ('_FillValue', nodata), or mask it."
    if wanted.name == "orography":
        if -12000 <= low < wanted.low:
            return "This is a relief with the sea floor: set the depths to 0 first."
        return "Check units (a geopotential has 'm2 s-2') and fill values."
    if " - " in name:
        return f"The two do not belong together: check epochs, heights and units of {name}."
    if wanted.unit == "m":
        if wanted.name == "zwd" and low < wanted.low and high <= wanted.high:
            return "A wet delay is not negative: check the sign, the variable and the fill value."
        for unit, factor in (("cm", 1e-2), ("mm", 1e-3)):
            # A single value somewhat too large is no field in another unit.
            enough = wanted.name != "zwd" or high * factor >= _LEAST_OF_A_FIELD
            if enough and wanted.low <= low * factor and high * factor <= wanted.high:
                return f"The values look like {unit}: set ds['{name}'].attrs['units'] = '{unit}'."
        if wanted.name == "zhd" and low >= 4e4 and high <= 1.1e5:
            return "The values look like a surface pressure in Pa, not like a delay."
    return "Check units, fill value (_FillValue) and whether this is the right variable."
