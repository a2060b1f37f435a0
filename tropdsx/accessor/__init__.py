"""``ds.tropds``, ``da.tropds`` and ``tree.tropds``: each method is one call."""

from tropdsx.accessor.registration import AccessorClass

__all__ = ["AccessorClass"]
