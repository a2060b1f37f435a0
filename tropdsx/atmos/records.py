"""Named records: what the models give back, field by field, with units."""

from __future__ import annotations

from typing import NamedTuple

from tropdsx.atmos.arrays import FloatArray


class ZenithDelays(NamedTuple):
    """Zenith delays [m]; `ztd` is the sum of the other two."""

    zhd: FloatArray
    zwd: FloatArray
    ztd: FloatArray


class Mapping(NamedTuple):
    """Hydrostatic and wet mapping function [1]."""

    mfh: FloatArray
    mfw: FloatArray


class Gradients(NamedTuple):
    """Horizontal delay gradients, north and east positive [m]."""

    north: FloatArray
    east: FloatArray


class GptValues(NamedTuple):
    """What an empirical model says about a place and time; None where it has no such quantity.

    `lapse_rate` is the vertical temperature gradient dT/dh as TU Wien prints it, so it is negative
    where air cools upwards: the `lapse_rate` argument of the lift functions is its negative.
    """

    pressure: FloatArray
    """Pressure [hPa]."""
    temperature: FloatArray
    """Temperature [K]; TU Wien prints degC."""
    lapse_rate: FloatArray | None = None
    """Vertical temperature gradient dT/dh [K m-1]; TU Wien prints K/km."""
    mean_temperature: FloatArray | None = None
    """Mean temperature of the water vapour [K]."""
    water_vapour_pressure: FloatArray | None = None
    """Water vapour pressure [hPa]."""
    ah: FloatArray | None = None
    """Hydrostatic mapping coefficient at zero height [1]."""
    aw: FloatArray | None = None
    """Wet mapping coefficient [1]."""
    water_vapour_decrease_factor: FloatArray | None = None
    """Exponent with which the vapour pressure falls against the pressure, less one [1]."""
    geoid_undulation: FloatArray | None = None
    """Geoid above the ellipsoid [m]."""
    gradient_north_hydrostatic: FloatArray | None = None
    """North gradient, hydrostatic [m]."""
    gradient_east_hydrostatic: FloatArray | None = None
    """East gradient, hydrostatic [m]."""
    gradient_north_wet: FloatArray | None = None
    """North gradient, wet [m]."""
    gradient_east_wet: FloatArray | None = None
    """East gradient, wet [m]."""
