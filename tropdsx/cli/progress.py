"""What commands show while they run: one progress bar, and warnings as one line each."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from tropdsx.errors import once_a_run

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["PATIENCE", "Progress", "as_options", "shown_warnings"]

PATIENCE = 5.0
"""What is done sooner shows no bar, of commands that are mostly quick [s]."""
_QUOTED = re.compile(r"(?<![\w=])(?:'(?:[^']|(?<=\w)'(?=\w))+'|\"[^\"]+\")")
"""Words in quotes that are no value of an argument; apostrophes among them end nothing."""
_FILE = re.compile(r"\w[\w.]*\.[a-z]\w*", re.IGNORECASE)
"""What stands as the value of an argument, but has the suffix of a file."""


class Progress:
    """A progress bar of epochs on a terminal, nothing in a pipe.

    Parameters
    ----------
    quiet : bool
        Show nothing on a terminal either.
    transient : bool
        Take the bar away when the work is done.
    after : float
        Show it to work that takes longer than this [s].
    """

    def __init__(self, quiet: bool, *, transient: bool = False, after: float = 0.0) -> None:
        self.bar: Bar | None = None
        self.after = after
        if not quiet and sys.stderr.isatty():
            self.bar = _bar(transient)
            self.task = self.bar.add_task("", total=None, rate="", unit="epochs")

    def __enter__(self) -> Progress:
        self.start = time.monotonic()
        if self.bar is not None and not self.after:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, what: str, done: float, total: int, unit: str = "epochs") -> None:
        """Show that ``done`` of ``total`` epochs of a piece of work are finished, or of parts."""
        if self.bar is None:
            return
        if not self.bar.live.is_started and time.monotonic() - self.start >= self.after:
            self.bar.start()
        task = self.bar.tasks[self.task]
        if task.description != what:  # another piece of work has a rate of its own
            self.bar.reset(self.task)
        rate = f"{task.speed:.1f}/s" if task.speed else ""
        show: Any = {"description": what, "completed": done, "total": total}
        self.bar.update(self.task, **show, rate=rate, unit=unit)

    def of(self, what: str, unit: str = "epochs") -> Callable[[float, int], None] | None:
        """Make the callback ``progress(done, total)`` of one piece of work.

        Parameters
        ----------
        what : str
            Its name beside the bar.
        unit : str
            What is counted.

        Returns
        -------
        callable or None
            None where nothing is shown.
        """
        if self.bar is None:
            return None
        # What is done is named while the first part of it is still under way; how many parts it
        # has is not known then, and those of the work before do not count.
        self.bar.reset(self.task, description=what, unit=unit, rate="")
        self.bar.tasks[self.task].total = None
        return functools.partial(self, what, unit=unit)


def _bar(transient: bool) -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=transient,
    )


@contextlib.contextmanager
def shown_warnings() -> Iterator[None]:
    """Print the warnings meant for users on stderr, as one line each and once each.

    Examples
    --------
    >>> from tropdsx.errors import warn
    >>> with shown_warnings():
    ...     warn("3 values are missing")  # prints: tropdsx: warning: 3 values are missing
    """
    said: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        text = str(message)
        if category.__module__.startswith("tropdsx") and text not in said:
            said.add(text)
            context = click.get_current_context(silent=True)
            if context is not None:
                text = as_options(text, context.command, _texts_in(context.params.values()))
            click.echo(f"tropdsx: warning: {text}", err=True)

    with once_a_run(), warnings.catch_warnings():
        if not sys.warnoptions:  # python -W and PYTHONWARNINGS are the user's
            warnings.simplefilter("default")
        warnings.showwarning = show
        yield


def _texts_in(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, (str, os.PathLike)):
            yield os.fspath(value)
        elif isinstance(value, (list, tuple)):
            yield from _texts_in(value)


def as_options(text: str, command: click.Command, given: Iterable[str] = ()) -> str:
    """Spell arguments of Python as options of a command, in what is told to its user.

    Parameters
    ----------
    text : str
        Message of a function that the command calls.
    command : Command
        Arguments that are none of its options stay.
    given : iterable of str, optional
        What stands on the command line: files of such names stay as they are.

    Returns
    -------
    str
        The message.

    Examples
    --------
    >>> command = click.Command("convert", params=[click.Option(["--model"])])
    >>> as_options("check the result, or use model=None", command)
    'check the result, or use --model none'
    """
    kept = _names_like_options(given)
    for number, name in enumerate(kept):
        text = text.replace(name, f"\0{number}\0")
    for option in (each for each in command.params if isinstance(each, click.Option)):
        flag = max(option.opts, key=len)
        call = rf"(?<!\w\()\b{option.name}=(?P<value>'[^']*'|\"[^\"]*\"|\.\.\.|\w+(?:\.\w+)*)?"
        both = rf"(?P<flag>{flag}\b[^(),;]*)"
        # Where a message names both, the option is for this reader.
        text = re.sub(
            rf"{call} \({both}\)",
            lambda found: found[0] if _is_of_file(found) else found["flag"],
            text,
        )
        text = re.sub(rf"{both}\({call}\)", lambda found: found["flag"].rstrip(), text)
        text = re.sub(call, functools.partial(_as_option, option, flag), text)
    return re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], text)


def _names_like_options(given: Iterable[str]) -> list[str]:
    """List names of files that hold words of options, the longest first."""
    names: set[str] = set()
    for word in given:
        path = word.partition("=")[2] if word.startswith("-") else word
        names |= {path, Path(path).name}
    return sorted((n for n in names if "=" in n or " --" in n), key=len, reverse=True)


def _as_option(option: click.Option, flag: str, found: re.Match[str]) -> str:
    if _is_of_file(found):
        return found[0]
    value = found["value"] or ""
    if option.is_flag:
        return flag
    if value[:1] in ("'", '"') or value[:1].isdigit():
        return f"{flag} {value.strip(chr(39) + chr(34))}"
    # Any other word names an object of Python's.
    named = (option.metavar or "VALUE").partition("|")[0]
    return f"{flag} {'none' if value == 'None' else named}"


def _is_of_file(found: re.Match[str]) -> bool:
    """Tell a part of a path, or of a name in quotes, from an argument."""
    text, (start, end) = found.string, found.span()
    before = text[:start].rpartition(" ")[2]
    in_path = re.search(r"[/\\]|[\w.]-?$", before) or re.match(r"[/\\#*]|[-:]\w", text[end:])
    quoted = any(each.start() < start < each.end() for each in _QUOTED.finditer(text))
    return bool(in_path or quoted or _FILE.fullmatch(found["value"] or ""))
