"""Cell bounds of axes, and the encoding of times, as CF wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["bounds_hold", "cell_edges", "choose_time_units", "encode_time", "remove_jumps"]


def remove_jumps(lon: NDArray[Any]) -> NDArray[Any]:
    """Let longitudes run on past the antimeridian or Greenwich, where they jump by a turn.

    Parameters
    ----------
    lon : ndarray, shape (I,)
        Longitudes in any convention [deg].

    Returns
    -------
    ndarray, shape (I,)
        The same places, steps of less than half a turn, same type [deg].

    Examples
    --------
    >>> remove_jumps(np.array([178.0, 179.0, -180.0, -179.0])).tolist()
    [178.0, 179.0, 180.0, 181.0]
    """
    steps = np.diff(lon.astype(np.float64))
    turns = np.zeros(lon.size)
    turns[1:] = -360.0 * np.cumsum(np.rint(steps / 360.0))
    return (lon + turns).astype(lon.dtype) if turns.any() else lon


def cell_edges(nodes: NDArray[Any]) -> NDArray[np.float64]:
    """Lay cell edges midway between nodes.

    Parameters
    ----------
    nodes : ndarray, shape (N,)
        Ascending or descending [deg].

    Returns
    -------
    edges : ndarray, shape (N + 1,)
        Empty for a single node, whose width is unknown [deg].

    Examples
    --------
    >>> cell_edges(np.array([1.0, 2.0, 4.0])).tolist()
    [0.5, 1.5, 3.0, 5.0]
    """
    nodes = nodes.astype(np.float64)
    if nodes.size < 2:
        return np.empty(0)
    middle = (nodes[:-1] + nodes[1:]) / 2
    return np.concatenate([[2 * nodes[0] - middle[0]], middle, [2 * nodes[-1] - middle[-1]]])


def bounds_hold(nodes: xr.Variable, cells: xr.Variable) -> bool:
    """Tell whether cell bounds are those of a coordinate.

    Parameters
    ----------
    nodes : Variable, shape (...)
        A coordinate.
    cells : Variable, shape (..., V)
        What its attribute ``bounds`` names.

    Returns
    -------
    bool
        True where the dimensions fit and every node lies within its cell; of lazy variables, and
        of cells with other than two vertices, the dimensions alone are looked at.

    Examples
    --------
    >>> cells = xr.Variable(("lat", "nv"), [[0.5, 1.5], [1.5, 2.5]])
    >>> bounds_hold(xr.Variable("lat", [1.0, 2.0]), cells)
    True
    >>> bounds_hold(xr.Variable("lat", [1.0, 3.0]), cells)
    False
    """
    if cells.ndim != nodes.ndim + 1 or cells.dims[:-1] != nodes.dims:
        return False
    if cells.shape[-1] != 2 or nodes.chunks is not None or cells.chunks is not None:
        return True
    kinds = {"M" if each.dtype.kind == "M" else "number" for each in (nodes, cells)}
    if len(kinds) > 1 or nodes.dtype.kind not in "fiuM":
        # Numbers beside dates are of other units; dates of cftime are not compared.
        return nodes.dtype.kind == "O"
    low, high = cells.values.min(axis=-1), cells.values.max(axis=-1)
    slack = (high - low) / 1000  # of float32 nodes in float64 cells
    return bool(((nodes.values >= low - slack) & (nodes.values <= high + slack)).all())


def choose_time_units(times: NDArray[np.datetime64]) -> str:
    """Choose hours, or the next finer unit in which every epoch is exact.

    Parameters
    ----------
    times : ndarray of datetime64
        Epochs [UTC].

    Returns
    -------
    str
        CF units, since 1970.

    Examples
    --------
    >>> choose_time_units(np.array(["2021-01-01T06:00"], "datetime64[ns]"))
    'hours since 1970-01-01 00:00:00'
    >>> choose_time_units(np.array(["2021-01-01T06:05"], "datetime64[ns]"))
    'minutes since 1970-01-01 00:00:00'
    """
    since = np.atleast_1d(times).astype("datetime64[us]") - np.datetime64("1970-01-01", "us")
    ticks = since.astype(np.int64)
    for unit, size in (("hours", 3_600_000_000), ("minutes", 60_000_000), ("seconds", 1_000_000)):
        # Quarter and half hours are exact binary fractions as well.
        if not (4 * ticks % size).any():
            return f"{unit} since 1970-01-01 00:00:00"
    return "seconds since 1970-01-01 00:00:00"


def encode_time(times: NDArray[np.datetime64]) -> dict[str, Any]:
    """Choose how times are stored: as float64 since 1970, without fill value.

    Parameters
    ----------
    times : ndarray of datetime64, shape (N,) or ()
        What is to be stored [UTC].

    Returns
    -------
    dict
        Encoding of xarray, in the unit of :func:`choose_time_units`.

    Examples
    --------
    >>> encode_time(np.array(["2021-01-01T00:00:07"], "datetime64[ns]"))["units"]
    'seconds since 1970-01-01 00:00:00'
    """
    units = choose_time_units(times)
    return {"units": units, "calendar": "standard", "dtype": "float64", "_FillValue": None}
