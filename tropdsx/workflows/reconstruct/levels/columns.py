"""Profiles and a surface field as arrays: which column lies where, and what is wanted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.cf.spelling.same_unit import is_same_unit
from tropdsx.cf.spelling.sea_water import kind_of
from tropdsx.cf.units import spell_unit
from tropdsx.errors import DomainError, GridError, UnitsError, warn
from tropdsx.grid.matching import find_nearest_nodes, is_same_axis
from tropdsx.workflows.reconstruct.levels.formal_errors import complete_errors
from tropdsx.workflows.reconstruct.oi.covariance import Places

__all__ = ["Task", "average_columns", "gather", "surface_first"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Task:
    """What is observed, and where an estimate is wanted.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Nodes of the surface field as stored [deg].
    level : DataArray, shape (L,)
        Levels of the profiles.
    cells : ndarray of int, shape (m,)
        Nodes with a surface, as places in the flattened grid.
    node : ndarray of int, shape (n,)
        The node of each column, in the flattened grid.
    values : ndarray, shape (n, L)
        Observed profiles, one for each node, NaN where a level is missing.
    surface : ndarray, shape (J * I,)
        Surface field.
    exists : ndarray of bool, shape (J * I, L)
        Where there is something to estimate.
    known : int or None
        The level that is the surface field itself.
    assumed : int
        Values without a formal error of their own.

    Examples
    --------
    >>> Task.__name__
    'Task'
    """

    lat: Array
    lon: Array
    level: xr.DataArray
    cells: NDArray[np.intp]
    node: NDArray[np.intp]
    values: Array
    surface: Array
    exists: NDArray[np.bool_]
    known: int | None
    assumed: int = 0

    def places(self, nodes: NDArray[np.intp]) -> Places:
        """Give nodes as places, whose heights are the numbers of their levels.

        Parameters
        ----------
        nodes : ndarray of int
            In the flattened grid.

        Returns
        -------
        Places
        """
        lat, lon = np.meshgrid(self.lat, self.lon, indexing="ij")
        # Where all nodes have all levels, all heights are alike and count for nothing.
        height = self.exists[nodes].sum(axis=1).astype(np.float64)
        return Places.at(lat.ravel()[nodes], lon.ravel()[nodes], height)


def surface_first(cube: xr.DataArray, dim: Hashable) -> xr.DataArray:
    """Order depths so that the first level is the one nearest to the surface.

    Parameters
    ----------
    cube : DataArray
        On `dim` and others.
    dim : hashable
        Its levels; those that are no depths stay as they are.

    Returns
    -------
    DataArray

    Examples
    --------
    >>> da = xr.DataArray([4.0, 20.0], {"depth": [500.0, 0.5]}, ("depth",))
    >>> surface_first(da, "depth").values
    array([20.,  4.])
    """
    axis = cube.coords.get(dim)
    if axis is None or axis.dtype.kind not in "fiu":
        return cube
    values = axis.to_numpy().astype(np.float64)
    down = axis.attrs.get("positive") == "down" or str(dim).lower().startswith(("depth", "deph"))
    if not (down or axis.attrs.get("standard_name") == "depth" or (values <= 0.0).all()):
        return cube
    return cube.isel({dim: np.argsort(np.abs(values), kind="stable")})


def gather(
    profiles: xr.DataArray,
    surface: xr.DataArray,
    *,
    sigma: xr.DataArray | None = None,
    domain: xr.DataArray | None = None,
) -> Task:
    """Bring profiles, surface and domain onto the nodes of the surface.

    Parameters
    ----------
    profiles : DataArray
        On a dimension of profiles and one of levels, with latitude and longitude on the first.
    surface : DataArray
        On latitude and longitude, NaN where there is none. With a scalar coordinate of the levels'
        name it is that level of the field itself.
    sigma : DataArray, optional
        Formal errors of the profiles, on the same dimensions.
    domain : DataArray, optional
        On levels, latitude and longitude: where nothing exists, NaN, or 0 in whole numbers; or on
        latitude and longitude: the level of the bottom. Default: everything below a surface exists.

    Returns
    -------
    Task

    Raises
    ------
    DomainError
        If dimensions or levels do not fit, or no profile lies on the grid.
    UnitsError
        If profiles and surface are in different units.
    """
    own, level_dim = _dims(profiles)
    _check_units(profiles, surface)
    axes = find_axes(surface.to_dataset(name="surface"), surface.dims)
    if set(surface.dims) != {axes.lat_dim, axes.lon_dim}:
        msg = f"the surface is on {surface.dims}; accepted is one field on latitude and longitude: "
        raise DomainError(msg + "choose a level and a time with .isel")
    field = surface.transpose(axes.lat_dim, axes.lon_dim)
    lat, lon = (np.asarray(each, np.float64) for each in (axes.lat, axes.lon))
    flat = field.to_numpy().astype(np.float64).ravel()
    table = profiles.transpose(own, level_dim)
    values = table.to_numpy().astype(np.float64)
    errors = None if sigma is None else sigma.transpose(own, level_dim).to_numpy().astype(float)
    node, there = _nodes(table, lat, lon, flat)
    values, lacking = values[there], 0
    if errors is not None:
        errors, lacking = complete_errors(values, errors[there])
    node, values = average_columns(node, values, errors)
    exists = _exists(domain, lat, lon, profiles[level_dim]) & np.isfinite(flat)[:, None]
    return Task(
        lat, lon, profiles[level_dim], np.flatnonzero(np.isfinite(flat)), node, values, flat,
        exists, _known_level(surface, profiles[level_dim]), lacking,
    )  # fmt: skip


def average_columns(
    node: NDArray[np.intp], values: Array, sigma: Array | None = None
) -> tuple[NDArray[np.intp], Array]:
    """Average the profiles of one node by inverse variance, on each level.

    Parameters
    ----------
    node : ndarray of int, shape (n,)
        Of each profile.
    values : ndarray, shape (n, L)
        NaN where a level is missing.
    sigma : ndarray, shape (n, L), optional
        Standard deviations; default: all alike.

    Returns
    -------
    node : ndarray of int, shape (k,)
        Ascending, each once.
    values : ndarray, shape (k, L)

    Raises
    ------
    DomainError
        If a standard deviation of a value is not above 0.

    Examples
    --------
    >>> values = np.array([[1.0, 4.0], [3.0, np.nan]])
    >>> average_columns(np.array([7, 7]), values, np.array([[1.0, 1.0], [3.0, 1.0]]))
    (array([7]), array([[1.2, 4. ]]))
    """
    known = np.isfinite(values)
    sigma = np.ones_like(values) if sigma is None else sigma
    lost = int((known & np.isnan(sigma)).sum())
    if lost:
        msg = f"{lost} of {int(known.sum())} values have no standard deviation; give all of them "
        raise DomainError(msg + "one, for example the median of the others, or drop the errors")
    if (known & ~(sigma > 0)).any():
        msg = "values with a standard deviation that is not above 0; accepted are positive ones, "
        raise DomainError(msg + "in the unit of the values")
    weight = np.where(known, 1.0 / np.where(known, sigma, 1.0) ** 2, 0.0)
    nodes, owner = np.unique(node, return_inverse=True)
    total, sums = np.zeros((2, nodes.size, values.shape[1]))
    np.add.at(total, owner, weight)
    np.add.at(sums, owner, weight * np.where(known, values, 0.0))
    return nodes, np.divide(sums, total, out=np.full_like(sums, np.nan), where=total > 0)


def _dims(profiles: xr.DataArray) -> tuple[Hashable, Hashable]:
    where = {name: profiles[name].dims for name in ("lat", "lon") if name in profiles.coords}
    own = next(iter({dims[0] for dims in where.values() if len(dims) == 1}), None)
    others = [dim for dim in profiles.dims if dim != own]
    if len(where) < 2 or own not in profiles.dims or len(others) != 1:
        msg = (
            f"profiles on {profiles.dims}; accepted are a dimension of profiles, with lat and lon "
        )
        raise DomainError(msg + "on it, and one of levels: see tropdsx.align_profiles")
    return own, others[0]


def _check_units(profiles: xr.DataArray, surface: xr.DataArray) -> None:
    units = [spell_unit(str(each.attrs.get("units", ""))) for each in (profiles, surface)]
    names = [each.attrs.get("standard_name", each.name) for each in (profiles, surface)]
    if not [dim for dim in profiles.dims if dim in surface.coords]:
        return
    kinds = {kind_of(each).replace("potential", "temperature") for each in (profiles, surface)}
    if len(kinds - {""}) > 1:
        msg = "the surface is {1}, the profiles are {0}, and has one of their levels; drop that"
        raise DomainError(msg.format(*names))
    if all(units) and not is_same_unit(*units, *names):
        msg = f"the surface is in {units[1]!r}, the profiles in {units[0]!r}, and it is one of "
        raise UnitsError(msg + "their levels; convert one of them")


def _nodes(
    table: xr.DataArray, lat: Array, lon: Array, surface: Array
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Find the node of each profile, and which of them have one with a surface."""
    row, north = find_nearest_nodes(lat, table["lat"].to_numpy())
    column, east = find_nearest_nodes(lon, table["lon"].to_numpy(), period=360.0)
    node = row * lon.size + column
    # The usual step: an axis sorted by 0 to 360 has a jump where a region crosses Greenwich.
    wide = np.median(np.abs(np.diff(lon))) / 2.0 * (1 + 1e-6) if lon.size > 1 else 180.0
    near = (north <= _half(lat)) & (east <= wide)
    there = near & np.isfinite(surface[node]) & np.isfinite(table.to_numpy()).any(axis=1)
    if not there.any():
        msg = f"none of {there.size} profiles lies on a node with a surface; the grid spans "
        msg += f"{lat.min():g} to {lat.max():g} N, {lon[0]:g} to {lon[-1]:g} E"
        raise GridError(msg)
    if not there.all():
        warn(f"{np.count_nonzero(~there)} of {there.size} profiles lie off the grid, on a node "
             "without a surface, or hold no value: left out")  # fmt: skip
    return node[there], there


