"""Errors that tropdsx raises on purpose; each says what was found, what is accepted, what to do."""

from __future__ import annotations


class TropdsxError(Exception):
    """Base of every error that tropdsx raises on purpose."""


class GridError(TropdsxError, ValueError):
    """A grid, file layout or coordinate axis is not one that can be used."""


class UnitsError(TropdsxError, ValueError):
    """Units are missing, unknown, or do not fit the values."""


class CheckpointError(TropdsxError, RuntimeError):
    """A network checkpoint is damaged, incomplete, or does not fit the data."""


class AssetError(TropdsxError, FileNotFoundError):
    """A file that does not ship with tropdsx is not there and could not be fetched."""


class OutputError(TropdsxError, OSError):
    """A result could not be written."""


class DomainError(TropdsxError, ValueError):
    """A physical argument lies outside the range in which the formula holds."""
