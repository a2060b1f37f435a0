"""The card of a trained nodal network: factors, maps, scores, terms."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import GAIN_DEGREES
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.pairs import PairSet
from tropdsx.workflows.train.nodal.scores import (
    BANDS,
    Outcome,
    apply_network,
    gain_table,
    rmse_map,
    score,
    sigma_factor,
)
from tropdsx.workflows.train.nodal.season import limit_to_season
from tropdsx.workflows.train.report import Measured
from tropdsx.write.provenance import software_version

__all__ = ["Making", "make_card", "measure_network", "terms_of_use"]


class Making(NamedTuple):
    """How a network was made, for its card.

    Attributes
    ----------
    record : dict
        Options, data, steps: what the card calls training.
    about : dict
        More of the card: coarse_spacing, grid, license, citation.
    wet : ndarray, shape (9,)
        What `season.wet_seen` found in the training fields [m].

    Examples
    --------
    >>> Making({"steps": 500}, {"license": "CC0"}, np.full(9, 0.4)).record["steps"]
    500
    """

    record: dict[str, Any]
    about: dict[str, Any]
    wet: NDArray[np.float64]


def measure_network(
    net: NodalNet, tests: dict[str, PairSet], making: Making, model_id: str
) -> Measured:
    """Measure a network on validation pairs, and set the factors that follow from it.

    Parameters
    ----------
    net : NodalNet
        Trained network; stays as it is.
    tests : dict of PairSet
        Validation pairs by name; names that start with "check" come from other products and also
        give the factors by spacing and the level of the RMSE maps; names that start with "moisture"
        have no heights.
    making : Making
        How it was trained; goes into the card.
    model_id : str
        Its name.

    Returns
    -------
    Measured
        A copy with its factors, card, RMSE maps.
    """
    net = limit_to_season(net, making.wet)
    # "all": twice the cost of the trunk for 0.2 to 1 % less error.
    options = making.record.get("options", {})
    net.config["mirror"] = True if options.get("mirror") == "all" else "shared"
    net.gain.fill_(1.0)
    raw = [apply_network(net, pairs) for pairs in tests.values()]
    table = gain_table(
        [o for o in raw if o.pairs.spacing > 4.0] or raw,
        [o for o, n in zip(raw, tests, strict=True) if n.startswith(("check", "moisture"))],
    )
    net.gain.copy_(torch.from_numpy(table.round(3)))
    outcomes = {name: apply_network(net, pairs) for name, pairs in tests.items()}
    own = [o for name, o in outcomes.items() if not name.startswith(("check", "moisture"))]
    checks = [o for name, o in outcomes.items() if name.startswith("check")]
    coarsest = [max(checks, key=lambda seen: seen.pairs.spacing)] if checks else []
    moist = [o for name, o in outcomes.items() if name.startswith("moisture")]
    widths = _widths([*own, *coarsest, *moist])
    # The RMSE maps have the level of the check nearest to 5 degrees, which most files have.
    shown = min(checks, key=lambda o: abs(o.pairs.spacing - 5.0)) if checks else own[0]
    level = _single_rmse(shown) if checks else None
    maps = rmse_map((own or checks)[0], overall=level)
    card = make_card(making, model_id, widths)
    card["trust"] = {"degrees": list(GAIN_DEGREES), "latitude": BANDS.tolist()} | {
        v: t.round(3).tolist() for v, t in zip(DELAYS, table, strict=True)
    }
    card["scores"] = {n: score(o, widths) for n, o in outcomes.items()}
    card["rmse_maps"] = f"pattern: {next(iter(tests))}, cells smoothed; level: " + (
        f"that of the check at {shown.pairs.spacing:.3g} degrees" if level else "the same"
    )
    card["rmse_degrees"] = round(float(shown.pairs.spacing), 3)
    tensors = {f"rmse_{v}": torch.from_numpy(m).half() for v, m in zip(DELAYS, maps, strict=True)}
    return Measured(net, card, tensors)


def _widths(outcomes: list[Outcome]) -> dict[str, float]:
    """Find the factors on sigma that suit all sources alike: the geometric mean of their own.

    Of checks the coarsest alone, for finer grids are less rough, and their intervals too wide.
    """
    each = [sigma_factor([seen]) for seen in outcomes]
    found = {}
    for k, name in enumerate(DELAYS):
        known = [
            one[name]
            for one, seen in zip(each, outcomes, strict=True)
            if np.isfinite(seen.residual[:, k]).any()
        ]
        found[name] = round(float(np.exp(np.log(known).mean())), 3) if known else 1.0
    return found


def _single_rmse(seen: Outcome) -> tuple[float, float]:
    """RMSE of the network in single epochs (zhd, zwd) [m]."""
    found = score(seen, {"zhd": 1.0, "zwd": 1.0})
    zhd, zwd = (found[f"{v}_single_mm"] / 1e3 for v in DELAYS)
    return zhd, zwd


def make_card(making: Making, model_id: str, widths: dict[str, float]) -> dict[str, Any]:
    """Say what the card of any nodal network says of its use and making.

    Parameters
    ----------
    making : Making
        How it was trained.
    model_id : str
        Its name.
    widths : dict
        `scores.sigma_factor` of zhd and zwd [1].

    Returns
    -------
    dict
        The card, without scores.

    Examples
    --------
    >>> making = Making({"command": "tropdsx train vmf1.nc"}, {"license": "CC0"}, np.zeros(9))
    >>> card = make_card(making, "mine", {"zhd": 1.0, "zwd": 1.0})
    >>> card["model_id"], card["units"], card["command"], card["license"]
    ('mine', 'm', 'tropdsx train vmf1.nc', 'CC0')
    """
    record = making.record
    valid = record.get("epochs_validate", {})
    return {
        "model_id": model_id,
        "variables": list(DELAYS),
        "units": "m",
        "first_guess": {"height_model": "climatology", "interpolation": "bicubic"},
        "channels": list(CHANNELS),
        "neighbour_hours": 6,
        "rmse_grid": {"lat0": 89.5, "lon0": 0.5, "step": 1.0},  # as `scores.rmse_map` has it
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
        **making.about,
    }


def terms_of_use(
    data: Sequence[Mapping[str, Any]],
    start: dict[str, Any] | None = None,
    teacher: dict[str, Any] | None = None,
) -> dict[str, str]:
    """Name licence and citation of a network, from the attributes of the data it learned from.

    Parameters
    ----------
    data : sequence of mapping
        Global attributes of the training data.
    start : dict, optional
        Card of the checkpoint that training went on from.
    teacher : dict, optional
        Card of the checkpoint that was learned from.

    Returns
    -------
    dict
        license and citation; "not given" where the data say nothing.

    Examples
    --------
    >>> terms_of_use([{"title": "ERA5"}])["citation"]
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
