"""``tropdsx inspect``: what a file holds, and what can be done with it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from tropdsx.cli.progress import as_options, shown_warnings
from tropdsx.errors import InputError, TropdsxError

EXAMPLES = """
\b
Examples:
  tropdsx inspect era5_ztd.nc
      an input: variables, units, grid, times, heights, the checkpoint that fits, warnings
  tropdsx inspect 'VMF3_2021*.H??'
      many epochs of one grid, as `convert` would join them
  tropdsx inspect era5_ztd_tropdsx.nc
      a result: command, input files with sha256, model, parameters, mean errors
  tropdsx inspect stations.csv
      tables and series of stations: how many, where, when
  tropdsx inspect default
      the card of the default checkpoint; of any other one: its .safetensors file
  tropdsx inspect --replay era5_ztd_tropdsx.nc
      the recorded conversion again: whether the values have the same bits
  tropdsx inspect --json era5_ztd_tropdsx.nc | jq .provenance.parameters
      everything, for programs
"""


#: Up to this size a file is read, so that its values are looked at as well [bytes].
SMALL = 2**26


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--start", metavar="TIME", help="Epoch of the first slice of an .npy file.")
@click.option("--step", metavar="HOURS", help="Step between the slices of an .npy file, e.g. 6h.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON: an object for one FILE, a list for several.",
)
@click.option(
    "--replay",
    "again",
    is_flag=True,
    help="Run the recorded conversion again, into a temporary file: do the bits agree?",
)
@click.option(
    "--inputs",
    multiple=True,
    metavar="FOLDER",
    help="With --replay: where the inputs are, if not beside FILE or here.",
)
def inspect(
    files: tuple[str, ...],
    start: str | None,
    step: str | None,
    as_json: bool,
    again: bool = False,
    inputs: tuple[str, ...] = (),
) -> None:
    """Say what FILE holds: delays, a result, a checkpoint, an orography, levels, stations.

    Values of files up to 64 MB are read and checked, those of larger ones when they are converted.
    """
    if inputs and not again:
        msg = "--inputs goes with --replay"
        raise click.UsageError(msg)
    if again:
        from tropdsx.cli.shell.replay import show_replays

        show_replays(files, inputs, as_json=as_json)
        return
    found = []
    for file in files:
        with shown_warnings():
            about = _describe(file, start, step)
        found.append({"file": file, **about})
        if not as_json:
            _show(file, about)
    if as_json:
        click.echo(json.dumps(found[0] if len(found) == 1 else found, indent=2, default=str))
    unusable = [f"{about['file']}: {about['error']}" for about in found if about.get("error")]
    if unusable:
        raise InputError("; ".join(unusable))


def _describe(file: str, start: str | None, step: str | None) -> dict[str, Any]:
    checkpoint = _checkpoint_path(file)
    if checkpoint is not None:
        from tropdsx.nn.checkpoint import load_card

        return {"kind": "checkpoint", "card": load_card(checkpoint)}
    from tropdsx.cf.quantities import DELAYS_AND_TOTAL
    from tropdsx.read.delays import open_delays
    from tropdsx.workflows.report.profiles import describe_cube, describe_field_on_levels
    from tropdsx.workflows.report.summary import describe_input

    try:
        ds = _read_if_small(open_delays(file, start=start, step=step, small=SMALL))
        if (field := describe_field_on_levels(ds)) is not None:
            return field
        about = describe_input(ds)
        if str(ds.attrs.get("featureType", "")).lower() == "timeseries":
            about["error"] = None  # series of stations are no grid, and need be none
    except TropdsxError:
        # Not delays, but perhaps what they come from, or their heights.
        other = _other(file)
        if other is None:
            raise
        return other
    if about["error"] and not set(DELAYS_AND_TOTAL) & {v["role"] for v in about["variables"]}:
        return _other(file) or describe_cube(ds) or about
    return about


def _other(file: str) -> dict[str, Any] | None:
    """Describe what holds no delays."""
    from tropdsx.workflows.report.profiles import describe_profiles
    from tropdsx.workflows.report.stations import describe_stations
    from tropdsx.workflows.report.weather import describe_column, describe_levels

    ways = (describe_stations, describe_levels, describe_profiles, describe_column, _orography)
    return next(filter(None, (describe(file) for describe in ways)), None)


def _checkpoint_path(file: str) -> Path | None:
    """Path of a checkpoint, told by name or content; None for other files."""
    from tropdsx import assets
    from tropdsx.assets.catalogue import SHIPPED

    path = Path(file)
    if file in SHIPPED and not path.exists():
        return assets.asset_path(file)
    if path.suffix == ".safetensors":
        return path
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        head = stream.read(9)
    # safetensors: the length of a JSON header, 8 bytes, then the header.
    if len(head) == 9 and head[8:] == b"{" and head[5:8] == b"\0\0\0":
        return path
    if head[:4] == b"PK\3\4" and path.suffix in (".pth", ".pt"):
        msg = (
            f"{file} is a PyTorch file without a card; accepted is a tropdsx checkpoint "
            "(.safetensors), as training or importing writes it"
        )
        raise InputError(msg)
    return None


def _read_if_small(ds: Any) -> Any:
    """Read what takes no time: small files, and the RMSE maps and counts of any."""
    if ds.nbytes <= SMALL:
        return ds.load()
    from tropdsx.cf.attributes.limits import load_counts

    maps = [name for name in ds.data_vars if str(name).endswith("_rmse")]
    return load_counts(ds.assign({name: ds[name].load() for name in maps}) if maps else ds)


def _orography(file: str) -> dict[str, Any] | None:
    """Describe a file of heights; None where it is something else."""
    from tropdsx.read.orography import open_orography

    try:
        heights = open_orography(file)
    except TropdsxError:
        return None
    lat, lon = heights["lat"].to_numpy(), heights["lon"].to_numpy()
    return {
        "kind": "orography",
        "nodes": [int(lat.size), int(lon.size)],
        "lat": [float(lat[0]), float(lat[-1])],
        "lon": [float(lon[0]), float(lon[-1])],
        "range": [float(heights.min()), float(heights.max())],
        "vertical_reference": heights.attrs.get("vertical_reference"),
    }


def _show(file: str, about: dict[str, Any]) -> None:
    """Print rows: a table on a terminal, ``label: text`` in a pipe."""
    from tropdsx.cli.convert import convert

    title, rows = _titled(about)
    # What is proposed is for `tropdsx convert`.
    rows = [(name, as_options(text, convert) if name == "model" else text) for name, text in rows]
    cares = [("warning", as_options(text, convert)) for text in about.get("warnings", [])]
    cares += [("assumed", text) for text in about.get("notes", [])]
    if not sys.stdout.isatty():
        click.echo(f"{file}: {title}")
        for label, text in rows + cares:
            click.echo(f"  {label}: {'; '.join(text.splitlines())}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(label, Text(text))
    for label, text in cares:
        table.add_row(Text(label, style="yellow"), Text(text))
    console = Console(highlight=False)
    console.print(Text.assemble((file, "bold"), f"  {title}"))
    console.print(table)
    console.print()


def _titled(about: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    from tropdsx.workflows.report.cards import card_rows
    from tropdsx.workflows.report.stations import rows_of_stations
    from tropdsx.workflows.report.weather import rows_of_weather
    from tropdsx.workflows.report.words import rows_of

    if about["kind"] == "checkpoint":
        return "a tropdsx checkpoint", card_rows(about["card"])
    if about["kind"] == "stations":
        return rows_of_stations(about)
    if about["kind"] in ("profiles", "field on levels", "cube"):
        return _titled_profiles(about)
    if about["kind"] in ("levels", "column"):
        return rows_of_weather(about)
    if about["kind"] == "orography":
        rows, columns = about["nodes"]
        low, high = about["range"]
        area = "lat {:g} to {:g}, lon {:g} to {:g}".format(*about["lat"], *about["lon"])
        return "an orography, for --orography or --coarse-orography", [
            ("grid", f"{rows} × {columns} nodes, {area}"),
            ("heights", f"{low:.0f} to {high:.0f} m"),
            ("zero of heights", str(about["vertical_reference"])),
        ]
    if about["kind"] == "result":
        return f"a result of tropdsx {about['provenance']['version']}", rows_of(about)
    title = "cannot be used" if about["error"] else "delays that can be downscaled"
    return title, rows_of(about)


def _titled_profiles(about: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    from tropdsx.workflows.report import profiles

    if about["kind"] == "profiles":
        return "profiles, for tropdsx levels reconstruct", profiles.rows_of_profiles(about)
    if about["kind"] == "cube":
        title = "variables on levels, for tropdsx levels and patches; no delays"
        return title, profiles.rows_of_cube(about)
    made = about["provenance"]["version"]
    return f"a field on levels, of tropdsx {made}", profiles.rows_of_levels(about)
