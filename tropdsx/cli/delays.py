"""``tropdsx delays``: levels of a weather model in, zenith delays out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import Progress, shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx delays era5_pl.nc -o era5_ztd.nc
      ERA5 pressure levels -> ZHD and ZWD at the model's ground
  tropdsx delays era5_pl.nc era5_surface.nc
      with surface pressure, 2 m temperature and dew point from a second file
  tropdsx delays era5_single_levels.nc
      no levels at hand: tcwv and t2m become ZWD, surface pressure and geopotential ZHD
  tropdsx delays gfs.grb2 --mean-temperature
      GRIB with many kinds of level; the mean temperature for precipitable water is added
  tropdsx delays era5_pl.nc --height dem.nc
      at each point of a terrain model (.nc, .tif, .hgt), on its own grid
  tropdsx delays era5_pl.nc --height 0:5000:500
      at 0, 500 ... 5000 m above the ellipsoid: variables get a dimension height
  tropdsx convert era5_ztd.nc
      what comes next: the delays on a finer grid
"""


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@options.output("Output (.nc, .zarr); default <first input>_delays.nc beside it.")
@click.option(
    "--height",
    metavar="FILE|M|M,M,...|FROM:TO:STEP",
    help="Where the delays are wanted [m, ellipsoidal]: a file of heights, one height, or several. "
    "A terrain model finer than the levels keeps its own grid. Default: the model's ground.",
)
@click.option(
    "--orography",
    metavar="FILE",
    help="Heights of the model's ground [m], when the input has none.",
)
@options.heights
@click.option(
    "--humidity",
    type=click.Choice(["auto", "specific", "vapour_pressure", "relative"]),
    default="auto",
    show_default=True,
    help="Which humidity to take where there are several.",
)
@click.option(
    "--coefficients",
    type=click.Choice(["bevis", "rueger", "thayer"]),
    default="bevis",
    show_default=True,
    help="Constants of refractivity.",
)
@click.option(
    "--geoid",
    type=click.Choice(["egm2008", "none"]),
    default="egm2008",
    show_default=True,
    help="Makes heights above the geoid ellipsoidal; 'none' leaves them.",
)
@click.option("--ztd", is_flag=True, help="Add the total delay ztd = zhd + zwd.")
@click.option("--mean-temperature", is_flag=True, help="Add the mean temperature of the vapour.")
@options.compression
@options.zarr_format
@options.overwrite()
@options.quiet("No progress, no summary.")
def delays(inputs: tuple[str, ...], height: str | None, quiet: bool, **given: Any) -> None:
    """Integrate zenith delays (ZHD, ZWD) from the levels of a weather model.

    IN is NetCDF, Zarr or GRIB with temperature, humidity and geopotential on pressure levels
    (ERA5, GFS ...) or hybrid levels; surface fields may be in the same file or another one. Without
    levels a total column of water vapour (tcwv, pwat) with the 2 m temperature gives ZWD.
    The output is CF NetCDF with the heights that the delays refer to, and its provenance.
    """
    from tropdsx.workflows.derive.zenith_file import write_delays

    given |= _heights(height)
    output = given.pop("output")
    with shown_warnings(), Progress(quiet) as progress:
        written = write_delays(inputs, output, progress=progress.of("integrating"), **given)
    if not quiet:
        click.echo(str(written))


def _heights(text: str | None) -> dict[str, Any]:
    """Read a file name, a height, a list of heights, or FROM:TO:STEP."""
    if text is None or _exists(text):
        return {} if text is None else {"height": text}
    try:
        if ":" in text:
            first, last, step = (float(part) for part in text.split(":"))
            count = (last - first) / step
            if not 0 <= count < 10_000:
                raise ValueError
            return {"ladder": [first + step * k for k in range(int(count + 1e-6) + 1)]}
        rungs = [float(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError) as error:
        msg = (
            f"{text!r} is no file, no height and no list of heights; give for example terrain.nc, "
            "500, 0,500,1000 or 0:5000:500"
        )
        raise click.BadParameter(msg, param_hint="--height") from error
    return {"height": rungs[0]} if len(rungs) == 1 else {"ladder": rungs}


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except OSError:  # a list longer than any name
        return False
