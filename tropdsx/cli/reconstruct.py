"""``tropdsx reconstruct``, ``tropdsx levels``: sparse observations in, a field with sigma out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.convert import STORAGE
from tropdsx.cli.group import Listing, Sectioned
from tropdsx.cli.progress import PATIENCE, Progress, shown_warnings
from tropdsx.errors import InputError

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
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o learned.nc --method diffusion
      the shipped network for reconstructions, on top of optimal interpolation
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o drawn.nc --method diffusion --model FILE
      one of `tropdsx train --form diffusion --init MEAN`, with eight members
  tropdsx reconstruct vmf1.nc stations.csv ztd.csv -o year.nc --save-estimates year_est.nc
  tropdsx reconstruct march.nc stations.csv ztd.csv -o march_fine.nc --estimates year_est.nc
      a part of a period that agrees with the whole
  tropdsx report analysis.nc
      look at it: maps with the stations on them, their residuals, sigma
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


#: Members of a diffusion.
SAMPLING = options.chained(
    click.option("--members", type=click.IntRange(0), help="How many; default 8."),
    click.option("--steps", type=click.IntRange(1), help="Of the sampler; default 20."),
    click.option(
        "--sampler",
        type=click.Choice(["ddim", "dpm"]),
        help="How noise is taken away; default ddim.",
    ),
    click.option("--return-members", is_flag=True, default=None, help="Add ztd_member."),
    click.option(
        "--return-intermediates",
        type=click.IntRange(1),
        metavar="K",
        help="Add the mean as K steps of the sampler saw it.",
    ),
    click.option(
        "--consistency",
        type=click.Choice(["none", "replacement", "nudging"]),
        help="How members honour the stations; default none.",
    ),
    click.option(
        "--masking",
        type=click.Choice(["model", "complete", "ambient"]),
        help="What members see of the stations; default: as trained.",
    ),
    click.option(
        "--calibration",
        type=click.Choice(["stations", "none"]),
        help="How far the network is believed; default: by stations left out in turn.",
    ),
    click.option("--seed", type=click.IntRange(0), help="Of the noise; default 0."),
    heading="Method diffusion",
)


#: Parts of a period that agree with the whole.
ESTIMATES = options.chained(
    click.option(
        "--estimates",
        type=click.Path(),
        metavar="FILE",
        help="Covariance, smoothing and the verdicts on stations of a longer period: parts of it "
        "then agree with the whole.",
    ),
    click.option(
        "--save-estimates",
        type=click.Path(),
        metavar="FILE.nc",
        help="Write what was estimated of this period, for --estimates.",
    ),
    heading="Parts of a period",
)


@click.command(cls=Sectioned, epilog=EXAMPLES, no_args_is_help=True)
@click.argument("grid", metavar="GRID")
@click.argument("stations", type=click.Path(), metavar="STATIONS")
@click.argument("observations", type=click.Path(), required=False, metavar="[ZTD]")
@options.output("Output (.nc, .zarr); default <grid>_reconstructed.nc beside it.")
@click.option(
    "--method",
    type=click.Choice(["oi", "diffusion"]),
    default="oi",
    show_default=True,
    help="Optimal interpolation; or a network on top of it: the shipped one, or --model FILE.",
)
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
@SAMPLING
@options.background
@options.station_heights
@ESTIMATES
@options.network_options
@STORAGE
@options.overwrite()
@options.quiet("No progress, no summary.")
def reconstruct(
    grid: str, stations: str, observations: str | None, quiet: bool, **given: Any
) -> None:
    """Join coarse zenith delays and total delays of stations to one fine analysis.

    GRID holds zhd and zwd, or ztd: whatever `tropdsx convert` reads, several files as a quoted
    pattern. STATIONS is a table station,lat_deg,lon_deg,height_ell_m and ZTD one of
    station,time,ztd_m,sigma_m (UTC), or what GNSS programs write, also ZIP; or STATIONS holds
    both: NetCDF on (time, station), SINEX_TRO. The wet delay takes what stations observe beyond
    the downscaled grid, by optimal interpolation; blunders are left out. The output has zhd, zwd,
    ztd, their sigma, the number of stations used, and the residuals of the stations.
    """
    from tropdsx.system.heap import share_one_heap
    from tropdsx.workflows.reconstruct.files import reconstruct_files

    names = (
        *("members", "steps", "sampler", "consistency", "masking", "calibration", "seed"),
        *("return_members", "return_intermediates"),
    )
    drawn = {name: value for name in names if (value := given.pop(name)) is not None}
    share_one_heap()
    asked = _asking_for_delays(stations, observations)
    with shown_warnings(), Progress(quiet, after=PATIENCE) as progress, asked:
        written = reconstruct_files(
            grid,
            stations,
            observations,
            sampling=drawn,
            progress=progress.of,
            **given,
        )
    if not quiet:
        click.echo(str(written))


@contextlib.contextmanager
def _asking_for_delays(stations: str, observations: str | None) -> Iterator[None]:
    """Say that a table of places alone wants the table of delays after it."""
    try:
        yield
    except InputError as error:
        if observations is None and "needed for the time" in str(error):
            msg = f"{error}; or name the delays after it: tropdsx reconstruct GRID {stations} ZTD"
            raise InputError(msg) from error
        raise


LEVELS = """
\b
Examples:
  tropdsx levels reconstruct sst.nc argo.nc -o thetao.nc --surface-variable sst --levels 10,50,100
      potential temperature on three depths from Argo profiles and a surface field
  tropdsx levels reconstruct glorys.nc argo.nc -o so.nc --variable so
      from the first level of a model's file, on its levels and where it has values