def _half(axis: Array) -> float:
    return float(np.abs(np.diff(axis)).max()) / 2.0 * (1 + 1e-6) if axis.size > 1 else 180.0


def _exists(
    domain: xr.DataArray | None, lat: Array, lon: Array, level: xr.DataArray
) -> NDArray[np.bool_]:
    shape = (lat.size * lon.size, level.size)
    if domain is None:
        return np.ones(shape, dtype=np.bool_)
    axes = find_axes(domain.to_dataset(name="domain"), domain.dims)
    if not (is_same_axis(axes.lat, lat) and is_same_axis(axes.lon, lon)):
        msg = "the domain is on other nodes than the surface; give it on the same grid"
        raise GridError(msg)
    if set(domain.dims) == {axes.lat_dim, axes.lon_dim}:
        bottom = domain.transpose(axes.lat_dim, axes.lon_dim).to_numpy().reshape(-1, 1)
        if bottom.dtype.kind == "b":
            return np.repeat(bottom, level.size, axis=1)
        if set(np.unique(bottom[np.isfinite(bottom)])) <= {0.0, 1.0}:
            msg = "the domain on latitude and longitude holds 0 and 1 alone; accepted are the "
            msg += "level of the bottom at each node, or a mask of booleans: domain == 1"
            raise DomainError(msg)
        upwards = level.attrs.get("positive") == "up"
        return np.asarray(level.to_numpy() >= bottom if upwards else level.to_numpy() <= bottom)
    extra = [dim for dim in domain.dims if dim not in {axes.lat_dim, axes.lon_dim}]
    if extra != [level.name] or not is_same_axis(domain[level.name], level):
        msg = f"the domain is on {domain.dims}; accepted are latitude and longitude (the level of "
        msg += f"the bottom), or these and {level.name} with the levels of the profiles"
        raise DomainError(msg)
    cube = domain.transpose(axes.lat_dim, axes.lon_dim, level.name).to_numpy()
    return _told_by(cube).reshape(shape)


def _told_by(cube: NDArray) -> NDArray[np.bool_]:
    """Read a mask: of whole numbers by 0, of others by missing values, since 0 may be a value."""
    if cube.dtype.kind in "biu":
        return cube != 0
    if set(np.unique(cube[np.isfinite(cube)])) <= {0.0, 1.0}:
        msg = (
            "the domain has the numbers 0 and 1 in floating point, which could be values; give it "
        )
        raise DomainError(msg + "as whole numbers or booleans (.astype(bool)), or with NaN")
    return np.isfinite(cube)


def _known_level(surface: xr.DataArray, level: xr.DataArray) -> int | None:
    """Find the level that the surface is, if it says so."""
    if level.name not in surface.coords or surface[level.name].ndim:
        return None
    away = np.abs(level.to_numpy().astype(np.float64) - float(surface[level.name]))
    place = int(away.argmin())
    return place if away[place] <= 1e-4 * max(1.0, abs(float(surface[level.name]))) else None
