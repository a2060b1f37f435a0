"""Precipitable water of labelled wet delays, and the mean temperature that it needs."""

from __future__ import annotations

from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import asset_path, find_asset
from tropdsx.atmos.gpt.gridded import gpt3
from tropdsx.atmos.refractivity import RefractivityCoefficients
from tropdsx.atmos.water_vapour import bevis_mean_temperature, zwd_to_pwv
from tropdsx.cf.positions import find_positions
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import delay_in_metres, in_unit
from tropdsx.cf.variables import find_delay, find_height, find_named
from tropdsx.errors import AssetError, GridError, UnitsError
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.fields.datum import lift_to_ellipsoid

__all__ = ["mean_temperature_of", "precipitable_water"]

#: Names of the temperature near the ground, in order of preference.
_SURFACE_TEMPERATURE = (*QUANTITIES["temperature"].aliases, "skt")
_COLDEST, _WARMEST = 180.0, 330.0
"""Mean temperatures of vapour [K]."""
_MEAN_TEMPERATURE = ("mean_temperature", "tm", "weighted_mean_temperature")


def precipitable_water(
    data: xr.Dataset | xr.DataArray,
    mean_temperature: float | str | xr.DataArray | None = None,
    *,
    grid: str | PathLike[str] | None = None,
    coefficients: str | RefractivityCoefficients = "rueger",
) -> xr.DataArray:
    """Precipitable water vapour from the zenith wet delay.

    pwv = 1000 PI(Tm) zwd (Bevis et al. 1994); see :func:`tropdsx.atmos.zwd_to_pwv`.

    Parameters
    ----------
    data : Dataset or DataArray
        Dataset with a zenith wet delay, or that delay itself; any shape, m, cm or mm by its
        ``units``. NumPy or dask.
    mean_temperature : float, DataArray, {"bevis", "gpt3"} or None
        Mean temperature of the vapour: a value [K], a DataArray (its ``units`` count), from the
        surface temperature in `data` by Bevis et al. (1992), or by GPT3. None takes the first at
        hand of: a variable ``mean_temperature``, Bevis, GPT3.
    grid : path-like, optional
        GPT3 coefficient grid; default: the asset gpt3_1, else gpt3_5.
    coefficients : {"rueger", "bevis", "thayer"} or RefractivityCoefficients, optional
        Of refractivity; "bevis" gives back the column that
        :func:`tropdsx.workflows.derive.zenith.zenith_delays` has made a wet delay of.

    Returns
    -------
    DataArray
        ``pwv`` as the wet delay lies, lazy where that is [kg m-2, which is mm of liquid water].

    Raises
    ------
    GridError
        If there is no wet delay, or nothing to have a mean temperature from.
    UnitsError
        If a unit does not fit, or a mean temperature is none; for dask arrays when they are
        computed.
    AssetError
        If GPT3 is asked for and its grid is not at hand.

    Examples
    --------
    >>> zwd = xr.DataArray([150.0], dims="site", name="zwd", attrs={"units": "mm"})
    >>> pwv = precipitable_water(zwd, 277.668)
    >>> round(float(pwv[0]), 4), pwv.attrs["units"]
    (23.6363, 'kg m-2')
    """
    if isinstance(data, xr.DataArray):
        zwd = delay_in_metres(data, "zwd")
    else:
        zwd = find_delay(data, "zwd")
    tm, source = mean_temperature_of(data, mean_temperature, grid=grid)
    formula = partial(_water_of, coefficients=coefficients)
    out = elementwise(formula, zwd, tm, dtype=zwd.dtype).rename("pwv")
    out.attrs = {
        "standard_name": QUANTITIES["pwv"].standard_names["kg m-2"],
        "long_name": "precipitable water vapour (1 kg m-2 is 1 mm of water)",
        "units": "kg m-2",
        "cell_methods": "area: point",
        "comment": f"from the zenith wet delay; mean temperature of the vapour: {source}",
    }
    return out.transpose(*zwd.dims, ...)


def _water_of(zwd: NDArray, tm: NDArray, coefficients: str | RefractivityCoefficients) -> NDArray:
    """Water of delays, once the temperatures are known to be none in degrees Celsius."""
    return zwd_to_pwv(zwd, _plausible(tm, "mean temperature"), coefficients)


