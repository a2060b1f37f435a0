"""Read what the command line of `tropdsx train` gives as text."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tropdsx.errors import InputError
from tropdsx.system.interrupts import sigterm_interrupts, status_of

__all__ = ["also_of", "check_of", "interruptible", "options_of"]


def options_of(given: dict[str, Any]) -> Any:
    """Make the training options of the values that the command line gave.

    Parameters
    ----------
    given : dict
        By name as click has them; changed. [1]

    Returns
    -------
    TrainOptions
        What is not given has its default. [1]

    Raises
    ------
    InputError
        If a value is not understood, or cannot be meant.
    """
    from tropdsx.workflows.train.options import TrainOptions

    thins = [_with_share("--thin", text) for text in given.pop("thin")]
    if thins:
        given["thin"], given["shares"] = zip(*thins, strict=True)
    textures = [_with_share("--texture", text) for text in given.pop("texture")]
    for step, _ in textures:
        if not step.isdecimal():
            msg = f"--texture {step!r} is not understood; give whole degrees, e.g. 5 or 5:0.4"
            raise InputError(msg)
    given["texture"] = tuple(int(step) for step, _ in textures)
    given["texture_shares"] = tuple(share for _, share in textures)
    given["flip"] = not given.pop("no_flip")
    return TrainOptions(**{name: value for name, value in given.items() if value is not None})


def _with_share(option: str, text: str) -> tuple[str, float]:
    """Read "5x5:0.4"; without a share it is 1."""
    what, colon, share = text.partition(":")
    try:
        number = float(share) if colon else 1.0
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        msg = f"{option} {text!r}: the share {share!r} is no number of 0 or more; give {what}:0.4"
        raise InputError(msg)
    return what, number


def check_of(text: str) -> Any:
    """Read "FILE,OROGRAPHY,5x5@2,2"; FILE may be a pattern, OROGRAPHY empty."""
    from tropdsx.workflows.train.nodal.lessons import Check

    try:
        file, orography, thin, column = text.split(",")
        thin, row = thin.split("@")
        return Check(file, orography or None, thin, (int(row), int(column)))
    except ValueError as error:
        msg = f"--check {text!r} is not understood; give FILE,OROGRAPHY,THIN@ROW,COLUMN"
        raise InputError(msg) from error


def also_of(text: str) -> Any:
    """Read "FILE,OROGRAPHY,5x5:0.05"; FILE may be a pattern, OROGRAPHY empty."""
    from tropdsx.workflows.train.nodal.lessons import Also

    try:
        file, orography, thin = text.split(",")
        thin, share = thin.split(":")
        number = float(share)
    except ValueError as error:
        msg = f"--also {text!r} is not understood; give FILE,OROGRAPHY,THIN:SHARE"
        raise InputError(msg) from error
    return Also(file, orography or None, thin, number)


@contextlib.contextmanager
def interruptible(out: Path, resume: bool) -> Iterator[None]:
    """Say in one line what an interrupted training leaves, and exit 130 (Ctrl-C) or 143 (SIGTERM).

    Parameters
    ----------
    out : Path
        Folder of the run. [1]
    resume : bool
        Whether last.ckpt of that folder is of this run whatever its time. [1]

    Raises
    ------
    SystemExit
        With status 130 or 143, when interrupted.
    """
    last = out / "last.ckpt"
    before = None if resume else _modified(last)
    try:
        with sigterm_interrupts():
            yield
    except KeyboardInterrupt as stop:
        if _modified(last) not in (None, before):
            kept = f"{last} holds the run up to its last validation: go on with --resume"
        else:
            kept = f"nothing of this run is kept in {out}: there was no validation yet"
        click.echo(f"tropdsx: training interrupted; {kept}", err=True)
        raise SystemExit(status_of(stop)) from None


def _modified(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None
