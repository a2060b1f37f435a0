"""Train the network of a reconstruction on fine fields: first its mean, then its diffusion."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning import seed_everything
from torch.utils.data import DataLoader

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import Checkpoint, load
from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.workflows.reconstruct.diffusion.condition import CHANNELS
from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator, find_model
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics, as_statistics
from tropdsx.workflows.train.data import Fields
from tropdsx.workflows.train.diffusion.batches import LessonWindows, validation_windows
from tropdsx.workflows.train.diffusion.data import gather_lessons
from tropdsx.workflows.train.diffusion.lessons import Lessons
from tropdsx.workflows.train.diffusion.module import DiffusionTraining
from tropdsx.workflows.train.diffusion.options import DiffusionOptions
from tropdsx.workflows.train.diffusion.scores import score_ensemble, score_mean
from tropdsx.workflows.train.report import Fitted, Measured, write_run
from tropdsx.workflows.train.resume import (
    StoppedRun,
    check_same_run,
    kept_options,
    read_stopped_run,
)
from tropdsx.workflows.train.run import Call, TrainingRun

__all__ = ["fit_diffusion"]

#: Epochs and members that calibrate the spread of an ensemble.
CALIBRATED, MEMBERS = 6, 8


def fit_diffusion(data: Fields, options: DiffusionOptions, call: Call) -> Fitted:
    """Train a network for reconstructions; see :func:`tropdsx.workflows.train.forms.fit`.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields.
    options : DiffusionOptions
        Everything else.
    call : Call
        How it is carried out.

    Returns
    -------
    Fitted
        What the run leaves in its folder.

    Examples
    --------
    >>> fit_diffusion("vmf1.nc", DiffusionOptions(), Call(Path("run")))  # doctest: +SKIP
    """
    given = _gather(data, options, call)
    module, run = _learn(given, options, call)
    found, record = _measure(given, options, module, run, call)
    return write_run(call.out, found, run.history.rows, record)


class _Gathered(NamedTuple):
    """Lessons, what they are counted in, the mean to go on from, and a stopped run."""

    train: list[Lessons]
    valid: Lessons
    statistics: Statistics
    start: Checkpoint | None
    facts: dict[str, Any]
    state: StoppedRun | None


def _gather(data: Fields, options: DiffusionOptions, call: Call) -> _Gathered:
    """Read the data; refuse to go on with a run that was made of others."""
    state = read_stopped_run(call.out) if call.resume else None
    if state is not None:
        check_same_run(state, kept_options(options), kept_options(DiffusionOptions()))
    start = None if options.init is None else _starting_mean(options.init)
    train, valid, facts = gather_lessons(data, options)
    if start is None:
        statistics = _measure_statistics(train[0])
    else:
        statistics = as_statistics(start.card)  # the mean keeps counting in its own
        facts["init"] = start.card["sha256"]
    facts["statistics"] = statistics.as_card()
    facts = json.loads(json.dumps(facts))
    if state is not None:
        check_same_run(state, facts)
    return _Gathered(train, valid, statistics, start, facts, state)


def _starting_mean(path: str | Path) -> Checkpoint:
    model = find_model(path)
    found = load(model.path)
    if found.card["config"]["in_channels"] != len(CHANNELS):
        msg = f"--init {path}: its mean has other inputs; train a mean anew, without --init"
        raise CheckpointError(msg)
    return found


def _measure_statistics(train: Lessons) -> Statistics:
    residual = train.residual.astype(np.float64) * train.setting.scale
    weight = np.where(train.free, train.area, 0.0)
    return Statistics.of(residual, train.zwd.astype(np.float64), train.setting, weight)


def _network(start: Checkpoint | None, options: DiffusionOptions) -> ReconstructionNet:
    """Make a new mean, or a new diffusion beside a mean that is held."""
    if start is None:
        return ReconstructionNet(len(CHANNELS), options.width)
    own = start.card["config"]["width"]
    net = ReconstructionNet(len(CHANNELS), own, residual_width=options.width)
    assert isinstance(start.module, ReconstructionNet)
    net.mean.load_state_dict(start.module.mean.state_dict())
    net.mean.requires_grad_(False)
    return net


def _learn(
    given: _Gathered, options: DiffusionOptions, call: Call
) -> tuple[DiffusionTraining, TrainingRun]:
    """Train, from the beginning or from where the run was stopped."""
    seed_everything(options.seed, verbose=False)
    module = DiffusionTraining(_network(given.start, options), options)
    module.arrange(torch.contiguous_format)
    record = kept_options(options) | given.facts
    run = TrainingRun(options, call, state=given.state, record=record)
    data = LessonWindows(given.train, given.statistics, options)

    def loader(first: int) -> DataLoader:
        begin = first % options.steps_per_epoch
        steps = min(options.steps_per_epoch - begin, options.steps - first)
        numbers = [
            list(range(step * options.batch, (step + 1) * options.batch))
            for step in range(first, first + max(steps, 1))
        ]
        return DataLoader(data, batch_sampler=numbers)

    chosen = validation_windows(given.valid, options)
    valid = LessonWindows([given.valid], given.statistics, options, chosen)
    run.train(module, loader, [DataLoader(valid, batch_size=options.batch)])
    return module, run


def _measure(
    given: _Gathered,
    options: DiffusionOptions,
    module: DiffusionTraining,
    run: TrainingRun,
    call: Call,
) -> tuple[dict[str, Measured], dict[str, Any]]:
    """Measure the network of the last step and that of the best validation."""
    record = {
        "options": options.record(),
        "epochs": given.facts["epochs"],
        "data": given.facts["data"],
        "command": call.command,
        "steps": int(module.global_step),
        "seconds": round(run.seconds),
    }
    found: dict[str, Measured] = {}
    last = int(module.global_step)
    for name in ("final", "best"):
        own = record if name == "final" else record | {"steps": run.load_best(module)}
        if name == "best" and own["steps"] == last:  # both are the same network
            found[name] = found["final"]._replace(card=found["final"].card | {"model_id": name})
            continue
        net = copy.deepcopy(module.average).eval()
        card = {"model_id": name, "training": own, "command": call.command}
        card |= _describe(given, options) | {"config": net.config}
        found[name] = Measured(net, card | _calibrate(net, card, given.valid), {})
    return found, record


def _describe(given: _Gathered, options: DiffusionOptions) -> dict[str, Any]:
    """Say what the network sees, and in which units."""
    about = {
        "variables": ["zwd"],
        "units": "m",
        "background": "none",
        "channels": list(CHANNELS),
        "window": options.window,
        "objective": options.objective,
        **{name: given.facts[name] for name in ("statistics", "covariance", "steps_of_grids")},
    }
    if options.objective == "ambient":
        first = given.train[0]
        gaps = float(np.isnan(first.residual[:, first.free]).mean())
        about |= {"mask": options.mask, "hide": options.hide, "gaps": round(gaps, 4)}
    if given.start is not None:
        about |= {"schedule": options.schedule, "prediction": options.prediction}
    return about


def _calibrate(net: ReconstructionNet, card: dict[str, Any], valid: Lessons) -> dict[str, Any]:
    """Score on the validation, and find the factors of sigma and of the ensemble."""
    estimator = Estimator(net, card, valid.setting)
    scores = [score_mean(estimator, valid, number) for number in range(len(valid.sets))]
    # One factor serves all numbers of stations: the mean of their squares.
    factor = float(np.sqrt(np.mean([each["sigma_factor"] ** 2 for each in scores])))
    found: dict[str, Any] = {"reconstruction": scores, "sigma_factor": factor}
    if net.residual is not None:
        epochs = np.unique(np.linspace(0, len(valid.times) - 1, CALIBRATED).astype(int))
        sampling = Sampling(members=MEMBERS)
        estimator = Estimator(net, card | found, valid.setting)
        first = score_ensemble(estimator, valid, 0, sampling, epochs=epochs)
        found |= {"ensemble_factor": 1.0 / first["spread_skill"], "ensemble": first}
    return found
