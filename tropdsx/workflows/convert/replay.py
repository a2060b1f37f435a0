"""Do a recorded conversion again, and see whether the same bits come out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError
from tropdsx.system.hashing import sha256_of
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.names import local_file
from tropdsx.system.paths import names_store
from tropdsx.system.workers import Advance
from tropdsx.workflows.convert.files import convert
from tropdsx.write.provenance import read_provenance

__all__ = ["Replay", "compare_values", "replay"]

#: Values compared at once.
_STEP = 2**22


@dataclass(frozen=True)
class Replay:
    """What came out when a conversion was done again.

    Attributes
    ----------
    same : tuple of str
        Variables whose values have the same bits.
    different : dict of str
        Of the others, what is different.
    notes : tuple of str
        What was not as it was recorded: versions, device.
    """

    same: tuple[str, ...]
    different: dict[str, str]
    notes: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the values of every variable are the same."""
        return not self.different


def replay(
    result: str | Path, folders: Sequence[str | Path] = (), *, progress: Advance | None = None
) -> Replay:
    """Do again what is recorded in a result of ``tropdsx convert``, into a temporary file.

    Parameters
    ----------
    result : str or Path
        NetCDF file or Zarr store.
    folders : sequence of str or Path, optional
        Where the inputs are looked for, before the folder of the result and the current one; a
        result records their names and their sha256, not their folders.
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Replay

    Raises
    ------
    InputError
        If it is no result of ``tropdsx convert``, was made of grids in memory, or if an input is
        not there or is another one now.
    """
    result = Path(result)
    recorded = read_provenance(result)
    places = [*map(Path, folders), result.parent, Path()]
    inputs = [_find(each["name"], each["sha256"], places) for each in recorded["inputs"]]
    options = _options_of(recorded, result, places)
    with tempfile.TemporaryDirectory(prefix="tropdsx-replay-") as folder:
        again = Path(folder) / f"again{result.suffix}"
        convert(inputs, again, progress=progress, **options, **_storage_of(result))
        same, different = compare_values(result, again)
        notes = _changes(recorded, read_provenance(again))
    return Replay(tuple(same), different, tuple(notes))


def _options_of(recorded: dict[str, Any], result: Path, places: list[Path]) -> dict[str, Any]:
    if not str(recorded["command"]).startswith("tropdsx convert ") or not recorded["inputs"]:
        msg = (
            f"{result.name} was made by {recorded['command']!r}; only results of `tropdsx convert` "
            "can be replayed: run that command again"
        )
        raise InputError(msg)
    options = {}
    for name, value in recorded["parameters"].items():
        if isinstance(value, dict) and "file" not in value:
            msg = f"{name} of {result.name} was a grid in memory: it cannot be replayed"
            raise InputError(msg)
        kept = isinstance(value, dict)
        options[name] = _find(value["file"], value["sha256"], places) if kept else value
    return options


def _find(name: str, sha256: str | None, places: list[Path]) -> str:
    """Find a recorded file by name and content."""
    if sha256 is None:
        return name  # a URL
    changed = None
    for folder in places:
        path = str(folder / name)
        file = local_file(path)
        if file is None:
            continue
        if sha256_of(file) == sha256:
            return path
        changed = path
    where = ", ".join(dict.fromkeys(str(folder) for folder in places))
    if changed is not None:
        msg = (
            f"{changed} is another file now: the result was made of one with sha256 "
            f"{sha256[:12]}..., and this has {sha256_of(Path(str(local_file(changed))))[:12]}...; "
            "give the folder of the old one with --inputs FOLDER"
        )
        raise InputError(msg)
    msg = f"{name} is not in {where}: it has moved; give its folder with --inputs FOLDER"
    raise InputError(msg)


def _open(path: Path) -> xr.Dataset:
    """Open a result with the values as they are stored."""
    if names_store(path):
        return xr.open_zarr(path, chunks=None, decode_cf=False)
    with hdf5_lock() as lock:
        return xr.open_dataset(path, engine="netcdf4", decode_cf=False, lock=lock)


