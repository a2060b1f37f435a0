"""Pressure of hybrid model levels from their coefficients and the surface pressure."""

from __future__ import annotations

import re
from collections.abc import Hashable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.units import unit_of
from tropdsx.cf.variables import drop_coordinates, find_named
from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.fields.names import NUMBERED

__all__ = ["hybrid_pressure", "is_numbered", "surface_pressure_term"]

_FULL = (("hyam", "hybm"), ("ap", "b"), ("a", "b"), ("a_model", "b_model"), ("akm", "bkm"))
_HALF = (("hyai", "hybi"), ("a_half", "b_half"), ("ak", "bk"))
_MIDDLE, _LEAST, _MOST = (0.1, 0.6), 3.0, 600.0
"""Where b is one of these, a is more than this in every model that has any; and at most [hPa]."""
_HIGHEST = 200.0
"""No list of pressure levels begins above this [hPa]; few models have more levels than that."""


def hybrid_pressure(
    ds: xr.Dataset, dim: Hashable, surface_pressure: xr.DataArray | None
) -> xr.DataArray | None:
    """Pressure of full model levels: p = a + b ps, half way between their half levels.

    The pressure of a half level in place of that of its level makes 40 mm of delay.

    Parameters
    ----------
    ds : Dataset
        With the coefficients that CF's ``formula_terms`` of the levels name; or ``hyam`` and
        ``hybm`` (CDO's and CESM's names), ``ap`` and ``b`` (CF's), ``a_model`` and ``b_model``
        (RDA's); or those of half levels (``hyai`` and ``hybi``), or in the attribute ``GRIB_pv``
        of a variable on `dim` (cfgrib's).
    dim : Hashable
        Dimension of the levels. Coefficients on another dimension, as CDO's on ``nhym``, are those
        of all levels of the model: the coordinate numbers the levels that are there, from 1.
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
        If the levels are hybrid and there is no surface pressure, or the coordinate numbers none of
        them.
    UnitsError
        If coefficients are in another unit than they say.

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


def is_numbered(level: xr.DataArray) -> bool:
    """Tell numbers of model levels from pressures.

    Parameters
    ----------
    level : DataArray
        Coordinate of the levels.

    Returns
    -------
    bool
        True where its attributes or its name say so; or where there is no unit of pressure, and the
        values are whole numbers one after the other, or all lie above 200 hPa.

    Examples
    --------
    >>> is_numbered(xr.DataArray(np.arange(1, 138), dims="level", name="level"))
    True
    >>> is_numbered(xr.DataArray([1000, 850, 500], dims="level", name="level"))
    False
    """
    said = " ".join(
        str(level.attrs.get(key, "")) for key in ("standard_name", "long_name", "GRIB_typeOfLevel")
    )
    words = f"{said} {level.name}".lower()
    if unit_of(level) in ("level", "levels") or any(word in words for word in NUMBERED):
        return True
    if unit_of(level) not in ("", "1", "-") or level.size == 0 or level.dtype.kind not in "iuf":
        return False
    values = level.to_numpy().astype(np.float64)
    consecutive = values.size > 1 and bool(np.all(np.abs(np.diff(values)) == 1.0))
    return consecutive or float(np.nanmax(values)) <= _HIGHEST


def surface_pressure_term(ds: xr.Dataset, dim: Hashable) -> Hashable | None:
    """Find the variable that the ``formula_terms`` of hybrid levels name as surface pressure.

    Parameters
    ----------
    ds : Dataset
        Levels and surface fields.
    dim : Hashable
        Dimension of the levels.

    Returns
    -------
    Hashable or None
        Its name; None where there is no such attribute, or no such variable.

    Examples
    --------
    >>> terms = {"formula_terms": "ap: hyam b: hybm ps: PSURF"}
    >>> ds = xr.Dataset({"PSURF": 101325.0}, {"lev": ("lev", [1.0, 2.0], terms)})
    >>> surface_pressure_term(ds, "lev")
    'PSURF'
    """
    return _formula_terms(ds, dim).get("ps")


def _formula_terms(ds: xr.Dataset, dim: Hashable) -> dict[str, Hashable]:
    """Read "ap: hyam b: hybm ps: aps": the variables that are there."""
    if dim not in ds.variables:
        return {}
    variable = ds.variables[dim]
    said = str(variable.attrs.get("formula_terms", variable.encoding.get("formula_terms", "")))
    pairs = re.findall(r"(\w+):\s*(\S+)", said)
    return {term: name for term, name in pairs if name in ds.variables}


def _coefficients(ds: xr.Dataset, dim: Hashable) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Coefficients a [hPa] and b [1] of full levels."""
    terms = _formula_terms(ds, dim)
    named = [(terms.get("ap", terms.get("a")), terms.get("b"))]
    named += [(find_named(ds, [a]), find_named(ds, [b])) for a, b in _FULL]
    full = [pair for names in named if (pair := _pair_of(ds, *names)) is not None]
    for a, b in full:
        if a.dims == (dim,):
            return a, b
    if dim not in ds.variables:
        return None
    pairs = [(find_named(ds, [a]), find_named(ds, [b])) for a, b in _HALF]
    half = [pair for names in pairs if (pair := _pair_of(ds, *names)) is not None]
    for variable in ds.data_vars.values():
        if dim in variable.dims and "GRIB_pv" in variable.attrs:
            pv = np.asarray(variable.attrs["GRIB_pv"], float).reshape(2, -1)
            return _pick_levels(_middle(pv[0] / 100.0), _middle(pv[1]), ds[dim])
    # Those of all levels of the model, of which a file may hold some; pressures number none.
    if not is_numbered(ds[dim]) or not (full or half):
        return None
    if full:
        first, second = (each.to_numpy() for each in full[0])
    else:
        first, second = (_middle(each.to_numpy()) for each in half[0])
    numbers = ds[dim].to_numpy()
    if numbers[0] > numbers[-1] and _begins_at_the_ground(first, second):
        # `cdo invertlev` turns the coefficients with the levels, whose numbers count from the top.
        first, second = first[::-1], second[::-1]
    return _pick_levels(first, second, ds[dim])


