"""Water vapour: from wet delay to precipitable water, and between humidity measures."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats
from tropdsx.atmos.constants import (
    DRY_MOLAR_MASS,
    EPSILON_IFS,
    GAS_CONSTANT,
    VIRTUAL_INCREMENT,
    WATER_DENSITY,
    WATER_MOLAR_MASS,
    ZERO_CELSIUS,
)
from tropdsx.atmos.refractivity import RefractivityCoefficients, refractivity_coefficients
from tropdsx.errors import DomainError

# Magnus over water and over ice: pressure at 0 degC [hPa], slope [1], offset [K]; WMO (2018).
_MAGNUS = {"water": (6.112, 17.62, 243.12), "ice": (6.112, 22.46, 272.62)}


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


def pwv_factor(
    mean_temperature: ArrayLike, coefficients: str | RefractivityCoefficients = "rueger"
) -> FloatArray:
    """Dimensionless ratio of precipitable water to wet delay.

    PI = 1e6 Mw / (rho R (k2' / 100 + k3 / 100 / Tm)), k2' = k2 - k1 Mw / Md; "rueger" has
    k1 = 77.689, k2 = 71.2952 K hPa-1, k3 = 375463 K2 hPa-1, "bevis" 77.60, 70.4 and 373900.

    Parameters
    ----------
    mean_temperature : array_like
        Mean temperature of the water vapour, any shape [K].
    coefficients : {"bevis", "rueger", "thayer"} or RefractivityCoefficients, optional
        Of refractivity: those that the wet delay was, or is to be, made with.

    Returns
    -------
    ndarray
        The factor, about 0.15 [1]; its inverse is about 6.4 mm of delay for each kg m-2 of water,
        7.7 in the coldest air and 5.8 in the hottest.

    Raises
    ------
    DomainError
        If `coefficients` is another word.

    Notes
    -----
    Bevis et al. (1994), doi:10.1175/1520-0450(1994)033<0379:GMZWDO>2.0.CO;2, who use the
    constants "bevis"; the others make it 0.5 % (Rueger 2002) or 0.6 % (Thayer 1974) less.

    Examples
    --------
    >>> round(float(pwv_factor(280.0)), 6)
    0.158876
    """
    (tm,) = as_floats(mean_temperature)
    k = refractivity_coefficients(coefficients)
    k2_prime = k.k2 - k.k1 * WATER_MOLAR_MASS / DRY_MOLAR_MASS
    per_pascal = (k2_prime + k.k3 / tm) / 100  # the k are per hPa, the gas law is in Pa
    return 1e6 * WATER_MOLAR_MASS / (WATER_DENSITY * GAS_CONSTANT * per_pascal)


def zwd_to_pwv(
    zwd: ArrayLike,
    mean_temperature: ArrayLike,
    coefficients: str | RefractivityCoefficients = "rueger",
) -> FloatArray:
    """Precipitable water from the zenith wet delay.

    pwv [mm] = 1000 PI(Tm) zwd [m], see `pwv_factor`.

    Parameters
    ----------
    zwd : array_like
        Zenith wet delay, any shape [m].
    mean_temperature, coefficients
        As for `pwv_factor`, which raises the same error; broadcast [K].

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
    return 1000 * zwd * pwv_factor(tm, coefficients)


def pwv_to_zwd(
    pwv: ArrayLike,
    mean_temperature: ArrayLike,
    coefficients: str | RefractivityCoefficients = "rueger",
) -> FloatArray:
    """Zenith wet delay from precipitable water: the inverse of `zwd_to_pwv`.

    zwd [m] = pwv [mm] / (1000 PI(Tm)).

    Parameters
    ----------
    pwv : array_like
        Precipitable water, height of the liquid column, any shape [mm].
    mean_temperature, coefficients
        As for `pwv_factor`, which raises the same error; broadcast [K].

    Returns
    -------
    ndarray
        The delay that `zwd_to_pwv` makes this water of [m].

    Notes
    -----
    See `zwd_to_pwv` for source and validity.

    Examples
    --------
    >>> round(float(pwv_to_zwd(23.636282716623317, 277.668)), 9)
    0.15
    >>> round(1000 * float(pwv_to_zwd(1.0, 277.668, "bevis")), 2)  # for each mm of water
    6.32
    """
    pwv, tm = as_floats(pwv, mean_temperature)
    return pwv / (1000 * pwv_factor(tm, coefficients))


def vapour_pressure(
    specific_humidity: ArrayLike, pressure: ArrayLike, *, epsilon: float = EPSILON_IFS
) -> FloatArray:
    """Water vapour pressure of air of known specific humidity.

    e = q p / (eps + (1 - eps) q), eps = 0.621981.

    Parameters
    ----------
    specific_humidity : array_like
        Mass of vapour per mass of moist air, any shape [kg kg-1].
    pressure : array_like
        Total air pressure, broadcast [hPa].
    epsilon : float, optional
        Molar mass of water vapour over that of dry air: that of the IFS, or `EPSILON` [1].

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
    return q * p / (epsilon + (1 - epsilon) * q)


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
    water_vapour_pressure, pressure : array_like
        As for `virtual_temperature`, broadcast [hPa].

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
