"""Optimal interpolation of stations to 1 degree, beside a plain SciPy solve and PyKrige.

    python -m benchmarks.reconstruct [--stations 300,1000,5000] [--methods tropdsx,scipy,pykrige]

Each method runs in a process of its own with one thread: seconds of the first epoch, of a further
one with the same stations, and of one in which a tenth of them does not report; most memory of the
process; and how far its mean and its sigma are from those of the plain solve (root mean square
over the root mean square of the latter's). Random stations all over the globe, 64,800 targets, an
exponential covariance of the great-circle distance without heights, which is what PyKrige has too.
PyKrige is a benchmark-only install (`pip install pykrige==1.7.2`) and does ordinary kriging: it
estimates the mean, which the others know to be zero.

With --vmf1 FILE random nodes of VMF1 become stations, every other node the grid, and the other
nodes tell how good the reconstruction is.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

LENGTH, SPREAD, NOISE = 700.0, 0.012, 0.002  # km, m, m
RADIUS = 6371.0
METHODS = "tropdsx,scipy,pykrige"
Estimate = tuple[np.ndarray, np.ndarray]


def world(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Stations, and two epochs of residuals with the covariance that all methods are told."""
    rng = np.random.default_rng(count)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    lon = rng.uniform(0, 360, count)
    matrix = covariance(arcs(lat, lon, lat, lon)) + 1e-10 * np.eye(count)
    field = np.linalg.cholesky(matrix) @ rng.normal(size=(count, 2))
    return lat, lon, (field + NOISE * rng.normal(size=field.shape)).T, rng.random(count) < 0.1


def nodes() -> tuple[np.ndarray, np.ndarray]:
    """Nodes of the 1 degree grid."""
    return np.arange(89.5, -90.0, -1.0), np.arange(0.5, 360.0)


def arcs(lat1: np.ndarray, lon1: np.ndarray, lat2: np.ndarray, lon2: np.ndarray) -> np.ndarray:
    """Great-circle distances [km]."""
    a, b, east = np.radians(lat1)[:, None], np.radians(lat2), np.radians(lon1[:, None] - lon2)
    cosine = np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(east)
    return RADIUS * np.arccos(np.clip(cosine, -1, 1))


def covariance(arc: np.ndarray) -> np.ndarray:
    """Exponential covariance [m2]."""
    return SPREAD**2 * np.exp(-arc / LENGTH)


def tropdsx(lat: np.ndarray, lon: np.ndarray) -> Callable[[np.ndarray], Estimate]:
    """Keep weights, as this package does."""
    from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
    from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator

    told = Covariance(local=0.0, regional=SPREAD, regional_length=LENGTH, noise=NOISE)
    targets = Places.at(*np.meshgrid(*nodes(), indexing="ij"))
    interpolate = Interpolator(told, Places.at(lat, lon), targets)
    return lambda values: interpolate(values)[:2]


def scipy(lat: np.ndarray, lon: np.ndarray) -> Callable[[np.ndarray], Estimate]:
    """Solve anew for each epoch, in pieces of the grid that fit into memory."""
    from scipy.linalg import cho_factor, cho_solve

    rows, columns = (each.ravel() for each in np.meshgrid(*nodes(), indexing="ij"))

    def estimate(values: np.ndarray) -> Estimate:
        there = np.isfinite(values)
        here = lat[there], lon[there]
        factor = cho_factor(covariance(arcs(*here, *here)) + NOISE**2 * np.eye(there.sum()))
        solved = cho_solve(factor, values[there])
        mean, left = np.empty(rows.size), np.empty(rows.size)
        for start in range(0, rows.size, 4096):
            part = slice(start, start + 4096)
            across = covariance(arcs(*here, rows[part], columns[part]))
            mean[part] = solved @ across
            left[part] = SPREAD**2 - np.sum(across * cho_solve(factor, across), axis=0)
        return mean, np.sqrt(left)

    return estimate


def pykrige(lat: np.ndarray, lon: np.ndarray) -> Callable[[np.ndarray], Estimate]:
    """Krige with PyKrige and the same variogram."""
    from pykrige.ok import OrdinaryKriging

    # Its exponential model is psill (1 - exp(-d / (range / 3))) + nugget, of degrees.
    told = {"psill": SPREAD**2, "range": 3 * np.degrees(LENGTH / RADIUS), "nugget": NOISE**2}

    def estimate(values: np.ndarray) -> Estimate:
        there = np.isfinite(values)
        kriging = OrdinaryKriging(
            lon[there],
            lat[there],
            values[there],
            variogram_model="exponential",
            variogram_parameters=told,
            coordinates_type="geographic",
            exact_values=False,
        )
        mean, variance = kriging.execute("grid", *reversed(nodes()), backend="loop")
        # Its variance is that of an observation.
        left = np.maximum(np.ravel(variance) - NOISE**2, 0.0)
        return np.asarray(np.ravel(mean)), np.asarray(np.sqrt(left))

    return estimate


