"""What a training run writes down: history by epoch, a report with figures."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import lightning as L  # noqa: N812  (its documentation's name)
import numpy as np
from lightning.pytorch.callbacks import Callback

__all__ = ["Fitted", "History", "read_history", "together", "write_report"]


@contextlib.contextmanager
def together(out: Path) -> Iterator[Callable[[str], Path]]:
    """Let checkpoints appear under their names only when all of them are written.

    Parameters
    ----------
    out : Path
        Folder. [1]

    Yields
    ------
    callable
        From a name ("final") to the path to write to. [1]
    """
    made: dict[Path, Path] = {}

    def new(name: str) -> Path:
        path = out / f".{name}.safetensors.part"
        made[path] = out / f"{name}.safetensors"
        return path

    try:
        yield new
        for path, final in made.items():
            path.replace(final)
    finally:
        for path in made:
            path.unlink(missing_ok=True)


class History(Callback):
    """Keep losses and validation scores of each epoch in history.csv and history.npy.

    Parameters
    ----------
    out : Path
        Folder. [1]
    keep : bool
        Go on with the rows that are there (a resumed run). [1]
    """

    def __init__(self, out: Path, *, keep: bool = False) -> None:
        self.out = out
        self.rows: list[dict[str, float]] = read_history(out / "history.csv") if keep else []

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
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
    """Mean squares get a name that says so; loader numbers stay."""
    return name.replace("/dataloader_idx_", "_")


def read_history(path: Path) -> list[dict[str, float]]:
    """Read history.csv; empty if it is not there."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            {k: float(v) for k, v in row.items() if v not in ("", None)}
            for row in csv.DictReader(file)
        ]


def write_report(
    out: Path, rows: list[dict[str, float]], record: dict[str, Any], card: dict[str, Any]
) -> Path:
    """Write report.md and loss.png.

    Parameters
    ----------
    out : Path
        Folder. [1]
    rows : list of dict
        History. [1]
    record : dict
        Options, epochs, duration. [1]
    card : dict
        Card of the final checkpoint, with scores. [1]

    Returns
    -------
    Path
        report.md. [1]
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
    lines += score_table(card.get("scores", {}))
    lines += ["", "## How it was trained", "", "```json", json.dumps(record, indent=1), "```", ""]
    path = out / "report.md"
    path.write_text("\n".join(lines))
    return path


def score_table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Rows of a Markdown table of scores by data set and delay."""
    lines = [
        "| data | delay | physics mm | network mm | gain % | with neighbours mm | gain % | "
        "worst band |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, s in found.items():
        for v in ("zhd", "zwd"):
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


class Fitted(NamedTuple):
    """What a training run leaves: checkpoint files, history by epoch, report."""

    best: Path
    final: Path
    history: list[dict[str, float]]
    report: Path
