"""``tropdsx evaluate --leave-out``: a reconstruction at stations that it did not see."""

from __future__ import annotations

import json
import math
from typing import Any

import click

from tropdsx.cli.progress import PATIENCE, Progress, shown_warnings

__all__ = ["show_left_out"]

#: Options that have a meaning where stations are left out.
_PASSED = (
    "coarse_orography",
    "heights",
    "station_heights",
    "period",
    "device",
    "precision",
    "start",
    "step",
)
_TAKEN = ("leave_out", "data", "stations", "observations", "as_json", "quiet", *_PASSED)


def show_left_out(models: tuple[str, ...], given: dict[str, Any]) -> None:
    """Score a reconstruction at stations that are left out, and print the scores.

    Parameters
    ----------
    models : tuple of str
        Checkpoint of the background, or of a reconstruction: one, or none for the default.
    given : dict
        Options of the command.

    Raises
    ------
    click.UsageError
        If options do not go together.
    """
    from tropdsx.workflows.evaluate.tables import plain_text
    from tropdsx.workflows.reconstruct.files import leave_out_files
    from tropdsx.workflows.reconstruct.tables import left_out_table, plain_scores

    _check(given)
    folds = _parts(given["leave_out"])
    if len(models) > 1:
        msg = "--leave-out takes one CHECKPOINT: that of the background, or of a reconstruction"
        raise click.UsageError(msg)
    bar = Progress(given["quiet"], transient=True, after=PATIENCE)
    with shown_warnings(), bar as progress:
        found = leave_out_files(
            list(given["data"]),
            given["stations"],
            given["observations"],
            folds=folds,
            model=models[0] if models else "default",
            progress=progress.of,
            **{name: given[name] for name in _PASSED},
        )
    text = json.dumps(plain_scores(found), indent=1) if given["as_json"] else None
    click.echo(text or plain_text(left_out_table(found)))


def _parts(share: float) -> int:
    parts = 1 / share if 0 < share < 1 else share
    folds = round(parts) if math.isfinite(parts) else 0
    # 0.33 is a third, 0.3 is no whole part.
    if folds < 2 or abs(parts - folds) > 0.02 * folds:
        msg = "--leave-out takes a number of parts from 2 on, such as 10, or the share of one (0.1)"
        raise click.UsageError(msg)
    return folds


def _check(given: dict[str, Any]) -> None:
    """Refuse what has no meaning where stations are left out."""
    idle = [
        f"--{name.replace('_', '-')}"
        for name, value in given.items()
        if name not in _TAKEN and value
    ]
    if idle:
        msg = f"--leave-out scores a reconstruction at stations: take away {', '.join(idle)}"
        raise click.UsageError(msg)
    if not given["data"] or not given["stations"]:
        msg = "--leave-out needs --data FILE, --stations CSV and --observations CSV"
        raise click.UsageError(msg)
