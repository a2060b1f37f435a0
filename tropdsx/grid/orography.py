"""Heights of the ground: bring them to the standard grid, and interpolate between its nodes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import asset_path
from tropdsx.cf.axes import Axes, find_axes
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, InputError
from tropdsx.geoid.labelled import about_heights
from tropdsx.geoid.statements import ELLIPSOID, SETTLED
from tropdsx.grid.axis_weights import combine_axes, weigh_axes
from tropdsx.grid.checks.seam import check_seam, find_seam
from tropdsx.grid.heights.moving import STREAMS, hold_still, hold_streams
from tropdsx.grid.heights.reader import standardise_heights
from tropdsx.grid.heights.rows import HeightRows, is_large, standardise_rows
from tropdsx.grid.irregular import is_gaussian
from tropdsx.grid.spacing import is_regular, regularise_axis, unwrap_longitude
from tropdsx.grid.stencil import make_stencil
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["as_terrain", "sample_heights", "shipped_orography", "standardise_orography"]


def as_terrain(heights: xr.DataArray | xr.Dataset) -> xr.Dataset:
    """Make a Dataset of heights that are given as an array.

    Parameters
    ----------
    heights : DataArray or Dataset
        In memory or lazy, also as quantities of pint. The ``orography`` of a result is a
        coordinate, which names itself among its own.

    Returns
    -------
    Dataset
        An array becomes its ``orography``; a Dataset stays as it is.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": [1.0, 0.0], "orography": ("lat", [20.0, 30.0])})
    >>> list(as_terrain(ds.orography).data_vars)
    ['orography']
    """
    if isinstance(heights, xr.DataArray):
        heights = heights.drop_vars("orography", errors="ignore").to_dataset(name="orography")
    return without_pint(heights)


def standardise_orography(
    ds: xr.Dataset,
    source: str = "the dataset",
    *,
    heights: str = "auto",
    notes: list[str] | None = None,
    any_steps: bool = False,
    gaussian: bool = False,
    lazy: bool = False,
) -> xr.DataArray:
    """Find the orography of a Dataset and bring it to the standard nodes.

    Parameters
    ----------
    ds : Dataset
        With an orography, surface height, or surface geopotential (divided by 9.80665 m s-2).
    source : str, optional
        What to call it in an error.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What its heights count from; "auto" decides by attributes and values.
    notes : list of str, optional
        What was changed, guessed or found wrong is appended.
    any_steps : bool, default False
        Whether latitudes may have any steps: heights that are used at their own nodes.
    gaussian : bool, default False
        Whether they may be those of a Gaussian grid, between whose rows :func:`sample_heights`
        interpolates.
    lazy : bool, default False
        Leave heights in their file that are too many to hold.

    Returns
    -------
    DataArray
        ``orography(lat, lon)`` float64 in memory, or lazy [m, ellipsoidal]; ``attrs["comment"]``
        tells what was made of heights that were something else.

    Raises
    ------
    InputError
        If there is no orography.
    GridError
        If the axes are missing or irregular, or the heights change with time.
    UnitsError
        If units are unknown or the values are no heights of land.

    Examples
    --------
    >>> ds = xr.Dataset(
    ...     {"z": (("lat", "lon"), [[9806.65] * 4] * 2, {"units": "m**2 s**-2"})},
    ...     coords={"lat": [-45.0, 45.0], "lon": [0.0, 90.0, 180.0, 270.0]},
    ... )
    >>> float(standardise_orography(ds, heights="geoid")[0, 0].round())  # EGM2008 is at 47 m there
    1047.0
    """
    notes = [] if notes is None else notes
    ds = as_terrain(ds)
    times = [dim for dim in ds.dims if dim in ds.coords and ds[dim].dtype.kind in "mM"]
    axes = find_axes(ds.isel({dim: [0] for dim in times}))  # runs and steps are no matter here
    field = _find_heights(ds, axes, source, {axes.time_dim, *times, *STREAMS})
    lat = axes.lat.to_numpy()
    free = any_steps or (gaussian and is_gaussian(lat))
    even = not free or is_regular(lat)
    lat = regularise_axis(lat, "latitude") if even else lat.astype(float)
    lon, columns = unwrap_longitude(axes.lon.values)
    rows, said = slice(None, None, -1 if lat[0] < lat[-1] else 1), list[str]()
    how: dict[str, Any] = {"about": about_heights(ds, field.name), "heights": heights}
    if lazy and is_large(field) and field.dims == (axes.lat_dim, axes.lon_dim):
        turned = None if np.array_equal(columns, np.arange(field.shape[1])) else columns
        stored = HeightRows(field, lat[rows], lon, lat[0] < lat[-1], turned)
        out = standardise_rows(stored, said, **how)
    else:
        field = field.transpose(axes.lat_dim, axes.lon_dim).load()
        standard = field.rename({axes.lat_dim: "lat", axes.lon_dim: "lon"})
        standard = check_seam(standard, find_seam(axes.lon.values, columns))[rows, columns]
        standard = standard.assign_coords(lat=("lat", lat[rows]), lon=("lon", lon))
        out = standardise_heights(standard, standard["lat"], standard["lon"], said, **how)
    notes += said
    out.attrs = {**_attributes(said), "long_name": field.attrs.get("long_name", "surface height")}
    return out.rename("orography")


def _find_heights(
    ds: xr.Dataset, axes: Axes, source: str, alike: set[Hashable | None]
) -> xr.DataArray:
    """Heights as stored, on the dimensions of latitude and longitude."""
    name = find_variable(ds.reset_coords(), "orography", {axes.lat_dim, axes.lon_dim})
    if name is None:
        msg = (
            f"{source} holds no orography (variables {', '.join(map(str, ds.data_vars))}); "
            f"accepted are {', '.join(QUANTITIES['orography'].aliases)} on latitude and longitude."
        )
        raise InputError(msg)
    field = xr.DataArray(ds[name].variable, name=name)
    field = hold_streams(field, source=source)
    for dim in field.dims:
        if dim in (axes.lat_dim, axes.lon_dim):
            continue
        if field.sizes[dim] > 1 and dim not in alike:
            msg = (
                f"orography '{name}' of {source} has dimension '{dim}' of size {field.sizes[dim]}; "
                f"accepted is one height per node. Select one with ds.isel({dim}=0)."
            )
            raise GridError(msg)
        field = hold_still(field, dim, source=source)
    return field


def _attributes(said: list[str]) -> dict[str, str]:
    attrs = {
        "units": "m",
        SETTLED: ELLIPSOID,
        "standard_name": "height_above_reference_ellipsoid",
    }
    return attrs | ({"comment": "; ".join(said)} if said else {})


def sample_heights(
    field: xr.DataArray,
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    *,
    overhang: float = 0.0,
    missing: bool = True,
) -> NDArray[np.float64]:
    """Interpolate the heights of a standard orography bilinearly between its nodes.

    Parameters
    ----------
    field : DataArray
        Orography on (lat descending, lon ascending), in memory [m].
    lat, lon : ndarray
        Places; they broadcast against each other [deg].
    overhang : float, default 0
        How many steps beyond its first and last row a row is carried on. Up to a pole less than a
        step away it always is: the rows of cell centres end half a step before it.
    missing : bool, default True
        Whether a place beyond the orography is NaN in the result; otherwise it is an error.

    Returns
    -------
    ndarray of float64, broadcast shape of `lat` and `lon`
        Heights above the zero of `field` [m].

    Raises
    ------
    GridError
        If a place lies beyond the orography, unless it may be missing.

    Examples
    --------
    >>> nodes = {"lat": [50.0, 40.0], "lon": [10.0, 20.0]}
    >>> field = xr.DataArray([[0.0, 100.0], [0.0, 300.0]], nodes)
    >>> sample_heights(field, np.array([45.0, 55.0]), np.array([20.0, 20.0]))
    array([200.,  nan])
    >>> sample_heights(field, np.array([55.0]), np.array([20.0]), overhang=1.0)
    array([100.])
    """
    have_lat, have_lon = field["lat"].to_numpy(), field["lon"].to_numpy()
    north, south = float(have_lat[0]), float(have_lat[-1])
    step = (north - south) / max(have_lat.size - 1, 1)
    top = 90.0 if north + step >= 90.0 else north + overhang * step
    bottom = -90.0 if south - step <= -90.0 else south - overhang * step
    carried = np.where((lat <= top) & (lat >= bottom), np.clip(lat, south, north), lat)
    heights = field.transpose("lat", "lon").to_numpy()
    if not is_regular(have_lat):
        carried, have_lat = _straighten_rows(have_lat, carried)
    lon = lon[np.newaxis] if lon.ndim == 1 and lat.ndim == 2 else lon
    regular = lat.ndim == lon.ndim == 2 and lat.shape[1] == lon.shape[0] == 1
    if regular and np.array_equal(carried[:, 0], have_lat) and np.array_equal(lon[0], have_lon):
        return heights.astype(float)
    if regular:
        axes = weigh_axes(have_lat, have_lon, carried[:, 0], lon[0], interpolation="bilinear")
        outside = any(bool(np.isnan(axis.weight).any()) for axis in axes)
        sampled = combine_axes(heights, *axes)
    else:
        place = make_stencil(have_lat, have_lon, carried, lon, interpolation="bilinear")
        outside = bool(np.isnan(place.weight).any())
        sampled = place.apply(heights.astype(float))
    if outside and not missing:
        msg = (
            f"the orography (lat {south:g} to {north:g}, lon {have_lon[0]:g} to "
            f"{have_lon[-1]:g}) does not cover the target (lat {lat.min():g} to {lat.max():g}, lon "
            f"{lon.min():g} to {lon.max():g}); give one that does"
        )
        raise GridError(msg)
    return sampled


def _straighten_rows(
    rows: NDArray[np.float64], places: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move uneven rows to even places, and all between them along: shares between rows stay."""
    even = np.linspace(rows[0], rows[-1], rows.size)
    inside = (places <= rows[0]) & (places >= rows[-1])
    return np.where(inside, np.interp(-places, -rows, even), places), even


def shipped_orography() -> xr.DataArray:
    """Read the shipped terrain: means of 1 degree cells.

    Returns
    -------
    DataArray
        ``orography(lat, lon)`` float64, 89.5 to -89.5 and 0.5 to 359.5 deg [m, ellipsoidal].

    Notes
    -----
    ITU-R P.1511-2 above the geoid EGM2008.

    Examples
    --------
    >>> bool(shipped_orography().sel(lat=30.5, lon=88.5) > 3000.0)
    True
    """
    terrain = load_netcdf(asset_path("orography_1deg"))["orography"].astype(float)
    return terrain.assign_attrs({SETTLED: ELLIPSOID})
