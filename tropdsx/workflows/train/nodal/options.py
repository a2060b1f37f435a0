"""Options of the form "nodal": the kind of network that the default checkpoint is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tropdsx.grid.thinning import parse_thinning
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.options import Rule, TrainOptions, at_least, has_shares, one_of

__all__ = ["NETWORK_DEFAULTS", "NodalOptions"]

#: Arguments of a network if neither the user nor a checkpoint says otherwise.
NETWORK_DEFAULTS: dict[str, Any] = {"width": 64, "blocks": 5, "members": 1, "experts": False}

#: Part of what is learned that comes from a teacher, if the user does not say otherwise.
TEACHER_SHARE = 0.7


@dataclass(frozen=True, kw_only=True)
class NodalOptions(TrainOptions):
    """Options of a network on coarse nodes, with the defaults of the shipped checkpoint.

    Attributes
    ----------
    width, blocks : int, optional
        Size of the network: 64 and 5, or those of `init`.
    members : int, optional
        Networks trained side by side on the same batches, each by itself, and averaged: 1, or
        those of `init`.
    experts : bool, optional
        Half of the members learn epochs without neighbours, half those with them.
    alone : float
        Share of the batches in which no epoch has a neighbour (moisture fields, single products)
        that the experts for epochs with neighbours learn from as well [1].
    without : tuple of str
        Channels (names in `predict.channels.CHANNELS`) that the network never sees.
    dropout : float
        Share of hidden channels left out at random in training [1].
    hide_height : float
        Share of batches that do not see the node heights [1]; heights tell the place on Earth, and
        a network that knows the place learns the errors of one model there by heart.
    height_decay : float
        Share in the loss of the mean square of the height functions, in units of the roughness per
        kilometre: over sea no target tells of them, and they would grow without bound [1].
    thin : tuple of str
        Thinnings "SOUTHxEAST" that make pairs of fine fields.
    shares : tuple of float
        How often each thinning is drawn, relative to the other lessons [1].
    phases : int, optional
        How many phases of each thinning; all if None.
    texture : tuple of int
        Thinnings of 1 degree texture made from the fine fields (VMF1).
    texture_shares : tuple of float
        How often each is drawn [1].
    texture_orography : path, optional
        File with 1 degree heights for the texture; the shipped ones by default.
    warp : float
        Share of the pairs drawn from textures and moisture fields whose fields are bent smoothly
        before [1]: few epochs are learned by heart less.
    init : path or name, optional
        Checkpoint to go on from ("default", or a file); width, blocks, members, experts and
        without are its own.
    keep_start : float
        Share of the weights of `init` in those that are kept at the end, 0 to 1: between two good
        sets of weights often lies one that is better on other data (Wortsman et al. 2022,
        arXiv:2109.01903).
    sigma : {"gaussian", "laplace"}
        Likelihood that sigma is fitted with.
    weigh_by_sigma : float
        Errors count in the loss by this power of one over sigma, 0 to 2: the place where an error
        is expected counts less.
    mirror : {"shared", "all"}
        Which members see the mirrored atmosphere in prediction: every second one, at no cost (a
        single one sees none), or all of them as well, at twice the cost.
    teacher : path or name, optional
        Trained checkpoint that is learned from too; with experts it sees the neighbouring epochs
        of nearly all samples.
    teacher_share : float, optional
        Its part of the ZWD that is learned [1], the truth has the rest; 0.7 by default.

    Notes
    -----
    All others are those of :class:`tropdsx.workflows.train.options.TrainOptions`.

    Examples
    --------
    >>> options = NodalOptions(thin=("2x2",), shares=(1.0,), steps=500)
    >>> options.width, options.optimizer, options.record()
    (64, 'muon', {'steps': 500, 'thin': ('2x2',), 'shares': (1.0,)})
    """

    form: ClassVar[str] = "nodal"
    usual_optimizer: ClassVar[str] = "muon"

    width: int | None = None
    blocks: int | None = None
    members: int | None = None
    experts: bool | None = None
    alone: float = 1.0
    without: tuple[str, ...] = ()
    dropout: float = 0.0
    hide_height: float = 0.0
    height_decay: float = 0.0
    thin: tuple[str, ...] = ("2x2", "3x3", "4x4")
    shares: tuple[float, ...] = (0.3, 0.18, 0.07)
    phases: int | None = None
    texture: tuple[int, ...] = ()
    texture_shares: tuple[float, ...] = ()
    texture_orography: str | Path | None = None
    warp: float = 0.0
    init: str | Path | None = None
    keep_start: float = 0.0
    sigma: str = "gaussian"
    weigh_by_sigma: float = 0.0
    mirror: str = "shared"
    teacher: str | Path | None = None
    teacher_share: float | None = None

    def network_arguments(self) -> dict[str, Any]:
        """Return width, blocks, members and experts, as the constructor of the network has them."""
        return {name: getattr(self, name) for name in NETWORK_DEFAULTS}

    def filled(self) -> dict[str, Any]:
        """Return the options that depend on others, with the values that they get."""
        usual = NETWORK_DEFAULTS if self.init is None else {}
        usual = usual | ({} if self.teacher is None else {"teacher_share": TEACHER_SHARE})
        return super().filled() | {
            name: value for name, value in usual.items() if getattr(self, name) is None
        }

    def rules(self) -> list[Rule]:
        """Check each option, with all filled in."""
        for text in self.thin:
            parse_thinning(text)
        return [
            *super().rules(),
            *one_of(self, "sigma", "gaussian", "laplace"),
            *one_of(self, "mirror", "shared", "all"),
            *at_least(self, 1, "width", "blocks", "members", "phases"),
            *[
                (name, 0 <= getattr(self, name) <= 1, "a share, 0 to 1")
                for name in ("dropout", "hide_height", "warp", "alone", "keep_start")
            ],
            ("weigh_by_sigma", 0 <= self.weigh_by_sigma <= 2, "0 to 2"),
            ("height_decay", self.height_decay >= 0, "0 or more"),
            ("without", set(self.without) <= set(CHANNELS), f"of {', '.join(CHANNELS)}"),
            ("keep_start", not self.keep_start or self.init is not None, "only with --init"),
            *self._rules_of_lessons(),
            *self._rules_of_members(),
        ]

    def _rules_of_lessons(self) -> list[Rule]:
        """Check thinnings and textures."""
        steps = [n for n in range(2, 91) if 180 % n == 0]
        whole = all(step > 1 for step in self.texture)
        # Other steps leave more rows at some phases than at others, and a gap in longitude.
        even = all(step < 2 or 180 % step == 0 for step in self.texture)
        return [
            ("thin", bool(self.thin or self.texture), "at least one thinning"),
            (
                "shares",
                has_shares(self.shares, self.thin),
                "one for each thinning, none negative, not all 0",
            ),
            ("texture", whole, "whole steps of 2 degrees or more"),
            ("texture", even, f"steps that divide 180 degrees: {', '.join(map(str, steps))}"),
            (
                "texture_shares",
                has_shares(self.texture_shares, self.texture),
                "one for each texture, none negative, not all 0",
            ),
        ]

    def _rules_of_members(self) -> list[Rule]:
        """Check experts and their teacher."""
        share = self.teacher_share
        return [
            (
                "experts",
                not self.experts or self.members is None or self.members % 2 == 0,
                f"only with an even number of --members, found {self.members}: half of them for "
                "epochs with neighbours",
            ),
            (
                "alone",
                self.alone == 1 or self.experts is not False,
                "only with --experts: other members learn from all batches",
            ),
            (
                "teacher_share",
                share is None or (self.teacher is not None and 0 <= share <= 1),
                "a share, 0 to 1, beside --teacher",
            ),
            (
                "teacher",
                self.teacher is None or self.experts is not False,
                "only with --experts: other members see the neighbouring epochs that the teacher "
                "sees",
            ),
        ]
