"""Let SIGTERM end a command as Ctrl-C does: an interrupt, cleaning up, an exit status."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["Terminated", "sigterm_interrupts", "status_of"]


class Terminated(KeyboardInterrupt):
    """SIGTERM was received; what cleans up after Ctrl-C cleans up after this as well.

    Examples
    --------
    >>> try:
    ...     raise Terminated
    ... except KeyboardInterrupt:
    ...     print("cleaned up")
    cleaned up
    """


@contextlib.contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Raise :class:`Terminated` on SIGTERM while the block runs; in the main thread only.

    Examples
    --------
    >>> import os
    >>> with contextlib.suppress(Terminated), sigterm_interrupts():
    ...     os.kill(os.getpid(), signal.SIGTERM)
    """
    # Python lets the main thread alone set what a signal does.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        if previous is not None:  # set outside Python: it cannot be put back
            signal.signal(signal.SIGTERM, previous)


def _terminate(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise Terminated


def status_of(stop: BaseException) -> int:
    """Give the exit status that shells expect: 128 and the number of the signal.

    Parameters
    ----------
    stop : BaseException
        What ended the command: :class:`Terminated`, or any other interrupt for Ctrl-C.

    Returns
    -------
    int
        143 or 130.

    Examples
    --------
    >>> status_of(KeyboardInterrupt()), status_of(Terminated())
    (130, 143)
    """
    return 128 + (signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)
