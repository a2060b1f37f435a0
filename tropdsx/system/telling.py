"""Tell whoever listens how far a long loop is, without handing a callback through all calls."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["Listener", "listening", "told"]

Item = TypeVar("Item")

Listener = Callable[[str, int, int], None]
"""Called with what is done, how many are, and how many there are in all."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextlib.contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Listen to the loops of this thread that tell how far they are.

    Parameters
    ----------
    listener : callable or None
        Called before the first item of a loop, and after each.

    Examples
    --------
    >>> with listening(print):
    ...     sum(told([1, 2], "adding"))
    adding 0 2
    adding 1 2
    adding 2 2
    3
    """
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def told(items: Sequence[Item], what: str) -> Iterator[Item]:
    """Go through items, and tell whoever listens how many are done.

    Parameters
    ----------
    items : sequence
        What the loop is over.
    what : str
        What it does.

    Yields
    ------
    object
        Each item.

    Examples
    --------
    >>> list(told("ab", "spelling"))
    ['a', 'b']
    """
    listener = _listener.get()
    if listener is not None:
        listener(what, 0, len(items))
    for done, item in enumerate(items, 1):
        yield item
        if listener is not None:
            listener(what, done, len(items))
