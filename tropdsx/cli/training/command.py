"""``tropdsx train``: a network from a user's own data."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.group import Sectioned
from tropdsx.errors import InputError, how_to_install

RANGE, NETWORK_NAME = "START/END", "NAME|PATH"
MOISTURE = "FILE[@RANGE],NODES,STEP"
COUNT, WHOLE = click.IntRange(1), click.IntRange(0)
SHARE, ABOVE_ZERO = click.FloatRange(0, 1), click.FloatRange(0, min_open=True)


def _option(*names: str, default: object = None, **more: Any) -> options.Decorator[Any]:
    """Make an option whose default, if it has one, is shown."""
    shown: dict[str, Any] = {} if default is None else {"default": default, "show_default": True}
    return click.option(*names, **shown, **more)


def _choice(name: str, *accepted: str, **more: Any) -> options.Decorator[Any]:
    """Make an option of some words."""
    return _option(name, type=click.Choice(accepted), **more)


def _number(name: str, default: float | None, about: str, kind: Any = float) -> Any:
    """Make an option of a number."""
    return _option(name, type=kind, default=default, help=about)


#: What ``--help`` shows; ``--help-all`` shows the rest.
FIRST = (
    *("output", "form", "coarse", "orography", "train", "validate", "thin", "init", "width"),
    *("steps", "batch", "device", "max_minutes", "resume", "overwrite", "quiet"),
)

#: The fields that are learned from, and the network that all forms may begin with.
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
        help="nodal: coarse fields belonging to FINE; without them pairs are made by thinning.",
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
        help="Thinning that makes pairs, e.g. 2x2:0.3; nodal: repeat for several.",
    ),
    _option(
        "--init",
        metavar=NETWORK_NAME,
        help="nodal: go on from a checkpoint, e.g. default; it has its own width, blocks, members "
        "and experts. diffusion: the learned mean whose residual is diffused.",
    ),
    _option("--width", type=COUNT, help="Channels; default 64, diffusion: 32."),
    _option("--steps", type=COUNT, help="Batches to learn from; default 6000, diffusion: 4000."),
    _option("--batch", type=COUNT, help="Samples in each; default 4, diffusion: 16 windows."),
    heading="Data and network",
)

#: How the weights move, whatever the form.
STEPS = options.chained(
    _option("--no-flip", is_flag=True, help="Do not exchange north and south."),
    _number("--steps-per-epoch", 250, "Steps between validations.", COUNT),
    _choice("--optimizer", "muon", "adamw", help="Default: nodal muon, else adamw."),
    _number("--rate", None, "Learning rate; default 1e-2 (muon), 1e-3 (adamw).", ABOVE_ZERO),
    _number("--weight-decay", None, "Default 0.3 (muon), 1e-3 (adamw).", click.FloatRange(0)),
    _number("--clip", 1.0, "Largest norm of the gradient."),
    _number("--average", 0.999, "Running average of the weights (EMA): share kept at each step."),
    _number("--warm-up", 100, "Steps over which the rate rises.", int),
    _number("--restart", 0, "Epochs of the first cosine; 0: one over the whole run.", WHOLE),
    _number("--restart-factor", 2, "How many times as long each next cosine is.", COUNT),
    _number("--patience", 0, "Stop after so many validations without progress; 0: never.", WHOLE),
    _choice(
        "--loss",
        "mse",
        "l1",
        "charbonnier",
        default="mse",
        help="How an error counts: its square, its absolute value, or that with a smooth minimum.",
    ),
    heading="Learning, all forms",
)

#: Of the network on coarse nodes.
NODAL = options.chained(
    _number("--phases", None, "Of each thinning, for diffusion too; default all.", COUNT),
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
    _option(
        "--also",
        multiple=True,
        metavar="FILE,OROGRAPHY,THIN:SHARE",
        help="Another product to train on as well, e.g. 'VMF3*,orography_ell_1x1,5x5:0.05'.",
    ),
    _option(
        "--moisture",
        multiple=True,
        metavar=MOISTURE + "[:SHARE]",
        help="Wet delays at no known height to train on as well, e.g. gfs.nc,4,5:0.2: each 4th "
        "node is a target, each 5th target an input node.",
    ),
    _option(
        "--check-moisture",
        multiple=True,
        metavar=MOISTURE,
        help="The same as more validation data, e.g. 'era5.nc@2010-08-15/2010-09-30,2,5'.",
    ),
    _option("--without", multiple=True, metavar="CHANNEL", help="An input to leave out; repeat."),
    _option(
        "--refit-of",
        metavar=NETWORK_NAME,
        help="Train this checkpoint's network again on all epochs; its scores stay the card's.",
    ),
    _option(
        "--teacher",
        metavar=NETWORK_NAME,
        help="Learn ZWD from this checkpoint too, which sees the neighbouring epochs: less noise "
        "than in the truth. Needs --experts; must not have been trained on validation epochs.",
    ),
    _number("--teacher-share", None, "Its part of what is learned; default 0.7.", SHARE),
    _number("--blocks", None, "Residual blocks; default 5.", COUNT),
    _number("--members", None, "Networks that learn side by side, averaged; default 1.", COUNT),
    _choice(
        "--mirror",
        "shared",
        "all",
        default="shared",
        help="Members that see the mirrored atmosphere too: every second one, or all.",
    ),
    click.option(
        "--experts",
        is_flag=True,
        default=None,
        help="Half of the members for epochs without neighbours, half for those with them.",
    ),
    _number("--alone", 1.0, "Share of batches without neighbours that all experts learn from."),
    _number("--dropout", 0.0, "Share of hidden channels left out at random."),
    _number("--height-decay", 0.0, "Keeps slopes with height small over sea."),
    _number("--keep-start", 0.0, "Share of the weights of --init in those that are kept.", SHARE),
    _number("--hide-height", 0.0, "Share of batches without heights."),
    _number("--warp", 0.0, "Share of --texture and --moisture pairs bent smoothly."),
    _choice("--sigma", "gaussian", "laplace", default="gaussian", help="What sigma is fitted by."),
    _number(
        "--weigh-by-sigma",
        0.0,
        "Power of one over sigma by which errors count; 1 learns more from few epochs.",
        click.FloatRange(0, 2),
    ),
    heading="Form nodal",
)

#: Of the U-Net.
FIELD = options.chained(
    _choice(
        "--variable",
        "zhd",
        "zwd",
        help="Delay to train on; default zwd. Of a TropDS folder: what its arrays hold.",
    ),
    _choice(
        "--units",
        "m",
        "cm",
        "mm",
        help="Of the arrays of a TropDS folder; default: those in which they fit a delay.",
    ),
    _option("--block-mean", is_flag=True, help="Coarse fields are block means."),
    _number("--ssim", 0.0, "Share of structural dissimilarity in the loss (TropDS: 0.1)."),
    _option("--rmse-map", metavar="FILE", help="Past RMSE (weight.npy) as loss weight."),
    _choice(
        "--rmse-mode",
        "inverse",
        "normalized",
        "squared",
        default="squared",
        help="squared and normalized stress places where the input is bad; inverse (1/RMSE) "
        "stresses those where it is already good.",
    ),
    _number("--freeze", 0.0, "Where the past RMSE is below this the output is the input."),
    _number("--shift", 30, "Turn by up to so many columns.", WHOLE),
    _choice("--padding", "zeros", "globe", default="zeros", help="What lies beyond the edges."),
    _choice(
        "--head",
        "absolute",
        "residual",
        default="absolute",
        help="Whether the network gives the field, or what is added to the coarse one.",
    ),
    _choice(
        "--memory-format",
        "auto",
        "channels_last",
        "contiguous",
        default="auto",
        help="Order of the numbers in memory; auto measures which one is faster here.",
    ),
    heading="Form field",
)

#: Where the run is carried out, and what becomes of one that is there.
RUN = options.chained(
    _choice("--device", "auto", "cpu", "cuda", default="auto", help="Where to train."),
    _choice(
        "--precision",
        "32-true",
        "bf16-mixed",
        "16-mixed",
        default="32-true",
        help="Floating point numbers that the network computes with.",
    ),
    _option("--threads", type=COUNT, help="Torch threads."),
    _number("--seed", 0, "Of all random choices.", int),
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
    heading="Machine, all forms",
)


@click.command(
    cls=Sectioned, first=(*FIRST, "help"), epilog=options.TRAIN_EXAMPLES, no_args_is_help=True
)
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
@STEPS
@NODAL
@FIELD
@options.diffusion
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
