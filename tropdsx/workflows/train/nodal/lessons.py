"""What the nodal network learns from and is tested on: thinnings, files, other products."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import xarray as xr
from torch.utils.data import DataLoader

from tropdsx.errors import InputError
from tropdsx.grid.thinning import find_thinning, list_phases, middle_phase, parse_thinning, thin
from tropdsx.pipeline.target import resolve_target
from tropdsx.workflows.train.data import Fields, fine_fields, names_of
from tropdsx.workflows.train.nodal.batches import Batch, Lessons, Source, batch_of
from tropdsx.workflows.train.nodal.pairs import PairSet, left_over, pair_set
from tropdsx.workflows.train.nodal.texture import make_texture
from tropdsx.workflows.train.options import TrainOptions, flag

__all__ = [
    "Also",
    "Check",
    "add_checks",
    "check_names",
    "learned_from",
    "loader",
    "named",
    "nodal_data",
    "pair_sets",
    "require_shares",
    "sources",
    "spacings",
    "validation",
]


#: Shares of `batches.hide` where half of the members see no neighbouring epochs anyway.
EXPERT = {"both": 0.0, "one": 0.1}


class Check(NamedTuple):
    """More validation data: fine fields, their heights, and the thinning "5x5" with its phase."""

    data: Fields
    orography: str | Path | None
    thin: str
    phase: tuple[int, int]


class Also(NamedTuple):
    """More training data: fine fields, their heights, a thinning "5x5" and its share of batches."""

    data: Fields
    orography: str | Path | None
    thin: str
    share: float


def nodal_data(
    train: xr.Dataset, valid: xr.Dataset | None, options: TrainOptions, coarse: Fields | None
) -> tuple[list[Source], dict[str, PairSet]]:
    """Make the sources of training epochs and the pair sets of validation epochs.

    Parameters
    ----------
    train, valid : Dataset
        Fine fields on the standard grid; without `valid` there are no tests. [m]
    options : TrainOptions
        Thinnings, texture. [1]
    coarse : path, paths or Dataset, optional
        Coarse fields whose nodes say what the thinning is. [m]

    Returns
    -------
    tuple
        Sources, and pair sets by name. [m]

    Raises
    ------
    InputError
        If `options` ask for other thinnings than that of `coarse`, or for texture beside it.
    """
    if coarse is not None:
        name, steps, phase = _thinning_of(train, coarse)
        _require_one_thinning(options, steps)
        flips = (False, True) if options.flip else (False,)
        lessons = [Source(name, 1.0, pair_sets(train, steps, phase=phase, flips=flips))]
        if valid is None:
            return lessons, {}
        return lessons, {name: pair_sets(valid, steps, phase=phase)[0]}
    lessons, tests = sources(train, options), {}
    for text in options.thin[:2] if valid is not None else ():
        steps = parse_thinning(text)
        tests[text] = pair_sets(valid, steps, phase=middle_phase(steps))[0]
    return lessons, tests


def learned_from(more: Also, fine: xr.Dataset, options: TrainOptions) -> Source:
    """Make the source of another product, already read."""
    flips = (False, True) if options.flip else (False,)
    return Source(
        f"also {more.thin}", more.share, pair_sets(fine, parse_thinning(more.thin), flips=flips)
    )


def require_shares(also: Sequence[Also]) -> None:
    """Refuse other products that no batch would be drawn from.

    Raises
    ------
    InputError
        If a share is not positive, or a thinning is not understood.
    """
    for more in also:
        parse_thinning(more.thin)
        if not 0 < more.share < math.inf:
            msg = (
                f"--also {' '.join(names_of(more.data))}, {more.thin} has the share {more.share:g} "
                "of the batches; give more than 0, e.g. 0.05, or leave it out"
            )
            raise InputError(msg)


def add_checks(
    tests: dict[str, PairSet], checks: Sequence[Check], fields: Sequence[xr.Dataset]
) -> None:
    """Add the pair sets of more validation data, already read, each under a name of its own.

    Raises
    ------
    InputError
        If the same check is given twice.
    """
    for name, each, grid in zip(check_names(checks), checks, fields, strict=True):
        tests[name] = pair_sets(grid, parse_thinning(each.thin), phase=each.phase)[0]


def check_names(checks: Sequence[Check]) -> list[str]:
    """Name checks by their thinning; by phase and files too where a thinning comes twice.

    Raises
    ------
    InputError
        If the same check is given twice.

    Examples
    --------
    >>> one = Check("VMF3_2021", None, "5x5", (2, 2))
    >>> check_names([one])
    ['check 5x5']
    >>> check_names([one, one._replace(data="VMF3_2022"), one._replace(thin="2x2")])
    ['check 5x5@2,2 VMF3_2021', 'check 5x5@2,2 VMF3_2022', 'check 2x2']
    """
    often = Counter(each.thin for each in checks)
    names = []
    for each in checks:
        name = f"check {each.thin}"
        if often[each.thin] > 1:
            name += f"@{each.phase[0]},{each.phase[1]} {' '.join(names_of(each.data))}"
        if name in names:
            msg = f"{name!r} is given twice; leave one of the two --check out"
            raise InputError(msg)
        names.append(name)
    return names


def named(more: Also) -> dict[str, Any]:
    """Describe another product for the card."""
    return {"data": names_of(more.data), "thin": more.thin, "share": more.share}


def spacings(lessons: Sequence[Source]) -> list[float]:
    """Least and largest step of the coarse grids that were learned from [degrees]."""
    steps: list[float] = []
    for source in lessons:
        if source.texture is not None:
            steps.append(float(source.step))  # texture is made at 1 degree
        for pairs in source.sets[:1]:
            steps += [abs(float(axis[1] - axis[0])) for axis in (pairs.lat, pairs.lon)]
    return [round(min(steps), 3), round(max(steps), 3)]


def _thinning_of(fine: xr.Dataset, coarse: Fields) -> tuple[str, tuple[int, int], tuple[int, int]]:
    steps, phase = find_thinning(fine, fine_fields(coarse, _orography_of(coarse, fine)))
    return f"{steps[0]}x{steps[1]}", steps, phase


def _require_one_thinning(options: TrainOptions, steps: tuple[int, int]) -> None:
    """Refuse what would have no effect beside coarse files."""
    given = [
        flag(key) for key in ("phases", "texture", "texture_orography") if getattr(options, key)
    ]
    usual = tuple(options.thin) == TrainOptions.thin
    if not usual and [parse_thinning(text) for text in options.thin] != [steps]:
        given.insert(0, "--thin")
    if given:
        msg = (
            f"--coarse and {', '.join(given)} are both given; the nodes of the coarse files make "
            f"pairs of the thinning {steps[0]}x{steps[1]}, and no others: leave either out"
        )
        raise InputError(msg)


def _orography_of(coarse: Fields, fine: xr.Dataset) -> Any:
    """Heights for coarse files without; only their nodes matter, the pairs come from thinning."""
    from tropdsx.grid.standardise import standardise_grid
    from tropdsx.read.delays import open_delays

    ds = coarse if isinstance(coarse, xr.Dataset) else open_delays(coarse, chunks=None)
    grid, _ = standardise_grid(ds)
    if "orography" in grid:
        return None
    return (
        fine["orography"]
        .sel(lat=grid["lat"], lon=grid["lon"], method="nearest")
        .assign_coords(lat=grid["lat"], lon=grid["lon"])
    )


def loader(lessons: list[Source], options: TrainOptions, first: int) -> DataLoader:
    """Batches from step `first` to the next validation, the same whenever they are asked for."""
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


def validation(tests: dict[str, PairSet]) -> list[DataLoader]:
    """Batches of the validation pairs, in order."""
    return [DataLoader(Parts(pairs), batch_size=None) for pairs in tests.values()]


class Parts(torch.utils.data.Dataset):
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
        return batch_of([self.pairs], slice(place * self.size, (place + 1) * self.size))


def pair_sets(
    fine: xr.Dataset,
    steps: tuple[int, int],
    *,
    count: int | None = None,
    flips: Sequence[bool] = (False,),
    phase: tuple[int, int] | None = None,
) -> list[PairSet]:
    """Make the pairs of one thinning at several phases.

    Parameters
    ----------
    fine : Dataset
        Standard grid with zhd, zwd, orography. [m]
    steps : tuple of int
        Thinning. [1]
    count : int, optional
        Number of phases; all if not given. [1]
    flips : sequence of bool
        Without and with north and south exchanged. [1]
    phase : tuple of int, optional
        This phase alone. [1]
    """
    sets = []
    name = f"{steps[0]}x{steps[1]}"
    for place in [phase] if phase is not None else list_phases(steps, count):
        residual = left_over(fine, thin(fine, steps, place))
        sets += [pair_set(fine, residual, steps, place, flip=f, name=name) for f in flips]
    return sets


def sources(fine: xr.Dataset, options: TrainOptions) -> list[Source]:
    """Everything the nodal network learns from."""
    flips = (False, True) if options.flip else (False,)
    made = []
    for text, share in zip(options.thin, options.shares, strict=True):
        steps = parse_thinning(text)
        sets = pair_sets(fine, steps, count=options.phases, flips=flips)
        # Sets of different shapes cannot share a batch, but a batch takes one set only.
        made.append(Source(text, share, sets))
    if options.texture:
        target = resolve_target(1.0, fine, orography=options.texture_orography).fine
        texture = make_texture(fine, target, seed=options.seed)
        for step, share in zip(options.texture, options.texture_shares, strict=True):
            made.append(Source(f"texture {step}", share, texture=texture, step=step))
    return made
