"""Global attributes of a file: the Attribute Convention for Data Discovery (ACDD-1.3).

Everything here is read off the coordinates or taken from the caller; nothing about people or
institutions is invented: what nobody gave says ``not given``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.extent import vertical_extent
from tropdsx.cf.axes import AxisNames
from tropdsx.cf.quantities import DELAYS_AND_TOTAL

__all__ = [
    "CF",
    "DEFAULTS",
    "global_attributes",
    "iso_duration",
    "make_storable",
]

CF = "CF-1.10"
"""What variables say, in memory too; files keep ACDD as well."""
CONVENTIONS = f"{CF}, ACDD-1.3"
NOT_GIVEN = "not given"
# These say what *this* file is, so an input's text would be false here: it is kept as
# tropdsx_input_<name>.
REPLACED = ("title", "summary", "source", "id", "processing_level")
# Kept from the caller (mostly: from the input) when present, else filled with these.
DEFAULTS = {
    "institution": NOT_GIVEN,
    "creator_name": NOT_GIVEN,
    "creator_email": NOT_GIVEN,
    "creator_url": NOT_GIVEN,
    "publisher_name": NOT_GIVEN,
    "publisher_email": NOT_GIVEN,
    "publisher_url": NOT_GIVEN,
    "project": NOT_GIVEN,
    "license": "not given; the terms of the input data apply",
    "acknowledgement": "See source, references and the tropdsx_input_* attributes.",
    "keywords": "zenith hydrostatic delay, zenith wet delay, troposphere, GNSS, downscaling",
    "comment": "Delays refer to the ellipsoidal heights in the variable orography, where present.",
}
_REMEASURED = ("geospatial_", "time_coverage_", "date_")  # facts that are read afresh
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tropdsx")


def global_attributes(
    ds: xr.Dataset,
    axes: AxisNames,
    *,
    provenance: Mapping[str, Any] | None = None,
    title: str | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Compose the global attributes of a described Dataset.

    Parameters
    ----------
    ds : xarray.Dataset
        The data, with coordinates; no array is computed.
    axes : AxisNames
        Names of the coordinates.
    provenance : Mapping, optional
        Attributes made by :func:`tropdsx.write.provenance.make_provenance`.
    title : str, optional
        Title of the file; by default made from the grid.
    attrs : Mapping, optional
        The last word on any attribute (``creator_name``, ``license``, ...).

    Returns
    -------
    dict
        All global attributes, those of ``ds`` included.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]})
    >>> names = AxisNames(time=None, lat="lat", lon="lon")
    >>> made = global_attributes(ds, names, attrs={"creator_name": "A. Person"})
    >>> made["geospatial_lon_max"], made["creator_name"], made["institution"]
    (7.0, 'A. Person', 'not given')
    """
    given = {**(provenance or {}), **(attrs or {})}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    # Described again: the texts are this file's own. With new provenance they are an input's.
    again = "tropdsx_version" in ds.attrs and not provenance
    before = {k: v for k, v in ds.attrs.items() if not str(k).startswith(_REMEASURED)}
    out: dict[str, Any] = {**before, **given}
    own = _own_texts(ds, axes, title, out, again=again)
    for name in REPLACED:
        if name in given:
            continue
        if name in before and not again:
            out.setdefault(f"tropdsx_input_{name}", before[name])
        if name in own:
            out[name] = own[name]
    for name, text in DEFAULTS.items():
        if name not in given:
            out[name] = before.get(name) or text
    out["Conventions"] = CONVENTIONS
    out["standard_name_vocabulary"] = "CF Standard Name Table v93"
    out.setdefault("history", f"{now} tropdsx: CF and ACDD attributes")
    out.setdefault("date_created", now)
    out |= _space(ds, axes) | vertical_extent(ds.get("orography")) | _time(ds, axes.time)
    out["naming_authority"] = given.get("naming_authority", "urn:uuid")
    if "id" not in given:
        fingerprint = json.dumps({k: str(v) for k, v in sorted(out.items()) if k != "id"})
        out["id"] = str(uuid.uuid5(_NAMESPACE, fingerprint))
    return make_storable(out)


def make_storable(attrs: Mapping[Any, Any]) -> dict[Any, Any]:
    r"""Turn attribute values that no file format holds into text.

    Parameters
    ----------
    attrs : Mapping
        Attributes of any values.

    Returns
    -------
    dict
        Text, numbers and arrays of them; a list of texts becomes lines.

    Examples
    --------
    >>> make_storable({"notes": ["units guessed", "no time"], "units": "m", "checked": True})
    {'notes': 'units guessed\nno time', 'units': 'm', 'checked': 'True'}
    """
    out: dict[Any, Any] = {}
    for name, value in attrs.items():
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            # A list of one string would come back as the string.
            out[name] = "\n".join(value)
        elif isinstance(value, bool | np.bool_) or np.asarray(value).dtype.kind not in "iufSU":
            out[name] = str(value)
        else:
            out[name] = value
    return out


