"""The CF-1.10 recipe, in one place: what each variable of a tropdsx file says about itself.

CF has no standard name for zenith delays, so they carry ``long_name`` and ``units`` alone (the
altimeter range corrections of the table mean something else). Heights and water vapour do have
names, and get them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.acdd import global_attributes, storable
from tropdsx.cf.bounds import Axes, axes_of, cell_edges, continuous, time_encoding
from tropdsx.errors import warn

__all__ = ["DELAYS", "Axes", "axes_of", "describe"]

DELAYS = {
    "zhd": "zenith hydrostatic delay",
    "zwd": "zenith wet delay",
    "ztd": "zenith total delay",
}
# name: (long name, units when the caller states none, CF standard name by units)
_FIELDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "pwv": (
        "precipitable water vapour",
        "mm",
        {
            "kg m-2": "atmosphere_mass_content_of_water_vapor",
            "": "lwe_thickness_of_atmosphere_mass_content_of_water_vapor",
        },
    ),
    "orography": (
        "ellipsoidal height of the terrain that the delays refer to",
        "m",
        {"": "height_above_reference_ellipsoid"},
    ),
    "height": ("ellipsoidal height", "m", {"": "height_above_reference_ellipsoid"}),
    "orthometric_height": ("height above the geoid", "m", {"": "altitude"}),
    "geoid_undulation": (
        "geoid height above the ellipsoid",
        "m",
        {"": "geoid_height_above_reference_ellipsoid"},
    ),
}
_WGS84: dict[str, Any] = {
    "grid_mapping_name": "latitude_longitude",
    "long_name": "WGS 84 ellipsoid",
    "semi_major_axis": 6378137.0,
    "inverse_flattening": 298.257223563,
    "longitude_of_prime_meridian": 0.0,
    "reference_ellipsoid_name": "WGS 84",
    "prime_meridian_name": "Greenwich",
    "geographic_crs_name": "WGS 84",
    "horizontal_datum_name": "World Geodetic System 1984",
}
# True of the stored input, not of new values; the first five make xarray refuse to write.
_STALE = (
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
        Attributes from :func:`tropdsx.write.provenance.record`.
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
    axes = axes_of(ds)
    out = ds.copy(deep=False)
    out.attrs = dict(ds.attrs)
    if "orography" in out.data_vars:
        out = out.set_coords("orography")
    out = _horizontal_axes(out, axes, unwrap_longitude)
    if axes.time is not None:
        _time_axis(out[axes.time].variable, axes.time)
    crs = _grid_mapping(out)
    for name in out.variables:
        _field(out, name, axes, crs)
    out = _validation(out, validation or {})
    for name, var in out.variables.items():
        var.attrs = storable(var.attrs)
        if name in out.data_vars:
            var.encoding["coordinates"] = _coordinates_of(out, name, crs)
    if axes.time in out.dims:
        out.encoding["unlimited_dims"] = {axes.time}
    out.attrs = global_attributes(out, axes, provenance=provenance, title=title, attrs=attrs)
    return out


def _horizontal_axes(ds: xr.Dataset, axes: Axes, unwrap: bool) -> xr.Dataset:
    """Attributes and cell bounds of latitude and longitude."""
    lon = continuous(ds[axes.lon].values)
    if not np.array_equal(lon, ds[axes.lon].values):
        if unwrap:
            ds = ds.assign_coords({axes.lon: ds[axes.lon].copy(data=lon)})
        else:
            warn(
                "longitudes jump at the antimeridian: kept as given, but CF and many tools want a "
                "monotonic axis (unwrap_longitude=True lets them run on)"
            )
    recipe = {
        axes.lat: (
            "latitude",
            "degrees_north",
            "Y",
            np.clip(cell_edges(ds[axes.lat].values), -90, 90),
        ),
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
        if coord.attrs.get("bounds") in ds.variables:
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


def _time_axis(time: xr.Variable, name: Hashable) -> None:
    """Attributes and encoding of the time coordinate."""
    time.attrs = {**time.attrs, "standard_name": "time", "axis": "T"}
    time.attrs.setdefault("long_name", "time (UTC)" if name == "time" else f"{name} (UTC)")
    time.encoding = time_encoding(time.values)


def _grid_mapping(ds: xr.Dataset) -> str:
    """Add the WGS 84 grid mapping; a caller's variable of that name is left alone."""
    name = "crs"
    if name in ds.variables and ds[name].attrs.get("grid_mapping_name") != "latitude_longitude":
        name = "crs_wgs84"
    if name not in ds.variables:
        ds[name] = xr.Variable((), np.int32(0), dict(_WGS84))
    return name


