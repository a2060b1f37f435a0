"""Train a U-Net on fields of the fine grid, as TropDS does: coarse in, fine out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning import seed_everything
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from tropdsx.nn.losses import rmse_weight
from tropdsx.nn.unet import UNet
from tropdsx.read.npy import guess_unit
from tropdsx.system.heap import kept_heap
from tropdsx.workflows.train.data import Fields, file_names
from tropdsx.workflows.train.field.data import (
    FieldPairs,
    as_tropds_folder,
    make_field_pairs,
    read_tropds_folder,
)
from tropdsx.workflows.train.field.module import FieldTraining
from tropdsx.workflows.train.field.options import MEMORY_FORMATS, FieldOptions
from tropdsx.workflows.train.field.order import choose_format, to_torch
from tropdsx.workflows.train.report import Fitted, Measured, write_run
from tropdsx.workflows.train.resume import (
    StoppedRun,
    check_same_run,
    kept_options,
    read_stopped_run,
)
from tropdsx.workflows.train.run import Call, TrainingRun

__all__ = ["fit_field"]

#: What a run and its card call the order in memory that was chosen.
ORDER = "order_in_memory"


def fit_field(data: Fields, options: FieldOptions, call: Call) -> Fitted:
    """Train a U-Net; see :func:`tropdsx.workflows.train.forms.fit`.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields, or a TropDS folder.
    options : FieldOptions
        Everything else.
    call : Call
        How it is carried out.

    Returns
    -------
    Fitted
        What the run leaves in its folder.

    Examples
    --------
    >>> fit_field("vmf1.nc", FieldOptions(head="residual"), Call(Path("run")))  # doctest: +SKIP
    """
    given = _gather(data, options, call)
    module, run = _learn(given, options, call)
    found, record = _measure(given, options, module, run, call)
    return write_run(call.out, found, run.history.rows, record)


class _Gathered(NamedTuple):
    """Pairs, their range, what the run is made of, and the stopped run that goes on."""

    pairs: FieldPairs
    span: tuple[float, float]
    folder: bool
    facts: dict[str, Any]
    state: StoppedRun | None


def _gather(data: Fields, options: FieldOptions, call: Call) -> _Gathered:
    """Read the pairs; refuse to go on with a run that was made of others."""
    state = _stopped_run(call.out) if call.resume else None
    if state is not None:
        check_same_run(state, kept_options(options), kept_options(FieldOptions()))
    folder = as_tropds_folder(data)
    pairs = (
        make_field_pairs(data, options) if folder is None else read_tropds_folder(folder, options)
    )
    low, high = pairs.normal_range()
    about = {"files": file_names(data), "nodes": list(pairs.fine.shape[1:])}
    facts = {"epochs": pairs.spans, "range": [low, high], "data": about}
    # As JSON has it, to compare with what a stopped run has kept.
    facts = json.loads(json.dumps(facts))
    if state is not None:
        check_same_run(state, facts)
    return _Gathered(pairs, (low, high), folder is not None, facts, state)


def _stopped_run(out: Path) -> StoppedRun:
    """Read the stopped run; an earlier version kept more thinnings, and used the first."""
    state = read_stopped_run(out)
    return state._replace(record={k: v[:1] if k == "thin" else v for k, v in state.record.items()})


def _learn(
    given: _Gathered, options: FieldOptions, call: Call
) -> tuple[FieldTraining, TrainingRun]:
    """Train, from the beginning or from where the run was stopped."""
    weight, frozen = _maps(given.pairs, options, given.folder)
    seed_everything(options.seed, verbose=False)
    net = UNet(width=options.width, padding=options.padding, head=options.head)
    order = _find_format(given, net, options)
    module = FieldTraining(net, options, weight, frozen)
    module.arrange(to_torch(order))
    record = kept_options(options) | given.facts | {ORDER: order}
    run = TrainingRun(options, call, state=given.state, record=record)
    coarse, fine = given.pairs.coarse, given.pairs.fine

    def loader(first: int) -> DataLoader:
        epoch, begin = divmod(first, options.steps_per_epoch)
        data = _Pairs(coarse, fine, given.span, options, epoch)
        draw = np.random.default_rng([options.seed, epoch])
        steps = min(options.steps_per_epoch - begin, options.steps - first)
        order = [
            draw.choice(len(data), min(options.batch, len(data)), replace=False).tolist()
            for _ in range(begin + max(steps, 1))
        ]
        return DataLoader(data, batch_sampler=order[begin:])

    run.train(module, loader, [_validation(given, options)])
    return module, run


def _find_format(given: _Gathered, net: UNet, options: FieldOptions) -> str:
    """Choose the order in memory; a run that goes on keeps that which it began with."""
    if given.state is not None:
        # Before there was a choice, channels were last.
        return str(given.state.record.get(ORDER, MEMORY_FORMATS[0]))
    pairs = _Pairs(given.pairs.coarse, given.pairs.fine, given.span)
    batch = [pairs[place][0] for place in range(min(options.batch, len(pairs)))]
    with kept_heap():
        return choose_format(net, torch.stack(batch), options)


def _measure(
    given: _Gathered, options: FieldOptions, module: FieldTraining, run: TrainingRun, call: Call
) -> tuple[dict[str, Measured], dict[str, Any]]:
    """Measure the network of the last step and that of the best validation."""
    record = {
        "options": options.record(),
        "epochs": given.pairs.spans,
        "data": given.facts["data"],
        "command": call.command,
        "steps": int(module.global_step),
        ORDER: run.kept.record[ORDER],
        "seconds": round(run.seconds),
    }
    (low, high), found, last = given.span, {}, int(module.global_step)
    for name in ("final", "best"):
        own = record if name == "final" else record | {"steps": run.load_best(module)}
        if name == "final" or own["steps"] != last:  # else both are the same network
            error = _errors(module, _validation(given, options)) * (high - low + 1e-8)
        card = {
            "model_id": name,
            **_delay(options, given.folder, high),
            "training": own,
            "command": call.command,
            "normalisation": {"low": low, "high": high},
            "freeze_threshold": options.freeze,
            "rmse": float(np.sqrt(np.nanmean(error**2))),
        }
        rmse = torch.from_numpy(np.sqrt(np.nanmean(error**2, 0)))
        maps = {"rmse": rmse, "freeze": module.frozen}
        found[name] = Measured(copy.deepcopy(module.average), card, maps)
    return found, record


class _Pairs(Dataset):
    """Pairs in normalised units; training turns and flips them at random, by seed and place."""

    def __init__(
        self,
        coarse: NDArray[np.float32],
        fine: NDArray[np.float32],
        span: tuple[float, float],
        options: FieldOptions | None = None,
        epoch: int = 0,
    ) -> None:
        self.fields, self.span, self.options, self.epoch = (coarse, fine), span, options, epoch

    def __len__(self) -> int:
        return len(self.fields[0])

    def __getitem__(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        low, high = self.span
        pair = [(np.clip(f[place], low, high) - low) / (high - low + 1e-8) for f in self.fields]
        if self.options is not None:
            rng = np.random.default_rng([self.options.seed, self.epoch, place])
            turn = rng.integers(-self.options.shift, self.options.shift + 1)
            pair = [np.roll(f, turn, -1) for f in pair]
            if self.options.flip and rng.random() < 0.5:
                pair = [f[::-1] for f in pair]
        coarse, fine = (torch.from_numpy(np.ascontiguousarray(f, np.float32))[None] for f in pair)
        return coarse, fine


def _validation(given: _Gathered, options: FieldOptions) -> DataLoader:
    """Batches of the validation pairs, in order."""
    pairs = _Pairs(given.pairs.valid_coarse, given.pairs.valid_fine, given.span)
    return DataLoader(pairs, batch_size=options.batch)


def _delay(options: FieldOptions, folder: bool, high: float) -> dict[str, Any]:
    """Say which delay the fields are, and in which units; arrays alone say neither."""
    if not folder:
        return {"variables": [options.variable or "zwd"], "units": "m"}
    if options.variable is None:
        return {"variables": ["delay"]} | ({"units": options.units} if options.units else {})
    return {
        "variables": [options.variable],
        "units": options.units or guess_unit(high, options.variable),
    }


def _maps(
    pairs: FieldPairs, options: FieldOptions, folder: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss weight and frozen cells, both (lat, lon)."""
    rows, columns = pairs.fine.shape[-2:]
    # Rows of a TropDS folder are centred between the poles; TropDS weights all cells alike.
    lat = 90 - (np.arange(rows) + 0.5) * 180 / rows
    area = np.ones(rows) if folder else np.cos(np.radians(lat))
    weight = torch.from_numpy(np.repeat(area[:, None], columns, 1).astype(np.float32))
    frozen = torch.zeros(rows, columns, dtype=torch.bool)
    if pairs.rmse is not None:
        rmse = torch.from_numpy(pairs.rmse)
        frozen = rmse < options.freeze
        weight = weight * rmse_weight(rmse, options.rmse_mode)
    return torch.where(frozen, 0.0, weight), frozen


def _errors(module: FieldTraining, valid: DataLoader) -> NDArray[np.float32]:
    """Errors of the running average on the validation fields, in normalised units."""
    module.average.eval()
    parts = []
    with torch.inference_mode():
        for coarse, fine in valid:
            parts.append((module.refine(module.average, coarse) - fine)[:, 0].numpy())
    return np.concatenate(parts)
