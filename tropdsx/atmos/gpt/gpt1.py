"""GPT: the first global pressure and temperature model, without a grid file."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tropdsx.atmos.arrays import as_floats, check_latitude
from tropdsx.atmos.constants import STANDARD_LAPSE_RATE, ZERO_CELSIUS
from tropdsx.atmos.epoch import TimeLike, annual_cosine
from tropdsx.atmos.harmonics import evaluate
from tropdsx.atmos.mean_atmospheres import berg_pressure_ratio
from tropdsx.atmos.records import GptValues


def gpt(time: TimeLike, lat: ArrayLike, lon: ArrayLike, height: ArrayLike) -> GptValues:
    """Pressure, temperature and geoid undulation by GPT (2007).

    Mean and annual amplitude at the geoid as spherical harmonics of degree 9 with the phase of 28
    January; with H above the geoid, p = p0 (1 - 2.26e-5 H)^5.225 and T = T0 - 0.0065 H.

    Parameters
    ----------
    time : datetime64, datetime, str or array of these
        UTC, any shape, broadcast against the places.
    lat, lon : array_like
        Geodetic latitude and longitude (any revolution), broadcast [deg].
    height : array_like
        Ellipsoidal height, broadcast [m].

    Returns
    -------
    GptValues
        `pressure` [hPa], `temperature` [K], `lapse_rate` (-0.0065) [K m-1] and `geoid_undulation`
        [m]; the other fields are None.

    Raises
    ------
    DomainError
        If a latitude lies outside [-90, 90].

    Notes
    -----
    Boehm, Heinkelmann and Schuh (2007), doi:10.1007/s00190-007-0135-3. Expect 7 hPa rms; GPT3 is
    its successor.

    Examples
    --------
    >>> values = gpt("2009-08-12", 38.437820, -79.835782, 812.546)
    >>> round(float(values.pressure), 2), round(float(values.temperature), 2)
    (918.07, 292.47)
    """
    lat, lon, height = as_floats(lat, lon, height)
    check_latitude(lat)
    a = evaluate(lat, lon, "degree_9_coefficients.csv", 9)
    annual = annual_cosine(time)
    undulation = a["gpt_undulation"]
    above_geoid = height - undulation
    at_geoid = a["gpt_pressure_mean"] + a["gpt_pressure_amplitude"] * annual
    warmth = a["gpt_temperature_mean"] + a["gpt_temperature_amplitude"] * annual
    fields = np.broadcast_arrays(
        at_geoid * berg_pressure_ratio(above_geoid),
        warmth - STANDARD_LAPSE_RATE * above_geoid + ZERO_CELSIUS,
        -STANDARD_LAPSE_RATE,
        undulation,
    )
    pressure, temperature, lapse_rate, undulation = (f.copy()[()] for f in fields)
    return GptValues(pressure, temperature, lapse_rate, geoid_undulation=undulation)
