"""What the nodal network learns from and is tested on: pairs of thinnings, texture, products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from torch.utils.data import DataLoader, IterableDataset

from tropdsx.errors import InputError
from tropdsx.grid.thinning import middle_phase, parse_thinning
from tropdsx.pipeline.target import resolve_target
from tropdsx.workflows.train.data import Fields
from tropdsx.workflows.train.nodal.batches import Batch, hide, make_batch
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.pairs import PairSet, make_pair_sets
from tropdsx.workflows.train.nodal.texture_pairs import draw_texture_pair
from tropdsx.workflows.train.options import flag
from tropdsx.workflows.train.products import Also, find_coarse_thinning
from tropdsx.workflows.train.texture import Texture, make_texture

__all__ = [
    "Lessons",
    "Source",
    "find_spacings",
    "make_lessons",
    "make_loader",
    "make_source",
    "make_sources",
]

#: Shares of `batches.hide` where half of the members see no neighbouring epochs anyway.
EXPERT = {"both": 0.0, "one": 0.1}


@dataclass
class Source:
    """Lessons of one kind: pair sets, or a texture with its step.

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
        if self.texture is not None:
            pairs = [
                draw_texture_pair(self.texture, self.step, rng, flip_chance=flip_chance)
                for _ in range(size)
            ]
            return make_batch(pairs)
        drawn = self.sets[int(rng.integers(len(self.sets)))]
        count = len(drawn.channels)
        epochs = rng.choice(count, min(size, count), replace=False)
        return make_batch([drawn], np.sort(epochs))


@dataclass
class Lessons(IterableDataset):
    """The batches of one stretch of training, the same whenever it is run.

    Each step has its own random stream, so that training which is stopped and resumed sees what it
    would have seen.

    Attributes
    ----------
    sources : sequence of Source
        Where batches come from.
    seed, first, steps, size : int
        Seed, number of the first step, number of steps, pairs per batch.
    flip_chance : float
        Of exchanging north and south in textures [1].
    hidden : dict
        Arguments of `hide`.

    Examples
    --------
    >>> list(Lessons([Source("2x2", 1.0)], seed=0, first=10, steps=0, size=4))
    []
    """

    sources: Sequence[Source]
    seed: int
    first: int
    steps: int
    size: int
    flip_chance: float = 0.5
    hidden: dict[str, float] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches in order."""
        share = np.array([s.share for s in self.sources], float)
        for step in range(self.first, self.first + self.steps):
            rng = np.random.default_rng([self.seed, step])
            source = self.sources[rng.choice(len(share), p=share / share.sum())]
            yield hide(source.draw(rng, self.size, self.flip_chance), rng, **self.hidden)


def make_lessons(
    train: xr.Dataset, valid: xr.Dataset | None, options: NodalOptions, coarse: Fields | None
) -> tuple[list[Source], dict[str, PairSet]]:
    """Make the sources of training epochs and the pair sets of validation epochs.

    Parameters
    ----------
    train, valid : Dataset
        Fine fields on the standard grid [m]; without `valid` there are no tests.
    options : NodalOptions
        Thinnings, texture.
    coarse : path, paths or Dataset, optional
        Coarse fields whose nodes say what the thinning is.

    Returns
    -------
    tuple
        Sources, and pair sets by name.

    Raises
    ------
    InputError
        If `options` ask for other thinnings than that of `coarse`, or for texture beside it.
    """
    if coarse is not None:
        steps, phase = find_coarse_thinning(train, coarse)
        _require_one_thinning(options, steps)
        name, flips = f"{steps[0]}x{steps[1]}", (False, True) if options.flip else (False,)
        lessons = [Source(name, 1.0, make_pair_sets(train, steps, phase=phase, flips=flips))]
        if valid is None:
            return lessons, {}
        return lessons, {name: make_pair_sets(valid, steps, phase=phase)[0]}
    lessons = make_sources(train, options)
    if valid is None:
        return lessons, {}
    tests = {}
    for text in options.thin[:2]:
        steps = parse_thinning(text)
        tests[text] = make_pair_sets(valid, steps, phase=middle_phase(steps))[0]
    return lessons, tests


def _require_one_thinning(options: NodalOptions, steps: tuple[int, int]) -> None:
    """Refuse what would have no effect beside coarse files."""
    given = [
        flag(key) for key in ("phases", "texture", "texture_orography") if getattr(options, key)
    ]
    usual = tuple(options.thin) == NodalOptions.thin
    if not usual and [parse_thinning(text) for text in options.thin] != [steps]:
        given.insert(0, "--thin")
    if given:
        msg = (
            f"--coarse and {', '.join(given)} are both given; the nodes of the coarse files make "
            f"pairs of the thinning {steps[0]}x{steps[1]}, and no others: leave either out"
        )
        raise InputError(msg)


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
        for step, share in zip(options.texture, options.texture_shares, strict=True):
            made.append(Source(f"texture {step}", share, texture=texture, step=step))
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
        for pairs in source.sets[:1]:
            steps += [abs(float(axis[1] - axis[0])) for axis in (pairs.lat, pairs.lon)]
    return [round(min(steps), 3), round(max(steps), 3)]


def make_loader(lessons: list[Source], options: NodalOptions, first: int) -> DataLoader:
    """Load the batches from a step to the next validation, the same whenever they are asked for.

    Parameters
    ----------
    lessons : list of Source
        Where batches come from.
    options : NodalOptions
        Length of the run, size of a batch, what is hidden.
    first : int
        Number of the step.

    Returns
    -------
    DataLoader
        Of `Batch`.

    Examples
    --------
    >>> make_loader([], NodalOptions(steps_per_epoch=250), 700).dataset.steps
    50
    """
    length = options.steps_per_epoch
    steps = min(length - first % length, options.steps - first)
    hidden = {"height": options.hide_height} | (EXPERT if options.experts else {})
    data = Lessons(
        lessons,
        options.seed,
        first,
        max(steps, 1),
        options.batch,
        0.5 if options.flip else 0.0,
        hidden,
    )
    return DataLoader(data, batch_size=None)
