"""Measure delays against true ones: scores, maps, baselines and stations."""

from tropdsx.workflows.evaluate.comparison import validate, with_rmse_maps
from tropdsx.workflows.evaluate.files import evaluate_files, save_maps
from tropdsx.workflows.evaluate.methods import evaluate
from tropdsx.workflows.evaluate.station_scores import compare_stations
from tropdsx.workflows.evaluate.stations import delays_at

__all__ = [
    "compare_stations",
    "delays_at",
    "evaluate",
    "evaluate_files",
    "save_maps",
    "validate",
    "with_rmse_maps",
]
