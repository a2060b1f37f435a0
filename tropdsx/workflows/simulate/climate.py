"""Climate of the simulator: mean state and variability of the weather by latitude and season.

The numbers are fitted to what was measured on VMF1 and VMF3 (see ``docs/simulator.md``); between
the latitudes of a table they are interpolated, between winter and summer they follow a cosine.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from tropdsx.assets.registry import asset_path
from tropdsx.atmos.constants import ZERO_CELSIUS
from tropdsx.system.hdf5 import load_netcdf

__all__ = [
    "DRIFT",
    "WIND",
    "band_amplitude",
    "mean_wet_delay",
    "scale_height",
    "sea_level_pressure",
    "summer",
    "temperature",
]

Array = NDArray[np.float64]

LATITUDES = np.array(
    [-90.0, -75.0, -60.0, -45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0]
)


def _curve(values: list[float] | Array) -> PchipInterpolator:
    """Draw a smooth curve over latitude through values at LATITUDES."""
    return PchipInterpolator(LATITUDES, values)


#: Delay of a saturated column at the temperature of the surface [m hPa-1], times its wetness.
COLUMN = 0.0105
WETNESS = _curve([0.53, 0.62, 0.79, 0.77, 0.63, 0.66, 0.92, 0.53, 0.475, 0.62, 0.77, 0.71, 0.67])
#: Share of the temperature's departure from its zonal mean that moisture follows: deserts are hot.
ZONAL_SHARE = 0.4
#: The wet belt follows the sun by this much [deg], latest in early August.
BELT_SHIFT = 7.0

#: Zonal mean pressure at sea level [hPa], and its temporal standard deviation.
JANUARY = _curve([990, 988, 986, 1003, 1015, 1012, 1010, 1013, 1019, 1017, 1010, 1012, 1014])
JULY = _curve([990, 986, 985, 1006, 1019, 1016, 1012, 1011, 1012, 1014, 1010, 1012, 1013])
WINTER_SPREAD = _curve([7.0, 9.0, 12.0, 10.0, 5.0, 2.0, 1.3, 2.0, 5.0, 9.0, 12.0, 10.0, 9.0])
SUMMER_SPREAD = _curve([6.0, 8.0, 10.0, 8.0, 3.5, 1.6, 1.2, 1.6, 2.5, 4.5, 6.5, 6.0, 5.5])

#: Drift of the weather, eastward [deg d-1].
DRIFT = _curve([4.0, 7.0, 12.0, 12.0, 5.0, -2.5, -3.5, -2.5, 4.5, 11.5, 11.5, 7.0, 4.0])
#: Root mean square wind beside the drift, that carries the air and its moisture [m s-1].
WIND = _curve([6.0, 9.0, 12.5, 13.0, 10.0, 6.0, 4.5, 6.0, 10.0, 13.0, 12.5, 9.0, 6.0])

#: Standard deviation of log ZWD in each band of scales, by latitude (rows as LATITUDES).
BAND_AMPLITUDE = np.array(
    [
        [0.18, 0.16, 0.16, 0.140, 0.080, 0.018, 0.00],
        [0.14, 0.14, 0.15, 0.130, 0.080, 0.018, 0.00],
        [0.13, 0.17, 0.20, 0.160, 0.082, 0.016, 0.00],
        [0.13, 0.18, 0.19, 0.185, 0.096, 0.016, 0.02],
        [0.12, 0.13, 0.17, 0.145, 0.053, 0.013, 0.04],
        [0.09, 0.10, 0.09, 0.035, 0.046, 0.009, 0.06],
        [0.06, 0.05, 0.00, 0.020, 0.031, 0.007, 0.04],
        [0.08, 0.10, 0.14, 0.092, 0.052, 0.012, 0.07],
        [0.12, 0.15, 0.21, 0.150, 0.051, 0.014, 0.04],
        [0.12, 0.18, 0.21, 0.235, 0.100, 0.014, 0.02],
        [0.15, 0.16, 0.20, 0.225, 0.138, 0.024, 0.00],
        [0.14, 0.15, 0.16, 0.155, 0.100, 0.020, 0.00],
        [0.18, 0.16, 0.16, 0.140, 0.085, 0.018, 0.00],
    ]
)
#: The moister the season, the less its moisture varies for its size: change of all amplitudes from
#: winter to summer outside the tropics.
SUMMER_CHANGE = -0.50


def summer(day: float, lat: Array) -> Array:
    """How much summer it is: 1 in late July north of the tropics, 0 in late January.

    Parameters
    ----------
    day : float
        Day of the year [d].
    lat : ndarray
        Latitude [deg].

    Returns
    -------
    ndarray
        0 to 1; half way on the equator [1].

    Examples
    --------
    >>> summer(205.0, np.array([45.0, 0.0, -45.0])).round(2).tolist()
    [1.0, 0.5, 0.0]
    """
    return 0.5 + 0.5 * np.cos(2 * np.pi * (day - 205.0) / 365.25) * np.tanh(lat / 12.0)


def temperature(day: float, lat: Array, lon: Array) -> Array:
    """Mean air temperature reduced to the ellipsoid, from the shipped climatology.

    Parameters
    ----------
    day : float
        Day of the year [d].
    lat, lon : ndarray
        Points [deg].

    Returns
    -------
    ndarray
        Temperature [K].

    Examples
    --------
    >>> lat, lon = np.array([48.0]), np.array([16.0])
    >>> [temperature(day, lat, lon).round().tolist() for day in (16.0, 197.0)]
    [[275.0], [295.0]]
    """
    return _interpolate(_between_months(_tables()["temperature"].to_numpy(), day), lat, lon)


def scale_height(lat: Array, lon: Array) -> Array:
    """Scale height of the wet delay, from the shipped climatology.

    Parameters
    ----------
    lat, lon : ndarray
        Points [deg].

    Returns
    -------
    ndarray
        Height over which the wet delay falls to 1/e [m].

    Examples
    --------
    >>> scale_height(np.array([48.0]), np.array([16.0])).round(-1).tolist()
    [2700.0]
    """
    return _interpolate(_tables()["scale_height"].to_numpy(), lat, lon)


def mean_wet_delay(day: float, lat: Array, lon: Array) -> Array:
    """Median wet delay at the ellipsoid: a column as wet as its latitude, at its temperature.

    Parameters
    ----------
    day, lat, lon
        As in :func:`temperature`.

    Returns
    -------
    ndarray
        Wet delay [m].

    Examples
    --------
    >>> mean_wet_delay(197.0, np.array([0.0, 80.0]), np.zeros(2)).round(2).tolist()
    [0.27, 0.05]
    """
    table = _between_months(_tables()["temperature"].to_numpy(), day)
    mixed = ZONAL_SHARE * table + (1 - ZONAL_SHARE) * table.mean(axis=1, keepdims=True)
    celsius = _interpolate(mixed, lat, lon) - ZERO_CELSIUS
    saturation = 6.112 * np.exp(17.62 * celsius / (243.12 + celsius))
    belt = BELT_SHIFT * np.cos(2 * np.pi * (day - 215.0) / 365.25) * np.exp(-((lat / 35.0) ** 2))
    return COLUMN * saturation * WETNESS(np.clip(lat - belt, -90.0, 90.0))


def sea_level_pressure(day: float, lat: Array) -> tuple[Array, Array]:
    """Zonal mean and temporal standard deviation of the pressure at sea level.

    Parameters
    ----------
    day, lat
        As in :func:`summer`.

    Returns
    -------
    mean, spread : ndarray
        Pressure and its standard deviation [hPa].

    Examples
    --------
    >>> mean, spread = sea_level_pressure(22.0, np.array([60.0, 0.0]))  # winter in the north
    >>> mean.round().tolist(), spread.round(2).tolist()
    ([1010.0, 1010.0], [12.0, 1.25])
    """
    july = 0.5 + 0.5 * np.cos(2 * np.pi * (day - 196.0) / 365.25)
    mean = (1 - july) * JANUARY(lat) + july * JULY(lat)
    share = summer(day, lat)
    return mean, (1 - share) * WINTER_SPREAD(lat) + share * SUMMER_SPREAD(lat)


def band_amplitude(day: float, lat: Array, band: int) -> Array:
    """Size of one band of scales in log ZWD.

    Parameters
    ----------
    day, lat
        As in :func:`summer`.
    band : int
        0 (planetary) to 5 (about 200 km), 6 for tropical convection.

    Returns
    -------
    ndarray
        Standard deviation [1].

    Examples
    --------
    >>> january, july = (band_amplitude(day, 45.0, 3) for day in (22.0, 205.0))
    >>> bool(july < january)  # the moister the season, the smaller its anomalies of log ZWD
    True
    """
    amplitude = _curve(BAND_AMPLITUDE[:, band])(lat)
    outside = np.tanh(np.abs(lat) / 25.0) ** 2
    return np.asarray(amplitude * (1 + SUMMER_CHANGE * outside * (summer(day, lat) - 0.5)))


@cache
def _tables() -> xr.Dataset:
    return load_netcdf(asset_path("climatology"))


def _between_months(monthly: Array, day: float) -> Array:
    """Between the middles of two months, linearly, as the height reduction does."""
    position = (day - 16.2) / 30.4375
    lower = int(np.floor(position))
    share = position - lower
    return np.asarray((1 - share) * monthly[lower % 12] + share * monthly[(lower + 1) % 12])


def _interpolate(table: Array, lat: Array, lon: Array) -> Array:
    """Bilinear value of a table on the nodes 90, 87.5 ... -90 and 0, 2.5 ... 357.5."""
    step = 180.0 / (table.shape[0] - 1)
    closed = np.concatenate([table, table[:, :1]], axis=1)
    where = [(90.0 - lat) / step, np.mod(lon, 360.0) / step]
    return np.asarray(ndimage.map_coordinates(closed, where, order=1, mode="nearest"))
