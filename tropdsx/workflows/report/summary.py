"""Summarise a Dataset for Jupyter, ``tropdsx inspect`` and the terminal: what it holds, what fits.

Nothing is computed: lazy arrays are described by their names, shapes and coordinates alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable
from typing import Any

import xarray as xr

from tropdsx.assets.registry import asset_path, find_asset
from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.cf.variables import find_variable
from tropdsx.errors import AssetError, GridError, TropdsxError, TropdsxWarning
from tropdsx.grid.edges import is_global
from tropdsx.grid.restore import GridRecord
from tropdsx.nn.checkpoint import load_card
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.source import VMF_OROGRAPHY, standardise_input
from tropdsx.pipeline.target import resolve_target
from tropdsx.workflows.report.contents import (
    area_rms,
    describe_grid,
    describe_times,
    find_range,
    list_variables,
    skip_values,
)
from tropdsx.workflows.report.words import to_html
from tropdsx.write.provenance import find_sources, read_provenance

__all__ = ["describe_html", "describe_input", "describe_line"]

#: A map of errors up to this size is read from its file, where it is no dask array [byte].
_SMALL = 2**22


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
    about |= {"variables": list_variables(ds), "notes": [], "warnings": [], "error": None}
    try:
        if made_here:
            about |= _describe_result(ds)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", TropdsxWarning)
            standard, record = standardise_input(skip_values(ds), Options())
        about |= {"grid": describe_grid(standard, record), "times": describe_times(standard)}
        if not made_here:
            about |= {"notes": list(record.notes), "warnings": _texts_of(caught)}
            about |= _describe_prospects(ds, standard, record)
            if not about["heights"]["found"]:
                about["warnings"].append(f"no heights for these delays: {about['heights']['hint']}")
    except TropdsxError as error:
        about["error"] = f"cannot be used: {error}"
    except Exception as error:  # a summary is shown in the middle of someone's work: never raise
        about["error"] = f"cannot be used: {type(error).__name__}: {error}"
    return about


def describe_line(ds: xr.Dataset) -> str:
    """Say in one line what was found.

    Parameters
    ----------
    ds : Dataset
        Of any kind; nothing is computed.

    Returns
    -------
    str
        Such as ``<tropds: zhd, zwd; global 5°; 8 epochs from 2021-01-01 00:00; heights found>``.

    Examples
    --------
    >>> import numpy as np
    >>> zwd = xr.DataArray(np.zeros((3, 4)), {"lat": [40.0, 45.0, 50.0], "lon": [0, 5, 10, 15]})
    >>> describe_line(xr.Dataset({"zwd": zwd.assign_attrs(units="m")}))
    '<tropds: zwd; region 5°; 1 epoch of unknown date; heights missing>'
    """
    about = describe_input(ds)
    if about["error"]:
        return f"<tropds: {' '.join(about['error'].split())}>"
    roles = (each["role"] for each in about["variables"])
    names = ", ".join(role for role in roles if role in DELAYS_AND_TOTAL)
    extent, times = about["grid"], about["times"]
    parts = [names, f"{extent['kind']} {extent['spacing_text']}", times["text"]]
    if about["kind"] == "result":
        made = about["provenance"]
        model = made["model"]["id"] if made["model"] else "physics alone"
        parts.append(f"made by tropdsx {made['version']}, {model}")
    else:
        parts.append("heights found" if about["heights"]["found"] else "heights missing")
    return f"<tropds: {'; '.join(parts)}>"


def describe_html(ds: xr.Dataset) -> str:
    """Summarise a Dataset for Jupyter; laid out by :func:`tropdsx.workflows.report.words.to_html`.

    Parameters
    ----------
    ds : Dataset
        As in :func:`describe_input`.

    Returns
    -------
    str
        Self-contained HTML.

    Examples
    --------
    >>> "no latitude found" in describe_html(xr.Dataset())
    True
    """
    return to_html(describe_input(ds))


def _describe_prospects(ds: xr.Dataset, standard: xr.Dataset, record: GridRecord) -> dict[str, Any]:
    """Say what a downscaling without arguments would do with this input."""
    return {
        "heights": _describe_heights(ds, standard, record),
        "model": _describe_model(standard),
        "target": _describe_target(standard),
    }


def _describe_heights(ds: xr.Dataset, standard: xr.Dataset, record: GridRecord) -> dict[str, Any]:
    """Where the reference heights come from, or how to give them."""
    asset = VMF_OROGRAPHY.get((standard.sizes["lat"], standard.sizes["lon"]))
    if "orography" in standard:
        dims: set[Hashable] = {record.lat.dims[0], record.lon.dims[0]}
        name = find_variable(ds.reset_coords(), "orography", dims)
        source = f"variable '{name}'" if name is not None else f"asset {asset}"
        heights = standard["orography"]
        return {"found": True, "source": source, "range": find_range(heights), "hint": None}
    hint = (
        "give them with coarse_orography= (--coarse-orography FILE), or 'none' to interpolate "
        "without moving in height"
    )
    if asset is not None:
        try:
            asset_path(asset)
        except AssetError as missing:
            hint = f"{hint}. For a VMF grid: {missing}"
    return {"found": False, "source": None, "range": None, "hint": hint}


def _describe_model(standard: xr.Dataset) -> dict[str, Any]:
    """Default checkpoint, by its card alone, and whether it was trained for such a grid."""
    path = find_asset("default")
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


def _describe_target(standard: xr.Dataset) -> dict[str, Any]:
    """Say what downscale() without arguments would give."""
    try:
        fine = resolve_target(None, standard).fine
    except GridError as error:
        return {"spacing": 1.0, "nodes": None, "reason": str(error)}
    where = "global" if is_global(fine) else "region"
    nodes = [fine.sizes["lat"], fine.sizes["lon"]]
    return {"spacing": 1.0, "kind": where, "nodes": nodes, "reason": None}


def _describe_result(ds: xr.Dataset) -> dict[str, Any]:
    """Where a result of tropdsx comes from, and its mean errors."""
    return {"provenance": read_provenance(ds), "rmse": _describe_errors(ds)}


def _describe_errors(ds: xr.Dataset) -> dict[str, Any]:
    """Area-weighted RMSE of each map [m], with what it was measured against."""
    about = {}
    for name in (n for n in DELAYS_AND_TOTAL if f"{n}_rmse" in ds):
        field = ds[f"{name}_rmse"]
        mean = None
        if field.chunks is None and field.nbytes <= _SMALL:
            mean = area_rms(field)
        about[name] = {
            "mean": mean,
            "units": str(field.attrs.get("units", "m")),
            "reference": field.attrs.get("validation_reference"),
            "period": field.attrs.get("validation_period"),
        }
    return about


def _texts_of(caught: list[warnings.WarningMessage]) -> list[str]:
    texts = [str(each.message) for each in caught if issubclass(each.category, TropdsxWarning)]
    return list(dict.fromkeys(texts))
