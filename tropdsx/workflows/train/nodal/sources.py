"""Where the batches of the nodal network come from: pairs, textures, moisture fields, products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.grid.thinning import parse_thinning
from tropdsx.pipeline.target import resolve_target
from tropdsx.predict.channels import CHANNELS, NEIGHBOUR_CHANNELS
from tropdsx.workflows.train.moisture import Moisture, moisture_names
from tropdsx.workflows.train.nodal.batches import Batch, make_batch
from tropdsx.workflows.train.nodal.drawn.moisture_fields import MoistureFields, find_moisture
from tropdsx.workflows.train.nodal.drawn.moisture_pairs import draw_moisture_pairs
from tropdsx.workflows.train.nodal.drawn.texture_pairs import draw_texture_pair
from tropdsx.workflows.train.nodal.drawn.warping import Warping
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.pairs import PairSet, make_pair_sets
from tropdsx.workflows.train.products import Also
from tropdsx.workflows.train.texture import Texture, make_texture

__all__ = [
    "Source",
    "check_lessons",
    "find_spacings",
    "make_moisture_source",
    "make_source",
    "make_sources",
]

#: A region has so few nodes that a batch takes this many times the pairs.
REGIONS = 8


@dataclass
class Source:
    """Lessons of one kind: pair sets, a texture with its step, or moisture fields.

    Attributes
    ----------
    name : str
        For history and messages.
    share : float
        How often this source is drawn, relative to the others [1].
    sets : sequence of PairSet
        Thinnings of the same shape.
    texture : Texture or None
        Instead of `sets`.
    step : int
        Thinning of the texture.
    moisture : MoistureFields or None
        Instead of both.
    warping : Warping or None
        Bends texture and moisture fields now and then.

    Examples
    --------
    >>> Source("texture 5", 0.4, step=5).sets
    ()
    """

    name: str
    share: float
    sets: Sequence[PairSet] = ()
    texture: Texture | None = None
    step: int = 5
    moisture: MoistureFields | None = None
    warping: Warping | None = None

    def draw(self, rng: np.random.Generator, size: int, flip_chance: float) -> Batch:
        """Draw a batch.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all choices.
        size : int
            Number of pairs, or all epochs if there are fewer.
        flip_chance : float
            Of exchanging north and south in textures [1].

        Returns
        -------
        Batch
            All pairs of the same thinning.
        """
        bent: dict[str, Any] = {"flip_chance": flip_chance, "warping": self.warping}
        if self.moisture is not None:
            many = size if self.moisture.wrap else REGIONS * size
            return make_batch(draw_moisture_pairs(self.moisture, rng, many, **bent))
        if self.texture is not None:
            pairs = [draw_texture_pair(self.texture, self.step, rng, **bent) for _ in range(size)]
            return make_batch(pairs)
        drawn = self.sets[int(rng.integers(len(self.sets)))]
        count = len(drawn.channels)
        epochs = rng.choice(count, min(size, count), replace=False)
        return make_batch([drawn], np.sort(epochs))


def make_sources(fine: xr.Dataset, options: NodalOptions) -> list[Source]:
    """Make a source of each thinning and of each texture.

    Parameters
    ----------
    fine : Dataset
        Training epochs on the standard grid [m].
    options : NodalOptions
        Thinnings, textures and their shares.

    Returns
    -------
    list of Source
        Those of thinnings first.

    Raises
    ------
    GridError
        If the grid cannot be thinned so, or a texture needs another one.
    """
    flips = (False, True) if options.flip else (False,)
    made = []
    for text, share in zip(options.thin, options.shares, strict=True):
        steps = parse_thinning(text)
        sets = make_pair_sets(fine, steps, count=options.phases, flips=flips)
        # Sets of different shapes cannot share a batch, but a batch takes one set only.
        made.append(Source(text, share, sets))
    if options.texture:
        target = resolve_target(1.0, fine, orography=options.texture_orography).fine
        texture = make_texture(fine, target, seed=options.seed)
        bent = Warping(options.warp)
        for step, share in zip(options.texture, options.texture_shares, strict=True):
            name = f"texture {step}"
            made.append(Source(name, share, texture=texture, step=step, warping=bent))
    return made


def make_source(more: Also, fine: xr.Dataset, options: NodalOptions) -> Source:
    """Make the source of another product, already read.

    Parameters
    ----------
    more : Also
        Its thinning and share.
    fine : Dataset
        Its fields on the standard grid [m].
    options : NodalOptions
        Whether north and south are exchanged.

    Returns
    -------
    Source
        At all phases.
    """
    flips = (False, True) if options.flip else (False,)
    sets = make_pair_sets(fine, parse_thinning(more.thin), flips=flips)
    return Source(f"also {more.thin}", more.share, sets)


def make_moisture_source(more: Moisture, fields: xr.Dataset, warp: float = 0.0) -> Source:
    """Make the source of moisture fields, already read.

    Parameters
    ----------
    more : Moisture
        Thinning and share.
    fields : Dataset
        Standard grid with zwd [m].
    warp : float
        How often they are bent [1].

    Returns
    -------
    Source
        That draws its pairs itself.
    """
    found = find_moisture(fields, more.nodes, more.step)
    bent = Warping(warp)
    return Source(moisture_names([more])[0], more.share, moisture=found, warping=bent)


def check_lessons(lessons: Sequence[Source], options: NodalOptions) -> None:
    """Refuse options that the lessons have no use for, or that leave experts without any.

    Parameters
    ----------
    lessons : sequence of Source
        Of a run.
    options : NodalOptions
        Whose `alone` tells what the experts for neighbours share, and `warp` what is bent.

    Raises
    ------
    InputError
        If no lesson has neighbours, or none is drawn from fields that could be bent.

    Examples
    --------
    >>> check_lessons([], NodalOptions(alone=1.0))
    """
    if options.alone < 1 and not any(_has_neighbours(source) for source in lessons):
        msg = (
            f"--alone {options.alone:g} keeps epochs without neighbours from the experts for "
            "neighbours, and no epoch to train on has one 6 h before or after: leave out --alone, "
            "or --experts"
        )
        raise InputError(msg)
    if options.warp and all(each.texture is None and each.moisture is None for each in lessons):
        msg = (
            f"--warp {options.warp:g} bends textures and moisture fields, and there are none: give "
            "--texture or --moisture, or leave --warp out"
        )
        raise InputError(msg)


def _has_neighbours(source: Source) -> bool:
    if source.texture is not None:
        return bool((source.texture.before >= 0).any() or (source.texture.after >= 0).any())
    known = [CHANNELS.index(f"has_{side}") for side in NEIGHBOUR_CHANNELS]
    return any(bool(pairs.channels[:, known].any()) for pairs in source.sets)


def find_spacings(lessons: Sequence[Source]) -> list[float]:
    """Find the least and the largest step of the coarse grids that are learned from.

    Parameters
    ----------
    lessons : sequence of Source
        Of a run.

    Returns
    -------
    list of float
        Two steps [deg].
    """
    steps: list[float] = []
    for source in lessons:
        if source.texture is not None:
            steps.append(float(source.step))  # texture is made at 1 degree
        if source.moisture is not None:
            steps.append(source.moisture.spacing)
        for pairs in source.sets[:1]:
            steps += [abs(float(axis[1] - axis[0])) for axis in (pairs.lat, pairs.lon)]
    return [round(min(steps), 3), round(max(steps), 3)]
