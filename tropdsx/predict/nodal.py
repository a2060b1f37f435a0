"""Run a network on blocks of arrays: the part that a worker executes.

What travels to a worker is a small handle, a path and a geometry. The network itself is read once
in each process.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.grid.edges import find_edges
from tropdsx.nn.decoder import Decoder, Heights
from tropdsx.nn.nodal import Coefficients, Targets
from tropdsx.predict.channels import node_input
from tropdsx.predict.device import until_it_fits
from tropdsx.predict.points import point_table
from tropdsx.predict.session import Handle, checkpoint_of, scoped
from tropdsx.reduce.geometry import Geometry, GridPair

__all__ = ["NodalRefiner"]

DELAYS = ("zhd", "zwd")  # in the order of the network's output


@lru_cache(maxsize=4)
def _decoder(handle: Handle, geometry: Geometry) -> Decoder:
    """Targets and their place functions, which no epoch changes."""
    grids = geometry.grids
    lat, lon = np.meshgrid(grids.fine_lat, grids.fine_lon, indexing="ij")
    table = point_table(
        grids.lat,
        grids.lon,
        geometry.height,
        lat.ravel(),
        lon.ravel(),
        geometry.fine_height.ravel(),
    )
    targets = Targets(*(torch.from_numpy(part).to(handle.device) for part in table))
    edges = tuple(find_edges(grids.lat, grids.lon))
    kilometres = (
        torch.from_numpy(np.asarray(part, np.float32) / 1000.0).to(handle.device)
        for part in (np.nan_to_num(geometry.height), geometry.fine_height.ravel())
    )
    return Decoder.of(checkpoint_of(handle).module, targets, Heights(*kilometres), edges)


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
    """

    handle: Handle
    grids: GridPair
    names: tuple[str, ...] = DELAYS
    sigma: bool = False
    __name__ = "refine"  # of the tasks in a dask graph

    def __call__(
        self, height: NDArray, fine_height: NDArray, *blocks: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], ...] | NDArray[np.float32]:
        """Refine one block.

        Parameters
        ----------
        height, fine_height : ndarray, shape (J, I) and (lat, lon)
            Heights of nodes and targets [m].
        *blocks : ndarray
            For each of the names: first guess (N, lat, lon); then coarse delays (N, J, I); the
            same 6 h before; and after, all NaN where there is none [m].

        Returns
        -------
        tuple of ndarray
            The delays and, if asked for, their standard deviations (N, lat, lon) [m].
        """
        geometry = Geometry.from_heights(self.grids, height, fine_height)
        guess, nodes = blocks[: len(self.names)], blocks[len(self.names) :]
        count = guess[0].shape[0]
        fields = len(self.names) * (2 if self.sigma else 1)
        out = [np.empty(guess[0].shape, np.float32) for _ in range(fields)]

        def refine(part: slice) -> None:
            with scoped(self.handle.precision):
                self._refine(
                    geometry,
                    [g[part] for g in guess],
                    [n[part] for n in nodes],
                    [o[part] for o in out],
                )

        def run(step: int) -> None:
            with scoped(self.handle.precision):
                step = max(step, _decoder(self.handle, geometry).epochs)
            parts = [slice(start, start + step) for start in range(0, count, step)]
            here = threading.current_thread() is threading.main_thread()
            if here and self.handle.device == "cpu":
                # As in the workers one torch thread for each part: sums depend on the threads.
                with ThreadPoolExecutor(torch.get_num_threads()) as pool:
                    list(pool.map(refine, parts))
            else:
                for part in parts:
                    refine(part)

        until_it_fits(run, self.handle.step)
        return tuple(out) if fields > 1 else out[0]

    def _refine(
        self,
        geometry: Geometry,
        guess: list[NDArray],
        nodes: list[NDArray],
        out: list[NDArray],
    ) -> None:
        device = self.handle.device
        count = len(self.names)
        now, before, after = (
            dict(zip(self.names, nodes[k * count : (k + 1) * count], strict=True)) for k in range(3)
        )
        channels, scales = node_input(
            now.get("zhd"),
            now.get("zwd"),
            geometry.height,
            self.grids.lat,
            self.grids.lon,
            before=(before.get("zhd"), before.get("zwd")),
            after=(after.get("zhd"), after.get("zwd")),
        )
        decoder = _decoder(self.handle, geometry)
        gain, spread = _gain(self.handle, geometry)
        fast = {"device": device, "memory_format": torch.channels_last}
        reduced = self.handle.precision == "bf16"
        trunk = checkpoint_of(self.handle).module.trunk
        inputs = torch.from_numpy(channels).to(**fast), torch.from_numpy(scales).to(device)
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=reduced):
            parts = [
                trunk(*each, decoder.edges)
                for each in zip(*(part.split(self.handle.step) for part in inputs), strict=True)
            ]
        coefficients = Coefficients(*(torch.cat(part).float() for part in zip(*parts, strict=True)))
        mean, sigma = decoder(coefficients, sigma=self.sigma)
        for k, (name, first) in enumerate(zip(self.names, guess, strict=True)):
            which = DELAYS.index(name)
            refined = mean[:, which].cpu().numpy().reshape(first.shape)
            refined *= gain[which].reshape(first.shape[1:])
            refined += first
            # A delay stays positive: no correction takes more than nine tenths away.
            np.maximum(refined, 0.1 * first, out=refined)
            np.copyto(refined, first, where=~(first > 0))
            out[k][:] = refined
            if self.sigma and sigma is not None:
                width = sigma[:, which].cpu().numpy().reshape(first.shape) * spread[which]
                out[count + k][:] = np.where(np.isnan(first), np.nan, width)


@lru_cache(maxsize=8)
def _gain(handle: Handle, geometry: Geometry) -> tuple[list[NDArray], list[float]]:
    """Factors on correction (P,) and sigma, of zhd and zwd: 0 where the first guess stays."""
    card, tensors = checkpoint_of(handle).card, checkpoint_of(handle).tensors
    gains, spreads = [], []
    for name in DELAYS:
        gain = np.ones((geometry.grids.fine_lat.size, geometry.grids.fine_lon.size))
        if f"freeze_{name}" in tensors:
            frozen = tensors[f"freeze_{name}"].cpu().numpy().astype(bool)
            i, j = _cells(frozen.shape, geometry.grids.fine_lat, geometry.grids.fine_lon)
            gain = np.where(frozen[i[:, None], j[None, :]], 0.0, gain)
        gains.append(gain.astype(np.float32).ravel())
        spreads.append(float(card.get("sigma_factor", {}).get(name, 1.0)))
    return gains, spreads


def _cells(shape: tuple[int, ...], lat: NDArray, lon: NDArray) -> tuple[NDArray, NDArray]:
    """Row and column of the global cell that holds each node."""
    row = np.clip(((90.0 - lat) * shape[0] / 180.0).astype(int), 0, shape[0] - 1)
    return row, ((lon % 360.0) * shape[1] / 360.0).astype(int) % shape[1]
