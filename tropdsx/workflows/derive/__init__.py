"""Derive delays, water vapour, mapping factors and slants from labelled weather data."""

from tropdsx.workflows.derive.slant import mapping_functions, slant_delay, slant_delays
from tropdsx.workflows.derive.total import total_delay
from tropdsx.workflows.derive.water import mean_temperature_of, precipitable_water
from tropdsx.workflows.derive.zenith import zenith_delays
from tropdsx.workflows.derive.zenith_file import write_delays

__all__ = [
    "mapping_functions",
    "mean_temperature_of",
    "precipitable_water",
    "slant_delay",
    "slant_delays",
    "total_delay",
    "write_delays",
    "zenith_delays",
]
