"""The main job: standardise, reduce, predict, describe, restore."""

from tropdsx.pipeline.options import Options
from tropdsx.pipeline.run import downscale

__all__ = ["Options", "downscale"]
