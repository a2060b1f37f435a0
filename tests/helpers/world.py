"""Delays of a standard atmosphere over the terrain of the Earth, above the ellipsoid."""

import numpy as np
import xarray as xr

from tropdsx.atmos.mean_atmospheres import standard_pressure
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.geoid import geoid_undulation
from tropdsx.geoid.terrain import terrain_at

LAT, LON = np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0)


def terrain(lat=LAT, lon=LON):
    """Ellipsoidal heights of the nodes of a grid."""
    return terrain_at(lat[:, None], lon)


def above_geoid(lat=LAT, lon=LON):
    return terrain(lat, lon) - geoid_undulation(lat[:, None], lon)


def world(lat=LAT, lon=LON, epochs=2, **attrs):
    """Delays of some epochs, with wet delays that scatter; heights with the attributes given."""
    height, rng = terrain(lat, lon), np.random.default_rng(1)
    zhd = saastamoinen_zhd(standard_pressure(height), lat[:, None], height)
    wet = (0.02 + 0.25 * np.cos(np.deg2rad(lat))[:, None] ** 2) * np.exp(-height / 2000)
    zwd = wet * (1 + 0.1 * rng.standard_normal((epochs, *wet.shape)))
    time = np.datetime64("2022-07-01", "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    dims = ("time", "lat", "lon")
    metres = {"units": "m"}
    named = attrs or {"standard_name": "height_above_reference_ellipsoid"}
    return xr.Dataset(
        {
            "zhd": (dims, np.repeat(zhd[None], epochs, 0).astype("f4"), metres),
            "zwd": (dims, zwd.astype("f4"), metres),
            "orography": (dims[1:], height, metres | named),
        },
        {"time": time, "lat": lat, "lon": lon},
    )
