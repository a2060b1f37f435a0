"""Train a network on a user's own data: read → split → thin → Lightning → checkpoint → report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L  # noqa: N812  (its documentation's name)
import numpy as np
import torch
import xarray as xr
from torch.utils.data import DataLoader

from tropdsx.errors import CheckpointError, InputError
from tropdsx.inference import find_path
from tropdsx.nn.checkpoint import Checkpoint, load
from tropdsx.nn.nodal import NodalNet
from tropdsx.train_batches import Batch, Lessons, Source, batch_of
from tropdsx.train_card import write_nodal, write_refit
from tropdsx.train_data import (
    Fields,
    between,
    fine_fields,
    matching_thinning,
    pair_sets,
    sources,
    split,
    thinning,
)
from tropdsx.train_modules import NodalTraining
from tropdsx.train_options import TrainOptions
from tropdsx.train_pairs import PairSet
from tropdsx.train_report import write_report
from tropdsx.train_run import Run

__all__ = ["Also", "Check", "Fitted", "TrainOptions", "fit"]


#: Shares of `train_batches.hide` where half of the members see no neighbouring epochs anyway.
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


class Fitted(NamedTuple):
    """What a training run leaves: checkpoint files, history by epoch, report."""

    best: Path
    final: Path
    history: list[dict[str, float]]
    report: Path


def fit(
    data: Fields,
    out: str | Path,
    *,
    options: TrainOptions | None = None,
    coarse: Fields | None = None,
    check: Sequence[Check] = (),
    also: Sequence[Also] = (),
    refit_of: str | Path | None = None,
    resume: bool = False,
    progress: bool = False,
    command: str = "",
    stop_after: int | None = None,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields: NetCDF, Zarr, VMF text. For form "field" also a TropDS folder. [m]
    out : path
        Folder of the results: best.safetensors, final.safetensors, history.csv, history.npy,
        report.md with figures, last.ckpt (to resume). [1]
    options : TrainOptions, optional
        Everything else. [1]
    coarse : path, paths or Dataset, optional
        The coarse fields that belong to `data`; their nodes must be nodes of the fine grid. Without
        them pairs are made by thinning. [m]
    check : sequence of Check, optional
        More validation data: scores, factors and RMSE scale of the card are measured there too.
        [m]
    also : sequence of Also, optional
        Other products to train on as well. [m]
    refit_of : path or name, optional
        Train the network of this checkpoint anew, on all epochs and without validation. Its
        scores, factors and RMSE maps, measured before on epochs it had not seen, go into the new
        card, which says whose they are. [1]
    resume : bool, default False
        Go on from last.ckpt in `out`; the loss curve is that of a run never stopped. [1]
    progress : bool, default False
        Show a progress bar. [1]
    command : str
        What the card names as the command that made the checkpoint. [1]
    stop_after : int, optional
        Stop after this many epochs, to go on later with `resume`. [1]

    Returns
    -------
    Fitted
        Files and history. [1]

    Raises
    ------
    TropdsxError
        If the data, the split or the options cannot be used; the text says why.
    """
    options = options or TrainOptions()
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.form == "field":
        from tropdsx.train_fields import fit_fields

        return fit_fields(data, out, options, coarse=coarse, resume=resume, progress=progress)
    # 1. data
    fine = fine_fields(data, options.orography)
    judged = None if refit_of is None else judged_by(refit_of, options, check)
    if judged is None:
        train, valid = split(fine, options.train, options.validate)
        lessons, tests = _nodal_data(train, valid, options, coarse)
    else:
        train, valid = (between(fine, options.train) if options.train else fine), None
        lessons, tests = _lessons(train, options, coarse), {}
    lessons += [_source(more, options) for more in also]
    for more in check:
        grid = fine_fields(more.data, more.orography)
        tests[f"check {more.thin}"] = pair_sets(grid, thinning(more.thin), phase=more.phase)[0]
    # 2. network and training
    L.seed_everything(options.seed, verbose=False)
    module = NodalTraining(_network(options), options)
    run = Run(options, out, resume=resume, progress=progress, epochs=stop_after,
              validates=judged is None)  # fmt: skip
    run.train(module, lambda first: _loader(lessons, options, first), _validation(tests))
    # 3. checkpoints and report
    record: dict[str, Any] = {
        "options": options.record(), "epochs_train": _span(train), "command": command,
        "steps": int(module.global_step), "seconds": round(run.seconds),
    }  # fmt: skip
    if valid is not None:
        record["epochs_validate"] = _span(valid)
    if also:
        record["also"] = [_named(more) for more in also]
    final, best = out / "final.safetensors", out / "best.safetensors"
    if judged is not None:
        card = write_refit(final, module.average, judged, record)
        return Fitted(final, final, run.history.rows, write_report(out, run.history.rows, record,
                      card))  # fmt: skip
    card = write_nodal(final, module.average, tests, record)
    report = write_report(out, run.history.rows, record, card)
    run.load_best(module)
    write_nodal(best, module.average, tests, record)
    return Fitted(best, final, run.history.rows, report)


