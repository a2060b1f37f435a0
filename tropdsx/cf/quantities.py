"""What tropdsx knows of each quantity: names, units, the values that nature makes, what files say.

This is the one table: readers find and convert variables by it, writers describe them by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tropdsx.atmos.constants import STANDARD_GRAVITY, ZERO_CELSIUS

__all__ = [
    "DELAYS",
    "DELAYS_AND_TOTAL",
    "GEOPOTENTIAL_UNITS",
    "INPUTS",
    "QUANTITIES",
    "Quantity",
    "Units",
]

Units = Mapping[str, tuple[float, float]]
"""Spelling in lower case -> (factor, offset): standard unit = value * factor + offset."""

DELAYS = ("zhd", "zwd")
"""The parts of the zenith delay, in the order in which networks take and give them."""

DELAYS_AND_TOTAL = (*DELAYS, "ztd")
"""The parts of the zenith delay, and their sum."""

INPUTS = (*DELAYS_AND_TOTAL, "orography", "temperature", "pressure")
"""What a downscaling looks for in a file."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _spell(factor: float, *spellings: str, offset: float = 0.0) -> dict[str, tuple[float, float]]:
    return dict.fromkeys(spellings, (factor, offset))


_NUMBERS = _spell(1.0, "1", "dimensionless", "-")
_LENGTHS = {
    **_spell(1.0, "m", "meter", "metre", "meters", "metres", "m.", "[m]"),
    **_spell(0.1, "dm", "decimeter", "decimetre", "decimeters", "decimetres"),
    **_spell(0.01, "cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    **_spell(0.001, "mm", "millimeter", "millimeters", "millimetre", "millimetres"),
}
_HEIGHTS = {
    **_spell(1.0, "m", "meter", "metre", "meters", "metres"),
    **_spell(1000.0, "km", "kilometer", "kilometers", "kilometre", "kilometres"),
    **_spell(10.0, "dam", "gpdm", "dagpm", "decameter", "decametre"),
    **_spell(0.3048, "ft", "foot", "feet"),
    **_LENGTHS,
}
_GEOPOTENTIALS = {
    **_spell(1.0, "m2 s-2", "m**2 s**-2", "m^2 s^-2", "m2/s2", "m^2/s^2", "m2s-2"),
    **_spell(1.0, "j kg-1", "j/kg"),
}
GEOPOTENTIAL_UNITS = tuple(_GEOPOTENTIALS)
"""Spellings of the unit of a geopotential, lower case."""
_GEOPOTENTIAL_METRES = ("gpm", "geopotential meter", "geopotential metre")
_TEMPERATURES = {
    **_spell(1.0, "k", "kelvin", "degk", "degrees_kelvin"),
    **_spell(1.0, "degc", "c", "celsius", "°c", "℃", "°celsius", offset=ZERO_CELSIUS),
    **{
        f"{degree}{between}{celsius}": (1.0, ZERO_CELSIUS)
        for degree in ("deg", "degree", "degrees")
        for between in ("_", " ")
        for celsius in ("c", "celsius")
    },
}
_COEFFICIENTS = {**_NUMBERS, "1e-3": (1e-3, 0.0)}


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What a variable may be called, which units it may have, and what a file says of it.

    Parameters
    ----------
    name : str
        Name in the standard grid.
    unit : str
        Unit in the standard grid and of the formulas.
    units : mapping of str to (float, float)
        Accepted spellings, lower case: standard unit = value * factor + offset.
    aliases : tuple of str
        Accepted names in order of preference, lower case.
    long_names : tuple of str
        Accepted beginnings of ``long_name`` or ``standard_name``, lower case.
    low, high : float
        Values outside are refused [`unit`].
    long_name : str
        What a file of ours calls it.
    standard_names : mapping of str to str
        CF standard name by unit; "" stands for all other units. Empty where CF has none.
    dtype : type
        Type in the standard grid.

    Examples
    --------
    >>> zwd = QUANTITIES["zwd"]
    >>> zwd.attributes, zwd.units["mm"]
    ({'long_name': 'zenith wet delay', 'units': 'm'}, (0.001, 0.0))
    """

    name: str
    unit: str
    units: Units
    aliases: tuple[str, ...] = ()
    long_names: tuple[str, ...] = ()
    low: float = -np.inf
    high: float = np.inf
    long_name: str = ""
    standard_names: Mapping[str, str] = field(default_factory=dict)
    dtype: type[np.floating] = np.float32

    @property
    def attributes(self) -> dict[str, str]:
        """Long name and unit, as attributes of a variable in the standard unit."""
        return {"long_name": self.long_name, "units": self.unit}


_DELAY_QUANTITIES = (
    # 0.4 m would be a surface pressure of 175 hPa (11 km), 2.6 m one of 1142 hPa.
    Quantity(
        name="zhd",
        unit="m",
        units=_LENGTHS,
        aliases=_names(
            "zhd hydrostatic_delay zenith_hydrostatic_delay hydro_total hydro "
            "zenith_dry_delay dry_delay zdd zhd_m hydrostatic"
        ),
        long_names=("zenith hydrostatic delay", "hydrostatic zenith delay"),
        low=0.4,
        high=2.6,
        long_name="zenith hydrostatic delay",
    ),
    # Analyses and packed files leave wet delays a little below zero; 5 mm is no longer noise.
    Quantity(
        name="zwd",
        unit="m",
        units=_LENGTHS,
        aliases=("zwd", "wet_delay", "zenith_wet_delay", "wet_total", "wet", "zwd_m"),
        long_names=("zenith wet delay", "wet zenith delay"),
        low=-0.005,
        high=0.7,
        long_name="zenith wet delay",
    ),
    Quantity(
        name="ztd",
        unit="m",
        units=_LENGTHS,
        aliases=_names(
            "ztd zenith_total_delay total_delay ztd_total zenith_delay zpd "
            "zenith_path_delay zenith_tropospheric_delay tropospheric_delay ztd_m"
        ),
        long_names=("zenith total delay", "zenith tropospheric delay"),
        low=0.4,
        high=3.2,
        long_name="zenith total delay",
    ),
)
_GROUND_QUANTITIES = (
    # Dead Sea shore -430 m, Everest 8,849 m; the sea floor is no reference height of delays.
    Quantity(
        name="orography",
        unit="m",
        units={
            **_HEIGHTS,
            **_spell(1.0, *_GEOPOTENTIAL_METRES),
            **_spell(1.0 / STANDARD_GRAVITY, *GEOPOTENTIAL_UNITS),
        },
        aliases=_names(
            "orography surface_height surface_altitude orog hsurf topography terrain_height "
            "elevation altitude height hgt geopotential_at_surface z_surface zsfc zsurf phis fis "
            "surface_geopotential geopotential_surface hgt_surface hgtsfc topo geopotential z "
            "band1 band_data"
        ),
        long_names=(
            *("orography", "surface altitude", "surface height", "surface geopotential"),
            *("height above mean sea level", "height above reference ellipsoid"),
        ),
        low=-800.0,  # spectral orographies swing to -640 m beside mountains (CFS, T62)
        high=9000.0,
        long_name="ellipsoidal height of the terrain that the delays refer to",
        standard_names={"": "height_above_reference_ellipsoid"},
        dtype=np.float64,
    ),
    Quantity(
        name="temperature",
        unit="K",
        units=_TEMPERATURES,
        aliases=_names(
            "t2m 2t t_2m temperature_2m 2m_temperature var_2t tas tmp2m surface_temperature "
            "temperature"
        ),
        long_names=("2 metre temperature",),
        low=150.0,
        high=350.0,
        long_name="2 metre temperature",
        standard_names={"": "air_temperature"},
    ),
    Quantity(
        name="pressure",
        unit="hPa",
        units={
            **_spell(0.01, "pa", "pascal", "pascals"),
            **_spell(1.0, "hpa", "mbar", "mb", "millibar", "millibars"),
            **_spell(10.0, "kpa"),
        },
        aliases=_names("sp surface_pressure ps psfc pres_sfc pressfc pressure pres"),
        long_names=("surface pressure",),
        low=200.0,
        high=1150.0,
        long_name="surface pressure",
    ),
)
_HEIGHT_QUANTITIES = tuple(
    Quantity(
        name=name,
        unit="m",
        units=_HEIGHTS,
        long_name=long_name,
        standard_names={"": standard_name},
    )
    for name, long_name, standard_name in (
        ("height", "ellipsoidal height", "height_above_reference_ellipsoid"),
        ("orthometric_height", "height above the geoid", "altitude"),
        (
            "geoid_undulation",
            "geoid height above the ellipsoid",
            "geoid_height_above_reference_ellipsoid",
        ),
    )
)
_MAPPING_QUANTITIES = tuple(
    Quantity(name=name, unit="1", units=_COEFFICIENTS, long_name=long_name)
    for name, long_name in (
        ("mapping coefficient", ""),
        ("ah", "hydrostatic mapping function coefficient a"),
        ("aw", "wet mapping function coefficient a"),
    )
)
_OTHER_QUANTITIES = (
    Quantity(
        name="angle",
        unit="degree",
        units={
            **_spell(1.0, "deg", "degree", "degrees", "arc_degree", "°"),
            **_spell(180.0 / np.pi, "rad", "radian", "radians"),
        },
    ),
    Quantity(
        name="specific humidity",
        unit="kg kg-1",
        units={
            **_spell(1.0, "kg kg-1", "kg kg**-1", "kg/kg", "kg kg^-1"),
            **_spell(1e-3, "g kg-1", "g kg**-1", "g/kg", "g kg^-1"),
            **_NUMBERS,
        },
    ),
    Quantity(
        name="relative humidity",
        unit="1",
        units={**_spell(0.01, "%", "percent"), **_NUMBERS, **_spell(1.0, "(0 - 1)")},
    ),
    Quantity(
        name="geopotential",
        unit="m2 s-2",
        units={
            **_GEOPOTENTIALS,
            **_spell(STANDARD_GRAVITY, "m", "meter", "metre", "meters", "metres"),
            **_spell(STANDARD_GRAVITY, *_GEOPOTENTIAL_METRES),
            **_spell(10 * STANDARD_GRAVITY, "dam", "gpdm", "dagpm"),
        },
    ),
    Quantity(
        name="mean_temperature",
        unit="K",
        units=_TEMPERATURES,
        long_name="mean temperature of the water vapour",
    ),
    Quantity(
        name="pwv",
        unit="mm",
        units={
            **_spell(1.0, "mm", "kg m-2"),
            **{name: (1000.0 * factor, offset) for name, (factor, offset) in _LENGTHS.items()},
            **_spell(10.0, "g cm-2"),
        },
        long_name="precipitable water vapour",
        standard_names={
            "kg m-2": "atmosphere_mass_content_of_water_vapor",
            "": "lwe_thickness_of_atmosphere_mass_content_of_water_vapor",
        },
    ),
    Quantity(
        name="gradient",
        unit="m",
        units={name: _LENGTHS[name] for name in ("m", "cm", "mm")},
    ),
)

QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        *_DELAY_QUANTITIES,
        *_GROUND_QUANTITIES,
        *_HEIGHT_QUANTITIES,
        *_MAPPING_QUANTITIES,
        *_OTHER_QUANTITIES,
    )
}
"""Each quantity by its name."""
