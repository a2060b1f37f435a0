"""Vienna Mapping Functions: slant path over zenith path, from weather-model coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import (
    FloatArray,
    as_floats,
    check_latitude,
    check_mapping_coefficient,
)
from tropdsx.atmos.epoch import TimeLike, doy, season
from tropdsx.atmos.harmonics import evaluate
from tropdsx.atmos.mapping.continued_fraction import elevation_sine, map_delays, vmf1_coefficients
from tropdsx.atmos.records import Mapping


def vmf1(
    ah: ArrayLike,
    aw: ArrayLike,
    time: TimeLike,
    lat: ArrayLike,
    elevation: ArrayLike,
    height: ArrayLike | None = None,
) -> Mapping:
    """Vienna Mapping Functions 1 from their a coefficients.

    Continued fraction with bh = 0.0029 and ch = 0.062 + ((cos(2 pi d / 365.25 + psi) + 1) c11 / 2
    + c10)(1 - cos lat), d from 28 January; bw = 0.00146, cw = 0.04391.

    Parameters
    ----------
    ah, aw : array_like
        Hydrostatic and wet a coefficient, any shape [1].
    time : datetime64, datetime, str or array of these
        UTC, broadcast.
    lat : array_like
        Geodetic latitude, broadcast [deg].
    elevation : array_like
        Elevation angle, broadcast [deg].
    height : array_like, optional
        Ellipsoidal height, broadcast; give it with grid-wise and GPT coefficients, which hold at
        zero height, and omit it with site-wise coefficients [m].

    Returns
    -------
    Mapping
        `mfh`, `mfw`, each in the broadcast shape [1].

    Raises
    ------
    DomainError
        If an elevation lies outside (0, 90], a latitude outside [-90, 90] or a coefficient outside
        (0, 0.02].

    Notes
    -----
    Boehm, Werl and Schuh (2006), doi:10.1029/2005JB003629; IERS Conventions (2010), section 9.2.
    Valid above 3 deg.

    Examples
    --------
    >>> m = vmf1(0.00127683, 0.00060955, "2009-08-12", 38.437820, 16.743723)
    >>> round(float(m.mfh), 4), round(float(m.mfw), 4)
    (3.4243, 3.4483)
    """
    ah, aw, lat, elevation = as_floats(ah, aw, lat, elevation)
    _check_place(ah, aw, lat)
    sine = elevation_sine(elevation)
    above = None if height is None else as_floats(height)[0]
    return map_delays(*vmf1_coefficients(ah, aw, time, lat), sine, above)


def vmf3(
    ah: ArrayLike,
    aw: ArrayLike,
    time: TimeLike,
    lat: ArrayLike,
    lon: ArrayLike,
    elevation: ArrayLike,
    height: ArrayLike | None = None,
) -> Mapping:
    """Vienna Mapping Functions 3 from their a coefficients.

    Continued fraction whose b and c are spherical harmonics of degree 12 with annual and
    semi-annual terms in the day of the year.

    Parameters
    ----------
    ah, aw : array_like
        Hydrostatic and wet a coefficient, any shape [1].
    lon : array_like
        Longitude, any revolution, broadcast [deg].
    time, lat, elevation, height
        As for `vmf1`, with errors as there.

    Returns
    -------
    Mapping
        As of `vmf1` [1].

    Notes
    -----
    Landskron and Boehm (2018), doi:10.1007/s00190-017-1066-2, in the current version (365.25-day
    year, day of the year with fraction). Valid above 3 deg.

    Examples
    --------
    >>> m = vmf3(0.00123462, 0.00047101, "2018-11-25", 37.5, 277.5, 38.0)
    >>> round(float(m.mfh), 6), round(float(m.mfw), 6)
    (1.621024, 1.623023)
    """
    ah, aw, lat, lon, elevation = as_floats(ah, aw, lat, lon, elevation)
    _check_place(ah, aw, lat)
    sine = elevation_sine(elevation)
    bh, bw, ch, cw = _vmf3_bc(time, lat, lon)
    above = None if height is None else as_floats(height)[0]
    return map_delays((ah, bh, ch), (aw, bw, cw), sine, above)


def _check_place(ah: FloatArray, aw: FloatArray, lat: FloatArray) -> None:
    check_latitude(lat)
    check_mapping_coefficient(ah)
    check_mapping_coefficient(aw)


def _vmf3_bc(
    time: TimeLike, lat: FloatArray, lon: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    # The harmonics are summed once per place, whatever the number of epochs and elevations.
    series = evaluate(lat, lon, "vmf3_coefficients.csv", 12)
    factors = np.moveaxis(season(doy(time)), -1, 0)
    terms = ("A0", "A1", "B1", "A2", "B2")

    def at_epoch(name: str) -> FloatArray:
        value = series[f"{name}_A0"] * factors[0]
        for term, factor in zip(terms[1:], factors[1:], strict=True):
            value = value + series[f"{name}_{term}"] * factor
        return value

    return at_epoch("bh"), at_epoch("bw"), at_epoch("ch"), at_epoch("cw")
