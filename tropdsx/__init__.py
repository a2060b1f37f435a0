"""tropdsx: downscale tropospheric zenith delays to the real terrain.

Importing this package registers the accessor ``ds.tropds`` on Dataset, DataArray and DataTree as
soon as xarray is imported. What is listed in ``__all__`` is the public interface, loaded when it is
first used; importing the package alone loads no other library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import tropdsx.accessor  # noqa: F401 - registers ds.tropds
from tropdsx.errors import TropdsxError, TropdsxWarning

if TYPE_CHECKING:
    from tropdsx.accessor.atmosphere import ArrayAccessor
    from tropdsx.accessor.dataset import TropdsAccessor
    from tropdsx.accessor.tree import TreeAccessor
    from tropdsx.grid.standardise import standardise_grid as standardise
    from tropdsx.pipeline import Options, downscale
    from tropdsx.read import open_delays, open_orography, read_observations, read_stations
    from tropdsx.read.insar.gacos import open_gacos
    from tropdsx.read.insar.opera import open_opera
    from tropdsx.read.series.opening import open_series
    from tropdsx.read.series.profiles import open_profiles
    from tropdsx.workflows.convert import convert
    from tropdsx.workflows.derive.open_levels import open_levels
    from tropdsx.workflows.derive.zenith import zenith_delays
    from tropdsx.workflows.evaluate.comparison import validate, with_rmse_maps
    from tropdsx.workflows.evaluate.station_scores import compare_stations
    from tropdsx.workflows.evaluate.stations import delays_at
    from tropdsx.workflows.insar.line_of_sight import line_of_sight_delay
    from tropdsx.workflows.patches.files.export import export_patches
    from tropdsx.workflows.patches.files.store import open_patches
    from tropdsx.workflows.patches.samples.dataset import PatchDataset
    from tropdsx.workflows.patches.samples.degradation import Degradation
    from tropdsx.workflows.patches.samples.masks import draw_mask
    from tropdsx.workflows.patches.splitting import label_stations
    from tropdsx.workflows.patches.windows import patches
    from tropdsx.workflows.reconstruct.analysis import reconstruct
    from tropdsx.workflows.reconstruct.leave_out import leave_out
    from tropdsx.workflows.reconstruct.levels.alignment import align_profiles
    from tropdsx.workflows.reconstruct.levels.analysis import reconstruct_levels
    from tropdsx.workflows.reconstruct.levels.evaluation import evaluate_levels
    from tropdsx.workflows.reconstruct.oi.covariance import Covariance
    from tropdsx.workflows.report.html.writing import report
    from tropdsx.workflows.simulate.delays import simulate
    from tropdsx.workflows.stations.files import write_series
    from tropdsx.workflows.stations.series import at_stations
    from tropdsx.workflows.train import DiffusionOptions, FieldOptions, NodalOptions, TrainOptions
    from tropdsx.workflows.train import fit as train
    from tropdsx.write import read_provenance

__version__ = "0.2.0"

__all__ = [
    "ArrayAccessor",
    "Covariance",
    "Degradation",
    "DiffusionOptions",
    "FieldOptions",
    "NodalOptions",
    "Options",
    "PatchDataset",
    "TrainOptions",
    "TreeAccessor",
    "TropdsAccessor",
    "TropdsxError",
    "TropdsxWarning",
    "__version__",
    "align_profiles",
    "at_stations",
    "compare_stations",
    "convert",
    "delays_at",
    "downscale",
    "draw_mask",
    "evaluate_levels",
    "export_patches",
    "label_stations",
    "leave_out",
    "line_of_sight_delay",
    "open_delays",
    "open_gacos",
    "open_levels",
    "open_opera",
    "open_orography",
    "open_patches",
    "open_profiles",
    "open_series",
    "patches",
    "read_observations",
    "read_provenance",
    "read_stations",
    "reconstruct",
    "reconstruct_levels",
    "report",
    "simulate",
    "standardise",
    "train",
    "validate",
    "with_rmse_maps",
    "write_series",
    "zenith_delays",
]

#: Public names that are loaded when they are first used: where they lie.
_LATER = {
    "ArrayAccessor": "tropdsx.accessor.atmosphere:ArrayAccessor",
    "Covariance": "tropdsx.workflows.reconstruct.oi.covariance:Covariance",
    "Degradation": "tropdsx.workflows.patches.samples.degradation:Degradation",
    "DiffusionOptions": "tropdsx.workflows.train:DiffusionOptions",
    "FieldOptions": "tropdsx.workflows.train:FieldOptions",
    "NodalOptions": "tropdsx.workflows.train:NodalOptions",
    "Options": "tropdsx.pipeline.options:Options",
    "PatchDataset": "tropdsx.workflows.patches.samples.dataset:PatchDataset",
    "TrainOptions": "tropdsx.workflows.train:TrainOptions",
    "TreeAccessor": "tropdsx.accessor.tree:TreeAccessor",
    "TropdsAccessor": "tropdsx.accessor.dataset:TropdsAccessor",
    "align_profiles": "tropdsx.workflows.reconstruct.levels.alignment:align_profiles",
    "at_stations": "tropdsx.workflows.stations.series:at_stations",
    "compare_stations": "tropdsx.workflows.evaluate.station_scores:compare_stations",
    "convert": "tropdsx.workflows.convert.files:convert",
    "delays_at": "tropdsx.workflows.evaluate.stations:delays_at",
    "downscale": "tropdsx.pipeline.run:downscale",
    "draw_mask": "tropdsx.workflows.patches.samples.masks:draw_mask",
    "evaluate_levels": "tropdsx.workflows.reconstruct.levels.evaluation:evaluate_levels",
    "export_patches": "tropdsx.workflows.patches.files.export:export_patches",
    "label_stations": "tropdsx.workflows.patches.splitting:label_stations",
    "leave_out": "tropdsx.workflows.reconstruct.leave_out:leave_out",
    "line_of_sight_delay": "tropdsx.workflows.insar.line_of_sight:line_of_sight_delay",
    "open_delays": "tropdsx.read.delays:open_delays",
    "open_gacos": "tropdsx.read.insar.gacos:open_gacos",
    "open_levels": "tropdsx.workflows.derive.open_levels:open_levels",
    "open_opera": "tropdsx.read.insar.opera:open_opera",
    "open_orography": "tropdsx.read.orography:open_orography",
    "open_patches": "tropdsx.workflows.patches.files.store:open_patches",
    "open_profiles": "tropdsx.read.series.profiles:open_profiles",
    "open_series": "tropdsx.read.series.opening:open_series",
    "patches": "tropdsx.workflows.patches.windows:patches",
    "read_observations": "tropdsx.read.stations:read_observations",
    "read_provenance": "tropdsx.write.provenance:read_provenance",
    "read_stations": "tropdsx.read.stations:read_stations",
    "reconstruct": "tropdsx.workflows.reconstruct.analysis:reconstruct",
    "reconstruct_levels": "tropdsx.workflows.reconstruct.levels.analysis:reconstruct_levels",
    "report": "tropdsx.workflows.report.html.writing:report",
    "simulate": "tropdsx.workflows.simulate.delays:simulate",
    "standardise": "tropdsx.grid.standardise:standardise_grid",
    "train": "tropdsx.workflows.train:fit",
    "validate": "tropdsx.workflows.evaluate.comparison:validate",
    "with_rmse_maps": "tropdsx.workflows.evaluate.comparison:with_rmse_maps",
    "write_series": "tropdsx.workflows.stations.files:write_series",
    "zenith_delays": "tropdsx.workflows.derive.zenith:zenith_delays",
}


def __getattr__(name: str) -> Any:
    """Load a public name, or a room such as ``tropdsx.atmos``, when it is first used."""
    module, _, attribute = _LATER.get(name, f"tropdsx.{name}").partition(":")
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        msg = f"module 'tropdsx' has no attribute {name!r}"
        raise AttributeError(msg) from error
    found = getattr(found, attribute) if attribute else found
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
