"""A column of air in balance, its delays, and its levels as a weather model gives them."""

import numpy as np
import xarray as xr

from tropdsx import atmos

LEVELS = np.array(
    [
        1000,
        975,
        950,
        925,
        900,
        875,
        850,
        825,
        800,
        775,
        750,
        700,
        650,
        600,
        550,
        500,
        450,
        400,
        350,
        300,
        250,
        225,
        200,
        175,
        150,
        125,
        100,
        70,
        50,
        30,
        20,
        10,
        7,
        5,
        3,
        2,
        1.0,
    ]
)


COARSE = LEVELS[np.isin(LEVELS, np.r_[np.arange(100, 1050, 50), 70, 50, 30, 20, 10])]


def true_delays(air, heights):
    z, p, t, e = air
    n = atmos.refractivity(p, t, e)
    at = np.searchsorted(z, heights)

    def above(x):
        return 1e-6 * (np.trapezoid(x, z) - np.r_[0, np.cumsum((x[1:] + x[:-1]) / 2)])[at]

    return above(n.hydrostatic) + atmos.saastamoinen_zhd(p[-1], 45.0, z[-1]), above(n.wet)


def column(air, levels=LEVELS, ground=0.0):
    """The column on pressure levels, with its ground at a height."""
    z, p, t, e = air
    at = np.interp(-np.log(levels), -np.log(p), z)
    low = int(ground)
    return xr.Dataset(
        {
            "t": ("level", np.interp(at, z, t), {"units": "K"}),
            "e": ("level", np.exp(np.interp(at, z, np.log(e))), {"units": "hPa"}),
            "z": ("level", atmos.height_to_geopotential(at, 45.0), {"units": "m2 s-2"}),
            "sp": ((), p[low], {"units": "hPa"}),
            "t2m": ((), t[low] - 273.15, {"units": "degC"}),
            "d2m": ((), dew_point(e[low]), {"units": "K"}),
            "z_surface": ((), atmos.height_to_geopotential(ground, 45.0), {"units": "m2 s-2"}),
        },
        coords={
            "level": ("level", levels, {"units": "hPa"}),
            "lat": 45.0,
            "lon": 0.0,
            "time": np.datetime64("2022-07-01", "ns"),
        },
    )


def dew_point(e):
    logarithm = np.log(e / 6.112)
    return 243.12 * logarithm / (17.62 - logarithm) + 273.15
