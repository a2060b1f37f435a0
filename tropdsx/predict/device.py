"""Batches through a network on its device, with overlapped copies on a GPU."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["forward_all", "halve_until_it_fits", "largest_batch", "run_parts"]

Result = TypeVar("Result")

#: Share of the free GPU memory that activations may take.
MEMORY_SHARE = 0.6


def forward_all(
    module: Callable[[torch.Tensor], torch.Tensor],
    fields: NDArray[np.float32],
    *,
    device: str,
    batch: int,
    precision: str = "float32",
) -> NDArray[np.float32]:
    """Send fields through a network, batch by batch.

    Parameters
    ----------
    module : callable
        Takes and gives tensors; keeps N, H and W.
    fields : ndarray of float32, shape (N, C, H, W)
        Input, in the units of the network.
    device : str
        "cpu", "cuda" or "cuda:N".
    batch : int
        Slices at once; halved on a GPU that runs out of memory.
    precision : str
        "bf16" computes in bfloat16 where torch finds it safe.

    Returns
    -------
    ndarray of float32, shape (N, C', H, W)
        Output, in the units of the network.

    Examples
    --------
    >>> fields = np.ones((3, 1, 2, 2), np.float32)
    >>> forward_all(lambda x: 2 * x, fields, device="cpu", batch=2).sum()
    np.float32(24.0)
    """
    kind = torch.device(device).type
    with torch.autocast(kind, torch.bfloat16, enabled=precision == "bf16"):
        if kind == "cpu":
            return np.concatenate(list(_on_cpu(module, fields, batch)))
        return halve_until_it_fits(lambda size: _on_gpu(module, fields, device, size), batch)


def _on_cpu(
    module: Callable[[torch.Tensor], torch.Tensor], fields: NDArray[np.float32], batch: int
) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(fields), batch):
        given = torch.from_numpy(np.ascontiguousarray(fields[start : start + batch]))
        given = given.contiguous(memory_format=torch.channels_last)
        yield module(given).float().contiguous().numpy()


def _on_gpu(
    module: Callable[[torch.Tensor], torch.Tensor],
    fields: NDArray[np.float32],
    device: str,
    batch: int,
) -> NDArray[np.float32]:
    """Copy the next batch in and the last one out while this one is computed."""
    pending: list[tuple[slice, torch.Tensor]] = []
    out: NDArray[np.float32] | None = None
    for start in range(0, len(fields), batch):
        part = slice(start, min(start + batch, len(fields)))
        given = torch.from_numpy(np.ascontiguousarray(fields[part])).pin_memory()
        given = given.to(device, non_blocking=True, memory_format=torch.channels_last)
        result = module(given).float().contiguous()
        host = torch.empty(result.shape, dtype=result.dtype, pin_memory=True)
        host.copy_(result, non_blocking=True)
        pending.append((part, host))
    torch.cuda.synchronize(device)
    for part, host in pending:
        if out is None:
            out = np.empty((len(fields), *host.shape[1:]), np.float32)
        out[part] = host.numpy()
    return np.empty((0, *fields.shape[1:]), np.float32) if out is None else out


def run_parts(work: Callable[[slice], None], count: int, step: int, device: str) -> None:
    """Work on parts of a block of epochs.

    Parameters
    ----------
    work : callable
        ``work(part)`` does a slice of the epochs.
    count, step : int
        Epochs in the block, and in a part.
    device : str
        On a CPU each part has one torch thread, also in the main thread as in the workers: sums
        depend on the threads.

    Examples
    --------
    >>> run_parts(print, 3, 2, "cuda")
    slice(0, 2, None)
    slice(2, 3, None)
    """
    parts = [slice(start, min(start + step, count)) for start in range(0, count, step)]
    if device == "cpu" and threading.current_thread() is threading.main_thread():
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(work, parts))
    else:
        for part in parts:
            work(part)


def halve_until_it_fits(run: Callable[[int], Result], batch: int) -> Result:
    """Run with smaller and smaller batches until the memory of the GPU suffices.

    Parameters
    ----------
    run : callable
        ``run(batch)`` does the whole work in batches of this size.
    batch : int
        First batch to try.

    Returns
    -------
    Any
        What ``run`` returned.

    Raises
    ------
    torch.OutOfMemoryError
        If a single slice does not fit.

    Examples
    --------
    >>> def run(batch):
    ...     if batch > 4:
    ...         raise torch.OutOfMemoryError
    ...     return batch
    >>> halve_until_it_fits(run, 16)
    4
    """
    while True:
        try:
            return run(batch)
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
            batch = max(1, batch // 2)
            torch.cuda.empty_cache()


def largest_batch(bytes_per_slice: float, free: float) -> int:
    """Find how many slices fit into the free memory of a GPU.

    Parameters
    ----------
    bytes_per_slice : float
        Largest activations alive at once for one slice [byte].
    free : float
        Free memory, of which activations may take `MEMORY_SHARE` [byte].

    Returns
    -------
    int
        A power of two from 1 to 64.

    Examples
    --------
    >>> largest_batch(1e9, 16e9), largest_batch(1e9, 1e9)
    (8, 1)
    """
    fits = max(1, int(MEMORY_SHARE * free / bytes_per_slice))
    return min(64, 1 << (fits.bit_length() - 1))
