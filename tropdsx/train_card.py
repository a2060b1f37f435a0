"""Turn a trained nodal network into a checkpoint with a card: factors, maps, scores."""

from __future__ import annotations

import copy
import platform
from pathlib import Path
from typing import Any

import torch

from tropdsx.nn.checkpoint import Checkpoint, load_card, save
from tropdsx.nn.nodal import GAIN_DEGREES, NodalNet
from tropdsx.nodes import CHANNELS
from tropdsx.train_pairs import PairSet
from tropdsx.train_scores import (
    BANDS,
    VARIABLES,
    Outcome,
    gain_table,
    outcome,
    rmse_map,
    scores,
    sigma_factor,
)

__all__ = ["write_nodal", "write_refit"]

LICENCE = "CC BY 4.0 (network weights; trained on VMF Data Server products, acknowledge the ECMWF)"
CITATION = "re3data.org: VMF Data Server, doi:10.17616/R3RD2H; tropdsx, see CITATION.cff"


def write_nodal(
    path: Path,
    net: NodalNet,
    tests: dict[str, PairSet],
    record: dict[str, Any],
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
    model_id : str, optional
        Name; the file's by default. [1]

    Returns
    -------
    dict
        The card. [1]
    """
    net = copy.deepcopy(net).eval().cpu()
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
    level = _level(checks)
    maps = rmse_map((own or checks)[0], overall=level)
    card = _card(record, model_id or path.stem, widths)
    card["trust"] = {"degrees": list(GAIN_DEGREES), "latitude": BANDS.tolist()} | {
        v: t.round(3).tolist() for v, t in zip(VARIABLES, table, strict=True)
    }
    card["scores"] = {n: scores(o, widths) for n, o in outcomes.items()}
    card["coarse_spacing"] = [2.0, 10.0]
    card["rmse_maps"] = f"pattern: {next(iter(tests))}, cells smoothed; level: " + (
        "that of the check at 5 degrees" if level else "the same"
    )
    shown = min(checks, key=lambda o: abs(o.pairs.spacing - 5.0)) if level else (own or checks)[0]
    card["rmse_degrees"] = round(float(shown.pairs.spacing), 3)
    tensors = {
        f"rmse_{v}": torch.from_numpy(m).half() for v, m in zip(VARIABLES, maps, strict=True)
    }
    save(path, net, card, tensors=tensors)
    return load_card(path)


def write_refit(
    path: Path,
    net: NodalNet,
    judged: Checkpoint,
    record: dict[str, Any],
    *,
    model_id: str | None = None,
) -> dict[str, Any]:
    """Write a network that was trained again on all epochs, with the factors of the one before.

    Parameters
    ----------
    path : Path
        File to write. [1]
    net : NodalNet
        Trained on everything, so that nothing is left to measure it on. [1]
    judged : Checkpoint
        The same network trained on a part: its factors, maps and scores are those of held-out
        epochs. [m]
    record : dict
        How it was trained; goes into the card. [1]
    model_id : str, optional
        Name; the file's by default. [1]

    Returns
    -------
    dict
        The card. [1]
    """
    net = copy.deepcopy(net).eval().cpu()
    net.config["mirror"] = judged.card["config"]["mirror"]
    net.gain.copy_(judged.module.gain)
    before = judged.card
    card = _card(record, model_id or path.stem, before["sigma_factor"])
    kept = ("trust", "scores", "coarse_spacing", "rmse_maps", "rmse_degrees", "validation")
    card |= {name: before[name] for name in kept if name in before}
    card["validation"] = dict(card.get("validation", {})) | {
        "validation_model": f"{before['model_id']}; then trained again on all epochs"
    }
    card["scores_of"] = {
        "model_id": before["model_id"], "sha256": before["sha256"],
        "note": "scores, sigma factors, trust and RMSE maps were measured with this checkpoint on "
        "epochs it had not seen; then the network was trained again, the same way, on all epochs",
    }  # fmt: skip
    save(path, net, card, tensors={k: v.half() for k, v in judged.tensors.items()})
    return load_card(path)


def _level(checks: list[Outcome]) -> tuple[float, float] | None:
    """RMSE of the check nearest to 5 degrees (zhd, zwd) [m]."""
    if not checks:
        return None
    seen = min(checks, key=lambda o: abs(o.pairs.spacing - 5.0))
    found = scores(seen, {"zhd": 1.0, "zwd": 1.0})
    return tuple(float(found[f"{v}_single_mm"]) / 1e3 for v in VARIABLES)  # type: ignore[return-value, arg-type]


def _card(record: dict[str, Any], model_id: str, widths: dict[str, float]) -> dict[str, Any]:
    from tropdsx.provenance import software_version

    valid = record.get("epochs_validate", {})
    return {
        "model_id": model_id, "variables": list(VARIABLES), "units": "m",
        "first_guess": {"height_model": "climatology", "interpolation": "bicubic"},
        "channels": list(CHANNELS), "neighbour_hours": 6,
        "grid": {"lat0": 89.5, "lon0": 0.5, "step": 1.0},
        "sigma_factor": widths, "training": record,
        "validation": {
            "validation_period": f"{valid.get('first')}/{valid.get('last')}",
            "validation_reference": record.get("reference", "validation epochs of the data"),
        },
        "license": LICENCE, "citation": CITATION, "command": record.get("command", ""),
        "versions": {"tropdsx": software_version(), "torch": torch.__version__.split("+")[0],
                     "python": platform.python_version()},
    }  # fmt: skip
