"""What attributes say of other variables: follow renames, drop what is not there or not true.

CF lets attributes name variables (``bounds``, ``grid_mapping``, ``coordinates`` ...). A result has
other variables than its input, and other names: what is carried over must be looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import xarray as xr

from tropdsx.cf.attributes.bounds import bounds_hold
from tropdsx.cf.attributes.grid_mapping import is_grid_mapping, lies_elsewhere

__all__ = ["parse_cell_methods", "rename_references", "settle_references"]

_EVERY, _AFTER_COLON, _BEFORE_COLON = "every word", "words after a colon", "words before one"

#: Which words of an attribute name variables or dimensions: "area: cell_area" names one after the
#: colon, "time: mean" one before it.
_NAMING = {
    "coordinates": _EVERY,
    "ancillary_variables": _EVERY,
    "bounds": _EVERY,
    "climatology": _EVERY,
    "grid_mapping": _EVERY,
    "geometry": _EVERY,
    "node_coordinates": _EVERY,
    "node_count": _EVERY,
    "part_node_count": _EVERY,
    "interior_ring": _EVERY,
    "mesh": _EVERY,
    "coordinate_interpolation": _EVERY,
    "compress": _EVERY,
    "sample_dimension": _EVERY,
    "instance_dimension": _EVERY,
    "_CoordinateAxes": _EVERY,
    "_CoordinateSystems": _EVERY,
    "_CoordinateTransforms": _EVERY,
    "cell_measures": _AFTER_COLON,
    "formula_terms": _AFTER_COLON,
    "cell_methods": _BEFORE_COLON,
}
# How many digits of stored values count: of new values only the writer can say that.
_OF_DIGITS = (
    "quantization",
    "quantization_nsb",
    "quantization_nsd",
    "least_significant_digit",
    "number_of_significant_bits",
    "number_of_significant_digits",
)
_QUANTISED = ("Quantize", "_Quantize")  # _QuantizeBitRoundNumberOfSignificantBits
_OF_NUMBERS = ("units", "calendar", "dtype")


def rename_references(ds: xr.Dataset, names: Mapping[Any, Any]) -> xr.Dataset:
    """Let attributes that name variables follow the new names of these.

    Parameters
    ----------
    ds : Dataset
        Its variables have been renamed already.
    names : mapping
        New names by old ones.

    Returns
    -------
    Dataset
        The same data; the caller's attributes are untouched.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd": ("lat", [0.1], {"cell_methods": "latitude: mean (over rows)"})})
    >>> rename_references(ds, {"latitude": "lat"}).zwd.cell_methods
    'lat: mean (over rows)'
    """
    words = {str(old): str(new) for old, new in names.items() if old != new}
    if not words:
        return ds
    out = ds.copy(deep=False)
    for variable in out.variables.values():
        for said in (variable.attrs, variable.encoding):
            for key in _NAMING.keys() & said.keys():
                if isinstance(said[key], str):
                    said[key] = _rename_words(said[key], _NAMING[key], words)
    if isinstance(out.attrs.get("coordinates"), str):
        out.attrs["coordinates"] = _rename_words(out.attrs["coordinates"], _EVERY, words)
    return out


def _rename_words(text: str, naming: str, words: Mapping[str, str]) -> str:
    def rename(found: re.Match[str]) -> str:
        word, colon = found["word"], found["colon"]
        if word is None or (naming != _EVERY and bool(colon) != (naming == _BEFORE_COLON)):
            return found[0]
        return words.get(word, word) + colon

    # What stands in parentheses is a comment.
    return re.sub(r"\([^()]*\)|(?P<word>[^\s:()]+)(?P<colon>:?)", rename, text)


def settle_references(ds: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Take back what attributes say of other variables, and of digits, and does not hold here.

    Parameters
    ----------
    ds : Dataset
        What is about to be written. Values are looked at of cell bounds alone, where they are in
        memory.

    Returns
    -------
    Dataset
        The same data. Every ``bounds``, ``climatology``, ``grid_mapping``, ``coordinates``,
        ``ancillary_variables``, ``cell_methods``, ``cell_measures``, ``formula_terms`` and other
        attribute that names variables names such as are there and fit, or is gone. So are the
        units of dates that are dates now, and how many digits of another file's values counted.
    notes : tuple of str
        What was taken back, one line each.

    Examples
    --------
    >>> time = ("time", [0.0, 6.0], {"units": "hours since 2022-01-01", "bounds": "time_bnds"})
    >>> ds, notes = settle_references(xr.Dataset(coords={"time": time}))
    >>> ds.time.attrs, notes
    ({'units': 'hours since 2022-01-01'}, ("time: bounds 'time_bnds' left out: not in this data",))
    """
    out = ds.copy(deep=False)
    notes = []
    for name, variable in out.variables.items():
        _put_in_place(variable)
        for said in (variable.attrs, variable.encoding):
            for key in sorted(_NAMING.keys() & said.keys()):
                before = said[key]
                if before is None:  # xarray: write none
                    continue
                kept = _keep(out, name, key, before) if isinstance(before, str) else ""
                if kept == before:
                    continue
                notes.append(_tell(out, name, key, str(before), kept))
                said.pop(key)
                if kept:
                    said[key] = kept
        notes += [*_settle_numbers(name, variable), *_settle_digits(name, variable)]
        if lies_elsewhere(variable.attrs, out):
            variable.attrs.pop("GeoTransform")
            notes.append(f"{name}: GeoTransform left out: of another grid")
    out.attrs.pop("coordinates", None)  # xarray's own list, which it makes again
    return out, tuple(notes)


