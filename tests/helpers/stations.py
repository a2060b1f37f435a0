"""A grid of smooth weather over Europe, and stations on it."""

import numpy as np
import xarray as xr


def weather(epochs=6, step=2.0, first="2021-06-30T12"):
    """Delays and heights of a region that change smoothly."""
    lat, lon = np.arange(60.0, 35.9, -step), np.arange(0.0, 30.1, step)
    time = np.datetime64(first, "ns") + np.arange(epochs) * np.timedelta64(6, "h")
    north, east = lat[:, None] / 10, lon / 10
    height = 600 + 500 * np.sin(3 * north) * np.cos(2 * east)
    wave = np.cos(north + east + 0.2 * np.arange(epochs)[:, None, None])
    zhd = 2.3 * np.exp(-height / 8000) + 0.01 * wave
    zwd = (0.15 + 0.05 * wave) * np.exp(-height / 2000)
    dims = ("time", "lat", "lon")
    return xr.Dataset(
        {
            "zhd": (dims, zhd.astype("f4"), {"units": "m"}),
            "zwd": (dims, zwd.astype("f4"), {"units": "m"}),
            "orography": (
                dims[1:],
                height,
                {"units": "m", "standard_name": "height_above_reference_ellipsoid"},
            ),
        },
        {"time": time, "lat": lat, "lon": lon},
    )


def places(count=40, top=1000.0, seed=4):
    """Names and places of made-up stations inside that region, up to some height [m]."""
    rng = np.random.default_rng(seed)
    return {
        "station": [f"S{k:03d}" for k in range(count)],
        "lat": rng.uniform(37.0, 59.0, count),
        "lon": rng.uniform(1.0, 29.0, count),
        "height": rng.uniform(-20.0, top, count),
    }


def slanted(epochs=6):
    """The same weather, with coefficients of mapping functions and gradients."""
    ds = weather(epochs)
    wave = (ds.zwd / 0.2).astype("f4")
    ds["ah"] = (0.00125 + 1e-5 * wave).assign_attrs(units="1")
    ds["aw"] = (0.0006 + 1e-5 * wave).assign_attrs(units="1")
    for part, size in (("hydrostatic", 3e-4), ("wet", 8e-4)):
        ds[f"gradient_north_{part}"] = (-size * wave).assign_attrs(units="m")
        ds[f"gradient_east_{part}"] = (0.5 * size * wave).assign_attrs(units="m")
    return ds
