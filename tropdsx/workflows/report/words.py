"""Lay out the description of a Dataset: as rows of text, and as HTML for Jupyter."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from tropdsx.workflows.report.cards import brief, fitting_scores, score_lines

__all__ = ["provenance_rows", "rows_of", "to_html"]

Rows = list[tuple[str, str]]

_LIMITS = {
    "zhd_bounded": "nodes with a bounded correction of zhd",
    "zwd_bounded": "nodes with a bounded correction of zwd",
    "zwd_floored": "points with zwd at its floor",
}

# Colours come from Jupyter's theme, or from the page's own text colour; grey lines suit both.
_STYLE = """
.tropds{font-size:13px;line-height:1.5;max-width:760px;color:var(--jp-ui-font-color0,inherit)}
.tropds-head{padding:2px 0 5px;border-bottom:1px solid rgba(128,128,128,.4);margin-bottom:4px}
.tropds-head b{font-family:var(--jp-code-font-family,monospace)}
.tropds-head span{opacity:.7;margin-left:6px}
.tropds-rows{display:grid;grid-template-columns:max-content 1fr;gap:1px 14px}
.tropds-rows i{opacity:.65;font-style:normal}
.tropds-rows div{overflow-wrap:anywhere;white-space:pre-line}
.tropds-bad{border-left:3px solid #d1495b;padding:2px 8px;margin:5px 0;
background:rgba(209,73,91,.1)}
.tropds-care{border-left:3px solid #e0a030;padding:2px 8px;margin:5px 0;
background:rgba(224,160,48,.1)}
.tropds details{margin-top:4px}
.tropds summary{cursor:pointer;opacity:.75}
"""


def rows_of(about: dict[str, Any]) -> Rows:
    """Lay a description out as labelled lines, the same in Jupyter and on a terminal.

    Parameters
    ----------
    about : dict
        From :func:`tropdsx.workflows.report.summary.describe_input`.

    Returns
    -------
    list of (str, str)
        Label and text; warnings and errors are not among them.

    Examples
    --------
    >>> variable = {"role": "zwd", "name": "ZWD", "units": "m", "range": None, "lazy": True}
    >>> rows_of({"variables": [variable | {"dims": {"lat": 3, "lon": 4}}]})
    [('zwd', "'ZWD' [m] (lat 3 × lon 4) lazy")]
    """
    told = {"orography"} if (about.get("heights") or {}).get("found") else set()
    rows: Rows = [(v["role"], _variable(v)) for v in about["variables"] if v["role"] not in told]
    if "grid" in about:
        rows += [("grid", _grid(about["grid"])), ("times", _times(about["times"]))]
    if "provenance" in about:
        return rows + _errors(about["rmse"]) + provenance_rows(about["provenance"])
    if "heights" not in about:
        return rows
    rows += [("heights", _heights(about["heights"])), ("model", _model(about["model"]))]
    fitting = fitting_scores(about["model"].get("scores") or {}, about["grid"]["spacing"])
    rows += [("scores", text) for text in score_lines(fitting)]
    rows.append(("result", _target(about["target"])))
    return rows


def provenance_rows(made: dict[str, Any]) -> Rows:
    """Lay out the provenance of a result.

    Parameters
    ----------
    made : dict
        From :func:`tropdsx.write.read_provenance`.

    Returns
    -------
    list of (str, str)
        Label and text; parameters that were off are left out.
    """
    model = made["model"] or {}
    sha256 = f", sha256 {model['sha256'][:12]}" if model.get("sha256") else ""
    on = ", ".join(str(made[key]) for key in ("device", "precision") if made.get(key))
    torch = f"torch {made['torch']}" if made.get("torch") else ""
    run = ", ".join(part for part in (on, torch) if part)
    rows = [
        ("made by", ", ".join(filter(None, (f"tropdsx {made['version']}", made["created"])))),
        ("command", str(made["command"] or "not recorded")),
        ("model", f"{model['id']}{sha256}" if model.get("id") else "none: physics alone"),
        ("run on", run),
        *((_LIMITS[name], _limit(each)) for name, each in (made.get("limits") or {}).items()),
        *((f"expected error of {n}", _error(e)) for n, e in (made.get("expected") or {}).items()),
        ("inputs", "\n".join(_fingerprint(each) for each in made["inputs"]) or "in memory"),
        ("parameters", _parameters(made["parameters"])),
    ]
    rows += [("assumed", note) for note in made["notes"]]
    rows += [(f"input {name}", str(text)) for name, text in made["input"].items()]
    return [(label, text) for label, text in rows if text]


def _limit(each: dict[str, Any]) -> str:
    """Spell a count, such as "3 of 20,736 nodes (0.014 %), in 2 of 8 epochs"."""
    if each["count"] is None:
        return ""  # of a result that is not computed yet
    share = f" ({100 * each['count'] / each['out_of']:.2g} %)" if each["count"] else ""
    several = each["count"] and each["out_of_epochs"] > 1
    when = f", in {each['epochs']} of {each['out_of_epochs']} epochs" if several else ""
    return f"{each['count']:,} of {each['out_of']:,}{share}{when}"


def _error(each: dict[str, float]) -> str:
    """Spell an expected error, such as "20.7 mm (18.1 to 23 in single epochs); RMSE maps: 9.3"."""
    least, most = (f"{1000 * each[key]:.3g}" for key in ("least", "most"))
    several = f" ({least} to {most} in single epochs)" if least != most else ""
    maps = each.get("validated")
    beside = "" if maps is None else f"; RMSE maps of the validation: {1000 * maps:.3g} mm"
    return f"{1000 * each['expected']:.3g} mm{several}{beside}"


def to_html(about: dict[str, Any]) -> str:
    """Lay a description out as HTML that needs nothing from outside.

    Parameters
    ----------
    about : dict
        As in :func:`rows_of`.

    Returns
    -------
    str
        One ``<div>`` with its style; all text from the data is escaped.

    Examples
    --------
    >>> about = {"variables": [], "notes": [], "warnings": ["a < b"], "error": None}
    >>> "a &lt; b" in to_html(about)
    True
    """
    made = about.get("provenance")
    what = f"a result of tropdsx {made['version']}" if made else "delays to downscale"
    body = [f'<div class="tropds-head"><b>tropdsx</b><span>{escape(what)}</span></div>']
    if about["error"]:
        body.append(f'<div class="tropds-bad">{escape(about["error"])}</div>')
    body.append(_list(rows_of(about)))
    body += [f'<div class="tropds-care">{escape(text)}</div>' for text in about["warnings"]]
    folded = [("assumed", note) for note in about["notes"]]
    history = [("", entry) for entry in made["history"]] if made else []
    for title, lines in (("notes", folded), ("history", history)):
        if lines:
            body.append(f"<details><summary>{title}</summary>{_list(lines)}</details>")
    return f'<style>{_STYLE}</style><div class="tropds">{"".join(body)}</div>'


def _list(rows: Iterable[tuple[str, str]]) -> str:
    # Neither <dl> nor <table>: Jupyter has its own mind about their looks.
    cells = "".join(f"<i>{escape(label)}</i><div>{escape(text)}</div>" for label, text in rows)
    return f'<div class="tropds-rows">{cells}</div>'


def _variable(each: dict[str, Any]) -> str:
    sizes = " × ".join(f"{dim} {size}" for dim, size in each["dims"].items())
    # The name is news only where it is not the usual one.
    parts = [f"'{each['name']}'"] if each["name"] != each["role"] else []
    if each["range"]:
        low, high = (f"{bound:.4g}" for bound in each["range"])
        parts.append(f"{low} to {high} {each['units'] or '(no units attribute)'}")
    else:
        parts.append(f"[{each['units'] or 'no units attribute'}]")
    parts.append(f"({sizes})")
    return " ".join([*parts, "lazy"] if each["lazy"] else parts)


def _grid(grid: dict[str, Any]) -> str:
    rows, columns = grid["nodes"]
    ends = "with poles" if grid["poles"] else "without poles"
    if grid["kind"] == "region":
        ends = f"lon {grid['lon'][0]:g} to {grid['lon'][1]:g}"
    parts = [
        f"{grid['kind']}, {grid['spacing_text']}, {rows} × {columns} nodes, "
        f"{grid['registration']}-registered, {ends}",
        f"lat {grid['lat'][0]:g} to {grid['lat'][1]:g}",
        f"longitudes {grid['lon_convention']}",
    ]
    if grid["duplicate_column"]:
        parts.append("last column repeats the first")
    return "; ".join(parts)


def _times(times: dict[str, Any]) -> str:
    if times["first"] is None or times["count"] == 1:
        return str(times["text"])
    text = f"{times['count']} epochs, {times['first']} to {times['last']}, every {times['step']}"
    return text + (f"; {times['gaps']} missing between" if times["gaps"] else "")


def _heights(heights: dict[str, Any]) -> str:
    if not heights["found"]:
        return "missing"
    extent = heights["range"]
    size = f", {extent[0]:.0f} to {extent[1]:.0f} m" if extent else ""
    return f"from {heights['source']}{size}"


def _model(model: dict[str, Any]) -> str:
    if model["id"] is None:
        return str(model["reason"])
    return f"{model['id']}: " + ("made for such grids" if model["fits"] else model["reason"])


def _target(target: dict[str, Any]) -> str:
    if target["nodes"] is None:
        return f"none at {target['spacing']:g}°: {target['reason']}"
    rows, columns = target["nodes"]
    where = "" if target["kind"] == "global" else " within the region"
    return f"{target['spacing']:g}° by default: {rows} × {columns} nodes{where}"


def _errors(rmse: dict[str, Any]) -> Rows:
    rows = []
    for name, each in rmse.items():
        known = each["mean"] is not None
        size = f"{each['mean']:.3g} {each['units']} over the area" if known else "not computed,"
        against = f" against {each['reference']}" if each["reference"] else ""
        period = f", {each['period']}".replace("/", " to ") if each["period"] else ""
        rows.append((f"{name} RMSE", f"{size}{against}{period}"))
    return rows


def _fingerprint(each: dict[str, Any]) -> str:
    sha256 = f" (sha256 {each['sha256'][:12]}…)" if each.get("sha256") else ""
    return f"{each['name']}{sha256}"


def _parameters(given: dict[str, Any]) -> str:
    """Parameters that were set; what is None or off says nothing."""
    return brief({k: v for k, v in given.items() if v not in (None, False)})
