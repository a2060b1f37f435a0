"""``tropdsx pwv``: precipitable water from GNSS delays and meteorological observations."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import PATIENCE, Progress, shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx pwv COD0OPSFIN_20210300000_01D_01H_TRO.TRO wtzr0300.21m -o pwv.csv
      total delays of SINEX_TRO, which places its stations, and RINEX meteorological data
  tropdsx pwv ztd.csv *.21m --stations stations.csv -o pwv.nc --pressure-error 0.3
      total delays of a table
"""


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("delays", metavar="ZTD")
@click.argument("weather", nargs=-1, required=True, metavar="MET...")
@options.output("Output: .nc, .csv (.gz, .xz), .parquet or .tro.")
@click.option(
    "--stations",
    type=click.Path(),
    metavar="FILE",
    help="Table or SINEX of the stations, where ZTD does not place them.",
)
@click.option(
    "--ztd-error",
    type=float,
    default=4.0,
    show_default=True,
    help="Standard deviation of delays that come without [mm].",
)
@click.option(
    "--pressure-error",
    type=float,
    default=0.5,
    show_default=True,
    help="Standard deviation of the pressure [hPa].",
)
@click.option(
    "--mean-temperature-error",
    type=float,
    default=4.7,
    show_default=True,
    help="Standard deviation of the mean temperature [K].",
)
@options.overwrite()
@options.quiet()
def pwv(
    delays: str,
    weather: tuple[str, ...],
    output: str | None,
    stations: str | None,
    overwrite: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Precipitable water vapour from total delays, pressure and temperature.

    ZTD is a series (SINEX_TRO, COST-716, PRIDE ...) or a table; MET are RINEX meteorological files.
    The hydrostatic delay comes from the pressure, the rest becomes water by the mean temperature.
    """
    from tropdsx.workflows.stations.files import check_station_output, write_series
    from tropdsx.workflows.stations.water import Errors, water_of_files

    if output is not None:
        check_station_output(output, overwrite=overwrite)
    errors = Errors(
        1e-3 * given["ztd_error"], given["pressure_error"], given["mean_temperature_error"]
    )
    with shown_warnings(), Progress(quiet, transient=True, after=PATIENCE) as progress:
        tell = progress.of("reading weather", "files")
        found = water_of_files(delays, list(weather), stations, errors=errors, progress=tell)
        how: Any = {"overwrite": overwrite, "progress": progress.of("writing", "stations")}
        path = None if output is None else write_series(found, output, **how)
    mean, sigma = found["pwv"].mean("time"), found["pwv_sigma"].mean("time")
    for name, value, error in zip(found["station"].to_numpy(), mean, sigma, strict=True):
        if not quiet:
            click.echo(f"{name}: mean {float(value):.1f} mm, each +- {float(error):.1f} mm")
    if path is not None and not quiet:
        click.echo(str(path))
