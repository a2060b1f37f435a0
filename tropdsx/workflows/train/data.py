"""From files to training data: read, standardise, split by time, thin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.pipeline.target import resolve_target
from tropdsx.read.delays import open_delays, open_orography
from tropdsx.workflows.train.nodal.batches import Source
from tropdsx.workflows.train.nodal.pairs import PairSet, left_over, pair_set, phases, thin
from tropdsx.workflows.train.nodal.texture import make_texture

if TYPE_CHECKING:
    from tropdsx.workflows.train.options import TrainOptions

__all__ = [
    "GAP_HOURS",
    "between",
    "dated",
    "fine_fields",
    "matching_thinning",
    "pair_sets",
    "require_known",
    "sources",
    "split",
]

#: Weather remembers: training epochs stay this far from those of the validation. [h]
GAP_HOURS = 48.0

Fields = str | Path | xr.Dataset | Sequence[str | Path]


def fine_fields(data: Fields, orography: str | Path | xr.DataArray | None = None) -> xr.Dataset:
    """Read fine fields to the standard grid, in memory.

    Parameters
    ----------
    data : path, paths or Dataset
        Anything that `tropdsx convert` reads. [m]
    orography : path or DataArray, optional
        Heights of the nodes, if the data have none. [m]

    Returns
    -------
    Dataset
        zhd, zwd, orography on the standard grid. [m]

    Raises
    ------
    GridError
        If there is no orography, or a delay is missing.
    """
    ds = data if isinstance(data, xr.Dataset) else open_delays(data, chunks=None)
    if isinstance(orography, (str, Path)):
        orography = open_orography(orography)
    grid, _ = standardise_grid(ds) if orography is None else standardise_grid(
        ds, orography=orography)  # fmt: skip
    missing = [v for v in ("zhd", "zwd", "orography") if v not in grid]
    if missing:
        msg = (
            f"the training data hold no {', '.join(missing)}; needed are zhd, zwd and the heights "
            "of the nodes (--orography FILE)"
        )
        raise GridError(msg)
    return grid[["zhd", "zwd", "orography"]].load()


def dated(ds: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Return fields whose epochs all have a date: split, season and neighbours need it.

    Parameters
    ----------
    ds : Dataset
        With a time axis. [m]
    names : sequence of str
        Files, for the message. [1]

    Raises
    ------
    GridError
        If any epoch has none.
    """
    count = ds.sizes["time"]
    lost = int(np.isnat(ds["time"].to_numpy()).sum()) if "time" in ds.coords else count
    if lost:
        shown = " ".join(names[:3]) + (" ..." if len(names) > 3 else "")
        msg = (
            f"{lost} of {count} epochs of {shown} have no date that can be read, so "
            "they cannot be split by time into training and validation; give the time axis CF "
            "units, e.g. 'hours since 2022-01-01', or values of datetime64"
        )
        raise GridError(msg)
    return ds


def require_known(
    ds: xr.Dataset | None, which: str, variables: Sequence[str] = ("zhd", "zwd")
) -> None:
    """Refuse epochs in which a delay is missing everywhere: nothing is learned or scored there.

    Parameters
    ----------
    ds : Dataset or None
        Standard grid. [m]
    which : str
        What the epochs are for, for the message. [1]
    variables : sequence of str, default zhd and zwd
        The delays that are needed. [1]

    Raises
    ------
    GridError
        Naming the delays.
    """
    if ds is None:
        return
    empty = [v for v in variables if not np.isfinite(ds[v].to_numpy()).any()]
    if empty:
        others = [v for v in ("zhd", "zwd") if np.isfinite(ds[v].to_numpy()).any()]
        alone = [f", or train on the other delay (--form field --variable {v})" for v in others]
        msg = (
            f"{' and '.join(empty)} is missing everywhere in the {ds.sizes['time']} epochs of "
            f"{which}; needed are known values of {' and '.join(variables)}: give other files or "
            f"epochs{''.join(alone)}"
        )
        raise GridError(msg)


def between(ds: xr.Dataset, ranges: Sequence[str]) -> xr.Dataset:
    """Keep the epochs inside any of the ranges "start/end" (both included).

    Raises
    ------
    InputError
        If a range is not understood or holds no epoch.
    """
    time = ds["time"].to_numpy()
    keep = np.zeros(time.size, bool)
    for text in ranges:
        first, _, last = text.partition("/")
        try:
            start = np.datetime64(first)
            # "2022-04-14" as the end means the whole of that day.
            end = np.datetime64(last or first) + 1
        except ValueError as error:
            msg = f"time range {text!r} is not understood; give start/end, e.g. 2022-03/2022-04-05"
            raise InputError(msg) from error
        inside = (time >= start) & (time < end)
        if not inside.any():
            span = f"{time.min()} to {time.max()}" if time.size else "no epochs"
            msg = f"time range {text!r} holds no epoch of the data ({span})"
            raise InputError(msg)
        keep |= inside
    return ds.isel(time=keep)


