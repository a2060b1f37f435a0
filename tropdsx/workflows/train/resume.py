"""What a stopped training run leaves in last.ckpt, and whether it may be gone on with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from tropdsx.errors import CheckpointError, InputError
from tropdsx.workflows.train.averaged import Averaged
from tropdsx.workflows.train.options import TrainOptions

__all__ = [
    "FREE",
    "KeepBest",
    "StoppedRun",
    "as_recorded",
    "check_same_run",
    "kept_options",
    "read_stopped_run",
]

KEY = "tropdsx"
#: Options that say how long and where to train: the weights of a step do not depend on them.
FREE = ("steps", "max_minutes", "patience", "device", "threads")
#: Options that are paths: a run may go on where the files lie elsewhere.
PATHS = ("orography", "texture_orography", "init", "teacher", "rmse_map")


class StoppedRun(NamedTuple):
    """A run as its last.ckpt has it.

    Attributes
    ----------
    path : Path
        The last.ckpt.
    step, epochs : int
        How many are done.
    record : dict
        Options and data that the run was made of.

    Examples
    --------
    >>> StoppedRun(Path("run/last.ckpt"), 500, 2, {}).path.parent.name
    'run'
    """

    path: Path
    step: int
    epochs: int
    record: dict[str, Any]


def read_stopped_run(out: Path) -> StoppedRun:
    """Read what is needed to go on from the last.ckpt of a folder.

    Parameters
    ----------
    out : Path
        Folder of the run.

    Returns
    -------
    StoppedRun
        Steps and epochs done, record of the run.

    Raises
    ------
    CheckpointError
        If there is no last.ckpt, or it cannot be read.

    Examples
    --------
    >>> read_stopped_run(Path("nowhere"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.CheckpointError: nothing to resume: nowhere/last.ckpt does not exist; train ...
    """
    path = out / "last.ckpt"
    if not path.exists():
        msg = f"nothing to resume: {path} does not exist; train without --resume"
        raise CheckpointError(msg)
    try:
        # The optimizer's state need not be in memory twice.
        content = torch.load(path, map_location="cpu", weights_only=False, mmap=True)
        record = content[KEY]["record"]
        return StoppedRun(path, int(content["global_step"]), int(content["epoch"]) + 1, record)
    except Exception as error:  # torch raises many kinds, from pickle's to zipfile's
        msg = (
            f"{path} cannot be resumed: it is damaged, or of an earlier version that did not keep "
            "the options of the run; train anew without --resume"
        )
        raise CheckpointError(msg) from error


def kept_options(options: TrainOptions) -> dict[str, Any]:
    """Select the options that a run that goes on must have, as a run keeps them.

    Parameters
    ----------
    options : TrainOptions
        Of either form.

    Returns
    -------
    dict
        By name, without those that may change.

    Examples
    --------
    >>> from tropdsx.workflows.train import FieldOptions
    >>> kept = kept_options(FieldOptions(rmse_map="data/weight.npy", steps=7))
    >>> kept["rmse_map"], "steps" in kept
    ('weight.npy', False)
    """
    return {k: v for k, v in as_recorded(options.values()).items() if k not in FREE}


def as_recorded(options: Mapping[str, Any]) -> dict[str, Any]:
    """Turn options into what JSON holds of them, so that they can be compared with a record.

    Parameters
    ----------
    options : mapping
        Values by name.

    Returns
    -------
    dict
        Lists for tuples; of paths the name alone.

    Examples
    --------
    >>> as_recorded({"thin": ("2x2",), "init": Path("run/best.safetensors")})
    {'thin': ['2x2'], 'init': 'best.safetensors'}
    """
    found: dict[str, Any] = json.loads(json.dumps(dict(options), default=str))
    return {k: Path(v).name if k in PATHS and v else v for k, v in found.items()}


def check_same_run(
    state: StoppedRun, wanted: Mapping[str, Any], usual: Mapping[str, Any] | None = None
) -> None:
    """Refuse to go on with a run that was made of something else.

    Parameters
    ----------
    state : StoppedRun
        The stopped run.
    wanted : mapping
        Options, or data, of this call; only these keys are compared.
    usual : mapping, optional
        What counts where the run does not record it: an earlier version had no such option.

    Raises
    ------
    InputError
        Naming all that differs, with the value of the run and the new one.

    Examples
    --------
    >>> state = StoppedRun(Path("run/last.ckpt"), 500, 2, {"seed": 0})
    >>> check_same_run(state, {"seed": 0})
    >>> check_same_run(state, {"seed": 1})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: run cannot be resumed with other options or data: seed (was 0, now...
    """
    before = {**(usual or {}), **state.record}
    differs = [
        f"{name} (was {before.get(name)!r}, now {value!r})"
        for name, value in wanted.items()
        if before.get(name) != value
    ]
    if differs:
        msg = (
            f"{state.path.parent} cannot be resumed with other options or data: "
            f"{'; '.join(differs)}. Give those of the run (only steps, max-time, patience, device "
            "and threads may change), or train anew without --resume"
        )
        raise InputError(msg)


class KeepBest(Callback):
    """Keep the best weights, and what the run is made of, inside last.ckpt: one file, one truth.

    Parameters
    ----------
    record : dict
        Options and data of the run, to compare with when it is resumed.

    Examples
    --------
    >>> checkpoint = {}
    >>> KeepBest({"seed": 0}).on_save_checkpoint(None, None, checkpoint)
    >>> checkpoint
    {'tropdsx': {'record': {'seed': 0}, 'best': None}}
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self.best: dict[str, Any] | None = None
        self.stopped: BaseException | None = None

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remember the running average if its validation is the best so far."""
        score = trainer.callback_metrics.get("val_loss")
        if score is None or not isinstance(pl_module, Averaged):
            return
        # NaN is worse than anything.
        value = float(score) if torch.isfinite(score) else float("inf")
        if self.best is None or value < self.best["score"]:
            weights = {
                k: v.detach().cpu().clone() for k, v in pl_module.average.state_dict().items()
            }
            self.best = {"score": value, "step": int(trainer.global_step), "weights": weights}

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the record and the best weights."""
        del trainer, pl_module
        checkpoint[KEY] = {"record": self.record, "best": self.best}

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take over the best weights of the stopped run."""
        del trainer, pl_module
        self.best = checkpoint[KEY]["best"]

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Remember what ended the run: Lightning makes an exit of Ctrl-C."""
        del trainer, pl_module
        self.stopped = exception
