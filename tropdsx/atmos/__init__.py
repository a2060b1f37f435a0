"""Formulas of the neutral atmosphere on arrays: NumPy only, full double precision.

Degrees, metres, hPa and kelvins at every boundary; heights are ellipsoidal unless named otherwise;
arguments broadcast; NaN stays NaN; numbers in give numbers out.
"""

from __future__ import annotations

from tropdsx.atmos.epoch import doy, from_mjd, mjd
from tropdsx.atmos.gpt.coefficients import GptGrid, read_gpt_grid
from tropdsx.atmos.gpt.gpt1 import gpt
from tropdsx.atmos.gpt.gridded import gpt2, gpt2w, gpt3
from tropdsx.atmos.gravity import geopotential_to_height, height_to_geopotential, normal_gravity
from tropdsx.atmos.height import lift_pressure, lift_zhd, lift_zwd
from tropdsx.atmos.mapping.empirical import apg, chen_herring_gradient, gmf, niell
from tropdsx.atmos.mapping.vienna import vmf1, vmf3
from tropdsx.atmos.mean_atmospheres import (
    LiftedDelays,
    lift_tau_gama,
    lift_zhd_kouba,
    lift_zwd_kouba,
    seasonal_lapse,
    standard_pressure,
)
from tropdsx.atmos.optical import mendes_pavlis_mapping, mendes_pavlis_zenith
from tropdsx.atmos.profile.integrate import integrate_delays, integrate_refractivity
from tropdsx.atmos.records import GptValues, Gradients, Mapping, ZenithDelays
from tropdsx.atmos.refractivity import Refractivity, RefractivityCoefficients, refractivity
from tropdsx.atmos.saastamoinen import (
    askne_nordius_zwd,
    davis_factor,
    hopfield,
    saastamoinen_zhd,
    saastamoinen_zwd,
    zhd_to_pressure,
)
from tropdsx.atmos.ties import standard_ties, standard_ties_gpt3
from tropdsx.atmos.water_vapour import (
    bevis_mean_temperature,
    pwv_factor,
    pwv_to_zwd,
    saturation_vapour_pressure,
    vapour_pressure,
    virtual_factor,
    virtual_temperature,
    zwd_to_pwv,
)

__all__ = [
    "GptGrid",
    "GptValues",
    "Gradients",
    "LiftedDelays",
    "Mapping",
    "Refractivity",
    "RefractivityCoefficients",
    "ZenithDelays",
    "apg",
    "askne_nordius_zwd",
    "bevis_mean_temperature",
    "chen_herring_gradient",
    "davis_factor",
    "doy",
    "from_mjd",
    "geopotential_to_height",
    "gmf",
    "gpt",
    "gpt2",
    "gpt2w",
    "gpt3",
    "height_to_geopotential",
    "hopfield",
    "integrate_delays",
    "integrate_refractivity",
    "lift_pressure",
    "lift_tau_gama",
    "lift_zhd",
    "lift_zhd_kouba",
    "lift_zwd",
    "lift_zwd_kouba",
    "mendes_pavlis_mapping",
    "mendes_pavlis_zenith",
    "mjd",
    "niell",
    "normal_gravity",
    "pwv_factor",
    "pwv_to_zwd",
    "read_gpt_grid",
    "refractivity",
    "saastamoinen_zhd",
    "saastamoinen_zwd",
    "saturation_vapour_pressure",
    "seasonal_lapse",
    "standard_pressure",
    "standard_ties",
    "standard_ties_gpt3",
    "vapour_pressure",
    "virtual_factor",
    "virtual_temperature",
    "vmf1",
    "vmf3",
    "zhd_to_pressure",
    "zwd_to_pwv",
]