def split(
    ds: xr.Dataset, train: Sequence[str], validate: Sequence[str], gap_hours: float = GAP_HOURS
) -> tuple[xr.Dataset, xr.Dataset]:
    """Split by time; without ranges the last tenth validates, a gap before it is left out.

    Parameters
    ----------
    ds : Dataset
        With a time axis. [m]
    train, validate : sequence of str
        Ranges "start/end"; empty for the rule above. [1]
    gap_hours : float, default 48
        Epochs this close to the validation are not trained on. [h]

    Returns
    -------
    tuple of Dataset
        Training and validation epochs. [m]
    """
    if validate:
        valid = between(ds, validate)
    else:
        valid = ds.isel(time=slice(ds.sizes["time"] - max(1, ds.sizes["time"] // 10), None))
    rest = between(ds, train) if train else ds
    gap = np.timedelta64(round(gap_hours * 3600), "s")
    distance = np.abs(rest["time"].to_numpy()[:, None] - valid["time"].to_numpy()[None]).min(1)
    # A short series cannot afford the gap; it still never trains on a validation epoch.
    far = distance >= gap
    if not far.any():
        far = distance > np.timedelta64(0, "s")
    if not far.any():
        msg = "no epoch is left to train on; give more epochs, or --train and --validate ranges"
        raise InputError(msg)
    return rest.isel(time=far), valid


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
    for place in [phase] if phase is not None else phases(steps, count):
        residual = left_over(fine, thin(fine, steps, place))
        sets += [pair_set(fine, residual, steps, place, flip=f, name=name) for f in flips]
    return sets


def sources(fine: xr.Dataset, options: TrainOptions) -> list[Source]:
    """Everything the nodal network learns from."""
    flips = (False, True) if options.flip else (False,)
    made = []
    for text, share in zip(options.thin, options.shares, strict=True):
        steps = thinning(text)
        sets = pair_sets(fine, steps, count=options.phases, flips=flips)
        # Sets of different shapes cannot share a batch, but a batch takes one set only.
        made.append(Source(text, share, sets))
    if options.texture:
        target = resolve_target(1.0, fine, orography=options.texture_orography).fine
        texture = make_texture(fine, target, seed=options.seed)
        for step, share in zip(options.texture, options.texture_shares, strict=True):
            made.append(Source(f"texture {step}", share, texture=texture, step=step))
    return made


def thinning(text: str) -> tuple[int, int]:
    """Read "2x3" or "5" as steps southward and eastward.

    Raises
    ------
    InputError
        If it is neither, or leaves no node out.

    Examples
    --------
    >>> thinning("2x3"), thinning("5")
    ((2, 3), (5, 5))
    """
    south, _, east = text.partition("x")
    try:
        steps = int(south), int(east or south)
    except ValueError:
        steps = 0, 0
    if min(steps) < 1 or max(steps) < 2:
        msg = (
            f"thinning {text!r} is not understood; give whole steps southward x eastward of at "
            "least 1, one of them more, e.g. 5 or 2x2"
        )
        raise InputError(msg)
    return steps


def matching_thinning(
    fine: xr.Dataset, coarse: xr.Dataset
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the thinning that makes the nodes of `coarse` out of those of `fine`.

    Returns
    -------
    tuple
        Steps and phase, each (southward, eastward). [1]

    Raises
    ------
    GridError
        If the coarse nodes are not nodes of the fine grid.
    """
    found = []
    for axis in ("lat", "lon"):
        a, b = fine[axis].to_numpy(), coarse[axis].to_numpy()
        step = round(float((b[1] - b[0]) / (a[1] - a[0])))
        first = round(float((b[0] - a[0]) / (a[1] - a[0])))
        nodes = a[first::step][: b.size] if step > 0 and first >= 0 else a[:0]
        if nodes.size != b.size or np.abs(nodes - b).max() > 1e-4:
            msg = (
                f"the coarse {axis} nodes are not nodes of the fine grid, which the nodal network "
                "needs; train on the fine files alone (pairs are made by thinning), or use "
                "--form field"
            )
            raise GridError(msg)
        found.append((step, first))
    return (found[0][0], found[1][0]), (found[0][1], found[1][1])
