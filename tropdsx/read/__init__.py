"""Any file of delays, heights or stations becomes labelled data as stored."""

from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.read.stations import read_observations, read_stations

__all__ = ["open_delays", "open_orography", "read_observations", "read_stations"]
