"""A year of delays at 5,000 stations, beside xarray's interpolation without heights.

``python -m benchmarks.station_series [FOLDER]`` makes a file of 1,460 epochs of 2 x 2.5 degrees in
the folder, compressed and not, and runs each way in a process of its own: nanoseconds of processor
time per value of two fields, and the peak of memory of the process. Modules are loaded before the
clock starts. Names of ways behind the folder run these alone.

=============  ====================================================================================
memory         fields that lie in memory; ways take turns, the best of five: at_stations at the
               epochs and half way between them, its lift alone, the sparse products of the lift
               alone with its own terms, bare products of 16 nodes in one power (the least that
               16 nodes cost with SciPy), xarray's interp at the epochs and half way between them
read           reading alone
command        opened as ``tropdsx stations`` opens it
at_stations    opened as ``open_delays`` does by itself
interp         xarray's interp of the file
interp_dask    the same of a file opened with chunks="auto"
times          as command, half way between the epochs; interp_times and interp_dask_times are
               xarray's
plain_*        of the file that is not compressed
epochs         with a block for each epoch; interp_epochs is xarray's
delays_at      what networks use
gradients      as command, with two gradients and two mapping coefficients in the file
to_*           the whole command ``tropdsx stations -o``, from start to end
=============  ====================================================================================
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

STATIONS, EPOCHS, FEW = 5000, 1460, 200
SLOW = ("epochs", "interp_epochs", "delays_at")
WAYS = ("make", "memory", "read", "command", "at_stations", "interp", "interp_dask")
WAYS += ("times", "interp_times", "interp_dask_times", "plain_read", "plain_command")
WAYS += ("plain_interp", "plain_interp_dask", "gradients", *SLOW)
WAYS += ("to_nc", "to_csv", "to_tro", "to_parquet")


def main() -> None:
    """Make the files and measure every way."""
    if len(sys.argv) == 3 and sys.argv[1] in WAYS:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        # Each in a process of its own: the peak of memory begins with that of the parent.
        for way in ["make", *sys.argv[2:]] if len(sys.argv) > 2 else WAYS:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.station_series", way, folder], check=True
            )


def make(folder: Path) -> None:
    """Write smooth weather over a wavy terrain, and a table of stations."""
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
    ds.to_netcdf(folder / "year.nc", encoding={"zhd": how, "zwd": how})
    ds.to_netcdf(folder / "plain.nc", encoding={"zhd": {"zlib": False}})
    small = wave.astype("f4") * np.float32(5e-4)
    for name, field, unit in (
        ("gradient_north", small, "m"),
        ("gradient_east", -small, "m"),
        ("ah", np.float32(1.2e-3) + small / 10, "1"),
        ("aw", np.float32(6e-4) + small / 10, "1"),
    ):
        ds[name] = (dims, field, {"units": unit})
    ds.to_netcdf(folder / "gradients.nc", encoding=dict.fromkeys(ds.data_vars, how))
    columns = zip(*stations().values(), strict=True)
    rows = [f"S{k:04d},{','.join(map(str, place))}" for k, place in enumerate(columns)]
    (folder / "stations.csv").write_text("\n".join(["station,lat,lon,height_ell_m", *rows]))


def stations() -> dict[str, np.ndarray]:
    """Draw places all over the globe."""
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-80, 80, STATIONS), rng.uniform(0, 357, STATIONS)
    return {"lat": lat, "lon": lon, "height": rng.uniform(0, 1000, STATIONS)}


def measure(way: str, folder: Path) -> None:
    """Run one way and print a line."""
    warnings.simplefilter("ignore")
    if way in ("make", "memory"):
        {"make": make, "memory": in_memory}[way](folder)
        return
    if way.startswith("to_"):
        whole_command(way.removeprefix("to_"), folder)
        return
    import tropdsx.workflows.stations.files  # before the clock starts

    del tropdsx
    epochs = FEW if way in SLOW else EPOCHS
    spent = seconds(lambda: run(way, folder, epochs)) / (2 * epochs * STATIONS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{way:17} {epochs:5} epochs  {spent * 1e9:6.0f} ns a value  {peak / 1e6:5.2f} GB")


def whole_command(ending: str, folder: Path) -> None:
    """Run the command in a process of its own: processor time of all, and its peak of memory."""
    if ending == "parquet" and find_spec("pyarrow") is None:
        print("to_parquet: no pyarrow here")
        return
    out = folder / f"series.{ending}"
    command = ["stations", str(folder / "year.nc"), str(folder / "stations.csv"), "-o", str(out)]
    subprocess.run([sys.executable, "-m", "tropdsx", *command, "--quiet"], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = used.ru_utime + used.ru_stime
    each, size = 1e9 * spent / (2 * EPOCHS * STATIONS), out.stat().st_size / 1e6
    print(
        f"to_{ending:14} {EPOCHS:5} epochs  {each:6.0f} ns a value  {used.ru_maxrss / 1e6:5.2f} GB"
        f"  {spent:.1f} s in all, {size:.0f} MB"
    )


def run(way: str, folder: Path, epochs: int) -> None:
    """Do the work of one way."""
    places = stations()
    path = folder / ("plain.nc" if way.startswith("plain_") else "year.nc")
    way = way.removeprefix("plain_")
    if way == "read" or way.startswith("interp"):
        chunks = {"interp_epochs": {"time": 1}}.get(way, "auto" if "dask" in way else None)
        with xr.open_dataset(path, chunks=chunks) as ds:
            delays = ds[["zhd", "zwd"]].isel(time=slice(0, epochs))
            times = {"time": between(delays)} if way.endswith("_times") else {}
            (delays if way == "read" else interpolated(delays, places, **times)).load()
        return
    import tropdsx
    from tropdsx.workflows.stations.blocks import chunks_of_series

    if way == "epochs":
        with xr.open_dataset(path, chunks={"time": 1}) as ds:
            tropdsx.at_stations(ds.isel(time=slice(0, epochs)), places)
        return
    path = folder / "gradients.nc" if way == "gradients" else path
    chunks = "auto" if way in ("at_stations", "delays_at") else chunks_of_series(path)
    with tropdsx.open_delays(path, chunks=chunks) as ds:
        if way == "delays_at":
            grid = tropdsx.standardise(ds.isel(time=slice(0, epochs)))[0]
            tropdsx.delays_at(grid, *places.values()).compute()
        else:
            tropdsx.at_stations(ds, places, times=between(ds) if way == "times" else None)


def interpolated(ds: xr.Dataset, places: dict[str, np.ndarray], **times: Any) -> xr.Dataset:
    """Interpolate horizontally, whatever the heights, and in time where times are given."""
    return ds.interp({axis: ("station", places[axis]) for axis in ("lat", "lon")} | times)


def between(ds: xr.Dataset) -> np.ndarray:
    """Find the times half way between the epochs."""
    time = ds["time"].to_numpy()
    return time[:-1] + np.diff(time) // 2


def in_memory(folder: Path) -> None:
    """Let the ways take turns on fields in memory."""
    import tropdsx
    from tropdsx.workflows.stations.lifting import SeriesLifter

    ds, places = xr.open_dataset(folder / "year.nc").load(), stations()
    axes = (ds[name].to_numpy() for name in ("lat", "lon", "orography"))
    lifter = SeriesLifter.of(*axes, tuple(places.values()))
    few, delays, times = slice(0, 192), ds[["zhd", "zwd"]], between(ds)
    fields = {name: ds[name].to_numpy()[few] for name in ("zhd", "zwd")}
    ways: dict[str, tuple[int, Callable[[], Any]]] = {
        "at_stations": (EPOCHS, lambda: tropdsx.at_stations(ds, places)),
        "at_stations, between": (EPOCHS, lambda: tropdsx.at_stations(ds, places, times=times)),
        "its lift": (192, lambda: lifter(ds["time"].to_numpy()[few], fields)),
        "its products": (192, products_of(lifter, ds["time"].to_numpy()[few], fields)),
        "bare products": (96, bare_product(lifter, fields["zhd"])),
        "interp": (EPOCHS, lambda: interpolated(delays, places)),
        "interp, between": (EPOCHS, lambda: interpolated(delays, places, time=times)),
    }
    best = dict.fromkeys(ways, np.inf)
    for name in [*ways] * 5:
        epochs, work = ways[name]
        best[name] = min(best[name], seconds(work) / (2 * epochs * STATIONS))
    for name, spent in best.items():
        whole = best["interp, between" if name.endswith("between") else "interp"]
        print(
            f"in memory, {name:21} {spent * 1e9:6.1f} ns a value, interp's is "
            f"{whole / spent:4.1f} times that"
        )


def products_of(lifter: Any, time: np.ndarray, fields: dict[str, np.ndarray]) -> Callable[[], Any]:
    """Keep the sparse products of a lift, to do them again without what comes before."""
    from tropdsx.workflows.stations import lifting

    seen: list[tuple[Any, ...]] = []
    product = lifting.sparse_product

    def keep(terms: Any, index: Any, nodal: np.ndarray) -> np.ndarray:
        seen.append((terms, index, nodal.copy()))
        return product(terms, index, nodal)

    lifting.sparse_product = keep
    try:
        lifter(time, fields)
    finally:
        lifting.sparse_product = product
    return lambda: [product(*each) for each in seen]


def bare_product(lifter: Any, field: np.ndarray) -> Callable[[], Any]:
    """One power of 16 nodes for each value, and nothing else."""
    from scipy.sparse import csr_array

    index, weight = lifter.place.index, lifter.place.weight.astype("f4")
    ends = np.arange(0, index.size + 1, index.shape[1])
    matrix = csr_array(
        (weight.ravel(), index.ravel(), ends), shape=(STATIONS, lifter.orography.size)
    )
    dense = np.ascontiguousarray(field.reshape(len(field), -1).T)
    return lambda: matrix @ dense


def seconds(work: Callable[[], Any]) -> float:
    """Processor time of some work [s]."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
