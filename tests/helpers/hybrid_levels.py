"""Model levels as their coefficients and the surface pressure make them."""

import numpy as np
import xarray as xr

LEVELS = 30


def model_levels():
    """Hybrid levels as their coefficients and the surface pressure make them."""
    lat, lon = np.arange(50.0, 39.0, -2.5), np.arange(0.0, 15.0, 2.5)
    time = np.datetime64("2022-07-01", "ns") + np.arange(2) * np.timedelta64(6, "h")
    height = 500 * np.random.default_rng(0).random((lat.size, lon.size))
    pressure = 101325 * np.exp(-height / 8000) * np.array([1.0, 1.003])[:, None, None]
    a, b = (0.5 * (half[1:] + half[:-1]) for half in coefficients())
    p = a[None, :, None, None] + b[None, :, None, None] * pressure[:, None]
    temperature = np.maximum(288 * (p / 101325) ** 0.19, 215.0)
    humidity = 0.010 * (p / 101325) ** 3
    on_levels, on_ground = ("time", "lev", "lat", "lon"), ("time", "lat", "lon")
    return xr.Dataset(
        {
            "t": (on_levels, temperature.astype("f4"), {"units": "K"}),
            "q": (on_levels, humidity.astype("f4"), {"units": "kg kg-1"}),
            "sp": (on_ground, pressure, {"units": "Pa", "standard_name": "surface_air_pressure"}),
            "z": (
                on_ground[1:],
                height * 9.80665,
                {"units": "m2 s-2", "standard_name": "surface_geopotential"},
            ),
            "hyam": ("lev", a, {"units": "Pa"}),
            "hybm": ("lev", b, {"units": "1"}),
        },
        {
            "time": time,
            "lev": ("lev", np.arange(1.0, LEVELS + 1), {"units": "1", "axis": "Z"}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )


def coefficients():
    """Those of half levels, from the top [Pa, 1]."""
    s = np.linspace(0, 1, LEVELS + 1)
    return 60000.0 * (s - s**3) * (1 - s), s**3
