"""Options of the form "diffusion": the learned mean of a reconstruction, and its residual."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tropdsx.grid.thinning import parse_thinning
from tropdsx.nn.diffusion.schedules import PREDICTIONS, SCHEDULES
from tropdsx.workflows.train.options import Rule, TrainOptions, at_least, one_of

__all__ = ["MASKS", "THIN", "DiffusionOptions"]

#: Thinning that makes the coarse grid, if the user does not say otherwise.
THIN = "2x2"
_AMBIENT = "x0 where the objective is ambient: noise on what is hidden cannot be told"
MASKS = ("tiles", "rectangles", "bernoulli", "tracks")


@dataclass(frozen=True, kw_only=True)
class DiffusionOptions(TrainOptions):
    """Options of a network for reconstructions.

    Without `init` the learned mean is trained, with it the diffusion of what that mean leaves.

    Attributes
    ----------
    thin : str, optional
        Thinning "SOUTHxEAST" that makes the coarse grid of the fine one, "2x2" by default.
    phases : int, optional
        Phases of the thinning that training takes; all by default.
    stations : tuple of int
        Numbers of pseudo-stations, of which each set has one; also 0.
    sets : int
        Sets of pseudo-stations over all phases, at nodes drawn by chance that are none of the
        coarse grid.
    noise : float
        Standard deviation of what they observe [m].
    errors : tuple of float
        How far the fine fields err themselves, beside what is found of VMF1 at GNSS stations (1),
        of which each set has one. With 0 the fields are the truth and stations are nodes of them;
        else stations lie anywhere, in clusters, have biases and blunders, and truth has errors
        beyond the fields, which they observe, too.
    window : int
        Rows and columns that the network sees at once [nodes].
    width : int
        Channels of the finest level.
    init : path, optional
        Checkpoint of the learned mean, whose residual is to be diffused.
    schedule : {"cosine", "linear", "quadratic", "sigmoid"}
        How fast noise covers the residual.
    prediction : {"x0", "epsilon"}
        Whether the network gives the residual or the noise.
    objective : {"complete", "ambient"}
        "ambient" for fields with gaps: a further share is hidden from the network, and what it
        makes of the rest counts wherever the field is known (Daras et al., 2023,
        arXiv:2305.19256).
    hide : float
        That further share [1].
    mask : {"tiles", "rectangles", "bernoulli", "tracks"}
        Its shape: that of the gaps.

    Notes
    -----
    All others are those of :class:`tropdsx.workflows.train.options.TrainOptions`.

    Examples
    --------
    >>> options = DiffusionOptions(stations=(300, 0))
    >>> options.optimizer, options.part
    ('adamw', 'mean')
    """

    form: ClassVar[str] = "diffusion"

    batch: int = 16
    steps: int = 4000
    thin: str | None = None
    phases: int | None = None
    stations: tuple[int, ...] = (1000, 3000, 300, 0)
    sets: int = 32
    noise: float = 1e-3
    errors: tuple[float, ...] = (0.0,)
    window: int = 48
    width: int = 32
    init: str | Path | None = None
    schedule: str = "cosine"
    prediction: str = "x0"
    objective: str = "complete"
    hide: float = 0.25
    mask: str = "tiles"

    @property
    def part(self) -> str:
        """What is trained: "mean", or "residual"."""
        return "mean" if self.init is None else "residual"

    def rules(self) -> list[Rule]:
        """Check each option, with all filled in."""
        if self.thin is not None:
            parse_thinning(self.thin)
        counts = all(isinstance(n, int) and n >= 0 for n in self.stations) and self.stations
        sizes = all(0 <= each < 10 for each in self.errors) and self.errors
        return [
            *super().rules(),
            *one_of(self, "schedule", *SCHEDULES),
            *one_of(self, "prediction", *PREDICTIONS),
            *one_of(self, "objective", "complete", "ambient"),
            *one_of(self, "mask", *MASKS),
            *at_least(self, 1, "width", "sets", "phases"),
            *at_least(self, 0, "noise"),
            ("width", self.width % 8 == 0, "a multiple of 8"),
            ("window", self.window >= 8, "at least 8"),
            ("stations", bool(counts), "whole numbers of 0 or more"),
            ("errors", bool(sizes), "numbers of 0 or more"),
            ("hide", 0 <= self.hide < 1, "a share below 1"),
            ("prediction", self.prediction == "x0" or self.objective == "complete", _AMBIENT),
        ]

    def record(self) -> dict[str, Any]:
        """Return the options that differ from the defaults, as a card holds them."""
        own = {name: getattr(self, name) for name in ("optimizer", "rate", "weight_decay")}
        return {"form": self.form} | super().record() | own
