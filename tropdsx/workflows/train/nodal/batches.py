"""Batches for the nodal network: where they come from, and what is hidden from the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import IterableDataset

from tropdsx.nn.lattice import Lattice, decode_lattice
from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import (
    DRY_CHANNELS,
    DRY_USUAL,
    HEIGHT_CHANNELS,
    NEIGHBOUR_CHANNELS,
    WET_CHANNELS,
    WET_USUAL,
)
from tropdsx.workflows.train.nodal.pairs import PairSet
from tropdsx.workflows.train.nodal.texture import Texture, texture_pair

__all__ = ["Batch", "Lessons", "Source", "batch_of", "estimate", "hide", "single_epoch"]


class Batch(NamedTuple):
    """Tensors of one training step; see `train_pairs.PairSet` for shapes and units."""

    channels: torch.Tensor
    scales: torch.Tensor
    residual: torch.Tensor
    weight: torch.Tensor
    lattice: Lattice
    edges: tuple


@dataclass
class Source:
    """Lessons of one kind: pair sets, or a texture with its step.

    Attributes
    ----------
    name : str
        For history and messages. [1]
    share : float
        How often this source is drawn. [1]
    sets : sequence of PairSet
        Thinnings of the same shape. [m]
    texture : Texture or None
        Instead of `sets`. [m]
    step : int
        Thinning of the texture. [1]
    """

    name: str
    share: float
    sets: Sequence[PairSet] = ()
    texture: Texture | None = None
    step: int = 5

    def draw(self, rng: np.random.Generator, size: int, flip_chance: float) -> Batch:
        """Draw a batch of `size` pairs."""
        if self.texture is not None:
            pairs = [
                texture_pair(self.texture, self.step, rng, flip_chance=flip_chance)
                for _ in range(size)
            ]
            return batch_of(pairs)
        pairs = self.sets[rng.integers(len(self.sets))]
        count = len(pairs.channels)
        epochs = rng.choice(count, min(size, count), replace=False)
        return batch_of([pairs], np.sort(epochs))


def batch_of(pairs: Sequence[PairSet], epochs: np.ndarray | slice = slice(None)) -> Batch:
    """Stack pair sets of the same shape into one batch.

    Parameters
    ----------
    pairs : sequence of PairSet
        One set of which `epochs` are taken, or several of one epoch each. [m]
    epochs : ndarray or slice
        Epochs to take. [1]
    """
    first = pairs[0]

    def joined(name: str) -> torch.Tensor:
        return torch.from_numpy(np.concatenate([getattr(p, name)[epochs] for p in pairs]))

    def shared(name: str) -> torch.Tensor:
        parts = [getattr(p, name).astype(np.float32) for p in pairs]
        stacked = torch.from_numpy(np.stack(parts)).unsqueeze(1)
        return stacked.unsqueeze(1) if name == "node_height" else stacked

    lattice = Lattice(
        first.steps,
        shared("target_height"),
        shared("node_height"),
        shared("wet_factor"),
        first.edges.wrap,
    )
    return Batch(
        joined("channels"),
        joined("scales"),
        joined("residual"),
        shared("weight"),
        lattice,
        tuple(first.edges),
    )


def single_epoch(batch: Batch) -> Batch:
    """Hide both neighbouring epochs from all samples."""
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
        Left unchanged. [1]
    rng : numpy.random.Generator
        Source of the choices. [1]
    both, one : float
        Share of samples that lose both neighbours, or one of them. [1]
    delay : float
        Share of batches that lose ZHD, and the same that lose ZWD. [1]
    height : float
        Share of batches that lose the node heights. [1]
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
        channels[:, list((DRY_CHANNELS, WET_CHANNELS)[lost])] = 0.0
        scales, residual = scales.clone(), residual.clone()
        scales[:, lost] = (DRY_USUAL, WET_USUAL)[lost]
        residual[:, lost] = torch.nan
    if rng.random() < height:
        channels[:, list(HEIGHT_CHANNELS)] = 0.0
    return batch._replace(channels=channels, scales=scales, residual=residual)


@dataclass
class Lessons(IterableDataset):
    """The batches of one stretch of training, the same whenever it is run.

    Each step has its own random stream, so that training which is stopped and resumed sees what it
    would have seen.

    Attributes
    ----------
    sources : sequence of Source
        Where batches come from. [1]
    seed, first, steps, size : int
        Seed, number of the first step, number of steps, pairs per batch. [1]
    flip_chance : float
        Of exchanging north and south in textures. [1]
    hidden : dict
        Arguments of `hide`. [1]
    """

    sources: Sequence[Source]
    seed: int
    first: int
    steps: int
    size: int
    flip_chance: float = 0.5
    hidden: dict = field(default_factory=dict)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches in order."""
        share = np.array([s.share for s in self.sources], float)
        for step in range(self.first, self.first + self.steps):
            rng = np.random.default_rng([self.seed, step])
            source = self.sources[rng.choice(len(share), p=share / share.sum())]
            yield hide(source.draw(rng, self.size, self.flip_chance), rng, **self.hidden)


def estimate(net: NodalNet, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Correction and sigma at all targets of a batch, (N, 2, Q, lat - 1, lon) [m]."""
    channels = batch.channels.contiguous(memory_format=torch.channels_last)
    coefficients = net.trunk(channels, batch.scales, batch.edges)
    return decode_lattice(net, coefficients, batch.lattice)
