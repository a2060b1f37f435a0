"""tropdsx: downscale tropospheric zenith delays to the real terrain.

Importing this package registers the accessor ``ds.tropds`` on Dataset and DataArray. Neither torch
nor the command line library is loaded before it is needed.
"""

from tropdsx.accessor import dataset as _accessor  # registers ds.tropds
from tropdsx.errors import TropdsxError, TropdsxWarning
from tropdsx.pipeline.run import downscale
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography
from tropdsx.workflows.convert.files import convert

__version__ = "0.1.0"

__all__ = [
    "TropdsxError",
    "TropdsxWarning",
    "__version__",
    "convert",
    "downscale",
    "open_delays",
    "open_orography",
]

del _accessor
