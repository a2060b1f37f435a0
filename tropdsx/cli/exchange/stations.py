"""``tropdsx stations``: delays of a grid at stations, as NetCDF, CSV, Parquet or SINEX_TRO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import PATIENCE, Progress, shown_warnings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr

EXAMPLES = """
\b
Examples:
  tropdsx stations fine.nc stations.csv -o series.nc
      zhd, zwd and ztd at the stations' own heights, as CF time series
  tropdsx stations 'VMF3_2021010*.H??' sites.snx -o 2021.tro --coarse-orography orography_ell_5x5
      stations of a SINEX file, SINEX_TRO 2.00 out
  tropdsx stations era5_ztd.nc stations.csv -o ztd.csv --start 2021-01-01 --end 2021-01-31 --step 1h
      every hour, linearly between the epochs of the grid
  tropdsx stations vmf1.nc stations.csv --observations COD0OPSFIN_20210300000_01D_01H_TRO.TRO
      compared with what GNSS observed; nothing is written without -o
  tropdsx stations vmf1.nc stations.csv --observations ztd.csv --figure plot.png
      mean differences on a map, and the series of the five stations that differ most
  tropdsx stations fine.nc stations.csv -o slant.csv --elevation 5,10,30 --azimuth 0,90
      mapping factors and slant delays too, of each elevation with each azimuth
"""


def _angles(_: click.Context, __: click.Parameter, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(part) for part in text.split(",")]
    except ValueError as error:
        msg = f"{text!r} is no list of angles; give degrees such as 5,10,30"
        raise click.BadParameter(msg) from error


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("grids", nargs=-1, metavar="GRID...")
@click.argument("stations", metavar="STATIONS")
@options.output("Output: .nc, .csv (.gz, .xz), .parquet or .tro.")
@click.option(
    "--observations",
    type=click.Path(),
    metavar="FILE",
    help="Observed total delays to compare with: CSV (station,time,ztd_m), SINEX_TRO, or what "
    "Bernese, PRIDE, CSRS-PPP, GipsyX and GAMIT write; the series gets their epochs.",
)
@click.option("--start", metavar="TIME", help="First epoch wanted [UTC], with --end and --step.")
@click.option("--end", metavar="TIME", help="Last epoch wanted.")
@click.option("--step", metavar="STEP", help="Between epochs: 1h, 15min, 300s.")
@click.option(
    "--method",
    type=click.Choice(["linear", "nearest"]),
    default="linear",
    show_default=True,
    help="Between the epochs of the grid.",
)
@click.option(
    "--model",
    default="none",
    show_default=True,
    help="Network that corrects the physics: a name or file.",
)
@click.option(
    "--height-model",
    default="climatology",
    show_default=True,
    metavar="NAME|FILE",
    help="climatology, kouba, gpt3, none, or a table of lapse coefficients.",
)
@click.option(
    "--interpolation",
    type=click.Choice(["bicubic", "bilinear"]),
    default="bicubic",
    show_default=True,
    help="Between the nodes, once they are at the height of the station.",
)
@click.option(
    "--coarse-orography",
    metavar="FILE",
    help="Heights of the grid [m], when its files have none.",
)
@options.heights
@options.station_heights
@options.device
@click.option("--sigma", is_flag=True, help="Add the standard deviation the network expects.")
@click.option(
    "--elevation",
    callback=_angles,
    metavar="DEG,...",
    help="Add mapping factors (VMF3) and slant delays at these elevations, 3 to 90 degrees; with "
    "ah and aw of the grid, else of GPT3.",
)
@click.option(
    "--azimuth",
    callback=_angles,
    metavar="DEG,...",
    help="Directions of these slant delays, from north through east, where the grid has gradients.",
)
@click.option(
    "--figure",
    type=click.Path(),
    metavar="PLOT.png",
    help="Draw the stations on a map, and series beside what was observed (.png, .pdf, .svg).",
)
@options.overwrite()
@options.quiet()
def stations(
    grids: tuple[str, ...],
    stations: str,
    start: str | None,
    end: str | None,
    step: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Delays of a grid at stations, at their own heights.

    GRID is what convert reads or writes. STATIONS is a table with columns station, lat, lon and
    height (many spellings, also RAiDER's ID,Lat,Lon,Hgt_m), or SINEX. Each node of the grid is
    moved to the height of the antenna before nodes are combined.
    """
    from tropdsx.workflows.stations.files import station_series

    if not grids:
        msg = (
            f"{stations} alone is given, and both are needed: tropdsx stations GRID... STATIONS, a "
            "grid of delays and then a table of stations"
        )
        raise click.UsageError(msg, click.get_current_context())
    output, observations, figure = (given.pop(k) for k in ("output", "observations", "figure"))
    if output is None and observations is None and figure is None:
        msg = (
            "give -o FILE to write the series, --observations FILE to compare it, --figure "
            "PLOT.png to draw it, or several of them"
        )
        raise click.UsageError(msg)
    if figure is not None:
        from tropdsx.workflows.report.pictures import check_picture

        check_picture(figure, overwrite=given["overwrite"])
    times = _times(start, end, step)
    given |= {"observations": observations, "times": times}
    with shown_warnings(), Progress(quiet, transient=True, after=PATIENCE) as progress:
        found = station_series(list(grids), stations, output, progress=progress.of, **given)
        if figure is not None:
            from tropdsx.workflows.report.station_figures import save_stations

            save_stations(found.series, figure, observations)
    if found.scores is not None:
        click.echo(_line(found.scores))
    for path in filter(None, (found.path, figure)):
        if not quiet:
            click.echo(str(path))


def _times(start: str | None, end: str | None, step: str | None) -> np.ndarray | None:
    """Make regular epochs of the three options, which go together."""
    if start is None and end is None and step is None:
        return None
    if start is None or end is None or step is None:
        msg = "--start, --end and --step go together"
        raise click.UsageError(msg)
    import pandas as pd

    try:
        first, last = (_date(text) for text in (start, end))
        every = pd.Timedelta(step)
        if not every > pd.Timedelta(0):
            msg = "the step is not above zero"
            raise ValueError(msg)
        times = pd.date_range(first, last, freq=every)
    except ValueError as error:
        msg = (
            f"--start {start} --end {end} --step {step}: {' '.join(str(error).split())}; accepted "
            "are dates such as 2021-01-01T06:00 and a step such as 1h"
        )
        raise click.UsageError(msg) from error
    if not len(times):
        msg = f"--end {end} comes before --start {start}"
        raise click.UsageError(msg)
    return times.to_numpy()


def _date(text: str) -> pd.Timestamp:
    """Read a date; pandas takes the month for the first number of 04.03.2021."""
    import pandas as pd

    if re.match(r"\d{1,2}[-/.]", text):
        msg = f"day and month of {text} cannot be told apart"
        raise ValueError(msg)
    return pd.to_datetime(text, utc=True).tz_localize(None)


def _line(scores: xr.Dataset) -> str:
    """Say in one line how series and observations compare."""
    mm = {
        name: 1e3 * float(scores[name])
        for name in ("total_rmse", "mean_bias", "sd_bias", "mean_scatter")
    }
    count = scores.sizes["station"]
    bias = f"{mm['mean_bias']:+.2f}"
    if count > 1:  # one station does not say how far stations differ
        bias += f" +- {mm['sd_bias']:.2f}"
    return (
        f"{count} station{'s' if count > 1 else ''}, {int(scores['count'].sum())} pairs: "
        f"RMSE {mm['total_rmse']:.2f} mm, station bias {bias} mm, "
        f"scatter {mm['mean_scatter']:.2f} mm"
    )
