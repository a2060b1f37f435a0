"""Named files: shipped tables and weights, and grids of the VMF Data Server."""

from tropdsx.assets.registry import (
    ASSETS,
    SHIPPED,
    Asset,
    asset_path,
    fetch,
    find_asset,
    find_path,
    list_assets,
)

__all__ = [
    "ASSETS",
    "SHIPPED",
    "Asset",
    "asset_path",
    "fetch",
    "find_asset",
    "find_path",
    "list_assets",
]
