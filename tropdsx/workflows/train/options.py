"""All choices of a training run, with the defaults that made the shipped checkpoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from tropdsx.errors import InputError
from tropdsx.grid.thinning import thinning
from tropdsx.predict.channels import CHANNELS

__all__ = ["FIELD_ONLY", "FLAGS", "FORM_OF", "NODAL_ONLY", "TrainOptions", "flag", "problems"]

#: Form of a network if neither the user nor a checkpoint says otherwise.
FORM_OF = {"width": 64, "blocks": 5, "members": 1, "experts": False}


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Everything that decides the outcome of a training run, besides the data.

    Attributes
    ----------
    form : {"nodal", "field"}
        "nodal": the network of the default checkpoint, on coarse nodes. "field": a U-Net on fine
        fields, as TropDS trains. [1]
    orography : path, optional
        Heights of the fine nodes, if the files have none. [m]
    train, validate : tuple of str
        Time ranges "start/end"; without them the last tenth validates. [1]
    thin : tuple of str
        nodal: thinnings "SOUTHxEAST" that make pairs of fine fields. field: the first one. [1]
    shares : tuple of float
        How often each thinning is drawn. [1]
    phases : int, optional
        Phases of each thinning; all if None. [1]
    texture : tuple of int
        Thinnings of 1 degree texture made from the fine fields (VMF1). [1]
    texture_shares : tuple of float
        How often each is drawn. [1]
    texture_orography : path, optional
        1 degree heights for the texture; the shipped ones by default. [m]
    flip, shift : bool, int
        Exchange north and south; field: turn by up to this many columns. [1]
    block_mean : bool
        field: coarse fields are block means instead of point samples. [1]
    init : path or name, optional
        nodal: checkpoint to go on from ("default", or a file); width, blocks, members, experts and
        without are its own. [1]
    teacher : path or name, optional
        nodal: trained checkpoint that is learned from too; with experts it sees the neighbouring
        epochs of nearly all samples. [1]
    teacher_share : float, optional
        nodal: its part of the ZWD that is learned, the truth has the rest; 0.7 by default. [1]
    without : tuple of str
        nodal: channels (names in `nodes.CHANNELS`) that the network never sees. [1]
    width, blocks : int, optional
        Size of the network: 64 and 5, or those of `init`. [1]
    batch, steps, steps_per_epoch : int
        Size of a batch, of the run; validation every steps_per_epoch. [1]
    members : int, optional
        nodal: networks trained side by side on the same batches, each by itself, and averaged: 1,
        or those of `init`. [1]
    experts : bool, optional
        nodal: half of the members learn epochs without neighbours, half those with them. [1]
    dropout : float
        nodal: share of hidden channels left out at random in training. [1]
    hide_height : float
        nodal: share of batches that do not see the node heights; heights tell the place on Earth,
        and a network that knows the place learns the errors of one model there by heart. [1]
    optimizer : {"muon", "adamw"}
        nodal: "muon" (default) orthogonalises the steps of the large convolutions. field: "adamw"
        alone. [1]
    rate, weight_decay : float
        Default by optimizer: 1e-2 and 0.3 with muon, 1e-3 and 1e-3 with adamw. [1]
    clip, average, warm_up : float
        Gradient norm limit, running average of weights, steps of rising rate. [1]
    restart, restart_factor : int
        Cosine warm restarts (epochs, growth); 0: one cosine over the whole run. [1]
    patience : int
        Stop after this many validations without progress; 0: never. [1]
    loss, sigma : str
        "mse", "l1" or "charbonnier"; "gaussian" or "laplace" likelihood for sigma. [1]
    weigh_by_sigma : float
        nodal: errors count in the loss by this power of one over sigma, 0 to 2: the place where an
        error is expected counts less. [1]
    ssim : float
        field: share of structural dissimilarity in the loss. [1]
    rmse_map, rmse_mode : path, str
        field: past RMSE as loss weight, "inverse", "normalized" or "squared". [as data]
    freeze : float
        field: where the past RMSE is below this the output is the input. [as data]
    padding, head : str
        field: of `nn.unet.UNet`. [1]
    variable : {"zhd", "zwd"}, optional
        field: the delay to train on; of files zwd by default, of a TropDS folder what its arrays
        hold. [1]
    units : {"m", "cm", "mm"}, optional
        field: units of the arrays of a TropDS folder; by default those in which they fit a delay.
        [1]
    precision, device, threads, seed
        "32-true", "bf16-mixed", "16-mixed"; "auto", "cpu", "cuda"; torch threads; seed. [1]
    max_minutes : float, optional
        Stop this call after so much time of training. [min]
    """

    form: str = "nodal"
    orography: str | Path | None = None
    train: tuple[str, ...] = ()
    validate: tuple[str, ...] = ()
    thin: tuple[str, ...] = ("2x2", "3x3", "4x4")
    shares: tuple[float, ...] = (0.3, 0.18, 0.07)
    phases: int | None = None
    texture: tuple[int, ...] = ()
    texture_shares: tuple[float, ...] = ()
    texture_orography: str | Path | None = None
    flip: bool = True
    shift: int = 30
    block_mean: bool = False
    init: str | Path | None = None
    teacher: str | Path | None = None
    teacher_share: float | None = None
    without: tuple[str, ...] = ()
    width: int | None = None
    blocks: int | None = None
    batch: int = 4
    steps: int = 6000
    steps_per_epoch: int = 250
    members: int | None = None
    experts: bool | None = None
    dropout: float = 0.0
    hide_height: float = 0.0
    optimizer: str = ""
    rate: float = 0.0
    weight_decay: float = -1.0
    clip: float = 1.0
    average: float = 0.999
    warm_up: int = 100
    restart: int = 0
    restart_factor: int = 2
    patience: int = 0
    loss: str = "mse"
    sigma: str = "gaussian"
    weigh_by_sigma: float = 0.0
    ssim: float = 0.0
    rmse_map: str | Path | None = None
    rmse_mode: str = "squared"
    freeze: float = 0.0
    padding: str = "zeros"
    head: str = "absolute"
    variable: str | None = None
    units: str | None = None
    precision: str = "32-true"
    device: str = "auto"
    threads: int | None = None
    seed: int = 0
    max_minutes: float | None = None

    def __post_init__(self) -> None:
        """Fill in what depends on other choices, and refuse what cannot be meant."""
        pass

        chosen = self.optimizer or ("muon" if self.form == "nodal" else "adamw")
        usual = {"muon": (1e-2, 0.3), "adamw": (1e-3, 1e-3)}.get(chosen, (0.0, 0.0))
        form = FORM_OF if self.init is None else {}
        form = form | ({"teacher_share": 0.7} if self.teacher is not None else {})
        filled = {name: value for name, value in form.items() if getattr(self, name) is None}
        for name, value in (
            ("optimizer", chosen),
            ("rate", self.rate or usual[0]),
            ("weight_decay", usual[1] if self.weight_decay == -1.0 else self.weight_decay),
            *filled.items(),
        ):
            object.__setattr__(self, name, value)
        wrong = problems(self)
        if wrong:
            msg = f"training option not accepted: {'; '.join(wrong)}; see tropdsx train --help"
            raise InputError(msg)

    def record(self) -> dict[str, Any]:
        """JSON-ready dictionary of the options that differ from a plain default."""
        plain = TrainOptions()
        return {
            k: str(v) if isinstance(v, Path) else v
            for k, v in asdict(self).items()
            if v != getattr(plain, k)
        }


