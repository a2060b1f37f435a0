"""``tropdsx export``, ``tropdsx patches``: grids as other programs read them."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.group import Listing
from tropdsx.cli.progress import PATIENCE, Progress, shown_warnings

VMF = """
\b
Examples:
  tropdsx export vmf fine.nc -o vmf3 --coefficients 'VMF3_20210101.H??'
      VMF3 text, mapping coefficients from the coarse files, the orography beside it
  tropdsx export vmf fine.nc -o vmf3 --coefficients gpt3 --consumer PRIDE
      coefficients of GPT3 (tropdsx assets fetch gpt3_5); refused if PRIDE could not read the grid
"""

GACOS = """
\b
Examples:
  tropdsx export gacos fine.nc -o gacos --time 2021-01-01T06
      20210101.ztd and 20210101.ztd.rsc, for LiCSBAS and MintPy
  tropdsx export gacos fine.nc -o gacos --time 2021-01-01T06 --form tif
      the same as GeoTIFF, for GDAL and QGIS
"""

OPERA = """
\b
Examples:
  tropdsx export opera era5_ladder.nc -o opera
      delays on heights (tropdsx delays --height 0:5000:500), for MintPy
"""

EXAMPLES = VMF + "".join(each.partition("Examples:\n")[2] for each in (GACOS, OPERA))

PATCHES = """
\b
Examples:
  tropdsx patches export glorys/*.nc -o thetao.zarr --variable thetao --levels 0.5,10,50,100
      the nearest stored depths as bands; 64 x 64 nodes, without overlap
  tropdsx patches export era5.nc -o zwd.zarr --variable zwd --stride 32 --split time --days 10
      overlapping patches, and blocks of ten days held back
  tropdsx patches export glorys/*.nc -o patches --variable thetao --format npy
      a folder of y_npy/00000000.npy and patch_index_with_paths.csv
  tropdsx patches export so.nc -o so.zarr --variable so --split region --region val=40,0,50,20
      what lies in a box is held back, what crosses its edge left out
  tropdsx patches export zwd.nc -o zwd.zarr --variable zwd --split station --stations gnss.csv
      windows with a fifth of the stations are held back; those within 3 km stay together
"""


@click.group(cls=Listing, epilog=EXAMPLES)
def export() -> None:
    """Write grids of delays as VMF text, GACOS or OPERA files.

    Series of stations and SINEX_TRO: tropdsx stations.
    """


def _shared(command: Any) -> Any:
    """Add what all formats have in common."""
    return options.chained(
        click.argument("inputs", nargs=-1, required=True, metavar="IN..."),
        click.option(
            "-o",
            "--output",
            default=".",
            show_default=True,
            metavar="FOLDER",
            help="Folder for the files, which exists.",
        ),
        click.option("--time", metavar="TIME", help="Only the epoch nearest to this [UTC]."),
        options.overwrite("existing files"),
        options.quiet("No list of the files."),
    )(command)


@export.command(epilog=VMF, no_args_is_help=True)
@_shared
@click.option(
    "--product",
    type=click.Choice(["VMF3", "VMF1", "V3GR"]),
    default="VMF3",
    show_default=True,
    help="Whose columns and names the files have; V3GR has gradients too.",
)
@click.option(
    "--coefficients",
    metavar="gpt3|FILE",
    help="Where ah and aw come from, when IN has none: VMF files (a quoted pattern), gpt3, or a "
    ".grd file.",
)
@click.option("--orography", metavar="FILE", help="Heights of the grid [m], when IN has none.")
@click.option("--source", help="Source in the header lines; default: tropdsx and the date.")
@click.option(
    "--comment", default="zenith delays by tropdsx", show_default=True, help="In the header lines."
)
@click.option(
    "--consumer", help="Refuse what it cannot read: PRIDE, Ginan, raPPPid, GROOPS, Orekit."
)
def vmf(inputs: tuple[str, ...], **given: Any) -> None:
    """Text of the VMF Data Server, a file for each epoch and the orography beside them."""
    from tropdsx.workflows.exports.files import export_vmf

    _run(export_vmf, inputs, given)


@export.command(epilog=GACOS, no_args_is_help=True)
@_shared
@click.option(
    "--form",
    type=click.Choice(["ztd", "tif"]),
    default="ztd",
    show_default=True,
    help="Raw floats with a header, or GeoTIFF.",
)
@click.option(
    "--registration",
    type=click.Choice(["node", "corner"]),
    default="node",
    show_default=True,
    help="What X_FIRST names: node as GACOS and LiCSBAS, corner as MintPy reads it.",
)
def gacos(inputs: tuple[str, ...], **given: Any) -> None:
    """Total delays as GACOS gives them, a file for each day."""
    from tropdsx.workflows.exports.files import export_gacos

    _run(export_gacos, inputs, given)


@export.command(epilog=OPERA, no_args_is_help=True)
@_shared
@click.option(
    "--heights",
    metavar="M,M,...",
    help="Ladder for delays at an orography [m, ellipsoidal]; default: -500 to 9000.",
)
def opera(inputs: tuple[str, ...], heights: str | None, **given: Any) -> None:
    """Delays on heights as OPERA TROPO-ZENITH, a file for each epoch."""
    from tropdsx.workflows.exports.files import export_opera

    try:
        ladder = None if heights is None else [float(each) for each in heights.split(",")]
    except ValueError as error:
        msg = f"{heights!r} is no list of heights; give for example 0,500,1000"
        raise click.BadParameter(msg, param_hint="--heights") from error
    _run(export_opera, inputs, given | {"heights": ladder})


def _run(work: Any, inputs: tuple[str, ...], given: dict[str, Any]) -> None:
    quiet, folder = given.pop("quiet"), given.pop("output")
    with shown_warnings(), Progress(quiet, transient=True, after=PATIENCE) as progress:
        written = work(list(inputs), folder, progress=progress.of("writing"), **given)
    if not quiet:
        for path in written:
            click.echo(str(path))


def _numbers(kind: type) -> Any:
    def read(_: Any, __: click.Parameter, text: str | None) -> list[Any] | None:
        if text is None:
            return None
        try:
            return [kind(each) for each in text.split(",")]
        except ValueError as error:
            msg = f"{text!r} is no list of numbers; give for example 0,10,50"
            raise click.BadParameter(msg) from error

    return read


def _named(_: Any, option: click.Parameter, given: tuple[str, ...]) -> dict[str, list[float]]:
    """Read NAME=NUMBERS, of which there can be several."""
    wanted = 4 if option.name == "region" else 1
    out = {}
    for text in given:
        name, _, numbers = text.partition("=")
        try:
            out[name] = [float(each) for each in numbers.split(",")]
        except ValueError:
            out[name] = []
        if not name or len(out[name]) != wanted:
            msg = f"{text!r} is not {option.metavar}"
            raise click.BadParameter(msg)
    return out


@click.group(cls=Listing, epilog=PATCHES)
def patches() -> None:
    """Cut gridded variables into square patches, for learning."""


@patches.command("export", epilog=PATCHES, no_args_is_help=True)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="OUT",
    help="NAME.zarr, with NAME.index.csv beside it, or a folder.",
)
@click.option("--variable", required=True, metavar="NAME", help="As stored, e.g. thetao or zwd.")
@click.option(
    "--levels",
    metavar="VALUE,...",
    callback=_numbers(float),
    help="Levels as bands: the stored ones nearest to these values. Default: all.",
)
@click.option(
    "--level-indices", metavar="N,...", callback=_numbers(int), help="The same by number, from 0."
)
@click.option("--level-dim", metavar="NAME", help="Dimension of the levels, where it is not found.")
@click.option(
    "--size", type=click.IntRange(1), default=64, show_default=True, help="Nodes of an edge."
)
@click.option(
    "--stride", type=click.IntRange(1), help="Nodes from patch to patch; default: no overlap."
)
@click.option(
    "--max-nodata",
    type=click.FloatRange(0, 1),
    default=0.25,
    show_default=True,
    help="Largest share of missing values in a patch, at each time.",
)
@click.option(
    "--format", "form", type=click.Choice(["zarr", "npy"]), help="Default: by the name of OUT."
)
@click.option(
    "--fill", type=float, default=0.0, show_default=True, help="Missing values in NumPy files."
)
@click.option(
    "--split",
    "kind",
    type=click.Choice(["none", "random", "window", "time", "region", "station"]),
    default="none",
    show_default=True,
    help="What is held back: nothing, windows in exact shares, windows each drawn by itself, "
    "blocks of time, regions, or windows by their stations. Overlapping patches: time or region.",
)
@click.option(
    "--share",
    multiple=True,
    metavar="NAME=SHARE",
    callback=_named,
    help="Share of a split beside train; repeat for more. Default: val=0.2.",
)
@click.option(
    "--days",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    help="Length of a block of time.",
)
@click.option(
    "--region",
    multiple=True,
    metavar="NAME=S,W,N,E",
    callback=_named,
    help="Box of a split beside train [deg]; repeat for more.",
)
@click.option(
    "--stations", metavar="FILE", help="Of the split by station: table of station,lat,lon,height."
)
@click.option(
    "--seed", type=click.IntRange(0), default=42, show_default=True, help="Names the draw."
)
@options.overwrite()
@options.quiet("No name of the output.")
def export_patches(inputs: tuple[str, ...], output: str, quiet: bool, **given: Any) -> None:
    """Write the patches of files on one grid, with index, splits and statistics.

    Every time step and extra dimension is cut, across the seam of a global grid too; statistics
    come from the patches for training alone.
    """
    from tropdsx.read.stations import positions_of
    from tropdsx.workflows.patches.files import export as files
    from tropdsx.workflows.patches.splits import Split
    from tropdsx.workflows.patches.splitting import Region

    shares = {name: share for name, [share] in given.pop("share").items()}
    regions = {name: Region(*box) for name, box in given.pop("region").items()}
    kind, days, seed = given.pop("kind"), given.pop("days"), given.pop("seed")
    table = given.pop("stations")
    if shares and kind in {"none", "region"}:
        msg = f"--share has no effect with --split {kind}; add --split time, random or window"
        raise click.UsageError(msg, click.get_current_context())
    if (table is None) == (kind == "station"):
        msg = f"--stations FILE goes with --split station, and --split is {kind}"
        raise click.UsageError(msg, click.get_current_context())
    shares = shares or {"val": 0.2}
    with shown_warnings():
        places = {} if table is None else positions_of(table)
        split = Split(kind, shares, days=days, regions=regions, stations=places, seed=seed)
        written = files.export_patches(list(inputs), output, split=split, **given)
    if not quiet:
        click.echo(str(written))
