"""What a training run writes down: history by epoch, a report with figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from tropdsx.cf.quantities import DELAYS
from tropdsx.nn.checkpoint import load_card, save
from tropdsx.workflows.train.folder import written_together

__all__ = [
    "Fitted",
    "History",
    "Measured",
    "read_history",
    "write_report",
    "write_run",
]


class Fitted(NamedTuple):
    """What a training run leaves.

    Attributes
    ----------
    best, final : Path
        Checkpoints: of the best validation, and of the last step.
    history : list of dict
        Losses and scores of each epoch.
    report : Path
        Report in Markdown.

    Examples
    --------
    >>> run = Path("run")
    >>> done = Fitted(run / "best.safetensors", run / "final.safetensors", [], run / "report.md")
    >>> done.best.name
    'best.safetensors'
    """

    best: Path
    final: Path
    history: list[dict[str, float]]
    report: Path


class Measured(NamedTuple):
    """A trained network, ready to be written.

    Attributes
    ----------
    net : torch.nn.Module
        The network.
    card : dict
        What its checkpoint says of it.
    tensors : dict of torch.Tensor
        RMSE maps and the like, by name.

    Examples
    --------
    >>> Measured(torch.nn.Identity(), {"model_id": "final"}, {}).card
    {'model_id': 'final'}
    """

    net: torch.nn.Module
    card: dict[str, Any]
    tensors: dict[str, torch.Tensor]


class History(Callback):
    """Keep losses and validation scores of each epoch in history.csv and history.npy.

    Parameters
    ----------
    out : Path
        Folder.
    keep : bool
        Go on with the rows that are there (a resumed run).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     history = History(Path(folder))
    ...     history.rows = [{"epoch": 0.0, "step": 250.0, "val_loss": 0.4}]
    ...     history.write()
    ...     History(Path(folder), keep=True).rows
    [{'epoch': 0.0, 'step': 250.0, 'val_loss': 0.4}]
    """

    def __init__(self, out: Path, *, keep: bool = False) -> None:
        self.out = out
        self.rows: list[dict[str, float]] = read_history(out / "history.csv") if keep else []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's row and write the files anew."""
        del pl_module
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        row = {
            "epoch": float(trainer.current_epoch),
            "step": float(trainer.global_step),
            "rate": rate,
        }
        row |= {_plain(k): float(v) for k, v in trainer.callback_metrics.items()}
        # A resumed run repeats nothing, but an epoch that was cut off after its row would.
        self.rows = [r for r in self.rows if r["epoch"] < row["epoch"]] + [row]
        self.write()

    def write(self) -> None:
        """Write history.csv and history.npy."""
        names = list(dict.fromkeys(k for r in self.rows for k in r))
        # A resumed run reads this file: it must never be found half written.
        part = self.out / ".history.csv.part"
        with part.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self.rows)
        part.replace(self.out / "history.csv")
        table = np.array([[r.get(k, np.nan) for k in names] for r in self.rows])
        kinds = np.dtype([(k, "f8") for k in names])
        np.save(self.out / "history.npy", np.array([tuple(r) for r in table], kinds))


def _plain(name: str) -> str:
    """Leave of the name of a validation set its number."""
    return name.replace("/dataloader_idx_", "_")


def read_history(path: Path) -> list[dict[str, float]]:
    """Read history.csv.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of dict
        Losses and scores of each epoch; empty if there is no such file.

    Examples
    --------
    >>> read_history(Path("nowhere/history.csv"))
    []
    """
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            {k: float(v) for k, v in row.items() if v not in ("", None)}
            for row in csv.DictReader(file)
        ]


def write_run(
    out: Path,
    found: dict[str, Measured],
    rows: list[dict[str, float]],
    record: dict[str, Any],
) -> Fitted:
    """Write the checkpoints of a run and its report.

    Parameters
    ----------
    out : Path
        Folder.
    found : dict of Measured
        Networks by the name of their file: "final", and "best" unless there was no validation.
    rows : list of dict
        History.
    record : dict
        Options, epochs, duration.

    Returns
    -------
    Fitted
        What `fit` returns.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.nn.unet import UNet
    >>> found = {"final": Measured(UNet(width=1), {"model_id": "final"}, {})}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = [{"step": 250.0, "val_loss": 0.4}]
    ...     done = write_run(Path(folder), found, rows, {"steps": 250})
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['final.safetensors', 'loss.png', 'report.md']
    >>> done.best == done.final
    True
    """
    with written_together(out) as new:
        for name, each in found.items():
            save(new(name), each.net, each.card, tensors=each.tensors)
    best, final = (
        out / f"{name if name in found else 'final'}.safetensors" for name in ("best", "final")
    )
    return Fitted(best, final, rows, write_report(out, rows, record, load_card(final)))


def write_report(
    out: Path, rows: list[dict[str, float]], record: dict[str, Any], card: dict[str, Any]
) -> Path:
    """Write report.md and loss.png.

    Parameters
    ----------
    out : Path
        Folder.
    rows : list of dict
        History.
    record : dict
        Options, epochs, duration.
    card : dict
        Card of the final checkpoint, with scores.

    Returns
    -------
    Path
        The report.
    """
    _curve(rows, out / "loss.png")
    lines = [
        "# Training report",
        "",
        f"Model `{card['model_id']}`, sha256 `{card['sha256']}`.",
        "",
        "![loss](loss.png)",
        "",
        "## Scores on validation data",
        "",
        "RMSE over the points that are not input nodes, weighted by area.",
        "",
    ]
    lines += _score_table(card.get("scores", {}))
    lines += ["", "## How it was trained", "", "```json", json.dumps(record, indent=1), "```", ""]
    path = out / "report.md"
    path.write_text("\n".join(lines))
    return path


def _score_table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Rows of a Markdown table of scores by data set and delay."""
    lines = [
        "| data | delay | physics mm | network mm | gain % | with neighbours mm | gain % | "
        "worst band |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, s in found.items():
        for v in DELAYS:
            if f"{v}_physics_mm" not in s:
                continue
            p, n, m = (s[f"{v}_{k}_mm"] for k in ("physics", "single", "neighbours"))
            lines.append(
                f"| {name} | {v} | {p:.3f} | {n:.3f} | {100 * (1 - n / p):.1f} | {m:.3f} | "
                f"{100 * (1 - m / p):.1f} | {s[f'{v}_single_worst_band_ratio']:.3f} |"
            )
    return lines


def _curve(rows: list[dict[str, float]], path: Path) -> None:
    """Draw training and validation loss against the step."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name in ("train_loss", "val_loss"):
        points = [(r["step"], r[name]) for r in rows if name in r]
        if points:
            axes.plot(*zip(*points, strict=True), label=name.replace("_", " "))
    axes.set(xlabel="step", ylabel="loss")
    axes.legend()
    figure.savefig(path, dpi=80)
