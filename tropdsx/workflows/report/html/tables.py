"""Lay scores out as tables of HTML: by latitude, surface, height and season, and by scale."""

from __future__ import annotations

from html import escape

import numpy as np
import xarray as xr

__all__ = ["lay_out", "score_tables"]

_KINDS = {"all": "All", "latitude": "Latitude", "surface": "Surface", "height": "Height"}
_KINDS |= {"season": "Season"}
#: Scores of a table: key, heading, factor and digits.
_COLUMNS = (
    ("rmse", "RMSE [mm]", 1e3, 2),
    ("bias", "Mean error [mm]", 1e3, 2),
    ("mae", "Mean absolute error [mm]", 1e3, 2),
    ("correlation", "Correlation", 1.0, 4),
)

Row = tuple[str, list[str]]


def score_tables(scores: xr.Dataset) -> str:
    """Lay out what :func:`tropdsx.validate` and an evaluation find.

    Parameters
    ----------
    scores : Dataset
        Scores by ``variable`` and ``group``, along ``model`` where several were compared.

    Returns
    -------
    str
        HTML; all text from the data is escaped.

    Examples
    --------
    >>> rmse = xr.DataArray([[0.0123]], {"variable": ["zwd"], "group": ["all"]})
    >>> "12.30" in score_tables(xr.Dataset({"rmse": rmse}))
    True
    """
    about = scores.attrs
    against = str(about.get("validation_reference", "a reference"))
    period = str(about.get("validation_period", "")).replace("/", " to ")
    count = about.get("validation_epochs")
    told = [f"Against {against}", period, f"{count} epochs" if count is not None else ""]
    html = [f'<p class="hint">{escape(", ".join(filter(None, told)))}; weighted by area.</p>']
    names = [str(name) for name in scores["variable"].to_numpy()]
    html.append(_summary(scores, names))
    for name in names:
        own = scores.sel(variable=name)
        details = (_by_model(own) if "model" in own.dims else _by_score(own)) + _by_scale(own)
        head = f"{name.upper()} by latitude, surface, height, season and scale"
        html.append(f"<details><summary>{escape(head)}</summary>{details}</details>")
    return "".join(html)


def _summary(scores: xr.Dataset, names: list[str]) -> str:
    """Everything together: a row for each delay, and for each method where there are several."""
    parts: dict[str, list[Row]] = {}
    stated = _states_errors(scores)
    heads, _, digits = _columns(scores.sel(variable=names[0]), stated)
    for name in names:
        own = scores.sel(variable=name, group="all")
        several = "model" in own.dims
        models = own["model"].to_numpy() if several else [None]
        for model in models:
            values = _columns(own if model is None else own.sel(model=model), stated)[1]
            label = name.upper() if model is None else str(model)
            rows = parts.setdefault(name.upper() if several else "", [])
            rows.append((label, _texts(np.array([float(v) for v in values]), digits)))
    nodes = str(scores.attrs.get("validation_nodes", ""))
    caption = "All nodes" if nodes == "all nodes" else "Nodes"
    rest = f", {nodes}" if nodes.startswith("without") else ""
    return lay_out(f"{caption} and epochs in common{rest}", "", heads, parts)


def _by_score(own: xr.Dataset) -> str:
    """One method: a row for each group, a column for each score."""
    heads, values, digits = _columns(own, _states_errors(own))
    return _by_group(own, "Scores by group", heads, np.array(values).T, digits)


def _states_errors(scores: xr.Dataset) -> bool:
    """Tell whether standard deviations were stated, and so could be checked."""
    return "coverage" in scores and bool(scores["coverage"].notnull().any())


