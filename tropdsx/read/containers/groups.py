"""Open a group of a NetCDF file or Zarr store, with the coordinates that stand above it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import INPUTS
from tropdsx.cf.variables import find_variable
from tropdsx.errors import InputError
from tropdsx.read.text import list_some
from tropdsx.system.hdf5 import hdf5_lock

__all__ = ["describe_groups", "inherit", "parents_of", "refuse_empty_root"]


def parents_of(group: str | None) -> list[str | None]:
    """List the groups above a group, the nearest first.

    Parameters
    ----------
    group : str or None
        Names between ``/``; None for the root.

    Returns
    -------
    list of str or None
        None is the root.

    Examples
    --------
    >>> parents_of("run/delays"), parents_of(None)
    (['run', None], [])
    """
    if group is None:
        return []
    parts = group.split("/")
    return ["/".join(parts[:stop]) for stop in range(len(parts) - 1, 0, -1)] + [None]


def inherit(ds: xr.Dataset, parents: Iterable[xr.Dataset]) -> xr.Dataset:
    """Give a group what it shares with those above it: coordinates and the heights of its nodes.

    Parameters
    ----------
    ds : Dataset
        A group as stored.
    parents : iterable of Dataset
        The groups above it, the nearest first.

    Returns
    -------
    Dataset
        What the group itself has goes first; dimensions of another length or with other
        coordinates are others.

    Examples
    --------
    >>> group = xr.Dataset({"zwd": (("lat", "lon"), [[0.1, 0.2]])})
    >>> root = xr.Dataset(coords={"lat": [47.0], "lon": [8.0, 9.0], "run": 3})
    >>> sorted(inherit(group, [root]).coords)
    ['lat', 'lon', 'run']
    """
    for parent in parents:
        shared = {*parent.coords, find_variable(parent, "orography", set())}
        named = {word for v in ds.variables.values() for word in _names_in(v)}
        for name, variable in parent.variables.items():
            wanted = name in shared or name in named
            if not wanted or name in ds.variables:
                continue
            if all(_is_shared(dim, ds, parent) for dim in variable.dims):
                add = ds.assign_coords if name in parent.coords else ds.assign
                ds = add({name: variable})
    return ds


def _is_shared(dim: Hashable, ds: xr.Dataset, parent: xr.Dataset) -> bool:
    """Tell whether a dimension of two groups is the same one."""
    if ds.sizes.get(dim) != parent.sizes[dim]:
        return False
    both = dim in ds.coords and dim in parent.coords
    return not both or bool(np.array_equal(ds[dim], parent[dim]))


def _names_in(variable: xr.Variable) -> Iterable[str]:
    """Names of other variables that a variable's attributes give."""
    both = variable.attrs | variable.encoding
    texts = (both.get(key) for key in ("coordinates", "grid_mapping", "bounds"))
    return [word for text in texts if isinstance(text, str) for word in text.split()]


def refuse_empty_root(path: str | Path, engine: str, group: str | None, ds: xr.Dataset) -> None:
    """Refuse a file that has no fields but in groups, and say which.

    Parameters
    ----------
    path : str or Path
        File, store or URL.
    engine : str
        xarray's, ``"netcdf4"`` or ``"zarr"``.
    group : str or None
        What was opened; None is the root.
    ds : Dataset
        What was found there.

    Raises
    ------
    InputError
        If there are groups with fields, and none here.

    Examples
    --------
    >>> refuse_empty_root("a.nc", "netcdf4", None, xr.Dataset({"zwd": (("y", "x"), [[0.1]])}))
    """
    if any(variable.ndim > 1 for variable in ds.data_vars.values()):
        return
    told = describe_groups(path, engine, group)
    if told:
        msg = f"{path} has no fields at its root; {told}."
        raise InputError(msg)


def describe_groups(
    path: str | Path, engine: str, above: str | None = None, *, delays_only: bool = False
) -> str:
    """Say which groups of a file hold delays, or other fields, and how to name one.

    Parameters
    ----------
    path : str or Path
        File, store or URL.
    engine : str
        xarray's.
    above : str, optional
        Look below this group alone.
    delays_only : bool, optional
        Other fields do not count.

    Returns
    -------
    str
        For a message; empty where no group holds such.

    Examples
    --------
    >>> import tempfile
    >>> zwd = xr.Dataset({"zwd": (("lat", "lon"), [[0.1, 0.2]])})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     zwd.to_netcdf(f"{folder}/a.nc", group="run/wet")
    ...     describe_groups(f"{folder}/a.nc", "netcdf4").split("; ")[1]
    "name it behind '#' (a.nc#run/wet), or say group='run/wet'"
    """
    fields = {
        name: ds
        for name, ds in sorted(_groups_of(path, engine), key=lambda each: each[0].split("/"))
        if (above is None or name.startswith(f"{above}/"))
        if any(v.ndim > 1 and v.dtype.kind in "fiu" for v in ds.data_vars.values())
    }
    delays = {
        name: found
        for name, ds in fields.items()
        if (found := [n for role in INPUTS[:3] if (n := find_variable(ds, role, set()))])
    }
    if not (delays if delays_only else fields):
        return ""
    listed = [f"'{name}' ({_join(found)})" for name, found in delays.items()]
    listed = listed or [f"'{name}' ({_join(ds.data_vars)})" for name, ds in fields.items()]
    best = next(iter(delays or fields))
    file = f"{Path(str(path)).name}#{best}"
    what = "delays" if delays else "fields"
    kind = "group holds" if len(listed) == 1 else "groups hold"
    return (
        f"its {kind} {what}: {list_some(listed)}; name it behind '#' ({file}), or say "
        f"group='{best}'"
    )


def _join(names: Iterable[Hashable]) -> str:
    return list_some([str(name) for name in names], 4)


def _groups_of(path: str | Path, engine: str) -> Iterator[tuple[str, xr.Dataset]]:
    """Open the groups below the root of a file one after the other; nothing is decoded."""
    options: dict[str, Any] = {"engine": engine, "decode_cf": False, "chunks": None}
    try:
        # xarray's open_groups takes its own lock whatever lock it is given, and waits forever.
        with hdf5_lock() as lock:
            if engine == "netcdf4":
                options["lock"] = lock
            for name in _names_of(path, engine):
                with xr.open_dataset(path, group=name, **options) as ds:
                    yield name, ds
    except Exception:  # Only the text of an error depends on it.
        return


def _names_of(path: str | Path, engine: str) -> list[str]:
    if engine != "netcdf4":
        names = xr.open_groups(path, engine=engine, decode_cf=False, chunks=None)
        return [name.strip("/") for name in names if name.strip("/")]
    import netCDF4

    with netCDF4.Dataset(str(path)) as root:
        found, left = [], [root]
        while left:
            below = list(left.pop(0).groups.values())
            found += [each.path.strip("/") for each in below]
            left += below
    return found
