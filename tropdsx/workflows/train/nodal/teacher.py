"""Learn from a trained network that sees the neighbouring epochs, beside learning from the truth.

Most of the error of a first guess cannot be known from one epoch. In the truth that part is noise
to learn through. A network that sees the epochs before and after knows some of it and leaves out
the rest, so what it says of the training epochs is a target with less noise: learning with
privileged information (Lopez-Paz et al. 2016, "Unifying distillation and privileged information",
ICLR, arXiv:1511.03643).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.data import GAP_HOURS
from tropdsx.workflows.train.epochs import epochs_seen, hours_apart
from tropdsx.workflows.train.nodal.batches import Batch, estimate

__all__ = ["Teacher", "require_apart"]

ZWD = 1


class Teacher:
    """What a trained network adds to the truth of a batch.

    Parameters
    ----------
    net : NodalNet
        Trained network; changed to say all that it has learned, without the factors of its
        validation and season, for it speaks of the epochs that it was trained on. Where it is made
        to average with the mirrored atmosphere it does so: twice the cost, a better target.
    share : float
        Its part of what is learned, 0 to 1 [1].

    Examples
    --------
    >>> net = NodalNet(width=4, blocks=1)
    >>> _ = net.gain.fill_(0.5)
    >>> bool((Teacher(net, 0.7).net.gain == 1.0).all())
    True
    """

    def __init__(self, net: NodalNet, share: float) -> None:
        self.net, self.share = net.eval().requires_grad_(False), share
        self.net.trust_all()

    def target(self, batch: Batch) -> torch.Tensor:
        """Mix truth and teacher.

        ZHD stays the truth: neighbouring epochs tell nothing more of it.

        Parameters
        ----------
        batch : Batch
            With the neighbouring epochs.

        Returns
        -------
        torch.Tensor
            Residual to learn, (N, 2, Q, lat - 1, lon) [m]; NaN where the truth is unknown.
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
        Of the run.
    name : str or Path
        As the user gave it, for messages.
    train, valid : Dataset, sequence of Dataset
        Training epochs of the run, and all that it is validated on.

    Raises
    ------
    InputError
        If it was trained on epochs nearer to them than 48 h and than those of the run itself, or
        if its card does not say on which.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.datetime64("2022-03-01T00", "ns") + np.arange(40) * np.timedelta64(6, "h")
    >>> train, valid = (xr.Dataset(coords={"time": t}) for t in (time[:20], time[30:]))
    >>> card = {"training": {"epochs_seen": ["2022-03-01T00/2022-03-05T18"]}}
    >>> require_apart(Checkpoint(None, card, {}), "run/best.safetensors", train, [valid])
    >>> card["training"]["epochs_seen"][0] = "2022-03-01T00/2022-03-09T00"
    >>> require_apart(Checkpoint(None, card, {}), "other", train, [valid])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: --teacher other was trained on 2022-03-01T00/2022-03-09T00, 0 h ...
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
