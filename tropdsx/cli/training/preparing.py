"""What `tropdsx train` shows before it trains: how far the pairs are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tropdsx.cli.progress import Progress
from tropdsx.system.telling import listening

__all__ = ["shown_preparation"]


class _Bars:
    """One bar for each piece of work, gone when it is done: the bar of the training comes later."""

    def __init__(self) -> None:
        self.bar: Progress | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        if self.bar is None:
            self.bar = Progress(quiet=False, transient=True).__enter__()
        self.bar(what, done, total, "phases")
        if done >= total:
            self.close()

    def close(self) -> None:
        if self.bar is not None:
            self.bar.__exit__(None, None, None)
            self.bar = None


@contextlib.contextmanager
def shown_preparation(quiet: bool) -> Iterator[None]:
    """Show how far the preparation of pairs is, on a terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Examples
    --------
    >>> with shown_preparation(quiet=True):
    ...     pass
    """
    bars = _Bars()
    with contextlib.closing(bars), listening(None if quiet else bars):
        yield
