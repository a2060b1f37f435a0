"""The TropDS network on the same data and CPU time as the nodal network.

    python -m benchmarks.tropds_comparison VMF1.nc OUT.md --scale 1

Task: ZWD of VMF1, 4 x 5 degrees to 2 x 2.5 degrees, single epochs. Both see the same first guess
(physics and bicubic), train on the same epochs for about the same CPU time on one thread (the
steps of each case are set so; the table has what was used), and are scored on the same validation
epochs at the nodes that were not given, weighted by area.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from tropdsx.grid.thinning import thin
from tropdsx.nn.checkpoint import load
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.workflows.train.data import read_fine_fields, split
from tropdsx.workflows.train.field.options import FieldOptions
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.nodal.options import NodalOptions

SPLIT = {
    "train": ("2022-03-09/2022-04-05", "2024-02-01/2024-02-08"),
    "validate": ("2022-04-08/2022-04-14",),
    "threads": 1,
    "device": "cpu",
}
CASES = {
    "TropDS form (width 32, absolute head, L1 + 0.1 SSIM)": {
        "kind": FieldOptions,
        "thin": "2x2",
        "width": 32,
        "loss": "l1",
        "ssim": 0.1,
        "rate": 1e-3,
        "steps": 150,
    },
    "TropDS network, globe padding, residual head, MSE": {
        "kind": FieldOptions,
        "thin": "2x2",
        "width": 32,
        "padding": "globe",
        "head": "residual",
        "rate": 1e-3,
        "steps": 150,
    },
    "nodal network (width 64)": {
        "kind": NodalOptions,
        "thin": ("2x2",),
        "shares": (1.0,),
        "phases": 4,
        "optimizer": "muon",
        "rate": 1e-2,
        "weight_decay": 0.3,
        "steps": 400,
    },
}


def field_rmse(path: Path, data: Path) -> tuple[float, float]:
    """RMSE of a U-Net on the validation epochs, not given nodes [mm], and its cost [GFLOP]."""
    _, valid = split(read_fine_fields(data), SPLIT["train"], SPLIT["validate"])
    guess = reduce_to_orography(thin(valid, (2, 2), (1, 1)), valid[["orography"]])["zwd"].to_numpy()
    guess = np.where(np.isfinite(guess), guess, valid["zwd"])
    loaded = load(path)
    low, high = (loaded.card["normalisation"][k] for k in ("low", "high"))
    x = torch.from_numpy(((np.clip(guess, low, high) - low) / (high - low + 1e-8))[:, None])
    with torch.inference_mode():
        y = torch.cat([loaded.module(part.float()) for part in x.split(2)])[:, 0].numpy()
        with FlopCounterMode(display=False) as count:
            loaded.module(x[:1].float())
    error = y * (high - low + 1e-8) + low - valid["zwd"].to_numpy()
    weight = np.cos(np.radians(valid["lat"].to_numpy()))[:, None].clip(0) * np.ones(error.shape[1:])
    weight[1::2, 1::2] = 0
    square = (error**2 * weight).sum() / (weight.sum() * len(error))
    return 1e3 * float(np.sqrt(square)), count.get_total_flops() / 1e9


def main() -> None:
    """Train the cases one after the other and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of steps")
    given = parser.parse_args()
    rows = []
    for name, case in CASES.items():
        steps = round(case["steps"] * given.scale)
        own = {name: value for name, value in case.items() if name != "kind"}
        length = {"batch": 4, "steps": steps, "steps_per_epoch": steps, "warm_up": 30}
        options = case["kind"](**{**SPLIT, **own, **length})
        started = time.process_time()
        run = fit(given.data, given.out.parent / "comparison_run", options=options, overwrite=True)
        minutes = (time.process_time() - started) / 60
        card = load(run.best).card
        if card["network"] == "unet":
            rmse, cost = field_rmse(run.best, given.data)
        else:
            rmse, cost = card["scores"]["2x2"]["zwd_single_mm"], float("nan")
        rows.append(
            f"| {name} | {rmse:.2f} | {cost:.1f} | {card['training']['steps']} | {minutes:.1f} |"
        )
        head = [
            "| network | ZWD RMSE mm | GFLOP per slice | steps of 4 | CPU min |",
            "|---" * 5 + "|",
        ]
        given.out.write_text("\n".join([*head, *rows, ""]))


if __name__ == "__main__":
    main()
