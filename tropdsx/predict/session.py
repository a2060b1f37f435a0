"""One network for each process: loaded once, with its threads and precision."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import Checkpoint, load
from tropdsx.nn.fast.folding import folded
from tropdsx.nn.fast.fused import fused

__all__ = ["PRECISIONS", "Handle", "checkpoint_of", "loads", "resolve_device", "scoped"]


PRECISIONS = ("float32", "tf32", "bf16")


_loading = threading.Lock()


_scope = threading.Lock()


_active: list[tuple[str, bool]] = []  # precision and whether in a worker, of each running block


_before: dict[str, Any] = {}  # settings of the process before the first block


_loads: dict[str, int] = {}


@dataclass(frozen=True)
class Handle:
    """Which network, where and how: small, hashable, and safe to send.

    Attributes
    ----------
    path : str
        Checkpoint file.
    sha256 : str
        Fingerprint of its tensors; two handles with the same one share the loaded network.
    device : str
        "cpu", "cuda" or "cuda:N".
    precision : str
        "float32" (exact: IEEE convolutions), "tf32" or "bf16".
    batch_size : int or None
        Slices at once; None chooses 1 on a CPU, so that results do not depend on the chunks.
    """

    path: str
    sha256: str
    device: str = "cpu"
    precision: str = "float32"
    batch_size: int | None = None

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        """Name of this handle in a dask graph: the content, not the place, of the file."""
        return (self.sha256, self.device, self.precision, self.batch_size)

    @property
    def step(self) -> int:
        """Slices per forward pass."""
        return self.batch_size or (1 if self.device == "cpu" else 16)


def resolve_device(device: str) -> str:
    """Turn "auto" into the best device there is, and check the others.

    Parameters
    ----------
    device : str
        "auto", "cpu", "cuda" or "cuda:N".

    Returns
    -------
    str
        "cpu", "cuda" or "cuda:N".

    Raises
    ------
    CheckpointError
        If the device is unknown or not there.

    Examples
    --------
    >>> resolve_device("cpu")
    'cpu'
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = device.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        msg = f"device {device!r} is unknown; choose auto, cpu, cuda or cuda:N"
        raise CheckpointError(msg)
    found = torch.cuda.device_count()
    if kind == "cuda" and int(number or 0) >= found:
        msg = f"device {device!r} asked for, but {found} CUDA devices found; choose cpu or auto"
        raise CheckpointError(msg)
    return device


def checkpoint_of(handle: Handle) -> Checkpoint:
    """Load a checkpoint once per process, also when many threads ask at the same time."""
    with _loading:
        return _load(handle.path, handle.sha256, handle.device, handle.precision == "bf16")


@lru_cache(maxsize=4)
def _load(path: str, sha256: str, device: str, reduced: bool) -> Checkpoint:
    checkpoint = load(path, device=device)
    if checkpoint.card["sha256"] != sha256:
        msg = f"{path} changed while it was in use; start again"
        raise CheckpointError(msg)
    _loads[sha256] = _loads.get(sha256, 0) + 1
    module = folded(checkpoint.module).to(memory_format=torch.channels_last)
    fast = None if reduced else fused(module)
    if fast is not None:
        module = fast.release()
    return Checkpoint(module, checkpoint.card, checkpoint.tensors)


def loads(sha256: str) -> int:
    """How often this process has read the checkpoint from disk; 1 however many blocks ran."""
    return _loads.get(sha256, 0)


@contextlib.contextmanager
def scoped(precision: str) -> Iterator[None]:
    """One torch thread in worker threads, and convolutions in the precision asked for.

    Two torch threads in each of two workers spin against each other and cost three times the
    work. On a GPU float32 convolutions are TF32 unless told otherwise, which costs up to 14 mm.
    Both settings belong to the process: the first block in changes them, the last one out restores
    them, and while blocks of several precisions run, the exact one holds for all.
    """
    in_worker = threading.current_thread() is not threading.main_thread()
    with _scope:
        if not _active:
            _before.update(threads=torch.get_num_threads(), conv=_conv().fp32_precision)
        _active.append((precision, in_worker))
        _apply_settings()
    try:
        with torch.inference_mode():
            yield
    finally:
        with _scope:
            _active.remove((precision, in_worker))
            _apply_settings()


def _apply_settings() -> None:
    """Set threads and precision for the blocks that run now, or as before if none does."""
    worker = any(in_worker for _, in_worker in _active)
    threads = 1 if worker else _before["threads"]
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    wanted = {precision for precision, _ in _active}
    exact = "tf32" if wanted == {"tf32"} else "ieee"
    _conv().fp32_precision = exact if wanted else _before["conv"]


def _conv() -> Any:
    return torch.backends.cudnn.conv
