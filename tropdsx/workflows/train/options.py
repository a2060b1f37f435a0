"""All choices of a training run, with the defaults that made the shipped checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tropdsx.errors import InputError

__all__ = ["FORM_OF", "TrainOptions"]

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
        from tropdsx.workflows.train.checks import problems

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
        return {k: str(v) if isinstance(v, Path) else v
                for k, v in asdict(self).items() if v != getattr(plain, k)}  # fmt: skip
