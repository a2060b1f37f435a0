"""Delays at the points of a terrain model, beside what peers' inner loops cost on the same points.

    python -m benchmarks.terrain --points 1200 --epochs 8

One thread, processor time of this process; the rows of a run are measured one after the other, and
ratios are theirs. Weather and terrain are simulated, the levels are those of
`sample_data/era5_pl_sample.nc`. Peers interpolate a cube of delays that is there already, as after
RAiDER's own integration:

- SciPy's RegularGridInterpolator, as RAiDER does it;
- SciPy's cubic map_coordinates layer by layer, as MintPy does with an OPERA cube;
- PyAPS's `getdelay`, where pyaps3 is installed (`pip install pyaps3==0.3.7 --no-deps`, and SciPy);
- xarray's `interp` of the cube, point by point.

"direct" is tropdsx's own formula for each pair of node and point, on a part of the points.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import dask  # noqa: E402 - the number of threads is set first
import numpy as np  # noqa: E402 - as above
import xarray as xr  # noqa: E402 - as above

import tropdsx  # noqa: E402, F401 - as above; registers the accessor

ELLIPSOIDAL = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
SAMPLE = Path(__file__).parents[1] / "sample_data" / "era5_pl_sample.nc"


def measure(function: Callable[[], object], rounds: int = 3) -> tuple[float, object]:
    """Least processor time of some rounds [s], and what the last one gave."""
    best, result = np.inf, None
    for _ in range(rounds):
        start = time.process_time()
        result = function()
        best = min(best, time.process_time() - start)
    return best, result


def terrain(count: int) -> xr.Dataset:
    """Make a terrain of count x count points from -20 to 3000 m."""
    lat, lon = 49.9 - np.arange(count) / count, 20.6 + np.arange(count) / count
    height = 3000 * (0.5 + 0.5 * np.sin(7 * lat)[:, None] * np.cos(9 * lon)) ** 2
    height += 20 * np.cos(300 * lat)[:, None]
    field = (("lat", "lon"), height, ELLIPSOIDAL)
    return xr.Dataset({"orography": field}, {"lat": lat, "lon": lon})


def weather(kind: str, epochs: int) -> xr.Dataset:
    """Delays on a coarse grid: 5 deg and 2 x 2.5 deg global, 0.25 deg on a box."""
    if kind == "5":
        lat, lon = np.arange(87.5, -90, -5.0), np.arange(2.5, 360, 5.0)
    elif kind == "2x2.5":
        lat, lon = np.arange(90.0, -91, -2.0), np.arange(0.0, 360, 2.5)
    else:
        lat, lon = np.arange(60, 40, -0.25), np.arange(10, 32, 0.25)
    rng = np.random.default_rng(0)
    height = np.maximum(0, 300 + 300 * np.sin(lat / 9)[:, None] * np.cos(lon / 11))
    shape = (epochs, *height.shape)
    zhd = 2.3 * np.exp(-height / 8000) + rng.normal(0, 0.005, shape)
    zwd = 0.25 * np.cos(np.deg2rad(lat))[:, None] * np.exp(-height / 2000)
    zwd = zwd * (1 + 0.3 * rng.random(shape))
    dims, metres = ("time", "lat", "lon"), {"units": "m"}
    when = np.datetime64("2021-07-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    return xr.Dataset(
        {
            "zhd": (dims, zhd.astype("f4"), metres),
            "zwd": (dims, zwd.astype("f4"), metres),
            "orography": (dims[1:], height, ELLIPSOIDAL),
        },
        {"time": when, "lat": lat, "lon": lon},
    )


def say(name: str, seconds: float, values: float, note: str = "") -> None:
    """Print a row: values are point-epochs of both delays."""
    print(f"{name:58s} {seconds:8.3f} s {values / seconds / 1e6:9.4f} M/s  {note}", flush=True)


def first_in_a_process(kind: str, count: int, model: str) -> float:
    """Processor time of the first downscale of a process, imports left out [s]."""
    code = (
        "import time\n"
        "import tropdsx.accessor.dataset, tropdsx.predict.grid\n"
        "from benchmarks import terrain as t\n"
        f"ds, dem = t.weather({kind!r}, 1), t.terrain({count})\n"
        "start = time.process_time()\n"
        f"ds.tropds.downscale(dem, model={None if model == 'none' else model!r}).load()\n"
        "print(time.process_time() - start)\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def downscaling(count: int, epochs: int, models: list[str]) -> None:
    """Rows of `downscale` to the terrain."""
    dem = terrain(count)
    for model in models:
        chosen = None if model == "none" else model
        for kind in ("5", "2x2.5", "0.25"):
            if model != "none" and kind == "0.25":
                continue  # finer than the network was trained for
            first = first_in_a_process(kind, count, model)
            say(f"downscale {kind} deg, {model}: first epoch of a process", first, count**2)
            ds = weather(kind, epochs)
            spent, _ = measure(lambda ds=ds, m=chosen: ds.tropds.downscale(dem, model=m).load(), 2)
            say(f"downscale {kind} deg, {model}: {epochs} epochs, warm", spent, epochs * count**2)


def direct(count: int) -> None:
    """Apply the formula itself, pair by pair, to a 16th of the points in each direction."""
    from tropdsx.reduce import lift

    dem = terrain(count).isel(lat=slice(0, None, 16), lon=slice(0, None, 16))
    ds, worth = weather("5", 1), lift.WORTH
    lift.WORTH = 10**9
    try:
        spent, _ = measure(lambda: ds.tropds.downscale(dem, model=None).load(), 1)
    finally:
        lift.WORTH = worth
    say("downscale 5 deg, none: direct, every 16th point", spent, dem.orography.size)


def levels(count: int) -> xr.Dataset:
    """Rows of delays from levels at the terrain; the cube that peers interpolate."""
    dem = terrain(count)
    with xr.open_dataset(SAMPLE) as opened:
        sample = opened.isel(valid_time=[0]).load()
    spent, _ = measure(lambda: sample.tropds.zenith_delays(dem.orography).load(), 3)
    say(f"delays from {sample.sizes['pressure_level']} levels at the terrain", spent, count**2)
    heights = np.concatenate([np.arange(-100.0, 3000, 100), np.arange(3000.0, 6001, 500)])
    cube = sample.tropds.zenith_delays(ladder=heights).load().squeeze()
    kernel(cube, dem)
    return cube.transpose("height", "latitude", "longitude").sortby("latitude")


def kernel(cube: xr.Dataset, dem: xr.Dataset) -> None:
    """Row of the combination of profiles alone."""
    from tropdsx.grid.axis_weights import weigh_axes
    from tropdsx.reduce.pieces import cut_pieces, fit_pieces, rungs_of
    from tropdsx.reduce.separable import join_axes

    height = dem.orography.values
    pieces = cut_pieces(float(height.min()), float(height.max()))
    at = cube.interp(height=np.clip(rungs_of(pieces), -100, 6000))
    axes = weigh_axes(
        cube.latitude.values, cube.longitude.values, dem.lat, dem.lon, interpolation="bilinear"
    )
    weights = join_axes(*axes, (cube.sizes["latitude"], cube.sizes["longitude"]))
    out = np.empty((1, *height.shape), np.float32)
    size = cube.sizes["latitude"] * cube.sizes["longitude"]

    def combine() -> None:
        for name in ("zhd", "zwd"):
            values = at[name].transpose("height", "latitude", "longitude").values
            nodes = values.reshape(1, len(values), size)[:, :, weights.nodes]
            weights.combine(list(zip(pieces, fit_pieces(pieces, nodes), strict=True)), height, out)

    spent, _ = measure(combine)
    say("  of which profiles as polynomials, combined", spent, height.size)


def peers(cube: xr.Dataset, count: int) -> None:
    """Rows of the peers' inner loops on the same points."""
    try:
        from scipy import interpolate, ndimage
    except ImportError:
        print("SciPy is not installed: no peers")
        return
    dem = terrain(count)
    lat, lon = np.meshgrid(dem.lat.values, dem.lon.values, indexing="ij")
    height = np.clip(dem.orography.values, cube.height.values[0], cube.height.values[-1])
    axes = tuple(cube[name].values.astype(float) for name in ("latitude", "longitude", "height"))
    order = ("latitude", "longitude", "height")
    fields = {name: cube[name].transpose(*order).values for name in ("zhd", "zwd")}
    points = np.stack([lat, lon, height], -1)

    def raider() -> list[np.ndarray]:
        return [interpolate.RegularGridInterpolator(axes, f)(points) for f in fields.values()]

    spent, _ = measure(raider, 1)
    say("RegularGridInterpolator of a cube (RAiDER)", spent, count**2)

    def opera() -> np.ndarray:
        total = sum(fields.values())
        y, x = ((p - a[0]) / (a[1] - a[0]) for p, a in zip((lat, lon), axes[:2], strict=True))
        below = np.clip(np.searchsorted(axes[2], height, side="right") - 1, 0, axes[2].size - 2)
        share = (height - axes[2][below]) / (axes[2][below + 1] - axes[2][below])
        out = np.zeros(height.shape)
        for k in range(axes[2].size):
            low, high = below == k, below + 1 == k
            some = low | high
            if some.any():
                value = ndimage.map_coordinates(total[..., k], [y[some], x[some]], order=3)
                out[low] += value[low[some]] * (1 - share[low])
                out[high] += value[high[some]] * share[high]
        return out

    spent, _ = measure(opera, 1)
    say("cubic map_coordinates by layer, total delay (MintPy)", spent, count**2, "one field")
    part = slice(0, None, max(1, int(np.sqrt(count**2 / 90_000))))
    flat = {
        n: xr.DataArray(v[part, part].ravel(), dims="p")
        for n, v in zip(order, (lat, lon, height), strict=True)
    }
    spent, _ = measure(lambda: cube[["zhd", "zwd"]].interp(flat).load(), 1)
    say("xarray interp of a cube, point by point", spent, flat["height"].size)
    pyaps(fields, axes, lat, lon, height)


