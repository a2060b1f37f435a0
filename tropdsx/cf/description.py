"""Describe variables by CF-1.10: what each variable of a tropdsx file says about itself.

CF has no standard name for zenith delays, so they carry ``long_name`` and ``units`` alone (the
altimeter range corrections of the table mean something else). Heights and water vapour do have
names, and get them.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.atmos.constants import EQUATORIAL_RADIUS, INVERSE_FLATTENING
from tropdsx.cf.acdd import global_attributes, make_storable
from tropdsx.cf.axes import AxisNames, find_axis_names
from tropdsx.cf.bounds import cell_edges, encode_time, remove_jumps
from tropdsx.cf.conventions import Conventions
from tropdsx.cf.quantities import DELAYS_AND_TOTAL, QUANTITIES
from tropdsx.errors import warn

__all__ = ["describe"]

_OTHER_FIELDS = ("pwv", "orography", "height", "orthometric_height", "geoid_undulation")
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
}
# True of the stored input, not of new values; the first five make xarray refuse to write.
_OF_INPUT = (
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "coordinates",
    "valid_min",
    "valid_max",
    "valid_range",
    "actual_range",
)


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
    out = ds.copy(deep=False)
    out.attrs = dict(ds.attrs)
    # Axes and heights that the caller keeps as data variables.
    named = [*axes, "orography"]
    out = out.set_coords([name for name in out.data_vars if name in named])
    out = _describe_horizontal(out, axes, unwrap_longitude)
    if axes.time is not None:
        _describe_time(out[axes.time].variable, axes.time)
    crs = _add_grid_mapping(out)
    for name in out.variables:
        _describe_field(out, name, axes, crs)
    out = _describe_validation(out, validation or {})
    edges = set(Conventions(out).bounds.values())
    for name, var in out.variables.items():
        var.attrs = make_storable(var.attrs)
        if name in out.data_vars:
            others = name == crs or name in edges
            var.encoding["coordinates"] = None if others else _coordinates_of(out, name, edges)
    if axes.time in out.dims:
        out.encoding["unlimited_dims"] = {axes.time}
    out.attrs = global_attributes(out, axes, provenance=provenance, title=title, attrs=attrs)
    return out


def _describe_horizontal(ds: xr.Dataset, axes: AxisNames, unwrap: bool) -> xr.Dataset:
    """Set attributes and cell bounds of latitude and longitude."""
    lon = remove_jumps(ds[axes.lon].values)
    if not np.array_equal(lon, ds[axes.lon].values):
        if unwrap:
            ds = ds.assign_coords({axes.lon: ds[axes.lon].copy(data=lon)})
        else:
            warn(
                "longitudes jump at the antimeridian: kept as given, but CF and many tools want a "
                "monotonic axis (unwrap_longitude=True lets them run on)"
            )
    known = Conventions(ds).bounds
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
        if edges.size:
            bounds = f"{name}_bnds"
            coord.attrs["bounds"] = bounds
            # Where the caller's longitudes jump, the cell jumps with its node.
            turns = ds[axes.lon].values.astype(np.float64) - lon if name == axes.lon else 0.0
            cells = (np.stack([edges[:-1], edges[1:]]) + turns).T
            ds[bounds] = xr.Variable((*coord.dims, "nv"), cells, encoding={"_FillValue": None})
    return ds


def _describe_time(time: xr.Variable, name: Hashable) -> None:
    """Set attributes and encoding of the time coordinate."""
    time.attrs = {**time.attrs, "standard_name": "time", "axis": "T"}
    time.attrs.setdefault("long_name", "time (UTC)" if name == "time" else f"{name} (UTC)")
    time.encoding = encode_time(time.values)


def _add_grid_mapping(ds: xr.Dataset) -> str:
    """Add the WGS 84 grid mapping; a caller's variable of that name is left alone."""
    name = "crs"
    on_ellipsoids = Conventions(ds).grid_mappings.get("latitude_longitude", ())
    if name in ds.variables and name not in on_ellipsoids:
        name = "crs_wgs84"
    if name not in ds.variables:
        ds[name] = xr.Variable((), np.int32(0), dict(_WGS84))
    return name


