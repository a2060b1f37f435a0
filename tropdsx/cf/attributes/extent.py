"""The range of heights that a file tells of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

__all__ = ["ELLIPSOIDAL", "missing_extent", "vertical_extent"]

ELLIPSOIDAL = "height_above_reference_ellipsoid"
"""Standard name of the heights of tropdsx."""


def vertical_extent(orography: xr.DataArray | None) -> dict[str, Any]:
    """Give the range of the heights that the delays refer to.

    A lazy orography is left alone (nothing is computed): the writer asks again when it has loaded
    it. Without an orography the heights are unknown, and nothing is stated.

    Parameters
    ----------
    orography : DataArray or None
        Heights by their ``units``, metres where these are missing.

    Returns
    -------
    dict
        ``geospatial_vertical_*`` attributes; empty where nothing is known.

    Examples
    --------
    >>> vertical_extent(xr.DataArray([[-5.0, 120.0]]))["geospatial_vertical_max"]
    120.0
    """
    if orography is None or orography.chunks is not None or not orography.size:
        return {}
    values = np.asarray(orography.values)
    if not np.isfinite(values).any():
        return {}
    # WGS 84 with ellipsoidal heights; else heights above the mean level of the sea.
    ellipsoidal = orography.attrs.get("standard_name", ELLIPSOIDAL) == ELLIPSOIDAL
    return {
        "geospatial_vertical_min": float(np.nanmin(values)),
        "geospatial_vertical_max": float(np.nanmax(values)),
        "geospatial_vertical_units": str(orography.attrs.get("units", "m")),
        "geospatial_vertical_positive": "up",
        "geospatial_bounds_vertical_crs": "EPSG:4979" if ellipsoidal else "EPSG:5714",
    }


def missing_extent(ds: xr.Dataset) -> dict[str, Any]:
    """Give the range of heights that was not known when the Dataset was described.

    Parameters
    ----------
    ds : Dataset
        What :func:`tropdsx.cf.describe` returned; a lazy orography is computed.

    Returns
    -------
    dict
        As from :func:`vertical_extent`; empty where the attributes have it already, or the Dataset
        is not one that was described.

    Examples
    --------
    >>> heights = xr.DataArray([[-5.0, 120.0]], dims=("lat", "lon"), attrs={"units": "m"})
    >>> ds = xr.Dataset({"orography": heights}, attrs={"Conventions": "CF-1.10, ACDD-1.3"})
    >>> missing_extent(ds)["geospatial_vertical_min"]
    -5.0
    """
    if "ACDD" not in str(ds.attrs.get("Conventions")) or "geospatial_vertical_min" in ds.attrs:
        return {}
    return vertical_extent(ds["orography"].compute()) if "orography" in ds.variables else {}
