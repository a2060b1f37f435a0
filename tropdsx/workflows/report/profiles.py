"""Say what files of profiles hold, and what came of them on levels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axes
from tropdsx.errors import TropdsxError
from tropdsx.read.netcdf import open_array_file
from tropdsx.read.series.profiles import holds_profiles, open_profiles
from tropdsx.workflows.report.contents import is_in_memory
from tropdsx.workflows.report.words import provenance_rows
from tropdsx.write.provenance import read_provenance

__all__ = [
    "describe_cube",
    "describe_field_on_levels",
    "describe_profiles",
    "rows_of_cube",
    "rows_of_levels",
    "rows_of_profiles",
]

_VERTICAL = ("pressure", "depth", "height")
Rows = list[tuple[str, str]]


def describe_profiles(path: str | Path) -> dict[str, Any] | None:
    """Describe a file of profiles, such as Argo's.

    Parameters
    ----------
    path : str or Path
        NetCDF.

    Returns
    -------
    dict or None
        Plain values; None where the file holds something else. Flags are held to, as
        :func:`tropdsx.open_profiles` does.
    """
    try:
        with open_array_file(path, "netcdf4", None) as ds:
            if not holds_profiles(ds):
                return None
        ds = open_profiles(path)
    except (TropdsxError, OSError):
        return None
    two = [name for name in ds.data_vars if ds[name].dims == ("profile", "level")]
    vertical = next(name for name in _VERTICAL if name in ds.coords and ds[name].ndim == 2)
    numbers = [name for name in two if ds[name].dtype.kind in "fiu"]
    known = np.isfinite(ds[vertical].to_numpy().astype(np.float64))
    time = ds["time"].to_numpy() if "time" in ds.coords else np.array([], "M8[ns]")
    dated = time[~np.isnat(time)] if time.dtype.kind == "M" else time[:0]
    modes = ds["DATA_MODE"].to_numpy().astype(str).tolist() if "DATA_MODE" in ds else []
    return {
        "kind": "profiles",
        "profiles": int(ds.sizes["profile"]),
        "levels": int(known.sum(axis=1).max(initial=0)),
        "vertical": _variable(ds, vertical),
        "variables": [_variable(ds, str(name)) for name in numbers],
        "lat": _range(ds["lat"].to_numpy()),
        "lon": _range(ds["lon"].to_numpy()),
        "times": [str(each)[:16] for each in (dated.min(), dated.max())] if dated.size else None,
        "undated": int(time.size - dated.size) if dated.size else int(ds.sizes["profile"]),
        "modes": {mode: modes.count(mode) for mode in sorted(set(modes))},
    }


def describe_field_on_levels(ds: xr.Dataset) -> dict[str, Any] | None:
    """Describe what ``tropdsx levels reconstruct`` made.

    Parameters
    ----------
    ds : Dataset
        As it was opened; ranges are those of values in memory.

    Returns
    -------
    dict or None
        Plain values; None of other Datasets.
    """
    method = ds.attrs.get("reconstruction_method")
    names = [str(name) for name in ds.data_vars if f"{name}_sigma" in ds.data_vars]
    if method is None or len(names) != 1 or ds[names[0]].ndim != 3:
        return None
    field = ds[names[0]]
    level = str(field.dims[0])
    axes = find_axes(ds, field.dims[1:])
    told = {key.removeprefix("reconstruction_"): value for key, value in ds.attrs.items()
            if key.startswith("reconstruction_")}  # fmt: skip
    return {
        "kind": "field on levels",
        "variable": _variable(ds, names[0]),
        "sigma": _variable(ds, f"{names[0]}_sigma"),
        "levels": _levels(ds, level),
        "nodes": [int(axes.lat.size), int(axes.lon.size)],
        "lat": _range(axes.lat),
        "lon": _range(axes.lon),
        "time": str(ds["time"].to_numpy())[:16] if "time" in ds.coords else None,
        "method": str(method),
        "profiles": int(told.get("profiles", 0)),
        "modes": int(told["modes"]) if "modes" in told else None,
        "modes_explained": float(told["modes_explained"]) if "modes" in told else None,
        "provenance": read_provenance(ds),
    }


def describe_cube(ds: xr.Dataset) -> dict[str, Any] | None:
    """Describe variables on levels of a grid, such as those of an ocean model.

    Parameters
    ----------
    ds : Dataset
        As it was opened; ranges are those of values in memory.

    Returns
    -------
    dict or None
        Plain values; None where no variable lies on latitude, longitude and levels.
    """
    try:
        axes = find_axes(ds)
    except TropdsxError:
        return None
    flat = {axes.lat_dim, axes.lon_dim, axes.time_dim}
    found = [str(n) for n in ds.data_vars if {axes.lat_dim, axes.lon_dim} <= {*ds[n].dims}]
    levels = {name: [str(d) for d in ds[name].dims if d not in flat] for name in found}
    on_levels = {name: dims[0] for name, dims in levels.items() if len(dims) == 1}
    dims = sorted({dim for dim in on_levels.values() if dim in ds.coords and ds.sizes[dim] > 1})
    if not dims or ds[dims[0]].dtype.kind not in "fiu":
        return None
    return {
        "kind": "cube",
        "error": None,
        "variables": [_variable(ds, name) for name, dim in on_levels.items() if dim == dims[0]],
        "levels": _levels(ds, dims[0]),
        "nodes": [int(axes.lat.size), int(axes.lon.size)],
        "lat": _range(axes.lat),
        "lon": _range(axes.lon),
        "epochs": 1 if axes.time is None else int(axes.time.size),
    }


def _levels(ds: xr.Dataset, dim: str) -> dict[str, Any]:
    units = str(ds[dim].attrs.get("units", ""))
    return {"name": dim, "count": int(ds.sizes[dim]), "range": _range(ds[dim]), "units": units}


def rows_of_cube(about: dict[str, Any]) -> Rows:
    """Lay a description of variables on levels out as labelled lines.

    Parameters
    ----------
    about : dict
        Of :func:`describe_cube`.

    Returns
    -------
    list of (str, str)
    """
    rows, columns = about["nodes"]
    return [
        *((each["name"], _text(each)) for each in about["variables"]),
        _level_row(about["levels"]),
        ("grid", f"{rows} × {columns} nodes, {_box(about)}"),
        ("epochs", str(about["epochs"])),
    ]


def _level_row(level: dict[str, Any]) -> tuple[str, str]:
    low, high = level["range"]
    told = f"{level['count']} along '{level['name']}', {low:g} to {high:g} {level['units']}"
    return "levels", told.strip()


def _variable(ds: xr.Dataset, name: str) -> dict[str, Any]:
    units = str(ds[name].attrs.get("units", ""))
    if not is_in_memory(ds[name]):
        return {"name": name, "units": units, "range": None, "count": None}
    values = ds[name].to_numpy().astype(np.float64)
    count = int(np.isfinite(values).sum())
    return {"name": name, "units": units, "range": _range(values), "count": count}


def _range(values: Any) -> list[float] | None:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return [float(known.min()), float(known.max())] if known.size else None


def rows_of_profiles(about: dict[str, Any]) -> Rows:
    """Lay a description of profiles out as labelled lines.

    Parameters
    ----------
    about : dict
        Of :func:`describe_profiles`.

    Returns
    -------
    list of (str, str)
    """
    kinds = {"R": "in real time", "A": "adjusted", "D": "delayed mode"}
    modes = ", ".join(f"{count} {kinds.get(mode, mode)}" for mode, count in about["modes"].items())
    times = " to ".join(dict.fromkeys(about["times"] or []))
    without = f"{about['undated']} without a date" if about["undated"] else ""
    rows = [
        *((each["name"], _text(each)) for each in (about["vertical"], *about["variables"])),
        ("profiles", f"{about['profiles']:,}, of up to {about['levels']} levels"),
        ("modes", modes),
        ("area", _box(about)),
        ("times", ", ".join(filter(None, (times, without)))),
    ]
    return [row for row in rows if row[1]]


def rows_of_levels(about: dict[str, Any]) -> Rows:
    """Lay a description of a field on levels out as labelled lines.

    Parameters
    ----------
    about : dict
        Of :func:`describe_field_on_levels`.

    Returns
    -------
    list of (str, str)
    """
    rows, columns = about["nodes"]
    how = about["method"]
    if about["modes"]:
        how += f", {about['modes']} that explain {100 * about['modes_explained']:.1f} %"
    lines = [
        (about["variable"]["name"], _text(about["variable"])),
        (about["sigma"]["name"], _text(about["sigma"])),
        _level_row(about["levels"]),
        ("grid", f"{rows} × {columns} nodes, {_box(about)}"),
        ("time", about["time"] or "not given"),
        ("method", f"{how}; from {about['profiles']} columns of profiles"),
    ]  # fmt: skip
    made = [row for row in provenance_rows(about["provenance"]) if row[0] != "model"]
    return lines + made


def _text(each: dict[str, Any]) -> str:
    unit = f" {each['units']}" if each["units"] else ""
    if each["range"] is None:
        return f"no value{unit}" if each["count"] == 0 else unit.strip()
    return "{:.4g} to {:.4g}".format(*each["range"]) + f"{unit} ({each['count']:,} values)"


def _box(about: dict[str, Any]) -> str:
    return "lat {:g} to {:g}, lon {:g} to {:g}".format(*about["lat"], *about["lon"])
