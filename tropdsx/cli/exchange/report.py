"""``tropdsx report``: one HTML page that shows a result."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options
from tropdsx.cli.progress import Progress, shown_warnings

EXAMPLES = """
\b
Examples:
  tropdsx report era5_ztd_tropdsx.nc
      maps with a time slider, and where the file comes from, in era5_ztd_tropdsx.html
  tropdsx report era5_ztd_tropdsx.nc --coarse era5_ztd.nc --reference truth.nc -o report.html
      coarse and fine side by side, errors, scores by latitude and season
  tropdsx report scores.nc
      the outcome of `tropdsx evaluate ... -o scores.nc`
"""


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("result", metavar="RESULT")
@options.output("Output; default: the name of RESULT with .html.", "PAGE.html")
@click.option("--coarse", metavar="FILE", help="What RESULT was made of, shown beside it.")
@click.option("--reference", metavar="FILE", help="True delays: errors and scores are added.")
@click.option("--title", help="Heading; default: the name of RESULT.")
@options.overwrite()
@options.quiet("No progress, no name of the page.")
def report(result: str, output: str | None, quiet: bool, **given: Any) -> None:
    """Write one HTML page about RESULT: maps, scores and provenance.

    The page works offline, in any browser of 2023 or later, and is smaller than 10 MB. Of long
    series some epochs are shown, evenly chosen; scores are of all.
    """
    from tropdsx.workflows.report.html.writing import report_file

    with shown_warnings(), Progress(quiet, transient=True) as progress:
        path = report_file(result, output, progress=progress.of, **given)
    if not quiet:
        click.echo(str(path))
