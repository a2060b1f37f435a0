"""Hide cells of a field as sparse observations leave them out: exactly so many, from a seed.

Every mask is drawn on the cells that hold a value (``valid``), and says which of them stay visible.
Values never enter: a mask is the same whatever the field says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.samples.station_masks import mask_stations
from tropdsx.workflows.patches.splitting import stable_hash
from tropdsx.workflows.patches.validity import count_share

__all__ = [
    "KINDS",
    "MASKS",
    "draw_mask",
    "generator_of",
    "mask_bernoulli",
    "mask_rectangles",
    "mask_tiles",
    "mask_tracks",
]

Cells = NDArray[np.bool_]


def generator_of(seed: int, sample: str) -> np.random.Generator:
    """Make the random numbers of one sample: the same whatever was drawn before.

    Parameters
    ----------
    seed : int
        Of the run.
    sample : str
        What names the sample, such as its window and time.

    Returns
    -------
    Generator

    Examples
    --------
    >>> bool(generator_of(1, "a").random() == generator_of(1, "a").random())
    True
    """
    return np.random.default_rng(stable_hash(sample, seed))


def draw_mask(kind: str, valid: Cells, share: float, seed: int, sample: str, **shape: Any) -> Cells:
    """Draw which cells of a sample stay visible.

    Parameters
    ----------
    kind : {"rectangles", "tracks", "tiles", "bernoulli", "stations"}
        Shape of the gaps; ``stations``: all is hidden but the cells of given stations.
    valid : ndarray of bool, shape (..., J, I)
        Cells that hold a value. Levels are hidden together, as a profile is there or not: the share
        is counted in columns with a value on any level.
    share : float
        Share of these columns to hide: the nearest whole number of them. Of stations, the share of
        their columns that is hidden beside all others.
    seed : int
        Of the run.
    sample : str
        What names the sample, such as its window and time.
    **shape
        Further options of the kind: `sides` of rectangles [cells], `edge` of tiles [cells], `every`
        and `turn` of tracks, `stations`: their cells, a mask of shape (J, I).

    Returns
    -------
    ndarray of bool, shape (..., J, I)
        Valid and visible.

    Raises
    ------
    DomainError
        If the kind is unknown or the share is none.

    Examples
    --------
    >>> seen = draw_mask("tiles", np.ones((2, 8, 8), bool), 0.25, 1, "a", edge=4)
    >>> int(seen.sum()), bool((seen[0] == seen[1]).all())
    (96, True)
    """
    if kind not in KINDS:
        msg = f"mask {kind!r} is unknown; accepted are {', '.join(KINDS)}"
        raise DomainError(msg)
    if (kind == "stations") != ("stations" in shape):
        msg = (
            f"mask {kind!r} with options {sorted(shape)}; stations=CELLS goes with kind 'stations'"
        )
        raise DomainError(msg)
    footprint = valid.any(axis=tuple(range(valid.ndim - 2)))
    hidden = KINDS[kind](footprint, share, generator_of(seed, sample), **shape)
    return valid & ~hidden


def mask_rectangles(
    valid: Cells, share: float, rng: np.random.Generator, *, sides: tuple[int, int] = (4, 16)
) -> Cells:
    """Hide random rectangles.

    Parameters
    ----------
    valid : ndarray of bool, shape (J, I)
        Cells that can be hidden.
    share : float
        Share of them to hide; of the last rectangle only the first cells are.
    rng : Generator
        Random numbers.
    sides : tuple of int
        Shortest and longest side [cells].

    Returns
    -------
    ndarray of bool, shape (J, I)
        Hidden cells.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> int(mask_rectangles(np.ones((32, 32), bool), 0.5, rng).sum())
    512
    """
    _check_cells(sides, "sides")
    rows, columns = valid.shape
    longest = np.minimum(sides[1], valid.shape)
    shortest = np.minimum(sides[0], longest)

    def draw() -> Cells:
        height, width = rng.integers(shortest, longest + 1)
        # Round a cell that can be hidden, so that each draw may add to what is hidden.
        y, x = _any_cell(valid, rng)
        top = int(np.clip(y - rng.integers(height), 0, rows - height))
        left = int(np.clip(x - rng.integers(width), 0, columns - width))
        piece = np.zeros_like(valid)
        piece[top : top + height, left : left + width] = True
        return piece

    return _fill(valid, _wanted(valid, share), draw)


def mask_tiles(valid: Cells, share: float, rng: np.random.Generator, *, edge: int = 8) -> Cells:
    """Hide tiles of a chessboard in random order.

    Parameters
    ----------
    valid, share, rng
        As for :func:`mask_rectangles`.
    edge : int
        Side of a tile [cells].

    Returns
    -------
    ndarray of bool, shape (J, I)
        Hidden cells.

    Examples
    --------
    >>> int(mask_tiles(np.ones((16, 16), bool), 0.5, np.random.default_rng(0)).sum())
    128
    """
    _check_cells((edge, edge), "edge")
    rows, columns = (-(-count // edge) for count in valid.shape)
    order = rng.permutation(rows * columns)
    tile = np.arange(valid.shape[0])[:, None] // edge * columns
    tile = tile + np.arange(valid.shape[1]) // edge
    rank = np.argsort(order)[tile]
    # By tile, within a tile by rows: the first cells of this order.
    cells = np.flatnonzero(valid)
    first = cells[np.argsort(rank.ravel()[cells], kind="stable")][: _wanted(valid, share)]
    return _at(valid.shape, first)


def mask_bernoulli(valid: Cells, share: float, rng: np.random.Generator) -> Cells:
    """Hide single cells, each as likely as any other.

    Parameters
    ----------
    valid, share, rng
        As for :func:`mask_rectangles`.

    Returns
    -------
    ndarray of bool, shape (J, I)
        Hidden cells.

    Examples
    --------
    >>> int(mask_bernoulli(np.ones((10, 10), bool), 0.97, np.random.default_rng(0)).sum())
    97
    """
    cells = rng.permutation(np.flatnonzero(valid))
    return _at(valid.shape, cells[: _wanted(valid, share)])


def mask_tracks(
    valid: Cells,
    share: float,
    rng: np.random.Generator,
    *,
    every: tuple[int, int] = (2, 8),
    turn: float = 0.15,
) -> Cells:
    """Hide all but some cells along curved tracks, as of satellites or floats.

    Parameters
    ----------
    valid, share, rng
        As for :func:`mask_rectangles`.
    every : tuple of int
        Fewest and most steps from one visible cell of a track to the next.
    turn : float
        Standard deviation of the change of course at each step [rad].

    Returns
    -------
    ndarray of bool, shape (J, I)
        Hidden cells.

    Examples
    --------
    >>> int(mask_tracks(np.ones((32, 32), bool), 0.9, np.random.default_rng(0)).sum())
    922
    """
    _check_cells(every, "every")
    left = np.count_nonzero(valid) - _wanted(valid, share)
    hidden = valid.copy()
    while left > 0:
        for y, x in _walk(_any_cell(hidden, rng), valid.shape, rng, every, turn):
            if hidden[y, x] and left:
                hidden[y, x] = False
                left -= 1
    return hidden


def _walk(
    start: tuple[int, int],
    shape: tuple[int, ...],
    rng: np.random.Generator,
    every: tuple[int, int],
    turn: float,
) -> list[tuple[int, int]]:
    """Walk from a cell to the edge of the field, and list the cells that are seen on the way."""
    place, course = np.array(start, dtype=np.float64), rng.uniform(0.0, 2.0 * np.pi)
    seen, bend = [start], 0.0
    # A walk that circles ends after a few crossings of the field.
    for _ in range(4 * max(shape)):
        for _ in range(int(rng.integers(every[0], every[1] + 1))):
            bend = 0.9 * bend + rng.normal(0.0, turn)
            course += 0.3 * bend
            place += (np.sin(course), np.cos(course))
        y, x = np.rint(place).astype(int)
        if not (0 <= y < shape[0] and 0 <= x < shape[1]):
            break
        seen.append((int(y), int(x)))
    return seen


#: Each hides a share of the valid cells.
MASKS: dict[str, Callable[..., Cells]] = {
    "rectangles": mask_rectangles,
    "tracks": mask_tracks,
    "tiles": mask_tiles,
    "bernoulli": mask_bernoulli,
}
#: With those that keep what is seen somewhere.
KINDS: dict[str, Callable[..., Cells]] = MASKS | {"stations": mask_stations}


def _wanted(valid: Cells, share: float) -> int:
    return count_share(share, int(np.count_nonzero(valid)))


def _fill(valid: Cells, wanted: int, draw: Callable[[], Cells]) -> Cells:
    """Hide pieces until so many cells are hidden, of the last piece only the first."""
    hidden = np.zeros_like(valid)
    left = wanted
    while left > 0:
        new = np.flatnonzero(draw() & valid & ~hidden)[:left]
        hidden.ravel()[new] = True
        left -= new.size
    return hidden


def _any_cell(cells: Cells, rng: np.random.Generator) -> tuple[int, int]:
    y, x = divmod(int(rng.choice(np.flatnonzero(cells))), cells.shape[1])
    return y, x


def _at(shape: tuple[int, ...], cells: NDArray[np.intp]) -> Cells:
    out = np.zeros(shape, dtype=np.bool_)
    out.ravel()[cells] = True
    return out


def _check_cells(lengths: tuple[int, int], what: str) -> None:
    if not 1 <= lengths[0] <= lengths[1]:
        msg = f"{what} is {lengths}; accepted are whole numbers from 1, the smaller one first"
        raise DomainError(msg)
