"""Batches for the nodal network, and what is hidden from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from tropdsx.nn.lattice import Lattice, decode_lattice
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Coefficients
from tropdsx.predict.channels import (
    HEIGHT_CHANNELS,
    NEIGHBOUR_CHANNELS,
    ZHD_CHANNELS,
    ZHD_USUAL,
    ZWD_CHANNELS,
    ZWD_USUAL,
)
from tropdsx.workflows.train.nodal.pairs import PairSet

__all__ = [
    "Batch",
    "estimate",
    "estimate_with_coefficients",
    "hide",
    "hide_neighbours",
    "make_batch",
    "validation_loaders",
]


class Batch(NamedTuple):
    """Tensors of one training step; see `PairSet` for the meaning of each.

    Attributes
    ----------
    channels : torch.Tensor
        What the network sees, (N, C, lat, lon) [1].
    scales : torch.Tensor
        Roughness of zhd and zwd, (N, 2, lat, lon) [m].
    residual : torch.Tensor
        Truth minus first guess, (N, 2, Q, lat - 1, lon) [m].
    weight : torch.Tensor
        Area, (N or 1, 1, Q, lat - 1, 1) [1].
    lattice : Lattice
        Places and heights of the targets.
    edges : tuple
        How the coarse grid ends.

    Examples
    --------
    >>> lattice = Lattice((2, 2), *[torch.zeros(1, 1, 4, 2, 3)] * 3)
    >>> channels, scales = torch.ones(1, 19, 3, 3), torch.ones(1, 2, 3, 3)
    >>> batch = Batch(channels, scales, torch.zeros(1, 2, 4, 2, 3), torch.ones(1), lattice, ())
    >>> int(hide_neighbours(batch).channels[0].amax((1, 2)).sum())
    13
    """

    channels: torch.Tensor
    scales: torch.Tensor
    residual: torch.Tensor
    weight: torch.Tensor
    lattice: Lattice
    edges: tuple


def make_batch(pairs: Sequence[PairSet], epochs: np.ndarray | slice = slice(None)) -> Batch:
    """Stack pair sets of the same shape into one batch.

    Parameters
    ----------
    pairs : sequence of PairSet
        One set of which `epochs` are taken, or several of one epoch each.
    epochs : ndarray or slice
        Epochs to take.

    Returns
    -------
    Batch
        On the CPU.
    """
    first = pairs[0]

    def join(name: str) -> torch.Tensor:
        return torch.from_numpy(np.concatenate([getattr(p, name)[epochs] for p in pairs]))

    def share(name: str) -> torch.Tensor:
        parts = [getattr(p, name).astype(np.float32) for p in pairs]
        stacked = torch.from_numpy(np.stack(parts)).unsqueeze(1)
        return stacked.unsqueeze(1) if name == "node_height" else stacked

    lattice = Lattice(
        first.steps,
        share("target_height"),
        share("node_height"),
        share("wet_factor"),
        first.edges.wrap,
    )
    return Batch(
        join("channels"),
        join("scales"),
        join("residual"),
        share("weight"),
        lattice,
        tuple(first.edges),
    )


def hide_neighbours(batch: Batch) -> Batch:
    """Hide both neighbouring epochs from all samples.

    Parameters
    ----------
    batch : Batch
        Left unchanged.

    Returns
    -------
    Batch
        With zeros in the channels of the neighbours.
    """
    channels = batch.channels.clone()
    for places in NEIGHBOUR_CHANNELS.values():
        channels[:, list(places)] = 0.0
    return batch._replace(channels=channels)


def hide(
    batch: Batch,
    rng: np.random.Generator,
    *,
    both: float = 0.5,
    one: float = 0.2,
    delay: float = 0.03,
    height: float = 0.0,
) -> Batch:
    """Hide neighbouring epochs or one delay at random, so that the network copes without.

    Parameters
    ----------
    batch : Batch
        Left unchanged.
    rng : numpy.random.Generator
        Source of the choices.
    both, one : float
        Share of samples that lose both neighbours, or one of them [1].
    delay : float
        Share of batches that lose ZHD, and the same that lose ZWD [1].
    height : float
        Share of batches that lose the node heights [1].

    Returns
    -------
    Batch
        A delay that is hidden is not learned either: its residual is NaN.

    Examples
    --------
    >>> lattice = Lattice((2, 2), *[torch.zeros(1, 1, 4, 2, 3)] * 3)
    >>> batch = Batch(*[torch.ones(1, 19, 3, 3)] * 3, torch.ones(1), lattice, ())
    >>> seen = hide(batch, np.random.default_rng(0), both=0.0, one=0.0, height=1.0).channels
    >>> (seen[0].amax((1, 2)) == 0).nonzero().flatten().tolist()  # the channels of heights
    [10, 11]
    """
    channels, scales, residual = batch.channels.clone(), batch.scales, batch.residual
    for sample, chance in enumerate(rng.random(len(channels))):
        sides = ["before", "after"] if chance < both else []
        if both <= chance < both + one:
            sides = ["before" if chance < both + one / 2 else "after"]
        for side in sides:
            channels[sample, list(NEIGHBOUR_CHANNELS[side])] = 0.0
    chance = rng.random()
    if chance < 2 * delay:
        lost = int(chance < delay)  # 0: zhd, 1: zwd, as in the scales
        channels[:, list((ZHD_CHANNELS, ZWD_CHANNELS)[lost])] = 0.0
        scales, residual = scales.clone(), residual.clone()
        scales[:, lost] = (ZHD_USUAL, ZWD_USUAL)[lost]
        residual[:, lost] = torch.nan
    if rng.random() < height:
        channels[:, list(HEIGHT_CHANNELS)] = 0.0
    return batch._replace(channels=channels, scales=scales, residual=residual)


def estimate(net: NodalNet, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Apply a network to all targets of a batch.

    Parameters
    ----------
    net : NodalNet
        The network that is trained, or its running average.
    batch : Batch
        On the device of the network.

    Returns
    -------
    tuple of torch.Tensor
        Correction and sigma of zhd and zwd, (N, 2, Q, lat - 1, lon) [m].

    Examples
    --------
    >>> top, node = torch.zeros(1, 1, 4, 2, 3), torch.zeros(1, 1, 1, 3, 3)
    >>> lattice, edges = Lattice((2, 2), top, node, top + 1.0), (True, "half", "half")
    >>> channels, scales = torch.ones(1, 19, 3, 3), torch.ones(1, 2, 3, 3)
    >>> batch = Batch(channels, scales, top, torch.ones(1), lattice, edges)
    >>> estimate(NodalNet(width=4, blocks=1), batch)[0].shape
    torch.Size([1, 2, 4, 2, 3])
    """
    return estimate_with_coefficients(net, batch)[0]


