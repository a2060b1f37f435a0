"""Formulas on labelled arrays: broadcast by dimension name, lazy where the input is lazy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.unit_conversion import delay_in_metres, in_unit
from tropdsx.cf.units import find_variable
from tropdsx.errors import GridError, UnitsError

__all__ = [
    "bare",
    "delay_of",
    "elementwise",
    "fields_named",
    "height_of",
    "total_delay",
    "variable_named",
]

_HEIGHT = ("orography", "height", "height_ell", "height_ell_m", "ellipsoidal_height", "h_ell")


def elementwise(
    formula: Callable[..., Any],
    *arguments: Any,
    kwargs: Mapping[str, Any] | None = None,
    outputs: int = 1,
    dtype: Any = np.float64,
) -> Any:
    """Apply a formula of the package to labelled arrays.

    Parameters
    ----------
    formula : callable
        Works on NumPy arrays, element by element.
    *arguments : DataArray or number
        Broadcast by dimension name; any may be a dask array.
    kwargs : mapping, optional
        Further arguments of the formula.
    outputs : int, optional
        How many arrays the formula gives.
    dtype : dtype, optional
        Of the result.

    Returns
    -------
    DataArray, or a tuple of them
        Nothing is computed if any argument is a dask array.

    Examples
    --------
    >>> a, b = xr.DataArray([1.0, 2.0], dims="x"), xr.DataArray([10.0], dims="y")
    >>> elementwise(np.add, a, b).dims
    ('x', 'y')
    """
    return xr.apply_ufunc(
        partial(_full, formula, outputs, dtype),
        *arguments,
        kwargs=dict(kwargs or {}),
        dask="parallelized",
        output_core_dims=[()] * outputs,
        output_dtypes=[dtype] * outputs,
        keep_attrs=False,
    )


def _full(
    formula: Callable[..., Any], outputs: int, dtype: Any, *arguments: Any, **kwargs: Any
) -> Any:
    # A result that does not depend on an argument has its length all the same.
    shape = np.broadcast_shapes(*(np.shape(each) for each in arguments))
    found = formula(*arguments, **kwargs)
    full = [
        np.broadcast_to(np.asarray(each, dtype=dtype), shape)
        for each in (found if outputs > 1 else [found])
    ]
    return tuple(full) if outputs > 1 else full[0]


def bare(da: xr.DataArray) -> xr.DataArray:
    """Drop all coordinates: what lies on the same dimensions of one Dataset belongs together."""
    return xr.DataArray(da.variable.to_base_variable(), name=da.name)


def variable_named(ds: xr.Dataset, names: Iterable[str]) -> Hashable | None:
    """Find the first variable with one of these names, in any case; None where there is none.

    Examples
    --------
    >>> variable_named(xr.Dataset({"T2M": 280.0}), ("2t", "t2m"))
    'T2M'
    """
    found = {str(name).lower(): name for name in ds.variables}
    return next((found[name] for name in names if name in found), None)


def fields_named(
    ds: xr.Dataset,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    *,
    without: Iterable[Hashable] = (),
) -> list[xr.DataArray]:
    """List variables with one of these names, then with one of these standard names, bare."""
    aliases, standard = names
    ranked = []
    for name, variable in ds.variables.items():
        lower = str(name).lower()
        if name in without or variable.dtype.kind not in "fiu":
            continue
        if lower in aliases:
            ranked.append((aliases.index(lower), str(name), name))
        elif variable.attrs.get("standard_name") in standard:
            ranked.append((len(aliases), str(name), name))
    return [bare(ds[entry[-1]]) for entry in sorted(ranked)]


def delay_of(ds: xr.Dataset, quantity: str) -> xr.DataArray:
    """Find a delay in a Dataset and convert it to metres.

    Parameters
    ----------
    ds : Dataset
        Any.
    quantity : {"zhd", "zwd"}
        Which.

    Returns
    -------
    DataArray
        As stored [m].

    Raises
    ------
    GridError
        If there is none.
    UnitsError
        If its units or values fit no delay.

    Examples
    --------
    >>> ds = xr.Dataset({"ZWD": ("site", [20.0], {"units": "cm"})})
    >>> delay_of(ds, "zwd").values
    array([0.2])
    """
    name = find_variable(ds, quantity, set())
    if name is None:
        msg = (
            f"no {quantity} found among the variables {', '.join(map(str, ds.data_vars)) or 'none'}"
            f"; accepted names are {', '.join(QUANTITIES[quantity].aliases[:5])}. Rename yours "
            f"with ds.rename({{'...': '{quantity}'}})."
        )
        raise GridError(msg)
    return delay_in_metres(ds[name], quantity)


def total_delay(ds: xr.Dataset) -> xr.DataArray:
    """Zenith total delay: hydrostatic plus wet.

    Parameters
    ----------
    ds : Dataset
        With both delays in m, cm or mm by their ``units``; any shape, NumPy or dask.

    Returns
    -------
    DataArray
        ``ztd``, lazy where the delays are [m].

    Raises
    ------
    GridError
        If one of them is missing.
    UnitsError
        If units or values fit no delay.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": ((), 2.3, {"units": "m"}), "zwd": ((), 200.0, {"units": "mm"})})
    >>> float(total_delay(ds))
    2.5
    """
    out = (delay_of(ds, "zhd") + delay_of(ds, "zwd")).rename("ztd")
    out.attrs = {
        "long_name": "zenith total delay", "units": "m", "cell_methods": "area: point",
    }  # fmt: skip
    return out


def height_of(data: xr.Dataset | xr.DataArray) -> xr.DataArray | None:
    """Find the ellipsoidal heights that the data refer to [m]; None where there are none.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"orography": ((), 0.4, {"units": "km"})})
    >>> float(height_of(ds))
    400.0
    """
    ds = data.coords.to_dataset() if isinstance(data, xr.DataArray) else data
    name = variable_named(ds, _HEIGHT)
    if name is None:
        return None
    height = in_unit(ds[name], "height")
    if height.dtype.kind not in "fiu":
        msg = f"'{name}' holds no numbers; accepted are heights in m. Rename or convert it."
        raise UnitsError(msg)
    return height
