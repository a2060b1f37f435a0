"""What the mapping functions share: the continued fraction, its height correction, b and c."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from tropdsx.atmos.arrays import FloatArray, check_elevation
from tropdsx.atmos.constants import RADIAN
from tropdsx.atmos.epoch import NIELL_ORIGIN, TimeLike, days_since
from tropdsx.atmos.records import Mapping

Coefficients: TypeAlias = Sequence[FloatArray | float]
"""a, b, c of a continued fraction [1]."""

# VMF1 and GMF: hydrostatic b; wet b and c, those of Niell (1996) at 45 deg.
_VMF1_BH, _VMF1_BW, _VMF1_CW = 0.0029, 0.00146, 0.04391


def continued_fraction(
    a: FloatArray | float, b: FloatArray | float, c: FloatArray | float, sine: FloatArray
) -> FloatArray:
    """Marini's continued fraction, normalised to 1 at the zenith.

    Parameters
    ----------
    a, b, c : array_like
        Coefficients, broadcast [1].
    sine : ndarray
        Sine of the elevation [1].

    Returns
    -------
    ndarray
        (1 + a/(1 + b/(1 + c))) / (s + a/(s + b/(s + c))) [1].

    Notes
    -----
    Marini (1972), doi:10.1029/RS007i002p00223; Herring's normalisation.

    Examples
    --------
    >>> import numpy as np
    >>> float(continued_fraction(0.0013, 0.0029, 0.062, np.float64(1.0)))
    1.0
    """
    return (1 + a / (1 + b / (1 + c))) / (sine + a / (sine + b / (sine + c)))


def height_correction(sine: FloatArray, height: FloatArray) -> FloatArray:
    """Increase of a hydrostatic mapping function from sea level to a height.

    Parameters
    ----------
    sine : ndarray
        Sine of the elevation [1].
    height : ndarray
        Height of the station, broadcast [m].

    Returns
    -------
    ndarray
        (1/s - mf(2.53e-5, 5.49e-3, 1.14e-3, s)) height / 1000 [1].

    Notes
    -----
    Niell (1996), eq. 6, doi:10.1029/95JB03048.

    Examples
    --------
    >>> import numpy as np
    >>> float(height_correction(np.float64(1.0), np.float64(1000.0)))
    0.0
    """
    return (1 / sine - continued_fraction(2.53e-5, 5.49e-3, 1.14e-3, sine)) * (height / 1000)


def map_delays(
    hydrostatic: Coefficients, wet: Coefficients, sine: FloatArray, height: FloatArray | None = None
) -> Mapping:
    """Hydrostatic and wet mapping function from their coefficients.

    Parameters
    ----------
    hydrostatic, wet : sequence of array_like
        Their coefficients a, b, c, broadcast [1].
    sine : ndarray
        Sine of the elevation, see `elevation_sine` [1].
    height : ndarray, optional
        Height of the station, broadcast; adds `height_correction` [m].

    Returns
    -------
    Mapping
        `mfh`, `mfw` [1].

    Examples
    --------
    >>> import numpy as np
    >>> mapping = map_delays((0.0013, 0.0029, 0.062), (0.0006, 0.0015, 0.044), np.float64(0.5))
    >>> round(float(mapping.mfh), 4), round(float(mapping.mfw), 4)
    (1.9923, 1.9964)
    """
    (ah, bh, ch), (aw, bw, cw) = hydrostatic, wet
    mfh = continued_fraction(ah, bh, ch, sine)
    if height is not None:
        mfh = mfh + height_correction(sine, height)
    return Mapping(mfh, continued_fraction(aw, bw, cw, sine))


def elevation_sine(elevation: FloatArray) -> FloatArray:
    """Sine of an elevation angle.

    Parameters
    ----------
    elevation : ndarray
        Elevation angle, any shape [deg].

    Returns
    -------
    ndarray
        The sine [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90].

    Examples
    --------
    >>> import numpy as np
    >>> round(float(elevation_sine(np.array(30.0))), 6)
    0.5
    """
    check_elevation(elevation)
    return np.sin(elevation * RADIAN)


def vmf1_coefficients(
    ah: FloatArray, aw: FloatArray, time: TimeLike, lat: FloatArray
) -> tuple[Coefficients, Coefficients]:
    """Coefficients a, b, c of VMF1 and GMF, for `map_delays`.

    bh = 0.0029; ch = 0.062 + ((cos(2 pi d / 365.25 + psi) + 1) c11 / 2 + c10) (1 - cos lat), d
    counts from 28 January; c10 = 0.001, c11 = 0.005, psi = 0 in the north, 0.002, 0.007 and pi in
    the south; bw = 0.00146, cw = 0.04391.

    Parameters
    ----------
    ah, aw : ndarray
        Hydrostatic and wet a, any shape [1].
    time : datetime64, datetime, str or array of these
        UTC, broadcast.
    lat : ndarray
        Geodetic latitude, broadcast [deg].

    Returns
    -------
    hydrostatic, wet : tuple
        Their a, b, c [1].

    Notes
    -----
    Boehm, Werl and Schuh (2006), doi:10.1029/2005JB003629.

    Examples
    --------
    >>> import numpy as np
    >>> hydrostatic, wet = vmf1_coefficients(0.00125, 0.0006, "2022-07-01", np.array(60.0))
    >>> round(float(hydrostatic[2]), 5), wet
    (0.06264, (0.0006, 0.00146, 0.04391))
    """
    # South of the equator the season is half a year off and the amplitudes are larger. Written
    # with the sign of the latitude, because choosing element by element costs more than the sum.
    sign = np.copysign(1.0, lat)
    c11, c10 = 0.006 - 0.001 * sign, 0.0015 - 0.0005 * sign
    annual = np.cos(days_since(time, NIELL_ORIGIN) * (2 * np.pi / 365.25)) * sign
    ch = 0.062 + ((annual + 1) * (c11 / 2) + c10) * (1 - np.cos(lat * RADIAN))
    return (ah, _VMF1_BH, ch), (aw, _VMF1_BW, _VMF1_CW)
