"""What each input and each choice of the nodal network is worth: a short training without it.

    python -m benchmarks.ablation VMF1.nc VMF3_PATTERN VMF3_OROGRAPHY OUT.md --steps 300

All cases share data, seed and number of steps, so the differences are those of the case; a longer
training raises all of them. Scores are of the validation epochs and of the VMF3 check.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch

from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.data import read_fine_fields, split
from tropdsx.workflows.train.nodal.batches import validation_loaders
from tropdsx.workflows.train.nodal.lessons import make_loader
from tropdsx.workflows.train.nodal.module import NodalTraining
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.pairs import make_pair_sets
from tropdsx.workflows.train.nodal.sources import Source, make_sources
from tropdsx.workflows.train.run import Call, TrainingRun

PLAIN = {
    "train": ("2022-03-09/2022-04-05", "2024-02-01/2024-02-08"),
    "validate": ("2022-04-08/2022-04-14",),
    "thin": ("2x2", "3x3"),
    "shares": (0.35, 0.15),
    "phases": 4,
    "texture": (5, 3),
    "texture_shares": (0.4, 0.1),
    "width": 48,
    "blocks": 4,
    "batch": 2,
    "optimizer": "muon",
    "rate": 1e-2,
    "weight_decay": 0.3,
    "threads": 1,
    "device": "cpu",
}


HEAD = [
    "case",
    "VMF3 5°→1° ZHD",
    "VMF3 5°→1° ZWD",
    "VMF1 4×5°→2×2.5° ZWD",
    "the same, with t±6 h",
    "CPU min",
]


def channels(*words: str) -> tuple[str, ...]:
    """Names of the channels that contain one of the words."""
    return tuple(c for c in CHANNELS if any(w in c for w in words))


def no_slopes(net: NodalNet) -> None:
    """Take the height functions away."""
    for p in net.slope.parameters():
        torch.nn.init.zeros_(p).requires_grad_(False)


#: name: (options that differ, change of the network, sources left out)
CASES: dict[str, tuple[dict[str, Any], Callable | None, tuple[str, ...]]] = {
    "everything": ({}, None, ()),
    "everything, another seed": ({"seed": 1}, None, ()),
    "without ZHD at the nodes": ({"without": channels("zhd")}, None, ()),
    "without node heights": ({"without": channels("orography")}, None, ()),
    "without the height step to the target": ({}, no_slopes, ()),
    "without latitude": ({"without": channels("sin_lat")}, None, ()),
    "without cell shape and size": ({"without": channels("log_aspect", "log_step")}, None, ()),
    "without roughness and mean": ({"without": channels("scale", "mean")}, None, ()),
    "never neighbouring epochs": ({"without": channels("before", "after")}, None, ()),
    "without flipped hemispheres": ({"flip": False}, None, ()),
    "without 1 degree texture": ({}, None, ("texture",)),
    "texture alone": ({}, None, ("2x2", "3x3")),
}


def run(case: str, lessons: list[Source], tests: dict, steps: int, folder: Path) -> list[str]:
    """Train one case and return its row of the table."""
    changes, surgery, left_out = CASES[case]
    options = NodalOptions(**{**PLAIN, **changes}, steps=steps, steps_per_epoch=steps, warm_up=50)
    kept = [s for s in lessons if not s.name.startswith(left_out)]
    if not options.flip:
        kept = [Source(s.name, s.share, s.sets[::2], s.texture, s.step) for s in kept]
    lightning.seed_everything(options.seed, verbose=False)
    net = NodalNet(width=options.width, blocks=options.blocks)
    if surgery:
        surgery(net)
    module = NodalTraining(net, options)
    folder.mkdir(parents=True, exist_ok=True)
    started = time.process_time()
    run = TrainingRun(options, Call(folder))
    run.train(module, lambda first: make_loader(kept, options, first), validation_loaders(tests))
    row = run.history.rows[-1]
    mm = {k: 1e3 * float(np.sqrt(v)) for k, v in row.items() if k[:3] in ("zhd", "zwd")}
    cells = [f"{mm[k]:.3f}" for k in ("zhd_1", "zwd_1", "zwd_0", "zwd_with_neighbours_0")]
    return [case, *cells, f"{(time.process_time() - started) / 60:.1f}"]


def main() -> None:
    """Run all cases and write the table row by row."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vmf1")
    parser.add_argument("vmf3")
    parser.add_argument("orography")
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--cases", nargs="*", default=list(CASES))
    given = parser.parse_args()
    torch.set_num_threads(1)
    options = NodalOptions(**PLAIN)
    train, valid = split(read_fine_fields(given.vmf1), options.train, options.validate)
    check = read_fine_fields(given.vmf3, given.orography)
    tests = {
        "2x2": make_pair_sets(valid, (2, 2), phase=(1, 1))[0],
        "check 5x5": make_pair_sets(check, (5, 5), phase=(2, 2))[0],
    }
    lessons = make_sources(train, options)
    physics = []
    for name, k in (("check 5x5", 0), ("check 5x5", 1), ("2x2", 1), ("2x2", 1)):
        pairs = tests[name]
        square = (pairs.residual[:, k] ** 2 * pairs.weight).sum()
        area = (np.ones_like(pairs.residual[:, k]) * pairs.weight).sum()
        physics.append(f"{1e3 * np.sqrt(square / area):.3f}")
    rows = [HEAD, ["---"] * len(HEAD), ["physics alone", *physics, ""]]
    for case in given.cases:
        rows.append(run(case, lessons, tests, given.steps, given.out.parent / "ablation_run"))
        given.out.write_text("".join("| " + " | ".join(r) + " |\n" for r in rows))


if __name__ == "__main__":
    main()
