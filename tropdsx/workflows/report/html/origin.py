"""Say where data come from, as a panel of HTML with the command that makes them again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from html import escape
from typing import Any

import xarray as xr

from tropdsx.pipeline.options import Options
from tropdsx.workflows.report.words import provenance_rows
from tropdsx.write.provenance import read_provenance

__all__ = ["origin_panel"]


def origin_panel(source: xr.Dataset | Mapping[Any, Any]) -> str:
    """Lay out the provenance of a Dataset.

    Parameters
    ----------
    source : Dataset or mapping
        The Dataset, or its global attributes alone.

    Returns
    -------
    str
        HTML; all text from the data is escaped.

    Examples
    --------
    >>> "not made by tropdsx" in origin_panel({})
    True
    >>> attrs = {"tropdsx_version": "1.0", "tropdsx_command": "tropdsx convert <in>.nc"}
    >>> "<pre><code>tropdsx convert &lt;in&gt;.nc</code></pre>" in origin_panel(attrs)
    True
    """
    attrs = source.attrs if isinstance(source, xr.Dataset) else source
    if "tropdsx_version" not in attrs:
        text = "These data carry no provenance: they were not made by tropdsx, or lost it since."
        rows = [(str(key), str(value)) for key, value in attrs.items()]
        return f"<p>{text}</p>" + (_list(rows) if rows else "")
    made = read_provenance(source)
    command = _call(made) if "()" in str(made["command"]) else made["command"]
    html = ["<h3>Make it again</h3>"]
    if command:
        html.append(f"<pre><code>{escape(str(command))}</code></pre>")
    else:
        html.append("<p>The command is not recorded.</p>")
    html.append(_list(row for row in provenance_rows(made) if row[0] != "command"))
    if made["parameters"]:
        parameters = json.dumps(made["parameters"], indent=1, sort_keys=True)
        html.append(_folded("All parameters", f"<pre><code>{escape(parameters)}</code></pre>"))
    if made["history"]:
        lines = "\n".join(made["history"])
        html.append(_folded("History", f"<pre><code>{escape(lines)}</code></pre>"))
    return "".join(html)


def _call(made: dict[str, Any]) -> str:
    """Write a call that was recorded without its parameters with those that are not the usual."""
    usual = asdict(Options())
    given = {k: v for k, v in made["parameters"].items() if v != usual.get(k)}
    function = str(made["command"]).partition("(")[0]
    return f"{function}({', '.join(f'{key}={value!r}' for key, value in given.items())})"


def _list(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in rows)
    return f"<dl>{cells}</dl>"


def _folded(title: str, html: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{html}</details>"
