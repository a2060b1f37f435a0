"""Put a page together: one file of HTML with its style, its script and its data."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from html import escape
from importlib import resources
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.workflows.report.html.content import Content
from tropdsx.write.provenance import software_version

__all__ = ["extent_of_page", "to_page"]

#: Scripts in the order in which they build on each other.
_SCRIPTS = ("decode.js", "project.js", "draw.js", "series.js", "page.js", "moves.js")
#: The delay that a page opens with.
_FIRST = ("zwd", "ztd", "zhd")


def to_page(content: Content, *, title: str, subtitle: str, sections: dict[str, str]) -> str:
    """Put a page together.

    Parameters
    ----------
    content : Content
        Fields, grids and colour ranges.
    title, subtitle : str
        Text above.
    sections : dict of str
        HTML below the map, by its heading.

    Returns
    -------
    str
        HTML that loads nothing from outside.

    Examples
    --------
    >>> content = Content([""])
    >>> grid = content.add_grid(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    >>> values = np.full((1, 2, 2), 0.1)
    >>> number = content.add("zwd", "fine", "Fine", values, grid=grid, scale="value")
    >>> page = to_page(content, title="<b>", subtitle="", sections={})
    >>> "<b>" in page, "<title>&lt;b&gt;</title>" in page
    (False, True)
    """
    colours = json.loads(_part("colours.json"))
    parts = {
        "version": escape(software_version()),
        "title": escape(title),
        "subtitle": escape(subtitle),
        "colours": escape(colours["source"]),
        # Two hyphens would end the comment.
        "licence": escape(colours["licence"]).replace("--", "- -"),
        "style": _part("page.css"),
        "script": "\n".join(_part(name) for name in _SCRIPTS),
        "sections": "".join(_section(head, html) for head, html in sections.items()),
        "data": as_script_data(_data(content, colours["maps"])),
    }
    # In one go, so that nothing that is filled in is taken for a place to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("page.html"))


def as_script_data(plain: Any) -> str:
    """Write JSON that cannot end the script element in which it stands.

    Parameters
    ----------
    plain : object
        What JSON can hold; NaN is refused.

    Returns
    -------
    str

    Examples
    --------
    >>> "</script>" in as_script_data({"title": "</script>"})
    False
    """
    text = json.dumps(plain, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def extent_of_page(content: Content) -> list[float]:
    """West, east, south and north of the first grid, Greenwich in the middle [deg].

    Parameters
    ----------
    content : Content
        With a grid.

    Returns
    -------
    list of float

    Examples
    --------
    >>> content = Content([""])
    >>> content.add_grid(np.array([50.0, 45.0]), np.array([355.0, 360.0]))
    0
    >>> extent_of_page(content)
    [-7.5, 2.5, 42.5, 52.5]
    """
    from tropdsx.workflows.report.maps import extent_of  # loads matplotlib

    nodes = content.grids[0]
    field = xr.DataArray(np.zeros((len(nodes["lat"]), len(nodes["lon"]))), nodes, ("lat", "lon"))
    return [float(value) for value in extent_of(field)]


def _data(content: Content, colours: dict[str, str]) -> dict[str, Any]:
    plain = content.as_dict()
    used = {scale["colours"] for scale in plain["scales"].values()}
    names = [each["key"] for each in plain["variables"]]
    return plain | {
        "extent": extent_of_page(content),
        "colours": {name: colours[name] for name in sorted(used)},
        "coast": _coast(),
        "first": next(name for name in _FIRST if name in names),
    }


def _coast() -> dict[str, Any]:
    from tropdsx.workflows.report.maps import coastline

    lines = coastline()
    points = np.rint(100 * np.concatenate(lines)).astype("<i2")
    text = base64.b64encode(points.tobytes()).decode()
    return {"points": text, "lengths": [len(line) for line in lines]}


def _section(head: str, html: str) -> str:
    name = "h-" + re.sub(r"\W+", "-", head.lower())
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(head)}</h2>{html}</section>'


@cache
def _part(name: str) -> str:
    """Read a shipped part of the page."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")
