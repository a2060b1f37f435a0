"""Train a network on a user's own data: read → split → thin → Lightning → checkpoint → report."""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L  # noqa: N812  (its documentation's name)
import numpy as np
import torch
import xarray as xr
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch.utils.data import DataLoader

from tropdsx.errors import CheckpointError
from tropdsx.nn.nodal import NodalNet
from tropdsx.train_batches import Batch, Lessons, Source, batch_of
from tropdsx.train_card import write_nodal
from tropdsx.train_data import (
    Fields,
    fine_fields,
    matching_thinning,
    pair_sets,
    sources,
    split,
    thinning,
)
from tropdsx.train_modules import Averaged, NodalTraining
from tropdsx.train_options import TrainOptions
from tropdsx.train_pairs import PairSet
from tropdsx.train_report import History, write_report

__all__ = ["Check", "Fitted", "TrainOptions", "fit"]


class Check(NamedTuple):
    """More validation data: fine fields, their heights, and the thinning "5x5" with its phase."""

    data: Fields
    orography: str | Path | None
    thin: str
    phase: tuple[int, int]


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
    train, valid = split(fine, options.train, options.validate)
    lessons, tests = _nodal_data(train, valid, options, coarse)
    for more in check:
        grid = fine_fields(more.data, more.orography)
        tests[f"check {more.thin}"] = pair_sets(grid, thinning(more.thin), phase=more.phase)[0]
    # 2. network and training
    L.seed_everything(options.seed, verbose=False)
    module = NodalTraining(NodalNet(width=options.width, blocks=options.blocks), options)
    run = Run(options, out, resume=resume, progress=progress, epochs=stop_after)
    run.train(module, lambda first: _loader(lessons, options, first), _validation(tests))
    # 3. checkpoints and report
    record = {"options": options.record(), "epochs_train": _span(train), "epochs_validate":
              _span(valid), "steps": int(module.global_step), "seconds": round(run.seconds),
              "command": command}  # fmt: skip
    final = write_nodal(out / "final.safetensors", module.average, tests, record)
    best = out / "best.safetensors"
    run.load_best(module)
    write_nodal(best, module.average, tests, record)
    report = write_report(out, run.history.rows, record, final)
    return Fitted(best, final, run.history.rows, report)


class Run:
    """One Lightning run: trainer, callbacks, history.

    Parameters
    ----------
    options : TrainOptions
        Length, precision, device, patience. [1]
    out : Path
        Folder for last.ckpt and the history. [1]
    resume, progress : bool
        See `fit`. [1]
    """

    def __init__(
        self,
        options: TrainOptions,
        out: Path,
        *,
        resume: bool,
        progress: bool,
        epochs: int | None = None,
    ) -> None:
        self.options, self.out = options, out
        self.history = History(out, keep=resume)
        self.seconds = 0.0
        self.resume_from = out / "last.ckpt" if resume else None
        if self.resume_from is not None and not self.resume_from.exists():
            msg = f"nothing to resume: {self.resume_from} does not exist; train without --resume"
            raise CheckpointError(msg)
        self.best = ModelCheckpoint(out, "best", monitor="val_loss", enable_version_counter=False,
                                    save_weights_only=True)  # fmt: skip
        # The end of a validation is where a stopped run goes on: batches depend on the step alone.
        self.last = ModelCheckpoint(out, "last", every_n_epochs=1, save_top_k=1, monitor=None,
                                    enable_version_counter=False,
                                    save_on_train_epoch_end=True)  # fmt: skip
        callbacks: list[Callback] = [self.best, self.last, self.history]
        if options.patience:
            callbacks.append(EarlyStopping("val_loss", patience=options.patience))
        with _quiet():
            self.trainer = _trainer(options, out, callbacks, progress)
            if epochs is not None:
                self.trainer.fit_loop.max_epochs = epochs

    def train(
        self,
        module: Averaged,
        loader: Callable[[int], DataLoader],
        validation: list[DataLoader],
    ) -> None:
        """Run until the steps, the time or the patience are used up."""
        started = time.monotonic()
        with _quiet():
            self.trainer.fit(module, datamodule=Epochs(self.options, loader, validation),
                             ckpt_path=self.resume_from, weights_only=False)  # fmt: skip
        self.seconds = time.monotonic() - started


    def load_best(self, module: Averaged) -> None:
        """Put the weights of the best validation into the module."""
        path = self.best.best_model_path
        if path:
            state = torch.load(path, weights_only=True, map_location="cpu")["state_dict"]
            module.load_state_dict(state)
            Path(path).unlink()


