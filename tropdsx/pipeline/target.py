"""Where the result is wanted: nodes and heights of the fine grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.errors import GridError, InputError, warn
from tropdsx.grid.edges import interpolation_limits, is_global_longitude
from tropdsx.grid.orography import (
    as_terrain,
    sample_heights,
    shipped_orography,
    standardise_orography,
)
from tropdsx.grid.spacing import is_regular, regularise_axis, unwrap_longitude
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_terrain, resolve_orography

__all__ = ["Target", "resolve_target"]

NONE = "none"
FINEST = 0.01  # deg: 650 million nodes; finer is a slip


@dataclass(frozen=True)
class Target:
    """The fine grid in standard order, and how its owner keeps it.

    Attributes
    ----------
    fine : Dataset
        ``lat`` descending, ``lon`` ascending [deg], ``orography`` (lat, lon) [m, ellipsoidal].
    lat, lon : DataArray or None
        The caller's own axes where the target came as a Dataset.
    notes : tuple of str
        What was assumed about heights.

    Examples
    --------
    >>> coarse = xr.Dataset(coords={"lat": [50.0, 45.0], "lon": [10.0, 15.0]})
    >>> resolve_target(None, coarse).notes
    ('fine heights: shipped 1 degree cell means (ITU-R P.1511-2, EGM2008)',)
    """

    fine: xr.Dataset
    lat: xr.DataArray | None = None
    lon: xr.DataArray | None = None
    notes: tuple[str, ...] = ()


def resolve_target(
    target: float | str | Path | xr.Dataset | xr.DataArray | None,
    coarse: xr.Dataset,
    *,
    orography: str | Path | xr.Dataset | xr.DataArray | None = None,
    heights: str = "auto",
    lazy: bool = False,
) -> Target:
    """Find nodes and heights of the fine grid.

    Parameters
    ----------
    target : None, float, str, Path, Dataset or DataArray
        None for the global 1 degree nodes (89.5, 0.5 ...), or those inside a regional grid; a
        spacing in degrees; or a grid (in memory or a file) with lat, lon and, unless
        ``orography`` is given, ``orography`` [m, ellipsoidal].
    coarse : Dataset
        Standard coarse grid; a regional one limits the nodes.
    orography : str, Path, Dataset or DataArray, optional
        Heights of the terrain [m, ellipsoidal], on the target's nodes or on any grid around them.
        Default: the target's own, else the shipped 1 degree cell means.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What the caller's heights count from; "auto" decides by attributes and values.
    lazy : bool, optional
        Leave the heights of a target in its file where they are too many to hold.

    Returns
    -------
    Target

    Raises
    ------
    GridError
        If the spacing does not divide 180 degrees, the target has no lat/lon, or none of its
        nodes lies inside the coarse grid.

    Examples
    --------
    >>> coarse = xr.Dataset(coords={"lat": [50.0, 45.0], "lon": [10.0, 15.0]})
    >>> resolve_target(2.5, coarse).fine.sizes["lon"]
    2
    """
    spacing = 1.0 if target is None else _number(target)
    notes: list[str] = []
    terrain = None
    if orography is not None:
        terrain = resolve_orography(orography, heights=heights, notes=notes, gaussian=True)
    if spacing is not None:
        lat, lon = _nodes(spacing, coarse)
        fine = _fine(lat, lon, _heights(lat, lon, terrain, spacing, notes))
        return Target(fine, notes=tuple(notes))
    own, own_terrain = _grid_of(target, terrain, heights, notes, lazy=lazy)
    axes = find_axes(own)
    lat = axes.lat.to_numpy()
    # A Gaussian target is none of even steps; one of even steps is freed of its rounding.
    lat = regularise_axis(lat, "latitude") if is_regular(lat) else lat.astype(float)
    steps = np.diff(lat)
    if not ((steps > 0).all() or (steps < 0).all()):
        msg = (
            "the target's latitudes are not in order or repeat; accepted are latitudes that rise "
            "or fall throughout: sort the target with .sortby()"
        )
        raise GridError(msg)
    lat = np.sort(lat)[::-1]
    lon, _ = unwrap_longitude(axes.lon.to_numpy())
    fine = _fine(lat, lon, _heights(lat, lon, own_terrain, None, notes))
    return Target(fine, axes.lat, axes.lon, tuple(notes))


def _grid_of(
    target: Any, terrain: xr.DataArray | None, heights: str, notes: list[str], *, lazy: bool
) -> tuple[xr.Dataset, xr.DataArray | None]:
    """Open a target in its own orientation; its heights, unless others are given."""
    ds = as_terrain(target) if isinstance(target, (xr.DataArray, xr.Dataset)) else target
    if isinstance(ds, xr.Dataset):
        return ds, _own_heights(ds, heights, notes) if terrain is None else terrain
    if not isinstance(target, (str, Path)):
        msg = (
            f"a target of type {type(target).__name__} found; accepted are None, a spacing in "
            "degrees, a file, a Dataset or a DataArray with latitude and longitude"
        )
        raise GridError(msg)
    try:
        # As it is, and not as the standard grid: the result takes the orientation of its target.
        ds = open_terrain(target)
        axes = find_axes(ds)
        # Axes told by two-dimensional coordinates cannot be given back to a result.
        plain = all(ds[axis.name].ndim == 1 for axis in (axes.lat, axes.lon))
        if plain and terrain is not None:
            return ds, terrain
        how: dict[str, Any] = {"heights": heights, "notes": notes, "any_steps": True}
        own = standardise_orography(ds, str(target), lazy=lazy, **how)
    except InputError:
        if terrain is None:
            raise
        return open_delays(target), terrain
    return ds if plain else own.to_dataset(name="orography"), own if terrain is None else terrain


def _own_heights(own: xr.Dataset, heights: str, notes: list[str]) -> xr.DataArray | None:
    try:
        return standardise_orography(
            own, "the target", heights=heights, notes=notes, any_steps=True
        )
    except InputError:
        return None


def _number(target: Any) -> float | None:
    """Read a spacing; None for a grid or the name of a file."""
    if not isinstance(target, (str, int, float, np.number)):
        return None
    try:
        return float(target)
    except ValueError:
        return None


def _fine(lat: NDArray, lon: NDArray, heights: Any) -> xr.Dataset:
    attrs = {"units": "m", "long_name": "height above the WGS84 ellipsoid"}
    orography = (("lat", "lon"), heights, attrs)
    return xr.Dataset({"orography": orography}, coords={"lat": lat, "lon": lon})


def _nodes(spacing: float, coarse: xr.Dataset) -> tuple[NDArray, NDArray]:
    """Centres of the cells of a global grid, limited to a regional coarse grid."""
    count = round(180.0 / spacing) if spacing >= FINEST else 0
    if count < 1 or abs(count * spacing - 180.0) > 1e-6:
        msg = (
            f"a target spacing of {spacing:g} degrees does not divide 180; "
            f"choose for example 1, 0.5, 0.25 or 0.1 (at least {FINEST:g}), or give a grid with "
            "lat and lon"
        )
        raise GridError(msg)
    # Centres as exact as decimal numbers allow: 0.05, not 0.05000000000000426.
    lat = np.round((90.0 * 2 - (2 * np.arange(count) + 1) * spacing) / 2, 9)
    lon = np.round((2 * np.arange(2 * count) + 1) * spacing / 2, 9)
    edge = 1e-6
    north, south = interpolation_limits(coarse["lat"].to_numpy(), coarse["lon"].to_numpy())
    lat = lat[(lat <= north + edge) & (lat >= south - edge)]
    if not is_global_longitude(coarse["lon"]):
        west, east = float(coarse["lon"][0]), float(coarse["lon"][-1])
        lon = np.concatenate([lon, lon + 360.0])
        lon = lon[(lon >= west - edge) & (lon <= east + edge)]
    if lat.size == 0 or lon.size == 0:
        msg = (
            f"no node of the {spacing:g} degree target lies inside the coarse grid (lat {south:g} "
            f"to {north:g}, lon {float(coarse['lon'][0]):g} to {float(coarse['lon'][-1]):g}); "
            "choose a finer target spacing"
        )
        raise GridError(msg)
    return lat, lon


def _heights(
    lat: NDArray,
    lon: NDArray,
    terrain: xr.DataArray | None,
    spacing: float | None,
    notes: list[str],
) -> Any:
    """Terrain heights at the nodes: exact where the source has the node, bilinear elsewhere.

    They are lazy where those of the source are.
    """
    if terrain is None:
        terrain = shipped_orography()
        if spacing is None or spacing < 1.0:
            note = "fine heights interpolated from the shipped 1 degree cell means"
            notes.append(note)
            warn(f"{note}; give orography= a terrain model of the target's resolution")
        else:
            notes.append("fine heights: shipped 1 degree cell means (ITU-R P.1511-2, EGM2008)")
    if terrain.chunks is not None:
        have = terrain["lat"].to_numpy(), terrain["lon"].to_numpy()
        if np.array_equal(lat, have[0]) and np.array_equal(lon, have[1]):
            return terrain.data
        terrain = terrain.load()
    # Terrain that ends up to a step before the outermost rows of a target will do.
    return sample_heights(terrain, lat[:, None], lon[None, :], overhang=1.0, missing=False)
