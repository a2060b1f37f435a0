"""What a file or Dataset holds, in words: for Jupyter, for ``tropdsx inspect`` and for errors."""

from __future__ import annotations

from typing import Any

import xarray as xr


def describe_input(ds: xr.Dataset) -> dict[str, Any]:
    """Say what was found."""
    return {"variables": sorted(map(str, ds))}


def line(ds: xr.Dataset) -> str:
    """One line for the terminal."""
    return f"<tropds: {', '.join(sorted(map(str, ds))) or 'no variables'}>"


def html(ds: xr.Dataset) -> str:
    """Summary for Jupyter."""
    return line(ds)