def _put_in_place(variable: xr.Variable) -> None:
    """Keep ``coordinates`` where xarray looks for it, and all else among the attributes."""
    attrs, encoding = variable.attrs, variable.encoding
    for key in _NAMING.keys() & encoding.keys() - {"coordinates"}:
        attrs.setdefault(key, encoding.pop(key))
    if "coordinates" in attrs:
        encoding.setdefault("coordinates", attrs.pop("coordinates"))
        attrs.pop("coordinates", None)


def _settle_numbers(name: Hashable, variable: xr.Variable) -> list[str]:
    """Take back how numbers were dates once: of dates, and of numbers that are none."""
    if variable.dtype.kind in "mM":
        # Units that stay beside dates keep xarray from writing them.
        stale = [key for key in _OF_NUMBERS if key in variable.attrs]
    else:
        dated = " since " in str(variable.attrs.get("units", variable.encoding.get("units", "")))
        stale = ["calendar"] if "calendar" in variable.attrs and not dated else []
        stale = [] if variable.dtype.kind == "O" else stale  # dates of cftime
    return [f"{name}: {key} {variable.attrs.pop(key)!r} left out" for key in stale]


def _settle_digits(name: Hashable, variable: xr.Variable) -> list[str]:
    stale = [k for k in variable.attrs if k in _OF_DIGITS or str(k).startswith(_QUANTISED)]
    variable.attrs = {k: value for k, value in variable.attrs.items() if k not in stale}
    return [f"{name}: {', '.join(map(str, stale))} of the input left out"] if stale else []


def _tell(ds: xr.Dataset, name: Hashable, key: str, before: str, kept: str) -> str:
    words = [word.rstrip(":") for word in before.split()]
    gone = [word for word in words if word not in kept.split()] if kept else words
    naming = _NAMING[key]
    missing = naming == _EVERY and not any(word in ds.variables for word in gone)
    why = "not in this data" if missing else "does not fit this data"
    what = " ".join(gone) if naming == _EVERY else before
    return f"{name}: {key} {what!r} left out: {why}"


def _keep(ds: xr.Dataset, name: Hashable, key: str, text: str) -> str:
    """Find the part of an attribute that holds."""
    keep = _RULES.get(key, _keep_all_or_none)
    return keep(ds, name, text)


def _keep_coordinates(ds: xr.Dataset, name: Hashable, text: str) -> str:
    dims = set(ds.variables[name].dims)
    kept = [
        word
        for word in text.split()
        if word in ds.variables and word != name and _runs_within(ds.variables[word], dims)
    ]
    return text if kept == text.split() else " ".join(kept)


def _runs_within(coordinate: xr.Variable, dims: set[Hashable]) -> bool:
    # Characters of labels have a dimension of their own.
    own = coordinate.dims[:-1] if coordinate.dtype.kind == "S" else coordinate.dims
    return set(own) <= dims or set(coordinate.dims) <= dims


