"""``tropdsx assets``: named files, where they lie, and fetching them."""

from __future__ import annotations

import json

import click

from tropdsx.cli.group import Listing

EXAMPLES = """
\b
Examples:
  tropdsx assets
      all names, and where each lies on this machine
  tropdsx assets fetch gpt3_5
      download the GPT3 grid of TU Wien into the cache
  TROPDSX_DATA=~/grids tropdsx assets
      look into a folder of your own first
"""


@click.group(cls=Listing, epilog=EXAMPLES, invoke_without_command=True)
@click.pass_context
def assets(context: click.Context) -> None:
    """List named files (tables, GPT grids, VMF orographies), or fetch one."""
    if context.invoked_subcommand is None:
        context.invoke(listing)


LISTING = """
\b
Example:
  tropdsx assets list --json
      names and paths for programs; null: not on this machine
"""


@assets.command("list", epilog=LISTING)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def listing(as_json: bool = False) -> None:
    """List all names, and where each lies on this machine."""
    from tropdsx.assets.catalogue import ASSETS
    from tropdsx.assets.registry import list_assets

    found = {name: None if path is None else str(path) for name, path in list_assets().items()}
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    width = max(map(len, found))
    for name, path in found.items():
        click.echo(f"{name:<{width}}  {ASSETS[name].about}")
        click.echo(f"{'':<{width}}    {path or f'not here: tropdsx assets fetch {name}'}")


FETCHING = """
\b
Example:
  tropdsx convert vmf3.nc --coarse-orography "$(tropdsx assets fetch orography_ell_5x5)"
      the path is printed, so that a shell can pass it on
"""


@assets.command(epilog=FETCHING)
@click.argument("name")
def fetch(name: str) -> None:
    """Find the asset NAME, downloading it into the cache if need be, and print its path."""
    from tropdsx.assets.registry import fetch as fetch_asset

    click.echo(str(fetch_asset(name)))
