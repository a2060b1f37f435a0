"""``tropdsx import-checkpoint``: a TropDS ``.pth`` becomes a checkpoint that says what it is."""

from __future__ import annotations

from typing import Any

import click

from tropdsx.cli import options

EXAMPLES = """
\b
Examples:
  tropdsx import-checkpoint best_model.pth --norm 0,50 --variable zwd
      -> best_model.safetensors, usable on TropDS arrays and on NetCDF files:
  tropdsx convert era5_ztd.nc --model best_model.safetensors
  tropdsx import-checkpoint run/best.safetensors --variable zwd --units cm
      -> run/best_zwd.safetensors, of a network that was trained on a TropDS folder without
         --variable
"""


@click.command("import-checkpoint", epilog=EXAMPLES, no_args_is_help=True)
@click.argument("path", metavar="PTH|SAFETENSORS")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="OUT",
    help="Checkpoint to write; default <PTH>.safetensors, or <NAME>_<VARIABLE>.safetensors, beside "
    "it.",
)
@options.norm("Normalisation range it was trained with; needed for a .pth, which does not hold it.")
@click.option(
    "--variable",
    type=click.Choice(["zhd", "zwd"]),  # cf.quantities.DELAYS, without what it loads
    required=True,
    help="The delay it was trained on.",
)
@click.option(
    "--units",
    type=click.Choice(["m", "cm", "mm"]),
    help="Units of --norm; default: those in which the range fits a delay.",
)
@options.weight
@options.overwrite("an existing checkpoint")
def import_checkpoint(**given: Any) -> None:
    """Turn a TropDS checkpoint into one safetensors file that explains itself."""
    from tropdsx.workflows.convert import tropds_checkpoints

    click.echo(str(tropds_checkpoints.import_checkpoint(given.pop("path"), **given)))
