"""Labelled delays in another orientation and with other names, and back."""

import numpy as np

TIME = np.datetime64("2021-01-01", "ns") + np.arange(3) * np.timedelta64(6, "h")


def turned(ds):
    """The same in another orientation, with other names, in centimetres."""
    out = ds.assign(zhd=(ds.zhd * 100).assign_attrs(units="cm"))
    out = out.isel(lat=slice(None, None, -1)).transpose("lon", "lat", "time")
    return out.rename(lat="latitude", lon="longitude", time="valid_time")


def back(da):
    return (
        da.rename(latitude="lat", longitude="lon", valid_time="time")
        .transpose("time", "lat", "lon", ...)
        .isel(lat=slice(None, None, -1))
    )


def broadcast(grid):
    return {
        "ah": grid.ah.values[..., None],
        "aw": grid.aw.values[..., None],
        "time": TIME[:, None, None, None],
        "lat": grid.lat.values[:, None, None],
        "lon": grid.lon.values[:, None],
        "h": grid.orography.values[..., None],
    }
