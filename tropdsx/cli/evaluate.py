"""``tropdsx evaluate``: how good is a downscaling, beside the simpler ones."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tropdsx.cli import options
from tropdsx.cli.group import Sectioned
from tropdsx.cli.progress import Progress, shown_warnings

if TYPE_CHECKING:
    from tropdsx.workflows.evaluate.files import Evaluation
    from tropdsx.workflows.evaluate.tables import Table

EXAMPLES = """
\b
Examples:
  tropdsx evaluate --data VMF3_20210101.H00.5x5 --reference VMF3_20210101.H00.1x1
          --coarse-orography orography_ell_5x5 --orography orography_ell_1x1
      the default network and the baselines against the true 1 degree grid
  tropdsx evaluate my.safetensors --data fine.nc --decimate 5
      one fine file is enough: every 5th node is the input, the others are the truth
  tropdsx evaluate default other.safetensors --data vmf1.nc --decimate 2x2 --no-neighbours
          --period 2022-04-10/2022-04-14 -o maps.nc --figure sheet.png
      two networks, each epoch alone, on some days; maps and a figure
  tropdsx evaluate none --data vmf1.nc --stations stations.csv --observations ztd.csv
      physics alone against GNSS: the grid is lifted to the height of each station
  tropdsx evaluate none --data vmf1.nc --stations stations.csv --observations ztd.csv
          --leave-out 10
      what `tropdsx reconstruct` gives at stations that it did not see, a tenth at a time; with
      `stations` for `none` also what its network gives
  tropdsx evaluate --result fine.nc --result other.nc --reference truth.nc
      finished results of any tool, as they are; also TropDS arrays (.npy)
