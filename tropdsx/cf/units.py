"""Find delays and their companions in a Dataset, in metres and within nature's range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import GEOPOTENTIAL_UNITS, QUANTITIES, Quantity
from tropdsx.cf.ranges import check_range
from tropdsx.errors import UnitsError, warn

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

__all__ = ["delay_in_metres", "in_unit", "to_units", "unit_of"]


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
        warn(f"{note}.")
    options = {
        "factor": factor,
        "offset": offset,
        "quantity": quantity,
        "name": str(da.name),
        "unit": unit,
        "count_missing": not da.chunks,
    }
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


_GRAVITY = 9.80665


_NONE = dict.fromkeys(("1", "dimensionless", "-"), (1.0, 0.0))


#: Quantity -> (unit of the formulas, accepted spellings in lower case -> (factor, offset)).
_UNITS: Mapping[str, tuple[str, Mapping[str, tuple[float, float]]]] = {
    "pressure": (
        "hPa",
        {
            **dict.fromkeys(("pa", "pascal", "pascals"), (0.01, 0.0)),
            **dict.fromkeys(("hpa", "mbar", "mb", "millibar", "millibars"), (1.0, 0.0)),
            "kpa": (10.0, 0.0),
        },
    ),
    "temperature": (
        "K",
        {
            **dict.fromkeys(("k", "kelvin", "degk", "degrees_kelvin"), (1.0, 0.0)),
            **dict.fromkeys(
                ("degc", "c", "celsius", "degree_celsius", "degrees_celsius", "°c"), (1.0, 273.15)
            ),
        },
    ),
    "angle": (
        "degree",
        {
            **dict.fromkeys(("deg", "degree", "degrees", "arc_degree", "°"), (1.0, 0.0)),
            **dict.fromkeys(("rad", "radian", "radians"), (180.0 / np.pi, 0.0)),
        },
    ),
    "specific humidity": (
        "kg kg-1",
        {
            **dict.fromkeys(("kg kg-1", "kg kg**-1", "kg/kg", "kg kg^-1"), (1.0, 0.0)),
            **dict.fromkeys(("g kg-1", "g kg**-1", "g/kg", "g kg^-1"), (1e-3, 0.0)),
            **_NONE,
        },
    ),
    "relative humidity": (
        "1",
        {**dict.fromkeys(("%", "percent"), (0.01, 0.0)), **_NONE, "(0 - 1)": (1.0, 0.0)},
    ),
    "geopotential": (
        "m2 s-2",
        {
            **dict.fromkeys(GEOPOTENTIAL_UNITS, (1.0, 0.0)),
            **dict.fromkeys(
                ("m", "meter", "metre", "meters", "metres", "gpm", "geopotential meter"),
                (_GRAVITY, 0.0),
            ),
            **dict.fromkeys(("dam", "gpdm", "dagpm"), (10 * _GRAVITY, 0.0)),
        },
    ),
    "height": (
        "m",
        {
            **dict.fromkeys(("m", "meter", "metre", "meters", "metres"), (1.0, 0.0)),
            **dict.fromkeys(("km", "kilometre", "kilometer"), (1000.0, 0.0)),
        },
    ),
    "gradient": ("m", {"m": (1.0, 0.0), "cm": (1e-2, 0.0), "mm": (1e-3, 0.0)}),
    "mapping coefficient": ("1", {**_NONE, "1e-3": (1e-3, 0.0)}),
}


#: Quantities for which everybody leaves the unit out.
_BARE = {"angle", "mapping coefficient"}


def unit_of(da: xr.DataArray) -> str:
    """Spell the units attribute in lower case with single blanks; empty where there is none.

    Examples
    --------
    >>> unit_of(xr.DataArray(0, attrs={"units": " M**2  s**-2"}))
    'm**2 s**-2'
    """
    return " ".join(str(da.attrs.get("units", "")).split()).lower()


def in_unit(da: xr.DataArray, quantity: str) -> xr.DataArray:
    """Convert a quantity to the unit that the formulas want; lazy arrays stay lazy.

    Parameters
    ----------
    da : DataArray
        Any shape, with a ``units`` attribute.
    quantity : str
        "pressure" [hPa], "temperature" [K], "angle" [deg], "specific humidity" [kg kg-1],
        "relative humidity" [1], "geopotential" [m2 s-2], "height" [m], "gradient" [m] or
        "mapping coefficient" [1].

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
    standard, accepted = _UNITS[quantity]
    unit = unit_of(da)
    if not unit:
        if quantity not in _BARE:
            warn(
                f"'{da.name}' has no units attribute: its values were taken as {quantity} in "
                f"{standard}."
            )
        return da
    if unit not in accepted:
        msg = (
            f"'{da.name}' has units '{da.attrs['units']}', which is no unit of {quantity}; "
            f"accepted are {', '.join(list(accepted)[:6])}. Convert it, or correct its attribute "
            "'units'."
        )
        raise UnitsError(msg)
    factor, offset = accepted[unit]
    out = da if factor == 1.0 else da * factor
    out = out + offset if offset else out
    return out.assign_attrs(da.attrs | {"units": standard})


def delay_in_metres(da: xr.DataArray, quantity: str) -> xr.DataArray:
    """Convert a delay to metres in its own precision, and refuse what is no delay.

    Values in memory are checked at once, those of a dask array when they are computed.

    Parameters
    ----------
    da : DataArray
        Delay in m, cm or mm, any shape.
    quantity : {"zhd", "zwd", "ztd"}
        What it is.

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
    options = {
        "factor": accepted.get(unit, 1.0),
        "quantity": quantity,
        "name": str(da.name),
        "unit": unit,
    }
    out = xr.apply_ufunc(
        _scaled, da.astype(kind), kwargs=options, dask="parallelized", output_dtypes=[kind]
    )
    return out.assign_attrs(da.attrs | {"units": "m"})


def _scaled(values: NDArray[np.floating], *, factor: float, **about: Any) -> NDArray[np.floating]:
    check_range(values, factor=factor, **about)
    return values if factor == 1.0 else values * values.dtype.type(factor)
