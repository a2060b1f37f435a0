"""The continued fraction that every modern mapping function shares, and its height correction."""

from __future__ import annotations

from tropdsx.atmos.arrays import FloatArray


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
