"""Named files: shipped tables and weights, and grids of the VMF Data Server."""

from tropdsx.assets.catalogue import ASSETS, Asset
from tropdsx.assets.registry import asset_path, fetch, find_asset, list_assets

__all__ = ["ASSETS", "Asset", "asset_path", "fetch", "find_asset", "list_assets"]
