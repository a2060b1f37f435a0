"""``tropdsx train``: a network from a user's own data."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from tropdsx.cli.train_arguments import also_of, check_of, interruptible, options_of
from tropdsx.errors import InputError

EXAMPLES = """
\b
Examples:
  tropdsx train vmf1.nc -o run
      2 x 2.5 degree fields: pairs are made by thinning, the last tenth validates
  tropdsx train vmf1.nc -o run --texture 5 --train 2022-03/2022-04-05 --validate 2022-04-08/2022-04
      also 1 degree texture thinned to 5 degrees; a split by time
  tropdsx train fine/*.nc --orography terrain.nc --thin 4 --device cuda -o run
      0.25 degree fields seen at 1 degree, on a GPU
  tropdsx train tropds_data/ --form field --variable zwd --width 32 --batch 32 --ssim 0.1 -o run
      a TropDS folder ({year}_blur.npy, {year}_clear.npy, weight.npy) and its U-Net
  tropdsx train era5.nc -o run --init default --rate 5e-4 --steps 2000
      adapt the default checkpoint to other data
  tropdsx train vmf1.nc -o run --resume
      go on where a stopped run was
"""

RANGE = "START/END"


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("data", nargs=-1, required=True, metavar="FINE...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="FOLDER",
    help="Folder for best.safetensors, final.safetensors, history and report.",
)
@click.option(
    "--form",
    type=click.Choice(["nodal", "field"]),
    default="nodal",
    show_default=True,
    help="nodal: the kind of the default checkpoint; field: a U-Net as TropDS has.",
)
@click.option(
    "--coarse",
    metavar="FILE",
    help="Coarse fields belonging to FINE; without them pairs are made by thinning.",
)
@click.option("--orography", metavar="FILE", help="Heights of the fine nodes [m, ellipsoidal].")
@click.option(
    "--train", "train", multiple=True, metavar=RANGE, help="Epochs (or years) to train on."
)
@click.option(
    "--validate",
    multiple=True,
    metavar=RANGE,
    help="Epochs (or years) to validate on; default: the last tenth, two days apart.",
)
@click.option(
    "--thin",
    multiple=True,
    metavar="SOUTHxEAST[:SHARE]",
    help="Thinning that makes pairs, e.g. 2x2:0.3; repeat for several.",
)
@click.option("--phases", type=click.IntRange(1), help="Phases of each thinning; default all.")
@click.option(
    "--texture",
    multiple=True,
    metavar="STEP[:SHARE]",
    help="Thinning of 1 degree texture made from FINE (pole-to-pole grids), e.g. 5:0.4; "
    "repeat for several.",
)
@click.option("--texture-orography", metavar="FILE", help="1 degree heights for the texture.")
@click.option(
    "--check",
    multiple=True,
    metavar="FILE,OROGRAPHY,THIN@ROW,COLUMN",
    help="More validation data with a thinning, e.g. 'VMF3.H00,oro_1x1,5x5@2,2'.",
)
@click.option(
    "--variable",
    type=click.Choice(["zhd", "zwd"]),
    help="field: delay to train on; default zwd. Of a TropDS folder: what its arrays hold.",
)
@click.option(
    "--units",
    type=click.Choice(["m", "cm", "mm"]),
    help="field: units of the arrays of a TropDS folder; default: those in which they fit a delay.",
)
@click.option("--block-mean", is_flag=True, help="field: coarse fields are block means.")
@click.option(
    "--without", multiple=True, metavar="CHANNEL", help="nodal: an input to leave out; repeat."
)
@click.option(
    "--also",
    multiple=True,
    metavar="FILE,OROGRAPHY,THIN:SHARE",
    help="nodal: another product to train on as well, e.g. 'VMF3*,orography_ell_1x1,5x5:0.05'.",
)
@click.option(
    "--refit-of",
    metavar="NAME|PATH",
    help="nodal: train this checkpoint's network again on all epochs; its scores stay the card's.",
)
@click.option(
    "--init",
    metavar="NAME|PATH",
    help="nodal: go on from a checkpoint, e.g. default; it has its own width, blocks, members and "
    "experts.",
)
@click.option(
    "--teacher",
    metavar="NAME|PATH",
    help="nodal: learn ZWD from this checkpoint too, which sees the neighbouring epochs: less "
    "noise than in the truth. Needs --experts; must not have been trained on validation epochs.",
)
@click.option(
    "--teacher-share",
    type=click.FloatRange(0, 1),
    help="nodal: its part of what is learned; default 0.7.",
)
@click.option("--width", type=click.IntRange(1), help="Channels; default 64.")
@click.option("--blocks", type=click.IntRange(1), help="nodal: residual blocks; default 5.")
@click.option(
    "--members",
    type=click.IntRange(1),
    help="nodal: networks that learn side by side and are averaged; default 1.",
)
@click.option(
    "--experts",
    is_flag=True,
    default=None,
    help="nodal: half of the members for epochs without neighbours, half for those with them.",
)
@click.option("--batch", type=click.IntRange(1), default=4, show_default=True)
@click.option("--steps", type=click.IntRange(1), default=6000, show_default=True)
@click.option(
    "--steps-per-epoch",
    type=click.IntRange(1),
    default=250,
    show_default=True,
    help="Steps between validations.",
)
@click.option("--dropout", type=float, default=0.0, show_default=True, help="nodal.")
@click.option(
    "--hide-height",
    type=float,
    default=0.0,
    show_default=True,
    help="nodal: share of batches without node heights.",
)
@click.option(
    "--optimizer", type=click.Choice(["muon", "adamw"]), help="Default: muon; for fields adamw."
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    help="Learning rate; default 1e-2 (muon), 1e-3 (adamw).",
)
@click.option("--weight-decay", type=click.FloatRange(0), help="Default 0.3 (muon), 1e-3 (adamw).")
@click.option("--clip", type=float, default=1.0, show_default=True, help="Gradient norm limit.")
@click.option(
    "--average",
    type=float,
    default=0.999,
    show_default=True,
    help="Running average of the weights (EMA).",
)
@click.option("--warm-up", type=int, default=100, show_default=True)
@click.option(
    "--restart",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Cosine warm restarts: epochs of the first cycle; 0: one cosine.",
)
@click.option("--restart-factor", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Stop after so many validations without progress; 0: never.",
)
@click.option(
    "--loss", type=click.Choice(["mse", "l1", "charbonnier"]), default="mse", show_default=True
)
@click.option(
    "--sigma",
    type=click.Choice(["gaussian", "laplace"]),
    default="gaussian",
    show_default=True,
    help="nodal: likelihood that sigma is fitted with.",
)
@click.option(
    "--weigh-by-sigma",
    type=click.FloatRange(0, 2),
    default=0.0,
    show_default=True,
    help="nodal: power of one over sigma by which errors count; 1 learns more from few epochs.",
)
@click.option(
    "--ssim",
    type=float,
    default=0.0,
    show_default=True,
    help="field: share of structural dissimilarity in the loss (TropDS: 0.1).",
)
@click.option("--rmse-map", metavar="FILE", help="field: past RMSE (weight.npy) as loss weight.")
@click.option(
    "--rmse-mode",
    type=click.Choice(["inverse", "normalized", "squared"]),
    default="squared",
    show_default=True,
    help="squared and normalized stress places where the input is bad; inverse (1/RMSE) "
    "stresses those where it is already good.",
)
@click.option(
    "--freeze",
    type=float,
    default=0.0,
    show_default=True,
    help="field: where the past RMSE is below this the output is the input.",
)
@click.option("--no-flip", is_flag=True, help="Do not exchange north and south.")
@click.option(
    "--shift",
    type=click.IntRange(0),
    default=30,
    show_default=True,
    help="field: turn by up to so many columns.",
)
@click.option(
    "--padding", type=click.Choice(["zeros", "globe"]), default="zeros", show_default=True
)
@click.option(
    "--head", type=click.Choice(["absolute", "residual"]), default="absolute", show_default=True
)
@click.option(
    "--precision",
    type=click.Choice(["32-true", "bf16-mixed", "16-mixed"]),
    default="32-true",
    show_default=True,
)
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True
)
@click.option("--threads", type=click.IntRange(1), help="Torch threads.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--max-time",
    "max_minutes",
    type=float,
    metavar="MINUTES",
    help="Stop after so much time of training, counted anew by each call.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on from last.ckpt in FOLDER, with the same options; steps, max-time, patience, device "
    "and threads may change.",
)
@click.option(
    "--overwrite", is_flag=True, help="Replace the run in FOLDER; else one there is left alone."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress bar.")
def train(data: tuple[str, ...], output: str, quiet: bool, **given: Any) -> None:
    """Train a network on FINE fields (NetCDF, Zarr, VMF text, or a TropDS folder).

    The fields are read, standardised and reduced by the same code that `tropdsx convert` uses. The
    result is a checkpoint for `tropdsx convert --model FOLDER/best.safetensors`.
    """
    with interruptible(Path(output), given["resume"]):
        try:
            from tropdsx.workflows.train.nodal.fit import fit
        except ImportError as error:
            msg = f"training needs {error.name}: pip install 'tropdsx[train]'"
            raise InputError(msg) from error

        checks = [check_of(text) for text in given.pop("check")]
        also = [also_of(text) for text in given.pop("also")]
        own = {name: given.pop(name) for name in ("resume", "overwrite", "coarse", "refit_of")}
        fitted = fit(
            data[0] if len(data) == 1 else list(data),
            output,
            options=options_of(given),
            check=checks,
            also=also,
            **own,
            progress=not quiet and sys.stderr.isatty(),
            command=shlex.join(["tropdsx", *sys.argv[1:]]),
        )
    for path in dict.fromkeys((fitted.best, fitted.final, fitted.report)):
        click.echo(str(path))
