"""A coarse grid and stations that differ from it in a known way."""

import numpy as np
import xarray as xr

from tropdsx.workflows.evaluate.stations import delays_at

BOX = {"lat": np.arange(56.0, 39.0, -2.0), "lon": np.arange(0.0, 31.0, 2.5)}
TIMES = np.datetime64("2022-03-09", "ns") + np.arange(4) * np.timedelta64(6, "h")


def coarse_grid(times=TIMES, box=BOX):
    """Smooth delays over mild hills."""
    lat, lon = np.meshgrid(box["lat"], box["lon"], indexing="ij")
    hills = 300 + 250 * np.sin(lat / 3) * np.cos(lon / 4)
    step = np.arange(len(times))[:, None, None]
    axes = {"time": times, **box}
    fields = {
        "zhd": 2.31 * np.exp(-hills / 8000) + 0 * step,
        "zwd": 0.12 + 0.03 * np.sin(lon / 9 + step / 3) * np.exp(-hills / 2000),
    }
    ds = xr.Dataset(
        {
            name: (tuple(axes), values.astype("f4"), {"units": "m"})
            for name, values in fields.items()
        },
        axes,
    )
    return ds.assign_coords(orography=(("lat", "lon"), hills, {"units": "m"}))


def some_stations(count=25, seed=0):
    """Stations inside the grid."""
    rng = np.random.default_rng(seed)
    return xr.Dataset(
        coords={
            "station": [f"S{number:02d}" for number in range(count)],
            "lat": ("station", rng.uniform(42, 54, count), {"units": "degrees_north"}),
            "lon": ("station", rng.uniform(3, 27, count), {"units": "degrees_east"}),
            "height": ("station", rng.uniform(50, 900, count), {"units": "m"}),
        }
    )


def observe(grid, stations, residual=0.0, times=None):
    """Observe the grid lifted to the stations, with something added [m]."""
    lifted = delays_at(grid, stations.lat, stations.lon, stations.height).ztd
    ztd = lifted.astype(float).transpose("time", "station").to_numpy() + residual
    return stations.assign(ztd=(("time", "station"), ztd, {"units": "m"})).assign_coords(
        time=grid["time"].to_numpy() if times is None else times
    )


def flat_globe(field):
    """A flat Earth with one epoch of a wet delay at 5 degrees."""
    axes = {"lat": np.arange(87.5, -90.0, -5.0), "lon": np.arange(2.5, 360.0, 5.0)}
    wide = np.broadcast_to(field, (1, 36, 72)).astype("f4")
    zwd = xr.DataArray(wide, {"time": TIMES[:1], **axes}, attrs={"units": "m"})
    return xr.Dataset(
        {"zhd": xr.full_like(zwd, 2.3), "zwd": zwd, "orography": xr.zeros_like(zwd[0])}
    )
