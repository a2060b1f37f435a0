"""Run a field network, such as TropDS's U-Net, on fields that are on their fine grid already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import CheckpointError, warn
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.nn.fast.row_bands import in_bands
from tropdsx.predict.device import MEMORY_SHARE, forward_all, largest_batch
from tropdsx.predict.session import (
    Handle,
    Network,
    hold_settings,
    load_network,
    prepare_network,
)

__all__ = ["FieldNetwork", "FieldRefiner"]

_pairing = threading.Lock()
_preparing = threading.Lock()  # the workers want it at the same moment

NORMALISATION_EPSILON = 1e-8  # TropDS's

SMALLEST = 16  # rows and columns of a field: four poolings leave one

#: Full-size feature maps alive at once in a U-Net, per channel of its first level [1].
ACTIVATIONS = 10
#: Features of the first level from which on a field goes through in bands of rows on a CPU [byte].
LARGE = 160 * 2**20
#: Memory of the features of such a field [byte].
BAND_BYTES = 384 * 2**20


@dataclass(frozen=True, eq=False)
class FieldNetwork:
    """A field network ready to run: what every route computes with.

    Attributes
    ----------
    network : Network
        The U-Net.
    low, high : float
        Normalisation range [units of the fields].
    frozen : ndarray of bool, shape (H, W), or None
        Cells whose input stays.
    handle : Handle
        Device, precision and batch size.
    pairs : dict of bool
        For each (H, W) that was met, whether a pair of slices gives the bits of single ones.

    Examples
    --------
    >>> from tropdsx.nn.unet import UNet
    >>> net = UNet(width=2).eval()
    >>> card = {"config": net.config, "normalisation": {"low": 0.0, "high": 2.5}}
    >>> network = FieldNetwork.from_checkpoint(Checkpoint(net, card, {}), Handle("", ""))
    >>> network(np.full((1, 16, 16), 2.3, np.float32)).shape
    (1, 16, 16)
    """

    network: Network
    low: float
    high: float
    frozen: NDArray[np.bool_] | None
    handle: Handle
    pairs: dict[tuple[int, ...], bool] = field(default_factory=dict)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, handle: Handle) -> FieldNetwork:
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

        Raises
        ------
        CheckpointError
            If the card has no normalisation range, or the network needs several fields.
        """
        network = prepare_network(checkpoint, handle.device, handle.precision)
        return cls.from_network(network, handle)

    @classmethod
    def from_network(cls, network: Network, handle: Handle) -> FieldNetwork:
        """Take range and freeze mask from a network that is ready; see :meth:`from_checkpoint`."""
        card = network.card
        normalisation = card.get("normalisation")
        if not normalisation or card["config"].get("in_channels", 1) != 1:
            msg = (
                f"checkpoint {card.get('model_id')!r} has no normalisation range, or needs more "
                "than one field; accepted are U-Nets of one field with low and high in the card"
            )
            raise CheckpointError(msg)
        freeze = network.tensors.get("freeze")
        frozen = None if freeze is None else freeze.cpu().numpy().astype(bool)
        low, high = float(normalisation["low"]), float(normalisation["high"])
        return cls(network, low, high, frozen, handle)

    def _fastest(self, fields: NDArray[np.float32]) -> tuple[Callable[..., torch.Tensor], int]:
        """Choose the fastest form of the network for fields (N, H, W), and slices at once.

        What fits on a GPU. On a CPU fused layers, if possible, and pairs, which cost 3 % less than
        single slices, where they give the same bits. Large fields go through in bands of rows.
        """
        given, module, fast = self.handle.batch_size, self.network.module, self.network.fast
        rows, columns = fields.shape[-2:]
        width = int(self.network.card["config"].get("width", 32))
        finest = 4 * width * rows * columns
        if self.handle.device != "cpu":
            free, _ = torch.cuda.mem_get_info(self.handle.device)
            if finest * ACTIVATIONS > MEMORY_SHARE * free:
                return in_bands(module, (rows, columns), width, MEMORY_SHARE * free / 3), 1
            return module, given or largest_batch(finest * ACTIVATIONS, free)
        if finest > LARGE:
            return in_bands(fast or module, (rows, columns), width, BAND_BYTES), 1
        if fast is None:
            return module, given or 1
        return fast, given or (2 if self._pairs_change_no_bit(fast, fields) else 1)

    def _pairs_change_no_bit(
        self, fast: Callable[[torch.Tensor], torch.Tensor], fields: NDArray[np.float32]
    ) -> bool:
        """Try once for each size: a pair of small grids may be summed in another order."""
        if len(fields) < 2:
            return False
        with _pairing:
            if fields.shape[1:] not in self.pairs:
                # Noise, not the first fields met: all blocks of a run must come to the same answer.
                noise = np.random.default_rng(0).random((2, 1, *fields.shape[1:]), np.float32)
                last = {"memory_format": torch.channels_last}
                both = torch.from_numpy(noise).contiguous(**last)
                single = torch.cat([fast(each.contiguous(**last)) for each in both.split(1)])
                self.pairs[fields.shape[1:]] = torch.equal(fast(both), single)
            return self.pairs[fields.shape[1:]]

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
            return self._refine(fields)
        # As in the workers one torch thread for each slice: faster than two for one, and oneDNN
        # sums in an order that depends on the threads.
        size = self.handle.batch_size or 1
        parts = [fields[start : start + size] for start in range(0, len(fields), size)]
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            refined = list(pool.map(self._refine, parts))
        return np.concatenate([np.empty((0, *fields.shape[1:]), np.float32), *refined])

    def _refine(self, fields: NDArray[Any]) -> NDArray[np.float32]:
        if min(fields.shape[1:]) < SMALLEST:
            msg = (
                f"a U-Net halves the grid four times and needs {SMALLEST} x {SMALLEST} or more, "
                f"found {fields.shape[1]} x {fields.shape[2]}; choose 'default' or a finer target"
            )
            raise CheckpointError(msg)
        width = self.high - self.low
        normal = np.clip(fields.astype(np.float32), self.low, self.high)
        normal -= np.float32(self.low)
        normal /= np.float32(width + NORMALISATION_EPSILON)
        with hold_settings(self.handle.precision):
            network, batch = self._fastest(normal)
            out = forward_all(
                network,
                normal[:, None],
                device=self.handle.device,
                batch=batch,
                precision=self.handle.precision,
            )[:, 0]
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
    """Refine one delay of blocks of epochs: what travels to a worker.

    Attributes
    ----------
    handle : Handle
        The network.

    Examples
    --------
    >>> FieldRefiner(Handle("net.safetensors", "ab12")).handle.device
    'cpu'
    """

    handle: Handle
    __name__ = "refine_fields"  # of the tasks in a dask graph

    def __call__(self, guess: NDArray[np.float32]) -> NDArray[np.float32]:
        """Refine one block.

        Parameters
        ----------
        guess : ndarray of float32, shape (N, lat, lon)
            First guess; missing cells are bridged for the network [m].

        Returns
        -------
        ndarray of float32, shape (N, lat, lon)
            Refined delay; missing cells stay missing [m].
        """
        metres, _ = QUANTITIES["zwd"].units[load_network(self.handle).card.get("units", "m")]
        factor = 1.0 / metres
        network = _on_grid(_network(self.handle), guess.shape[1:])
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


def _network(handle: Handle) -> FieldNetwork:
    with _preparing:
        return _prepare(handle)


@lru_cache(maxsize=4)
def _prepare(handle: Handle) -> FieldNetwork:
    return FieldNetwork.from_network(load_network(handle), handle)


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
        warn(text, topic="clipped to the range of the network")
