"""``tropdsx train``: a network from a user's own data."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from tropdsx.cli import options
from tropdsx.errors import InputError, how_to_install

RANGE, NETWORK_NAME = "START/END", "NAME|PATH"
MOISTURE = "FILE[@RANGE],NODES,STEP"
COUNT = click.IntRange(1)


def _option(*names: str, default: object = None, **more: Any) -> options.Decorator[Any]:
    """Make an option whose default, if it has one, is shown."""
    shown: dict[str, Any] = {} if default is None else {"default": default, "show_default": True}
    return click.option(*names, **shown, **more)


def _choice(name: str, *accepted: str, **more: Any) -> options.Decorator[Any]:
    """Make an option of some words."""
    return _option(name, type=click.Choice(accepted), **more)


def _whole(name: str, default: int, about: str) -> options.Decorator[Any]:
    """Make an option of a whole number of 0 or more."""
    return _option(name, type=click.IntRange(0), default=default, help=about)


#: What the network is, and the fields that it learns from.
DATA = options.chained(
    _choice(
        "--form",
        "nodal",
        "field",
        "diffusion",
        default="nodal",
        help="nodal: the kind of the default checkpoint; field: a U-Net as TropDS has; diffusion: "
        "for `tropdsx reconstruct`, on pseudo-stations.",
    ),
    _option(
        "--coarse",
        metavar="FILE",
        help="Coarse fields belonging to FINE; without them pairs are made by thinning.",
    ),
    _option("--orography", metavar="FILE", help="Heights of the fine nodes [m, ellipsoidal]."),
    _option("--train", multiple=True, metavar=RANGE, help="Epochs (or years) to train on."),
    _option(
        "--validate",
        multiple=True,
        metavar=RANGE,
        help="Epochs (or years) to validate on; default: the last tenth, two days apart.",
    ),
    _option(
        "--thin",
        multiple=True,
        metavar="SOUTHxEAST[:SHARE]",
        help="Thinning that makes pairs, e.g. 2x2:0.3; repeat for several.",
    ),
    _option("--phases", type=COUNT, help="Phases of each thinning; default all."),
    _option(
        "--texture",
        multiple=True,
        metavar="STEP[:SHARE]",
        help="Thinning of 1 degree texture made from FINE (pole-to-pole grids), e.g. 5:0.4; "
        "repeat for several.",
    ),
    _option("--texture-orography", metavar="FILE", help="1 degree heights for the texture."),
    _option(
        "--check",
        multiple=True,
        metavar="FILE,OROGRAPHY,THIN@ROW,COLUMN",
        help="More validation data with a thinning, e.g. 'VMF3.H00,oro_1x1,5x5@2,2'.",
    ),
    _choice(
        "--variable",
        "zhd",
        "zwd",
        help="field: delay to train on; default zwd. Of a TropDS folder: what its arrays hold.",
    ),
    _choice(
        "--units",
        "m",
        "cm",
        "mm",
        help="field: units of the arrays of a TropDS folder; default: those in which they fit a "
        "delay.",
    ),
    _option("--block-mean", is_flag=True, help="field: coarse fields are block means."),
    _option(
        "--without", multiple=True, metavar="CHANNEL", help="nodal: an input to leave out; repeat."
    ),
    _option(
        "--also",
        multiple=True,
        metavar="FILE,OROGRAPHY,THIN:SHARE",
        help="nodal: another product to train on as well, e.g. 'VMF3*,orography_ell_1x1,5x5:0.05'.",
    ),
    _option(
        "--moisture",
        multiple=True,
        metavar=MOISTURE + "[:SHARE]",
        help="nodal: wet delays at no known height to train on as well, e.g. gfs.nc,4,5:0.2: each "
        "4th node is a target, each 5th target an input node.",
    ),
    _option(
        "--check-moisture",
        multiple=True,
        metavar=MOISTURE,
        help="nodal: the same as more validation data, e.g. 'era5.nc@2010-08-15/2010-09-30,2,5'.",
    ),
)

#: The network: from which others it comes, and its size.
NETWORK = options.chained(
    _option(
        "--refit-of",
        metavar=NETWORK_NAME,
        help="nodal: train this checkpoint's network again on all epochs; its scores stay the "
        "card's.",
    ),
    _option(
        "--init",
        metavar=NETWORK_NAME,
        help="nodal: go on from a checkpoint, e.g. default; it has its own width, blocks, members "
        "and experts. diffusion: the learned mean whose residual is diffused.",
    ),
    _option(
        "--teacher",
        metavar=NETWORK_NAME,
        help="nodal: learn ZWD from this checkpoint too, which sees the neighbouring epochs: less "
        "noise than in the truth. Needs --experts; must not have been trained on validation "
        "epochs.",
    ),
    _option(
        "--teacher-share",
        type=click.FloatRange(0, 1),
        help="nodal: its part of what is learned; default 0.7.",
    ),
    _option("--width", type=COUNT, help="Channels; default 64."),
    _option("--blocks", type=COUNT, help="nodal: residual blocks; default 5."),
    _option(
        "--members",
        type=COUNT,
        help="nodal: networks that learn side by side and are averaged; default 1.",
    ),
    _choice(
        "--mirror",
        "shared",
        "all",
        default="shared",
        help="nodal: members that see the mirrored atmosphere too: every second one, or all.",
    ),
    click.option(
        "--experts",
        is_flag=True,
        default=None,
        help="nodal: half of the members for epochs without neighbours, half for those with them.",
    ),
    _option("--alone", type=float, default=1.0, help="nodal: share of batches for both experts."),
)

#: Length of the run, and how the weights move.
STEPS = options.chained(
    _option("--batch", type=COUNT, help="Default 4; diffusion: 16 windows."),
    _option("--steps", type=COUNT, help="Default 6000; diffusion: 4000."),
    _option("--steps-per-epoch", type=COUNT, default=250, help="Steps between validations."),
    _option("--dropout", type=float, default=0.0, help="nodal."),
    _option("--height-decay", type=float, default=0.0, help="nodal: keeps slopes small over sea."),
    _option(
        "--hide-height", type=float, default=0.0, help="nodal: share of batches without heights."
    ),
    _option(
        "--warp",
        type=float,
        default=0.0,
        help="nodal: share of --texture and --moisture pairs bent smoothly.",
    ),
    _choice("--optimizer", "muon", "adamw", help="Default: muon; for fields adamw."),
    _option(
        "--rate",
        type=click.FloatRange(0, min_open=True),
        help="Learning rate; default 1e-2 (muon), 1e-3 (adamw).",
    ),
    _option("--weight-decay", type=click.FloatRange(0), help="Default 0.3 (muon), 1e-3 (adamw)."),
    _option("--clip", type=float, default=1.0, help="Gradient norm limit."),
    _option("--average", type=float, default=0.999, help="Running average of the weights (EMA)."),
    _option("--warm-up", type=int, default=100),
    _whole("--restart", 0, "Cosine warm restarts: epochs of the first cycle; 0: one cosine."),
    _option("--restart-factor", type=COUNT, default=2),
    _whole("--patience", 0, "Stop after so many validations without progress; 0: never."),
)

#: What counts as an error, and what the U-Net is.
LOSS = options.chained(
    _choice("--loss", "mse", "l1", "charbonnier", default="mse"),
    _choice(
        "--sigma",
        "gaussian",
        "laplace",
        default="gaussian",
        help="nodal: likelihood that sigma is fitted with.",
    ),
    _option(
        "--weigh-by-sigma",
        type=click.FloatRange(0, 2),
        default=0.0,
        help="nodal: power of one over sigma by which errors count; 1 learns more from few epochs.",
    ),
    _option(
        "--ssim",
        type=float,
        default=0.0,
        help="field: share of structural dissimilarity in the loss (TropDS: 0.1).",
    ),
    _option("--rmse-map", metavar="FILE", help="field: past RMSE (weight.npy) as loss weight."),
    _choice(
        "--rmse-mode",
        "inverse",
        "normalized",
        "squared",
        default="squared",
        help="squared and normalized stress places where the input is bad; inverse (1/RMSE) "
        "stresses those where it is already good.",
    ),
    _option(
        "--freeze",
        type=float,
        default=0.0,
        help="field: where the past RMSE is below this the output is the input.",
    ),
    _option("--no-flip", is_flag=True, help="Do not exchange north and south."),
    _whole("--shift", 30, "field: turn by up to so many columns."),
    _choice("--padding", "zeros", "globe", default="zeros"),
    _choice("--head", "absolute", "residual", default="absolute"),
)

#: Where the run is carried out, and what becomes of one that is there.
RUN = options.chained(
    _choice("--precision", "32-true", "bf16-mixed", "16-mixed", default="32-true"),
    _choice("--device", "auto", "cpu", "cuda", default="auto"),
    _choice(
        "--memory-format",
        "auto",
        "channels_last",
        "contiguous",
        default="auto",
        help="field: order of the numbers in memory; auto measures which one is faster here.",
    ),
    _option("--threads", type=COUNT, help="Torch threads."),
    _option("--seed", type=int, default=0),
    _option(
        "--max-time",
        "max_minutes",
        type=float,
        metavar="MINUTES",
        help="Stop after so much time of training, counted anew by each call.",
    ),
    _option(
        "--resume",
        is_flag=True,
        help="Go on from last.ckpt in FOLDER, with the same options; steps, max-time, patience, "
        "device and threads may change.",
    ),
    options.overwrite("the run in FOLDER; else one there is left alone"),
    options.quiet("No progress bar."),
)


@click.command(epilog=options.TRAIN_EXAMPLES, no_args_is_help=True)
@click.argument("data", nargs=-1, required=True, metavar="FINE...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="FOLDER",
    help="Folder for best.safetensors, final.safetensors, history and report.",
)
@DATA
@NETWORK
@options.diffusion
@STEPS
@LOSS
@RUN
def train(data: tuple[str, ...], output: str, quiet: bool, **given: Any) -> None:
    """Train a network on FINE fields (NetCDF, Zarr, VMF text, or a TropDS folder).

    The fields are read, standardised and reduced by the same code that `tropdsx convert` uses. The
    result is a checkpoint for `tropdsx convert --model FOLDER/best.safetensors`.
    """
    from tropdsx.cli.training import arguments
    from tropdsx.cli.training.preparing import shown_preparation

    with arguments.interruptible(Path(output), given["resume"]), shown_preparation(quiet):
        try:
            from tropdsx.workflows.train.forms import fit
        except ImportError as error:
            msg = f"training needs {error.name}: {how_to_install('train')}"
            raise InputError(msg) from error

        others: dict[str, Any] = arguments.read_others(given)
        own = {name: given.pop(name) for name in ("resume", "overwrite", "coarse", "refit_of")}
        fitted = fit(
            data[0] if len(data) == 1 else list(data),
            output,
            arguments.read_options(given),
            **others,
            **own,
            progress=not quiet and sys.stderr.isatty(),
            command=shlex.join(["tropdsx", *sys.argv[1:]]),
        )
    for path in dict.fromkeys((fitted.best, fitted.final, fitted.report)):
        click.echo(str(path))
