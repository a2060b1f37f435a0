"""Delays of laser light (satellite laser ranging), which water vapour hardly slows down."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_elevation, check_latitude
from tropdsx.atmos.constants import DAVIS_HEIGHT_TERM, ZERO_CELSIUS
from tropdsx.atmos.mapping.continued_fraction import continued_fraction
from tropdsx.atmos.records import ZenithDelays

_CO2_PPM = 375.0  # the content for which the IERS Conventions evaluate the model

# The IERS routine FCULZD_HPA writes 0.00266 (eq. 24) and 3.759 (eq. 38) as single-precision
# literals. Its printed results, good to 1e-14 m, contain them, so they are kept: 2e-10 m.
_LATITUDE_TERM = 0.0026599999982863665
_WET_TERM = 3.759000062942505


def mendes_pavlis_zenith(
    pressure: ArrayLike,
    water_vapour_pressure: ArrayLike,
    lat: ArrayLike,
    height: ArrayLike,
    wavelength: ArrayLike = 0.532,
) -> ZenithDelays:
    """Zenith delays at optical wavelengths.

    zhd = 0.002416579 fh p / f (eq. 26); zwd = 1e-4 (5.316 fnh - 3.759 fh) e / f (eq. 38), where fh
    (eq. 20) and fnh (eq. 32) are the dispersion at the wavelength and f = 1 - 0.00266 cos(2 lat)
    - 0.28e-6 height (eq. 24).

    Parameters
    ----------
    pressure, water_vapour_pressure : array_like
        Total air pressure and water vapour pressure at the station, broadcast [hPa].
    lat, height : array_like
        Geodetic latitude [deg] and ellipsoidal height [m], broadcast.
    wavelength : array_like, optional
        Laser wavelength, broadcast; 0.532 is doubled Nd:YAG [um].

    Returns
    -------
    ZenithDelays
        `zhd`, `zwd` (non-hydrostatic), `ztd` [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Mendes and Pavlis (2004), doi:10.1029/2004GL020308; IERS Conventions (2010), eq. 9.4-9.10.
    Valid for 0.355 to 1.064 um, sub-millimetre; CO2 content 375 ppm.

    Examples
    --------
    >>> delays = mendes_pavlis_zenith(798.4188, 14.322, 30.67166667, 2003.344, 0.532)
    >>> round(float(delays.ztd), 8)
    1.93522592
    """
    p, e, lat, h, wavelength = as_floats(pressure, water_vapour_pressure, lat, height, wavelength)
    check_latitude(lat)
    wave_number_squared = (1 / wavelength) ** 2
    fh = _hydrostatic_dispersion(wave_number_squared)
    fnh = _non_hydrostatic_dispersion(wave_number_squared)
    f = 1 - _LATITUDE_TERM * np.cos(2 * np.deg2rad(lat)) - DAVIS_HEIGHT_TERM * h
    zhd = 2.416579e-3 * fh * p / f
    zwd = 1e-4 * (5.316 * fnh - _WET_TERM * fh) * e / f
    return ZenithDelays(zhd, zwd, zhd + zwd)


def mendes_pavlis_mapping(
    elevation: ArrayLike, temperature: ArrayLike, lat: ArrayLike, height: ArrayLike
) -> FloatArray:
    """Map the total optical delay to a slant with FCULa.

    A continued fraction whose a, b, c are linear in temperature, cos(lat) and height.

    Parameters
    ----------
    elevation : array_like
        Elevation angle, any shape [deg].
    temperature : array_like
        Temperature at the station, broadcast [K].
    lat, height : array_like
        Geodetic latitude [deg] and height above sea level [m], broadcast.

    Returns
    -------
    ndarray
        Mapping function of the total delay [1].

    Raises
    ------
    DomainError
        For elevations outside (0, 90] and latitudes outside [-90, 90].

    Notes
    -----
    Mendes et al. (2002), doi:10.1029/2001GL014394; IERS Conventions (2010), eq. 9.17 and table
    9.1. Valid above 3 deg.

    Examples
    --------
    >>> round(float(mendes_pavlis_mapping(15.0, 300.15, 30.67166667, 2075.0)), 9)
    3.800243667
    """
    elevation, temperature, lat, h = as_floats(elevation, temperature, lat, height)
    check_elevation(elevation)
    check_latitude(lat)
    t = temperature - ZERO_CELSIUS
    cosine = np.cos(np.deg2rad(lat))
    a = 12100.8e-7 + 1729.5e-9 * t + 319.1e-7 * cosine - 1847.8e-11 * h
    b = 30496.5e-7 + 234.6e-8 * t - 103.5e-6 * cosine - 185.6e-10 * h
    c = 6877.7e-5 + 197.2e-7 * t - 345.8e-5 * cosine + 106.0e-9 * h
    return continued_fraction(a, b, c, np.sin(np.deg2rad(elevation)))


def _hydrostatic_dispersion(wave_number_squared: FloatArray) -> FloatArray:
    # Eq. 20 with k0..k3 in um-2, and the CO2 factor of eq. 21.
    k0, k1, k2, k3 = 238.0185, 19990.975, 57.362, 579.55174
    s2 = wave_number_squared
    co2 = 1 + 0.534e-6 * (_CO2_PPM - 450)
    return 0.01 * co2 * (k1 * (k0 + s2) / (k0 - s2) ** 2 + k3 * (k2 + s2) / (k2 - s2) ** 2)


def _non_hydrostatic_dispersion(wave_number_squared: FloatArray) -> FloatArray:
    # Eq. 32 with w0..w3 in um^2n.
    w0, w1, w2, w3 = 295.235, 2.6422, -0.032380, 0.004028
    s2 = wave_number_squared
    return 0.003101 * (w0 + 3 * w1 * s2 + 5 * w2 * s2**2 + 7 * w3 * s2**3)
