"""Axes that name an edge of their cells, as corner-registered rasters do, instead of the middle."""

from __future__ import annotations

import numpy as np
import xarray as xr

from tropdsx.cf.conventions import Conventions
from tropdsx.errors import warn

__all__ = ["find_edge", "tell_registration"]

_NEAR = 0.02
"""How near to the edge a node is at it [share of the cell]."""


def find_edge(nodes: xr.Variable, cells: xr.Variable) -> float:
    """Find how far all nodes lie from the middle of their cells, if they lie at an edge.

    Parameters
    ----------
    nodes : Variable, shape (N,)
        Latitude or longitude [deg].
    cells : Variable, shape (N, 2)
        What its attribute ``bounds`` names [deg].

    Returns
    -------
    float
        To be added to get the middle; 0 where nodes lie elsewhere or nothing can be told [deg].

    Examples
    --------
    >>> cells = xr.Variable(("lat", "nv"), [[0.0, 1.0], [1.0, 2.0]])
    >>> find_edge(xr.Variable("lat", [0.0, 1.0]), cells)
    0.5
    >>> find_edge(xr.Variable("lat", [0.5, 1.5]), cells)
    0.0
    """
    if cells.shape != (*nodes.shape, 2) or nodes.ndim != 1 or not nodes.size:
        return 0.0
    if any(each.dtype.kind not in "fiu" for each in (nodes, cells)):
        return 0.0
    place, edges = (np.asarray(each.values, np.float64) for each in (nodes, cells))
    low, high = edges.min(axis=1), edges.max(axis=1)
    width = high - low
    if not (width > 0).all():
        return 0.0
    for edge, sign in ((low, 1.0), (high, -1.0)):
        if (np.abs(place - edge) < _NEAR * width).all():
            return sign * float(np.median(width)) / 2.0
    return 0.0


def tell_registration(ds: xr.Dataset, axes: tuple[xr.DataArray, ...], notes: list[str]) -> None:
    """Warn of axes whose cell bounds say that they name edges: values may lie half a step away.

    Parameters
    ----------
    ds : Dataset
        As stored, with the bounds.
    axes : tuple of DataArray
        Latitude and longitude of it.
    notes : list of str
        What was assumed is appended.

    Examples
    --------
    >>> notes = []
    >>> axis = xr.DataArray([1.0, 0.0], dims="lat", name="lat")
    >>> tell_registration(xr.Dataset(coords={"lat": axis}), (axis,), notes)
    >>> notes
    []
    """
    known = Conventions(ds).bounds
    for axis in axes:
        name = known.get(axis.name)
        off = find_edge(axis.variable, ds.variables[name]) if name is not None else 0.0
        if off:
            text = (
                f"'{axis.name}' lies at an edge of the cells in '{name}', {abs(off):g} deg from "
                f"their middle; values were taken to be at '{axis.name}'. If they are those of the "
                f"middle, move it: ds['{axis.name}'] = ds['{axis.name}'] {off:+g}"
            )
            notes.append(text)
            warn(f"{text}.")
