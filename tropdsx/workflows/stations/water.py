"""Precipitable water of observed total delays, pressure and temperature: GNSS meteorology."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from tropdsx.atmos.constants import SAASTAMOINEN
from tropdsx.atmos.height import lift_pressure
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.atmos.water_vapour import bevis_mean_temperature, pwv_factor, zwd_to_pwv
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import GridError, InputError, warn
from tropdsx.read.series.opening import is_series, open_series
from tropdsx.read.series.rinex_met import open_rinex_met
from tropdsx.read.series.table import read_station_table
from tropdsx.system.workers import Progress
from tropdsx.workflows.evaluate.station_scores import at_times, match_stations
from tropdsx.workflows.stations.places import find_places
from tropdsx.workflows.stations.series import with_places
from tropdsx.write.provenance import make_provenance

__all__ = ["Errors", "station_water", "water_of_files"]

_HIGHEST = 0.03
"""Wet delays below zero by more than this come of a wrong height or pressure [m]."""
_FAR = 100.0
"""No barometer is so far above or below its antenna [m]."""


class Errors(NamedTuple):
    """Standard deviations of what precipitable water is made of.

    Attributes
    ----------
    ztd : float
        Of the total delay, where the series has none of its own [m].
    pressure : float
        Of the pressure [hPa].
    mean_temperature : float
        Of the mean temperature by Bevis' formula: the rms of its fit [K].
    """

    ztd: float = 0.004
    pressure: float = 0.5
    mean_temperature: float = 4.7


def station_water(
    ztd: xr.Dataset,
    weather: xr.Dataset,
    places: xr.Dataset,
    *,
    errors: Errors | None = None,
) -> xr.Dataset:
    """Precipitable water from total delays, pressure and temperature at stations.

    Parameters
    ----------
    ztd : Dataset
        ``ztd`` (time, station) [m], with ``ztd_sigma`` where it is known.
    weather : Dataset
        ``pressure`` [hPa] and ``temperature`` [K] (time, station); ``sensor_height`` [m,
        ellipsoidal] of the barometer, else that of the antenna.
    places : Dataset
        ``lat`` [deg], ``height`` [m, ellipsoidal] of the antennas on ``station``.
    errors : Errors, optional
        Standard deviations of the input.

    Returns
    -------
    Dataset
        At the epochs of `ztd` (weather is linear in time between): ``pwv`` and ``pwv_sigma`` [mm],
        ``zhd``, ``zwd``, ``ztd``, ``ztd_sigma`` [m], ``pressure`` at the antenna [hPa],
        ``mean_temperature`` [K]. Times are in the time system of `ztd`, which the attribute
        ``time_system`` names.

    Raises
    ------
    GridError
        If no station has a delay, weather and a place, or weather has no pressure or temperature.

    Notes
    -----
    ZHD by Saastamoinen (1972) from the pressure, moved from barometer to antenna; mean temperature
    by Bevis et al. (1992). ``pwv_sigma`` adds up ``PI sigma_ztd``, ``PI 2.28 mm/hPa sigma_p`` and
    ``pwv sigma_Tm / Tm``: 0.6, 0.2 and 0.4 mm of 25 mm for the default errors.

    Examples
    --------
    >>> time, names = [np.datetime64("2021-07-01", "ns")], ["WTZR"]
    >>> def series(value, units):
    ...     return xr.DataArray([[value]], {"time": time, "station": names}, ("time", "station"),
    ...                         attrs={"units": units})
    >>> ztd = series(2.30, "m").to_dataset(name="ztd")
    >>> air = xr.Dataset({"pressure": series(940.0, "hPa"), "temperature": series(290.0, "K")})
    >>> place = {"lat": ("station", [49.14]), "height": ("station", [666.0])}
    >>> found = station_water(ztd, air, xr.Dataset(place, {"station": names}))
    >>> found.pwv.values.round(1), found.pwv_sigma.values.round(1)
    (array([[25.4]]), array([[0.8]]))
    """
    errors = errors or Errors()
    lost = [name for name in ("pressure", "temperature") if name not in weather]
    if lost:
        msg = (
            f"the weather has no {' and no '.join(lost)}; accepted are both, as PR and TD of RINEX "
            "meteorological files"
        )
        raise GridError(msg)
    known = match_stations(ztd["ztd"], places["station"])["station"].to_numpy()
    air = match_stations(weather["pressure"], known)["station"].to_numpy()
    names = [name for name in known.tolist() if name in set(air.tolist())]
    if not names:
        msg = (
            "no station has a total delay, pressure and a place; check that names agree (delays "
            f"{_some(ztd)}; weather {_some(weather)}; places {_some(places)})"
        )
        raise GridError(msg)
    total = _renamed(ztd, places["station"].to_numpy()).sel(station=names)
    met = _renamed(weather, known).sel(station=names)
    where = places.sel(station=names)
    met = _at_own_times(met, total["time"].to_numpy())
    out = _water(total, met, where, errors)
    return _told(out)


def _some(ds: xr.Dataset) -> str:
    return ", ".join(map(str, ds["station"].to_numpy()[:3])) or "none"


def _renamed(ds: xr.Dataset, names: np.ndarray) -> xr.Dataset:
    """Give stations the names that the others have."""
    numbered = xr.DataArray(
        np.arange(ds.sizes["station"]), {"station": ds["station"].to_numpy()}, ("station",)
    )
    matched = match_stations(numbered, names)
    return ds.isel(station=matched.to_numpy()).assign_coords(station=matched["station"].to_numpy())


def _at_own_times(met: xr.Dataset, times: np.ndarray) -> xr.Dataset:
    """Interpolate each station between the epochs at which it has pressure and temperature."""
    air = met[["pressure", "temperature"]].compute()
    parts = []
    for number in range(air.sizes["station"]):
        own = air.isel(station=[number]).dropna("time")
        parts.append(at_times(own, times) if own.sizes["time"] else own.reindex(time=times))
    kept = {name: coord for name, coord in met.coords.items() if name != "time"}
    return xr.concat(parts, "station", coords="minimal", compat="override").assign_coords(kept)


def _water(total: xr.Dataset, met: xr.Dataset, where: xr.Dataset, errors: Errors) -> xr.Dataset:
    height, lat = where["height"].to_numpy(), where["lat"].to_numpy()
    sensor = _sensor_heights(met, where["station"].to_numpy(), height)
    temperature = met["temperature"].transpose("time", "station").to_numpy()
    observed = met["pressure"].transpose("time", "station").to_numpy()
    pressure = lift_pressure(observed, sensor, height, temperature)
    ztd = total["ztd"].transpose("time", "station").to_numpy()
    zhd = saastamoinen_zhd(pressure, lat, height)
    tm = bevis_mean_temperature(temperature)
    pwv = zwd_to_pwv(ztd - zhd, tm)
    sigma = np.full(ztd.shape, errors.ztd)
    if "ztd_sigma" in total:
        own = total["ztd_sigma"].transpose("time", "station").to_numpy()
        sigma = np.where(np.isfinite(own), own, sigma)
    factor = 1e3 * pwv_factor(tm)
    parts = (
        factor * sigma,
        factor * SAASTAMOINEN * errors.pressure,
        pwv * errors.mean_temperature / tm,
    )
    fields = {
        "pwv": (pwv, "mm", "precipitable water vapour"),
        "pwv_sigma": (np.sqrt(sum(part**2 for part in parts)), "mm", "its standard deviation"),
        "zhd": (zhd, "m", "zenith hydrostatic delay"),
        "zwd": (ztd - zhd, "m", "zenith wet delay"),
        "ztd": (ztd, "m", "zenith total delay"),
        "ztd_sigma": (sigma, "m", "standard deviation of the zenith total delay"),
        "pressure": (pressure, "hPa", "air pressure at the antenna"),
        "mean_temperature": (tm, "K", "mean temperature of the water vapour"),
    }
    out = xr.Dataset(
        {
            name: (("time", "station"), values, {"units": unit, "long_name": about})
            for name, (values, unit, about) in fields.items()
        },
        {"time": total["time"].to_numpy()},
    )
    if "time_system" in total.attrs:
        out.attrs["time_system"] = total.attrs["time_system"]
    return with_places(out, where)


def _sensor_heights(met: xr.Dataset, names: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Heights of the barometers, those of the antennas where they are not known [m]."""
    sensor = met["sensor_height"].to_numpy() if "sensor_height" in met else height
    sensor = np.where(np.isfinite(sensor), sensor, height)
    far = np.abs(sensor - height) > _FAR
    if far.any():
        first = int(np.argmax(far))
        warn(
            f"barometers of {int(far.sum())} stations are more than {_FAR:.0f} m above or below "
            f"their antennas ({names[first]}: at {sensor[first]:g} and {height[first]:g} m): "
            "SENSOR POS XYZ/H is to hold ellipsoidal heights, not those above the marker"
        )
    return sensor


