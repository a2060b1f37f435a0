"""What a Dataset holds, in words: for Jupyter, for ``tropdsx inspect`` and for the terminal.

Nothing is computed: lazy arrays are described by their names, shapes and coordinates alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr

from tropdsx import assets
from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.variables import find_variable
from tropdsx.errors import AssetError, GridError, TropdsxError, TropdsxWarning
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.restore import GridRecord
from tropdsx.grid.spacing import find_registration, is_global
from tropdsx.nn.checkpoint import load_card
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.source import VMF_OROGRAPHY, standardise_input
from tropdsx.pipeline.target import resolve_target
from tropdsx.workflows.evaluate.scores import area_weight
from tropdsx.write.provenance import find_sources, read_provenance

__all__ = ["describe_input", "html", "line"]

# Looking through more than this takes longer than a glance should.
_LARGE = 2**28  # bytes
# A map of errors up to this size is read from its file, where it is no dask array.
_SMALL = 2**22  # bytes


def describe_input(ds: xr.Dataset) -> dict[str, Any]:
    """Say what was found in a Dataset, and what could be done with it.

    Parameters
    ----------
    ds : Dataset
        Any; lazy arrays are not computed.

    Returns
    -------
    dict
        Plain values that JSON can hold. For an input: ``variables``, ``grid``, ``times``,
        ``heights``, ``model``, ``target``, ``notes`` (what is assumed), ``warnings`` and ``error``
        (why it cannot be used, or None). For a result of tropdsx: ``provenance`` and ``rmse`` with
        ``variables``, ``grid`` and ``times``. Key ``kind`` tells "input" from "result".

    Examples
    --------
    >>> describe_input(xr.Dataset())["error"][:32]
    'cannot be used: no latitude foun'
    """
    made_here = "tropdsx_version" in ds.attrs
    about: dict[str, Any] = {"kind": "result" if made_here else "input", "files": find_sources(ds)}
    about |= {"variables": _variables(ds), "notes": [], "warnings": [], "error": None}
    try:
        if made_here:
            about |= _result(ds)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", TropdsxWarning)
            standard, record = standardise_input(_glanced(ds), Options())
        about |= {"grid": _grid(standard, record), "times": _times(standard)}
        if not made_here:
            about |= {"notes": list(record.notes), "warnings": _warned(caught)}
            about |= {"heights": _heights(ds, standard, record), "model": _model(standard)}
            about |= {"target": _target(standard)}
            if not about["heights"]["found"]:
                about["warnings"].append(f"no heights for these delays: {about['heights']['hint']}")
    except TropdsxError as error:
        about["error"] = f"cannot be used: {error}"
    except Exception as error:  # a summary is shown in the middle of someone's work: never raise
        about["error"] = f"cannot be used: {type(error).__name__}: {error}"
    return about


def line(ds: xr.Dataset) -> str:
    """Say in one line what was found.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    str
        Such as ``<tropds: zhd, zwd; global 5°; 8 epochs from 2021-01-01 00:00; heights found>``.
    """
    about = describe_input(ds)
    if about["error"]:
        return f"<tropds: {' '.join(about['error'].split())}>"
    names = ", ".join(each["role"] for each in about["variables"] if each["role"] in _DELAYS)
    extent, times = about["grid"], about["times"]
    parts = [names, f"{extent['kind']} {extent['spacing_text']}", times["text"]]
    if about["kind"] == "result":
        made = about["provenance"]
        model = made["model"]["id"] if made["model"] else "physics alone"
        parts.append(f"made by tropdsx {made['version']}, {model}")
    else:
        parts.append("heights found" if about["heights"]["found"] else "heights missing")
    return f"<tropds: {'; '.join(parts)}>"


def html(ds: xr.Dataset) -> str:
    """Summary for Jupyter; laid out by :mod:`tropdsx.workflows.report.words`.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    str
        Self-contained HTML.
    """
    from tropdsx.workflows.report.words import to_html

    return to_html(describe_input(ds))


_DELAYS = ("zhd", "zwd", "ztd")


def _glanced(ds: xr.Dataset) -> xr.Dataset:
    """Give a Dataset whose values are not looked through where they are too many."""
    if sum(v.nbytes for v in ds.variables.values() if _in_memory(v)) <= _LARGE:
        return ds
    # A fixed token spares the hash of all values: this graph is never computed.
    return ds.chunk(token="glance")


def _in_memory(variable: xr.Variable | xr.DataArray) -> bool:
    return bool(getattr(getattr(variable, "variable", variable), "_in_memory", False))


def _variables(ds: xr.Dataset) -> list[dict[str, Any]]:
    """Variables by their role, as stored."""
    try:
        axes = find_axes(ds)
        dims: set[Hashable] = {axes.lat_dim, axes.lon_dim}
    except TropdsxError:
        dims = set()
    found = {role: find_variable(ds.reset_coords(), role, dims) for role in QUANTITIES}
    names = {role: name for role, name in found.items() if name is not None}
    names |= {str(n): n for n in ds.data_vars if str(n).endswith(("_rmse", "_sigma"))}
    return [_variable(ds[name], role) for role, name in names.items()]


def _variable(da: xr.DataArray, role: str) -> dict[str, Any]:
    return {
        "role": role,
        "name": str(da.name),
        "units": str(da.attrs["units"]) if "units" in da.attrs else None,
        "dims": {str(dim): size for dim, size in da.sizes.items()},
        "dtype": str(da.dtype),
        "lazy": not _in_memory(da),
        "range": _range(da),
    }


def _range(da: xr.DataArray) -> list[float] | None:
    """Least and greatest value in memory, in the units stored; None where not looked at."""
    if not _in_memory(da) or da.nbytes > _LARGE or da.dtype.kind not in "fiu":
        return None
    values = da.to_numpy()
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    return [float(f"{bound:.6g}") for bound in (finite.min(), finite.max())]


def _grid(standard: xr.Dataset, record: GridRecord) -> dict[str, Any]:
    lat, lon = standard["lat"].to_numpy(), standard["lon"].to_numpy()
    steps = [round(abs(float(axis[1] - axis[0])), 6) for axis in (lat, lon)]
    round_the_earth = is_global_longitude(lon)
    kind = "global" if is_global(standard) else "band" if round_the_earth else "region"
    return {
        "kind": kind,
        "spacing": steps,
        "spacing_text": " × ".join(f"{step:g}°" for step in dict.fromkeys(steps)),
        "nodes": [int(lat.size), int(lon.size)],
        "lat": [float(value) for value in record.lat.to_numpy()[[0, -1]]],
        "lon": [float(value) for value in record.lon.to_numpy()[[0, -1]]],
        "registration": find_registration(lat),
        "poles": bool((np.abs(lat[[0, -1]]) == 90.0).all()),
        "dims": [str(dim) for dim in record.dims],
        "lat_ascending": record.lat_ascending,
        "lon_convention": record.lon_convention,
        "duplicate_column": record.duplicate_column,
    }


def _times(standard: xr.Dataset) -> dict[str, Any]:
    """Epochs; the usual step and how many are missing between the first and the last."""
    time = standard["time"].to_numpy()
    about: dict[str, Any] = dict.fromkeys(("first", "last", "step", "step_hours"))
    about |= {"count": int(time.size), "gaps": 0}
    some = f"{time.size} epoch{'s' if time.size > 1 else ''}"
    if np.isnat(time).all():
        return about | {"text": f"{some} of unknown date"}
    first, last = (np.datetime_as_string(t, unit="m").replace("T", " ") for t in time[[0, -1]])
    about |= {"first": first, "last": last}
    if time.size == 1:
        return about | {"text": f"{some}, {first}"}
    steps = np.diff(time).astype("timedelta64[s]").astype(np.int64)
    usual = int(np.median(steps))
    hours = usual / 3600
    about["gaps"] = int((np.rint(steps / usual) - 1).clip(min=0).sum())
    about["step_hours"] = hours
    about["step"] = f"{hours:g} h" if hours < 48 or hours % 24 else f"{hours / 24:g} d"
    return about | {"text": f"{some} from {first}, every {about['step']}"}


def _heights(ds: xr.Dataset, standard: xr.Dataset, record: GridRecord) -> dict[str, Any]:
    """Where the reference heights come from, or how to give them."""
    asset = VMF_OROGRAPHY.get((standard.sizes["lat"], standard.sizes["lon"]))
    if "orography" in standard:
        dims: set[Hashable] = {record.lat.dims[0], record.lon.dims[0]}
        name = find_variable(ds.reset_coords(), "orography", dims)
        source = f"variable '{name}'" if name is not None else f"asset {asset}"
        heights = standard["orography"]
        return {"found": True, "source": source, "range": _range(heights), "hint": None}
    hint = (
        "give them with coarse_orography= (--coarse-orography FILE), or 'none' to interpolate "
        "without moving in height"
    )
    if asset is not None:
        try:
            assets.asset_path(asset)
        except AssetError as missing:
            hint = f"{hint}. For a VMF grid: {missing}"
    return {"found": False, "source": None, "range": None, "hint": hint}


def _model(standard: xr.Dataset) -> dict[str, Any]:
    """Default checkpoint, by its card alone, and whether it was trained for such a grid."""
    path = assets.find_asset("default")
    if path is None:
        return {"id": None, "fits": False, "reason": "no default checkpoint: use model=None"}
    card = load_card(path)
    about = {"id": card.get("model_id"), "scores": card.get("scores")}
    about["trained_spacing"] = seen = card.get("coarse_spacing")
    lacking = [name for name in card.get("variables", []) if name not in standard]
    steps = [abs(float(standard[axis][1] - standard[axis][0])) for axis in ("lat", "lon")]
    if lacking:
        reason = f"needs {' and '.join(lacking)} too: the result may be physics alone"
    elif seen and not seen[0] - 1e-3 <= min(steps) <= max(steps) <= seen[1] + 1e-3:
        reason = f"trained on {seen[0]:g}° to {seen[1]:g}°: check the result, or use model=None"
    else:
        return about | {"fits": True, "reason": None}
    return about | {"fits": False, "reason": reason}


def _target(standard: xr.Dataset) -> dict[str, Any]:
    """Say what downscale() without arguments would give."""
    try:
        fine = resolve_target(None, standard).fine
    except GridError as error:
        return {"spacing": 1.0, "nodes": None, "reason": str(error)}
    where = "global" if is_global(fine) else "region"
    nodes = [fine.sizes["lat"], fine.sizes["lon"]]
    return {"spacing": 1.0, "kind": where, "nodes": nodes, "reason": None}


def _result(ds: xr.Dataset) -> dict[str, Any]:
    """Where a result of tropdsx comes from, and its mean errors."""
    return {"provenance": read_provenance(ds), "rmse": _errors(ds)}


def _errors(ds: xr.Dataset) -> dict[str, Any]:
    """Area-weighted RMSE of each map [m], with what it was measured against."""
    about = {}
    for name in (n for n in _DELAYS if f"{n}_rmse" in ds):
        field = ds[f"{name}_rmse"]
        mean = None
        if field.chunks is None and field.nbytes <= _SMALL:
            axes = find_axes(field.to_dataset(name="map"))
            weights = xr.DataArray(area_weight(axes.lat), dims=[axes.lat_dim])
            mean = float(np.sqrt((field.astype(float) ** 2).weighted(weights).mean()))
        about[name] = {
            "mean": mean,
            "units": str(field.attrs.get("units", "m")),
            "reference": field.attrs.get("validation_reference"),
            "period": field.attrs.get("validation_period"),
        }
    return about


def _warned(caught: list[warnings.WarningMessage]) -> list[str]:
    texts = [str(each.message) for each in caught if issubclass(each.category, TropdsxWarning)]
    return list(dict.fromkeys(texts))
