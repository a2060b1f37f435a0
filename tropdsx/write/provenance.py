"""Write down where a file comes from, and read it back.

:func:`make_provenance` makes attributes of what ran, on which inputs, with which model and
parameters; :func:`read_provenance` turns them back into one dictionary, for ``tropdsx inspect``.
They are plain text, so they survive NetCDF, Zarr and a trip through other tools.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.expected import read_expected
from tropdsx.cf.attributes.limits import read_counts
from tropdsx.errors import InputError
from tropdsx.system.hashing import sha256_of
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.names import local_file, short_name
from tropdsx.write.parameters import to_json

__all__ = [
    "carry_attributes",
    "find_sources",
    "make_provenance",
    "read_provenance",
    "software_version",
]

# True of the input alone: a result keeps them as tropdsx_input_<name> only.
_INPUT_ONLY = ("title", "summary", "source", "id", "processing_level", "Conventions")
# True of what was made from it as well: a result keeps both.
_INHERITED = ("institution", "license", "references", "acknowledgement")
_PREFIX = "tropdsx_input_"


def make_provenance(
    command: str,
    *,
    inputs: Iterable[str | os.PathLike[str]] = (),
    input_attrs: Mapping[str, Any] | None = None,
    history: str | None = None,
    model: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    device: str | None = None,
    precision: str | None = None,
) -> dict[str, Any]:
    """Make the provenance attributes of a result.

    Parameters
    ----------
    command : str
        The command line, or the Python call, that made the result.
    inputs : iterable of path, optional
        Files and Zarr folders read; their sha256 is taken here, streamed. What is no local file
        (a URL) is recorded by name alone.
    input_attrs : Mapping, optional
        Global attributes of the input, where the result has not been given them by
        :func:`carry_attributes`: source, licence, references and history are taken over.
    history : str, optional
        What happened before; by default the history of ``input_attrs``.
    model : Mapping, optional
        ``id`` and ``sha256`` of the checkpoint, when a network ran; torch's version is then noted.
    parameters : Mapping, optional
        All that is needed to do it again, where the attributes of
        :func:`tropdsx.write.parameters.describe_parameters` are not added to these.
    device, precision : str, optional
        Such as ``cpu`` and ``float32``.

    Returns
    -------
    dict of str
        ``history``, ``date_created`` and ``tropdsx_*``, for :func:`tropdsx.cf.describe`.

    Raises
    ------
    InputError
        An input exists, and yet cannot be read.

    Examples
    --------
    >>> attrs = make_provenance("tropdsx convert in.nc", parameters={"target": 1.0})
    >>> attrs["tropdsx_parameters"]
    '{"target": 1.0}'
    >>> attrs["history"].endswith(": tropdsx convert in.nc")
    True
    """
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    before = carry_attributes(input_attrs or {})
    version = software_version()
    line = f"{now} tropdsx {version}: {' '.join(command.split())}"
    earlier = str(history if history is not None else before.get("history", "")).strip()
    out = {
        "history": f"{line}\n{earlier}".strip(),
        "date_created": now,
        "tropdsx_version": version,
        "tropdsx_command": command,
        "tropdsx_inputs": json.dumps([_identify(path) for path in inputs]),
    }
    given = {
        "tropdsx_parameters": None if parameters is None else to_json(parameters),
        "tropdsx_model": (model or {}).get("id"),
        "tropdsx_model_sha256": (model or {}).get("sha256"),
        "tropdsx_device": device,
        "tropdsx_precision": precision,
        "tropdsx_torch_version": _installed("torch") if model else None,
    }
    given |= {name: text for name, text in before.items() if name.startswith(_PREFIX)}
    texts = {name: _join_lines(text) for name, text in given.items() if text is not None}
    return out | {name: text for name, text in texts.items() if text}


def _join_lines(value: Any) -> str:
    """Make text of an attribute; NetCDF gives a list back as an array, an empty one too."""
    several = isinstance(value, (list, tuple, np.ndarray))
    return "\n".join(map(str, np.ravel(value))) if several else str(value)


def carry_attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Give a result the global attributes of its input, each under the name where it stays true.

    Title and source of the input, and what an earlier tropdsx run recorded, become
    ``tropdsx_input_*``; licence, institution and references are kept and noted there as well.

    Parameters
    ----------
    attrs : Mapping
        Global attributes of the input.

    Returns
    -------
    dict
        Global attributes for the result.

    Examples
    --------
    >>> carry_attributes({"title": "5 degree grid", "tropdsx_model": "unet-a", "project": "X"})
    {'tropdsx_input_title': '5 degree grid', 'tropdsx_input_model': 'unet-a', 'project': 'X'}
    """
    out: dict[str, Any] = {}
    for name, value in ((str(name), value) for name, value in attrs.items()):
        own = name.removeprefix("tropdsx_")
        if name in (*_INPUT_ONLY, *_INHERITED) or (own != name and not name.startswith(_PREFIX)):
            out[_PREFIX + own] = value
        if name not in _INPUT_ONLY and (own == name or name.startswith(_PREFIX)):
            # What the input says counts before what its own input said.
            out.setdefault(name, value)
    return out


