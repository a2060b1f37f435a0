"""The grid of the tests of evaluation, and the same delays kept differently."""

import numpy as np
import xarray as xr

LAT, LON = np.arange(86.25, -90, -7.5), np.arange(3.75, 360, 7.5)


def weighted_rmse(fine, truth, name, kept=1.0):
    weight = np.cos(np.radians(LAT))[:, None] * np.ones((1, LON.size)) * kept
    error = fine[name].values.astype(float) - truth[name].values
    return np.sqrt(np.average(error**2, weights=np.broadcast_to(weight, error.shape)))


def turned(ds, kind):
    """The same delays, kept differently."""
    if kind == "south first, -180..180":
        ds = ds.isel(lat=slice(None, None, -1))
        lon = (ds.lon + 180) % 360 - 180
        return ds.assign_coords(lon=lon).sortby("lon")
    if kind == "other names, order, units":
        out = ds.rename(lat="latitude", lon="longitude", time="valid_time")
        out = out.transpose("longitude", "latitude", "valid_time")
        for name in ("zhd", "zwd"):
            out[name] = (out[name] * 1000).assign_attrs(units="mm")
        return out.rename(zhd="hydrostatic_delay", zwd="wet_delay")
    if kind == "repeated column":
        last = ds.isel(lon=[0]).assign_coords(lon=ds.lon.values[:1] + 360)
        return xr.concat([ds, last], "lon", data_vars="minimal")
    return ds.isel(time=[4, 2, 0, 1, 3])  # epochs in disorder


KINDS = ["south first, -180..180", "other names, order, units", "repeated column", "disorder"]


def total_of(ds):
    total = (ds.zhd + ds.zwd).assign_attrs(units="m").to_dataset(name="ztd")
    return total.assign(orography=ds.orography)


def pair(seed=0, shape=(40, 60)):
    rng = np.random.default_rng(seed)
    truth = 0.2 + 0.05 * rng.normal(size=shape)
    return truth + 0.003 + 0.01 * rng.normal(size=shape), truth
