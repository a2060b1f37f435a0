"""Learn from a trained network that sees the neighbouring epochs, beside learning from the truth.

Most of the error of a first guess cannot be known from one epoch. In the truth that part is noise
to learn through. A network that sees the epochs before and after knows some of it and leaves out
the rest, so what it says of the training epochs is a target with less noise: learning with
privileged information (Lopez-Paz et al. 2016, "Unifying distillation and privileged information",
ICLR, arXiv:1511.03643).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.workflows.train.data import GAP_HOURS
from tropdsx.workflows.train.epochs import epochs_seen, hours_apart
from tropdsx.workflows.train.nodal.batches import estimate

if TYPE_CHECKING:
    from tropdsx.nn.nodal import NodalNet
    from tropdsx.workflows.train.nodal.batches import Batch

__all__ = ["Teacher", "require_apart"]

ZWD = 1


class Teacher:
    """What a trained network adds to the truth of a batch.

    Parameters
    ----------
    net : NodalNet
        Trained network; changed to say all that it has learned, without the factors of its
        validation and season, for it speaks of the epochs that it was trained on. Where it is made
        to average with the mirrored atmosphere it does so: twice the cost, a better target. [1]
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


def require_apart(
    teacher: Checkpoint, name: object, train: xr.Dataset, valid: Sequence[xr.Dataset]
) -> None:
    """Refuse a teacher that knows validation epochs: through it the network would know them.

    Parameters
    ----------
    teacher : Checkpoint
        Of the run. [1]
    name : str or Path
        As the user gave it, for messages. [1]
    train, valid : Dataset, sequence of Dataset
        Training epochs of the run, and all that it is validated on. [m]

    Raises
    ------
    InputError
        If it was trained on epochs nearer to them than 48 h and than those of the run itself, or
        if its card does not say on which.
    """
    if not valid:
        return
    runs, own = epochs_seen([], [teacher.card]), epochs_seen([train])
    if not runs:
        msg = (
            f"--teacher {name}: its card does not say on which epochs it and the networks it "
            "learned from were trained, so they may be those of the validation; give a checkpoint "
            "that this version of tropdsx train made"
        )
        raise InputError(msg)
    for ds in valid:
        time = ds["time"].to_numpy()
        apart = hours_apart(runs, time)
        if apart < min(GAP_HOURS, hours_apart(own or (), time)):
            msg = (
                f"--teacher {name} was trained on {', '.join(runs)}, {apart:g} h from the "
                f"validation epochs from {min(time).astype('M8[h]')} on; through it the network "
                "would know them. Give one that was trained with the same --train and --validate"
            )
            raise InputError(msg)
