"""Errors and warnings of tropdsx.

Every error says what was found, what is accepted and what to do. Each class also derives from the
built-in exception that plain Python code would raise in its place.
"""

from __future__ import annotations

__all__ = [
    "AssetError",
    "CheckpointError",
    "DomainError",
    "GridError",
    "InputError",
    "OutputError",
    "TropdsxError",
    "TropdsxWarning",
    "UnitsError",
]


class TropdsxError(Exception):
    """Base class of all errors that tropdsx raises on purpose."""


class GridError(TropdsxError, ValueError):
    """A grid that cannot be used: axes missing, irregular, mismatched or outside the target."""


class UnitsError(TropdsxError, ValueError):
    """Units that are unknown, or values that fit no accepted unit."""


class DomainError(TropdsxError, ValueError):
    """A physical argument outside its valid range, such as an elevation of 0 degrees."""


class CheckpointError(TropdsxError, RuntimeError):
    """A checkpoint that is missing, damaged, foreign, or does not fit the grid."""


class AssetError(TropdsxError, FileNotFoundError):
    """A named asset (grid table, orography) that is not on this machine."""


class InputError(TropdsxError, OSError):
    """An input file that is missing, empty, truncated or of an unknown format."""


class OutputError(TropdsxError, OSError):
    """An output that cannot be written, or exists and may not be replaced."""


class TropdsxWarning(UserWarning):
    """Something was assumed, dropped or left out; the text says what."""