def _own_texts(
    ds: xr.Dataset,
    axes: AxisNames,
    title: str | None,
    attrs: Mapping[str, Any],
    *,
    again: bool,
) -> dict[str, str]:
    """Title, summary, source and processing level of a tropdsx product."""
    steps = [_resolution(ds[name]) for name in axes[1:]]
    grid = " x ".join("?" if step is None else f"{step:g}" for step in steps)
    names = [name for name in DELAYS_AND_TOTAL if name in ds]
    version = attrs.get("tropdsx_version")
    own = {
        "title": f"Zenith tropospheric delays on a {grid} degree grid",
        "summary": f"Gridded zenith tropospheric delays ({', '.join(names)}) in metres at the "
        f"height of the terrain on a {grid} degree latitude-longitude grid.",
        "source": f"tropdsx {version}" if version else "tropdsx",
        "processing_level": "downscaled model output",
    }
    before = attrs.get("tropdsx_input_source", ds.attrs.get("source"))
    if _listed(ds, axes):
        own["title"] = f"Zenith tropospheric delays at {ds[axes.lat].size} places"
        own["summary"] = (
            f"Zenith tropospheric delays ({', '.join(names)}) in metres at places of given heights."
        )
    if again:
        own |= {name: str(ds.attrs[name]) for name in own if name in ds.attrs}
    elif before:
        own["source"] += f"; input: {before}"
    if title is not None:
        own["title"] = title
    return own


def _listed(ds: xr.Dataset, axes: AxisNames) -> bool:
    """Tell places one by one, which have no step and no cells, from a grid."""
    return ds[axes.lat].dims == ds[axes.lon].dims


def _space(ds: xr.Dataset, axes: AxisNames) -> dict[str, Any]:
    """Horizontal extent: node positions, and the same as WKT in EPSG:4326 order (lat lon)."""
    south, north = _range(ds[axes.lat])
    west, east = _range(ds[axes.lon])
    corners = [(south, west), (north, west), (north, east), (south, east), (south, west)]
    out = {
        "geospatial_lat_min": south,
        "geospatial_lat_max": north,
        "geospatial_lat_units": "degrees_north",
        "geospatial_lon_min": west,
        "geospatial_lon_max": east,
        "geospatial_lon_units": "degrees_east",
        "geospatial_bounds": f"POLYGON(({', '.join(f'{y:.12g} {x:.12g}' for y, x in corners)}))",
        "geospatial_bounds_crs": "EPSG:4326",
    }
    for name, axis in (("lat", axes.lat), ("lon", axes.lon)):
        step = _resolution(ds[axis])
        if step is not None and not _listed(ds, axes):
            out[f"geospatial_{name}_resolution"] = step
    return out


def _time(ds: xr.Dataset, time: Hashable | None) -> dict[str, str]:
    """Time coverage as ISO 8601; nothing for a file without times."""
    if time is None or ds[time].dtype.kind != "M" or ds[time].chunks is not None:
        return {}
    values = np.atleast_1d(ds[time].values).astype("datetime64[ms]")
    values = values[~np.isnat(values)]
    if not values.size:
        return {}
    first, last = values.min(), values.max()
    steps = np.diff(np.sort(values))
    return {
        "time_coverage_start": f"{np.datetime_as_string(first, unit='s')}Z",
        "time_coverage_end": f"{np.datetime_as_string(last, unit='s')}Z",
        "time_coverage_duration": iso_duration(last - first),
        "time_coverage_resolution": iso_duration(
            steps.min() if steps.size else np.timedelta64(0, "s")
        ),
    }


def iso_duration(duration: np.timedelta64) -> str:
    """Spell a duration as ISO 8601.

    Parameters
    ----------
    duration : numpy.timedelta64
        Not negative.

    Returns
    -------
    str
        Days, hours, minutes and whole seconds.

    Examples
    --------
    >>> iso_duration(np.timedelta64(42, "h"))
    'P1DT18H'
    >>> iso_duration(np.timedelta64(0, "h"))
    'PT0S'
    """
    left = int(duration / np.timedelta64(1, "s"))
    days, left = divmod(left, 86400)
    hours, left = divmod(left, 3600)
    minutes, seconds = divmod(left, 60)
    clock = "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    text = "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return text if text != "P" else "PT0S"


def _range(axis: xr.DataArray) -> tuple[float, float]:
    values = np.asarray(axis.values, dtype=np.float64)
    return float(values.min()), float(values.max())


def _resolution(axis: xr.DataArray) -> float | None:
    """Median spacing [deg], rounded to what a float32 axis can tell; None for one node."""
    values = np.asarray(axis.values, dtype=np.float64)
    # The median shrugs off the one jump of a box that crosses the antimeridian.
    return float(f"{np.median(np.abs(np.diff(values))):.6g}") if values.size > 1 else None
