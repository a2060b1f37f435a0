"""Counts of what limits held in a result: nodes with bounded corrections, delays at their floor.

They are variables with one number for each epoch, and no attributes: so they stay right whatever
the chunks, on a cluster, in a run that is continued, and where epochs are taken or files joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.expected import expected_names
from tropdsx.cf.quantities import DELAYS, QUANTITIES

__all__ = ["OUT_OF", "count_names", "describe_count", "load_counts", "read_counts", "sum_counts"]

OUT_OF = "tropdsx_out_of"
"""Attribute of a count: of how many it is, in each epoch."""
_KINDS = {
    "bounded": "coarse nodes whose correction of the {} was bounded",
    "floored": "points where the {} was held at its floor",
}


def count_names(delays: Sequence[str]) -> list[str]:
    """List the counts that go with some delays.

    Parameters
    ----------
    delays : sequence of str
        Of "zhd", "zwd".

    Returns
    -------
    list of str
        Names of variables.

    Examples
    --------
    >>> count_names(["zhd", "zwd"])
    ['zhd_bounded', 'zwd_bounded', 'zwd_floored']
    """
    return [*(f"{name}_bounded" for name in delays), *(["zwd_floored"] if "zwd" in delays else [])]


def describe_count(name: str, *, nodes: int, points: int) -> dict[str, Any]:
    """Make the attributes of a count.

    Parameters
    ----------
    name : str
        Of :func:`count_names`.
    nodes, points : int
        Coarse nodes that matter to the result, and its points, in one epoch.

    Returns
    -------
    dict

    Examples
    --------
    >>> describe_count("zwd_floored", nodes=2592, points=64800)["tropdsx_out_of"]
    np.int32(64800)
    """
    delay, _, kind = name.partition("_")
    return {
        "long_name": _KINDS[kind].format(QUANTITIES[delay].long_name),
        "units": "1",
        "coverage_content_type": "qualityInformation",
        OUT_OF: _number(nodes if kind == "bounded" else points),
    }


def _number(value: int) -> np.int32 | np.float64:
    """Keep whole numbers as int32, which all forms of NetCDF have, and larger ones as float64."""
    return np.int32(value) if value <= np.iinfo(np.int32).max else np.float64(value)


def load_counts(ds: xr.Dataset) -> xr.Dataset:
    """Read counts and expected errors of a result in a file, where nothing is computed for them.

    Parameters
    ----------
    ds : Dataset
        As it was opened.

    Returns
    -------
    Dataset
        The same one, its numbers of epochs in memory now.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd_bounded": ("time", [0, 3], {"tropdsx_out_of": 2592})}).chunk()
    >>> load_counts(ds).zwd_bounded.chunks is None
    True
    """
    for name in count_names(DELAYS):
        if name in ds and OUT_OF in ds[name].attrs:
            ds.variables[name].load()  # in place: a copy would not close the file
    for name in expected_names(DELAYS):
        if name in ds and ds[name].ndim < 2:
            ds.variables[name].load()
    return ds


def sum_counts(ds: xr.Dataset) -> xr.Dataset:
    """Sum up the counts of a result whose epochs are going to be other ones.

    Parameters
    ----------
    ds : Dataset
        In memory.

    Returns
    -------
    Dataset
        The counts alone, as scalars.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd_bounded": ("time", [0, 3], {"tropdsx_out_of": 2592})})
    >>> sum_counts(ds)["zwd_bounded"].attrs
    {'tropdsx_out_of': np.int32(5184)}
    """
    out = {}
    for name in (each for each in count_names(DELAYS) if each in ds):
        attrs = ds[name].attrs
        attrs = attrs | {OUT_OF: _number(int(attrs[OUT_OF]) * ds[name].size)}
        out[name] = xr.Variable((), _number(int(ds[name].sum(dtype=np.int64))), attrs)
    return xr.Dataset(out)


def read_counts(ds: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Sum up the counts of a result over its epochs.

    Parameters
    ----------
    ds : Dataset
        Any; what is lazy is not computed.

    Returns
    -------
    dict
        By name of the variable: ``count``, ``out_of``, ``epochs`` (with any) and ``out_of_epochs``,
        of those epochs that have a number (files of before, joined to others, have none); ``count``
        and ``epochs`` are None where they are not computed yet. Empty where a result has no counts,
        or where they are no numbers of epochs any more: spread over nodes by ``ds.where(...)``.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd_bounded": ("time", [0, 3], {"tropdsx_out_of": 2592})})
    >>> read_counts(ds)["zwd_bounded"]
    {'count': 3, 'out_of': 5184, 'epochs': 1, 'out_of_epochs': 2}
    """
    found = {}
    for name in count_names(DELAYS):
        if name not in ds.variables or OUT_OF not in ds[name].attrs or ds[name].ndim > 1:
            continue
        var = ds[name].variable
        known = var.chunks is None
        values = np.asarray(var.values, np.float64) if known else np.zeros(var.size)
        values = values[values >= 0]  # NaN, or what integers make of it: an epoch without a number
        if not values.size:
            continue
        found[name] = {
            "count": round(values.sum()) if known else None,
            "out_of": int(var.attrs[OUT_OF]) * values.size,
            "epochs": int(np.count_nonzero(values)) if known else None,
            "out_of_epochs": values.size,
        }
    return found
