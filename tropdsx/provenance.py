"""Where a file comes from: what ran, on which inputs, with which model and parameters.

:func:`record` makes the attributes, :func:`read` turns them back into one dictionary for
``tropdsx inspect``. They are plain text, so they survive NetCDF, Zarr and a trip through other
tools.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tropdsx.errors import InputError

__all__ = ["read", "record", "sha256_of", "software_version"]

# Of the input, and false of the output: kept under tropdsx_input_<name>.
CARRIED = (
    "title",
    "source",
    "institution",
    "license",
    "references",
    "acknowledgement",
    "Conventions",
    "id",
)
_BUFFER = 2**20


def record(
    command: str,
    *,
    inputs: Iterable[str | os.PathLike[str]] = (),
    input_attrs: Mapping[str, Any] | None = None,
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
        Global attributes of the input: its history is continued, its source, licence and
        references are carried over as ``tropdsx_input_*``.
    model : Mapping, optional
        ``id`` and ``sha256`` of the checkpoint, when a network ran; torch's version is then noted.
    parameters : Mapping, optional
        All that is needed to do it again; stored as JSON.
    device, precision : str, optional
        Such as ``cpu`` and ``float32``.

    Returns
    -------
    dict of str
        ``history``, ``date_created`` and ``tropdsx_*``, for :func:`tropdsx.cf.describe`.

    Raises
    ------
    InputError
        An input that exists but cannot be read.

    Examples
    --------
    >>> attrs = record("tropdsx convert in.nc", parameters={"target": 1.0})
    >>> attrs["tropdsx_parameters"]
    '{"target": 1.0}'
    >>> attrs["history"].endswith(": tropdsx convert in.nc")
    True
    """
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    before = input_attrs or {}
    version = software_version()
    line = f"{now} tropdsx {version}: {' '.join(command.split())}"
    out = {
        "history": "\n".join([line, str(before.get("history", "")).strip()]).strip(),
        "date_created": now,
        "tropdsx_version": version,
        "tropdsx_command": command,
        "tropdsx_inputs": json.dumps([_fingerprint(Path(path), str(path)) for path in inputs]),
        "tropdsx_parameters": json.dumps(parameters or {}, sort_keys=True, default=_plain),
    }
    given = {
        "tropdsx_model": (model or {}).get("id"),
        "tropdsx_model_sha256": (model or {}).get("sha256"),
        "tropdsx_device": device,
        "tropdsx_precision": precision,
        "tropdsx_torch_version": _installed("torch") if model else None,
    }
    given |= {f"tropdsx_input_{name}": before.get(name) for name in CARRIED}
    # An input that tropdsx itself made: its own record stays readable.
    given |= {
        f"tropdsx_input_{name.removeprefix('tropdsx_')}": before[name]
        for name in map(str, before)
        if name.startswith("tropdsx_") and not name.startswith("tropdsx_input_")
    }
    return out | {name: str(text) for name, text in given.items() if text not in (None, "")}


def read(source: Any) -> dict[str, Any]:
    """Read the provenance back.

    Parameters
    ----------
    source : path, xarray.Dataset or Mapping
        A NetCDF file or Zarr folder written by tropdsx, an open Dataset, or attributes.

    Returns
    -------
    dict
        ``version``, ``command``, ``created``, ``inputs`` (list of ``name`` and ``sha256``),
        ``parameters``, ``model`` (``id`` and ``sha256``, or None), ``device``, ``precision``,
        ``torch``, ``input`` (what the input said of itself) and ``history`` (lines, newest first).

    Raises
    ------
    InputError
        No such file, or none that tropdsx wrote.

    Examples
    --------
    >>> read(record("convert", inputs=["s3://bucket/in.nc"], device="cpu"))["inputs"]
    [{'name': 's3://bucket/in.nc', 'sha256': None}]
    """
    attrs = _attributes(source)
    if "tropdsx_version" not in attrs:
        name = source if isinstance(source, str | os.PathLike) else "the Dataset"
        msg = (
            f"no provenance in {name}: it has no tropdsx_version attribute, so not made by tropdsx"
        )
        raise InputError(msg)
    model = {"id": attrs.get("tropdsx_model"), "sha256": attrs.get("tropdsx_model_sha256")}
    carried = "tropdsx_input_"
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
        "input": {
            name.removeprefix(carried): attrs[name] for name in attrs if name.startswith(carried)
        },
        "history": [line for line in str(attrs.get("history", "")).splitlines() if line],
    }


def sha256_of(path: str | os.PathLike[str]) -> str:
    r"""Take the sha256 of a file, or of a folder with all that is in it.

    A folder (a Zarr store) has the sha256 of its sorted lines ``<sha256>  <relative path>``: what
    ``find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`` prints.

    Parameters
    ----------
    path : str or os.PathLike
        File or folder, read in pieces.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    InputError
        It is missing or cannot be read.
    """
    path = Path(path)
    total = hashlib.sha256()
    try:
        if path.is_dir():
            files = {p.relative_to(path).as_posix(): p for p in path.rglob("*") if p.is_file()}
            for name in sorted(files, key=os.fsencode):
                total.update(f"{sha256_of(files[name])}  {name}\n".encode())
            return total.hexdigest()
        with path.open("rb") as file:
            while piece := file.read(_BUFFER):
                total.update(piece)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise InputError(msg) from error
    return total.hexdigest()


def software_version() -> str:
    """Version of tropdsx, installed or run from its folder."""
    package = sys.modules.get(__name__.partition(".")[0])
    return str(getattr(package, "__version__", None) or _installed("tropdsx") or "unknown")


def _installed(package: str) -> str | None:
    """Version of a package without importing it."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _fingerprint(path: Path, name: str) -> dict[str, str | None]:
    # Only the name: a folder on one machine means nothing on another, and may be private.
    if not path.exists():
        return {"name": name, "sha256": None}
    return {"name": path.name, "sha256": sha256_of(path)}


def _plain(value: Any) -> Any:
    """Give JSON what it can hold."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "mM":
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def _attributes(source: Any) -> Mapping[str, Any]:
    if isinstance(source, Mapping) and not hasattr(source, "data_vars"):
        return source
    if hasattr(source, "attrs"):
        return source.attrs
    import xarray as xr

    path = Path(source)
    if not path.exists():
        msg = f"no such file: {path}"
        raise InputError(msg)
    engine = "zarr" if path.is_dir() else None
    try:
        with xr.open_dataset(path, engine=engine, decode_cf=False) as ds:
            return dict(ds.attrs)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        msg = f"cannot read {path}: {reason}"
        raise InputError(msg) from error