def child(method: str, count: int, result: str) -> None:
    """Measure one method in this process."""
    lat, lon, epochs, gone = world(count)
    estimate = globals()[method](lat, lon)
    seconds = []
    for values in (epochs[0], epochs[1], np.where(gone, np.nan, epochs[1])):
        start = time.perf_counter()
        mean, sigma = estimate(values)
        seconds.append(time.perf_counter() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    np.savez(result, mean=mean, sigma=sigma)
    print(json.dumps({"seconds": seconds, "memory": memory}))


def measure(method: str, count: int, folder: Path) -> dict | None:
    """Run one method in a process of its own; None where it cannot run."""
    result = folder / f"{method}_{count}.npz"
    command = [sys.executable, "-m", "benchmarks.reconstruct", "--child", method]
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    ran = subprocess.run(
        [*command, "--stations", str(count), "--result", str(result)],
        env=os.environ | threads,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        print(f"{method:8s} {count:6d}  {ran.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(ran.stdout) | {"result": result}


def off(found: Path, plain: Path) -> str:
    """How far mean and sigma are from those of the plain solve."""
    with np.load(found) as a, np.load(plain) as b:
        parts = [
            np.sqrt(np.mean((a[name] - b[name]) ** 2) / np.mean(b[name] ** 2))
            for name in ("mean", "sigma")
        ]
    return "  ".join(f"{100 * part:7.3f} %" for part in parts)


def pseudo_stations(path: str, counts: list[int]) -> None:
    """Reconstruct VMF1 from every other node and some of the others, and print the scores."""
    import xarray as xr

    from tropdsx import Options, downscale, reconstruct

    ds = (
        xr.open_dataset(path)
        .sel(time=slice("2022-04-10", "2022-04-13"))
        .isel(time=slice(0, None, 2))
    )
    ds = ds.load()
    total, even = ds["zhd"] + ds["zwd"], slice(0, None, 2)
    coarse = ds.isel(lat=even, lon=even)
    options = Options(target=ds[["orography"]], model=None)
    plain = downscale(coarse, options)
    area = np.broadcast_to(np.cos(np.radians(ds["lat"].values))[:, None], total.shape[1:])
    free = np.ones(area.shape, bool)
    free[even, even] = False
    rng = np.random.default_rng(0)
    for count in counts:
        nodes = np.flatnonzero(free)
        share = area.ravel()[nodes]
        chosen = rng.choice(nodes, count, replace=False, p=share / share.sum())
        row, column = (
            xr.DataArray(each, dims="station") for each in np.unravel_index(chosen, area.shape)
        )
        seen = total.isel(lat=row, lon=column).assign_attrs(units="m").to_dataset(name="ztd")
        seen = seen.assign_coords(height=ds["orography"].isel(lat=row, lon=column))
        seen["height"].attrs["units"] = "m"
        seen = seen.assign_coords(station=[f"P{number:04d}" for number in range(count)])
        found = reconstruct(coarse, seen, options=options)
        scored = free.copy()
        scored.ravel()[chosen] = False
        before = (plain["zhd"] + plain["zwd"] - total).values[:, scored]
        after = (found["ztd"] - total).values[:, scored]
        inside = np.abs(after) < 1.6449 * found["ztd_sigma"].values[:, scored]
        rmse = [
            1e3 * np.sqrt(np.average((each**2).mean(0), weights=area[scored]))
            for each in (before, after)
        ]
        within = 100 * np.average(inside.mean(0), weights=area[scored])
        print(
            f"{count} stations: {rmse[0]:.2f} -> {rmse[1]:.2f} mm, "
            f"{within:.1f} % in the 90 % interval"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", default="300,1000,5000")
    parser.add_argument("--methods", default=METHODS)
    parser.add_argument("--child")
    parser.add_argument("--result")
    parser.add_argument("--vmf1", metavar="FILE")
    given = parser.parse_args()
    if given.vmf1:
        pseudo_stations(given.vmf1, [1000, 3000])
        return
    if given.child:
        child(given.child, int(given.stations), given.result)
        return
    print("method   stations  first [s]  same [s]  gaps [s]  memory [MB]  mean off  sigma off")
    with tempfile.TemporaryDirectory() as folder:
        for count in map(int, given.stations.split(",")):
            wanted = given.methods.split(",")
            rows = {name: measure(name, count, Path(folder)) for name in wanted}
            for name, row in rows.items():
                if row is None:
                    continue
                first, same, gaps = row["seconds"]
                plain = rows.get("scipy")
                far = off(row["result"], plain["result"]) if plain else ""
                print(
                    f"{name:8s} {count:8d}  {first:9.2f}  {same:8.3f}  {gaps:8.3f}"
                    f"  {row['memory']:11.0f}  {far}"
                )


if __name__ == "__main__":
    main()
