"""Made-up delays on a coarse grid, the ways to store them, and a scheduler that refuses."""

import numpy as np
import xarray as xr


def delays(lat=None, lon=None, steps=3, seed=1):
    """Made-up delays in metres on a global 10 degree grid of cells."""
    rng = np.random.default_rng(seed)
    lat = np.arange(85.0, -90, -10) if lat is None else np.asarray(lat)
    lon = np.arange(5.0, 360, 10) if lon is None else np.asarray(lon)
    shape = (steps, lat.size, lon.size)
    dims = ("time", "lat", "lon")
    time = np.datetime64("2021-01-01", "ns") + np.arange(steps) * np.timedelta64(6, "h")
    ds = xr.Dataset(
        {
            "zhd": (dims, rng.uniform(1.5, 2.4, shape).astype("f4"), {"units": "m"}),
            "zwd": (dims, rng.uniform(0.0, 0.4, shape).astype("f4"), {"units": "m"}),
            "orography": (dims[1:], rng.uniform(0, 4000, shape[1:]), {"units": "m"}),
        },
        {"time": time, "lat": ("lat", lat, {"long_name": "my latitude"}), "lon": ("lon", lon)},
    )
    if lon.size > 1 and abs(lon[-1] - lon[0]) == 360:
        for field in ds.values():  # one meridian has one delay
            field[..., -1] = field[..., 0]
    return ds


class NoScheduler:
    """Fails when anything is computed."""

    def __call__(self, *args, **kwargs):
        raise AssertionError("computed")


def signed(ds):
    return ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")


def repeated(ds):
    return xr.concat(
        [ds, ds.isel(lon=[0]).assign_coords(lon=ds.lon[[0]] + 360)], "lon", data_vars="minimal"
    )


ORIENTATIONS = {
    "as it is": lambda ds: ds,
    "south up": lambda ds: ds.isel(lat=slice(None, None, -1)),
    "signed": signed,
    "repeated column": repeated,
    "signed and repeated": lambda ds: repeated(signed(ds)),
    "dims turned": lambda ds: ds.transpose("lon", "lat", "time"),
    "time last": lambda ds: ds.transpose("lat", "lon", "time"),
    "westward": lambda ds: ds.isel(lon=slice(None, None, -1)),
    "rolled": lambda ds: ds.roll(lon=13, roll_coords=True),
    "from 25": lambda ds: ds.assign_coords(lon=(ds.lon - 25) % 360 + 25).sortby("lon"),
    "float32": lambda ds: ds.assign_coords(lat=ds.lat.astype("f4"), lon=ds.lon.astype("f4")),
    "members": lambda ds: ds.expand_dims(number=[4], axis=1),
    "names": lambda ds: ds.rename(lat="Latitude", lon="Longitude", time="valid_time", zhd="ZHD"),
    "unsorted times": lambda ds: ds.isel(time=[2, 0, 1]),
    "all at once": lambda ds: (
        repeated(signed(ds))
        .isel(lat=slice(None, None, -1), time=[1, 0, 2])
        .transpose("lat", "time", "lon")
    ),
}
