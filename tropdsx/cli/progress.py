"""Progress bars and warnings of commands on the terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click

__all__ = ["Bar", "Progress", "Warnings"]


def show_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    """Print the warnings meant for users, as one line each."""
    if category.__module__.startswith("tropdsx"):
        click.echo(f"tropdsx: warning: {message}", err=True)


def progress_bar(quiet: bool) -> Any:
    """Progress bar on a terminal, nothing in a pipe."""
    from contextlib import nullcontext

    if quiet or not sys.stderr.isatty():
        return nullcontext(None)
    return Bar()


class Bar:
    """A rich progress bar that serves as the callback ``progress(done, total)``."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("epochs"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=Console(stderr=True))
        self.task = self.bar.add_task("downscaling", total=None, rate="")

    def __enter__(self) -> Bar:
        self.bar.__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        self.bar.__exit__(*problem)

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` epochs are written."""
        speed = self.bar.tasks[self.task].speed
        rate = f"{speed:.1f}/s" if speed else ""
        self.bar.update(self.task, completed=done, total=total, rate=rate)


class Warnings:
    """Print the warnings meant for users, as one line each, once each."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def __call__(self, message: Warning | str, category: type[Warning], *_: object) -> None:
        """Stand in for ``warnings.showwarning``."""
        text = str(message)
        if category.__module__.startswith("tropdsx") and text not in self.said:
            self.said.add(text)
            click.echo(f"tropdsx: warning: {text}", err=True)


class Progress:
    """A rich progress bar on a terminal, nothing in a pipe; called with (what, done, total)."""

    def __init__(self, quiet: bool) -> None:
        self.bar: Any = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bars

            self.bar = Bars(console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task("", total=None)

    def __enter__(self) -> Progress:
        if self.bar is not None:
            self.bar.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.__exit__(kind, problem, trace)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` epochs of a method are scored."""
        if self.bar is not None:
            self.bar.update(self.task, description=what, completed=done, total=total)