def _trainer(
    options: TrainOptions, out: Path, callbacks: list[Callback], progress: bool
) -> L.Trainer:
    minutes = options.max_minutes
    return L.Trainer(
        max_epochs=-(-options.steps // options.steps_per_epoch),
        max_time=None if minutes is None else timedelta(minutes=minutes),
        accelerator="gpu" if options.device == "cuda" else options.device,
        devices=1, precision=options.precision, gradient_clip_val=options.clip,
        callbacks=callbacks, logger=False, num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1, enable_progress_bar=progress,
        enable_model_summary=False, default_root_dir=out,
    )  # fmt: skip


class Epochs(L.LightningDataModule):
    """Give each epoch the batches of its own steps."""

    def __init__(
        self,
        options: TrainOptions,
        loader: Callable[[int], DataLoader],
        validation: list[DataLoader],
    ) -> None:
        super().__init__()
        self.options, self.loader, self.validation = options, loader, validation

    def train_dataloader(self) -> DataLoader:
        """Return the batches from the first step of the current epoch on."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        return self.loader(epoch * self.options.steps_per_epoch)

    def val_dataloader(self) -> list[DataLoader]:
        """Return the same validation batches every time."""
        return self.validation


def _nodal_data(
    train: xr.Dataset, valid: xr.Dataset, options: TrainOptions, coarse: Fields | None
) -> tuple[list[Source], dict[str, PairSet]]:
    if coarse is not None:
        steps, phase = matching_thinning(train, fine_fields(coarse, _orography_of(coarse, train)))
        name = f"{steps[0]}x{steps[1]}"
        flips = (False, True) if options.flip else (False,)
        sets = pair_sets(train, steps, phase=phase, flips=flips)
        return [Source(name, 1.0, sets)], {name: pair_sets(valid, steps, phase=phase)[0]}
    tests = {}
    for text in options.thin[:2]:
        steps = thinning(text)
        place = (steps[0] // 2, steps[1] // 2)
        tests[text] = pair_sets(valid, steps, phase=place)[0]
    return sources(train, options), tests


def _orography_of(coarse: Fields, fine: xr.Dataset) -> Any:
    """Heights for coarse files without: only their nodes matter here, the pairs come from thinning."""
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
    data = Lessons(lessons, options.seed, first, max(steps, 1), options.batch,
                   0.5 if options.flip else 0.0)  # fmt: skip
    return DataLoader(data, batch_size=None)


def _validation(tests: dict[str, PairSet]) -> list[DataLoader]:
    return [DataLoader(Parts(pairs), batch_size=None) for pairs in tests.values()]


class Parts(torch.utils.data.Dataset):
    """A pair set in batches of five epochs."""

    def __init__(self, pairs: PairSet, size: int = 5) -> None:
        self.pairs, self.size = pairs, size

    def __len__(self) -> int:
        """Number of batches."""
        return -(-len(self.pairs.channels) // self.size)

    def __getitem__(self, place: int) -> Batch:
        """Return batch number `place`."""
        if place >= len(self):
            raise IndexError(place)
        return batch_of([self.pairs], slice(place * self.size, (place + 1) * self.size))


def _span(ds: xr.Dataset) -> dict[str, Any]:
    times = np.sort(ds["time"].to_numpy()).astype("datetime64[h]")
    return {"count": int(times.size), "first": str(times[0]), "last": str(times[-1])}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's advice on workers and loggers does not concern the user."""
    names = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero")
    levels = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
