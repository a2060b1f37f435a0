"""Run a nodal network on blocks of epochs: the part that a worker executes.

What travels to a worker is a small handle, a path and a geometry. The network itself is read once
in each process, and what no epoch changes is prepared once for each target.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import CheckpointError
from tropdsx.grid.edges import find_edges
from tropdsx.nn.decoder import Decoder, Heights, make_decoder
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Coefficients, Targets
from tropdsx.predict.channels import node_input
from tropdsx.predict.device import halve_until_it_fits
from tropdsx.predict.points import locate_targets
from tropdsx.predict.session import Handle, hold_settings, load_network
from tropdsx.reduce.geometry import Geometry, GridPair

__all__ = ["NodalRefiner"]

#: A correction leaves this share of the first guess, so that a delay stays positive [1].
LEAST_SHARE = 0.1


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
    """

    handle: Handle
    grids: GridPair
    names: tuple[str, ...] = DELAYS
    sigma: bool = False
    __name__ = "refine"  # of the tasks in a dask graph

    def __call__(
        self,
        height: NDArray[np.float64],
        fine_height: NDArray[np.float64],
        *blocks: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], ...] | NDArray[np.float32]:
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
            The delays and, if asked for, their standard deviations [m].
        """
        geometry = Geometry.from_heights(self.grids, height, fine_height)
        shape = blocks[0].shape
        fields = len(self.names) * (2 if self.sigma else 1)
        out = [np.empty(shape, np.float32) for _ in range(fields)]

        def refine(part: slice) -> None:
            with hold_settings(self.handle.precision):
                self._refine(geometry, [b[part] for b in blocks], [o[part] for o in out])

        def run(step: int) -> None:
            with hold_settings(self.handle.precision):
                step = max(step, _decoder(self.handle, geometry).epochs)
            parts = [slice(start, start + step) for start in range(0, shape[0], step)]
            here = threading.current_thread() is threading.main_thread()
            if here and self.handle.device == "cpu":
                # As in the workers one torch thread for each part: sums depend on the threads.
                with ThreadPoolExecutor(torch.get_num_threads()) as pool:
                    list(pool.map(refine, parts))
            else:
                for part in parts:
                    refine(part)

        halve_until_it_fits(run, self.handle.step)
        return tuple(out) if fields > 1 else out[0]

    def _refine(
        self,
        geometry: Geometry,
        blocks: Sequence[NDArray[np.float32]],
        out: Sequence[NDArray[np.float32]],
    ) -> None:
        """Refine some epochs of a block into arrays that are there."""
        count = len(self.names)
        guess, nodes = blocks[:count], blocks[count:]
        decoder = _decoder(self.handle, geometry)
        mean, sigma = decoder(self._coefficients(geometry, decoder, nodes), sigma=self.sigma)
        gain, spread = _gain(self.handle, geometry)
        for k, (name, first) in enumerate(zip(self.names, guess, strict=True)):
            which = DELAYS.index(name)
            out[k][:] = _correct(first, mean[:, which], gain[which])
            if self.sigma and sigma is not None:
                width = sigma[:, which].cpu().numpy().reshape(first.shape) * spread[which]
                out[count + k][:] = np.where(np.isnan(first), np.nan, width)

    def _coefficients(
        self, geometry: Geometry, decoder: Decoder, nodes: Sequence[NDArray[np.float32]]
    ) -> Coefficients:
        """Functions of the place that the network finds for the nodes."""
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
        device, step = self.handle.device, self.handle.step
        fields = torch.from_numpy(channels).to(device=device, memory_format=torch.channels_last)
        inputs = zip(
            fields.split(step), torch.from_numpy(scales).to(device).split(step), strict=True
        )
        module, reduced = _module(self.handle), self.handle.precision == "bf16"
        with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=reduced):
            parts = [module.trunk(field, scale, decoder.edges) for field, scale in inputs]
        return Coefficients(*(torch.cat(part).float() for part in zip(*parts, strict=True)))


def _correct(
    first: NDArray[np.float32], correction: torch.Tensor, gain: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Add the correction to the first guess [m], of which a part stays in any case."""
    refined: NDArray[np.float32] = correction.cpu().numpy().reshape(first.shape)
    refined *= gain.reshape(first.shape[1:])
    refined += first
    np.maximum(refined, LEAST_SHARE * first, out=refined)
    np.copyto(refined, first, where=~(first > 0))
    return refined


def _module(handle: Handle) -> NodalNet:
    module = load_network(handle).module
    if not isinstance(module, NodalNet):
        msg = f"{handle.path} holds no nodal network; choose another model"
        raise CheckpointError(msg)
    return module


@lru_cache(maxsize=4)
def _decoder(handle: Handle, geometry: Geometry) -> Decoder:
    """Targets and their place functions, which no epoch changes."""
    grids = geometry.grids
    lat, lon = np.meshgrid(grids.fine_lat, grids.fine_lon, indexing="ij")
    height = geometry.fine_height.ravel()
    table = locate_targets(grids.lat, grids.lon, geometry.height, lat.ravel(), lon.ravel(), height)
    targets = Targets(*(torch.from_numpy(part).to(handle.device) for part in table))
    edges = find_edges(grids.lat, grids.lon)
    kilometres = (
        torch.from_numpy(np.asarray(part, np.float32) / 1000.0).to(handle.device)
        for part in (np.nan_to_num(geometry.height), height)
    )
    ends = (edges.wrap, edges.north, edges.south)
    return make_decoder(_module(handle), targets, Heights(*kilometres), ends)


@lru_cache(maxsize=8)
def _gain(handle: Handle, geometry: Geometry) -> tuple[list[NDArray[np.float32]], list[float]]:
    """Factors on correction (P,) and sigma, of zhd and zwd: 0 where the first guess stays."""
    network, grids = load_network(handle), geometry.grids
    gains, spreads = [], []
    for name in DELAYS:
        gain = np.ones((grids.fine_lat.size, grids.fine_lon.size))
        if f"freeze_{name}" in network.tensors:
            frozen = network.tensors[f"freeze_{name}"].cpu().numpy().astype(bool)
            row, column = _global_cells(frozen.shape, grids.fine_lat, grids.fine_lon)
            gain = np.where(frozen[row[:, None], column[None, :]], 0.0, gain)
        gains.append(gain.astype(np.float32).ravel())
        spreads.append(float(network.card.get("sigma_factor", {}).get(name, 1.0)))
    return gains, spreads


def _global_cells(
    shape: tuple[int, ...], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of the cell of a global table that holds each node [deg]."""
    row = np.clip(((90.0 - lat) * shape[0] / 180.0).astype(int), 0, shape[0] - 1)
    return row, ((lon % 360.0) * shape[1] / 360.0).astype(int) % shape[1]
