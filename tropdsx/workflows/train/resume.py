"""What a stopped training run leaves in last.ckpt, and whether it may be gone on with."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L  # noqa: N812  (its documentation's name)
import torch
from lightning.pytorch.callbacks import Callback

from tropdsx.errors import CheckpointError, InputError
from tropdsx.workflows.train.options import TrainOptions

__all__ = ["Kept", "Saved", "agree", "as_kept", "plain", "saved"]

KEY = "tropdsx"
#: Options that say how long and where to train: the weights of a step do not depend on them.
FREE = ("steps", "max_minutes", "patience", "device", "threads")
#: Options that are paths: a run may go on where the files lie elsewhere.
PATHS = ("orography", "texture_orography", "init", "teacher", "rmse_map")


class Saved(NamedTuple):
    """A run as last.ckpt has it: file, steps and epochs done, and what the run was made of."""

    path: Path
    step: int
    epochs: int
    record: dict[str, Any]


def saved(out: Path) -> Saved:
    """Read what is needed to go on from the last.ckpt of a folder.

    Parameters
    ----------
    out : Path
        Folder of the run. [1]

    Returns
    -------
    Saved
        Steps and epochs done, record of the run. [1]

    Raises
    ------
    CheckpointError
        If there is no last.ckpt, or it cannot be read.
    """
    path = out / "last.ckpt"
    if not path.exists():
        msg = f"nothing to resume: {path} does not exist; train without --resume"
        raise CheckpointError(msg)
    try:
        # The optimiser's state need not be in memory twice.
        content = torch.load(path, map_location="cpu", weights_only=False, mmap=True)
        kept = content[KEY]
        return Saved(path, int(content["global_step"]), int(content["epoch"]) + 1, kept["record"])
    except Exception as error:  # torch raises many kinds, from pickle's to zipfile's
        msg = (
            f"{path} cannot be resumed: it is damaged, or of an earlier version that did not keep "
            "the options of the run; train anew without --resume"
        )
        raise CheckpointError(msg) from error


def plain(options: TrainOptions) -> dict[str, Any]:
    """Options as a run keeps them, without those that may change."""
    return {k: v for k, v in as_kept(dataclasses.asdict(options)).items() if k not in FREE}


def as_kept(options: dict[str, Any]) -> dict[str, Any]:
    """Options as JSON holds them, of paths the name alone."""
    found: dict[str, Any] = json.loads(json.dumps(options, default=str))
    return {k: Path(v).name if k in PATHS and v else v for k, v in found.items()}


def agree(state: Saved, wanted: dict[str, Any]) -> None:
    """Refuse to go on with a run that was made of something else.

    Parameters
    ----------
    state : Saved
        The stopped run. [1]
    wanted : dict
        Options, or data, of this call; only these keys are compared. [1]

    Raises
    ------
    InputError
        Naming all that differs, with the value of the run and the new one.
    """
    # What the run does not record (an earlier version had no such option) counts as the default.
    before = as_kept(dataclasses.asdict(TrainOptions())) | state.record
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


class Kept(Callback):
    """Keep the best weights, and what the run is made of, inside last.ckpt: one file, one truth.

    Parameters
    ----------
    record : dict
        Options and data of the run, to compare with when it is resumed. [1]
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self.best: dict[str, Any] | None = None
        self.stopped: BaseException | None = None

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Remember the running average if its validation is the best so far."""
        score = trainer.callback_metrics.get("val_loss")
        if score is None:
            return
        # NaN is worse than anything.
        value = float(score) if torch.isfinite(score) else float("inf")
        if self.best is None or value < self.best["score"]:
            weights = {
                k: v.detach().cpu().clone() for k, v in pl_module.average.state_dict().items()
            }
            self.best = {"score": value, "step": int(trainer.global_step), "weights": weights}

    def on_save_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the record and the best weights."""
        del trainer, pl_module
        checkpoint[KEY] = {"record": self.record, "best": self.best}

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Take over the best weights of the stopped run."""
        del trainer, pl_module
        self.best = checkpoint[KEY]["best"]

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Remember what ended the run: Lightning makes an exit of Ctrl-C."""
        del trainer, pl_module
        self.stopped = exception
