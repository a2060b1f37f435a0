"""``tropdsx convert``: coarse files in, one fine CF NetCDF out."""

from __future__ import annotations

import warnings
from typing import Any

import click

from tropdsx.cli.options import number_pair
from tropdsx.cli.progress import progress_bar, show_warning

EXAMPLES = """
\b
Examples:
  tropdsx convert era5_ztd.nc
      5 degree file with its own orography -> era5_ztd_tropdsx.nc at 1 degree
  tropdsx convert VMF3_20210101.H00 --coarse-orography orography_ell_5x5
      a VMF3 text grid; its heights come in a file of their own
  tropdsx convert 'VMF3_2021*.H*' --coarse-orography orography_ell_5x5 -o january.nc
      many epochs become one file along time
  tropdsx convert box.nc --target 0.25 --orography terrain.nc --ztd
      a region at 0.25 degree on your own terrain model, total delay added
  tropdsx convert era5_ztd.nc --model none
      physics alone, no network
  tropdsx convert 2025_blur.npy --model best_model.pth --norm 0,50
      TropDS array and checkpoint -> 2025_deblurred.npy
"""


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="OUT",
    help="Output (.nc, .zarr); default <first input>_tropdsx.nc beside it.",
)
@click.option(
    "--target",
    metavar="SPACING|FILE",
    help="Fine grid: spacing in degrees, or a file with lat, lon and orography. "
    "Default: the 1 degree nodes 89.5, 0.5 ..., within a region those inside it.",
)
@click.option("--orography", metavar="FILE", help="Heights of the fine terrain [m, ellipsoidal].")
@click.option(
    "--coarse-orography",
    metavar="FILE|none",
    help="Heights the coarse delays refer to [m, ellipsoidal], when the input has none; "
    "'none' interpolates without moving in height.",
)
@click.option(
    "--model",
    default="default",
    show_default=True,
    metavar="NAME|PATH|none",
    help="Network checkpoint: default, heldout, or a file; 'none' for physics alone.",
)
@click.option(
    "--height-model",
    default="climatology",
    show_default=True,
    metavar="NAME|FILE",
    help="climatology, kouba, gpt3, none, or a file with tau and gama coefficients.",
)
@click.option(
    "--interpolation",
    type=click.Choice(["bicubic", "bilinear"]),
    default="bicubic",
    show_default=True,
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--batch-size", type=click.IntRange(1), help="Slices the network takes at once.")
@click.option(
    "--precision",
    type=click.Choice(["float32", "tf32", "bf16"]),
    default="float32",
    show_default=True,
)
@click.option(
    "--reference", metavar="FILE", help="True fine delays: measure the RMSE maps against them."
)
@click.option("--ztd", is_flag=True, help="Add the total delay ztd = zhd + zwd.")
@click.option("--sigma", is_flag=True, help="Add the standard deviation the network expects.")
@click.option("--compression", default="zlib:1", show_default=True, metavar="zlib:N|zstd|none")
@click.option("--quantize", is_flag=True, help="Keep 15 mantissa bits: at most 0.031 mm off.")
@click.option("--pack", is_flag=True, help="Store int16 in steps of 0.05 mm.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Compute on a dask cluster, e.g. tcp://host:8786."
)
@click.option("--start", metavar="TIME", help="Epoch of the first slice of an .npy file.")
@click.option("--step", metavar="HOURS", help="Step between the slices of an .npy file, e.g. 6h.")
@click.option(
    "--norm",
    metavar="LOW,HIGH",
    callback=lambda _, __, text: number_pair(text),
    help="Normalisation range of a TropDS .pth, e.g. 0,50.",
)
@click.option("--weight", metavar="FILE", help="TropDS weight.npy; frozen cells keep their input.")
@click.option("--resume", is_flag=True, help="Continue an interrupted run.")
@click.option("--overwrite", is_flag=True, help="Replace an existing output.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
def convert(inputs: tuple[str, ...], quiet: bool, **options: Any) -> None:
    """Convert coarse zenith delays to a fine grid at the height of its terrain.

    IN is one file, several files or a quoted pattern: NetCDF (ERA5 and others), Zarr, GRIB, VMF1
    and VMF3 text grids (also .xz, .gz), TropDS .npy. Times are joined. The output is a CF-1.10
    NetCDF with its provenance and RMSE maps; it appears under its name when it is complete.
    """
    from tropdsx.system import heap as allocator
    from tropdsx.workflows.convert import files as stream

    allocator.share_one_heap()
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        with progress_bar(quiet) as progress:
            written = stream.convert(inputs, progress=progress, **options)
    if not quiet:
        click.echo(str(written))
