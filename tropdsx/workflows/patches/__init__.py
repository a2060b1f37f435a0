"""Patches for learning from any gridded variable: windows, splits, statistics, masks, spoiling."""

from tropdsx.workflows.patches.files.export import export_patches
from tropdsx.workflows.patches.files.store import open_patches
from tropdsx.workflows.patches.windows import patches

__all__ = ["export_patches", "open_patches", "patches"]
