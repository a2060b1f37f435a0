"""Runs of a few steps, and their weights: what the tests of training share."""

from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train import DiffusionOptions, FieldOptions, NodalOptions


def small(form="nodal", **changes):
    """Options of a run of a few steps on one thread."""
    kind, own = {
        "nodal": (NodalOptions, {"thin": ("2x2",), "shares": (1.0,), "blocks": 1}),
        "field": (FieldOptions, {"thin": "2x2"}),
        "diffusion": (
            DiffusionOptions,
            {"thin": "2x2", "width": 8, "window": 8, "sets": 2, "stations": (10, 0)},
        ),
    }[form]
    plain = {
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
    return kind(**{**plain, **own, **changes})


def weights(path):
    """Weights and buffers of a checkpoint."""
    return load(path).module.state_dict()


def same(one, other):
    """Whether all weights are the same bit for bit."""
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


def longer(**changes):
    """Options of a run that is long enough to learn something."""
    return small(**{"width": 8, "steps": 12, "steps_per_epoch": 4, **changes})