def estimate_with_coefficients(
    net: NodalNet, batch: Batch
) -> tuple[tuple[torch.Tensor, torch.Tensor], Coefficients]:
    """Apply a network as `estimate` does; give the coefficients of its nodes, too."""
    channels = batch.channels.contiguous(memory_format=torch.channels_last)
    coefficients = net.trunk(channels, batch.scales, batch.edges)
    # Mixed precision is for the convolutions: the sum over the functions of a place stays exact.
    with torch.autocast(channels.device.type, enabled=False):
        whole = (each.float() if each.is_floating_point() else each for each in coefficients)
        coefficients = Coefficients(*whole)
        return decode_lattice(net, coefficients, batch.lattice), coefficients


def validation_loaders(tests: dict[str, PairSet]) -> list[DataLoader]:
    """Load the validation pairs, in order.

    Parameters
    ----------
    tests : dict of PairSet
        By name.

    Returns
    -------
    list of DataLoader
        One for each set, of `Batch`.

    Examples
    --------
    >>> validation_loaders({})
    []
    """
    return [DataLoader(_Parts(pairs), batch_size=None) for pairs in tests.values()]


class _Parts(Dataset):
    """A pair set in batches of five epochs."""

    def __init__(self, pairs: PairSet, size: int = 5) -> None:
        self.pairs, self.size = pairs, size

    def __len__(self) -> int:
        """Return the number of batches."""
        return (len(self.pairs.channels) + self.size - 1) // self.size

    def __getitem__(self, place: int) -> Batch:
        """Return batch number `place`."""
        if place >= len(self):
            raise IndexError(place)
        return make_batch([self.pairs], slice(place * self.size, (place + 1) * self.size))
