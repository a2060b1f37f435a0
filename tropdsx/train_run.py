"""One Lightning run: trainer, checkpoints to resume from, history."""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import lightning as L  # noqa: N812  (its documentation's name)
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch.utils.data import DataLoader

from tropdsx.errors import CheckpointError
from tropdsx.train_modules import Averaged
from tropdsx.train_options import TrainOptions
from tropdsx.train_report import History

__all__ = ["Run"]


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
    epochs : int, optional
        Stop after this many. [1]
    validates : bool
        Whether there is a validation, and so a best state. [1]
    """

    def __init__(
        self,
        options: TrainOptions,
        out: Path,
        *,
        resume: bool,
        progress: bool,
        epochs: int | None = None,
        validates: bool = True,
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
        callbacks: list[Callback] = [self.last, self.history] + [self.best] * validates
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
        # Values below 1e-38 cost a CPU a hundred times the work of others and mean nothing here.
        torch.set_flush_denormal(True)
        try:
            with _quiet():
                self.trainer.fit(module, datamodule=Epochs(self.options, loader, validation),
                                 ckpt_path=self.resume_from, weights_only=False)  # fmt: skip
        finally:
            torch.set_flush_denormal(False)
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
