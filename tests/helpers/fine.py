"""Delays as a downscaling leaves them."""

import numpy as np
import xarray as xr

GLOBAL = (np.linspace(89.5, -89.5, 180), np.linspace(0.5, 359.5, 360))
BOX = (np.arange(60.0, 39.0, -1.0), np.arange(5.0, 30.0))
ACROSS = (np.arange(60.0, 39.0, -1.0), np.arange(170.0, 191.0))


def delays(grid=BOX, epochs=8, *, names=("time", "lat", "lon"), maps=True, orography=True):
    """Delays as a downscaling leaves them."""
    lat, lon = grid
    time_name, lat_name, lon_name = names
    rng = np.random.default_rng(1)
    shape = (epochs, lat.size, lon.size)
    ds = xr.Dataset(
        {
            name: (names, (mean + 0.1 * rng.random(shape)).astype(np.float32), {"units": "m"})
            for name, mean in (("zhd", 2.2), ("zwd", 0.1))
        },
        {
            time_name: np.datetime64("2021-01-01", "ns")
            + np.arange(epochs) * np.timedelta64(6, "h"),
            lat_name: lat,
            lon_name: lon,
        },
    )
    if maps:
        attrs = {
            "units": "m",
            "validation_period": "2020-01-01/2020-12-31",
            "validation_reference": "VMF3 1x1",
        }
        for name in ("zhd_rmse", "zwd_rmse"):
            values = (0.01 * rng.random(shape[1:])).astype(np.float32)
            ds[name] = ((lat_name, lon_name), values, attrs)
    if orography:
        ds = ds.assign_coords(orography=((lat_name, lon_name), 3000 * rng.random(shape[1:])))
    return ds
