"""What attributes say of the zero of heights: the geoid, the ellipsoid, or nothing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from tropdsx.cf.quantities import GEOPOTENTIAL_UNITS
from tropdsx.cf.units import spell_unit

__all__ = ["ELLIPSOID", "GEOID", "SETTLED", "Statement", "find_statement"]

ELLIPSOID, GEOID = "ellipsoid", "geoid"

SETTLED = "vertical_reference"
"""Attribute of heights that this package has brought to the ellipsoid: never done twice."""

_STANDARD_NAMES = {
    "height_above_reference_ellipsoid": ELLIPSOID,
    "surface_altitude": GEOID,
    "altitude": GEOID,
    "ground_level_altitude": GEOID,
    "height_above_geopotential_datum": GEOID,
    "height_above_mean_sea_level": GEOID,
    "height_above_geoid": GEOID,
    "geopotential": GEOID,
    "geopotential_height": GEOID,
    "surface_geopotential": GEOID,
    "surface_geopotential_height": GEOID,
}
_GEOPOTENTIAL = (
    *GEOPOTENTIAL_UNITS,
    "gpm",
    "gpdm",
    "dagpm",
    "geopotential meter",
    "geopotential metre",
)

#: "height above the WGS84 ellipsoid (geoid of EGM2008)": what follows "above" counts.
_ABOVE = re.compile(
    r"\b(?:above|over|relative to|referred to|with respect to|w\.?r\.?t\.?)\s+"
    r"(?:[\w-]+\s+){0,4}?"
    r"(ellipsoid|wgs[ _-]?84|grs[ _-]?80|geoid|quasigeoid|sea[ _-]?level|msl|egm[ _-]?\d+)",
    re.IGNORECASE,
)
_ON_ELLIPSOID = re.compile(r"ellipsoid|epsg:+(?:4979|4937)\b", re.IGNORECASE)
#: In a text the name of the map, beside a datum that of its ellipsoid.
_MAP = re.compile(r"wgs[ _-]?(?:19)?84|grs[ _-]?(?:19)?80", re.IGNORECASE)
_ON_GEOID = re.compile(
    r"geoid|sea[ _-]?level|\b[am]*msl\b|\bm\.?a\.?s\.?l\b|orthometric|egm[ _-]?(?:19|20)?\d\d|navd"
    r"|epsg:+(?:5773|3855|5798|5714|5703|9518|9707)\b|4326\+(?:5773|3855)",
    re.IGNORECASE,
)
#: Whole words of a title or comment that speak of heights, not of the map.
_OF_HEIGHTS = re.compile(
    r"ellipsoidal heights?|heights?[^.;]{0,40}\bellipsoid|orthometric heights?"
    r"|heights?[^.;]{0,40}\b(?:geoid|sea[ _-]level)",
    re.IGNORECASE,
)
_DATUM_KEYS = ("datum", "vertical", "height_reference", "geoid")
_GEOID_KEYS = ("geoid", "geoid_name", "geopotential_datum_name")
_TEXTS = ("long_name", "comment", "description", "title", "summary", "note", "GRIB_name")


class Statement(NamedTuple):
    """A zero of heights, and where that is said.

    Attributes
    ----------
    zero : {"geoid", "ellipsoid"}
        What the heights count from.
    where : str
        Attribute and value.

    Examples
    --------
    >>> Statement(GEOID, "units 'gpm'").zero
    'geoid'
    """

    zero: str
    where: str


def find_statement(
    attrs: Mapping[Hashable, Any], about: Iterable[Mapping[Hashable, Any]] = ()
) -> Statement | None:
    """Find what attributes say of the zero of heights.

    Parameters
    ----------
    attrs : mapping
        Attributes of the heights as stored: standard name, units, datum, then texts.
    about : iterable of mapping, optional
        Attributes of the grid mapping and of the file, which are asked last.

    Returns
    -------
    Statement or None
        None where nothing is said, or both.

    Examples
    --------
    >>> find_statement({"standard_name": "surface_altitude"}).zero
    'geoid'
    >>> find_statement({"units": "meter ** 2 / second ** 2"}).where
    "units 'm2 s-2'"
    >>> find_statement({"long_name": "height above the WGS84 ellipsoid"}).zero
    'ellipsoid'
    >>> find_statement({"units": "m", "long_name": "orography"}) is None
    True
    """
    name = str(attrs.get("standard_name", "")).strip().lower()
    if name in _STANDARD_NAMES:
        return Statement(_STANDARD_NAMES[name], f"standard_name '{name}'")
    units = spell_unit(str(attrs.get("units", "")))
    if units in _GEOPOTENTIAL:
        return Statement(GEOID, f"units '{units}'")
    found = _in_datum_keys(attrs, own=True) or _in_texts(attrs, whole=True)
    for more in about:
        found = found or _in_datum_keys(more) or _in_crs(more) or _in_texts(more, whole=False)
    return found


def _in_datum_keys(attrs: Mapping[Hashable, Any], *, own: bool = False) -> Statement | None:
    """Read what names a datum; that of a map is a horizontal one, that of heights is theirs."""
    for key, value in attrs.items():
        named, text = str(key).lower(), str(value)
        if "horizontal" in named or "positive" in named or not text.strip():
            continue
        if not any(word in named for word in _DATUM_KEYS):
            continue
        zero = GEOID if named in _GEOID_KEYS else _zero_of(text)
        if not zero and (own or "vertical" in named or "height" in named) and _MAP.search(text):
            zero = ELLIPSOID
        if zero:
            return Statement(zero, f"{key} '{text[:60]}'")
    return None


def _in_texts(attrs: Mapping[Hashable, Any], *, whole: bool) -> Statement | None:
    """Read texts: those of the heights `whole`, those of a file where they speak of heights."""
    for key in _TEXTS:
        text = str(attrs.get(key, ""))
        if not whole:
            said = _OF_HEIGHTS.search(text)
            text = said.group() if said else ""
        zero = _zero_of(text)
        if zero:
            return Statement(zero, f"{key} '{text[:60]}'")
    return None


def _in_crs(attrs: Mapping[Hashable, Any]) -> Statement | None:
    for key in ("crs_wkt", "spatial_ref"):
        text = str(attrs.get(key, ""))
        vertical = re.search(r"VERT(?:CRS|_CS)\[\s*\"([^\"]+)\"", text)
        zero = _zero_of(vertical.group(1)) if vertical else ""
        if vertical and zero:
            return Statement(zero, f"{key} '{vertical.group(1)}'")
    return None


def _zero_of(text: str) -> str:
    """Read a datum or a sentence; empty where it says nothing, or both and not which."""
    above = _ABOVE.search(text)
    text = above.group(1) if above else text
    geoid = bool(_ON_GEOID.search(text))
    ellipsoid = bool(_ON_ELLIPSOID.search(text) or (above and _MAP.search(text)))
    if geoid == ellipsoid:
        return ""
    return GEOID if geoid else ELLIPSOID
