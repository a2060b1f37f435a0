"""Errors and warnings of tropdsx.

Every error says what was found, what is accepted and what to do. Each class also derives from the
built-in exception that plain Python code would raise in its place. Every warning of the package
goes through :func:`warn`.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

__all__ = [
    "AssetError",
    "CheckpointError",
    "DomainError",
    "GridError",
    "InputError",
    "OutputError",
    "TropdsxError",
    "TropdsxWarning",
    "UnitsError",
    "did_you_mean",
    "how_to_install",
    "once_a_run",
    "warn",
]

_PACKAGE = str(Path(__file__).parent)
_lock = threading.Lock()
_topics: list[set[str]] = []
"""What was warned of in the run that lasts; none lasts where the list is empty."""


class TropdsxError(Exception):
    """Base class of all errors that tropdsx raises on purpose."""


class GridError(TropdsxError, ValueError):
    """A grid that cannot be used: axes missing, irregular, mismatched or outside the target."""


class UnitsError(TropdsxError, ValueError):
    """Units that are unknown, or values that fit no accepted unit."""


class DomainError(TropdsxError, ValueError):
    """A physical argument outside its valid range, such as an elevation of 0 degrees."""


class CheckpointError(TropdsxError, RuntimeError):
    """A checkpoint that is missing, damaged, foreign, or does not fit the grid."""


class AssetError(TropdsxError, FileNotFoundError):
    """A named asset (grid table, orography) that is not on this machine."""


class InputError(TropdsxError, OSError):
    """An input file that is missing, empty, truncated or of an unknown format."""


class OutputError(TropdsxError, OSError):
    """An output that cannot be written, or exists and may not be replaced."""


class TropdsxWarning(UserWarning):
    """Something was assumed, dropped or left out; the text says what."""


@contextlib.contextmanager
def once_a_run() -> Iterator[None]:
    """Let what is found in block after block be told once, while a run lasts.

    Blocks are computed in any thread, each with its own numbers: only the run knows that they are
    of one kind.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as caught, once_a_run():
    ...     warnings.simplefilter("always")
    ...     for epoch in ("2022-07-01", "2022-07-02"):
    ...         warn(f"3 values are missing at {epoch}", topic="missing")
    >>> [str(each.message) for each in caught]
    ['3 values are missing at 2022-07-01']
    """
    with _lock:
        outermost = not _topics
        if outermost:
            _topics.append(set())
    try:
        yield
    finally:
        if outermost:
            with _lock:
                _topics.clear()


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest to one that is not known.

    Parameters
    ----------
    name : str
        As it was given.
    known : iterable of str
        What is accepted.

    Returns
    -------
    str
        For the end of a message, with the blank before it; empty where none is near.

    Examples
    --------
    >>> did_you_mean("climatolgy", ["climatology", "kouba"])
    " (did you mean 'climatology'?)"
    >>> did_you_mean("berg", ["climatology", "kouba"])
    ''
    """
    import difflib  # where something is wrong already

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f" (did you mean {near[0]!r}?)" if near else ""


def how_to_install(extra: str) -> str:
    """Spell the command that adds an extra to this installation.

    Parameters
    ----------
    extra : str
        Such as "train".

    Returns
    -------
    str
        For the end of a message; of the folder that tropdsx was installed from, where there is one.

    Examples
    --------
    >>> how_to_install("train")
    "pip install '...[train]'"
    """
    import importlib.metadata  # where something is missing already
    import json
    from urllib.parse import unquote, urlsplit

    try:
        said = importlib.metadata.distribution("tropdsx").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        said = None
    url = json.loads(said)["url"] if said else ""
    folder = Path(unquote(urlsplit(url).path)) if url.startswith("file:") else Path(_PACKAGE).parent
    if not (folder / "pyproject.toml").is_file():
        return f"pip install 'tropdsx[{extra}]'"
    here = folder.resolve() == Path.cwd().resolve()
    return f"pip install '{'.' if here else folder}[{extra}]'"


def warn(text: str, *, topic: str | None = None) -> None:
    """Warn of something that was assumed, dropped or left out, at the caller's own line.

    The line that the warning names is the one that called into tropdsx, however many functions of
    the package, of xarray or of dask lie between; with Python's filters it is shown once for each
    such line.

    Parameters
    ----------
    text : str
        One sentence: what was found, and what was made of it.
    topic : str, optional
        What blocks of one run may all find: it is told once, of the first (see
        :func:`once_a_run`).

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn("3 values are missing")
    >>> caught[0].category.__name__
    'TropdsxWarning'
    """
    if topic is not None:
        with _lock:
            if _topics and topic in _topics[0]:
                return
            for topics in _topics:
                topics.add(topic)
    level, inside = 1, 1
    frame: FrameType | None = sys._getframe(0)
    while frame is not None:
        # The outermost frame of the package, not the first that leaves it: xarray and dask call
        # back into the package, and their lines tell a user nothing.
        if frame.f_code.co_filename.startswith(_PACKAGE):
            inside = level
        frame, level = frame.f_back, level + 1
    warnings.warn(text, TropdsxWarning, stacklevel=inside + 1)