"""

LEVELS_SCORED = """
\b
Examples:
  tropdsx levels evaluate glorys.nc --variable thetao --share 0.03
      3 % of the columns and the first level are known: errors of each method at all others
"""


@click.group(cls=Listing, epilog=LEVELS + LEVELS_SCORED.partition("Examples:\n")[2])
def levels() -> None:
    """Fields on levels (ocean, air) from sparse profiles and a surface field."""


def _depths(_: click.Context, __: click.Parameter, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(part) for part in text.split(",")]
    except ValueError as error:
        msg = f"{text!r} is no list of levels; give numbers such as 0,10,50"
        raise click.BadParameter(msg) from error


def _flags(_: click.Context, __: click.Parameter, text: str | None) -> list[int] | None:
    try:
        return None if text is None else [int(part) for part in text.split(",")]
    except ValueError as error:
        msg = f"{text!r} is no list of flags; give whole numbers such as 0,1,2"
        raise click.BadParameter(msg) from error


_VARIABLE = click.option(
    "--variable", default="thetao", show_default=True, help="What is wanted: thetao, so, ..."
)
_MODES = click.option(
    "--modes", type=click.IntRange(1), help="Modes of the profiles. Default: 1 for 10, at most 8."
)
_TIME = click.option("--time", help="Which time of the grid, where it has several [UTC].")


@levels.command("reconstruct", epilog=LEVELS, no_args_is_help=True)
@click.argument("surface", metavar="SURFACE")
@click.argument("profiles", type=click.Path(), metavar="PROFILES")
@click.option("-o", "--output", type=click.Path(), required=True, metavar="OUT", help=".nc, .zarr")
@_VARIABLE
@click.option("--surface-variable", metavar="NAME", help="In SURFACE; default: --variable.")
@click.option(
    "--levels", metavar="M,M...", callback=_depths, help="Of the result; default: of SURFACE."
)
@click.option(
    "--domain", type=click.Path(), metavar="FILE",
    help="Where there is water: mask on levels, or depth of the bottom.",
)  # fmt: skip
@click.option(
    "--method",
    type=click.Choice(["modes", "oi", "idw", "climatology"]),
    default="modes",
    show_default=True,
    help="modes: few vertical modes by optimal interpolation, with the surface; the others, by "
    "level and without it, are for comparison.",
)
@_MODES
@_TIME
@click.option(
    "--days",
    type=click.FloatRange(0),
    default=15.0,
    show_default=True,
    help="Profiles further in time from the surface are left out.",
)
@click.option(
    "--good", metavar="N,N...", callback=_flags,
    help="Quality flags of PROFILES that are taken. Default: what they call good, else 1,2.",
)  # fmt: skip
@options.compression
@options.overwrite()
@options.quiet("No name of the output.")
def reconstruct_levels(surface: str, profiles: str, quiet: bool, **given: Any) -> None:
    """Reconstruct a variable on levels from profiles at places and its surface everywhere.

    PROFILES is NetCDF of the CF feature type profile, such as Argo's, held to its flags; nothing
    is extrapolated beyond a profile. The output has the variable and its standard deviation, and
    observed minus estimated at each profile that is left out.
    """
    from tropdsx.workflows.reconstruct.levels.files import reconstruct_levels_files

    with shown_warnings():
        written = reconstruct_levels_files(surface, profiles, **given)
    if not quiet:
        click.echo(str(written))


@levels.command("evaluate", epilog=LEVELS_SCORED, no_args_is_help=True)
@click.argument("cube", metavar="CUBE")
@_VARIABLE
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.03,
    show_default=True,
    help="Columns that are observed.",
)
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Draws.")
@_MODES
@_TIME
@click.option("--json", "as_json", is_flag=True, help="Scores as JSON.")
def evaluate_levels(cube: str, as_json: bool, **given: Any) -> None:
    """Hide most columns of a cube, estimate them in each way, and score them by level.

    The first level of CUBE is known everywhere, of the others a share of the columns.
    """
    from tropdsx.workflows.reconstruct.levels.files import evaluate_levels_file
    from tropdsx.workflows.reconstruct.levels.tables import scores_as_json, scores_table

    with shown_warnings():
        scores = evaluate_levels_file(cube, **given)
    click.echo(scores_as_json(scores) if as_json else scores_table(scores))