def _storage_of(result: Path) -> dict[str, Any]:
    """Tell from a result how its values are stored; compression does not change them."""
    with _open(result) as ds:
        packed = any(var.dtype == np.int16 and "scale_factor" in var.attrs for var in ds.values())
        return {"quantize": "quantization_info" in ds.variables, "pack": packed}


def compare_values(one: str | Path, other: str | Path) -> tuple[list[str], dict[str, str]]:
    """Compare the stored values of two files, bit by bit.

    Parameters
    ----------
    one, other : str or Path
        NetCDF files or Zarr stores.

    Returns
    -------
    same : list of str
        Variables with the same bits.
    different : dict of str
        Of the others, what is different.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, height in (("a", 1.0), ("b", 2.5)):
    ...         fields = {"lat": ("lat", [0.0, 1.0]), "h": ("lat", [1.0, height])}
    ...         xr.Dataset(fields).to_netcdf(f"{folder}/{name}.nc")
    ...     compare_values(f"{folder}/a.nc", f"{folder}/b.nc")
    (['lat'], {'h': '1 of 2 values, by up to 1.5'})
    """
    same, different = [], {}
    with _open(Path(one)) as left, _open(Path(other)) as right:
        for name in dict.fromkeys(map(str, [*left.variables, *right.variables])):
            if name not in left.variables or name not in right.variables:
                different[name] = f"only in the {'recorded' if name in left.variables else 'new'}"
                continue
            found = _difference(left.variables[name], right.variables[name])
            if found is None:
                same.append(name)
            else:
                different[name] = found
    return same, different


def _difference(left: xr.Variable, right: xr.Variable) -> str | None:
    """Say how two variables differ; None where no bit does."""
    if (left.dims, left.shape, left.dtype) != (right.dims, right.shape, right.dtype):
        return f"{dict(left.sizes)} {left.dtype} and {dict(right.sizes)} {right.dtype}"
    count, missing, most = 0, 0, 0.0
    rows = max(1, _STEP // max(1, left.size // max(1, left.shape[0]))) if left.ndim else 1
    parts = range(0, left.shape[0], rows) if left.ndim else [None]
    for start in parts:
        part = () if start is None else (slice(start, start + rows),)
        a, b = np.asarray(left[part].values), np.asarray(right[part].values)
        unequal = _unequal(a, b)
        count += int(unequal.sum())
        if a.dtype.kind in "iuf" and unequal.any():
            one, other = (each[unequal].astype(float) for each in (a, b))
            apart = np.abs(one - other)
            missing += int((np.isnan(one) != np.isnan(other)).sum())
            most = max(most, float(np.nanmax(apart, initial=0.0)))
    if not count:
        return None
    far = [f"by up to {most:g}"] if count > missing and most else []
    far += [f"{missing} of them without a value in one of the two"] if missing else []
    return ", ".join([f"{count} of {left.size} values", *far])


def _unequal(a: NDArray, b: NDArray) -> NDArray[np.bool_]:
    """Tell which values have other bits; texts are compared as such, wherever they lie."""
    if a.dtype.kind == "O":
        return np.asarray(a != b, bool).reshape(a.shape)
    if a.tobytes() == b.tobytes():
        return np.zeros(a.shape, bool)
    one, other = (np.ascontiguousarray(each).reshape(-1).view(np.uint8) for each in (a, b))
    return (one != other).reshape(*a.shape, a.dtype.itemsize).any(-1)


def _changes(recorded: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Say what was not as it was recorded."""
    names = {
        "version": "tropdsx",
        "torch": "torch",
        "device": "device",
        "precision": "precision",
        "model": "model",
    }
    return [
        f"{name}: recorded {_spell(recorded[key])}, now {_spell(now[key])}"
        for key, name in names.items()
        if recorded[key] != now[key]
    ]


def _spell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['id']} (sha256 {str(value['sha256'])[:12]}...)"
    return str(value)
