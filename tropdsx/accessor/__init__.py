"""``ds.tropds`` and ``da.tropds``: each method is one call."""

from tropdsx.accessor.atmosphere import ArrayAccessor
from tropdsx.accessor.dataset import TropdsAccessor

__all__ = ["ArrayAccessor", "TropdsAccessor"]
