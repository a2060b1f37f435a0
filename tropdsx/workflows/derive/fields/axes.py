"""Bring a file beside the levels onto their names of axes, nodes and epochs."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import xarray as xr

from tropdsx.cf.positions import Positions, find_positions
from tropdsx.cf.variables import find_fields
from tropdsx.errors import GridError
from tropdsx.grid.matching import find_nearest_nodes, node_tolerance
from tropdsx.workflows.derive.fields.epochs import find_rows
from tropdsx.workflows.derive.fields.names import AT_GROUND, COLUMN, ON_LEVELS

__all__ = ["put_on_axes"]

_ROLES = (*ON_LEVELS.values(), *AT_GROUND.values(), *COLUMN.values())


def put_on_axes(ds: xr.Dataset, main: xr.Dataset, file: str) -> xr.Dataset:
    """Give a file the names, nodes and epochs of the levels.

    Parameters
    ----------
    ds : Dataset
        Fields on the same nodes and epochs, or more of them, in any order.
    main : Dataset
        The levels.
    file : str
        What to call the file in a message.

    Returns
    -------
    Dataset
        Its fields; the height of the ground may be of another time.

    Raises
    ------
    GridError
        If a node or an epoch of the levels is missing.

    Examples
    --------
    >>> main = xr.Dataset(coords={"latitude": [50.0, 49.0], "longitude": [10.0, 11.0]})
    >>> ds = xr.Dataset({"sp": (("lat", "lon"), [[1.0, 2.0], [3.0, 4.0]])})
    >>> ds = ds.assign_coords(lat=[49.0, 50.0], lon=[-350.0, -349.0])
    >>> put_on_axes(ds, main, "sp.nc").sp.values.tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    own, wanted = find_positions(ds), find_positions(main)
    names = dict(zip(own.names, wanted.names, strict=False))
    dims = {
        o: w
        for have, want in ((own.lat, wanted.lat), (own.lon, wanted.lon))
        for o, w in zip(have.dims, want.dims, strict=False)
        if o != w
    }
    ds = ds.rename({old: new for old, new in {**dims, **names}.items() if _can_be(ds, old, new)})
    ds = _pick_nodes(ds, own, wanted, main, file)
    return _pick_epochs(ds, own, wanted, main, file)


def _can_be(ds: xr.Dataset, old: Hashable, new: Hashable) -> bool:
    present = old in ds.variables or old in ds.dims
    return old != new and present and new not in ds.variables and new not in ds.dims


def _pick_nodes(
    ds: xr.Dataset, own: Positions, wanted: Positions, main: xr.Dataset, file: str
) -> xr.Dataset:
    grid = own.lat.ndim == own.lon.ndim == wanted.lat.ndim == wanted.lon.ndim == 1
    if not grid or own.lat.dims == own.lon.dims or wanted.lat.dims == wanted.lon.dims:
        same = all(
            have.shape == want.shape and np.allclose(have, want, rtol=0, atol=1e-3)
            for have, want in ((own.lat, wanted.lat), (own.lon, wanted.lon))
        )
        if not same:
            msg = _no_node(file, "places are not those of the levels")
            raise GridError(msg)
        return ds.drop_vars(wanted.names[:2], errors="ignore")
    for have, want, name, period in (
        (own.lat, wanted.lat, wanted.names[0], None),
        (own.lon, wanted.lon, wanted.names[1], 360.0),
    ):
        nodes = want.to_numpy()
        row, off = find_nearest_nodes(have.to_numpy(), nodes, period=period)
        if (off > node_tolerance(have.to_numpy(), nodes)).any():
            missing = nodes[off.argmax()]
            raise GridError(_no_node(file, f"it has no node at {name} {missing:g}"))
        dim = want.dims[0]
        if not np.array_equal(row, np.arange(have.size)):
            ds = ds.isel({dim: row})
        if name in ds.variables:
            ds = ds.assign_coords({name: main[name].reset_coords(drop=True)})
    return ds


def _no_node(file: str, what: str) -> str:
    return (
        f"the files do not go together ({Path(file).name}: {what}); accepted are files of one "
        "grid, with the same epochs where they hold different variables."
    )


def _pick_epochs(
    ds: xr.Dataset, own: Positions, wanted: Positions, main: xr.Dataset, file: str
) -> xr.Dataset:
    if own.time is None or own.time.ndim > 1 or len(own.names) < 3:
        return ds
    name, there = wanted.names[2] if len(wanted.names) > 2 else own.names[2], wanted.time
    rows = None
    if there is not None and there.ndim <= 1:
        rows = find_rows(np.atleast_1d(own.time.to_numpy()), np.atleast_1d(there.to_numpy()))
    dims = [d for d in ds.dims if d in (name, *own.time.dims)]
    if rows is None:
        still = [field.name for field in find_fields(ds, AT_GROUND["ground"])]
        known = {field.name for names in _ROLES for field in find_fields(ds, names)}
        moving = [str(n) for n in known if n not in (*still, name) and n in ds.data_vars]
        if own.time.size > 1 or (moving and there is not None):
            times = np.sort(np.atleast_1d(own.time.to_numpy()))
            span = " to ".join(np.datetime_as_string(times[[0, -1]], unit="m"))
            raise GridError(_no_node(file, f"{span} does not hold all epochs of the levels"))
        return ds.isel(dict.fromkeys(dims, 0)).drop_vars([name], errors="ignore")
    if not own.time.ndim:
        return ds.drop_vars([name], errors="ignore")
    if there is None or not there.ndim:
        return ds.isel(dict.fromkeys(dims, int(rows[0]))).drop_vars([name], errors="ignore")
    if not np.array_equal(rows, np.arange(own.time.size)):
        ds = ds.isel(dict.fromkeys(dims, rows))
    return ds.assign_coords({name: main[name]}) if name in ds.variables else ds
