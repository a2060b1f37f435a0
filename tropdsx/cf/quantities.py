"""What tropdsx looks for in a file: names, units, and the values that nature makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["GEOPOTENTIAL_UNITS", "QUANTITIES", "Quantity"]

_METRES = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres", "m.", "[m]"), 1.0),
    **dict.fromkeys(("dm", "decimeter", "decimetre", "decimeters", "decimetres"), 0.1),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), 0.001),
}
GEOPOTENTIAL_UNITS = dict.fromkeys(
    ("m2 s-2", "m**2 s**-2", "m^2 s^-2", "m2/s2", "m^2/s^2", "m2s-2", "j kg-1", "j/kg"),
    1.0 / 9.80665,
)
_HEIGHTS = {
    **_METRES,
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1000.0),
    **dict.fromkeys(("gpm", "geopotential meter", "geopotential metre"), 1.0),
    **GEOPOTENTIAL_UNITS,
}


@dataclass(frozen=True)
class Quantity:
    """What a variable may be called, which units it may have, and the values it can take.

    Parameters
    ----------
    name : str
        Name in the standard grid.
    aliases : tuple of str
        Accepted names in order of preference, lower case.
    units : dict of str to float
        Accepted spellings and the factor to the unit of `unit`.
    unit : str
        Unit in the standard grid.
    low, high : float
        Values outside are refused [`unit`].
    long_names : tuple of str
        Accepted beginnings of ``long_name`` or ``standard_name``, lower case.
    dtype : type
        Type in the standard grid.
    """

    name: str
    aliases: tuple[str, ...]
    units: dict[str, float]
    unit: str
    low: float
    high: float
    long_names: tuple[str, ...] = ()
    dtype: type[np.floating] = np.float32


QUANTITIES = {
    q.name: q
    for q in (
        # 0.4 m would be a surface pressure of 175 hPa (11 km), 2.6 m one of 1142 hPa.
        Quantity(
            "zhd",
            (
                "zhd",
                "hydrostatic_delay",
                "zenith_hydrostatic_delay",
                "hydro_total",
                "hydro",
                "zenith_dry_delay",
                "dry_delay",
                "zdd",
                "zhd_m",
                "hydrostatic",
            ),
            _METRES,
            "m",
            0.4,
            2.6,
            ("zenith hydrostatic delay", "hydrostatic zenith delay"),
        ),
        # Analyses and packed files leave wet delays a little below zero; 5 mm is no longer noise.
        Quantity(
            "zwd",
            ("zwd", "wet_delay", "zenith_wet_delay", "wet_total", "wet", "zwd_m"),
            _METRES,
            "m",
            -0.005,
            0.7,
            ("zenith wet delay", "wet zenith delay"),
        ),
        Quantity(
            "ztd",
            (
                "ztd",
                "zenith_total_delay",
                "total_delay",
                "ztd_total",
                "zenith_delay",
                "zpd",
                "zenith_path_delay",
                "zenith_tropospheric_delay",
                "tropospheric_delay",
                "ztd_m",
            ),
            _METRES,
            "m",
            0.4,
            3.2,
            ("zenith total delay", "zenith tropospheric delay"),
        ),
        # Dead Sea shore -430 m, Everest 8,849 m; the sea floor is no reference height of delays.
        Quantity(
            "orography",
            (
                "orography",
                "surface_height",
                "surface_altitude",
                "orog",
                "hsurf",
                "topography",
                "terrain_height",
                "elevation",
                "altitude",
                "height",
                "hgt",
                "geopotential",
                "z",
            ),
            _HEIGHTS,
            "m",
            -600.0,
            9000.0,
            ("orography", "surface altitude", "surface height"),
            np.float64,
        ),
        Quantity(
            "temperature",
            ("t2m", "2t", "t_2m", "temperature_2m", "tas", "surface_temperature", "temperature"),
            dict.fromkeys(("k", "kelvin"), 1.0),
            "K",
            150.0,
            350.0,
            ("2 metre temperature",),
        ),
        Quantity(
            "pressure",
            ("sp", "surface_pressure", "ps", "psfc", "pressure", "pres"),
            {
                **dict.fromkeys(("pa", "pascal", "pascals"), 0.01),
                **dict.fromkeys(("hpa", "mbar", "millibar", "millibars", "mb"), 1.0),
            },
            "hPa",
            200.0,
            1150.0,
            ("surface pressure",),
        ),
    )
}
"""The quantities that tropdsx looks for, by their name in the standard grid."""
