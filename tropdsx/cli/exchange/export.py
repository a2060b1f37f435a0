"""``tropdsx export``: grids of delays as other programs read them."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx export vmf fine.nc -o vmf3 --coefficients 'VMF3_20210101.H*'
      VMF3 text, mapping coefficients from the coarse files, the orography beside it
  tropdsx export vmf fine.nc -o vmf3 --coefficients gpt3 --consumer PRIDE
      coefficients of GPT3; refused if PRIDE could not read the grid
  tropdsx export gacos fine.nc -o gacos --time 2021-01-01T06
      20210101.ztd and 20210101.ztd.rsc, for LiCSBAS and MintPy
  tropdsx export opera era5_ladder.nc -o opera
      delays on heights (tropdsx delays --height 0:5000:500), for MintPy
"""


@click.group(epilog=EXAMPLES)
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
            help="Where the files go; it exists.",
        ),
        click.option("--time", metavar="TIME", help="Only the epoch nearest to this [UTC]."),
        options.overwrite("existing files"),
        options.quiet("No list of the files."),
    )(command)


@export.command(no_args_is_help=True)
@_shared
@click.option(
    "--product",
    type=click.Choice(["VMF3", "VMF1", "V3GR"]),
    default="VMF3",
    show_default=True,
)
@click.option(
    "--coefficients",
    metavar="gpt3|FILE",
    help="Where ah and aw come from, when IN has none: VMF files (a quoted pattern), gpt3, or a "
    ".grd file.",
)
@click.option("--orography", metavar="FILE", help="Heights of the grid [m], when IN has none.")
@click.option("--source", help="Source in the header lines; default: tropdsx and the date.")
@click.option("--comment", default="zenith delays by tropdsx", show_default=True)
@click.option(
    "--consumer", help="Refuse what it cannot read: PRIDE, Ginan, raPPPid, GROOPS, Orekit."
)
def vmf(inputs: tuple[str, ...], **given: Any) -> None:
    """Text of the VMF Data Server, a file for each epoch and the orography beside them."""
    from tropdsx.workflows.exports.files import export_vmf

    _run(export_vmf, inputs, given)


@export.command(no_args_is_help=True)
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


@export.command(no_args_is_help=True)
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
    with shown_warnings():
        written = work(list(inputs), folder, **given)
    if not quiet:
        for path in written:
            click.echo(str(path))
