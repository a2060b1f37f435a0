"""Read ahead, compute in several threads, write behind: blocks in order, in bounded memory.

One thread makes all file calls, because HDF5 is not thread-safe and two readers gain nothing.
Workers compute; blocks are written in order whatever order they are done in. An exception anywhere
stops everything and comes out in the calling thread, which only waits: Ctrl-C reaches it at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Advance",
    "Progress",
    "Reporter",
    "compute_here",
    "run_blocks",
    "scheduler_threads",
    "threads_alone",
    "usable_cores",
]

Labelled = TypeVar("Labelled", "xr.Dataset", "xr.DataArray")

Progress = Callable[[int, int], None]
"""Called with how many are done, and how many there are in all."""

Advance = Callable[[float, int], None]
"""A :data:`Progress` that is told of parts of one as well."""

Reporter = Callable[[str, str], Progress | None]
"""Gives the :data:`Progress` of a piece of work by its name and by what is counted."""

#: Blocks that wait on either side of the workers.
AHEAD = 2


def usable_cores() -> int:
    """Count the cores that this process may use: fewer than the machine has on a limited one.

    Returns
    -------
    int
        1 or more.

    Examples
    --------
    >>> 1 <= usable_cores() <= os.cpu_count()
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scheduler_threads() -> int:
    """Count the threads that the dask scheduler in force computes with.

    Returns
    -------
    int
        Those of all workers of an active ``dask.distributed`` client, else the usable cores.

    Examples
    --------
    >>> scheduler_threads() >= 1
    True
    """
    # An active client has imported the library; without one it need not load.
    if "distributed" in sys.modules:
        from distributed import get_client

        with contextlib.suppress(ValueError):
            return max(1, sum(get_client().nthreads().values()))
    return usable_cores()


def compute_here(lazy: Labelled) -> Labelled:
    """Compute in this thread, whatever scheduler is in force: for what reads files.

    Parameters
    ----------
    lazy : Dataset or DataArray
        With or without dask arrays.

    Returns
    -------
    Dataset or DataArray
        In memory.

    Examples
    --------
    >>> import xarray as xr
    >>> compute_here(xr.DataArray([1.0, 2.0]).chunk()).chunks is None
    True
    """
    from dask.local import get_sync  # not needed to import the package

    # The function itself: for a name dask loads distributed, to see whether a client runs.
    return lazy.compute(scheduler=get_sync)


@contextlib.contextmanager
def threads_alone() -> Iterator[None]:
    """Compute with dask's threads where no cluster can be active, without loading it to see that.

    A scheduler that is chosen, and a client that may be active, stay in force.

    Yields
    ------
    None
        The context.

    Examples
    --------
    >>> import xarray as xr
    >>> with threads_alone():
    ...     float(xr.DataArray([1.0, 2.0]).chunk().sum().compute())
    3.0
    """
    import dask.config
    import dask.threaded

    if "distributed" in sys.modules or dask.config.get("scheduler", None):
        yield
        return
    # The function itself: for a name, or for none, dask loads distributed; so does a rechunk.
    with dask.config.set({"scheduler": dask.threaded.get, "array.rechunk.method": "tasks"}):
        yield


def run_blocks(
    count: int,
    read: Callable[[int], Any],
    compute: Callable[[Any], Any],
    write: Callable[[int, Any], None],
    *,
    workers: int | None = None,
    written: Callable[[int], None] | None = None,
) -> None:
    """Send blocks 0 ... count - 1 through read, compute and write.

    Parameters
    ----------
    count : int
        Number of blocks.
    read : callable
        ``read(number)``, called in order in the one I/O thread.
    compute : callable
        ``compute(block)`` with what ``read`` returned, called in the worker threads.
    write : callable
        ``write(number, result)`` with what ``compute`` returned, called in order in the I/O
        thread.
    workers : int, optional
        Worker threads; default: the usable cores.
    written : callable, optional
        Called in the calling thread with the number of blocks written so far.

    Raises
    ------
    BaseException
        Whatever read, compute, write or an interrupt raised; all threads have ended by then.

    Examples
    --------
    >>> out = []
    >>> run_blocks(3, lambda i: i, lambda x: x * x, lambda i, y: out.append(y), workers=2)
    >>> out
    [0, 1, 4]
    """
    flow = _Flow(count, read, compute, write, workers or usable_cores())
    threads = [threading.Thread(target=flow.io, name="tropdsx-io", daemon=True)]
    threads += [
        threading.Thread(target=flow.work, name=f"tropdsx-worker-{k}", daemon=True)
        for k in range(flow.workers)
    ]
    for thread in threads:
        thread.start()
    try:
        flow.wait(written)
    finally:
        flow.stop()
        for thread in threads:
            thread.join()
    if flow.error is not None:
        raise flow.error


