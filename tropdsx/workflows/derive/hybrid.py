"""Pressure of hybrid model levels from their coefficients and the surface pressure."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.units import unit_of
from tropdsx.cf.variables import drop_coordinates, find_named
from tropdsx.errors import GridError

__all__ = ["hybrid_pressure"]


def hybrid_pressure(
    ds: xr.Dataset, dim: Hashable, surface_pressure: xr.DataArray | None
) -> xr.DataArray | None:
    """Pressure of full model levels: p = a + b ps, half way between their half levels.

    The pressure of a half level in place of that of its level makes 40 mm of delay.

    Parameters
    ----------
    ds : Dataset
        With ``hyam`` and ``hybm`` on `dim` (CDO's names), ``ap`` and ``b`` (CF's), or half-level
        coefficients in the attribute ``GRIB_pv`` of a variable on `dim` (cfgrib's).
    dim : Hashable
        Dimension of the levels; for ``GRIB_pv`` its coordinate numbers the levels from 1.
    surface_pressure : DataArray or None
        Surface pressure [hPa].

    Returns
    -------
    DataArray or None
        Pressure of the levels, lazy where the surface pressure is; None where the levels are not
        hybrid [hPa].

    Raises
    ------
    GridError
        If the levels are hybrid and there is no surface pressure.

    Examples
    --------
    >>> a, b = ("level", [3000.0, 500.0], {"units": "Pa"}), ("level", [0.4, 0.98])
    >>> ds = xr.Dataset({"hyam": a, "hybm": b})
    >>> hybrid_pressure(ds, "level", xr.DataArray(1000.0)).values.tolist()
    [430.0, 985.0]
    """
    found = _coefficients(ds, dim)
    if found is None:
        return None
    if surface_pressure is None:
        msg = (
            f"'{dim}' counts hybrid levels, whose pressure needs the surface pressure; accepted is "
            "sp [Pa] or lnsp. Add it to the Dataset, or give its file too."
        )
        raise GridError(msg)
    a, b = found
    return a + b * surface_pressure


def _coefficients(ds: xr.Dataset, dim: Hashable) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Coefficients a [hPa] and b [1] of full levels."""
    for names in (("hyam", "hybm"), ("ap", "b"), ("a", "b")):
        found = [find_named(ds, [name]) for name in names]
        if all(name is not None and ds[name].dims == (dim,) for name in found):
            a, b = (drop_coordinates(ds[name]).astype(np.float64) for name in found)
            # CMIP's a without a unit is a share of p0.
            factor = {"pa": 0.01, "hpa": 1.0, "mb": 1.0}.get(unit_of(ds[found[0]]))
            if factor is None and "p0" in ds.variables:
                factor = 0.01 * float(ds["p0"])
            return a * (0.01 if factor is None else factor), b
    for variable in ds.data_vars.values():
        if dim in variable.dims and "GRIB_pv" in variable.attrs and dim in ds.variables:
            return _from_half_levels(np.asarray(variable.attrs["GRIB_pv"], float), ds[dim])
    return None


def _from_half_levels(
    pv: NDArray[np.float64], level: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    a, b = pv.reshape(2, -1)
    number = level.to_numpy().astype(int)
    if number.min() < 1 or number.max() >= a.size:
        msg = (
            f"levels {number.min()} to {number.max()} found with coefficients for levels 1 to "
            f"{a.size - 1}; accepted are the numbers of these. Check the coordinate '{level.name}'."
        )
        raise GridError(msg)
    # The mean of half levels is that of their coefficients.
    full = (0.5 * (c[number - 1] + c[number]) for c in (a / 100.0, b))
    first, second = (xr.DataArray(values, dims=level.dims) for values in full)
    return first, second