def _describe_field(ds: xr.Dataset, name: Hashable, axes: AxisNames, crs: str) -> None:
    """Set the attributes of one variable, in place (the Dataset is already a copy)."""
    var = ds[name].variable
    on_grid = {*ds[axes.lat].dims, *ds[axes.lon].dims} <= set(var.dims)
    base, _, kind = str(name).partition("_")
    if base in DELAYS_AND_TOTAL and kind in ("", "rmse", "sigma"):
        var.attrs = _delay_attributes(ds, name, base, kind)
    elif name in _OTHER_FIELDS:
        var.attrs = _other_attributes(str(name), var.attrs)
    if name in ds.data_vars and on_grid:
        own = var.attrs.get("grid_mapping", var.encoding.get("grid_mapping"))
        known = own is not None and Conventions(ds).related_to(name)["grid_mapping"]
        rest = {key: value for key, value in var.attrs.items() if key != "grid_mapping"}
        var.attrs = {"grid_mapping": own if known else crs, **rest}
    # What the input's file did (packing, chunks, filters) is no property of these values. CF wants
    # no fill value on coordinates and bounds.
    if name in ds.data_vars and not str(name).endswith("_bnds"):
        var.encoding = {}
    elif var.dtype.kind == "f":
        var.encoding = {"_FillValue": None}


def _other_attributes(name: str, before: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
    """Attributes of heights and water vapour."""
    known = QUANTITIES[name]
    attrs = {k: v for k, v in before.items() if k not in _OF_INPUT}
    attrs.setdefault("units", known.unit)
    attrs["long_name"] = attrs.get("long_name", known.long_name)
    attrs["standard_name"] = known.standard_names.get(attrs["units"], known.standard_names[""])
    if name == "pwv":
        return {**attrs, "cell_methods": "area: point", "coverage_content_type": "modelResult"}
    return {**attrs, "positive": "up", "coverage_content_type": "referenceInformation"}


def _delay_attributes(ds: xr.Dataset, name: Hashable, base: str, kind: str) -> dict[Hashable, Any]:
    """Attributes of a delay, or of the maps of its errors."""
    before, long_name = ds[name].attrs, QUANTITIES[base].long_name
    attrs = {k: v for k, v in before.items() if k not in (*_OF_INPUT, "standard_name")}
    attrs.setdefault("units", "m")
    attrs["cell_methods"] = "area: point"
    attrs["coverage_content_type"] = "qualityInformation" if kind else "modelResult"
    if kind == "rmse":
        attrs["long_name"] = f"root-mean-square error of the {long_name} in validation"
    elif kind == "sigma":
        attrs["long_name"] = f"estimated standard deviation of the {long_name}"
    else:
        attrs["long_name"] = long_name
        own = [n for n in (f"{base}_sigma", f"{base}_rmse") if n in ds]
        known = Conventions(ds).related_to(name)["ancillary_variables"]
        others = [str(each) for each in known if each not in own]
        if own or others:
            attrs["ancillary_variables"] = " ".join([*own, *others])
        else:
            attrs.pop("ancillary_variables", None)
    return attrs


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


def _coordinates_of(ds: xr.Dataset, name: Hashable, edges: Collection[Hashable]) -> str | None:
    """Spell the CF ``coordinates`` attribute: alone, xarray gives all validation_time."""
    names = [
        str(coord)
        for coord in ds.coords
        if coord not in ds.dims and set(ds[coord].dims) <= set(ds[name].dims) and coord not in edges
    ]
    if not str(name).endswith("_rmse"):
        names = [coord for coord in names if coord != "validation_time"]
    return " ".join(sorted(n for n in names if " " not in n)) or None
