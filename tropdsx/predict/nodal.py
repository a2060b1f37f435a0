"""Run a nodal network on blocks of epochs: the part that a worker executes.

What travels to a worker is a small handle, a path and two pairs of axes. The network itself is read
once in each process, and what no epoch changes is prepared once for each target grid. Nothing is
kept for a single target, so that a terrain model of any size costs the memory of some of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.cf.attributes.limits import count_names
from tropdsx.cf.quantities import DELAYS
from tropdsx.nn.cells.axes import AxisPlaces, GridPlaces
from tropdsx.nn.cells.decoder import FineFields, GridDecoder
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Coefficients, Targets
from tropdsx.predict.accuracy.expected import HeightSample, expected_errors
from tropdsx.predict.coefficients import CoarseGrid, find_coefficients, nodal_module
from tropdsx.predict.corrections import (
    add_correction,
    count_floored,
    find_frozen,
    sigma_factor,
)
from tropdsx.predict.device import halve_until_it_fits, run_parts
from tropdsx.predict.points import (
    count_within,
    grid_window,
    locate_grid,
    locate_targets,
    wet_factor,
)
from tropdsx.predict.session import Handle, hold_settings
from tropdsx.reduce.geometry import GridPair

__all__ = ["NodalRefiner", "RowFields"]

#: Targets in a band of rows: what is computed for them stays in the cache of a CPU core.
BAND = 32_768
#: Targets in a band on a GPU.
GPU_BAND = 4_000_000


@dataclass(frozen=True, eq=False)
class RowFields:
    """Corrections of some epochs, ready for any rows of the fine grid.

    Attributes
    ----------
    parts : list
        Epochs; their corrections, and the coefficients where these are too rough for polynomials.
    height : ndarray, shape (J, I)
        Heights of the nodes [m].
    bounded : ndarray of int64, shape (N, 2)
        Nodes of each epoch whose correction of zhd and of zwd was bounded.
    expected : ndarray of float32, shape (N, 2)
        Errors that the network expects of zhd and zwd in each epoch; NaN without a sample [m].
    """

    parts: list[tuple[NDArray[np.intp], bool, Coefficients, FineFields | None]]
    height: NDArray[np.float64]
    bounded: NDArray[np.int64]
    expected: NDArray[np.float32]


@dataclass(frozen=True)
class NodalRefiner:
    """Correct a first guess with a nodal network: a function of blocks of epochs.

    Attributes
    ----------
    handle : Handle
        The network.
    grids : GridPair
        Axes of the two grids.
    names : tuple of str
        Which of zhd and zwd there are; the network does with one of them.
    sigma : bool
        Return standard deviations as well.
    counts : bool
        Return the counts and expected errors of :mod:`tropdsx.cf.attributes` as well.

    Examples
    --------
    >>> from tropdsx.assets.registry import find_path
    >>> from tropdsx.nn.checkpoint import load_card
    >>> path = find_path("default")
    >>> coarse = np.array([50.0, 45.0, 40.0]), np.array([0.0, 5.0, 10.0])
    >>> grids = GridPair(*coarse, np.array([46.0]), np.array([3.0]))
    >>> refine = NodalRefiner(Handle(str(path), load_card(path)["sha256"]), grids, ("zwd",))
    >>> guess, zwd = np.full((1, 1, 1), 0.1, np.float32), np.full((1, 3, 3), 0.1, np.float32)
    >>> refine(np.zeros((3, 3)), np.zeros((1, 1)), guess, zwd, zwd, zwd).shape
    (1, 1, 1)

    Rows of a large target one after the other, with the network run once:

    >>> with hold_settings("float32"):
    ...     fields = refine.prepare(np.zeros((3, 3)), [zwd, zwd, zwd])
    ...     refine.refine_rows(fields, 0, 1, np.zeros((1, 1)), [guess], [guess.copy()])
    array([0])
    """

    handle: Handle
    grids: GridPair
    names: tuple[str, ...] = DELAYS
    sigma: bool = False
    counts: bool = False
    __name__ = "refine"  # of the tasks in a dask graph

    def __call__(
        self,
        height: NDArray[np.float64],
        fine_height: NDArray[np.float64],
        *blocks: NDArray[np.float32],
    ) -> tuple[NDArray[Any], ...] | NDArray[np.float32]:
        """Refine one block.

        Parameters
        ----------
        height, fine_height : ndarray, shape (J, I) and (lat, lon)
            Ellipsoidal heights of nodes and targets [m].
        *blocks : ndarray of float32
            For each of the names: first guess (N, lat, lon); then coarse delays (N, J, I); the
            same 6 h before; and after, all NaN where there is none [m].

        Returns
        -------
        ndarray of float32, shape (N, lat, lon), or tuple of them
            The delays and, if asked for, their standard deviations [m]; then, if asked for, the
            counts that `count_names` lists, int32, and the errors [m] that `expected_names` does,
            float32 (N,).
        """
        count = len(self.names)
        guess, nodes = blocks[:count], blocks[count:]
        shape = guess[0].shape
        fields = count * (2 if self.sigma else 1)
        out = [np.empty(shape, np.float32) for _ in range(fields)]
        counts = np.empty((len(count_names(self.names)), shape[0]), np.int32)
        expected = np.empty((count, shape[0]), np.float32)
        sample = HeightSample.of(self.grids, fine_height) if self.counts else None

        def refine(part: slice) -> None:
            with hold_settings(self.handle.precision):
                prepared = self.prepare(height, [b[part] for b in nodes], sample)
                first, result = [b[part] for b in guess], [o[part] for o in out]
                floored = self.refine_rows(prepared, 0, shape[1], fine_height, first, result)
            which = [DELAYS.index(name) for name in self.names]
            counts[:, part] = [*prepared.bounded[:, which].T, floored][: len(counts)]
            expected[:, part] = prepared.expected[:, which].T

        device = self.handle.device
        halve_until_it_fits(
            lambda step: run_parts(refine, shape[0], step, device), self.handle.step
        )
        found = (*out, *((*counts, *expected) if self.counts else ()))
        return found if len(found) > 1 else found[0]

    def prepare(
        self,
        height: NDArray[np.float64],
        nodes: Sequence[NDArray[np.float32]],
        sample: HeightSample | None = None,
    ) -> RowFields:
        """Run the network on the nodes that matter.

        Parameters
        ----------
        height : ndarray, shape (J, I)
            Ellipsoidal heights of the nodes [m].
        nodes : sequence of ndarray of float32, shape (N, J, I)
            For each of the names coarse delays; the same 6 h before; and after [m].
        sample : HeightSample, optional
            Targets that expected errors are averaged over; default: there are none.

        Returns
        -------
        RowFields
            For `refine_rows`; within `hold_settings`, as that.
        """
        height = np.nan_to_num(np.asarray(height, np.float64))
        coarse = CoarseGrid(self.grids.lat, self.grids.lon, height, self.names, nodes)
        found = find_coefficients(
            self.handle, coarse, lambda module: grid_window(module.margin, self.grids)
        )
        parts = []
        bounded = np.zeros((len(nodes[0]), len(DELAYS)), np.int64)
        expected = np.full(bounded.shape, np.nan, np.float32)
        for epochs, informed, coefficients in found:
            bounded[epochs] = coefficients.bounded.sum((-2, -1)).cpu().numpy()
            if sample is not None:
                given = self.handle, self.grids, height, sample, informed, coefficients
                own = [field[epochs] for field in nodes[: len(self.names)]]
                expected[epochs] = expected_errors(*given, own)
            decoder = _decoder(self.handle, self.grids, informed)
            window = grid_window(decoder.module.margin, self.grids)
            near = torch.from_numpy(np.ascontiguousarray(window.cut(height)))
            fields = decoder(coefficients, near.to(self.handle.device), sigma=self.sigma)
            parts.append((epochs, informed, coefficients, fields))
        return RowFields(parts, height, bounded, expected)

    def refine_rows(
        self,
        fields: RowFields,
        start: int,
        stop: int,
        fine_height: NDArray[np.float64],
        guess: Sequence[NDArray[np.float32]],
        out: Sequence[NDArray[np.float32]],
    ) -> NDArray[np.int64]:
        """Refine some rows of some epochs into arrays that are there.

        Parameters
        ----------
        fields : RowFields
            From `prepare`.
        start, stop : int
            First row of the fine grid, and the one after the last.
        fine_height : ndarray, shape (stop - start, lon)
            Ellipsoidal heights of these rows [m].
        guess : sequence of ndarray of float32, shape (N, stop - start, lon)
            First guess for each of the names [m].
        out : sequence of ndarray of float32, shape (N, stop - start, lon)
            For each of the names the delays, then their standard deviations if there are any [m].

        Returns
        -------
        ndarray of int64, shape (N,)
            Targets of these rows whose zwd was held at its floor.
        """
        rows = _band_rows(self.handle, fine_height.shape[1])
        floored = np.zeros(len(guess[0]), np.int64)
        for first in range(start, stop, rows):
            last = min(first + rows, stop)
            here = slice(first - start, last - start)
            heights = np.asarray(fine_height[here], np.float64)
            self._refine_band(
                fields, first, heights, [g[:, here] for g in guess], [o[:, here] for o in out]
            )
            if "zwd" in self.names:
                wet = self.names.index("zwd")
                floored += count_floored(guess[wet][:, here], out[wet][:, here])
        return floored

    def _refine_band(
        self,
        fields: RowFields,
        start: int,
        heights: NDArray[np.float64],
        guess: Sequence[NDArray[np.float32]],
        out: Sequence[NDArray[np.float32]],
    ) -> None:
        stop, count = start + len(heights), len(self.names)
        lat, lon = self.grids.fine_lat[start:stop, None], self.grids.fine_lon
        frozen = [find_frozen(self.handle, name, lat, lon) for name in self.names]
        factor = sigma_factor(self.handle)
        terrain = [
            torch.from_numpy(np.ascontiguousarray(part)).to(self.handle.device)
            for part in (heights, wet_factor(heights))
        ]
        for epochs, informed, coefficients, parts in fields.parts:
            if parts is not None:
                mean, sigma = parts.rows(start, stop, *terrain)
            else:
                mean, sigma = self._one_by_one(
                    fields.height, start, heights, informed, coefficients
                )
            for k, name in enumerate(self.names):
                which = DELAYS.index(name)
                first = guess[k][epochs]
                out[k][epochs] = add_correction(first, mean[:, which].cpu().numpy(), frozen[k])
                if self.sigma and sigma is not None:
                    width = sigma[:, which].cpu().numpy() * factor[which]
                    out[count + k][epochs] = np.where(np.isnan(first), np.nan, width)

    def _one_by_one(
        self,
        height: NDArray[np.float64],
        start: int,
        heights: NDArray[np.float64],
        informed: bool,
        coefficients: Coefficients,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Evaluate functions that no polynomial follows, target by target."""
        grids, module = self.grids, nodal_module(self.handle, informed)
        window = grid_window(module.margin, grids)
        lat, lon = np.meshgrid(
            grids.fine_lat[start : start + len(heights)], grids.fine_lon, indexing="ij"
        )
        places = lat.ravel(), lon.ravel(), heights.ravel()
        table = locate_targets(grids.lat, grids.lon, height, *places, window=window)
        targets = Targets(*(torch.from_numpy(part).to(self.handle.device) for part in table))
        found = module.decode(coefficients, targets, window.edges)
        mean, sigma = (part.unflatten(-1, heights.shape) for part in found)
        return mean, sigma


def _band_rows(handle: Handle, columns: int) -> int:
    return max(1, (BAND if handle.device == "cpu" else GPU_BAND) // max(columns, 1))


@lru_cache(maxsize=8)
def _decoder(handle: Handle, grids: GridPair, informed: bool) -> GridDecoder:
    """Prepare what no epoch changes: places of rows and columns, and functions of the place."""
    module: NodalNet = nodal_module(handle, informed)
    window = grid_window(module.margin, grids)
    _, (row, south), (column, east) = locate_grid(grids)
    cells = count_within(window, row, column, grids.lon.size)
    axes = (
        AxisPlaces(*(torch.from_numpy(part).to(handle.device) for part in (cell + 1, place)))
        for cell, place in zip(cells, (south, east), strict=True)
    )
    return GridDecoder(module, GridPlaces(*axes), window.edges)
