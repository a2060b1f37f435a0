"""A year of delays at 5,000 stations, beside xarray's interpolation without heights.

``python -m benchmarks.station_series [FOLDER]`` makes a file of 1,460 epochs of 2 x 2.5 degrees in
the folder and runs each way in a process of its own: processor time per value, with reading and
checking the file, and the peak of memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import xarray as xr

STATIONS, EPOCHS, FEW = 5000, 1460, 200


def main() -> None:
    """Make the file and measure every way."""
    if len(sys.argv) > 2:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        path = Path(folder) / "year.nc"
        # Each in a process of its own: the peak of memory begins with that of the parent.
        for way in ("make", "at_stations", "delays_at", "interp"):
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
    import tropdsx

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-80, 80, STATIONS), rng.uniform(0, 357, STATIONS)
    height = rng.uniform(0, 1000, STATIONS)
    epochs = FEW if way == "delays_at" else EPOCHS
    start = time.process_time()
    if way == "interp":
        places = {
            "lat": xr.DataArray(lat, dims="station"),
            "lon": xr.DataArray(lon, dims="station"),
        }
        with xr.open_dataset(path) as ds:
            ds[["zhd", "zwd"]].interp(places).load()
    else:
        with tropdsx.open_delays(path) as ds:
            if way == "at_stations":
                stations = {"lat": lat, "lon": lon, "height": height}
                tropdsx.at_stations(ds, stations)
            else:
                grid = tropdsx.standardise(ds.isel(time=slice(0, epochs)))[0]
                tropdsx.delays_at(grid, lat, lon, height).compute()
    spent = (time.process_time() - start) / (2 * epochs * STATIONS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{way:12} {epochs:5} epochs  {spent * 1e9:6.0f} ns a value  {peak:5.2f} GB")


if __name__ == "__main__":
    main()
