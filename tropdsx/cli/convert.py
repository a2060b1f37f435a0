"""``tropdsx convert``: coarse files in, one fine CF NetCDF out."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.group import Sectioned
from tropdsx.cli.progress import Progress, shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx convert era5_ztd.nc
      5 degree file with its own orography -> era5_ztd_tropdsx.nc at 1 degree
  tropdsx convert VMF3_20210101.H00 --coarse-orography orography_ell_5x5
      a VMF3 text grid; its heights come in a file of their own
  tropdsx convert 'VMF3_2021*.H??' --coarse-orography orography_ell_5x5 -o january.nc
      many epochs become one file along time
  tropdsx convert box.nc --target 0.25 --orography terrain.nc --ztd
      a region at 0.25 degree on your own terrain model, total delay added
  tropdsx convert era5_ztd.nc --target dem.tif
      each point of a terrain model (.nc, .tif, .hgt), on its own grid
  tropdsx convert era5_ztd.nc --model none
      physics alone, no network
  tropdsx convert 2025_blur.npy --model best_model.pth --norm 0,50
      TropDS array and checkpoint -> 2025_deblurred.npy
  tropdsx convert 'era5_2022*.nc' --dry-run
      what would be done, how long it would take, how large the output would be
"""


STORAGE = options.chained(
    options.compression,
    click.option("--quantize", is_flag=True, help="Keep 15 mantissa bits: at most 0.031 mm off."),
    click.option("--pack", is_flag=True, help="Store int16 in steps of 0.05 mm."),
    options.zarr_format,
    heading="How values are stored",
)
#: Arrays and networks of TropDS, which do not say themselves what they are.
ARRAYS = options.chained(
    options.slice_times,
    options.norm("Normalisation range of a TropDS .pth, e.g. 0,50."),
    options.weight,
    heading="TropDS arrays",
)


@click.command(cls=Sectioned, epilog=EXAMPLES, no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@options.output("Output (.nc, .zarr); default <first input>_tropdsx.nc beside it.")
@options.background
@options.network_options
@click.option(
    "--reference", metavar="FILE", help="True fine delays: measure the RMSE maps against them."
)
@click.option("--ztd", is_flag=True, help="Add the total delay ztd = zhd + zwd.")
@click.option("--sigma", is_flag=True, help="Add the standard deviation the network expects.")
@STORAGE
@click.option(
    "--scheduler", metavar="ADDRESS", help="Compute on a dask cluster, e.g. tcp://host:8786."
)
@ARRAYS
@click.option("--resume", is_flag=True, help="Continue an interrupted run.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would be done, how long and how large; write nothing."
)
@options.overwrite()
@options.quiet("No progress, no summary.")
def convert(inputs: tuple[str, ...], dry_run: bool, quiet: bool, **given: Any) -> None:
    """Convert coarse zenith delays to a fine grid at the height of its terrain.

    IN is one file, several files or a quoted pattern: NetCDF (ERA5 and others), Zarr, GRIB, VMF1
    and VMF3 text grids (also .xz, .gz), TropDS .npy; a.zip, a.zip#member.nc, a.nc#group, a URL.
    Times are joined. The output is a CF-1.10 NetCDF with its provenance and RMSE maps; it appears
    under its name when it is complete.
    """
    from tropdsx.system.heap import share_one_heap

    share_one_heap()
    if dry_run:
        _rehearse(inputs, given)
        return
    from tropdsx.workflows.convert.files import convert as convert_files

    with shown_warnings(), Progress(quiet) as progress:
        written = convert_files(inputs, progress=progress.of("downscaling"), **given)
    if not quiet:
        click.echo(str(written))


def _rehearse(inputs: tuple[str, ...], given: dict[str, Any]) -> None:
    from tropdsx.cli.shell.rehearsal import rows_of
    from tropdsx.workflows.convert.rehearsal import rehearse

    with shown_warnings():
        found = rehearse(inputs, **given)
    for label, text in rows_of(found):
        click.echo(f"{label}: {text}")
