"""Compute blocks on a dask cluster; reading and keeping the output stay with the client."""

from __future__ import annotations

import contextlib
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tropdsx.errors import TropdsxError, how_to_install

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Remote", "connect", "gpu_of"]


@contextlib.contextmanager
def connect(address: str | None) -> Iterator[Client | None]:
    """Connect to the cluster that computes, as long as a block of code runs.

    Parameters
    ----------
    address : str or None
        Address of a scheduler; None takes the client that is active in this process, if any.

    Yields
    ------
    Client or None
        None where this process computes itself.

    Raises
    ------
    TropdsxError
        If there is no such scheduler, or dask.distributed is not installed.

    Examples
    --------
    >>> with connect(None) as client:
    ...     client is None
    True
    """
    if address is None:
        yield _active()
        return
    try:
        from distributed import Client
    except ImportError as error:
        msg = f"a scheduler needs dask.distributed: {how_to_install('cluster')}"
        raise TropdsxError(msg) from error
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        msg = (
            f"no dask scheduler answers at {address} ({type(error).__name__}); start one with "
            "'dask scheduler' and give its address, such as tcp://host:8786"
        )
        raise TropdsxError(msg) from error
    with client:
        yield client


def _active() -> Client | None:
    # Whoever has a client has imported the library; without one it need not load.
    if "distributed" not in sys.modules:
        return None
    from distributed import get_client

    try:
        return get_client()
    except ValueError:
        return None


class Remote:
    """Compute blocks on the workers of a cluster: called from as many threads as it has slots.

    The network and the geometry travel once, as a task of their own: a worker that is lost takes
    nothing along that cannot be made again.

    Parameters
    ----------
    client : Client
        The cluster.
    function : callable
        ``function(*job, work)``.
    *job : Any
        What all blocks share.
    """

    def __init__(self, client: Client, function: Callable[..., Any], *job: Any) -> None:
        threads = client.nthreads()
        if not threads:
            client.wait_for_workers(1, timeout=60)
            threads = client.nthreads()
        # One more than threads on each worker, so that none waits for its next block.
        self.slots = sum(threads.values()) + len(threads)
        self._client = client
        self._job = client.submit(_keep, function, job, pure=False)

    def __call__(self, work: Any) -> Any:
        """Compute one block; a block on a worker that dies is computed again on another."""
        future = self._client.submit(_call, self._job, work, pure=False, retries=3)
        try:
            return future.result()
        finally:
            future.cancel()


def _keep(function: Callable[..., Any], job: tuple[Any, ...]) -> tuple[Callable[..., Any], Any]:
    return function, job


def _call(kept: tuple[Callable[..., Any], Any], work: Any) -> Any:
    function, (refine, *rest) = kept
    return function(_assign_gpu(refine), *rest, work)


def _assign_gpu(refine: Any) -> Any:
    """Give each worker of a machine with several GPUs one of its own."""
    if getattr(refine, "device", None) not in ("auto", "cuda"):
        return refine
    import torch
    from distributed import get_worker

    count = torch.cuda.device_count()
    return refine if count < 2 else refine.on(f"cuda:{gpu_of(get_worker().name, count)}")


def gpu_of(name: Any, count: int) -> int:
    """Choose a GPU by the name of a worker.

    Parameters
    ----------
    name : Any
        Name of the worker; numbers at its end are dealt out one after the other, other names by
        chance.
    count : int
        GPUs of the machine.

    Returns
    -------
    int
        Number of the GPU, from 0.

    Examples
    --------
    >>> gpu_of(5, 4), gpu_of("host-3", 4)
    (1, 3)
    """
    digits = "".join(ch for ch in str(name).rpartition("-")[2] if ch.isdigit())
    return (int(digits) if digits else zlib.crc32(str(name).encode())) % count