def _columns(own: xr.Dataset, stated: bool) -> tuple[list[str], list[np.ndarray], list[int]]:
    """Headings, values and digits of the scores that are there, coverage included."""
    columns = [column for column in _COLUMNS if column[0] in own]
    values = [factor * own[key].to_numpy() for key, _, factor, _ in columns]
    heads = [title for _, title, _, _ in columns]
    digits = [digit for *_, digit in columns]
    if stated:
        for probability in own["probability"].to_numpy():
            heads.append(f"Within {100 * probability:g} % interval")
            values.append(100 * own["coverage"].sel(probability=probability).to_numpy())
            digits.append(-1)
    return heads, values, digits


def _by_model(own: xr.Dataset) -> str:
    """Several methods: a row for each group, a column for the RMSE of each."""
    models = [str(model) for model in own["model"].to_numpy()]
    values = 1e3 * own["rmse"].transpose("group", "model").to_numpy()
    return _by_group(own, "RMSE [mm] by group and method", models, values, [2] * len(models))


def _by_group(
    own: xr.Dataset, caption: str, heads: list[str], values: np.ndarray, digits: list[int]
) -> str:
    labels = [str(label) for label in own["group"].to_numpy()]
    kinds = [str(k) for k in own["group_kind"].to_numpy()] if "group_kind" in own else []
    parts: dict[str, list[Row]] = {}
    for k, label in enumerate(labels):
        if np.isnan(values[k]).all():
            continue
        kind = kinds[k] if kinds else "all"
        parts.setdefault(_KINDS.get(kind, kind), []).append((label, _texts(values[k], digits)))
    return lay_out(caption, "Group", heads, parts)


def _by_scale(own: xr.Dataset) -> str:
    """Power of the estimate over that of the reference: 1 is right, less is too smooth."""
    if "spectral_ratio" not in own or own["spectral_ratio"].isnull().all():
        return ""
    ratio = own["spectral_ratio"]
    several = "model" in ratio.dims
    ratio = ratio if several else ratio.expand_dims("model")
    heads = [str(model) for model in own["model"].to_numpy()] if several else ["Ratio"]
    table = ratio.transpose("wavenumber_band", "model").to_numpy()
    bands = [str(band) for band in own["wavenumber_band"].to_numpy()]
    rows = [(band, _texts(row, [3] * row.size)) for band, row in zip(bands, table, strict=True)]
    return lay_out(
        "Power of the estimate over power of the reference: 1 is right, less is too smooth",
        "Waves round the globe",
        heads,
        {"": rows},
    )


def _texts(values: np.ndarray, digits: list[int]) -> list[str]:
    """Numbers as text; -1 digits mean whole per cent."""
    pairs = zip(values, digits, strict=True)
    return [
        "–" if np.isnan(value) else f"{value:.0f} %" if digit < 0 else f"{value:.{digit}f}"
        for value, digit in pairs
    ]


def lay_out(caption: str, first: str, heads: list[str], parts: dict[str, list[Row]]) -> str:
    """Lay rows out as a table that scrolls within its frame.

    Parameters
    ----------
    caption, first : str
        Text above, and heading of the labels.
    heads : list of str
        Headings of the other columns.
    parts : dict of list of (str, list of str)
        Rows by heading: label and cells.

    Returns
    -------
    str
        HTML; all text is escaped.

    Examples
    --------
    >>> "<td>&lt;1</td>" in lay_out("", "", ["x"], {"": [("a", ["<1"])]})
    True
    """
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in [first, *heads])
    bodies = []
    for title, rows in parts.items():
        span = f'<tr><th scope="rowgroup" colspan="{len(heads) + 1}">{escape(title)}</th></tr>'
        lines = [
            f'<tr><th scope="row">{escape(label)}</th>'
            + "".join(f"<td>{escape(text)}</td>" for text in texts)
            + "</tr>"
            for label, texts in rows
        ]
        bodies.append(f"<tbody>{span if len(parts) > 1 else ''}{''.join(lines)}</tbody>")
    # A wide table scrolls within its frame, by keys as well.
    return (
        f'<div class="table" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead>"
        f"{''.join(bodies)}</table></div>"
    )
