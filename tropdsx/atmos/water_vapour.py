"""Water vapour: from wet delay to precipitable water, and between humidity measures."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats
from tropdsx.atmos.constants import VIRTUAL_INCREMENT, ZERO_CELSIUS
from tropdsx.errors import DomainError

# The best averages of Rueger (2002) and the constants that go with them here: k1, k2 [K hPa-1],
# k3 [K2 hPa-1], molar masses [kg mol-1], gas constant [J mol-1 K-1], water density [kg m-3].
_K1, _K2, _K3 = 77.689, 71.2952, 375463.0
_MASS_WATER, _MASS_DRY = 18.016e-3, 28.965e-3
_GAS_CONSTANT, _WATER_DENSITY = 8.3143, 999.97

# Magnus over water and over ice: pressure at 0 degC [hPa], slope [1], offset [K]; WMO (2018).
_MAGNUS = {"water": (6.112, 17.62, 243.12), "ice": (6.112, 22.46, 272.62)}
_EPSILON = 0.621981  # ratio of the molar masses of water vapour and dry air, as in the IFS


def bevis_mean_temperature(surface_temperature: ArrayLike) -> FloatArray:
    """Mean temperature of the water vapour from the temperature at the ground.

    Tm = 70.2 + 0.72 Ts.

    Parameters
    ----------
    surface_temperature : array_like
        Temperature at the ground, any shape [K].

    Returns
    -------
    ndarray
        Mean temperature, weighted with the vapour pressure [K].

    Notes
    -----
    Bevis et al. (1992), eq. 27, doi:10.1029/92JD01517; fitted to radiosondes of the United States
    (27 to 65 N), rms 4.7 K.

    Examples
    --------
    >>> round(float(bevis_mean_temperature(288.15)), 3)
    277.668
    """
    (surface,) = as_floats(surface_temperature)
    return 70.2 + 0.72 * surface


def pwv_factor(mean_temperature: ArrayLike) -> FloatArray:
    """Dimensionless ratio of precipitable water to wet delay.

    PI = 1e6 Mw / (rho R (k2' / 100 + k3 / 100 / Tm)), k2' = k2 - k1 Mw / Md, with
    k1 = 77.689, k2 = 71.2952 K hPa-1, k3 = 375463 K2 hPa-1.

    Parameters
    ----------
    mean_temperature : array_like
        Mean temperature of the water vapour, any shape [K].

    Returns
    -------
    ndarray
        The factor, about 0.15 [1].

    Notes
    -----
    Bevis et al. (1994), doi:10.1175/1520-0450(1994)033<0379:GMZWDO>2.0.CO;2, with the
    refractivity constants of Rueger (2002).

    Examples
    --------
    >>> round(float(pwv_factor(280.0)), 6)
    0.158876
    """
    (tm,) = as_floats(mean_temperature)
    k2_prime = _K2 - _K1 * _MASS_WATER / _MASS_DRY
    per_pascal = (k2_prime + _K3 / tm) / 100  # the k are per hPa, the gas law is in Pa
    return 1e6 * _MASS_WATER / (_WATER_DENSITY * _GAS_CONSTANT * per_pascal)


def zwd_to_pwv(zwd: ArrayLike, mean_temperature: ArrayLike) -> FloatArray:
    """Precipitable water from the zenith wet delay.

    pwv [mm] = 1000 PI(Tm) zwd [m], see `pwv_factor`.

    Parameters
    ----------
    zwd : array_like
        Zenith wet delay, any shape [m].
    mean_temperature : array_like
        Mean temperature of the water vapour, broadcast [K].

    Returns
    -------
    ndarray
        Precipitable water, height of the liquid column [mm].

    Notes
    -----
    Bevis et al. (1992), doi:10.1029/92JD01517. A mean temperature wrong by 1 % makes the result
    wrong by 1 %.

    Examples
    --------
    >>> round(float(zwd_to_pwv(0.15, 277.668)), 4)
    23.6363
    """
    zwd, tm = as_floats(zwd, mean_temperature)
    return 1000 * zwd * pwv_factor(tm)


def pwv_to_zwd(pwv: ArrayLike, mean_temperature: ArrayLike) -> FloatArray:
    """Zenith wet delay from precipitable water: the inverse of `zwd_to_pwv`.

    zwd [m] = pwv [mm] / (1000 PI(Tm)).

    Parameters
    ----------
    pwv : array_like
        Precipitable water, height of the liquid column, any shape [mm].
    mean_temperature : array_like
        Mean temperature of the water vapour, broadcast [K].

    Returns
    -------
    ndarray
        Zenith wet delay [m].

    Notes
    -----
    See `zwd_to_pwv` for source and validity.

    Examples
    --------
    >>> round(float(pwv_to_zwd(23.636282716623317, 277.668)), 9)
    0.15
    """
    pwv, tm = as_floats(pwv, mean_temperature)
    return pwv / (1000 * pwv_factor(tm))


def vapour_pressure(specific_humidity: ArrayLike, pressure: ArrayLike) -> FloatArray:
    """Water vapour pressure of air of known specific humidity.

    e = q p / (eps + (1 - eps) q), eps = 0.621981.

    Parameters
    ----------
    specific_humidity : array_like
        Mass of vapour per mass of moist air, any shape [kg kg-1].
    pressure : array_like
        Total air pressure, broadcast [hPa].

    Returns
    -------
    ndarray
        Water vapour pressure [hPa].

    Notes
    -----
    Definition of specific humidity and Dalton's law.

    Examples
    --------
    >>> round(float(vapour_pressure(0.01, 1000.0)), 3)
    15.981
    """
    q, p = as_floats(specific_humidity, pressure)
    return q * p / (_EPSILON + (1 - _EPSILON) * q)


def saturation_vapour_pressure(
    temperature: ArrayLike, phase: Literal["water", "ice"] = "water"
) -> FloatArray:
    """Vapour pressure at saturation; at the dew point it is the actual vapour pressure.

    e = 6.112 exp(17.62 t / (243.12 + t)) over water, 6.112 exp(22.46 t / (272.62 + t)) over ice,
    with t in degC.

    Parameters
    ----------
    temperature : array_like
        Temperature, or dew point, any shape [K].
    phase : {"water", "ice"}, optional
        The surface with which the vapour is in equilibrium.

    Returns
    -------
    ndarray
        Saturation vapour pressure [hPa].

    Raises
    ------
    DomainError
        If `phase` is another word.

    Notes
    -----
    Magnus form of WMO-No. 8 (2018), annex 4.B; 0.6 % from -45 to 60 degC over water.

    Examples
    --------
    >>> round(float(saturation_vapour_pressure(293.15)), 2)
    23.33
    """
    if phase not in _MAGNUS:
        msg = f"phase={phase!r} found; accepted are 'water' and 'ice'."
        raise DomainError(msg)
    (temperature,) = as_floats(temperature)
    at_zero, slope, offset = _MAGNUS[phase]
    celsius = temperature - ZERO_CELSIUS
    return at_zero * np.exp(slope * celsius / (offset + celsius))


def virtual_temperature(
    temperature: ArrayLike, water_vapour_pressure: ArrayLike, pressure: ArrayLike
) -> FloatArray:
    """Temperature at which dry air of the same pressure is as light as the moist air.

    Tv = T / (1 - 0.378 e / p).

    Parameters
    ----------
    temperature : array_like
        Temperature, any shape [K].
    water_vapour_pressure : array_like
        Water vapour pressure, broadcast [hPa].
    pressure : array_like
        Total air pressure, broadcast [hPa].

    Returns
    -------
    ndarray
        Virtual temperature [K].

    Notes
    -----
    Dalton's law with molar masses in the ratio 0.622, e.g. Wallace and Hobbs (2006), eq. 3.16.

    Examples
    --------
    >>> round(float(virtual_temperature(288.15, 10.0, 1000.0)), 3)
    289.243
    """
    t, e, p = as_floats(temperature, water_vapour_pressure, pressure)
    return t / (1.0 - VIRTUAL_INCREMENT * e / p)


def virtual_factor(water_vapour_pressure: ArrayLike, pressure: ArrayLike) -> FloatArray:
    """Virtual temperature over temperature, to first order in the vapour pressure.

    Tv / T = 1 + 0.378 e / p: what `virtual_temperature` gives, but for 1e-4 of it.

    Parameters
    ----------
    water_vapour_pressure : array_like
        Water vapour pressure, any shape [hPa].
    pressure : array_like
        Total air pressure, broadcast [hPa].

    Returns
    -------
    ndarray
        The factor [1].

    Examples
    --------
    >>> round(float(virtual_factor(10.0, 1000.0)), 5)
    1.00378
    """
    e, p = as_floats(water_vapour_pressure, pressure)
    return 1.0 + VIRTUAL_INCREMENT * e / p
