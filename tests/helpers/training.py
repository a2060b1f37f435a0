"""Runs of a few steps, and their weights: what the tests of training share."""

from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train.options import TrainOptions


def small(**changes):
    """Options of a run of a few steps on one thread."""
    own = {} if changes.get("form") == "field" else {"blocks": 1}
    plain = {
        "thin": ("2x2",),
        "shares": (1.0,),
        "width": 4,
        "batch": 2,
        "steps": 4,
        "steps_per_epoch": 2,
        "warm_up": 2,
        "rate": 4e-3,
        "optimizer": "adamw",
        "device": "cpu",
        "threads": 1,
    }
    return TrainOptions(**{**plain, **own, **changes})


def weights(path):
    """Weights and buffers of a checkpoint."""
    return load(path).module.state_dict()


def same(one, other):
    """Whether all weights are the same bit for bit."""
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)