class _Flow:
    """What the threads share, under one lock."""

    def __init__(
        self,
        count: int,
        read: Callable[[int], Any],
        compute: Callable[[Any], Any],
        write: Callable[[int, Any], None],
        workers: int,
    ) -> None:
        self.count, self.workers = count, min(workers, max(count, 1))
        self.read, self.compute, self.write = read, compute, write
        self.changed = threading.Condition()
        self.todo: deque[tuple[int, Any]] = deque()
        self.done: dict[int, Any] = {}
        self.next_read = self.next_written = 0
        self.stopped = False
        self.error: BaseException | None = None

    @property
    def may_read(self) -> bool:
        """Whether one more block may be held; a slow block must not let the others pile up."""
        held = self.next_read - self.next_written
        return (
            self.next_read < self.count
            and len(self.todo) < AHEAD
            and held < self.workers + 2 * AHEAD
        )

    def io(self) -> None:
        """Read and write until all is written."""
        try:
            while self.next_written < self.count and (task := self._next_file_task()):
                task()
        except BaseException as error:  # it is raised again in the calling thread
            self._fail(error)

    def _next_file_task(self) -> Callable[[], None] | None:
        with self.changed:
            self.changed.wait_for(
                lambda: self.stopped or self.next_written in self.done or self.may_read
            )
            if self.stopped:
                return None
            ready = self.next_written in self.done
            # Idle workers come first; otherwise what is done leaves memory first.
            if self.may_read and (not self.todo or not ready):
                return self._read_one
            return self._write_one

    def _read_one(self) -> None:
        payload = self.read(self.next_read)
        with self.changed:
            self.todo.append((self.next_read, payload))
            self.next_read += 1
            self.changed.notify_all()

    def _write_one(self) -> None:
        with self.changed:
            result = self.done.pop(self.next_written)
        self.write(self.next_written, result)
        with self.changed:
            self.next_written += 1
            self.changed.notify_all()

    def work(self) -> None:
        """Compute blocks until there are no more."""
        try:
            while (task := self._next_block()) is not None:
                number, payload = task
                task = None  # the input must not outlive its use
                result = self.compute(payload)
                del payload
                with self.changed:
                    self.done[number] = result
                    del result
                    self.changed.notify_all()
        except BaseException as error:  # it is raised again in the calling thread
            self._fail(error)

    def _next_block(self) -> tuple[int, Any] | None:
        with self.changed:
            self.changed.wait_for(lambda: self.stopped or self.todo or self.next_read >= self.count)
            if self.stopped or not self.todo:
                return None
            task = self.todo.popleft()
            self.changed.notify_all()
            return task

    def wait(self, written: Callable[[int], None] | None) -> None:
        """Wait in the calling thread, telling of progress."""
        told = 0
        while True:
            with self.changed:
                # With a limit, so that signals are looked at on every platform.
                self.changed.wait_for(partial(self._has_news, told), timeout=0.5)
                now, over = self.next_written, self.stopped
            if now > told and written is not None:
                written(now)
            told = now
            if over or now >= self.count:
                return

    def _has_news(self, told: int) -> bool:
        return self.stopped or self.next_written > told

    def stop(self) -> None:
        """Let every thread end after what it is doing."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self.changed:
            self.error = self.error or error
            self.stopped = True
            self.changed.notify_all()
