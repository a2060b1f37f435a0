"""Options that both forms of training share, and how options are checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from tropdsx.errors import InputError

__all__ = ["Rule", "TrainOptions", "at_least", "flag", "has_shares", "one_of", "refuse"]

#: Name of an option, whether its value is accepted, and which values are.
Rule = tuple[str, bool, str]

Precision = Literal["32-true", "bf16-mixed", "16-mixed"]

#: Learning rate and weight decay of each optimizer.
USUAL_RATES = {"muon": (1e-2, 0.3), "adamw": (1e-3, 1e-3)}

#: Options that are called otherwise on the command line.
FLAGS = {
    "max_minutes": "--max-time",
    "flip": "--no-flip",
    "shares": "--thin",
    "texture_shares": "--texture",
}


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What decides the outcome of a training, whatever its form; give one of the two forms.

    `NodalOptions` and `FieldOptions` add what their network needs. They fill in what depends on
    other choices, and raise `InputError` where a value is not accepted.

    Attributes
    ----------
    orography : path, optional
        File with the heights of the fine nodes, if the data have none.
    train, validate : tuple of str
        Time ranges "start/end"; without them the last tenth validates.
    flip : bool
        Exchange north and south.
    batch, steps, steps_per_epoch : int
        Size of a batch, of the run; validation every steps_per_epoch.
    optimizer : {"muon", "adamw"}
        "muon" (nodal, its default) orthogonalises the steps of the large convolutions; "adamw".
    rate, weight_decay : float
        Default by optimizer: 1e-2 and 0.3 with muon, 1e-3 and 1e-3 with adamw.
    clip, average, warm_up : float
        Gradient norm limit, running average of weights, steps of rising rate.
    restart, restart_factor : int
        Cosine warm restarts (epochs, growth); 0: one cosine over the whole run.
    patience : int
        Stop after this many validations without progress; 0: never.
    loss : {"mse", "l1", "charbonnier"}
        How an error counts: its square, its absolute value, or that with a smooth minimum.
    precision : {"32-true", "bf16-mixed", "16-mixed"}
        Floating point numbers that the network computes with while it is trained.
    device : {"auto", "cpu", "cuda"}
        Where to train.
    threads : int, optional
        Torch threads.
    seed : int
        Of all random choices.
    max_minutes : float, optional
        Stop this call after so much time of training [min].

    Examples
    --------
    >>> from tropdsx.workflows.train import FieldOptions, NodalOptions
    >>> NodalOptions(steps=100).rate, FieldOptions(steps=100).rate
    (0.01, 0.001)
    >>> FieldOptions(average=2)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: training option not accepted: average=2 (accepted: a share, 0 to ...
    """

    form: ClassVar[str] = ""
    usual_optimizer: ClassVar[str] = "adamw"

    orography: str | Path | None = None
    train: tuple[str, ...] = ()
    validate: tuple[str, ...] = ()
    flip: bool = True
    batch: int = 4
    steps: int = 6000
    steps_per_epoch: int = 250
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
    precision: Precision = "32-true"
    device: str = "auto"
    threads: int | None = None
    seed: int = 0
    max_minutes: float | None = None

    def __post_init__(self) -> None:
        """Fill in what depends on other choices; refuse values that are not accepted."""
        if not self.form:
            msg = "TrainOptions is what two forms share; give NodalOptions() or FieldOptions()"
            raise InputError(msg)
        for name, value in self.filled().items():
            object.__setattr__(self, name, value)
        refuse(
            f"{name}={getattr(self, name)!r} (accepted: {accepted})"
            for name, fine, accepted in self.rules()
            if not fine
        )

    def filled(self) -> dict[str, Any]:
        """Return the options that depend on others, with the values that they get."""
        chosen = self.optimizer or self.usual_optimizer
        rate, decay = USUAL_RATES.get(chosen, (0.0, 0.0))
        return {
            "optimizer": chosen,
            "rate": self.rate or rate,
            "weight_decay": decay if self.weight_decay == -1.0 else self.weight_decay,
        }

    def rules(self) -> list[Rule]:
        """Check each option, with all filled in."""
        return [
            *one_of(self, "optimizer", "muon", "adamw"),
            *one_of(self, "loss", "mse", "l1", "charbonnier"),
            *one_of(self, "device", "auto", "cpu", "cuda"),
            *one_of(self, "precision", "32-true", "bf16-mixed", "16-mixed"),
            *at_least(self, 1, "batch", "steps", "steps_per_epoch", "threads", "restart_factor"),
            *at_least(self, 0, "weight_decay", "clip", "warm_up", "restart", "patience", "seed"),
            ("average", 0 <= self.average <= 1, "a share, 0 to 1"),
            ("rate", self.rate > 0 and math.isfinite(self.rate), "more than 0"),
            ("max_minutes", self.max_minutes is None or self.max_minutes > 0, "more than 0"),
            (
                "device",
                self.device != "cuda" or _has_gpu(),
                "cpu or auto: torch finds no CUDA GPU here",
            ),
        ]

    def values(self) -> dict[str, Any]:
        """Return the form and all options by name, to compare two runs."""
        return {"form": self.form} | asdict(self)

    def record(self) -> dict[str, Any]:
        """Return the options that differ from the defaults, as a card and a report hold them."""
        usual = type(self)()
        return {
            k: str(v) if isinstance(v, Path) else v
            for k, v in asdict(self).items()
            if v != getattr(usual, k)
        }


