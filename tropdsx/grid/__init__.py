"""The standard grid: into it, back out of it, and how its nodes combine."""

from tropdsx.grid.standardise import standardise_grid

__all__ = ["standardise_grid"]
