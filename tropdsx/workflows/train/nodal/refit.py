"""Train a network again on all epochs, with the scores of the one that was tested: when, and how.

Scores of one network say something about another only if both were trained in the same way, and if
the second has seen all that the first had. What a card records is compared; what it does not record
(an older version had no such option) counts as the default.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.nn.nodal import NodalNet
from tropdsx.workflows.train.moisture import Moisture
from tropdsx.workflows.train.nodal.card import Making, make_card
from tropdsx.workflows.train.nodal.options import NETWORK_DEFAULTS, NodalOptions
from tropdsx.workflows.train.nodal.season import limit_to_season
from tropdsx.workflows.train.nodal.sources import Source
from tropdsx.workflows.train.nodal.start import load_nodal, nodal_net
from tropdsx.workflows.train.options import flag
from tropdsx.workflows.train.products import Also
from tropdsx.workflows.train.report import Measured
from tropdsx.workflows.train.resume import FREE, as_recorded

__all__ = ["adopt_scores", "load_tested", "require_data", "require_end"]

#: Options that may differ: which epochs (all, now), where the heights lie, where it runs. Those
#: on other checkpoints are looked at by themselves.
OTHERWISE = ({"train", "validate", "orography", *FREE} - {"steps"}) | {"init", "teacher"}


def load_tested(
    checkpoint: str | Path,
    options: NodalOptions,
    check: Sequence[Any],
    coarse: bool,
    *,
    start: Checkpoint | None = None,
    teacher: Checkpoint | None = None,
) -> Checkpoint:
    """Load the checkpoint that a refit takes its scores from; refuse what does not belong to it.

    Parameters
    ----------
    checkpoint : str or Path
        Name or file.
    options : NodalOptions
        Of the refit.
    check : sequence
        More validation data, which a refit does not have.
    coarse : bool
        Whether the refit has coarse files.
    start, teacher : Checkpoint, optional
        What the refit goes on from and learns from (init, teacher): that of the tested network, or
        a refit of it.

    Returns
    -------
    Checkpoint
        The network that was tested.

    Raises
    ------
    CheckpointError, InputError
        If it was not trained as the options say, or its scores are not its own.

    Examples
    --------
    >>> load_tested("heldout", NodalOptions(patience=3), (), False)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: a refit trains on all epochs and validates on none; leave out ...
    """
    if options.validate or options.patience or check:
        msg = "a refit trains on all epochs and validates on none; leave out --validate, --check "
        msg += "and --patience"
        raise InputError(msg)
    loaded = load_nodal(checkpoint, "--refit-of")
    if start is not None and not (loaded.card.get("training") or {}).get("started_from"):
        msg = (
            f"--init {options.init} and --refit-of {checkpoint} exclude each other: a refit trains "
            "from the beginning, as the tested network was; leave one of them out"
        )
        raise InputError(msg)
    reason = (
        _unfit(loaded.card)
        or _other_origin(loaded.card, start, teacher)
        or _other_way(loaded.card, options, coarse)
    )
    if reason:
        msg = f"{checkpoint} cannot be refitted: {reason}"
        raise CheckpointError(msg)
    return loaded


def _unfit(card: dict[str, Any]) -> str:
    """Why nobody could refit this checkpoint."""
    training = card.get("training") or {}
    if "scores" not in card or not isinstance(training.get("options"), dict):
        return "its card has no scores or no training options; give one of tropdsx train"
    if "scores_of" in card:
        whose = card["scores_of"].get("model_id")
        return f"it is a refit itself, its scores are those of {whose}; give that one"
    return ""


def _other_origin(
    card: dict[str, Any], start: Checkpoint | None, teacher: Checkpoint | None
) -> str:
    """Compare the checkpoints that it went on from and learned from with those of the refit."""
    training = card["training"]
    for name, key, given in (("init", "started_from", start), ("teacher", "taught_by", teacher)):
        before = training.get(key)
        kin = {None} if given is None else {given.card["sha256"], _tested(given)} - {None}
        recorded = training["options"].get(name)
        if before is None and recorded:
            return f"its card does not say which network its --{name} {recorded} was; train anew"
        if before in kin:
            continue
        if before is None:
            return f"it had no --{name}; leave that out"
        file = Path(recorded or "a checkpoint").name
        return (
            f"its --{name} was {file} (sha256 {before[:12]}...); give that one, or a refit of "
            f"it, as --{name}"
        )
    return ""


def _tested(refit: Checkpoint) -> str | None:
    """Sha256 of the network that a refit has its scores from."""
    sha: str | None = refit.card.get("scores_of", {}).get("sha256")
    return sha


def _other_way(card: dict[str, Any], options: NodalOptions, coarse: bool) -> str:
    """Compare the way it was trained with the options."""
    training, config = card["training"], card["config"]
    before = as_recorded(NodalOptions().values()) | as_recorded(training["options"])
    before |= {name: config.get(name, usual) for name, usual in NETWORK_DEFAULTS.items()}
    now = as_recorded(options.values())
    differs = [
        f"{flag(name)} (was {value!r}, now {now.get(name)!r})"
        for name, value in before.items()
        if name not in OTHERWISE and now.get(name) != value
    ]
    if "data" in training and ("coarse" in training) != coarse:
        differs.append("--coarse (" + ("was given, now not)" if coarse is False else "was not)"))
    if differs:
        return f"{'; '.join(differs)}; give the options it was trained with"
    done = training.get("steps")
    if done is not None and done != options.steps:
        return (
            f"its weights are those after {done} of {options.steps} steps (the best validation, or "
            "a run that was stopped), which a refit cannot repeat; give the final.safetensors of a "
            "run that went to its end"
        )
    return ""


def require_data(
    tested: Checkpoint,
    fine: xr.Dataset,
    lessons: Sequence[Source],
    also: Sequence[Also],
    moisture: Sequence[Moisture] = (),
) -> None:
    """Refuse data that are not those of the tested network and more.

    Parameters
    ----------
    tested : Checkpoint
        The tested network.
    fine : Dataset
        Epochs to train on.
    lessons : sequence of Source
        Pairs of them.
    also : sequence of Also
        Other products of the refit.
    moisture : sequence of Moisture
        Its moisture fields.

    Raises
    ------
    InputError
        If epochs or products are missing, or the grid is another one.

    Examples
    --------
    >>> time = np.array(["2022-03-09T00", "2022-03-09T06"], "M8[ns]")
    >>> span = {"count": 3, "first": "2022-03-09T00", "last": "2022-03-09T12"}
    >>> card = {"model_id": "mine", "scores": {}, "training": {"epochs_train": span}}
    >>> fine = xr.Dataset(coords={"time": time})
    >>> require_data(Checkpoint(None, card, {}), fine, [], [])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: the data of a refit must be those of mine and more: it was ...
    """
    card = tested.card
    wrong: list[str] = []
    training = card["training"]
    time = fine["time"].to_numpy().astype("datetime64[h]")
    for name, what in (("epochs_train", "trained on"), ("epochs_validate", "tested on")):
        span = training.get(name)
        if not isinstance(span, dict):
            continue
        first, last = (np.datetime64(span[end], "h") for end in ("first", "last"))
        held = int(((time >= first) & (time <= last)).sum())
        if held < span["count"]:
            wrong.append(
                f"it was {what} {span['count']} epochs from {first} to {last}, the data "
                f"hold {held} there"
            )
    for source in lessons:
        found = card["scores"].get(source.name, {}).get("degrees")
        spacing = source.sets[0].spacing if source.sets else found
        if found is not None and abs(found - spacing) > 0.01:
            wrong.append(f"{source.name} was a grid of {found:g} degrees, it is {spacing:.3f} now")
    given = [(each.thin, each.share) for each in also]
    wrong += [
        f"it was also trained on {each['data']}, {each['thin']}:{each['share']:g} (--also)"
        for each in training.get("also", ())
        if (each["thin"], each["share"]) not in given
    ]
    drawn = sorted((each.nodes, each.step, each.share) for each in moisture)
    before = sorted((m["nodes"], m["step"], m["share"]) for m in training.get("moisture", ()))
    if drawn != before:
        wrong.append(f"its moisture fields were (nodes, step, share) {before}, they are {drawn}")
    if wrong:
        msg = (
            f"the data of a refit must be those of {card['model_id']} and more: "
            f"{'; '.join(wrong)}; give all data, without --train"
        )
        raise InputError(msg)


def require_end(step: int, options: NodalOptions, out: Path) -> None:
    """Refuse to write a refit that was stopped: the scores are of a whole training.

    Parameters
    ----------
    step : int
        Steps done.
    options : NodalOptions
        Length of the run.
    out : Path
        Its folder.

    Raises
    ------
    CheckpointError
        If steps are left.

    Examples
    --------
    >>> require_end(500, NodalOptions(steps=500), Path("run"))
    """
    if step < options.steps:
        msg = (
            f"the refit stopped after {step} of {options.steps} steps, the scores are those of a "
            f"whole training, so no checkpoint is written; {out / 'last.ckpt'} is kept: go on with "
            "--resume"
        )
        raise CheckpointError(msg)


def adopt_scores(net: NodalNet, tested: Checkpoint, making: Making, model_id: str) -> Measured:
    """Give a network that was trained again on all epochs the factors and scores of the one before.

    Parameters
    ----------
    net : NodalNet
        Trained on everything, so that nothing is left to measure it on; stays as it is.
    tested : Checkpoint
        The same network trained on a part: its factors, maps and scores are those of held-out
        epochs.
    making, model_id
        For the card, as :func:`tropdsx.workflows.train.nodal.card.measure_network` has them.

    Returns
    -------
    Measured
        A copy with these factors, card, RMSE maps.
    """
    net = limit_to_season(net, making.wet)
    net.config["mirror"] = tested.card["config"]["mirror"]
    net.gain.copy_(nodal_net(tested).gain)
    before, record = tested.card, making.record
    card = make_card(making, model_id, before["sigma_factor"])
    kept = ("trust", "scores", "rmse_maps", "rmse_degrees", "validation")
    card |= {name: before[name] for name in kept if name in before}
    with_more = ", and on other products too" if record.get("also") else ""
    which = (
        f"{record['epochs_train']['count']} epochs"
        if "train" in record["options"]
        else "all epochs"
    )
    again = f"trained again, the same way, on {which}{with_more}"
    card["validation"] = dict(card.get("validation", {})) | {
        "validation_model": f"{before['model_id']}; then {again}"
    }
    card["scores_of"] = {
        "model_id": before["model_id"],
        "sha256": before["sha256"],
        "note": "scores, sigma factors, trust and RMSE maps were measured with this checkpoint on "
        f"epochs it had not seen; then the network was {again}",
    }
    return Measured(net, card, {k: v.half() for k, v in tested.tensors.items()})