def mean_temperature_of(
    data: xr.Dataset | xr.DataArray,
    given: float | str | xr.DataArray | None = None,
    *,
    grid: str | PathLike[str] | None = None,
) -> tuple[xr.DataArray | float, str]:
    """Mean temperature of the water vapour, and where it is from.

    Parameters
    ----------
    data : Dataset or DataArray
        What the temperatures, positions and heights are taken from.
    given, grid
        See :func:`precipitable_water`.

    Returns
    -------
    DataArray or float
        Mean temperature [K].
    str
        Its source, in words.

    Raises
    ------
    GridError, UnitsError, AssetError
        As in :func:`precipitable_water`.

    Examples
    --------
    >>> ds = xr.Dataset({"t2m": ("site", [288.15], {"units": "K"})})
    >>> tm, source = mean_temperature_of(ds)
    >>> tm.values.round(3).tolist(), source
    ([277.668], '70.2 K + 0.72 t2m (Bevis et al. 1992)')
    """
    if isinstance(given, xr.DataArray):
        return in_unit(given, "temperature"), "given"
    if given is not None and not isinstance(given, str):
        return _plausible(given), "given"
    ds = data.reset_coords() if isinstance(data, xr.DataArray) and data.name else data
    ds = ds.to_dataset(name="zwd") if isinstance(ds, xr.DataArray) else ds
    known = find_named(ds, _MEAN_TEMPERATURE) if given is None else None
    if known is not None:
        return in_unit(ds[known], "temperature"), f"variable {known}"
    surface = find_named(ds, _SURFACE_TEMPERATURE) if given in (None, "bevis") else None
    if surface is not None:
        warm = in_unit(ds[surface], "temperature")
        dtype = warm.dtype if warm.dtype.kind == "f" else np.dtype(np.float64)
        tm = elementwise(bevis_mean_temperature, warm, dtype=dtype)
        return tm, f"70.2 K + 0.72 {surface} (Bevis et al. 1992)"
    if given in (None, "gpt3"):
        return _by_gpt3(data, grid, asked=given is not None)
    accepted = "a number [K], a DataArray, 'bevis' with a surface temperature (t2m), or 'gpt3'"
    msg = f"mean_temperature={given!r} found and no surface temperature; accepted is {accepted}."
    raise GridError(msg)


def _plausible(value: Any, name: str = "mean_temperature") -> Any:
    wrong = (np.asarray(value) < _COLDEST) | (np.asarray(value) > _WARMEST)
    if np.any(wrong):
        first = np.asarray(value)[wrong].flat[0]
        msg = (
            f"{name} {first:g} K found; accepted are {_COLDEST:g} to {_WARMEST:g} K. Convert "
            "degrees Celsius, or give a DataArray (a variable) with units."
        )
        raise UnitsError(msg)
    return value


def _by_gpt3(
    data: xr.Dataset | xr.DataArray, grid: str | PathLike[str] | None, *, asked: bool
) -> tuple[xr.DataArray, str]:
    path = grid or find_asset("gpt3_1") or find_asset("gpt3_5")
    if path is None:
        if asked:
            asset_path("gpt3_5")  # says where to put it
        msg = (
            "no mean temperature at hand: accepted are mean_temperature= a number [K] or a "
            "DataArray, a surface temperature (t2m) in the Dataset, or the GPT3 grid (tropdsx "
            "assets fetch gpt3_5, or grid=path)."
        )
        raise AssetError(msg)
    where = find_positions(data)
    height = find_height(data)
    if where.time is None or height is None:
        lacking = "a time" if where.time is None else "heights (orography or height)"
        msg = f"GPT3 needs {lacking}, which the data lack; add it, or give mean_temperature=."
        raise GridError(msg)
    tm = elementwise(
        _gpt3_mean_temperature,
        where.time,
        where.lat,
        where.lon,
        lift_to_ellipsoid(height, where.lat, where.lon),
        kwargs={"grid": str(path)},
    )
    return tm, f"GPT3 ({str(path).rsplit('/', maxsplit=1)[-1]})"


def _gpt3_mean_temperature(
    time: NDArray, lat: NDArray, lon: NDArray, height: NDArray, *, grid: str
) -> Any:
    return gpt3(time, lat, lon, height, grid).mean_temperature
