"""Open files of delays, heights or stations as labelled data, with what they hold unchanged."""

from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.read.stations import read_observations, read_stations

__all__ = ["open_delays", "open_orography", "read_observations", "read_stations"]
