"""``tropdsx simulate``: seeded delays on real terrain, for trying out and for training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tropdsx.cli import options

if TYPE_CHECKING:
    import xarray as xr

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
@options.quiet()
def simulate(output: str, quiet: bool, **given: Any) -> None:
    """Simulate zenith delays on real terrain and write them to OUT (NetCDF).

    ZHD and ZWD look and vary as real ones do (docs/simulator.md), but nothing in them is observed:
    good for trying out, for tests and for training, of no use as corrections.
    """
    from tropdsx.system.staging import check_target
    from tropdsx.write.netcdf import write_netcdf

    storage = {key: given.pop(key) for key in ("overwrite", "compression")}
    # Before the first epoch is computed: an output that cannot be written.
    check_target(output, overwrite=storage["overwrite"])
    write_netcdf(_described(output, given), output, **storage)
    if not quiet:
        click.echo(output)


def _described(output: str, options: dict[str, Any]) -> xr.Dataset:
    """Lazy simulated fields with their CF attributes and provenance."""
    import numpy as np
    import xarray as xr

    from tropdsx.cf.description import describe
    from tropdsx.cf.quantities import DELAYS
    from tropdsx.pipeline.target import resolve_target
    from tropdsx.workflows.simulate.delays import simulate as simulate_delays
    from tropdsx.write.provenance import make_provenance

    everywhere = xr.Dataset(coords={"lat": 89.5 - np.arange(180.0), "lon": 0.5 + np.arange(360.0)})
    terrain = resolve_target(options["orography"] or options["spacing"], everywhere).fine
    seconds = np.round(np.arange(options["epochs"]) * options["step"] * 3600.0)
    ds = simulate_delays(
        np.datetime64(options["start"], "s") + seconds.astype("timedelta64[s]"),
        terrain["lat"],
        terrain["lon"],
        terrain["orography"],
        seed=options["seed"],
        variables=(*DELAYS, "temperature") if options["temperature"] else DELAYS,
        floor=options["floor"],
        chunks=min(8, options["epochs"]),
    )
    recorded = options | {"start": options["start"].isoformat()}
    flags = [
        f"--{key}" if value is True else f"--{key} {value}"
        for key, value in recorded.items()
        if value is not None and value is not False
    ]
    command = f"tropdsx simulate {output} {' '.join(flags)}"
    own = {key: ds.attrs[key] for key in ("title", "source", "comment")}
    provenance = make_provenance(command, parameters=recorded)
    return describe(ds, provenance=provenance, attrs=own)
