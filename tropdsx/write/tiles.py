"""Cut large fields into the chunks that a file stores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["cut_tiles", "tile_shape", "tile_starts"]

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
