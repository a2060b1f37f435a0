"""Describe variables by CF-1.10: axes and their bounds, grid mapping, fields, validation."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.acdd import CF, global_attributes
from tropdsx.cf.attributes.bounds import cell_edges, encode_time, remove_jumps
from tropdsx.cf.attributes.grid_mapping import add_grid_mapping, settle_grid_mapping
from tropdsx.cf.attributes.references import settle_references
from tropdsx.cf.attributes.relations import companions, not_coordinates, relate_fields
from tropdsx.cf.axes import AxisNames, find_axis_names
from tropdsx.cf.conventions import Conventions
from tropdsx.cf.fields import describe_delay, describe_other, is_delay, is_other
from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.errors import warn

__all__ = ["add_notes", "describe", "describe_variables"]


def describe(
    ds: xr.Dataset,
    *,
    provenance: Mapping[str, Any] | None = None,
    title: str | None = None,
    attrs: Mapping[str, Any] | None = None,
    validation: Mapping[str, str] | None = None,
    unwrap_longitude: bool = False,
) -> xr.Dataset:
    """Give a Dataset of delays its CF-1.10 and ACDD-1.3 attributes, bounds and grid mapping.

    Values, names, dimension order and orientation stay the caller's; dask arrays stay lazy.

    Parameters
    ----------
    ds : xarray.Dataset
        Delays ``zhd``, ``zwd``, ``ztd`` [m] on latitude, longitude and perhaps time, with optional
        ``*_rmse`` and ``*_sigma`` [m] and ``orography`` [m].
    provenance : Mapping, optional
        Attributes from :func:`tropdsx.write.provenance.make_provenance`.
    title : str, optional
        Title of the file.
    attrs : Mapping, optional
        Global attributes that overrule all others, such as ``creator_name``.
    validation : Mapping, optional
        ``period`` ("start/end", ISO 8601) and ``reference`` of the RMSE maps, where these do not
        carry ``validation_period`` and ``validation_reference`` themselves.
    unwrap_longitude : bool, optional
        Let the longitudes of a box across the antimeridian run on past 180 or 360. CF wants a
        monotonic axis; the default keeps the caller's values bit for bit, with a warning.

    Returns
    -------
    xarray.Dataset
        A new Dataset; the caller's is untouched.

    Raises
    ------
    GridError
        No one-dimensional latitude or longitude.

    Examples
    --------
    >>> zhd = xr.DataArray(np.full((2, 3), 2.3), {"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]})
    >>> out = describe(xr.Dataset({"zhd": zhd}))
    >>> out.zhd.attrs["long_name"], out.lat.attrs["bounds"], "crs" in out
    ('zenith hydrostatic delay', 'lat_bnds', True)
    """
    axes = find_axis_names(ds)
    out, notes = _describe_all(ds, axes, validation or {}, unwrap_longitude)
    # Cell bounds and grid mapping are data variables of a file.
    out = out.reset_coords([name for name in not_coordinates(out) if name in out.coords])
    out.attrs = global_attributes(out, axes, provenance=provenance, title=title, attrs=attrs)
    out.attrs = add_notes(out.attrs, notes)
    return out


def describe_variables(ds: xr.Dataset) -> xr.Dataset:
    """Give a result what CF needs, so that xarray alone writes a file that others understand.

    Parameters
    ----------
    ds : Dataset
        Delays as for :func:`describe`.

    Returns
    -------
    Dataset
        The same values, names and order, with attributes, cell bounds and grid mapping; the last
        two are coordinates, so that arithmetic leaves them alone.

    Raises
    ------
    GridError
        No one-dimensional latitude or longitude.

    Examples
    --------
    >>> zhd = xr.DataArray(np.full((2, 3), 2.3), {"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]})
    >>> out = describe_variables(xr.Dataset({"zhd": zhd}))
    >>> list(out), out.zhd.attrs["grid_mapping"], out.attrs["Conventions"]
    (['zhd'], 'crs', 'CF-1.10')
    """
    out, notes = _describe_all(ds, find_axis_names(ds), {}, None)
    out.attrs = add_notes({**out.attrs, "Conventions": CF}, notes)
    return out.set_coords([name for name in not_coordinates(out) if name in out.data_vars])


def add_notes(attrs: Mapping[Any, Any], notes: Iterable[str]) -> dict[Any, Any]:
    r"""Add lines to what global attributes say was assumed or left out.

    Parameters
    ----------
    attrs : mapping
        Global attributes.
    notes : iterable of str
        One sentence each.

    Returns
    -------
    dict
        With ``tropdsx_notes``, each line once, where there are any.

    Examples
    --------
    >>> add_notes({"tropdsx_notes": "units guessed"}, ["no time", "units guessed"])
    {'tropdsx_notes': 'units guessed\nno time'}
    """
    before = attrs.get("tropdsx_notes", "")
    lines = before.splitlines() if isinstance(before, str) else [str(line) for line in before]
    text = "\n".join(dict.fromkeys([*lines, *notes]))
    return {**attrs, "tropdsx_notes": text} if text else dict(attrs)


_COMPANION = re.compile(r"(zhd|zwd)_(rmse|sigma|bounded|floored)")
"""What results of ours have beside a delay."""
_LEFT_OUT = re.compile(
    r"(?P<name>.+): (?P<key>bounds|grid_mapping|ancillary_variables) '(?P<words>.*)' left out: "
    "not in this data"
)


def _describe_all(
    ds: xr.Dataset, axes: AxisNames, validation: Mapping[str, str], unwrap: bool | None
) -> tuple[xr.Dataset, list[str]]:
    """Describe every variable; the caller's Dataset is untouched."""
    out, settled = settle_references(ds)
    notes = list(settled)
    # Axes and heights that the caller keeps as data variables.
    named = [*axes, "orography"]
    out = out.set_coords([name for name in out.data_vars if name in named])
    out = _describe_horizontal(out, axes, unwrap)
    if axes.time is not None:
        _describe_time(out[axes.time].variable)
    crs = add_grid_mapping(out)
    for name in out.variables:
        _describe_field(out, name, axes, crs, notes)
    out = _describe_validation(out, validation)
    relate_fields(out, axes)
    if axes.time in out.dims:
        out.encoding["unlimited_dims"] = {axes.time}
    return out, [note for note in notes if not _is_said_anew(note, out)]


def _is_said_anew(note: str, ds: xr.Dataset) -> bool:
    """Tell notes of what every result has again: cell bounds, the grid mapping, its companions."""
    found = _LEFT_OUT.fullmatch(note)
    if not found or found["name"] not in ds.variables:
        return False
    attrs, words = ds[found["name"]].attrs, found["words"].split()
    if found["key"] == "ancillary_variables":
        return all(_COMPANION.fullmatch(word) for word in words)
    return found["key"] in attrs and (found["key"] == "bounds" or attrs["grid_mapping"] in words)


def _describe_horizontal(ds: xr.Dataset, axes: AxisNames, unwrap: bool | None) -> xr.Dataset:
    """Set attributes and cell bounds of latitude and longitude."""
    lon = remove_jumps(ds[axes.lon].values)
    if not np.array_equal(lon, ds[axes.lon].values):
        if unwrap:
            ds = ds.assign_coords({axes.lon: ds[axes.lon].copy(data=lon)})
        elif unwrap is not None:
            warn(
                "longitudes jump at the antimeridian: kept as given, but CF and many tools want a "
                "monotonic axis (unwrap_longitude=True lets them run on)"
            )
    known = Conventions(ds).bounds
    listed = ds[axes.lat].dims == ds[axes.lon].dims  # places one by one have no cells around them
    lat_edges = np.clip(cell_edges(ds[axes.lat].values), -90, 90)
    recipe = {
        axes.lat: ("latitude", "degrees_north", "Y", lat_edges),
        axes.lon: ("longitude", "degrees_east", "X", cell_edges(lon)),
    }
    for name, (standard_name, units, axis, edges) in recipe.items():
        coord = ds[name].variable
        coord.attrs = {
            **coord.attrs,
            "standard_name": standard_name,
            "long_name": coord.attrs.get("long_name", standard_name),
            "units": units,
            "axis": axis,
        }
        coord.encoding = {"_FillValue": None}
        if name in known:
            coord.attrs["bounds"] = known[name]
            continue
        coord.attrs.pop("bounds", None)
        if edges.size and not listed:
            bounds = f"{name}_bnds"
            coord.attrs["bounds"] = bounds
            # Where the caller's longitudes jump, the cell jumps with its node.
            turns = ds[axes.lon].values.astype(np.float64) - lon if name == axes.lon else 0.0
            cells = (np.stack([edges[:-1], edges[1:]]) + turns).T
            ds[bounds] = xr.Variable((*coord.dims, "nv"), cells, encoding={"_FillValue": None})
    return ds


def _describe_time(time: xr.Variable) -> None:
    """Set attributes and encoding of the time coordinate."""
    time.attrs = {**time.attrs, "standard_name": "time", "axis": "T"}
    time.attrs.setdefault("long_name", "time (UTC)")
    time.encoding = encode_time(time.values)


def _describe_field(
    ds: xr.Dataset, name: Hashable, axes: AxisNames, crs: Hashable, notes: list[str]
) -> None:
    """Set the attributes of one variable, in place (the Dataset is already a copy)."""
    var = ds[name].variable
    on_grid = {*ds[axes.lat].dims, *ds[axes.lon].dims} <= set(var.dims)
    if is_delay(name):
        var.attrs = describe_delay(ds, name, axes.time)
    elif is_other(name) and (on_grid or "standard_name" in var.attrs):
        var.attrs = describe_other(str(name), var.attrs)
    if on_grid and (name in (*ds.data_vars, *companions(ds, axes)) or is_other(name)):
        own = str(var.attrs.pop("grid_mapping", var.encoding.get("grid_mapping", "")))
        said = [word.rstrip(":") for word in own.split() if word.endswith(":")] or own.split()
        fits = bool(said) and all(settle_grid_mapping(ds.variables[word]) for word in said)
        if said and not fits:
            notes.append(f"{name}: grid mapping {own!r} replaced by {crs!r} (WGS 84)")
        var.attrs = {"grid_mapping": own if fits else str(crs), **var.attrs}
    if on_grid and name == "orography":
        var.attrs["axis"] = "Z"
    # What the input's file did (packing, chunks, filters) is no property of these values. CF wants
    # no fill value on coordinates and bounds.
    if name in ds.data_vars and not str(name).endswith("_bnds"):
        var.encoding = {}
    elif var.dtype.kind == "f":
        var.encoding = {"_FillValue": None}
    elif is_other(name):
        var.encoding = {}


def _describe_validation(ds: xr.Dataset, given: Mapping[str, str]) -> xr.Dataset:
    """Say of RMSE maps over which period and against what they are, with a scalar time."""
    wanted = {f"{delay}_rmse" for delay in DELAYS_AND_TOTAL}
    maps = [name for name in ds.data_vars if str(name) in wanted]
    for name in maps:
        attrs = ds[name].variable.attrs
        for key in ("period", "reference"):
            attrs.setdefault(f"validation_{key}", given.get(key, "not recorded"))
        attrs["cell_methods"] = "area: point (root mean square over the validation period)"
        middle = _middle(str(attrs["validation_period"]))
        if middle is None:
            continue
        if "validation_time" not in ds.variables:
            coord = xr.Variable((), middle, {"standard_name": "time"})
            coord.attrs["long_name"] = "middle of the validation period"
            ds = ds.assign_coords(validation_time=coord)
            ds["validation_time"].variable.encoding = encode_time(coord.values)
        ds[name].variable.attrs["cell_methods"] = "validation_time: root_mean_square"
    return ds


def _middle(period: str) -> np.datetime64 | None:
    """Middle of an ISO 8601 period "start/end", to the second; None if it cannot be read."""
    try:
        ends = [np.datetime64(end.strip().removesuffix("Z"), "s") for end in period.split("/")]
    except ValueError:
        return None
    if len(ends) > 2 or np.isnat(ends).any():
        return None
    return (ends[0] + (ends[-1] - ends[0]) // 2).astype("datetime64[ns]")
