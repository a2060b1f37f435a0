"""Named records: what the models give back, field by field, with units."""

from __future__ import annotations

from typing import NamedTuple

from tropdsx.atmos.arrays import FloatArray


class ZenithDelays(NamedTuple):
    """Zenith delays, or differences of them.

    Attributes
    ----------
    zhd, zwd : ndarray
        Zenith hydrostatic and wet delay [m].
    ztd : ndarray
        Zenith total delay, their sum [m].

    Examples
    --------
    >>> from tropdsx.atmos import hopfield
    >>> delays = hopfield(1013.25, 288.15, 10.0)
    >>> bool(delays.ztd == delays.zhd + delays.zwd)
    True
    """

    zhd: FloatArray
    zwd: FloatArray
    ztd: FloatArray


class Mapping(NamedTuple):
    """Mapping functions: delay along the slant over delay at the zenith.

    Attributes
    ----------
    mfh, mfw : ndarray
        Hydrostatic and wet mapping function [1].

    Examples
    --------
    >>> from tropdsx.atmos import niell
    >>> mfh, mfw = niell("2022-07-01", lat=48.2, elevation=10.0)
    >>> round(float(2.3 * mfh + 0.15 * mfw), 2)  # slant delay of zhd = 2.3 m, zwd = 0.15 m
    13.61
    """

    mfh: FloatArray
    mfw: FloatArray


class Gradients(NamedTuple):
    """Horizontal gradients of a delay.

    Attributes
    ----------
    north, east : ndarray
        Positive where the delay grows northwards and eastwards [m].

    Examples
    --------
    >>> from tropdsx.atmos import apg, chen_herring_gradient
    >>> north, east = apg(35.95, 140.66)
    >>> round(float(chen_herring_gradient(10.0, 0.0, north, east, "hydrostatic")) * 1000, 2)
    -3.09
    """

    north: FloatArray
    east: FloatArray


class GptValues(NamedTuple):
    """What an empirical model says about a place and time; None where it has no such quantity.

    Attributes
    ----------
    pressure : ndarray
        Pressure [hPa].
    temperature : ndarray
        Temperature [K]; TU Wien prints degC.
    lapse_rate : ndarray, optional
        Vertical temperature gradient dT/dh as TU Wien gives it, so it is negative where air cools
        upwards: the `lapse_rate` of the lift functions is its negative [K m-1]; printed in K/km.
    mean_temperature : ndarray, optional
        Mean temperature of the water vapour [K].
    water_vapour_pressure : ndarray, optional
        Water vapour pressure [hPa].
    ah, aw : ndarray, optional
        Hydrostatic mapping coefficient at zero height, and wet mapping coefficient [1].
    water_vapour_decrease_factor : ndarray, optional
        Exponent with which the vapour pressure falls against the pressure, less one [1].
    geoid_undulation : ndarray, optional
        Geoid above the ellipsoid [m].
    gradient_north_hydrostatic, gradient_east_hydrostatic : ndarray, optional
        Gradients of the hydrostatic delay [m].
    gradient_north_wet, gradient_east_wet : ndarray, optional
        Gradients of the wet delay [m].

    Examples
    --------
    >>> from tropdsx.atmos import gpt
    >>> values = gpt("2009-08-12", 38.4, -79.8, 812.5)
    >>> [name for name, value in values._asdict().items() if value is not None]
    ['pressure', 'temperature', 'lapse_rate', 'geoid_undulation']
    """

    pressure: FloatArray
    temperature: FloatArray
    lapse_rate: FloatArray | None = None
    mean_temperature: FloatArray | None = None
    water_vapour_pressure: FloatArray | None = None
    ah: FloatArray | None = None
    aw: FloatArray | None = None
    water_vapour_decrease_factor: FloatArray | None = None
    geoid_undulation: FloatArray | None = None
    gradient_north_hydrostatic: FloatArray | None = None
    gradient_east_hydrostatic: FloatArray | None = None
    gradient_north_wet: FloatArray | None = None
    gradient_east_wet: FloatArray | None = None