def judged_by(checkpoint: str | Path, options: TrainOptions, check: Sequence[Check]) -> Checkpoint:
    """Load the checkpoint that a refit takes its scores from; refuse what does not belong to it."""
    loaded = load(find_path(checkpoint))
    config = loaded.card["config"]
    wanted = {"width": options.width, "blocks": options.blocks, "members": options.members,
              "experts": options.experts}  # fmt: skip
    found = {name: config.get(name) for name in wanted}
    if loaded.card["network"] != "nodal" or "scores" not in loaded.card or found != wanted:
        msg = (
            f"{checkpoint} cannot be refitted: it has {loaded.card['network']} {found}, the "
            f"options ask for {wanted}; give the options it was trained with"
        )
        raise CheckpointError(msg)
    if options.validate or options.patience or check:
        msg = "a refit trains on all epochs and validates on none; leave out --validate, --check "
        msg += "and --patience"
        raise InputError(msg)
    return loaded


def _network(options: TrainOptions) -> NodalNet:
    """Return a new network, or a trained one to go on from."""
    if options.init is None:
        net = NodalNet(
            width=options.width, blocks=options.blocks, members=options.members,
            experts=options.experts,
        )  # fmt: skip
    else:
        loaded = load(find_path(options.init)).module
        if not isinstance(loaded, NodalNet):
            msg = f"{options.init} holds no nodal network; --init takes a checkpoint of form nodal"
            raise CheckpointError(msg)
        net = loaded.train()
        net.gain.fill_(1.0)  # what validation said of the old weights
        net.config["mirror"] = False  # training turns hemispheres itself, at half the cost
    for module in net.modules():
        if isinstance(module, torch.nn.Dropout2d):
            module.p = options.dropout
    return net


def _nodal_data(
    train: xr.Dataset, valid: xr.Dataset, options: TrainOptions, coarse: Fields | None
) -> tuple[list[Source], dict[str, PairSet]]:
    lessons = _lessons(train, options, coarse)
    if coarse is not None:
        name, steps, phase = _thinning_of(train, coarse)
        return lessons, {name: pair_sets(valid, steps, phase=phase)[0]}
    tests = {}
    for text in options.thin[:2]:
        steps = thinning(text)
        place = (steps[0] // 2, steps[1] // 2)
        tests[text] = pair_sets(valid, steps, phase=place)[0]
    return lessons, tests


def _lessons(train: xr.Dataset, options: TrainOptions, coarse: Fields | None) -> list[Source]:
    if coarse is None:
        return sources(train, options)
    name, steps, phase = _thinning_of(train, coarse)
    flips = (False, True) if options.flip else (False,)
    return [Source(name, 1.0, pair_sets(train, steps, phase=phase, flips=flips))]


def _thinning_of(fine: xr.Dataset, coarse: Fields) -> tuple[str, tuple[int, int], tuple[int, int]]:
    steps, phase = matching_thinning(fine, fine_fields(coarse, _orography_of(coarse, fine)))
    return f"{steps[0]}x{steps[1]}", steps, phase


def _source(more: Also, options: TrainOptions) -> Source:
    fine = fine_fields(more.data, more.orography)
    flips = (False, True) if options.flip else (False,)
    sets = pair_sets(fine, thinning(more.thin), flips=flips)
    return Source(f"also {more.thin}", more.share, sets)


def _named(more: Also) -> dict[str, Any]:
    data = [more.data] if isinstance(more.data, (str, Path)) else more.data
    names = ["Dataset"] if isinstance(data, xr.Dataset) else [Path(each).name for each in data]
    return {"data": names, "thin": more.thin, "share": more.share}


def _orography_of(coarse: Fields, fine: xr.Dataset) -> Any:
    """Heights for coarse files without; only their nodes matter, the pairs come from thinning."""
    from tropdsx.read import open_delays
    from tropdsx.standardise import standardise_grid

    ds = coarse if isinstance(coarse, xr.Dataset) else open_delays(coarse, chunks=None)
    grid, _ = standardise_grid(ds)
    if "orography" in grid:
        return None
    return fine["orography"].sel(lat=grid["lat"], lon=grid["lon"], method="nearest").assign_coords(
        lat=grid["lat"], lon=grid["lon"])  # fmt: skip


def _loader(lessons: list[Source], options: TrainOptions, first: int) -> DataLoader:
    steps = min(options.steps_per_epoch, options.steps - first)
    hidden = {"height": options.hide_height} | (EXPERT if options.experts else {})
    data = Lessons(lessons, options.seed, first, max(steps, 1), options.batch,
                   0.5 if options.flip else 0.0, hidden)  # fmt: skip
    return DataLoader(data, batch_size=None)


def _validation(tests: dict[str, PairSet]) -> list[DataLoader]:
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


def _span(ds: xr.Dataset) -> dict[str, Any]:
    times = np.sort(ds["time"].to_numpy()).astype("datetime64[h]")
    return {"count": int(times.size), "first": str(times[0]), "last": str(times[-1])}