def _told(out: xr.Dataset) -> xr.Dataset:
    wet = out["zwd"]
    wrong = ((wet < -_HIGHEST) | (wet > QUANTITIES["zwd"].high)).any("time")
    if bool(wrong.any()):
        names = ", ".join(map(str, out["station"].to_numpy()[wrong.to_numpy()][:5]))
        warn(
            f"wet delays of {int(wrong.sum())} stations are below {-1e3 * _HIGHEST:.0f} mm or "
            f"above {1e3 * QUANTITIES['zwd'].high:.0f} mm ({names}): check the heights of antenna "
            "and barometer, and whether the pressure is that of sea level"
        )
    lost = int(out["pwv"].isnull().sum())
    if lost:
        warn(
            f"{lost} of {out['pwv'].size} delays have no weather at their time, and no water vapour"
        )
    return out


def water_of_files(
    delays: str | Path,
    weather: str | Path | Sequence[str | Path],
    stations: str | Path | None = None,
    *,
    errors: Errors | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Precipitable water of files: total delays, RINEX meteorological data, and stations.

    Parameters
    ----------
    delays : str or Path
        Series, as :func:`tropdsx.open_series` takes them, or a table ``station,time,ztd_m``, with
        formal errors in a column such as ``sigma_m``.
    weather : str, Path or sequence of them
        RINEX meteorological files.
    stations : str or Path, optional
        Table or SINEX; default: the places that the delays come with.
    errors : Errors, optional
        See :func:`station_water`.
    progress : callable, optional
        Called with (files of weather read, files in all).

    Returns
    -------
    Dataset
        As from :func:`station_water`.

    Raises
    ------
    InputError
        If a file cannot be read, or nothing places the stations.
    """
    path = Path(delays)
    is_table = not is_series(path)
    ztd = read_station_table(path) if is_table else open_series(path)
    if stations is None and "height" not in ztd.coords:
        msg = (
            f"{path} does not say where its stations are; give a table or SINEX file of them: "
            "stations='FILE'"
        )
        raise InputError(msg)
    places = find_places(ztd if stations is None else stations)
    met = open_rinex_met(weather, progress=progress)
    found = station_water(ztd, met, places, errors=errors)
    files = [weather] if isinstance(weather, (str, Path)) else list(weather)
    inputs = [str(each) for each in (delays, *files, *([stations] if stations else []))]
    command = f"tropdsx pwv {' '.join(inputs)}"
    return found.assign_attrs(make_provenance(command, inputs=inputs))
