"""What a network costs where little is wanted of it: at stations and in small regions.

    python -m benchmarks.stations --stations 5000 --epochs 4
    python -m benchmarks.stations --before ../checkout-of-an-older-commit

One thread, processor time; simulated weather on global 5 degree and 2 x 2.5 degree grids. Printed
for each grid: physics and the default network at stations all over the globe and within 20 degrees
[ms a station and epoch], and the default network on targets of 75 x 75 and 80 x 80 nodes in one
degree [ms an epoch], each without the first call, and with the nodes that its convolutions run on.
With --before the same is measured in another checkout right after, at a hundredth of the stations
(at least 48), because older versions take as long for each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402 - the number of threads is set first
import torch  # noqa: E402 - as above
import xarray as xr  # noqa: E402 - as above

import tropdsx  # noqa: E402, F401 - as above; registers the accessor

HERE = Path(__file__).parents[1]
ELLIPSOIDAL = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
GRIDS = {
    "5": (np.arange(87.5, -90, -5.0), np.arange(2.5, 360, 5.0)),
    "2x2.5": (np.arange(90.0, -91, -2.0), np.arange(0.0, 360, 2.5)),
}


def weather(kind: str, epochs: int) -> xr.Dataset:
    """Global delays, six hours apart."""
    lat, lon = GRIDS[kind]
    rng = np.random.default_rng(0)
    height = np.maximum(0, 300 + 300 * np.sin(lat / 9)[:, None] * np.cos(lon / 11))
    shape = (epochs, *height.shape)
    zhd = 2.3 * np.exp(-height / 8000) + rng.normal(0, 0.005, shape)
    zwd = 0.25 * np.cos(np.deg2rad(lat))[:, None] * np.exp(-height / 2000)
    zwd = np.maximum(zwd * (1 + 0.3 * rng.random(shape)), 0.005)
    dims, metres = ("time", "lat", "lon"), {"units": "m"}
    when = np.datetime64("2021-07-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    fields = {"zhd": (dims, zhd.astype("f4"), metres), "zwd": (dims, zwd.astype("f4"), metres)}
    fields["orography"] = (dims[1:], height, ELLIPSOIDAL)
    return xr.Dataset(fields, {"time": when, "lat": lat, "lon": lon})


def stations(count: int, degrees: float | None = None) -> tuple[np.ndarray, ...]:
    """Places and heights: all over the globe, or within some degrees, round 47 N, 15 E."""
    rng = np.random.default_rng(1)
    if degrees is None:
        lat = np.degrees(np.arcsin(rng.uniform(-0.98, 0.98, count)))
        lon = rng.uniform(0, 355, count)
    else:
        lat, lon = (centre + rng.uniform(-0.5, 0.5, count) * degrees for centre in (47, 15))
    return lat, lon, rng.uniform(0, 3000, count)


def region(count: int) -> xr.Dataset:
    """Make a target of count x count nodes, 1/80 degree apart."""
    lat, lon = 46.0 - np.arange(count) / 80, 7.0 + np.arange(count) / 80
    height = 1500 + 1500 * np.sin(lat * 20)[:, None] * np.cos(lon * 17)
    return xr.Dataset(
        {"orography": (("lat", "lon"), height, ELLIPSOIDAL)}, {"lat": lat, "lon": lon}
    )


def least(work: Callable[[], object]) -> float:
    """Least processor time of three rounds after a first one [ms]."""
    spent = []
    for _ in range(4):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return 1e3 * min(spent[1:])


def count_nodes(work: Callable[[], object]) -> int | None:
    """Nodes that a network convolves for each pass, where this version of tropdsx can tell."""
    try:
        from tropdsx.nn.member import Member
    except ImportError:
        return None
    seen, parts = [0], Member.parts

    def watch(self: Member, channels: torch.Tensor, edges: object) -> tuple[torch.Tensor, ...]:
        seen.append(channels.shape[-2] * channels.shape[-1])
        return parts(self, channels, edges)

    Member.parts = watch
    try:
        work()
    finally:
        Member.parts = parts
    return max(seen)


def measure(count: int, epochs: int) -> dict[str, tuple[float, int | None]]:
    """Do all that is measured in this version: row by row cost and nodes."""
    try:
        from tropdsx import delays_at
        from tropdsx.grid.standardise import standardise_grid
    except ImportError:  # before the package had rooms
        from tropdsx.standardise import standardise_grid
        from tropdsx.stations import delays_at
    torch.set_num_threads(1)
    rows = {}
    for kind in GRIDS:
        grid, _ = standardise_grid(weather(kind, epochs))
        for where, degrees in (("all over the globe", None), ("within 20 degrees", 20.0)):
            for model in ("none", "default"):
                places = stations(count if model == "none" else max(48, count), degrees)

                def work(
                    places: tuple = places, model: str = model, grid: xr.Dataset = grid
                ) -> None:
                    delays_at(grid, *places, model=model, device="cpu").load()

                cost = least(work) / places[0].size / epochs
                rows[f"{kind}, stations {where}, {model}"] = cost, count_nodes(work)
        for size in (75, 80):
            target, ds = region(size), weather(kind, epochs)

            def refine(target: xr.Dataset = target, ds: xr.Dataset = ds) -> None:
                ds.tropds.downscale(target, model="default", device="cpu").load()

            rows[f"{kind}, {size} x {size} nodes, default"] = (
                least(refine) / epochs,
                count_nodes(refine),
            )
    return rows


def in_checkout(folder: Path, count: int, epochs: int) -> dict[str, tuple[float, int | None]]:
    """Measure in a process of its own, with the package of that folder."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__).resolve())]
    command += ["--child", "--stations", str(count), "--epochs", str(epochs)]
    environment = os.environ | {"PYTHONPATH": str(folder.resolve())}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=environment, cwd=folder
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stations", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--before", type=Path, help="another checkout to measure beside this one")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.child:
        print(json.dumps(measure(given.stations, given.epochs)))
        return
    now = in_checkout(HERE, given.stations, given.epochs)
    before = {}
    if given.before:
        before = in_checkout(given.before, max(48, given.stations // 100), given.epochs)
    print(
        f"torch {torch.__version__}, one thread, {given.stations} stations, {given.epochs} epochs"
    )
    print("| work | ms | nodes convolved |" + (" before, ms | ratio |" if before else ""))
    print("|---|---|---|" + ("---|---|" if before else ""))
    for row, (cost, nodes) in now.items():
        line = f"| {row} | {cost:.4g} | {nodes or '-'} |"
        if before:
            line += f" {before[row][0]:.4g} | {before[row][0] / cost:.3g} |"
        print(line)


if __name__ == "__main__":
    main()
