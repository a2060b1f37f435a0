"""Record what a run was asked to do: its parameters as plain values, and as a command line."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.grid.orography import as_terrain
from tropdsx.system.hashing import fingerprint, sha256_of
from tropdsx.system.names import local_file, short_name

__all__ = [
    "command_line",
    "describe_parameters",
    "python_call",
    "summarise_parameter",
    "to_json",
]


_PLAIN = (str, int, float, bool, list, tuple)


def summarise_parameter(value: Any) -> Any:
    """Reduce a parameter to what the provenance keeps of it.

    Parameters
    ----------
    value : Any
        A number, word or sequence stays as it is. A file or folder is kept by name and content, a
        grid in memory by its sizes and content, any other object that has a ``name`` by that.

    Returns
    -------
    Any
        Of a file ``{"file": name, "sha256": ...}``, of a grid ``{"grid": sizes, "sha256": ...}``;
        a lazy grid has no sha256, since that would mean computing it.

    Examples
    --------
    >>> summarise_parameter("bicubic"), summarise_parameter(2.5)
    ('bicubic', 2.5)
    >>> summarise_parameter(xr.DataArray(np.zeros((2, 3)), dims=("lat", "lon")))["grid"]
    {'lat': 2, 'lon': 3}
    """
    given = str(value) if isinstance(value, (str, Path)) else ""
    if given and (file := local_file(value)) is not None:
        return {"file": short_name(value), "sha256": sha256_of(file)}
    if isinstance(value, (xr.DataArray, xr.Dataset)):
        value = as_terrain(value)
        shape = {"grid": {str(name): size for name, size in value.sizes.items()}}
        if any(each.chunks for each in value.values()):
            return shape
        content = [np.asarray(value[name]) for name in sorted(map(str, value.variables))]
        return shape | {"sha256": fingerprint(*content)}
    return value.name if hasattr(value, "name") else value


def describe_parameters(options: Any, notes: Iterable[str] = ()) -> dict[str, str]:
    """Make attributes of the options of a run, and of what was assumed on the way.

    Parameters
    ----------
    options : dataclass instance or Mapping
        Everything that decides the numbers.
    notes : iterable of str, optional
        Assumptions, one sentence each.

    Returns
    -------
    dict of str
        ``tropdsx_parameters`` (JSON) and, if there are any, ``tropdsx_notes`` (lines).

    Examples
    --------
    >>> describe_parameters({"target": 1.0}, ["units guessed"])
    {'tropdsx_parameters': '{"target": 1.0}', 'tropdsx_notes': 'units guessed'}
    """
    if dataclasses.is_dataclass(options):
        options = {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
    text = "\n".join(notes)
    return {"tropdsx_parameters": to_json(options)} | ({"tropdsx_notes": text} if text else {})


def to_json(parameters: Mapping[str, Any]) -> str:
    """Write parameters as JSON, sorted by name.

    Parameters
    ----------
    parameters : Mapping
        Of any values: arrays become lists, grids their sizes, other objects their name or text.

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> to_json({"levels": np.arange(2), "file": Path("a/b.nc")})
    '{"file": "a/b.nc", "levels": [0, 1]}'
    """
    return json.dumps(dict(parameters), sort_keys=True, default=_to_plain)


def _to_plain(value: Any) -> Any:
    """Give JSON something that it can hold."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "mM":
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "sizes"):
        sizes = ", ".join(f"{dim}: {size}" for dim, size in value.sizes.items())
        return f"{type(value).__name__} ({sizes})"
    return str(getattr(value, "name", None) or value) if not isinstance(value, Path) else str(value)


def command_line(
    command: str,
    paths: Sequence[str | Path],
    options: Mapping[str, Any],
    defaults: Mapping[str, Any],
) -> str:
    """Spell the command that would do a run again.

    Parameters
    ----------
    command : str
        Subcommand of ``tropdsx``.
    paths : sequence of str or Path
        Inputs; only their names are spelled, for a folder means nothing on another machine.
    options : Mapping
        Options of the run by name; those that have no value, or the usual one, are left out.
    defaults : Mapping
        The usual values.

    Returns
    -------
    str
        One line that a shell understands; a grid in memory appears as the name of its type.

    Examples
    --------
    >>> options = {"target": 2.5, "ztd": True, "model": "default", "height": (0, 500)}
    >>> command_line("convert", ["data/in.nc"], options, {"model": "default"})
    'tropdsx convert in.nc --target=2.5 --ztd --height=0,500'
    """
    words = ["tropdsx", command, *map(short_name, paths)]
    for name, value in options.items():
        usual = defaults.get(name)
        if value is None or value is usual or (_is_plain(value) and value == usual):
            continue
        flag = f"--{name.replace('_', '-')}"
        words.append(flag if value is True else f"{flag}={_spell(value)}")
    return shlex.join(words)


def python_call(
    call: str, inputs: Sequence[Any], given: Mapping[str, Any], usual: Mapping[str, Any]
) -> str:
    """Spell the call of a function that would do a run again.

    Parameters
    ----------
    call : str
        Its name.
    inputs : sequence
        What it is given first.
    given, usual : Mapping
        Arguments by name, and their usual values, which are left out.

    Returns
    -------
    str
        One line of Python: files by their names, objects in memory by those of their types.

    Examples
    --------
    >>> python_call("reduce", ["data/in.nc", xr.Dataset()], {"step": 2, "model": None}, {"step": 1})
    "reduce('in.nc', Dataset, step=2)"
    """
    words = [_literal(each) for each in inputs]
    for name, value in given.items():
        default = usual.get(name)
        same = isinstance(value, _PLAIN) and value == default
        if value is not default and not same:
            words.append(f"{name}={_literal(value)}")
    return f"{call}({', '.join(words)})"


def _literal(value: Any) -> str:
    if isinstance(value, Path) or (isinstance(value, str) and "/" in value):
        return repr(short_name(value))
    plain = value is None or isinstance(value, _PLAIN)
    return repr(value) if plain or dataclasses.is_dataclass(value) else type(value).__name__


def _is_plain(value: Any) -> bool:
    """Whether comparing the value gives one answer, not an array of them."""
    return not isinstance(value, (np.ndarray, xr.Dataset, xr.DataArray))


def _spell(value: Any) -> str:
    if isinstance(value, (str, Path)):
        return Path(value).name
    if isinstance(value, (xr.Dataset, xr.DataArray)):
        return f"<{type(value).__name__}>"
    if isinstance(value, (list, tuple, np.ndarray)):
        return ",".join(_spell(each) for each in value)
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)
