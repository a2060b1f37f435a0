"""Formulas of the neutral atmosphere on arrays: NumPy only, degrees and metres at the boundary."""

from __future__ import annotations

from tropdsx.atmos.gravity import geopotential_to_height, height_to_geopotential, normal_gravity
from tropdsx.atmos.height import (
    LiftedDelays,
    lift_pressure,
    lift_tau_gama,
    lift_zhd,
    lift_zhd_kouba,
    lift_zwd,
    lift_zwd_kouba,
    seasonal_lapse,
)

__all__ = [
    "LiftedDelays",
    "geopotential_to_height",
    "height_to_geopotential",
    "lift_pressure",
    "lift_tau_gama",
    "lift_zhd",
    "lift_zhd_kouba",
    "lift_zwd",
    "lift_zwd_kouba",
    "normal_gravity",
    "seasonal_lapse",
]
