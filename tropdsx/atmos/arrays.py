"""Arguments of the formulas: turn them into float arrays, check latitudes and elevations."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.errors import DomainError

FloatArray: TypeAlias = NDArray[np.floating[Any]]
"""An array of floats of any precision; 0-d results come back as NumPy scalars."""

_LARGEST_COEFFICIENT = 0.02
"""Mapping coefficients a are 0.0002 to 0.0014."""


def as_floats(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """Turn arguments into float arrays without widening float32 fields.

    Python numbers take the precision of the arrays beside them, so a scalar option next to a
    float32 field does not double the memory; with no array in sight everything is float64.
    Integers become float64.

    Parameters
    ----------
    *values : array_like
        Numbers or arrays of any shape.

    Returns
    -------
    tuple of ndarray
        One float array per argument, shapes unchanged.

    Examples
    --------
    >>> field, option = as_floats(np.zeros(2, dtype="f4"), 0.0065)
    >>> option.dtype
    dtype('float32')
    """
    arrays = [None if isinstance(v, (int, float)) else _float_array(v) for v in values]
    present = [a for a in arrays if a is not None]
    weak = np.result_type(*present) if present else np.dtype(np.float64)
    return tuple(
        np.asarray(v, dtype=weak) if a is None else a for v, a in zip(values, arrays, strict=True)
    )


def _float_array(value: ArrayLike) -> FloatArray:
    array = np.asarray(value)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def check_latitude(lat: FloatArray) -> None:
    """Refuse latitudes beyond the poles; NaN passes.

    Parameters
    ----------
    lat : ndarray
        Geodetic latitude [deg].

    Raises
    ------
    DomainError
        If any latitude lies outside [-90, 90].

    Examples
    --------
    >>> check_latitude(np.array([48.2, np.nan]))
    >>> check_latitude(np.array([48.2, 163.7]))
    Traceback (most recent call last):
    tropdsx.errors.DomainError: latitude 163.7 found; accepted are degrees in [-90, 90]. Check ...
    """
    text = (
        "latitude {:g} found; accepted are degrees in [-90, 90]. "
        "Check that latitude and longitude are not swapped."
    )
    _refuse(lat, np.abs(lat) > 90, text)


def check_elevation(elevation: FloatArray) -> None:
    """Refuse elevation angles at which no mapping function is defined; NaN passes.

    Parameters
    ----------
    elevation : ndarray
        Elevation angle above the horizon [deg].

    Raises
    ------
    DomainError
        If any elevation is zero, negative or above 90.

    Examples
    --------
    >>> check_elevation(np.array([5.0, 90.0]))
    >>> check_elevation(np.array(-1.0))
    Traceback (most recent call last):
    tropdsx.errors.DomainError: elevation -1 found; accepted are degrees in (0, 90]. Mask ...
    """
    text = (
        "elevation {:g} found; accepted are degrees in (0, 90]. Mask satellites below the "
        "horizon first, and convert zenith distances with elevation = 90 - zenith distance."
    )
    _refuse(elevation, (elevation <= 0) | (elevation > 90), text)


def check_mapping_coefficient(a: FloatArray) -> None:
    """Refuse coefficients that no continued fraction of the troposphere has; NaN passes.

    Parameters
    ----------
    a : ndarray
        First coefficient of the continued fraction [1].

    Raises
    ------
    DomainError
        If any does not lie between 0 and 0.02.

    Examples
    --------
    >>> check_mapping_coefficient(np.array([0.00127, np.nan]))
    >>> check_mapping_coefficient(np.array(1.27))
    Traceback (most recent call last):
    tropdsx.errors.DomainError: mapping coefficient 1.27 found; accepted are 0 to 0.02, such as ...
    """
    text = (
        "mapping coefficient {:g} found; accepted are 0 to 0.02, such as ah = 0.0012. Those in "
        "units of 1e-3 have units='1e-3', or are divided by 1000."
    )
    _refuse(a, (a <= 0) | (a > _LARGEST_COEFFICIENT), text)


def _refuse(values: FloatArray, wrong: NDArray[np.bool_] | np.bool_, text: str) -> None:
    """Raise a DomainError that names the first of the wrong values."""
    if np.any(wrong):
        msg = text.format(float(np.asarray(values)[wrong].flat[0]))
        raise DomainError(msg)
