"""Formulas on labelled arrays: broadcast by dimension name, lazy where the input is lazy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

__all__ = ["elementwise"]


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
