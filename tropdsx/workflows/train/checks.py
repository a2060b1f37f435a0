"""What cannot be meant among the options of a training run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.data import thinning

if TYPE_CHECKING:
    from tropdsx.workflows.train.options import TrainOptions

__all__ = ["FIELD_ONLY", "NODAL_ONLY", "flag", "problems"]

NODAL_ONLY = ("blocks", "members", "experts", "without", "dropout", "hide_height", "texture",
              "texture_orography", "init", "sigma", "phases", "teacher",
              "teacher_share", "weigh_by_sigma")  # fmt: skip
FIELD_ONLY = ("block_mean", "shift", "ssim", "rmse_map", "rmse_mode", "freeze", "padding", "head",
              "variable", "units")  # fmt: skip
#: Options that are called otherwise on the command line.
FLAGS = {"max_minutes": "--max-time", "flip": "--no-flip", "shares": "--thin",
         "texture_shares": "--texture"}  # fmt: skip


def flag(name: str) -> str:
    """Name of an option on the command line.

    Examples
    --------
    >>> flag("hide_height"), flag("max_minutes")
    ('--hide-height', '--max-time')
    """
    return FLAGS.get(name, f"--{name.replace('_', '-')}")


def problems(options: TrainOptions) -> list[str]:
    """Find what is wrong: option, value, and what is accepted.

    Parameters
    ----------
    options : TrainOptions
        With optimizer, rate and form of the network filled in. [1]

    Returns
    -------
    list of str
        Empty if all is well. [1]

    Raises
    ------
    InputError
        If a thinning is not understood.
    """
    o = options
    for text in o.thin:
        thinning(text)
    choices = {
        "form": ("nodal", "field"), "optimizer": ("muon", "adamw"),
        "loss": ("mse", "l1", "charbonnier"), "sigma": ("gaussian", "laplace"),
        "rmse_mode": ("inverse", "normalized", "squared"), "padding": ("zeros", "globe"),
        "head": ("absolute", "residual"), "device": ("auto", "cpu", "cuda"),
        "precision": ("32-true", "bf16-mixed", "16-mixed"),
        "variable": (None, "zhd", "zwd"), "units": (None, "m", "cm", "mm"),
    }  # fmt: skip
    rules = [(name, getattr(o, name) in accepted, f"one of {', '.join(map(str, accepted))}")
             for name, accepted in choices.items()]  # fmt: skip
    rules += [(name, getattr(o, name) is None or getattr(o, name) >= 1, "at least 1") for name in
              ("width", "blocks", "members", "batch", "steps", "steps_per_epoch", "phases",
               "threads", "restart_factor")]  # fmt: skip
    rules += [(name, getattr(o, name) >= 0 and math.isfinite(getattr(o, name)), "0 or more")
              for name in ("weight_decay", "clip", "warm_up", "restart", "patience", "ssim",
                           "shift", "seed")]  # fmt: skip
    rules += [(name, 0 <= getattr(o, name) <= 1, "a share, 0 to 1")
              for name in ("dropout", "hide_height", "average")]  # fmt: skip
    rules += [
        ("optimizer", o.optimizer != "muon" or o.form == "nodal", "adamw for form field"),
        ("without", set(o.without) <= set(CHANNELS), f"of {', '.join(CHANNELS)}"),
        ("shares", _shares(o.shares, o.thin), "one for each thinning, none negative, not all 0"),
        ("texture_shares", _shares(o.texture_shares, o.texture), "one for each texture, none "
         "negative, not all 0"),
        ("thin", bool(o.thin or (o.texture and o.form == "nodal")), "at least one thinning"),
        ("texture", all(step > 1 for step in o.texture), "whole steps of 2 degrees or more"),
        # Other steps leave more rows at some phases than at others, and a gap in longitude.
        ("texture", all(step < 2 or 180 % step == 0 for step in o.texture), "steps that divide "
         f"180 degrees: {', '.join(str(n) for n in range(2, 91) if 180 % n == 0)}"),
        ("rate", o.rate > 0 and math.isfinite(o.rate), "more than 0"),
        ("max_minutes", o.max_minutes is None or o.max_minutes > 0, "more than 0"),
        ("experts", not o.experts or o.members is None or o.members % 2 == 0,
         f"only with an even number of --members, found {o.members}: half of them for epochs with "
         "neighbours"),
        ("teacher_share", o.teacher_share is None or (o.teacher is not None and
         0 <= o.teacher_share <= 1), "a share, 0 to 1, beside --teacher"),
        ("teacher", o.teacher is None or o.experts is not False, "only with --experts: other "
         "members see the neighbouring epochs that the teacher sees"),
        ("weigh_by_sigma", 0 <= o.weigh_by_sigma <= 2, "0 to 2"),
        ("device", o.device != "cuda" or _has_gpu(), "cpu or auto: torch finds no CUDA GPU here"),
    ]  # fmt: skip
    wrong = [f"{name}={getattr(o, name)!r} (accepted: {accepted})"
             for name, fine, accepted in rules if not fine]  # fmt: skip
    return wrong + _of_the_other_form(o)


def _shares(shares: Sequence[float], kinds: Sequence[Any]) -> bool:
    if len(shares) != len(kinds):
        return False
    return not kinds or (all(0 <= s < math.inf for s in shares) and sum(shares) > 0)


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _of_the_other_form(o: TrainOptions) -> list[str]:
    """Options that the form has no use for, and that somebody has set."""
    from tropdsx.workflows.train.options import FORM_OF

    usual = {f.name: f.default for f in fields(o)} | FORM_OF
    others = {"nodal": FIELD_ONLY, "field": NODAL_ONLY}.get(o.form, ())
    found = [flag(name) for name in others if getattr(o, name) not in (None, usual[name])]
    many = o.form == "field" and len(o.thin) > 1 and o.thin != usual["thin"]
    found += ["a second --thin"] * many
    if not found:
        return []
    other = "field" if o.form == "nodal" else "nodal"
    return [f"form {o.form} has no {', '.join(found)}; leave that out, or use --form {other}"]