def _field(ds: xr.Dataset, name: Hashable, axes: Axes, crs: str) -> None:
    """Attributes of one variable, in place (the Dataset is already a copy)."""
    var = ds[name].variable
    on_grid = {*ds[axes.lat].dims, *ds[axes.lon].dims} <= set(var.dims)
    base, _, kind = str(name).partition("_")
    if base in DELAYS and kind in ("", "rmse", "sigma"):
        var.attrs = _delay_attributes(ds, base, kind, var.attrs)
    elif name in _FIELDS:
        long_name, units, standard_names = _FIELDS[str(name)]
        attrs = {k: v for k, v in var.attrs.items() if k not in _STALE}
        attrs.setdefault("units", units)
        attrs["long_name"] = attrs.get("long_name", long_name)
        attrs["standard_name"] = standard_names.get(attrs["units"], standard_names[""])
        if name == "pwv":
            attrs["cell_methods"] = "area: point"
        else:
            attrs["positive"] = "up"
        content = "modelResult" if name == "pwv" else "referenceInformation"
        var.attrs = {**attrs, "coverage_content_type": content}
    if name in ds.data_vars and on_grid and "grid_mapping" not in var.encoding:
        var.attrs = {"grid_mapping": crs, **var.attrs}
    # What the input's file did (packing, chunks, filters) is no property of these values. CF wants
    # no fill value on coordinates and bounds.
    if name in ds.data_vars and not str(name).endswith("_bnds"):
        var.encoding = {}
    elif var.dtype.kind == "f":
        var.encoding = {"_FillValue": None}


def _delay_attributes(
    ds: xr.Dataset, base: str, kind: str, before: Mapping[Hashable, Any]
) -> dict[Hashable, Any]:
    attrs = {k: v for k, v in before.items() if k not in (*_STALE, "standard_name")}
    attrs.setdefault("units", "m")
    attrs["cell_methods"] = "area: point"
    attrs["coverage_content_type"] = "qualityInformation" if kind else "modelResult"
    if kind == "rmse":
        attrs["long_name"] = f"root-mean-square error of the {DELAYS[base]} in validation"
    elif kind == "sigma":
        attrs["long_name"] = f"estimated standard deviation of the {DELAYS[base]}"
    else:
        attrs["long_name"] = DELAYS[base]
        ancillary = [n for n in (f"{base}_sigma", f"{base}_rmse") if n in ds]
        if ancillary:
            attrs["ancillary_variables"] = " ".join(ancillary)
    return attrs


def _validation(ds: xr.Dataset, given: Mapping[str, str]) -> xr.Dataset:
    """RMSE maps: over which period, against what, and the scalar time that the method names."""
    maps = [name for name in ds.data_vars if str(name) in {f"{delay}_rmse" for delay in DELAYS}]
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
            ds["validation_time"].variable.encoding = time_encoding(coord.values)
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


def _coordinates_of(ds: xr.Dataset, name: Hashable, crs: str) -> str | None:
    """Spell the CF ``coordinates`` attribute: alone, xarray gives all validation_time."""
    var = ds[name]
    bounds = {coord.attrs.get("bounds") for coord in ds.coords.values()}
    if name == crs or name in bounds:
        return None
    names = [
        str(coord)
        for coord in ds.coords
        if coord not in ds.dims and set(ds[coord].dims) <= set(var.dims) and coord not in bounds
    ]
    if not str(name).endswith("_rmse"):
        names = [coord for coord in names if coord != "validation_time"]
    return " ".join(sorted(n for n in names if " " not in n)) or None