"""


#: Options that say what to downscale, or to what other truth.
_OF_METHODS = (
    "decimate",
    "no_neighbours",
    "stations",
    "observations",
)


@click.command(cls=Sectioned, epilog=EXAMPLES, no_args_is_help=True)
@click.argument("models", nargs=-1, metavar="[CHECKPOINT...]")
@click.option(
    "--data",
    multiple=True,
    metavar="FILE",
    help="Coarse delays (several times, or a quoted pattern); with --decimate fine ones. With "
    "--result: what it was made of, whose nodes do not count.",
)
@click.option(
    "--result",
    multiple=True,
    metavar="FILE",
    help="Finished fine delays (several times), scored as they are against --reference.",
)
@click.option(
    "--reference",
    multiple=True,
    metavar="FILE",
    help="True fine delays; their nodes and heights are the target.",
)
@click.option(
    "--decimate",
    metavar="N|RxC",
    help="Use every Nth node (row x column) of --data as input and the others as truth; stations "
    "are compared with these nodes, too.",
)
@click.option(
    "--all-phases",
    is_flag=True,
    help="With --decimate: from every first row and column, not the usual one alone.",
)
@click.option(
    "--no-neighbours",
    is_flag=True,
    help="Networks see each epoch alone, not the ones 6 hours before and after.",
)
@click.option(
    "--orography",
    metavar="FILE",
    help="Heights of the true fine delays [m], if their file has none.",
)
@click.option(
    "--coarse-orography",
    metavar="FILE",
    help="Heights of the coarse delays [m], if their file has none.",
)
@options.heights
@click.option(
    "--period",
    metavar="START/END",
    help="Score these epochs only, e.g. 2022-04-01/"
    "2022-04-14; networks may still see the epochs next to them.",
)
@click.option(
    "--stations",
    type=click.Path(),
    metavar="CSV",
    help="Stations: station,lat_deg,lon_deg,height_ell_m. With --observations.",
)
@click.option(
    "--observations",
    type=click.Path(),
    metavar="CSV",
    help="Their observed total delays: station,time,ztd_m (UTC), or a series as GNSS programs "
    "write it.",
)
@options.station_heights
@click.option(
    "--leave-out",
    type=float,
    metavar="N|SHARE",
    help="Score a reconstruction instead: predict each Nth part of the --stations from the others.",
)
@options.output("Write maps and scores as CF NetCDF.", "OUT.nc")
@click.option(
    "--figure",
    type=click.Path(),
    metavar="SHEET.png",
    help="Draw one sheet (.png, .pdf, .svg): latitudes, maps, spectra.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all scores as JSON [m].")
@options.network_options
@options.slice_times
@options.overwrite("existing outputs")
@options.quiet("No progress.")
def evaluate(models: tuple[str, ...], **given: Any) -> None:
    """Measure downscaled delays against true ones, beside the baselines.

    CHECKPOINT is a network by name or path, "none" for the baselines alone; without one, the
    default network. Every method starts from the same coarse nodes, which do not count in the
    scores: bilinear (no height), kouba (standard atmosphere, bilinear), physics (climatology,
    bicubic), networks. With --result nothing is downscaled. Scores are weighted by area.
    """
    from tropdsx.grid.thinning import parse_thinning
    from tropdsx.system.staging import check_target
    from tropdsx.workflows.evaluate.files import evaluate_files
    from tropdsx.write.save import check_storage

    if given["leave_out"] is not None:
        from tropdsx.cli.leaving_out import show_left_out

        show_left_out(models, given)
        return
    del given["leave_out"]
    _check(given, models)
    shown = {key: given.pop(key) for key in ("output", "figure", "as_json", "overwrite", "quiet")}
    if shown["output"] is not None:
        check_storage(shown["output"])
        check_target(shown["output"], overwrite=shown["overwrite"])
    if shown["figure"] is not None:
        from tropdsx.workflows.report.pictures import check_picture

        check_picture(shown["figure"], overwrite=shown["overwrite"])
    tables = (given.pop("stations"), given.pop("observations"))
    decimate, reference = given.pop("decimate"), list(given.pop("reference"))
    results = list(given.pop("result"))
    with shown_warnings(), Progress(shown["quiet"], transient=True) as progress:
        found = evaluate_files(
            list(given.pop("data")),
            models or ("default",),
            results=results,
            reference=reference or None,
            decimate=parse_thinning(decimate) if decimate else None,
            stations=tables if tables[0] else None,
            neighbours=not given.pop("no_neighbours"),
            progress=progress,
            **given,
        )
    _show(found, as_json=shown["as_json"])
    _write(found, shown)


def _check(options: dict[str, Any], models: tuple[str, ...]) -> None:
    """Refuse options that do not go together."""
    if options["result"]:
        _check_result(options, models)
    elif not options["data"]:
        msg = "give --data FILE to downscale and score, or --result FILE to score what is finished"
        raise click.UsageError(msg)
    fields = bool(options["reference"]) + (options["decimate"] is not None)
    if fields > 1:
        msg = "--reference and --decimate exclude each other: --decimate makes its own truth"
        raise click.UsageError(msg)
    if (options["stations"] is None) != (options["observations"] is None):
        msg = "--stations and --observations go together"
        raise click.UsageError(msg)
    if not fields and options["stations"] is None:
        msg = "give --reference FILE, --decimate N, or --stations CSV --observations CSV"
        raise click.UsageError(msg)
    if not fields and (options["output"] or options["figure"]):
        msg = (
            "--output and --figure show fields: give --reference FILE or --decimate N; series at "
            "stations are written and drawn by tropdsx stations"
        )
        raise click.UsageError(msg)
    if options["all_phases"] and options["decimate"] is None:
        msg = "--all-phases needs --decimate N"
        raise click.UsageError(msg)


def _check_result(options: dict[str, Any], models: tuple[str, ...]) -> None:
    """Refuse what has no meaning where nothing is downscaled."""
    from tropdsx.workflows.evaluate.files import idle_options

    names = [*(name for name in _OF_METHODS if options[name]), *idle_options(options)]
    idle = [f"--{name.replace('_', '-')}" for name in names]
    idle += ["CHECKPOINT"] if models else []
    if idle:
        msg = f"--result is scored as it is: leave out {', '.join(idle)}"
        raise click.UsageError(msg)
    if not options["reference"]:
        msg = "--result needs --reference FILE, the true delays"
        raise click.UsageError(msg)


def _show(found: Evaluation, *, as_json: bool) -> None:
    """Print tables, as text in a pipe, or JSON."""
    from tropdsx.workflows.evaluate.tables import plain_text, score_tables, station_table, values_of

    if as_json:
        click.echo(json.dumps(values_of(found.scores, found.stations), indent=1))
        return
    tables = [] if found.scores is None else score_tables(found.scores)
    if found.stations:
        tables.append(station_table(found.stations))
    if sys.stdout.isatty():
        _print_rich(tables)
    else:
        click.echo("\n\n".join(map(plain_text, tables)))


def _print_rich(tables: list[Table]) -> None:
    from rich.console import Console
    from rich.table import Table as RichTable

    console = Console()
    for table in tables:
        drawn = RichTable(title=table.title, title_justify="left")
        for place, head in enumerate(table.head):
            drawn.add_column(head, justify="right" if place else "left", no_wrap=not place)
        for row in table.rows:
            drawn.add_row(*row)
        console.print(drawn)


def _write(found: Evaluation, shown: dict[str, Any]) -> None:
    from tropdsx.workflows.evaluate.files import save_maps

    if found.scores is None:
        return
    if shown["output"]:
        command = shlex.join(["tropdsx", *(Path(part).name for part in sys.argv[1:])])
        path = save_maps(
            found.scores, shown["output"], overwrite=shown["overwrite"], command=command
        )
        click.echo(str(path), err=True)
    if shown["figure"]:
        from tropdsx.workflows.report.sheet import save_sheet

        click.echo(str(save_sheet(found.scores, shown["figure"])), err=True)
