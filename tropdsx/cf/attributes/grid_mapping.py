"""How a grid lies on the Earth: the CF grid mapping of WGS 84, and what other ones say."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.atmos.constants import EQUATORIAL_RADIUS, INVERSE_FLATTENING
from tropdsx.cf.axes import find_axis_names
from tropdsx.errors import GridError

__all__ = ["add_grid_mapping", "is_grid_mapping", "lies_elsewhere", "settle_grid_mapping"]

_DEGREE = 'ANGLEUNIT["degree",0.0174532925199433]'
# The same in the words of GDAL and PROJ, which know the number 4326 by it.
_WKT = (
    'GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",'
    f'{EQUATORIAL_RADIUS:.0f},{INVERSE_FLATTENING},LENGTHUNIT["metre",1]]],'
    f'PRIMEM["Greenwich",0,{_DEGREE}],CS[ellipsoidal,2],'
    f'AXIS["geodetic latitude (Lat)",north,ORDER[1],{_DEGREE}],'
    f'AXIS["geodetic longitude (Lon)",east,ORDER[2],{_DEGREE}],ID["EPSG",4326]]'
)
_WGS84: dict[str, Any] = {
    "grid_mapping_name": "latitude_longitude",
    "long_name": "WGS 84 ellipsoid",
    "semi_major_axis": EQUATORIAL_RADIUS,
    "inverse_flattening": INVERSE_FLATTENING,
    "longitude_of_prime_meridian": 0.0,
    "reference_ellipsoid_name": "WGS 84",
    "prime_meridian_name": "Greenwich",
    "geographic_crs_name": "WGS 84",
    "horizontal_datum_name": "World Geodetic System 1984",
    "crs_wkt": _WKT,
}
# GRS 80, which differs from WGS 84 by 0.1 mm at the poles, is the same.
_METRES, _FLATTENING = 1.0, 1e-4
_TEXTS = ("grid_mapping_name", "crs_wkt", "spatial_ref")
_FIGURE = ("semi_major_axis", "semi_minor_axis", "inverse_flattening", "earth_radius")


def is_grid_mapping(variable: xr.Variable | None) -> bool:
    """Tell a variable that says how a grid lies on the Earth.

    Parameters
    ----------
    variable : Variable or None
        Any.

    Returns
    -------
    bool
        False for None.

    Examples
    --------
    >>> is_grid_mapping(xr.Variable((), 0, {"crs_wkt": "GEOGCRS[...]"})), is_grid_mapping(None)
    (True, False)
    """
    return variable is not None and any(key in variable.attrs for key in _TEXTS)


def settle_grid_mapping(variable: xr.Variable) -> bool:
    """Tell whether a grid mapping is that of WGS 84, and let it say so in CF's own words.

    Parameters
    ----------
    variable : Variable
        A grid mapping. One that leaves the figure of the Earth out, or gives it in ``crs_wkt``
        alone, which iris and others do not read, gets the attributes of CF, in place.

    Returns
    -------
    bool
        False for a projection, a sphere or another ellipsoid.

    Examples
    --------
    >>> silent = xr.Variable((), 0, {"grid_mapping_name": "latitude_longitude"})
    >>> settle_grid_mapping(silent), silent.attrs["semi_major_axis"]
    (True, 6378137.0)
    >>> sphere = {"grid_mapping_name": "latitude_longitude", "earth_radius": 6371229.0}
    >>> settle_grid_mapping(xr.Variable((), 0, sphere))
    False
    """
    said = variable.attrs
    text = " ".join(str(said.get(key, "")) for key in _TEXTS[1:]).upper()
    projected = said.get("grid_mapping_name", _WGS84["grid_mapping_name"]) != "latitude_longitude"
    if projected or "PROJC" in text or _number(said, "longitude_of_prime_meridian"):
        return False
    if not any(key in said for key in _FIGURE):
        if text.strip() and not re.search("WGS[ _]?(19)?84|WORLD GEODETIC SYSTEM 1984", text):
            return False
        variable.attrs = {**_WGS84, **said}
        return True
    axis, flattening = _number(said, "semi_major_axis"), _number(said, "inverse_flattening")
    minor = _number(said, "semi_minor_axis")
    if flattening is None and axis is not None and minor is not None and axis > minor:
        flattening = axis / (axis - minor)
    return (
        axis is not None
        and flattening is not None
        and abs(axis - EQUATORIAL_RADIUS) < _METRES
        and abs(flattening - INVERSE_FLATTENING) < _FLATTENING
    )


def add_grid_mapping(ds: xr.Dataset) -> Hashable:
    """Add the grid mapping of WGS 84 where there is none yet.

    Parameters
    ----------
    ds : Dataset
        Changed in place; a variable named ``crs`` that says something else is left alone.

    Returns
    -------
    Hashable
        Name of the variable that holds it.

    Examples
    --------
    >>> ds = xr.Dataset()
    >>> add_grid_mapping(ds), ds.crs.attrs["semi_major_axis"]
    ('crs', 6378137.0)
    """
    for name in ("crs", "crs_wgs84"):
        if name not in ds.variables:
            ds[name] = xr.Variable((), np.int32(0), dict(_WGS84))
            return name
        if is_grid_mapping(ds.variables[name]) and settle_grid_mapping(ds.variables[name]):
            return name
    msg = "the variables 'crs' and 'crs_wgs84' are no grid mappings of WGS 84; rename one of them"
    raise GridError(msg)


def lies_elsewhere(said: Mapping[Any, Any], ds: xr.Dataset) -> bool:
    """Tell whether the ``GeoTransform`` that GDAL and rioxarray write is of another grid.

    Parameters
    ----------
    said : mapping
        Attributes of a grid mapping.
    ds : Dataset
        With the latitudes and longitudes.

    Returns
    -------
    bool
        False where there is none.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": [89.5, 88.5], "lon": [0.5, 1.5]})
    >>> coarse = {"GeoTransform": "0.0 5.0 0.0 90.0 0.0 -5.0"}
    >>> lies_elsewhere(coarse, ds), lies_elsewhere({}, ds)
    (True, False)
    """
    if "GeoTransform" not in said:
        return False
    try:
        west, east_step, _, north, _, south_step = map(float, str(said["GeoTransform"]).split())
        _, lat, lon = find_axis_names(ds)
    except (ValueError, GridError):
        return True
    ends = [(lon, west, east_step), (lat, north, south_step)]
    return any(not _starts_at(ds[name].values, edge, step) for name, edge, step in ends)


def _starts_at(nodes: np.ndarray, edge: float, step: float) -> bool:
    expected = edge + (np.arange(nodes.size) + 0.5) * step
    return bool(nodes.ndim == 1 and np.allclose(nodes, expected, rtol=0, atol=0.01 * abs(step)))


def _number(said: Mapping[Any, Any], key: str) -> float | None:
    try:
        return float(said[key])
    except (KeyError, TypeError, ValueError):
        return None