def _pair_of(
    ds: xr.Dataset, a: Hashable | None, b: Hashable | None
) -> tuple[xr.DataArray, xr.DataArray] | None:
    """Coefficients a [hPa] and b [1], as they lie; None where a name is of something else."""
    if a is None or b is None or ds[a].ndim != 1 or ds[a].dims != ds[b].dims or ds[a].size < 2:
        return None
    first, second = (drop_coordinates(ds[name]).astype(np.float64) for name in (a, b))
    factor = {"pa": 0.01, "hpa": 1.0, "mb": 1.0}.get(unit_of(ds[a]))
    reference = find_named(ds, ["p0"])
    if factor is None and reference is not None:  # CMIP's a without a unit is a share of p0
        factor = 0.01 * float(ds[reference])
    first = first * (0.01 if factor is None else factor)
    _check_unit(first.to_numpy(), second.to_numpy(), ds[a])
    return first, second


def _check_unit(a: NDArray[np.float64], b: NDArray[np.float64], stored: xr.DataArray) -> None:
    """Refuse coefficients that are in another unit than they say: a fades out slowly, or is 0."""
    inside = (b >= _MIDDLE[0]) & (b <= _MIDDLE[1])
    most = float(np.fmax.reduce(a[inside], initial=0.0))
    highest = float(np.fmax.reduce(a, initial=0.0))
    if not (0.0 < most < _LEAST) and highest < _MOST:
        return
    says = f"units '{stored.attrs['units']}'" if unit_of(stored) else "no units attribute"
    msg = (
        f"'{stored.name}' of the hybrid levels has {says}, which makes it {most:.3g} hPa in the "
        f"middle of the air and {highest:.3g} hPa at most; accepted are {_LEAST:g} to {_MOST:g} "
        "hPa, or 0 throughout. Correct its attribute 'units' (Pa, hPa)."
    )
    raise UnitsError(msg)


def _middle(half: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of full levels: the mean of half levels is that of their coefficients."""
    return 0.5 * (half[:-1] + half[1:])


def _begins_at_the_ground(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Tell by pressures above a usual ground which end of the coefficients is the lower one."""
    pressure = a + b * 1000.0
    return bool(pressure[0] > pressure[-1])


def _pick_levels(
    a: NDArray[np.float64], b: NDArray[np.float64], level: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Coefficients of the levels that the coordinate numbers, from 1."""
    values = level.to_numpy().astype(np.float64)
    number = np.rint(values).astype(np.intp)
    if np.any(number != values) or number.min() < 1 or number.max() > a.size:
        msg = (
            f"levels {values.min():g} to {values.max():g} found with coefficients for levels 1 to "
            f"{a.size}; accepted are the numbers of these. Check the coordinate '{level.name}'."
        )
        raise GridError(msg)
    first, second = (xr.DataArray(each[number - 1], dims=level.dims) for each in (a, b))
    return first, second
