"""Physical constants: each with its meaning, unit and source."""

from __future__ import annotations

import math
from typing import Final

RADIAN: Final = math.pi / 180
"""One degree [rad]; a product with it is three times faster than numpy.deg2rad, same bits."""

STANDARD_GRAVITY: Final = 9.80665
"""Conventional standard gravity [m s-2] (CGPM 1901)."""

GAS_CONSTANT: Final = 8.3143
"""Universal gas constant [J mol-1 K-1], the value TU Wien uses in GPT2/GPT2w/GPT3 and asknewet."""

DRY_MOLAR_MASS: Final = 28.965e-3
"""Molar mass of dry air [kg mol-1], the value TU Wien uses in GPT2/GPT2w/GPT3."""

WATER_MOLAR_MASS: Final = 18.016e-3
"""Molar mass of water [kg mol-1], rounded as is usual beside `DRY_MOLAR_MASS`."""

MOLAR_MASS_RATIO: Final = 18.0152 / 28.9644
"""Ratio of the molar masses of water vapour and dry air [1], as in TU Wien's asknewet."""

DRY_GAS_CONSTANT: Final = GAS_CONSTANT / DRY_MOLAR_MASS
"""Specific gas constant of dry air [J kg-1 K-1], 287.046."""

DRY_GAS_CONSTANT_TIES: Final = 287.058
"""Specific gas constant of dry air [J kg-1 K-1] in the standard-tie formula (Teke et al. 2011)."""

EPSILON: Final = 0.622
"""Ratio of the molar masses of water vapour and dry air [1], rounded as in the GPT models."""

EPSILON_IFS: Final = 0.621981
"""Ratio of the molar masses of water vapour and dry air [1], as in the IFS of ECMWF."""

VIRTUAL_INCREMENT: Final = 0.378
"""1 - `EPSILON` [1]: times e / p, the share by which moist air is lighter than dry air.

See `tropdsx.atmos.water_vapour.virtual_temperature`, which is the function to use.
"""

WET_REFRACTIVITY: Final = 0.382
"""1e-6 times k2' T + k3, of wet refractivity, taken as one number [K2 hPa-1]; k3 alone is 0.375."""

WATER_DENSITY: Final = 999.97
"""Largest density of liquid water, at 4 degC [kg m-3]."""

ZERO_CELSIUS: Final = 273.15
"""0 degC [K]."""

SAASTAMOINEN: Final = 0.0022768
"""Hydrostatic delay per surface pressure at 45 deg and sea level [m hPa-1], Davis et al. (1985)."""

DAVIS_LATITUDE_TERM: Final = 0.00266
"""Gravity of the column falls by this share times cos(2 lat) [1], Davis et al. (1985), eq. A13."""

DAVIS_HEIGHT_TERM: Final = 0.28e-6
"""Gravity of the column falls by this share per metre [m-1], Davis et al. (1985), eq. A13."""

STANDARD_PRESSURE: Final = 1013.25
"""Pressure at sea level in the standard atmosphere [hPa], ICAO Doc 7488 (1993)."""

STANDARD_TEMPERATURE: Final = 288.15
"""Temperature at sea level in the standard atmosphere [K], ICAO Doc 7488 (1993)."""

STANDARD_LAPSE_RATE: Final = 6.5e-3
"""Fall of temperature per metre upwards in the standard atmosphere [K m-1], ICAO Doc 7488."""

PRESSURE_SCALE_HEIGHT: Final = 8000.0
"""Height over which the pressure falls to 1/e [m]: Rd T / g at 273 K, rounded."""

WET_SCALE_HEIGHT: Final = 2000.0
"""Height over which the zenith wet delay falls to 1/e [m], a global mean of Kouba (2008), eq. 5."""

MEAN_EARTH_RADIUS: Final = 6371.0e3
"""Radius of a sphere in place of the ellipsoid [m]: its mean radius (IUGG), rounded."""

EQUATORIAL_RADIUS: Final = 6378137.0
"""Semi-major axis of the ellipsoid [m], WGS 84 (NIMA TR8350.2, 2000)."""

INVERSE_FLATTENING: Final = 298.257223563
"""Semi-major axis over its excess above the semi-minor one [1], WGS 84 (NIMA TR8350.2, 2000)."""