def _keep_present(ds: xr.Dataset, name: Hashable, text: str) -> str:
    kept = [word for word in text.split() if word in ds.variables and word != name]
    return text if kept == text.split() else " ".join(kept)


def _keep_all_or_none(ds: xr.Dataset, name: Hashable, text: str) -> str:
    del name
    words = [word.rstrip(":") for word in text.split()]
    return text if all(word in ds.variables or word in ds.dims for word in words) else ""


def _keep_bounds(ds: xr.Dataset, name: Hashable, text: str) -> str:
    bounds = ds.variables.get(text.strip())
    return text if bounds is not None and bounds_hold(ds.variables[name], bounds) else ""


def _keep_climatology(ds: xr.Dataset, name: Hashable, text: str) -> str:
    bounds = ds.variables.get(text.strip())
    # A time of a climatology need not lie within the interval of years.
    fits = bounds is not None and bounds.dims[:-1] == ds.variables[name].dims
    return text if fits else ""


def _keep_grid_mapping(ds: xr.Dataset, name: Hashable, text: str) -> str:
    """One name, or "crs: lat lon crs_utm: x y"."""
    del name
    words = text.split()
    mappings = [word.rstrip(":") for word in words if word.endswith(":")] or words
    fits = all(is_grid_mapping(ds.variables.get(word)) for word in mappings)
    return text if fits and all(word.rstrip(":") in ds.variables for word in words) else ""


def _keep_measures(ds: xr.Dataset, name: Hashable, text: str) -> str:
    """Pairs such as "area: areacella", the second of which may lie in another file."""
    del name
    known = {*map(str, ds.variables), *str(ds.attrs.get("external_variables", "")).split()}
    pairs = re.findall(r"(\S+:)\s*(\S+)", text)
    kept = [f"{role} {measure}" for role, measure in pairs if measure in known]
    return text if len(kept) == len(pairs) and pairs else " ".join(kept)


def _keep_terms(ds: xr.Dataset, name: Hashable, text: str) -> str:
    """All terms of a formula or none: with one missing nothing can be computed."""
    del name
    pairs = re.findall(r"(\S+:)\s*(\S+)", text)
    return text if pairs and all(term in ds.variables for _, term in pairs) else ""


def _keep_methods(ds: xr.Dataset, name: Hashable, text: str) -> str:
    known = {"area", *map(str, ds.variables[name].dims)}
    for each, variable in ds.variables.items():
        if set(variable.dims) <= set(ds.variables[name].dims):
            known |= {str(each), str(variable.attrs.get("standard_name", each))}
    entries = parse_cell_methods(text)
    kept = [entry for names, entry in entries if set(names) <= known]
    return text if len(kept) == len(entries) and entries else " ".join(kept)


def parse_cell_methods(text: str) -> list[tuple[tuple[str, ...], str]]:
    """Split a ``cell_methods`` attribute into its entries.

    Parameters
    ----------
    text : str
        The attribute.

    Returns
    -------
    list of tuple
        For each entry the names that it is about, and its text.

    Examples
    --------
    >>> parse_cell_methods("time: mean (interval: 1 hr) lat: lon: point")
    [(('time',), 'time: mean (interval: 1 hr)'), (('lat', 'lon'), 'lat: lon: point')]
    """
    comments: list[str] = []

    def hide(found: re.Match[str]) -> str:
        comments.append(found[0])
        return f"({len(comments) - 1})"

    hidden = re.sub(r"\([^()]*\)", hide, text)
    entries = re.findall(r"(?:[^\s:()]+:\s*)+(?:(?!\S+:)\S+\s*)*", hidden)
    found = []
    for entry in entries:
        names = tuple(word[:-1] for word in re.findall(r"[^\s:()]+:", entry))
        shown = re.sub(r"\((\d+)\)", lambda number: comments[int(number[1])], entry)
        found.append((names, shown.strip()))
    return found


_RULES: dict[str, Callable[[xr.Dataset, Hashable, str], str]] = {
    "coordinates": _keep_coordinates,
    "ancillary_variables": _keep_present,
    "bounds": _keep_bounds,
    "climatology": _keep_climatology,
    "grid_mapping": _keep_grid_mapping,
    "cell_measures": _keep_measures,
    "formula_terms": _keep_terms,
    "cell_methods": _keep_methods,
}
