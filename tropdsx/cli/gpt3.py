"""``tropdsx gpt3``: what the climatology says about a place and a time."""

from __future__ import annotations

import json
from typing import Any

import click

EXAMPLES = """
\b
Examples:
  tropdsx gpt3 --lat 48.2 --lon 16.37 --height 156 --time 2012-08-02
      pressure, temperature, humidity, mapping coefficients and gradients at Vienna
  tropdsx gpt3 --lat -33.9 --lon 18.4 --height 30 --time 2024-01-15T12:00 --json
      the same for programs, in full precision
"""

#: Name, unit as printed, factor from the record's unit, digits.
_ROWS = (
    ("pressure", "hPa", 1.0, 3),
    ("temperature", "K", 1.0, 3),
    ("lapse_rate", "K km-1", 1e3, 3),
    ("mean_temperature", "K", 1.0, 3),
    ("water_vapour_pressure", "hPa", 1.0, 4),
    ("water_vapour_decrease_factor", "1", 1.0, 4),
    ("geoid_undulation", "m", 1.0, 3),
    ("ah", "1", 1.0, 10),
    ("aw", "1", 1.0, 10),
    ("gradient_north_hydrostatic", "mm", 1e3, 4),
    ("gradient_east_hydrostatic", "mm", 1e3, 4),
    ("gradient_north_wet", "mm", 1e3, 4),
    ("gradient_east_wet", "mm", 1e3, 4),
    ("zhd", "m", 1.0, 4),
    ("zwd", "m", 1.0, 4),
)


@click.command(epilog=EXAMPLES, no_args_is_help=True)
@click.option("--lat", type=float, required=True, help="Geodetic latitude [deg].")
@click.option("--lon", type=float, required=True, help="Longitude, any revolution [deg].")
@click.option("--height", type=float, required=True, help="Ellipsoidal height [m].")
@click.option("--time", required=True, metavar="TIME", help="UTC, such as 2012-08-02T06:00.")
@click.option(
    "--grid",
    metavar="FILE",
    help="gpt3_5.grd or gpt3_1.grd (.xz, .gz too). Default: the asset gpt3_1, else gpt3_5.",
)
@click.option("--mean", is_flag=True, help="The yearly mean: without season.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in SI units and hPa.")
def gpt3(
    lat: float, lon: float, height: float, time: str, grid: str | None, mean: bool, as_json: bool
) -> None:
    """Print pressure, temperature, humidity and mapping coefficients by GPT3.

    zhd and zwd are those of this pressure (Saastamoinen) and humidity (Askne and Nordius).
    """
    from tropdsx import assets

    path = grid or assets.find_asset("gpt3_1") or assets.asset_path("gpt3_5")
    values = _values(lat, lon, height, time, path, seasonal=not mean)
    if as_json:
        click.echo(json.dumps(values, indent=2))
        return
    width = max(len(name) for name, *_ in _ROWS)
    for name, unit, factor, digits in _ROWS:
        click.echo(f"{name:<{width}}  {values[name] * factor:14.{digits}f}  {unit}")


def _values(
    lat: float, lon: float, height: float, time: str, path: Any, *, seasonal: bool
) -> dict[str, float]:
    from tropdsx import atmos

    found = atmos.gpt3(time, lat, lon, height, path, seasonal)._asdict()
    found["zhd"] = atmos.saastamoinen_zhd(found["pressure"], lat, height)
    found["zwd"] = atmos.askne_nordius_zwd(
        found["water_vapour_pressure"],
        found["mean_temperature"],
        found["water_vapour_decrease_factor"],
    )
    return {name: float(value) for name, value in found.items()}