def refuse(wrong: Iterable[str]) -> None:
    """Raise one error that names all options that are not accepted.

    Parameters
    ----------
    wrong : iterable of str
        What is wrong with each; nothing happens where there is none.

    Raises
    ------
    InputError
        If there is any.

    Examples
    --------
    >>> refuse([])
    >>> refuse(["steps=0"])
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: training option not accepted: steps=0; see tropdsx train --help-all
    """
    text = "; ".join(wrong)
    if text:
        msg = f"training option not accepted: {text}; see tropdsx train --help-all"
        raise InputError(msg)


def one_of(options: object, name: str, *accepted: str | None) -> list[Rule]:
    """Require an option to be one of some values.

    Parameters
    ----------
    options : object
        Holds the option as an attribute.
    name : str
        Of the option.
    *accepted : str or None
        Its accepted values.

    Returns
    -------
    list of Rule
        One.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> one_of(SimpleNamespace(loss="l3"), "loss", "mse", "l1")
    [('loss', False, 'one of mse, l1')]
    """
    return [(name, getattr(options, name) in accepted, f"one of {', '.join(map(str, accepted))}")]


def at_least(options: object, least: int, *names: str) -> list[Rule]:
    """Require options to be finite and not below a number; None is accepted.

    Parameters
    ----------
    options : object
        Holds the options as attributes.
    least : {0, 1}
        Least accepted value [1].
    *names : str
        Of the options.

    Returns
    -------
    list of Rule
        One for each option.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> at_least(SimpleNamespace(batch=0, width=None), 1, "batch", "width")
    [('batch', False, 'at least 1'), ('width', True, 'at least 1')]
    """
    accepted = "at least 1" if least else "0 or more"
    return [
        (name, value is None or (value >= least and math.isfinite(value)), accepted)
        for name in names
        for value in [getattr(options, name)]
    ]


def has_shares(shares: Sequence[float], kinds: Sequence[Any]) -> bool:
    """Tell whether there is a share for each kind of lesson, and not all of them are 0.

    Parameters
    ----------
    shares : sequence of float
        How often each kind is drawn, relative to the others [1].
    kinds : sequence
        Thinnings, or textures.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_shares([0.3, 0.1], ["2x2", "3x3"]), has_shares([0.3], ["2x2", "3x3"])
    (True, False)
    """
    if len(shares) != len(kinds):
        return False
    return not kinds or (all(0 <= s < math.inf for s in shares) and sum(shares) > 0)


def flag(name: str) -> str:
    """Name an option as the command line does.

    Parameters
    ----------
    name : str
        Of an attribute of the options.

    Returns
    -------
    str
        With its two hyphens.

    Examples
    --------
    >>> flag("hide_height"), flag("max_minutes")
    ('--hide-height', '--max-time')
    """
    return FLAGS.get(name, f"--{name.replace('_', '-')}")


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()
