"""Measure delays against true ones: scores, maps, baselines and stations."""

from tropdsx.workflows.evaluate.comparison import validate

__all__ = ["validate"]
