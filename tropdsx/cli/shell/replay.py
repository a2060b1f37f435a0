"""Show what came out when recorded conversions were done again."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from tropdsx.cli.progress import Progress, shown_warnings
from tropdsx.errors import InputError

__all__ = ["show_replays"]


def show_replays(files: Sequence[str], folders: Sequence[str], *, as_json: bool = False) -> None:
    """Do conversions again, and print whether the bits agree.

    Parameters
    ----------
    files : sequence of str
        Results of ``tropdsx convert``.
    folders : sequence of str
        Where their inputs may be.
    as_json : bool
        Print JSON.

    Raises
    ------
    InputError
        If a value differs, after all was printed.
    """
    from tropdsx.workflows.convert.replay import replay

    found = {}
    for file in files:
        with shown_warnings(), Progress(quiet=False, transient=True) as progress:
            found[file] = again = replay(file, folders, progress=progress.of("replaying"))
        if not as_json:
            verdict = "the same bits" if again.agrees else "not the same"
            click.echo(f"{file}: {verdict}")
            rows = [("same", ", ".join(again.same))] if again.same else []
            rows += [("different", f"{name}: {text}") for name, text in again.different.items()]
            rows += [("changed since", note) for note in again.notes]
            for label, text in rows:
                click.echo(f"  {label}: {text}")
    if as_json:
        about = [
            {
                "file": file,
                "agrees": each.agrees,
                "same": each.same,
                "different": each.different,
                "notes": each.notes,
            }
            for file, each in found.items()
        ]
        click.echo(json.dumps(about[0] if len(about) == 1 else about, indent=2))
    other = [file for file, each in found.items() if not each.agrees]
    if other:
        msg = f"{', '.join(other)} holds other values than the same conversion gives now"
        raise InputError(msg)
