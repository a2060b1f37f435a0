"""Cut large fields into the chunks that a file stores."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

__all__ = [
    "Bands",
    "counts_of",
    "cut_sizes",
    "cut_tiles",
    "find_banded",
    "tile_shape",
    "tile_starts",
]

Bands = tuple[Hashable, int]
"""Dimension that fields are cut along into bands, and rows in a band."""

#: Most values in a chunk [byte]: a global field of 0.25 degrees is one, a terrain model several.
CHUNK_BYTES = 6 * 2**20


def tile_shape(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """Choose the chunks of a field: the whole of it, or nearly square tiles where it is large.

    Parameters
    ----------
    shape : sequence of int
        Of one epoch; its last two dimensions are cut.
    itemsize : int
        Of a value [byte].

    Returns
    -------
    tuple of int
        Of a chunk.

    Examples
    --------
    >>> tile_shape((720, 1440), 4), tile_shape((3601, 3601), 4)
    ((720, 1440), (1201, 1201))
    """
    if math.prod(shape) * itemsize <= CHUNK_BYTES or len(shape) < 2:
        return tuple(shape)
    *others, rows, columns = shape
    most = max(1, CHUNK_BYTES // (itemsize * max(1, math.prod(others))))
    side = max(1, math.isqrt(most))
    width = columns if columns <= side else math.ceil(columns / math.ceil(columns / side))
    height = min(rows, max(1, most // width))
    return (*others, math.ceil(rows / math.ceil(rows / height)), width)


def cut_sizes(var: xr.Variable, bands: Bands | None) -> dict[Hashable, int]:
    """Give the sizes of a variable, or of the part of it that a band is.

    Parameters
    ----------
    var : Variable
        Of any dimensions.
    bands : tuple of (Hashable, int) or None
        Dimension that is cut, and rows in a band.

    Returns
    -------
    dict of int
        By dimension.

    Examples
    --------
    >>> cut_sizes(xr.Variable(("lat", "lon"), np.zeros((100, 4))), ("lat", 30))
    {'lat': 30, 'lon': 4}
    """
    sizes = dict(var.sizes)
    if bands is not None and bands[0] in sizes and var.ndim > 1:
        sizes[bands[0]] = min(sizes[bands[0]], bands[1])
    return sizes


def counts_of(block: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Take the values of a block that are one number for each epoch.

    Parameters
    ----------
    block : dict of ndarray
        By name.

    Returns
    -------
    dict of ndarray
        Those of at most one dimension.

    Examples
    --------
    >>> counts_of({"zwd": np.zeros((2, 4, 5)), "zwd_floored": np.array([0, 3])})
    {'zwd_floored': array([0, 3])}
    """
    return {name: values for name, values in block.items() if np.ndim(values) < 2}


def find_banded(ds: xr.Dataset, dim: Hashable, _rows: int) -> tuple[Hashable, ...]:
    """Name the variables that are written in bands: lazy, and cut along a dimension.

    Parameters
    ----------
    ds : Dataset
        What is written.
    dim, _rows : Hashable and int
        As :data:`Bands`.

    Returns
    -------
    tuple of Hashable

    Examples
    --------
    >>> ds = xr.Dataset({"h": (("lat", "lon"), np.zeros((4, 5)))})
    >>> find_banded(ds, "lat", 2), find_banded(ds.chunk(), "lat", 2)
    ((), ('h',))
    """
    return tuple(
        name
        for name, var in ds.variables.items()
        if dim in var.dims and var.ndim > 1 and var.chunks is not None
    )


def tile_starts(shape: Sequence[int], tile: Sequence[int]) -> list[tuple[int, ...]]:
    """List where the chunks of a field begin, the last dimension fastest.

    Parameters
    ----------
    shape, tile : sequence of int
        Of the field and of a chunk.

    Returns
    -------
    list of tuple of int

    Examples
    --------
    >>> tile_starts((4, 5), (2, 3))
    [(0, 0), (0, 3), (2, 0), (2, 3)]
    """
    return list(product(*(range(0, size, step) for size, step in zip(shape, tile, strict=True))))


def cut_tiles(field: NDArray[Any], tile: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Cut a field into its chunks, those at the ends filled up to full size.

    Parameters
    ----------
    field : ndarray
        Values of one epoch.
    tile : sequence of int
        Shape of a chunk.

    Yields
    ------
    ndarray
        Contiguous, in the order of :func:`tile_starts`.

    Examples
    --------
    >>> [part.tolist() for part in cut_tiles(np.array([[1, 2, 3]]), (1, 2))]
    [[[1, 2]], [[3, 0]]]
    """
    for start in tile_starts(field.shape, tile):
        part = field[tuple(slice(a, a + step) for a, step in zip(start, tile, strict=True))]
        if part.shape == tuple(tile):
            yield np.ascontiguousarray(part)
        else:
            full = np.zeros(tile, field.dtype)
            full[tuple(map(slice, part.shape))] = part
            yield full
