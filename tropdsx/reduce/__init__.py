"""Physics first: coarse nodes lifted to the fine terrain and combined there."""

from tropdsx.reduce.lift import reduce_to_orography

__all__ = ["reduce_to_orography"]
