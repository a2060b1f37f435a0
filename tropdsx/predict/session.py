"""One network for each process: loaded once, with its threads and precision."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import Checkpoint, load
from tropdsx.nn.fast.folding import fold_batch_norms
from tropdsx.nn.fast.fusing import FusedUNet, fuse

__all__ = [
    "PRECISIONS",
    "Handle",
    "Network",
    "count_loads",
    "hold_settings",
    "load_network",
    "prepare_network",
    "resolve_device",
]

PRECISIONS = ("float32", "tf32", "bf16")


@dataclass(frozen=True)
class Handle:
    """Names a network, its device and its precision: small, hashable, and safe to send to a worker.

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

    Examples
    --------
    >>> Handle("net.safetensors", "ab12").step, Handle("net.safetensors", "ab12", "cuda").step
    (1, 16)
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


@dataclass(frozen=True, eq=False)
class Network:
    """A checkpoint that is ready to run.

    Attributes
    ----------
    module : torch.nn.Module
        Batch norms folded, channels last, in eval mode.
    fast : FusedUNet or None
        The same function with fused layers, where this machine can.
    card : dict
        Card of the checkpoint.
    tensors : dict of Tensor
        The other tensors of the checkpoint by name, such as RMSE maps.
    """

    module: torch.nn.Module
    fast: FusedUNet | None
    card: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def prepare_network(checkpoint: Checkpoint, device: str, precision: str) -> Network:
    """Make a loaded checkpoint ready to run.

    Parameters
    ----------
    checkpoint : Checkpoint
        With its network in eval mode, which keeps its numbers.
    device : str
        "cpu", "cuda" or "cuda:N".
    precision : str
        Layers are not fused for "bf16".

    Returns
    -------
    Network

    Examples
    --------
    >>> from tropdsx.nn.unet import UNet
    >>> network = prepare_network(Checkpoint(UNet(width=2).eval(), {}, {}), "cpu", "bf16")
    >>> any(isinstance(each, torch.nn.BatchNorm2d) for each in network.module.modules())
    False
    """
    module = fold_batch_norms(checkpoint.module)
    # The stubs of torch leave memory_format out of Module.to, which takes it.
    module = module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    fast = fuse(module) if device == "cpu" and precision != "bf16" else None
    return Network(module, fast, checkpoint.card, checkpoint.tensors)


_loading = threading.Lock()
_loads: dict[str, int] = {}


def load_network(handle: Handle) -> Network:
    """Load a checkpoint once in each process, also when many threads ask at the same time.

    Parameters
    ----------
    handle : Handle
        The network.

    Returns
    -------
    Network
        Where its layers could be fused, the module has let go of its weights.

    Raises
    ------
    CheckpointError
        If the file is missing or damaged, or is no longer the one that the handle names.

    Examples
    --------
    >>> from tropdsx.assets.registry import find_path
    >>> from tropdsx.nn.checkpoint import load_card
    >>> path = find_path("default")
    >>> handle = Handle(str(path), load_card(path)["sha256"])
    >>> load_network(handle) is load_network(handle)
    True
    """
    with _loading:
        return _load(handle.path, handle.sha256, handle.device, handle.precision == "bf16")


@lru_cache(maxsize=4)
def _load(path: str, sha256: str, device: str, reduced: bool) -> Network:
    checkpoint = load(path, device=device)
    if checkpoint.card["sha256"] != sha256:
        msg = f"{path} changed while it was in use; start again"
        raise CheckpointError(msg)
    _loads[sha256] = _loads.get(sha256, 0) + 1
    network = prepare_network(checkpoint, device, "bf16" if reduced else "float32")
    if network.fast is not None:
        network.fast.release()
    return network


def count_loads(sha256: str) -> int:
    """Count how often this process has read a checkpoint from disk.

    Parameters
    ----------
    sha256 : str
        Fingerprint of its tensors.

    Returns
    -------
    int
        1 however many blocks ran.

    Examples
    --------
    >>> count_loads("never met")
    0
    """
    return _loads.get(sha256, 0)


@dataclass
class _Settings:
    """Threads and precision of the process, shared by the blocks that run at the same time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    #: Precision, and whether in a worker thread, of each block that runs.
    running: list[tuple[str, bool]] = field(default_factory=list)
    threads: int = 1  # before the first block
    convolutions: str = ""  # before the first block

    def add(self, precision: str, in_worker: bool) -> None:
        """Set the process up for one more block."""
        with self.lock:
            if not self.running:
                self.threads = torch.get_num_threads()
                self.convolutions = torch.backends.cudnn.CudnnModule.conv.fp32_precision
            self.running.append((precision, in_worker))
            self._apply(1 if self._workers else self.threads)

    def remove(self, precision: str, in_worker: bool) -> None:
        """Set the process up for the blocks that are left, or as before if none is.

        Each thread has its own number of torch threads: that of the caller is restored even while
        workers go on.
        """
        with self.lock:
            self.running.remove((precision, in_worker))
            self._apply(1 if in_worker and self._workers else self.threads)

    @property
    def _workers(self) -> bool:
        return any(in_worker for _, in_worker in self.running)

    def _apply(self, threads: int) -> None:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        wanted = {precision for precision, _ in self.running}
        exact = "tf32" if wanted == {"tf32"} else "ieee"
        convolutions = exact if wanted else self.convolutions
        torch.backends.cudnn.CudnnModule.conv.fp32_precision = convolutions


_settings = _Settings()


@contextlib.contextmanager
def hold_settings(precision: str) -> Iterator[None]:
    """Keep one torch thread in worker threads, and convolutions in the precision asked for.

    Two torch threads in each of two workers spin against each other and cost three times the
    work. On a GPU float32 convolutions are TF32 unless told otherwise, which costs up to 14 mm.
    Both settings belong to the process: the first block in changes them, the last one out restores
    them, and while blocks of several precisions run, the exact one holds for all.

    Parameters
    ----------
    precision : str
        "float32", "tf32" or "bf16".

    Examples
    --------
    >>> with hold_settings("float32"):
    ...     torch.is_inference_mode_enabled()
    True
    """
    in_worker = threading.current_thread() is not threading.main_thread()
    _settings.add(precision, in_worker)
    try:
        with torch.inference_mode():
            yield
    finally:
        _settings.remove(precision, in_worker)
