"""What the nodal network learns from and is tested on: pairs of thinnings, texture, products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from torch.utils.data import DataLoader, IterableDataset

from tropdsx.errors import InputError
from tropdsx.grid.thinning import middle_phase, parse_thinning
from tropdsx.workflows.train.data import Fields
from tropdsx.workflows.train.nodal.batches import Batch, hide
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.pairs import PairSet, make_pair_sets
from tropdsx.workflows.train.nodal.sources import Source, make_sources
from tropdsx.workflows.train.options import flag
from tropdsx.workflows.train.products import find_coarse_thinning

__all__ = [
    "Lessons",
    "make_lessons",
    "make_loader",
]

#: Shares of `batches.hide` where half of the members see no neighbouring epochs anyway.
EXPERT = {"both": 0.0, "one": 0.1}


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
