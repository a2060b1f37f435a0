"""Run a field network, such as TropDS's U-Net, on fields that are on their fine grid already."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.errors import CheckpointError, TropdsxWarning
from tropdsx.inference import Handle, checkpoint_of, scoped
from tropdsx.inference_device import fitting_batch, forward_all
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.nn.fused import FusedUNet, fused

__all__ = ["FieldNetwork", "FieldRefiner", "folded"]

#: Units of a card, per metre.
PER_METRE = {"m": 1.0, "cm": 100.0, "mm": 1000.0}

_fusing = threading.Lock()  # the workers want it at the same moment

NORMALISATION_EPSILON = 1e-8  # TropDS's

#: Full-size feature maps alive at once in a U-Net, per channel of its first level [1].
ACTIVATIONS = 10


def folded(module: torch.nn.Module) -> torch.nn.Module:
    """Fold each batch norm into the convolution before it, in float64.

    Parameters
    ----------
    module : torch.nn.Module
        A network in eval mode; left as it is.

    Returns
    -------
    torch.nn.Module
        A copy without batch norms, with weights of the same type.

    Examples
    --------
    >>> from tropdsx.nn.unet import UNet
    >>> net = folded(UNet(width=2).eval())
    >>> any(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules())
    False
    """
    module = deepcopy(module)
    for block in module.modules():
        if not isinstance(block, torch.nn.Sequential):
            continue
        for place in range(len(block) - 1):
            conv, norm = block[place], block[place + 1]
            if isinstance(conv, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
                _fold(conv, norm)
                block[place + 1] = torch.nn.Identity()
    return module


@torch.no_grad()
def _fold(conv: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d) -> None:
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        msg = "the network's batch norms hold no statistics; train it before use"
        raise CheckpointError(msg)
    scale = norm.weight.double() / torch.sqrt(variance.double() + norm.eps)
    bias = 0.0 if conv.bias is None else conv.bias.double()
    weight = conv.weight.double() * scale[:, None, None, None]
    shift = (bias - mean.double()) * scale + norm.bias.double()
    conv.weight = torch.nn.Parameter(weight.to(conv.weight.dtype), requires_grad=False)
    conv.bias = torch.nn.Parameter(shift.to(conv.weight.dtype), requires_grad=False)


@dataclass(frozen=True, eq=False)
class FieldNetwork:
    """A field network ready to run: what every route computes with.

    Attributes
    ----------
    module : torch.nn.Module
        Batch norms folded, channels last.
    low, high : float
        Normalisation range [units of the fields].
    frozen : ndarray of bool, shape (H, W), or None
        Cells whose input stays.
    handle : Handle
        Device, precision and batch size.
    """

    module: torch.nn.Module
    low: float
    high: float
    frozen: NDArray[np.bool_] | None
    handle: Handle

    @classmethod
    def of(cls, checkpoint: Checkpoint, handle: Handle) -> FieldNetwork:
        """Prepare a loaded checkpoint.

        Parameters
        ----------
        checkpoint : Checkpoint
            With a U-Net and a normalisation range in its card.
        handle : Handle
            Device, precision and batch size.

        Returns
        -------
        FieldNetwork
        """
        card = checkpoint.card
        normalisation = card.get("normalisation")
        if not normalisation or card["config"].get("in_channels", 1) != 1:
            msg = (
                f"checkpoint {card.get('model_id')!r} has no normalisation range, or needs more "
                "than one field; accepted are U-Nets of one field with low and high in the card"
            )
            raise CheckpointError(msg)
        module = folded(checkpoint.module).to(handle.device, memory_format=torch.channels_last)
        freeze = checkpoint.tensors.get("freeze")
        frozen = None if freeze is None else freeze.cpu().numpy().astype(bool)
        return cls(
            module, float(normalisation["low"]), float(normalisation["high"]), frozen, handle
        )

    def ready(self, shape: tuple[int, ...]) -> tuple[Callable[..., torch.Tensor], int]:
        """Return the fastest form of the network for fields (N, H, W), and slices at once.

        Fused layers on a CPU, if possible, and there one slice: two would save 3 %, but oneDNN sums
        small grids in another order for them. What fits on a GPU.
        """
        given, on_cpu = self.handle.batch_size, self.handle.device == "cpu"
        if not on_cpu:
            width = next(self.module.parameters()).shape[0]
            needed = ACTIVATIONS * width * shape[-2] * shape[-1] * 4
            return self.module, given or fitting_batch(needed, self.handle.device)
        batch = given or 1
        if self.handle.precision != "bf16":
            with _fusing:
                fast = _fused(self.module, (batch, *shape[-2:]))
            if fast is not None:
                return fast, batch
        return self.module, batch

    def __call__(self, fields: NDArray[Any]) -> NDArray[np.float32]:
        """Refine fields as TropDS does.

        Parameters
        ----------
        fields : ndarray, shape (N, H, W)
            In the units of the normalisation range, without missing values.

        Returns
        -------
        ndarray of float32, shape (N, H, W)
            Clipped to the range, normalised, through the network, and back; frozen cells keep
            their (clipped) input.
        """
        if self.handle.device != "cpu" or threading.current_thread() is not threading.main_thread():
            return self._refined(fields)
        # As in the workers one torch thread for each slice: faster than two for one, and oneDNN
        # sums in an order that depends on the threads.
        size = self.handle.batch_size or 1
        parts = [fields[start : start + size] for start in range(0, len(fields), size)]
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            refined = list(pool.map(self._refined, parts))
        return np.concatenate([np.empty((0, *fields.shape[1:]), np.float32), *refined])

    def _refined(self, fields: NDArray[Any]) -> NDArray[np.float32]:
        width = self.high - self.low
        normal = np.clip(fields.astype(np.float32), self.low, self.high)
        normal -= np.float32(self.low)
        normal /= np.float32(width + NORMALISATION_EPSILON)
        with scoped(self.handle.precision):
            network, batch = self.ready(fields.shape)
            out = forward_all(
                network, normal[:, None], device=self.handle.device,
                batch=batch, precision=self.handle.precision,
            )[:, 0]  # fmt: skip
        if self.frozen is not None:
            if self.frozen.shape != fields.shape[1:]:
                msg = (
                    f"the freeze mask is {self.frozen.shape}, the fields are {fields.shape[1:]}; "
                    "give the weight map of this grid"
                )
                raise CheckpointError(msg)
            np.copyto(out, normal, where=self.frozen)
        out *= np.float32(width)
        out += np.float32(self.low)
        return out


@dataclass(frozen=True)
class FieldRefiner:
    """Refine one delay of blocks of epochs [m]: what travels to a worker.

    Attributes
    ----------
    handle : Handle
        The network.
    """

    handle: Handle
    __name__ = "refine_fields"  # of the tasks in a dask graph

    def __call__(self, guess: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fields (N, lat, lon) [m] in and out; missing cells are bridged and stay missing."""
        network = _network(self.handle)
        factor = PER_METRE[checkpoint_of(self.handle).card.get("units", "m")]
        network = _on_grid(network, guess.shape[1:])
        missing = np.isnan(guess)
        fields = np.asarray(guess, np.float64) * factor
        if missing.any():
            known = np.where(missing.all((-2, -1), keepdims=True), 0.0, fields)
            mean = np.nanmean(known, axis=(-2, -1), keepdims=True)
            fields = np.where(missing, mean, fields)
        _warn_clipped(fields, network)
        out = network(fields)
        out /= np.float32(factor)
        out[missing] = np.nan
        return out


@lru_cache(maxsize=2)
def _fused(module: torch.nn.Module, shape: tuple[int, int, int]) -> FusedUNet | None:
    return fused(module, shape)


@lru_cache(maxsize=4)
def _network(handle: Handle) -> FieldNetwork:
    return FieldNetwork.of(checkpoint_of(handle), handle)


def _on_grid(network: FieldNetwork, shape: tuple[int, ...]) -> FieldNetwork:
    """Move the freeze mask to another global grid by the cell that holds each centre."""
    frozen = network.frozen
    if frozen is None or frozen.shape == shape:
        return network
    rows, columns = (
        ((np.arange(n) + 0.5) * size / n).astype(int)
        for n, size in zip(shape, frozen.shape, strict=True)
    )
    return replace(network, frozen=frozen[rows[:, None], columns[None, :]])


def _warn_clipped(fields: NDArray[np.float64], network: FieldNetwork) -> None:
    beyond = int(((fields < network.low) | (fields > network.high)).sum())
    if beyond:
        text = (
            f"{beyond} of {fields.size} values lie outside the range {network.low:g} to "
            f"{network.high:g} that the network was trained on, and are clipped to it"
        )
        warnings.warn(text, TropdsxWarning, stacklevel=3)
