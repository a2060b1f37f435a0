"""Standard troposphere ties: the delay between two antennas at different heights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import as_floats
from tropdsx.atmos.constants import (
    DRY_GAS_CONSTANT_TIES,
    SAASTAMOINEN,
    STANDARD_GRAVITY,
    STANDARD_LAPSE_RATE,
)
from tropdsx.atmos.epoch import TimeLike
from tropdsx.atmos.gpt.coefficients import GridLike
from tropdsx.atmos.gpt.gridded import gpt3
from tropdsx.atmos.gpt.nodes import Polar
from tropdsx.atmos.records import ZenithDelays
from tropdsx.atmos.saastamoinen import davis_factor


def standard_ties(
    pressure: ArrayLike,
    temperature: ArrayLike,
    water_vapour_pressure: ArrayLike,
    lat: ArrayLike,
    height_reference: ArrayLike,
    height_rover: ArrayLike,
) -> ZenithDelays:
    """Zenith delay at the reference minus zenith delay at the rover.

    With dh = h_rover - h_reference, G = 0.0065 and f of `davis_factor` at the reference:
    p = p0 (1 - G dh / T0)^(g / (G R)); dzhd = 0.0022768 (p0 - p) / f;
    dzwd = 2.789 e0 / T0^2 (5383 / T0 - 0.7803) G dh.

    Parameters
    ----------
    pressure : array_like
        Pressure at the reference, any shape [hPa].
    temperature : array_like
        Temperature at the reference, broadcast [K].
    water_vapour_pressure : array_like
        Water vapour pressure at the reference, broadcast [hPa].
    lat : array_like
        Geodetic latitude of the reference, broadcast [deg].
    height_reference, height_rover : array_like
        Ellipsoidal heights, broadcast [m].

    Returns
    -------
    ZenithDelays
        Ties `zhd`, `zwd`, `ztd`: reference minus rover, positive when the rover is higher. Add the
        tie to a delay at the rover to get the delay at the reference [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Teke et al. (2011), eq. 1-3, doi:10.1007/s00190-010-0434-y, after Brunner and Rueger (1992,
    Bulletin Geodesique 66). For the height steps of a co-location site, below some 100 m.

    Examples
    --------
    >>> tie = standard_ties(1000.0, 288.15, 10.0, 48.0, 100.0, 110.0)
    >>> round(float(tie.zhd * 1000), 3), round(float(tie.zwd * 1000), 3)
    (2.697, 0.391)
    """
    p0, t0, e0, lat, h_ref, h_rover = as_floats(
        pressure, temperature, water_vapour_pressure, lat, height_reference, height_rover
    )
    dh = h_rover - h_ref
    exponent = STANDARD_GRAVITY / (STANDARD_LAPSE_RATE * DRY_GAS_CONSTANT_TIES)
    p = p0 * (1 - STANDARD_LAPSE_RATE * dh / t0) ** exponent
    zhd = SAASTAMOINEN * (p0 - p) / davis_factor(lat, h_ref)
    zwd = 2.789 * e0 / t0**2 * (5383 / t0 - 0.7803) * STANDARD_LAPSE_RATE * dh
    return ZenithDelays(zhd, zwd, zhd + zwd)


def standard_ties_gpt3(
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    height_reference: ArrayLike,
    height_rover: ArrayLike,
    grid: GridLike,
    seasonal: bool = True,
    *,
    polar: Polar = "official",
) -> ZenithDelays:
    """Evaluate standard ties with pressure, temperature and humidity of GPT3 at the reference.

    `standard_ties` of what `gpt3` says at the reference.

    Parameters
    ----------
    height_reference, height_rover : array_like
        Ellipsoidal heights, broadcast [m].
    time, lat, lon, grid, seasonal, polar
        Epoch, place of the reference and model, as for `gpt3`, which raises the same errors.

    Returns
    -------
    ZenithDelays
        As of `standard_ties` [m].

    Examples
    --------
    >>> tie = standard_ties_gpt3(
    ...     "2012-08-02", 48.2, 16.37, 156.0, 166.0, "gpt3_5.grd"
    ... )  # doctest: +SKIP
    """
    v = gpt3(time, lat, lon, height_reference, grid, seasonal, polar)
    vapour = np.nan if v.water_vapour_pressure is None else v.water_vapour_pressure
    return standard_ties(v.pressure, v.temperature, vapour, lat, height_reference, height_rover)
