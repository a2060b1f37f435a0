"""``tropdsx reconstruct``: stations and a coarse grid in, one fine analysis with its sigma out."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import Progress, shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o analysis.nc
      1 degree fields at the epochs of the grid, with the GNSS delays in them
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o hourly.nc --epochs stations
      at the epochs of the stations: the grid is interpolated in time
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o points.nc --where rovers.csv
      at other places: station,lat,lon,height
  tropdsx reconstruct vmf1.nc network.tro -o box.nc --target terrain.nc --model none
      SINEX_TRO holds places and delays; on your own terrain, physics and stations alone
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o next.nc --where next
      a map of where one more station would help most
  tropdsx evaluate none --data vmf1.nc --stations stations.csv --observations ztd.csv --leave-out 10
      how good it is at stations that are left out
"""


def _numbers(_: click.Context, __: click.Parameter, text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError as error:
        msg = f"{text!r} is no list of probabilities; give numbers such as 0.05,0.95"
        raise click.BadParameter(msg) from error


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("grid", metavar="GRID")
@click.argument("stations", type=click.Path(), metavar="STATIONS")
@click.argument("observations", type=click.Path(), required=False, metavar="[ZTD]")
@options.output("Output (.nc, .zarr); default <grid>_reconstructed.nc beside it.")
@click.option(
    "--epochs",
    type=click.Choice(["grid", "stations"]),
    default="grid",
    show_default=True,
    help="Those of the grid, or those of the stations.",
)
@click.option(
    "--where",
    metavar="CSV|next",
    help="Places instead of a grid: station,lat,lon,height_ell_m; 'next' for the best place of "
    "one more station.",
)
@click.option(
    "--quantiles",
    metavar="P,P...",
    callback=_numbers,
    help="Add quantiles of the total delay, e.g. 0.05,0.95.",
)
@options.background
@options.network_options
@options.compression
@click.option("--quantize", is_flag=True, help="Keep 15 mantissa bits: at most 0.031 mm off.")
@click.option("--pack", is_flag=True, help="Store int16 in steps of 0.05 mm.")
@options.zarr_format
@options.overwrite()
@options.quiet("No progress, no summary.")
def reconstruct(
    grid: str, stations: str, observations: str | None, quiet: bool, **given: Any
) -> None:
    """Join coarse zenith delays and total delays of stations to one fine analysis.

    GRID holds zhd and zwd, or ztd: whatever `tropdsx convert` reads, several files as a quoted
    pattern. STATIONS is a table station,lat_deg,lon_deg,height_ell_m and ZTD one of
    station,time,ztd_m,sigma_m (UTC); or STATIONS holds both: NetCDF on (time, station),
    SINEX_TRO. The wet delay takes what stations observe beyond the downscaled grid, by optimal
    interpolation; blunders are left out. The output has zhd, zwd, ztd, their sigma, the number
    of stations used, and the residuals of the stations.
    """
    from tropdsx.system.heap import share_one_heap
    from tropdsx.workflows.reconstruct.files import reconstruct_files

    share_one_heap()
    with shown_warnings(), Progress(quiet) as progress:
        written = reconstruct_files(
            grid, stations, observations, progress=progress.of("reconstructing"), **given
        )
    if not quiet:
        click.echo(str(written))
