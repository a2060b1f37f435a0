"""Lay out the card of a checkpoint as rows of text, and its scores as sentences."""

from __future__ import annotations

import json
import re
from typing import Any

from tropdsx.cf.quantities import DELAYS_AND_TOTAL

__all__ = ["brief", "card_rows", "fitting_scores", "reconstruction_lines", "score_lines"]


def card_rows(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Lay out the card of a checkpoint.

    Parameters
    ----------
    card : dict
        From :func:`tropdsx.nn.checkpoint.load_card`.

    Returns
    -------
    list of (str, str)
        Label and text; what is long, such as the training options, is left to ``--json``.

    Examples
    --------
    >>> card_rows({"model_id": "my-net", "network": "nodal", "variables": ["zhd", "zwd"]})
    [('model', 'my-net'), ('network', 'nodal: '), ('variables', 'zhd, zwd')]
    """
    spacing = card.get("coarse_spacing")
    valid = card.get("validation", {})
    period = str(valid.get("validation_period", "")).replace("/", " to ")
    training = dict(card.get("training") or {})
    command = card.get("command") or training.get("command")
    training.pop("command", None)  # has a row of its own
    rows: list[tuple[str, Any]] = [
        ("model", card.get("model_id")),
        ("network", f"{card.get('network')}: {brief(card.get('config', {}))}"),
        ("variables", ", ".join(card.get("variables", []))),
        ("for spacings", f"{spacing[0]:g}° to {spacing[1]:g}°" if spacing else None),
        ("for grids of", _grids(card.get("steps_of_grids") or {})),
        ("first guess", brief(card.get("first_guess", {}))),
        ("training", brief({k: v for k, v in training.items() if not isinstance(v, dict | list)})),
        ("validated on", valid.get("validation_reference")),
        ("period", period),
        *(("scores", text) for text in score_lines(card.get("scores") or {})),
        *(("scores", text) for text in reconstruction_lines(card.get("reconstruction") or [])),
        ("scores of", (card.get("scores_of") or {}).get("note")),
        ("RMSE maps", card.get("rmse_maps")),
        ("licence", card.get("license")),
        ("citation", card.get("citation")),
        ("made with", brief(card.get("versions", {}))),
        ("command", command),
        ("sha256", card.get("sha256")),
    ]
    return [(label, str(text)) for label, text in rows if text]


def _grids(steps: dict[str, list[float]]) -> str:
    """Tell the steps of the grids that a reconstruction was trained on."""
    parts = [f"{south:g}° × {east:g}°" for south, east in steps.values()]
    return ", to ".join(parts)


def reconstruction_lines(scores: list[dict[str, Any]]) -> list[str]:
    """Put the scores of a learned reconstruction in words.

    Parameters
    ----------
    scores : list of dict
        For each number of pseudo-stations, as the card has them [mm].

    Returns
    -------
    list of str
        One line for each.

    Examples
    --------
    >>> mm = {"background_mm": 20.3, "oi_mm": 19.9, "mean_mm": 18.0}
    >>> mm |= {"stations": 1000, "oi_crps_mm": 10.1, "mean_crps_mm": 8.9}
    >>> reconstruction_lines([mm])[0][:34]
    '1000 stations: 20.30 mm by physics'
    """
    text = (
        "{stations} stations: {background_mm:.2f} mm by physics, {oi_mm:.2f} by optimal "
        "interpolation, {mean_mm:.2f} by the network (CRPS {oi_crps_mm:.2f} and "
        "{mean_crps_mm:.2f} mm)"
    )
    return [text.format(**each) for each in scores]


def score_lines(scores: dict[str, Any]) -> list[str]:
    """Put the scores of a card in words.

    Parameters
    ----------
    scores : dict
        By validation set, as the card has them [mm].

    Returns
    -------
    list of str
        One line for each validation set.

    Examples
    --------
    >>> score_lines({"vmf3": {"epochs": 2, "zwd_physics_mm": 15.44, "zwd_single_mm": 13.9}})
    ['vmf3 (2 epochs): zwd 15.44 mm by physics, 13.9 mm by the network']
    """
    lines = []
    for name, values in scores.items():
        if not isinstance(values, dict):
            lines.append(f"{name}: {values}")
            continue
        parts = []
        for delay in DELAYS_AND_TOTAL:
            physics, network = (values.get(f"{delay}_{key}_mm") for key in ("physics", "single"))
            if physics is not None and network is not None:
                parts.append(f"{delay} {physics:g} mm by physics, {network:g} mm by the network")
        text = "; ".join(parts) or brief(values)
        epochs = f" ({values['epochs']} epochs)" if parts and "epochs" in values else ""
        lines.append(f"{name}{epochs}: {text}")
    return lines


def fitting_scores(scores: dict[str, Any], spacing: list[float]) -> dict[str, Any]:
    """Pick the validation sets whose spacing is nearest to that of a grid.

    Parameters
    ----------
    scores : dict
        By validation set; the spacing is told by ``degrees``, or by a name such as "5x5".
    spacing : list of float
        Of the grid, along latitude and longitude [deg].

    Returns
    -------
    dict
        Some of `scores`; all of them where no name tells a spacing.

    Examples
    --------
    >>> fitting_scores({"2x2": {}, "check 5x5": {}}, [4.0, 5.0])
    {'check 5x5': {}}
    """
    of_name = {name: re.search(r"([0-9.]+)x", name) for name in scores}
    degrees = {name: float(found[1]) for name, found in of_name.items() if found}
    degrees |= {
        name: float(values["degrees"])
        for name, values in scores.items()
        if name in degrees and "degrees" in values
    }
    if not degrees:
        return scores
    middle = (spacing[0] * spacing[1]) ** 0.5
    nearest = min(degrees.values(), key=lambda each: abs(each - middle))
    return {name: scores[name] for name, each in degrees.items() if each == nearest}


def brief(values: dict[str, Any]) -> str:
    """Put values by name in one line.

    Parameters
    ----------
    values : dict
        Of any kind.

    Returns
    -------
    str
        As JSON, but texts as they are.

    Examples
    --------
    >>> brief({"target": 1.0, "model": "default", "ztd": True})
    'target=1.0, model=default, ztd=true'
    """
    return ", ".join(
        f"{k}={v if isinstance(v, str) else json.dumps(v, default=str)}" for k, v in values.items()
    )
