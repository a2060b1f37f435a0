"""Turn a trained nodal network into a checkpoint with a card: factors, maps, scores, terms."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.nn.checkpoint import load_card, save
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import GAIN_DEGREES
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.pairs import PairSet
from tropdsx.workflows.train.nodal.scores import (
    BANDS,
    VARIABLES,
    Outcome,
    gain_table,
    outcome,
    rmse_map,
    scores,
    sigma_factor,
)
from tropdsx.workflows.train.nodal.season import limited_to_season

__all__ = ["card_of", "terms", "write_nodal"]


def write_nodal(
    path: Path,
    net: NodalNet,
    tests: dict[str, PairSet],
    record: dict[str, Any],
    about: dict[str, Any],
    wet: NDArray[np.float64],
    *,
    model_id: str | None = None,
) -> dict[str, Any]:
    """Measure a network on validation pairs and write its checkpoint.

    Parameters
    ----------
    path : Path
        File to write. [1]
    net : NodalNet
        Trained network. [1]
    tests : dict of PairSet
        Validation pairs by name; names that start with "check" come from other products and also
        give the factors by spacing and the level of the RMSE maps. [m]
    record : dict
        How it was trained; goes into the card. [1]
    about : dict
        More of the card: coarse_spacing, grid, license, citation. [1]
    wet : ndarray
        `train_season.wet_seen` of the training fields. [m]
    model_id : str, optional
        Name; the file's by default. [1]

    Returns
    -------
    dict
        The card. [1]
    """
    net = limited_to_season(net, wet)
    net.config["mirror"] = True  # twice the cost of the trunk for about 1 % less error
    net.gain.fill_(1.0)
    raw = [outcome(net, pairs) for pairs in tests.values()]
    table = gain_table(
        [o for o in raw if o.pairs.spacing > 4.0] or raw,
        [o for o, n in zip(raw, tests, strict=True) if n.startswith("check")],
    )
    net.gain.copy_(torch.from_numpy(table.round(3)))
    outcomes = {name: outcome(net, pairs) for name, pairs in tests.items()}
    own = [o for name, o in outcomes.items() if not name.startswith("check")]
    checks = [o for name, o in outcomes.items() if name.startswith("check")]
    widths = sigma_factor(own or checks)
    # The RMSE maps have the level of the check nearest to 5 degrees, which most files have.
    shown = min(checks, key=lambda o: abs(o.pairs.spacing - 5.0)) if checks else own[0]
    level = _single_rmse(shown) if checks else None
    maps = rmse_map((own or checks)[0], overall=level)
    card = card_of(record, model_id or path.stem, widths) | about
    card["trust"] = {"degrees": list(GAIN_DEGREES), "latitude": BANDS.tolist()} | {
        v: t.round(3).tolist() for v, t in zip(VARIABLES, table, strict=True)
    }
    card["scores"] = {n: scores(o, widths) for n, o in outcomes.items()}
    card["rmse_maps"] = f"pattern: {next(iter(tests))}, cells smoothed; level: " + (
        f"that of the check at {shown.pairs.spacing:.3g} degrees" if level else "the same"
    )
    card["rmse_degrees"] = round(float(shown.pairs.spacing), 3)
    tensors = {
        f"rmse_{v}": torch.from_numpy(m).half() for v, m in zip(VARIABLES, maps, strict=True)
    }
    save(path, net, card, tensors=tensors)
    return load_card(path)


def _single_rmse(seen: Outcome) -> tuple[float, float]:
    """RMSE of the network in single epochs (zhd, zwd) [m]."""
    found = scores(seen, {"zhd": 1.0, "zwd": 1.0})
    zhd, zwd = (found[f"{v}_single_mm"] / 1e3 for v in VARIABLES)
    return zhd, zwd


def card_of(record: dict[str, Any], model_id: str, widths: dict[str, float]) -> dict[str, Any]:
    """Return what the card of any nodal network says of its use and making."""
    from tropdsx.write.provenance import software_version

    valid = record.get("epochs_validate", {})
    return {
        "model_id": model_id,
        "variables": list(VARIABLES),
        "units": "m",
        "first_guess": {"height_model": "climatology", "interpolation": "bicubic"},
        "channels": list(CHANNELS),
        "neighbour_hours": 6,
        "rmse_grid": {"lat0": 89.5, "lon0": 0.5, "step": 1.0},  # as `train_scores.rmse_map` has it
        "sigma_factor": widths,
        "training": record,
        "validation": {
            "validation_period": f"{valid.get('first')}/{valid.get('last')}",
            "validation_reference": record.get("reference", "validation epochs of the data"),
        },
        "command": record.get("command", ""),
        "versions": {
            "tropdsx": software_version(),
            "torch": torch.__version__.split("+")[0],
            "python": platform.python_version(),
        },
    }


def terms(
    data: Sequence[Mapping[str, Any]],
    start: dict[str, Any] | None = None,
    teacher: dict[str, Any] | None = None,
) -> dict[str, str]:
    """Licence and citation of a network, from the attributes of the data it learned from.

    Parameters
    ----------
    data : sequence of mapping
        Global attributes of the training data. [1]
    start : dict, optional
        Card of the checkpoint that training went on from. [1]
    teacher : dict, optional
        Card of the checkpoint that was learned from. [1]

    Returns
    -------
    dict
        license and citation; "not given" where the data say nothing. [1]

    Examples
    --------
    >>> terms([{"title": "ERA5"}])["citation"]
    'not given'
    """
    found = {}
    for name, words in (
        ("license", ("license", "licence")),
        ("citation", ("citation", "references", "acknowledgement")),
    ):
        said = [
            str(value)
            for attrs in data
            for key, value in attrs.items()
            if key.lower() in words and not _nothing(str(value))
        ]
        said += [
            f"{how} {card.get('model_id')}: {card[name]}"
            for how, card in (("started from", start), ("taught by", teacher))
            if card is not None and card.get(name)
        ]
        found[name] = "; ".join(dict.fromkeys(said))
    licence = found["license"]
    found["license"] = (
        f"not given for the weights; of the training data: {licence}"
        if licence
        else "not given; the terms of the training data apply"
    )
    return {**found, "citation": found["citation"] or "not given"}


def _nothing(text: str) -> bool:
    """Tell whether an attribute only says that there is nothing, as our own files do."""
    return not text.strip() or text.startswith("not given") or "tropdsx_input_" in text
