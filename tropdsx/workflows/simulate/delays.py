"""Simulate zenith delays at the heights of a terrain, reproducibly from a seed.

Nothing here is observed. Fields of ZHD and ZWD are drawn so that their means, variances, spectra,
structure functions and time scales are those measured on VMF1 and VMF3; ``docs/simulator.md``
holds both side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.constants import STANDARD_LAPSE_RATE, VIRTUAL_INCREMENT
from tropdsx.atmos.epoch import doy
from tropdsx.atmos.gpt.gpt1 import gpt
from tropdsx.atmos.height import lift_zhd
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.cf.quantities import DELAYS, QUANTITIES
from tropdsx.errors import DomainError, GridError
from tropdsx.workflows.simulate import climate
from tropdsx.workflows.simulate.weather import Weather, WeatherState

__all__ = ["simulate"]

Array = NDArray[np.float64]

#: Attribute ``source`` of what is simulated.
SOURCE = "simulated by tropdsx.simulate; not observed, not from a weather model"

BLOCK_POINTS = 65_536  # worked on at once: a 1 degree globe
ABSOLUTE_HUMIDITY = 95.0  # hPa m-1: vapour pressure at the ground per metre of wet delay
WETTEST = 0.52  # m: no column of the real archives holds more
SCALE_HEIGHT_SPREAD = 0.12  # of log scale height
TEMPERATURE_SPREAD = 2.0  # K beyond what the flow brings
THERMAL_TIDE = 1.16  # hPa, semidiurnal S2 on the equator, maximum near 10 and 22 h local time

_LONG_NAMES = {
    "zhd": QUANTITIES["zhd"].long_name,
    "zwd": QUANTITIES["zwd"].long_name,
    "temperature": "air temperature at the surface",
}
VARIABLES = {
    name: {"units": QUANTITIES[name].unit, "long_name": f"{long_name} (simulated)"}
    for name, long_name in _LONG_NAMES.items()
}
VARIABLES["temperature"]["standard_name"] = QUANTITIES["temperature"].standard_names[""]


def simulate(
    time: ArrayLike,
    lat: ArrayLike,
    lon: ArrayLike,
    orography: xr.DataArray | ArrayLike,
    *,
    seed: int,
    variables: tuple[str, ...] = DELAYS,
    floor: float = 0.0005,
    chunks: int | None = None,
) -> xr.Dataset:
    """Simulate zenith delays at the heights of a terrain.

    Every value depends on the seed, its epoch, place and height alone: epochs, regions and
    resolutions computed apart fit together to the last bits.

    Parameters
    ----------
    time : array_like of datetime64, shape (N,) or ()
        Epochs, any spacing [UTC].
    lat, lon : array_like, shape (J,) and (I,)
        Nodes of a grid, global or regional [deg].
    orography : DataArray or array_like, shape (J, I)
        Height of the terrain above the ellipsoid [m].
    seed : int
        Names the weather; 0 or more.
    variables : tuple of str, optional
        Some of "zhd", "zwd" and "temperature".
    floor : float, optional
        Smallest wet delay; VMF3 has 0.005, VMF1 0.0005 [m].
    chunks : int, optional
        Epochs per dask block; None computes at once.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` float32 (time, lat, lon) [m], ``temperature`` [K], ``orography`` [m] as a
        coordinate; ``source`` and ``comment`` say that all is simulated.

    Raises
    ------
    GridError
        If the orography does not fit lat and lon, or a latitude lies beyond a pole.
    DomainError
        If the seed is negative, a variable is unknown, or an epoch is missing.

    Examples
    --------
    >>> ds = simulate("2022-07-01", [47.5, 42.5], [7.5, 12.5], np.zeros((2, 2)), seed=1)
    >>> ds.zwd.sizes["time"], bool((ds.zhd > 2.2).all()), ds.attrs["source"][:9]
    (1, True, 'simulated')
    """
    epochs = np.atleast_1d(np.asarray(time, dtype="datetime64[ns]"))
    axes = np.asarray(lat, float), np.asarray(lon, float)
    height = np.asarray(orography, float)
    _check(epochs, *axes, height, seed, variables)
    times = xr.DataArray(epochs, dims="time", coords={"time": epochs}, name="time")
    fields = _Fields(seed, *axes, height, variables, floor)
    options: dict[str, Any] = {
        "output_core_dims": [["lat", "lon"]] * len(variables),
        "output_dtypes": [np.float32] * len(variables),
        "dask": "parallelized",
        "dask_gufunc_kwargs": {"output_sizes": {"lat": axes[0].size, "lon": axes[1].size}},
    }
    # An index coordinate cannot be a dask array, so its values travel as a plain one.
    values = times.drop_vars("time")
    result = xr.apply_ufunc(fields, values.chunk(time=chunks) if chunks else values, **options)
    result = result if len(variables) > 1 else (result,)
    out = xr.Dataset(
        {
            name: part.assign_attrs(VARIABLES[name])
            for name, part in zip(variables, result, strict=True)
        },
        coords={
            "time": epochs,
            "lat": ("lat", axes[0], {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", axes[1], {"units": "degrees_east", "standard_name": "longitude"}),
            "orography": (("lat", "lon"), height, _OROGRAPHY),
        },
        attrs={
            "title": "Simulated zenith delays",
            "source": SOURCE,
            "comment": f"All delays are simulated (tropdsx.simulate, seed {seed}): made for "
            "samples, tests and training, of no use as corrections.",
        },
    )
    return out.transpose("time", "lat", "lon")


_OROGRAPHY = {
    "units": "m",
    "long_name": "height of the terrain above the WGS84 ellipsoid",
    "standard_name": "height_above_reference_ellipsoid",
}


def _check(
    epochs: NDArray, lat: Array, lon: Array, height: Array, seed: int, variables: tuple[str, ...]
) -> None:
    if height.shape != (lat.size, lon.size):
        msg = (
            f"the orography has shape {height.shape} where lat and lon need "
            f"({lat.size}, {lon.size}); give heights on these nodes"
        )
        raise GridError(msg)
    if np.abs(lat).max(initial=0.0) > 90.0:
        msg = f"latitudes reach {lat.min():g} to {lat.max():g}; accepted are -90 to 90 degrees"
        raise GridError(msg)
    if seed < 0 or not set(variables) <= set(VARIABLES) or not variables:
        msg = (
            f"seed {seed} and variables {variables} found; accepted are a seed of 0 or more and "
            f"variables of {tuple(VARIABLES)}"
        )
        raise DomainError(msg)
    if np.isnat(epochs).any():
        msg = "an epoch is missing (NaT); give dates for all"
        raise DomainError(msg)


class _Fields:
    """Delays of a block of epochs: a function of the epochs that can travel to a worker."""

    def __init__(
        self,
        seed: int,
        lat: Array,
        lon: Array,
        height: Array,
        variables: tuple[str, ...],
        floor: float,
    ) -> None:
        self.seed, self.variables, self.floor = seed, variables, floor
        self.shape = height.shape
        self.lat = np.repeat(lat, lon.size)
        self.lon = np.tile(lon, lat.size)
        self.height = height.ravel()

    def __call__(self, time: NDArray[np.datetime64]) -> tuple[NDArray, ...] | NDArray:
        """Fields of shape (N, lat, lon)."""
        weather = Weather(self.seed)
        # GPT of 2007 knows the geoid to degree 9: the sea is where its surface is.
        geoid = gpt(np.datetime64("2000-01-01"), self.lat, self.lon, 0.0).geoid_undulation
        sea_level = np.asarray(geoid, float)
        epochs = np.atleast_1d(time)
        out = {name: np.empty((epochs.size, self.lat.size), np.float32) for name in self.variables}
        for number, epoch in enumerate(epochs):
            for start in range(0, self.lat.size, BLOCK_POINTS):
                block = slice(start, start + BLOCK_POINTS)
                for name, values in self._epoch(weather, epoch, sea_level, block).items():
                    if name in out:
                        out[name][number, block] = values
        fields = tuple(values.reshape(-1, *self.shape) for values in out.values())
        return fields if len(fields) > 1 else fields[0]

    def _epoch(
        self, weather: Weather, time: np.datetime64, sea_level: Array, block: slice
    ) -> dict[str, Array]:
        lat, lon, height, sea = (f[block] for f in (self.lat, self.lon, self.height, sea_level))
        day = float(doy(time))
        hours = float((time - np.datetime64("1970-01-01")) / np.timedelta64(1, "h"))
        state = weather.at(hours, lat, lon)
        wet = _wet_delay(day, state, lat)
        warmth = climate.temperature(day, state.lat, state.lon)
        warmth = warmth + TEMPERATURE_SPREAD * state.temperature
        mean, spread = climate.sea_level_pressure(day, lat)
        pressure = mean + thermal_tide(hours % 24.0, lat, lon) + spread * state.pressure
        virtual = warmth * (1 + VIRTUAL_INCREMENT * ABSOLUTE_HUMIDITY * wet / pressure)
        zhd = lift_zhd(
            saastamoinen_zhd(pressure, lat, sea),
            lat,
            sea,
            height,
            virtual - STANDARD_LAPSE_RATE * sea,
        )
        depth = climate.scale_height(lat, lon)
        depth = depth * np.exp(SCALE_HEIGHT_SPREAD * state.scale_height)
        # A power of the pressure that has this scale height at the ellipsoid.
        cooling = np.log1p(-STANDARD_LAPSE_RATE * height / virtual)
        zwd = wet * np.exp(cooling * virtual / (STANDARD_LAPSE_RATE * depth))
        return {
            "zhd": zhd,
            "zwd": np.maximum(zwd, self.floor),
            "temperature": warmth - STANDARD_LAPSE_RATE * height,
        }


def _wet_delay(day: float, state: WeatherState, lat: Array) -> Array:
    """Wet delay at the ellipsoid: log-normal about the mean of where the air came from [m]."""
    logarithm = np.log(climate.mean_wet_delay(day, state.lat, state.lon))
    for band, anomaly in enumerate(state.bands):
        amplitude = climate.band_amplitude(day, lat, band)
        logarithm += amplitude * anomaly - 0.5 * amplitude**2
    wet = np.exp(logarithm)
    # Rain limits the moistest columns: a smooth ceiling that leaves dry ones as they are.
    return np.asarray(wet * (1 + (wet / WETTEST) ** 6) ** (-1 / 6))


def thermal_tide(hour: float, lat: Array, lon: Array) -> Array:
    """Semidiurnal tide S2 of the pressure.

    Parameters
    ----------
    hour : float
        Hour of the day, UTC [h].
    lat, lon : ndarray
        Points [deg].

    Returns
    -------
    ndarray
        Departure from the mean of the day [hPa].

    Examples
    --------
    >>> thermal_tide(10.0, np.array([0.0, 60.0]), np.zeros(2)).round(3).tolist()
    [1.149, 0.144]
    """
    local = np.deg2rad(15.0 * hour + lon)
    return THERMAL_TIDE * np.cos(np.deg2rad(lat)) ** 3 * np.sin(2 * local + np.deg2rad(158.0))