def read_provenance(source: Any) -> dict[str, Any]:
    """Read back where a result comes from.

    Parameters
    ----------
    source : path, xarray.Dataset or Mapping
        A NetCDF file or Zarr folder written by tropdsx, an open Dataset, or attributes.

    Returns
    -------
    dict
        ``version``, ``command``, ``created``, ``inputs`` (list of ``name`` and ``sha256``),
        ``parameters``, ``model`` (``id`` and ``sha256``, or None), ``device``, ``precision``,
        ``torch``, ``limits`` (:func:`tropdsx.cf.attributes.limits.read_counts`), ``expected``
        (:func:`tropdsx.cf.attributes.expected.read_expected`), ``notes`` (lines), ``input``
        (what the input said of itself) and ``history`` (lines, newest first).
        What was not recorded is None or empty.

    Raises
    ------
    InputError
        No such file, or none that tropdsx wrote.

    Examples
    --------
    >>> attrs = make_provenance("convert", inputs=["s3://bucket/in.nc"], device="cpu")
    >>> read_provenance(attrs)["inputs"]
    [{'name': 's3://bucket/in.nc', 'sha256': None}]
    """
    attrs, numbers = _read(source)
    if "tropdsx_version" not in attrs:
        name = source if isinstance(source, str | os.PathLike) else "the Dataset"
        msg = (
            f"no provenance in {name}: it has no tropdsx_version attribute, so not made by tropdsx"
        )
        raise InputError(msg)
    model = {"id": attrs.get("tropdsx_model"), "sha256": attrs.get("tropdsx_model_sha256")}
    return {
        "version": attrs["tropdsx_version"],
        "command": attrs.get("tropdsx_command"),
        "created": attrs.get("date_created"),
        "inputs": json.loads(attrs.get("tropdsx_inputs", "[]")),
        "parameters": json.loads(attrs.get("tropdsx_parameters", "{}")),
        "model": model if any(model.values()) else None,
        "device": attrs.get("tropdsx_device"),
        "precision": attrs.get("tropdsx_precision"),
        "torch": attrs.get("tropdsx_torch_version"),
        "limits": numbers.get("limits", {}),
        "expected": numbers.get("expected", {}),
        "notes": str(attrs.get("tropdsx_notes", "")).splitlines(),
        "input": {k.removeprefix(_PREFIX): v for k, v in attrs.items() if k.startswith(_PREFIX)},
        "history": [line for line in str(attrs.get("history", "")).splitlines() if line],
    }


def software_version() -> str:
    """Give the version of tropdsx, installed or run from its folder.

    Returns
    -------
    str
        "unknown" where neither tells.

    Examples
    --------
    >>> import tropdsx
    >>> software_version() == tropdsx.__version__
    True
    """
    package = sys.modules.get(__name__.partition(".")[0])
    return str(getattr(package, "__version__", None) or _installed("tropdsx") or "unknown")


def _installed(package: str) -> str | None:
    """Version of a package without importing it."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _identify(given: str | os.PathLike[str]) -> dict[str, str | None]:
    path = local_file(Path(given) if isinstance(given, os.PathLike) else given)
    # Only the name: a folder on one machine means nothing on another, and may be private.
    if path is None:
        return {"name": str(given), "sha256": None}
    return {"name": short_name(str(given)), "sha256": sha256_of(path)}


def _read(source: Any) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Read global attributes, and what stands in numbers of epochs."""
    if isinstance(source, Mapping) and not hasattr(source, "data_vars"):
        return source, {}
    if hasattr(source, "attrs"):
        return source.attrs, _numbers(source) if isinstance(source, xr.Dataset) else {}
    path = Path(source)
    if not path.exists():
        msg = f"no such file: {path}"
        raise InputError(msg)
    try:
        if path.is_dir():
            ds = xr.open_zarr(path, decode_cf=False, chunks=None)
            return dict(ds.attrs), _numbers(ds)
        with (
            hdf5_lock() as lock,
            xr.open_dataset(path, engine="netcdf4", decode_cf=False, lock=lock) as ds,
        ):
            return dict(ds.attrs), _numbers(ds)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        msg = f"cannot read {path}: {reason}"
        raise InputError(msg) from error


def _numbers(ds: xr.Dataset) -> dict[str, Any]:
    return {"limits": read_counts(ds), "expected": read_expected(ds)}


def find_sources(ds: xr.Dataset) -> list[str]:
    """Find the files that a Dataset was opened from, as xarray remembers them.

    Parameters
    ----------
    ds : Dataset
        Opened by :func:`tropdsx.open_delays`, by xarray, or made in memory.

    Returns
    -------
    list of str
        Paths; empty for a Dataset that was made, joined, cut or changed in memory, since no file
        holds what it holds.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     xr.Dataset({"zhd": (("lat", "lon"), np.ones((3, 4)))}).to_netcdf(f"{folder}/a.nc")
    ...     with xr.open_dataset(f"{folder}/a.nc") as ds:
    ...         [Path(each).name for each in find_sources(ds)], find_sources(ds.isel(lat=[0]))
    (['a.nc'], [])
    """
    if ds.encoding.get("tropdsx_sources"):
        return [str(each) for each in ds.encoding["tropdsx_sources"]]
    source = ds.encoding.get("source")
    fields = [field for field in ds.data_vars.values() if field.ndim > 1]
    untouched = all(field.encoding.get("original_shape") == field.shape for field in fields)
    return [str(source)] if source and untouched else []
