"""Train a U-Net on fields of the fine grid, as TropDS does: blurred in, clear out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning as L  # noqa: N812  (its documentation's name)
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from tropdsx.nn.checkpoint import load_card, save
from tropdsx.nn.losses import rmse_weight
from tropdsx.nn.unet import UNet
from tropdsx.read.npy import units_of
from tropdsx.workflows.train.data import Fields, names_of
from tropdsx.workflows.train.field.data import FieldPairs, field_pairs, tropds_folder
from tropdsx.workflows.train.field.module import FieldTraining
from tropdsx.workflows.train.options import TrainOptions
from tropdsx.workflows.train.report import together, write_report
from tropdsx.workflows.train.resume import agree, plain, saved

if TYPE_CHECKING:
    from tropdsx.workflows.train.report import Fitted

__all__ = ["fit_fields"]


class _Fields(Dataset):
    """Pairs in normalised units; training turns and flips them at random, by seed and place."""

    def __init__(
        self,
        blurred: NDArray,
        clear: NDArray,
        norm: tuple[float, float],
        options: TrainOptions | None = None,
        epoch: int = 0,
    ) -> None:
        self.fields, self.norm, self.options, self.epoch = (blurred, clear), norm, options, epoch

    def __len__(self) -> int:
        return len(self.fields[0])

    def __getitem__(self, place: int) -> tuple[torch.Tensor, torch.Tensor]:
        low, high = self.norm
        pair = [(np.clip(f[place], low, high) - low) / (high - low + 1e-8) for f in self.fields]
        if self.options is not None:
            rng = np.random.default_rng([self.options.seed, self.epoch, place])
            turn = rng.integers(-self.options.shift, self.options.shift + 1)
            pair = [np.roll(f, turn, -1) for f in pair]
            if self.options.flip and rng.random() < 0.5:
                pair = [f[::-1] for f in pair]
        blurred, clear = (torch.from_numpy(np.ascontiguousarray(f, np.float32))[None] for f in pair)
        return blurred, clear


def fit_fields(
    data: Fields,
    out: Path,
    options: TrainOptions,
    *,
    resume: bool = False,
    progress: bool = False,
    command: str = "",
) -> Fitted:
    """Train a U-Net; see `train.fit`. One variable: the folder's, or zwd of the files."""
    from tropdsx.workflows.train.report import Fitted
    from tropdsx.workflows.train.run import Run

    state = saved(out) if resume else None
    if state is not None:
        agree(state, plain(options))
    folder = (
        isinstance(data, (str, Path))
        and Path(data).is_dir()
        and any(Path(data).glob("*_clear.npy"))
    )
    pairs = tropds_folder(data, options) if folder else field_pairs(data, options)
    low = float(min(np.nanmin(pairs.blurred), np.nanmin(pairs.clear)))
    high = float(max(np.nanmax(pairs.blurred), np.nanmax(pairs.clear)))
    weight, frozen = _maps(pairs, options, folder)
    L.seed_everything(options.seed, verbose=False)
    net = UNet(width=options.width, padding=options.padding, head=options.head)
    module = FieldTraining(net, options, weight, frozen)
    # As JSON has it, to compare with what a stopped run has kept.
    facts = json.loads(
        json.dumps(
            {
                "epochs": pairs.spans,
                "range": [low, high],
                "data": {"files": names_of(data), "nodes": list(pairs.clear.shape[1:])},
            }
        )
    )
    if state is not None:
        agree(state, facts)
    run = Run(options, out, state=state, record=plain(options) | facts, progress=progress)

    def loader(first: int) -> DataLoader:
        epoch, begin = divmod(first, options.steps_per_epoch)
        data = _Fields(pairs.blurred, pairs.clear, (low, high), options, epoch)
        draw = np.random.default_rng([options.seed, epoch])
        steps = min(options.steps_per_epoch - begin, options.steps - first)
        order = [
            draw.choice(len(data), min(options.batch, len(data)), replace=False).tolist()
            for _ in range(begin + max(steps, 1))
        ]
        return DataLoader(data, batch_sampler=order[begin:])

    valid = _Fields(pairs.valid_blurred, pairs.valid_clear, (low, high))
    run.train(module, loader, [DataLoader(valid, batch_size=options.batch)])
    record = {
        "options": options.record(),
        "epochs": pairs.spans,
        "data": facts["data"],
        "command": command,
        "steps": int(module.global_step),
        "seconds": round(run.seconds),
    }
    span = high - low + 1e-8
    with together(out) as new:
        for name in ("final", "best"):
            own = record
            if name == "best":
                own = record | {"steps": run.load_best(module)}
            error = _errors(module, valid, options.batch) * span
            card = {
                "model_id": name,
                **_delay(options, folder, high),
                "training": own,
                "command": command,
                "normalisation": {"low": low, "high": high},
                "freeze_threshold": options.freeze,
                "rmse": float(np.sqrt(np.nanmean(error**2))),
            }
            maps = {"rmse": torch.from_numpy(np.sqrt(np.nanmean(error**2, 0))), "freeze": frozen}
            save(new(name), module.average, card, tensors=maps)
    best, final = (out / f"{name}.safetensors" for name in ("best", "final"))
    report = write_report(out, run.history.rows, record, load_card(final))
    return Fitted(best, final, run.history.rows, report)


def _delay(options: TrainOptions, folder: bool, high: float) -> dict[str, Any]:
    """Say which delay the fields are, and in which units; arrays alone say neither."""
    if not folder:
        return {"variables": [options.variable or "zwd"], "units": "m"}
    if options.variable is None:
        return {"variables": ["delay"]} | ({"units": options.units} if options.units else {})
    return {"variables": [options.variable], "units": options.units or units_of(high)}


def _maps(
    pairs: FieldPairs, options: TrainOptions, folder: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss weight and frozen cells, both (lat, lon)."""
    rows, columns = pairs.clear.shape[-2:]
    # Rows of a TropDS folder are centred between the poles; the seed weights all cells alike.
    lat = 90 - (np.arange(rows) + 0.5) * 180 / rows
    area = np.ones(rows) if folder else np.cos(np.radians(lat))
    weight = torch.from_numpy(np.repeat(area[:, None], columns, 1).astype(np.float32))
    frozen = torch.zeros(rows, columns, dtype=torch.bool)
    if pairs.rmse is not None:
        rmse = torch.from_numpy(pairs.rmse)
        frozen = rmse < options.freeze
        weight = weight * rmse_weight(rmse, options.rmse_mode)
    return torch.where(frozen, 0.0, weight), frozen


def _errors(module: FieldTraining, valid: _Fields, size: int) -> NDArray[np.float32]:
    """Errors of the running average on the validation fields, in normalised units."""
    module.average.eval()
    parts = []
    with torch.inference_mode():
        for blurred, clear in DataLoader(valid, batch_size=size):
            parts.append((module.refined(module.average, blurred) - clear)[:, 0].numpy())
    return np.concatenate(parts)