NODAL_ONLY = (
    "blocks",
    "members",
    "experts",
    "without",
    "dropout",
    "hide_height",
    "texture",
    "texture_orography",
    "init",
    "sigma",
    "phases",
    "teacher",
    "teacher_share",
    "weigh_by_sigma",
)


FIELD_ONLY = (
    "block_mean",
    "shift",
    "ssim",
    "rmse_map",
    "rmse_mode",
    "freeze",
    "padding",
    "head",
    "variable",
    "units",
)


#: Options that are called otherwise on the command line.
FLAGS = {
    "max_minutes": "--max-time",
    "flip": "--no-flip",
    "shares": "--thin",
    "texture_shares": "--texture",
}


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
        "form": ("nodal", "field"),
        "optimizer": ("muon", "adamw"),
        "loss": ("mse", "l1", "charbonnier"),
        "sigma": ("gaussian", "laplace"),
        "rmse_mode": ("inverse", "normalized", "squared"),
        "padding": ("zeros", "globe"),
        "head": ("absolute", "residual"),
        "device": ("auto", "cpu", "cuda"),
        "precision": ("32-true", "bf16-mixed", "16-mixed"),
        "variable": (None, "zhd", "zwd"),
        "units": (None, "m", "cm", "mm"),
    }
    rules = [
        (name, getattr(o, name) in accepted, f"one of {', '.join(map(str, accepted))}")
        for name, accepted in choices.items()
    ]
    rules += [
        (name, getattr(o, name) is None or getattr(o, name) >= 1, "at least 1")
        for name in (
            "width",
            "blocks",
            "members",
            "batch",
            "steps",
            "steps_per_epoch",
            "phases",
            "threads",
            "restart_factor",
        )
    ]
    rules += [
        (name, getattr(o, name) >= 0 and math.isfinite(getattr(o, name)), "0 or more")
        for name in (
            "weight_decay",
            "clip",
            "warm_up",
            "restart",
            "patience",
            "ssim",
            "shift",
            "seed",
        )
    ]
    rules += [
        (name, 0 <= getattr(o, name) <= 1, "a share, 0 to 1")
        for name in ("dropout", "hide_height", "average")
    ]
    rules += [
        ("optimizer", o.optimizer != "muon" or o.form == "nodal", "adamw for form field"),
        ("without", set(o.without) <= set(CHANNELS), f"of {', '.join(CHANNELS)}"),
        ("shares", _shares(o.shares, o.thin), "one for each thinning, none negative, not all 0"),
        (
            "texture_shares",
            _shares(o.texture_shares, o.texture),
            "one for each texture, none negative, not all 0",
        ),
        ("thin", bool(o.thin or (o.texture and o.form == "nodal")), "at least one thinning"),
        ("texture", all(step > 1 for step in o.texture), "whole steps of 2 degrees or more"),
        # Other steps leave more rows at some phases than at others, and a gap in longitude.
        (
            "texture",
            all(step < 2 or 180 % step == 0 for step in o.texture),
            "steps that divide "
            f"180 degrees: {', '.join(str(n) for n in range(2, 91) if 180 % n == 0)}",
        ),
        ("rate", o.rate > 0 and math.isfinite(o.rate), "more than 0"),
        ("max_minutes", o.max_minutes is None or o.max_minutes > 0, "more than 0"),
        (
            "experts",
            not o.experts or o.members is None or o.members % 2 == 0,
            f"only with an even number of --members, found {o.members}: half of them for epochs with "
            "neighbours",
        ),
        (
            "teacher_share",
            o.teacher_share is None or (o.teacher is not None and 0 <= o.teacher_share <= 1),
            "a share, 0 to 1, beside --teacher",
        ),
        (
            "teacher",
            o.teacher is None or o.experts is not False,
            "only with --experts: other members see the neighbouring epochs that the teacher sees",
        ),
        ("weigh_by_sigma", 0 <= o.weigh_by_sigma <= 2, "0 to 2"),
        ("device", o.device != "cuda" or _has_gpu(), "cpu or auto: torch finds no CUDA GPU here"),
    ]
    wrong = [
        f"{name}={getattr(o, name)!r} (accepted: {accepted})"
        for name, fine, accepted in rules
        if not fine
    ]
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
