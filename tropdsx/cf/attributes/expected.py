"""Errors that a network expects of the epochs of a result, on average over its area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import DELAYS, QUANTITIES
from tropdsx.errors import GridError

__all__ = ["describe_expected", "expected_names", "read_expected"]

#: Rows and columns of a map that are looked at, about.
MOST = 500


def expected_names(delays: Sequence[str]) -> list[str]:
    """List the expected errors that go with some delays.

    Parameters
    ----------
    delays : sequence of str
        Of "zhd", "zwd".

    Returns
    -------
    list of str
        Names of variables with one number for each epoch [m].

    Examples
    --------
    >>> expected_names(["zwd"])
    ['zwd_expected_error']
    """
    return [f"{name}_expected_error" for name in delays]


def describe_expected(name: str, *, stations: bool = False) -> dict[str, Any]:
    """Make the attributes of an expected error.

    Parameters
    ----------
    name : str
        Of :func:`expected_names`.
    stations : bool, optional
        Whether it is that of series at stations, instead of a grid.

    Returns
    -------
    dict

    Examples
    --------
    >>> describe_expected("zwd_expected_error")["long_name"]
    'error of the zenith wet delay that the network expects, root mean square over the area'
    """
    of = QUANTITIES[name.partition("_")[0]].long_name
    over, points = ("the stations", "400 stations") if stations else ("the area", "1200 points")
    return {
        "long_name": f"error of the {of} that the network expects, root mean square over {over}",
        "units": "m",
        "coverage_content_type": "qualityInformation",
        "comment": f"from the standard deviations at up to {points} of each epoch; the RMSE maps "
        "tell of the validation period instead",
    }


def read_expected(ds: xr.Dataset) -> dict[str, dict[str, float]]:
    """Sum up the expected errors of a result over its epochs, beside the RMSE of validation.

    Parameters
    ----------
    ds : Dataset
        Any; what is lazy is not computed.

    Returns
    -------
    dict
        By name of the delay: ``expected`` (root mean square over the epochs), ``least``, ``most``
        [m]; and ``validated``, the root mean square of the RMSE map by area, or over the stations
        [m], where there is one in memory.

    Examples
    --------
    >>> maps = {"zwd_rmse": (("lat", "lon"), [[0.01]])}
    >>> axes = {"lat": [47.0], "lon": [8.0]}
    >>> ds = xr.Dataset({"zwd_expected_error": ("time", [0.015, 0.02]), **maps}, axes)
    >>> {name: round(value, 4) for name, value in read_expected(ds)["zwd"].items()}
    {'expected': 0.0177, 'least': 0.015, 'most': 0.02, 'validated': 0.01}
    """
    found = {}
    for delay, name in zip(DELAYS, expected_names(DELAYS), strict=True):
        if name not in ds.variables or ds[name].ndim > 1 or ds[name].chunks is not None:
            continue
        values = np.atleast_1d(ds[name].variable.values).astype(float)
        values = values[np.isfinite(values)]
        if not values.size:
            continue
        squares = float(np.mean(values**2))
        found[delay] = {
            "expected": squares**0.5,
            "least": float(values.min()),
            "most": float(values.max()),
        }
        if (validated := _mean_of_map(ds, f"{delay}_rmse")) is not None:
            found[delay]["validated"] = validated
    return found


def _mean_of_map(ds: xr.Dataset, name: str) -> float | None:
    """Root mean square of a map by area, from some of its rows and columns where it is large."""
    if name not in ds or ds[name].chunks is not None or ds[name].ndim not in (1, 2):
        return None
    if ds[name].dims == ("station",):
        mean = float((ds[name].astype(float) ** 2).mean())
        return mean**0.5 if np.isfinite(mean) else None
    if ds[name].ndim == 1:
        return None
    some = {dim: slice(None, None, max(1, size // MOST)) for dim, size in ds[name].sizes.items()}
    squares = ds[name].isel(some).astype(float) ** 2
    try:
        lat = find_axes(ds).lat
    except GridError:
        return None
    lat = lat.isel({lat.dims[0]: some[lat.dims[0]]})
    area = lat.copy(data=np.cos(np.radians(lat.to_numpy().astype(float))).clip(0.0))
    mean = float(squares.weighted(area).mean())
    return mean**0.5 if np.isfinite(mean) else None
