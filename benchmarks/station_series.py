"""A year of delays at 5,000 stations, beside xarray's interpolation without heights.

``python -m benchmarks.station_series [FOLDER]`` makes a file of 1,460 epochs of 2 x 2.5 degrees in
the folder and runs each way in a process of its own: processor time per value, with reading and
checking the file, and the peak of memory. ``command`` opens the file as ``tropdsx stations`` does,
``at_stations`` as ``open_delays`` does by itself. ``read`` is reading alone, ``epochs`` and
``interp_epochs`` are at_stations and xarray with a block for each epoch, ``times`` and
``interp_times`` both between the epochs. ``memory`` takes turns on fields that lie in memory, the
best of five, beside the bare sparse products of the lift. Names of ways behind the folder run
these alone.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

STATIONS, EPOCHS, FEW = 5000, 1460, 200
WAYS = ("make", "read", "command", "at_stations", "interp", "memory")
WAYS += ("times", "interp_times", "epochs", "interp_epochs", "delays_at")


def main() -> None:
    """Make the file and measure every way."""
    if len(sys.argv) == 3 and sys.argv[1] in WAYS:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        path = Path(folder) / "year.nc"
        # Each in a process of its own: the peak of memory begins with that of the parent.
        for way in ["make", *sys.argv[2:]] if len(sys.argv) > 2 else WAYS:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.station_series", way, path], check=True
            )


def make(path: Path) -> None:
    """Write smooth weather over a wavy terrain."""
    lat, lon = np.arange(90.0, -90.1, -2.0), np.arange(0.0, 360.0, 2.5)
    time = np.datetime64("2021-01-01", "ns") + np.arange(EPOCHS) * np.timedelta64(6, "h")
    north, east = np.radians(lat)[:, None], np.radians(lon)
    height = 600.0 + 500.0 * np.sin(3 * north) * np.cos(2 * east)
    wave = np.cos(north + east + 0.1 * np.arange(EPOCHS)[:, None, None])
    dims = ("time", "lat", "lon")
    zhd = (2.3 * np.exp(-height / 8000) + 0.01 * wave).astype("f4")
    zwd = ((0.15 + 0.05 * wave) * np.exp(-height / 2000)).astype("f4")
    about = {"units": "m", "standard_name": "height_above_reference_ellipsoid"}
    ds = xr.Dataset(
        {"zhd": (dims, zhd, {"units": "m"}), "zwd": (dims, zwd, {"units": "m"})},
        {"time": time, "lat": lat, "lon": lon, "orography": (dims[1:], height, about)},
    )
    how = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": (1, lat.size, lon.size)}
    ds.to_netcdf(path, encoding={"zhd": how, "zwd": how})


def measure(way: str, path: Path) -> None:
    """Run one way and print a line."""
    if way == "make":
        make(path)
        return
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-80, 80, STATIONS), rng.uniform(0, 357, STATIONS)
    stations = {"lat": lat, "lon": lon, "height": rng.uniform(0, 1000, STATIONS)}
    if way == "memory":
        in_memory(path, stations)
        return
    slow = ("delays_at", "epochs", "interp_epochs", "times", "interp_times")
    epochs = FEW if way in slow else EPOCHS
    spent = seconds(lambda: run(way, path, stations, epochs)) / (2 * epochs * STATIONS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{way:14} {epochs:5} epochs  {spent * 1e9:6.0f} ns a value  {peak / 1e6:5.2f} GB")


def run(way: str, path: Path, stations: dict[str, np.ndarray], epochs: int) -> None:
    """Do the work of one way."""
    if way in ("read", "interp", "interp_epochs", "interp_times"):
        with xr.open_dataset(path, chunks={"time": 1} if way == "interp_epochs" else None) as ds:
            delays = ds[["zhd", "zwd"]].isel(time=slice(0, epochs))
            times = {"time": between(delays)} if way == "interp_times" else {}
            (delays if way == "read" else interpolated(delays, stations, **times)).load()
        return
    import tropdsx
    from tropdsx.workflows.stations.blocks import chunks_of_series

    if way == "epochs":
        with xr.open_dataset(path, chunks={"time": 1}) as ds:
            tropdsx.at_stations(ds.isel(time=slice(0, epochs)), stations)
        return
    chunks = chunks_of_series(path) if way == "command" else "auto"
    with tropdsx.open_delays(path, chunks=chunks) as ds:
        if way in ("at_stations", "command"):
            tropdsx.at_stations(ds, stations)
        elif way == "times":
            part = ds.isel(time=slice(0, epochs))
            tropdsx.at_stations(part, stations, times=between(part))
        else:
            grid = tropdsx.standardise(ds.isel(time=slice(0, epochs)))[0]
            tropdsx.delays_at(grid, *stations.values()).compute()


def interpolated(ds: xr.Dataset, stations: dict[str, np.ndarray], **times: Any) -> xr.Dataset:
    """Interpolate horizontally, whatever the heights, and in time where times are given."""
    return ds.interp({axis: ("station", stations[axis]) for axis in ("lat", "lon")} | times)


def between(ds: xr.Dataset) -> np.ndarray:
    """Find the times half way between the epochs."""
    time = ds["time"].to_numpy()
    return time[:-1] + np.diff(time) // 2


def in_memory(path: Path, stations: dict[str, np.ndarray]) -> None:
    """Let the ways take turns on fields in memory."""
    import tropdsx
    from tropdsx.workflows.stations.lifting import SeriesLifter

    ds = xr.open_dataset(path).load()
    axes = (ds[name].to_numpy() for name in ("lat", "lon", "orography"))
    lifter = SeriesLifter.of(*axes, tuple(stations.values()))
    few = slice(0, 192)
    fields = {name: ds[name].to_numpy()[few] for name in ("zhd", "zwd")}
    product = bare_product(lifter, fields["zhd"])
    ways = {
        "at_stations": (EPOCHS, lambda: tropdsx.at_stations(ds, stations)),
        "its lift": (192, lambda: lifter(ds["time"].to_numpy()[few], fields)),
        "its products": (96, product),
        "interp": (EPOCHS, lambda: interpolated(ds[["zhd", "zwd"]], stations)),
    }
    best = dict.fromkeys(ways, np.inf)
    for name in [*ways] * 5:
        epochs, work = ways[name]
        best[name] = min(best[name], seconds(work) / (2 * epochs * STATIONS))
    for name, spent in best.items():
        print(f"in memory, {name:14} {spent * 1e9:6.1f} ns a value")


def bare_product(lifter: Any, field: np.ndarray) -> Callable[[], Any]:
    """Three powers of 16 nodes for each value, and nothing else."""
    from scipy.sparse import csr_array

    index, weight = lifter.place.index, lifter.place.weight
    nodes = field[0].size
    columns = (index[:, None] + nodes * np.arange(3)[:, None]).reshape(STATIONS, -1)
    values = np.tile(weight, 3).astype("f4")
    matrix = csr_array(
        (values.ravel(), columns.ravel(), np.arange(0, columns.size + 1, 48)),
        shape=(STATIONS, 3 * nodes),
    )
    dense = np.tile(field.reshape(len(field), -1).T, (3, 1))
    return lambda: matrix @ dense


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of some work [s]."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