def pyaps(fields: dict, axes: tuple, lat: np.ndarray, lon: np.ndarray, height: np.ndarray) -> None:
    """PyAPS's own loop over the rows of a terrain."""
    sys.modules.setdefault("cdsapi", types.ModuleType("cdsapi"))  # would fetch data
    try:
        from pyaps3 import processor
        from pyaps3.objects import PyAPS
        from scipy import interpolate
    except ImportError as error:
        print(f"PyAPS: not installed ({error})")
        return
    constants = processor.initconst()
    rungs = np.linspace(constants["minAltP"], 48_000.0, constants["nhgt"])
    total = interpolate.interp1d(axes[2], sum(fields.values()), axis=-1, fill_value="extrapolate")
    theirs = PyAPS.__new__(PyAPS)
    theirs.dict, theirs.inc, theirs.verb, theirs.grib = constants, 0.0, False, "ERA5"
    theirs.mask, theirs.dem, theirs.lat, theirs.lon = np.ones(height.shape), height, lat, lon
    theirs.ny, theirs.nx, theirs.hgt = *height.shape, rungs
    theirs.Delfn = total(np.clip(rungs, axes[2][0], axes[2][-1]))
    theirs.lonlist, theirs.latlist = np.meshgrid(axes[1], axes[0])
    spent, _ = measure(theirs.getdelay, 1)
    say("PyAPS getdelay, total delay", spent, height.size, "one field")


def globe(epochs: int) -> None:
    """Rows of whole targets."""
    ds = weather("5", epochs)
    for target in (1.0, 0.25):
        count = round(180 / target) * round(360 / target)
        spent, _ = measure(lambda t=target: ds.tropds.downscale(t, model=None).load(), 3)
        say(
            f"downscale 5 -> {target:g} deg, none",
            spent,
            epochs * count,
            f"{1e3 * spent / epochs:.1f} ms an epoch",
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--points", type=int, default=1200, help="points along each axis")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--models", default="none,default", help="none, default or both")
    given = parser.parse_args()
    dask.config.set(scheduler="synchronous")
    warnings.simplefilter("ignore")
    print(
        f"{given.points} x {given.points} points, both delays; M/s: million point-epochs a second"
    )
    downscaling(given.points, given.epochs, given.models.split(","))
    direct(given.points)
    peers(levels(given.points), given.points)
    globe(4)


if __name__ == "__main__":
    main()
