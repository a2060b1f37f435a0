"""Ctrl-C and SIGTERM in `tropdsx train`: one line on what is kept, and the usual exit status."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from tropdsx.system.interrupts import sigterm_interrupts, status_of

__all__ = ["interruptible"]


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
