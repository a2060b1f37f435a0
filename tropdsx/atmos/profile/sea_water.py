"""Sea water: the depth of a pressure, and the temperature that water would have elsewhere.

Fofonoff and Millard (1983), Algorithms for computation of fundamental properties of seawater,
Unesco Technical Papers in Marine Science 44. Down to 1000 dbar depths agree with TEOS-10 to a
millimetre, potential temperatures to 0.0005 degC.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import FloatArray, as_floats, check_latitude

__all__ = ["adiabatic_lapse_rate", "depth_of_pressure", "potential_temperature"]


def depth_of_pressure(pressure: ArrayLike, lat: ArrayLike) -> FloatArray:
    """Depth of a pressure in an ocean of 0 degC and a salinity of 35.

    Parameters
    ----------
    pressure : array_like
        Pressure of the sea, that of the air taken away, any shape [dbar].
    lat : array_like
        Geodetic latitude, broadcast against `pressure` [deg].

    Returns
    -------
    ndarray
        Depth below the surface, positive down [m].

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Saunders and Fofonoff (1976), Deep-Sea Research 23, 109-111, as equation 25 of Unesco 44.
    Real temperatures add up to 20 m at 5000 dbar.

    Examples
    --------
    >>> round(float(depth_of_pressure(10_000.0, 30.0)), 3)  # check value of Unesco 44
    9712.653
    """
    pressure, lat = as_floats(pressure, lat)
    check_latitude(lat)
    x = np.sin(np.radians(lat)) ** 2
    gravity = 9.780318 * (1.0 + (5.2788e-3 + 2.36e-5 * x) * x) + 1.092e-6 * pressure
    series = ((-1.82e-15 * pressure + 2.279e-10) * pressure - 2.2512e-5) * pressure + 9.72659
    return series * pressure / gravity


def adiabatic_lapse_rate(
    salinity: ArrayLike, temperature: ArrayLike, pressure: ArrayLike
) -> FloatArray:
    """Change of temperature with pressure when no heat is exchanged.

    Parameters
    ----------
    salinity : array_like
        Practical salinity [1].
    temperature : array_like
        In-situ temperature (IPTS-68, which differs from ITS-90 by a quarter per mille) [degC].
    pressure : array_like
        Pressure of the sea [dbar].

    Returns
    -------
    ndarray
        [K dbar-1]

    Notes
    -----
    Bryden (1973), Deep-Sea Research 20, 401-408, as in Unesco 44.

    Examples
    --------
    >>> f"{float(adiabatic_lapse_rate(40.0, 40.0, 10_000.0)):.6e}"  # check value of Unesco 44
    '3.255976e-04'
    """
    s, t, p = as_floats(salinity, temperature, pressure)
    s = s - 35.0
    second = (-2.1687e-16 * t + 1.8676e-14) * t - 4.6206e-13
    first = (2.7759e-12 * t - 1.1351e-10) * s
    first = first + ((-5.4481e-14 * t + 8.733e-12) * t - 6.7795e-10) * t + 1.8741e-8
    at_surface = (-4.2393e-8 * t + 1.8932e-6) * s
    at_surface = at_surface + ((6.6228e-10 * t - 6.836e-8) * t + 8.5258e-6) * t + 3.5803e-5
    return (second * p + first) * p + at_surface


def potential_temperature(
    salinity: ArrayLike, temperature: ArrayLike, pressure: ArrayLike, reference: float = 0.0
) -> FloatArray:
    """Temperature of water that is brought to another pressure without exchange of heat.

    Parameters
    ----------
    salinity : array_like
        Practical salinity [1].
    temperature : array_like
        In-situ temperature [degC].
    pressure : array_like
        Pressure of the sea [dbar].
    reference : float
        The other pressure: 0 is the surface [dbar].

    Returns
    -------
    ndarray
        [degC]

    Notes
    -----
    Fofonoff (1977), Deep-Sea Research 24, 489-491: one step of Runge-Kutta-Gill, as in Unesco 44.

    Examples
    --------
    >>> round(float(potential_temperature(40.0, 40.0, 10_000.0)), 5)  # check value of Unesco 44
    36.89073
    """
    s, t, p = as_floats(salinity, temperature, pressure)
    step, root = reference - p, np.sqrt(0.5)
    change = step * adiabatic_lapse_rate(s, t, p)
    t, q = t + 0.5 * change, change
    change = step * adiabatic_lapse_rate(s, t, p + 0.5 * step)
    t, q = t + (1.0 - root) * (change - q), (2.0 - 2.0 * root) * change + (3.0 * root - 2.0) * q
    change = step * adiabatic_lapse_rate(s, t, p + 0.5 * step)
    t, q = t + (1.0 + root) * (change - q), (2.0 + 2.0 * root) * change - (3.0 * root + 2.0) * q
    change = step * adiabatic_lapse_rate(s, t, reference)
    return t + (change - 2.0 * q) / 6.0
