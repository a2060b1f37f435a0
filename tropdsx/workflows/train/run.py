"""One Lightning run: trainer, checkpoints to resume from, history."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from torch.utils.data import DataLoader

from tropdsx.errors import InputError
from tropdsx.system.heap import kept_heap
from tropdsx.workflows.train.averaged import Averaged
from tropdsx.workflows.train.folder import make_folder
from tropdsx.workflows.train.options import TrainOptions
from tropdsx.workflows.train.report import History
from tropdsx.workflows.train.resume import KeepBest, StoppedRun

__all__ = ["Call", "Patience", "TrainingRun"]


class Call(NamedTuple):
    """How one call of `fit` is carried out; the weights of a step do not depend on it.

    Attributes
    ----------
    out : Path
        Folder of the results.
    resume : bool
        Go on with the run in it.
    progress : bool
        Show a progress bar.
    command : str
        What the card names as the command that made the checkpoint.
    stop_after : int or None
        Stop after this many epochs.

    Examples
    --------
    >>> Call(Path("run"))._replace(resume=True).resume
    True
    """

    out: Path
    resume: bool = False
    progress: bool = False
    command: str = ""
    stop_after: int | None = None


class TrainingRun:
    """One Lightning run: trainer, callbacks, history.

    Parameters
    ----------
    options : TrainOptions
        Length, precision, device, patience.
    call : Call
        Folder for last.ckpt and the history, progress bar, when to stop.
    state : StoppedRun, optional
        The stopped run to go on with.
    record : dict, optional
        Options and data, to compare with when this run is resumed.

    Raises
    ------
    InputError
        If the stopped run has more steps than are asked for.

    Examples
    --------
    >>> from tropdsx.workflows.train import FieldOptions
    >>> options = FieldOptions(steps=1000, steps_per_epoch=300, device="cpu")
    >>> TrainingRun(options, Call(Path("run"))).trainer.max_epochs
    4
    """

    def __init__(
        self,
        options: TrainOptions,
        call: Call,
        *,
        state: StoppedRun | None = None,
        record: dict[str, Any] | None = None,
    ) -> None:
        self.options, self.out = options, call.out
        self.history = History(call.out, keep=state is not None)
        self.seconds = 0.0
        self.resume_from = None if state is None else state.path
        self.kept = KeepBest(record or {})
        # The end of a validation is where a stopped run goes on: batches depend on the step alone.
        last = ModelCheckpoint(
            call.out,
            "last",
            every_n_epochs=1,
            save_top_k=1,
            monitor=None,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        )
        callbacks: list[Callback] = [last, self.history, self.kept]
        if options.max_minutes is not None:
            callbacks.append(_TimeLimit(options.max_minutes))
        if options.patience:
            callbacks.append(Patience("val_loss", patience=options.patience))
        with _quiet():
            self.trainer = _trainer(options, call, callbacks)
            most, first = _epochs(options, state), call.stop_after
            self.trainer.fit_loop.max_epochs = most if first is None else min(most, first)

    def train(
        self,
        module: Averaged,
        loader: Callable[[int], DataLoader],
        validation: list[DataLoader],
    ) -> None:
        """Run until the steps, the time or the patience are used up.

        Parameters
        ----------
        module : Averaged
            Network to train.
        loader : callable
            From the number of a step to the batches from there to the end of its epoch.
        validation : list of DataLoader
            Batches of each validation set.

        Raises
        ------
        KeyboardInterrupt
            If the user interrupts it.
        OutputError
            If the folder cannot be made.
        """
        # Not before: what was refused leaves no empty folder behind.
        make_folder(self.out)
        started = time.monotonic()
        before = signal.getsignal(signal.SIGINT)
        # Values below 1e-38 cost a CPU a hundred times the work of others and mean nothing here.
        torch.set_flush_denormal(True)
        try:
            with _quiet(), kept_heap():
                self.trainer.fit(
                    module,
                    datamodule=_Epochs(loader, validation),
                    ckpt_path=self.resume_from,
                    weights_only=False,
                )
        except SystemExit:
            # Lightning turns Ctrl-C into an exit with status 1, and ignores the next one.
            if isinstance(self.kept.stopped, KeyboardInterrupt):
                raise self.kept.stopped from None
            raise
        except Exception as error:
            # torch.save that is interrupted fails in turn while it closes its archive.
            behind: BaseException | None = error
            while behind is not None and not isinstance(behind, KeyboardInterrupt):
                behind = behind.__cause__ or behind.__context__
            if behind is not None:
                raise behind from None
            raise
        finally:
            torch.set_flush_denormal(False)
            if threading.current_thread() is threading.main_thread() and before is not None:
                signal.signal(signal.SIGINT, before)
        self.seconds = time.monotonic() - started

    def load_best(self, module: Averaged) -> int:
        """Put the weights of the best validation into the running average.

        Parameters
        ----------
        module : Averaged
            Trained network; changed.

        Returns
        -------
        int
            Step of these weights.
        """
        if self.kept.best is None:
            return int(module.global_step)
        module.average.load_state_dict(self.kept.best["weights"])
        return int(self.kept.best["step"])


def _epochs(options: TrainOptions, state: StoppedRun | None) -> int:
    """Epochs in all: those done, and one for each validation that is left."""
    first, done = (0, 0) if state is None else (state.step, state.epochs)
    if first > options.steps:
        folder = "the run" if state is None else state.path.parent
        msg = (
            f"{folder} has {first} steps already, --steps {options.steps} is less; give at "
            "least as many, or train anew without --resume"
        )
        raise InputError(msg)
    # The epoch that --max-time cut is ended first: validations come at the same steps as ever.
    length = options.steps_per_epoch
    return done + (-(-options.steps // length) - first // length if first < options.steps else 0)


class _TimeLimit(Callback):
    """Stop after some minutes of this call, whatever the calls before have taken."""

    def __init__(self, minutes: float) -> None:
        self.seconds, self.started = 60.0 * minutes, 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        del trainer, pl_module
        self.started = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Ask for the end; a validation and last.ckpt come first."""
        if time.monotonic() - self.started >= self.seconds:
            trainer.should_stop = True


class Patience(EarlyStopping):
    """Early stopping with the patience of this call, not that of the run it goes on with.

    The name of this class is the key of its state in last.ckpt.

    Examples
    --------
    >>> patience = Patience("val_loss", patience=9)
    >>> patience.load_state_dict(Patience("val_loss", patience=3).state_dict())
    >>> patience.patience
    9
    """

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the best validation and how long ago it was.

        Parameters
        ----------
        state_dict : dict
            Of the stopped run.
        """
        super().load_state_dict({**state_dict, "patience": self.patience})


def _trainer(options: TrainOptions, call: Call, callbacks: list[Callback]) -> Trainer:
    return Trainer(
        max_epochs=1,  # set when it is known what is left
        accelerator="gpu" if options.device == "cuda" else options.device,
        devices=1,
        precision=options.precision,
        gradient_clip_val=options.clip,
        callbacks=callbacks,
        logger=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        enable_progress_bar=call.progress,
        enable_model_summary=False,
        default_root_dir=call.out,
    )


class _Epochs(LightningDataModule):
    """Give each epoch the batches of its own steps."""

    def __init__(self, loader: Callable[[int], DataLoader], validation: list[DataLoader]) -> None:
        super().__init__()
        self.loader, self.validation = loader, validation

    def train_dataloader(self) -> DataLoader:
        """Return the batches from the next step on, to the end of its epoch."""
        return self.loader(self.trainer.global_step if self.trainer else 0)

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
