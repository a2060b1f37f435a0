"""Options of the form "field": a U-Net on fine fields, as TropDS trains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.thinning import parse_thinning
from tropdsx.workflows.train.options import Rule, TrainOptions, at_least, one_of

__all__ = ["MEMORY_FORMATS", "THIN", "FieldOptions"]

#: Thinning that makes coarse fields of fine ones, if the user does not say otherwise.
THIN = "2x2"

#: Orders of the numbers in memory; the first is taken where nothing is measured.
MEMORY_FORMATS = ("channels_last", "contiguous")


@dataclass(frozen=True, kw_only=True)
class FieldOptions(TrainOptions):
    """Options of a U-Net on fine fields.

    Attributes
    ----------
    thin : str, optional
        Thinning "SOUTHxEAST" that makes coarse fields of fine ones, "2x2" by default; a TropDS
        folder holds its coarse fields.
    block_mean : bool
        Coarse fields are block means instead of point samples.
    shift : int
        Turn the fields by up to this many columns.
    width : int
        Channels of the first level of the network.
    padding : {"zeros", "globe"}
        What lies beyond the edges of the grid, see :class:`tropdsx.nn.unet.UNet`.
    head : {"absolute", "residual"}
        Whether the network gives the field, or what is added to the coarse one.
    ssim : float
        Share of structural dissimilarity in the loss [1].
    rmse_map : path, optional
        File with past RMSE, as loss weight.
    rmse_mode : {"squared", "normalized", "inverse"}
        How the weight follows from it.
    freeze : float
        Where the past RMSE is below this the output is the input [as data].
    variable : {"zhd", "zwd"}, optional
        The delay to train on; of files zwd by default, of a TropDS folder what its arrays hold.
    units : {"m", "cm", "mm"}, optional
        Units of the arrays of a TropDS folder; by default those in which they fit a delay.
    memory_format : {"auto", "channels_last", "contiguous"}
        Order of the numbers in memory: the same results but for rounding, at another speed.
        "auto" measures which one is faster here, see :mod:`tropdsx.workflows.train.field.order`.

    Notes
    -----
    All others are those of :class:`tropdsx.workflows.train.options.TrainOptions`.

    Examples
    --------
    >>> options = FieldOptions(thin="4x4", head="residual")
    >>> options.optimizer, options.width
    ('adamw', 64)
    >>> FieldOptions(padding="ones")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: training option not accepted: padding='ones' (accepted: one of ...
    """

    form: ClassVar[str] = "field"

    thin: str | None = None
    block_mean: bool = False
    shift: int = 30
    width: int = 64
    ssim: float = 0.0
    rmse_map: str | Path | None = None
    rmse_mode: str = "squared"
    freeze: float = 0.0
    padding: str = "zeros"
    head: str = "absolute"
    variable: str | None = None
    units: str | None = None
    memory_format: str = "auto"

    def rules(self) -> list[Rule]:
        """Check each option, with all filled in."""
        if self.thin is not None:
            parse_thinning(self.thin)
        return [
            *super().rules(),
            ("optimizer", self.optimizer != "muon", "adamw for form field"),
            *one_of(self, "rmse_mode", "inverse", "normalized", "squared"),
            *one_of(self, "padding", "zeros", "globe"),
            *one_of(self, "head", "absolute", "residual"),
            *one_of(self, "variable", None, *DELAYS),
            *one_of(self, "units", None, "m", "cm", "mm"),
            *one_of(self, "memory_format", "auto", *MEMORY_FORMATS),
            *at_least(self, 1, "width"),
            *at_least(self, 0, "ssim", "shift"),
        ]

    def values(self) -> dict[str, Any]:
        """Return the form and all options by name, to compare two runs."""
        return super().values() | {"thin": [self.thin or THIN]}

    def record(self) -> dict[str, Any]:
        """Return the options that differ from the defaults of a nodal run, as all cards do."""
        own = {name: getattr(self, name) for name in ("optimizer", "rate", "weight_decay")}
        pairs = {} if self.thin is None else {"thin": [self.thin], "shares": [1.0]}
        return {"form": self.form} | super().record() | own | pairs
