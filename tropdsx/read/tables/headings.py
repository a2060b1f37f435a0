"""Understand headings of columns: a name, and a unit in brackets or at its end."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["UNITS", "Heading", "read_heading"]

UNITS = {
    "m": ("m", "metre", "metres", "meter", "meters"),
    "km": ("km", "kilometre", "kilometres", "kilometer", "kilometers"),
    "ft": ("ft", "feet", "foot"),
    "cm": ("cm",),
    "mm": ("mm",),
    "deg": ("deg", "degree", "degrees", "°", "dd", "degn", "dege", "degrees_north", "degrees_east"),
    "rad": ("rad", "radian", "radians"),
}
"""How units of headings are spelled."""

_SPELLED = {spelling: unit for unit, spellings in UNITS.items() for spelling in spellings}
_BRACKETS = re.compile(r"(?P<name>.*?)\s*[\[({](?P<unit>[^\])}]*)[\])}]\s*$")


class Heading(NamedTuple):
    """What a heading says.

    Attributes
    ----------
    text : str
        As the file spells it.
    name : str
        In lower case with underscores, without the unit.
    unit : str or None
        A key of `UNITS`; None where it says none.

    Examples
    --------
    >>> read_heading("Height (ft)").unit
    'ft'
    """

    text: str
    name: str
    unit: str | None


def read_heading(text: str) -> Heading:
    """Read a heading.

    Parameters
    ----------
    text : str
        Such as ``height_ell_m``, ``Lat [deg]`` or ``Station name``.

    Returns
    -------
    Heading
        An unknown unit stays part of the name.

    Examples
    --------
    >>> read_heading("Lat [deg]")
    Heading(text='Lat [deg]', name='lat', unit='deg')
    >>> read_heading("ztd_mm").unit, read_heading("Station name").name
    ('mm', 'station_name')
    """
    text = text.strip().strip('"').lstrip("*%").strip()
    found = _BRACKETS.match(text)
    if found and (unit := _SPELLED.get(found["unit"].strip().lower())):
        return Heading(text, _plain(found["name"]), unit)
    name = _plain(text)
    stem, _, last = name.rpartition("_")
    if stem and last in _SPELLED:
        return Heading(text, stem, _SPELLED[last])
    return Heading(text, name, None)


def _plain(name: str) -> str:
    return re.sub(r"[\s\-./]+", "_", name.strip().lower()).strip("_")
