"""Learn from a trained network that sees the neighbouring epochs, beside learning from the truth.

Most of the error of a first guess cannot be known from one epoch. In the truth that part is noise
to learn through. A network that sees the epochs before and after knows some of it and leaves out
the rest, so what it says of the training epochs is a target with less noise: learning with
privileged information (Lopez-Paz et al. 2016, "Unifying distillation and privileged information",
ICLR, arXiv:1511.03643).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import xarray as xr

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.train_data import between
from tropdsx.train_init import trained
from tropdsx.train_modules import estimate

if TYPE_CHECKING:
    from tropdsx.nn.nodal import NodalNet
    from tropdsx.train_batches import Batch
    from tropdsx.train_options import TrainOptions

__all__ = ["Teacher", "require_same_teaching", "teacher_of"]

ZWD = 1


class Teacher:
    """What a trained network adds to the truth of a batch.

    Parameters
    ----------
    net : NodalNet
        Trained network; changed to say all that it has learned, whatever it is trusted with. [1]
    share : float
        Its part of what is learned, 0 to 1. [1]
    """

    def __init__(self, net: NodalNet, share: float) -> None:
        self.net, self.share = net.eval().requires_grad_(False), share
        self.net.trust_all()

    def target(self, batch: Batch) -> torch.Tensor:
        """Residual to learn, (N, 2, Q, lat - 1, lon) [m]; unknown where the truth is.

        ZHD stays the truth: neighbouring epochs tell nothing more of it.
        """
        self.net.to(batch.channels.device)
        with torch.no_grad():
            said, _ = estimate(self.net, batch)
        target = batch.residual.clone()
        target[:, ZWD] += self.share * (said[:, ZWD] - target[:, ZWD])
        return target


def teacher_of(options: TrainOptions, valid: xr.Dataset | None) -> Checkpoint | None:
    """Load the teacher of a run, if it has one.

    Parameters
    ----------
    options : TrainOptions
        teacher names it. [1]
    valid : Dataset, optional
        Validation epochs. [m]

    Raises
    ------
    CheckpointError
        If there is no such nodal checkpoint.
    InputError
        If it was trained on validation epochs: through it the network would know them.
    """
    if options.teacher is None:
        return None
    loaded = trained(options.teacher, "--teacher")
    seen = 0 if valid is None else _seen(loaded.card, valid)
    if seen:
        msg = (
            f"--teacher {options.teacher} was trained on {seen} of the {valid.sizes['time']} "  # type: ignore[union-attr]
            "validation epochs, through it the network would know them; give one that was not, or "
            "validate on other epochs"
        )
        raise InputError(msg)
    return loaded


def _seen(card: dict[str, Any], valid: xr.Dataset) -> int:
    """Count the epochs that a checkpoint was trained on, as far as its card tells."""
    training = card.get("training") or {}
    span = training.get("epochs_train")
    ranges = (training.get("options") or {}).get("train")
    if not ranges and isinstance(span, dict):
        ranges = [f"{span['first']}/{span['last']}"]
    count = 0
    for each in ranges or ():
        try:
            count += between(valid, [each]).sizes["time"]
        except InputError:  # none of them there
            continue
    return count


def require_same_teaching(
    judged: Checkpoint, teacher: Checkpoint | None, options: TrainOptions
) -> None:
    """Refuse a refit that is taught otherwise than the tested network was.

    Its teacher must be the same one, or a refit of that.

    Parameters
    ----------
    judged : Checkpoint
        The tested network. [1]
    teacher : Checkpoint, optional
        The teacher of the refit. [1]
    options : TrainOptions
        Of the refit. [1]

    Raises
    ------
    CheckpointError
        If it is neither.
    """
    before = (judged.card.get("training") or {}).get("taught_by")
    if teacher is None:
        same = before is None
    else:
        refitted = teacher.card.get("scores_of", {}).get("sha256")
        same = before is not None and before in (teacher.card["sha256"], refitted)
    if same:
        return
    what = "was not taught" if before is None else f"was taught by the checkpoint {before[:12]}"
    msg = f"{judged.card['model_id']} {what}, the refit has --teacher {options.teacher}; " + (
        "leave it out" if before is None else "give that one, or a refit of it"
    )
    raise CheckpointError(msg)
