"""``tropdsx simulate``: seeded delays on real terrain, for trying out and for training."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import Progress, shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx simulate week.nc --epochs 28
      a week of six-hourly fields at 1 degree on the shipped terrain
  tropdsx simulate coarse.nc --spacing 5 --seed 3
      5 degree nodes; those of the 1 degree grid with the same seed hold the same values
  tropdsx simulate winter.nc --start 2021-01-01 --epochs 240 --step 6 --temperature
      two months, with the surface temperature
  tropdsx simulate alps.nc --orography terrain.nc
      your own terrain; the grid is that of the file
"""


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("output", type=click.Path(dir_okay=False), metavar="OUT")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Names the weather: the same seed gives the same fields on any grid.",
)
@click.option(
    "--start",
    type=click.DateTime(),
    default="2022-07-01",
    show_default=True,
    help="First epoch [UTC].",
)
@click.option(
    "--epochs", type=click.IntRange(1), default=8, show_default=True, help="Number of epochs."
)
@click.option(
    "--step",
    type=click.FloatRange(0, min_open=True),
    default=6.0,
    show_default=True,
    help="Hours from one epoch to the next.",
)
@click.option(
    "--spacing",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Degrees between the cell centres of the global grid.",
)
@click.option(
    "--orography",
    type=click.Path(),
    metavar="FILE",
    help="Terrain [m, ellipsoidal]: its nodes and heights are used, not --spacing. "
    "Default: the shipped 1 degree cell means.",
)
@click.option(
    "--floor",
    type=click.FloatRange(0),
    default=0.0005,
    show_default=True,
    help="Smallest wet delay [m]; VMF3 has 0.005.",
)
@click.option("--temperature", is_flag=True, help="Add the surface temperature.")
@options.compression
@options.overwrite()
@options.quiet("No progress, no summary.")
def simulate(output: str, quiet: bool, **given: Any) -> None:
    """Simulate zenith delays on real terrain and write them to OUT (NetCDF).

    ZHD and ZWD look and vary as real ones do (docs/simulator.md), but nothing in them is observed:
    good for trying out, for tests and for training, of no use as corrections.
    """
    from tropdsx.workflows.simulate.file import write_simulation

    with shown_warnings(), Progress(quiet) as progress:
        written = write_simulation(output, progress=progress.of("simulating"), **given)
    if not quiet:
        click.echo(str(written))
