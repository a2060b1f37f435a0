"""tropdsx: downscale tropospheric zenith delays to the real terrain.

Importing this package registers the accessor ``ds.tropds`` on Dataset, DataArray and DataTree. What
is listed in ``__all__`` is the public interface; neither torch nor the command line library is
loaded before it is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tropdsx.accessor import ArrayAccessor, TreeAccessor, TropdsAccessor
from tropdsx.errors import TropdsxError, TropdsxWarning
from tropdsx.pipeline import Options, downscale
from tropdsx.read import open_delays, open_orography, read_observations, read_stations
from tropdsx.workflows.convert import convert

if TYPE_CHECKING:
    from tropdsx.grid.standardise import standardise_grid as standardise
    from tropdsx.workflows.derive.open_levels import open_levels
    from tropdsx.workflows.derive.zenith import zenith_delays
    from tropdsx.workflows.evaluate.comparison import validate, with_rmse_maps
    from tropdsx.workflows.evaluate.station_scores import compare_stations
    from tropdsx.workflows.evaluate.stations import delays_at
    from tropdsx.workflows.simulate.delays import simulate
    from tropdsx.workflows.train import FieldOptions, NodalOptions, TrainOptions
    from tropdsx.workflows.train import fit as train
    from tropdsx.write import read_provenance

__version__ = "0.2.0"

__all__ = [
    "ArrayAccessor",
    "FieldOptions",
    "NodalOptions",
    "Options",
    "TrainOptions",
    "TreeAccessor",
    "TropdsAccessor",
    "TropdsxError",
    "TropdsxWarning",
    "__version__",
    "compare_stations",
    "convert",
    "delays_at",
    "downscale",
    "open_delays",
    "open_levels",
    "open_orography",
    "read_observations",
    "read_provenance",
    "read_stations",
    "simulate",
    "standardise",
    "train",
    "validate",
    "with_rmse_maps",
    "zenith_delays",
]

#: Public names that are loaded when they are first used: where they lie.
_LATER = {
    "FieldOptions": "tropdsx.workflows.train:FieldOptions",
    "NodalOptions": "tropdsx.workflows.train:NodalOptions",
    "TrainOptions": "tropdsx.workflows.train:TrainOptions",
    "compare_stations": "tropdsx.workflows.evaluate.station_scores:compare_stations",
    "delays_at": "tropdsx.workflows.evaluate.stations:delays_at",
    "open_levels": "tropdsx.workflows.derive.open_levels:open_levels",
    "read_provenance": "tropdsx.write:read_provenance",
    "simulate": "tropdsx.workflows.simulate.delays:simulate",
    "standardise": "tropdsx.grid.standardise:standardise_grid",
    "train": "tropdsx.workflows.train:fit",
    "validate": "tropdsx.workflows.evaluate.comparison:validate",
    "with_rmse_maps": "tropdsx.workflows.evaluate.comparison:with_rmse_maps",
    "zenith_delays": "tropdsx.workflows.derive.zenith:zenith_delays",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _LATER:
        msg = f"module 'tropdsx' has no attribute {name!r}"
        raise AttributeError(msg)
    module, _, attribute = _LATER[name].partition(":")
    found = getattr(import_module(module), attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
