"""``ds.tropds``, ``da.tropds`` and ``tree.tropds``: each method is one call."""

from tropdsx.accessor.atmosphere import ArrayAccessor
from tropdsx.accessor.dataset import TropdsAccessor
from tropdsx.accessor.tree import TreeAccessor

__all__ = ["ArrayAccessor", "TreeAccessor", "TropdsAccessor"]
