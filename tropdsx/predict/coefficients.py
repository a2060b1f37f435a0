"""From coarse delays to what a nodal network says of the nodes that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.errors import CheckpointError
from tropdsx.grid.edges import find_edges
from tropdsx.nn.cells.window import Window
from tropdsx.nn.fast.tiled_trunk import keep_memory, prefers_tiles, with_tiles
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Coefficients
from tropdsx.nn.trust import is_informed
from tropdsx.predict.channels import NodeInput, node_input
from tropdsx.predict.session import Handle, load_network

__all__ = ["CoarseGrid", "find_coefficients", "nodal_module"]


@dataclass(frozen=True)
class CoarseGrid:
    """Nodes of a coarse grid in some epochs: what a network is given.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes, descending and ascending [deg].
    height : ndarray, shape (J, I)
        Ellipsoidal heights [m].
    names : tuple of str
        Which of zhd and zwd there are.
    delays : sequence of ndarray, shape (N, J, I)
        For each of the names; then the same 6 h before; and after, all NaN where there is none [m].

    Examples
    --------
    >>> lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    >>> zwd = np.full((1, 36, 72), 0.1, np.float32)
    >>> grid = CoarseGrid(lat, lon, np.zeros((36, 72)), ("zwd",), [zwd, zwd, np.nan * zwd])
    >>> grid.channels().channels.shape
    (1, 19, 36, 72)
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    height: NDArray[np.float64]
    names: tuple[str, ...]
    delays: Sequence[NDArray[np.float32]]

    def channels(self) -> NodeInput:
        """Prepare the channels of the network, see `node_input`."""
        count = len(self.names)
        now, before, after = (
            dict(zip(self.names, self.delays[k * count : (k + 1) * count], strict=True))
            for k in range(3)
        )
        return node_input(
            now.get("zhd"),
            now.get("zwd"),
            self.height,
            self.lat,
            self.lon,
            before=(before.get("zhd"), before.get("zwd")),
            after=(after.get("zhd"), after.get("zwd")),
        )


@lru_cache(maxsize=8)
def nodal_module(handle: Handle, informed: bool | None = None) -> NodalNet:
    """Load a nodal network, or the half of it that works for one kind of epoch.

    Parameters
    ----------
    handle : Handle
        The network.
    informed : bool, optional
        Whether the epochs have neighbours; default: the whole network.

    Returns
    -------
    NodalNet

    Raises
    ------
    CheckpointError
        If the checkpoint holds another kind of network.

    Examples
    --------
    >>> from tropdsx.assets.registry import find_path
    >>> from tropdsx.nn.checkpoint import load_card
    >>> path = find_path("default")
    >>> handle = Handle(str(path), load_card(path)["sha256"])
    >>> len(nodal_module(handle).members), len(nodal_module(handle, informed=True).members)
    (4, 2)
    """
    module = load_network(handle).module
    if not isinstance(module, NodalNet):
        msg = f"{handle.path} holds no nodal network; choose another model"
        raise CheckpointError(msg)
    if informed is None:
        return module
    module = module.pick_experts(informed)
    tiled = handle.device == "cpu" and handle.precision != "bf16" and prefers_tiles()
    return with_tiles(module) if tiled else module


def find_coefficients(
    handle: Handle, grid: CoarseGrid, window_of: Callable[[NodalNet], Window]
) -> Iterator[tuple[NDArray[np.intp], bool, Coefficients]]:
    """Find the coefficients of the nodes that matter.

    Parameters
    ----------
    handle : Handle
        The network.
    grid : CoarseGrid
        Nodes in N epochs.
    window_of : callable
        Gives the nodes that matter to a network.

    Yields
    ------
    epochs : ndarray of int
        Some of the epochs: those that the same members of the network work for.
    informed : bool
        Whether they have neighbours.
    coefficients : Coefficients
        Of the wanted nodes in these epochs.

    Examples
    --------
    >>> from tropdsx.assets.registry import find_path
    >>> from tropdsx.nn.checkpoint import load_card
    >>> from tropdsx.nn.cells.window import make_window
    >>> from tropdsx.predict.session import hold_settings
    >>> path = find_path("default")
    >>> handle = Handle(str(path), load_card(path)["sha256"])
    >>> lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    >>> zwd = np.full((1, 36, 72), 0.1, np.float32)
    >>> grid = CoarseGrid(lat, lon, np.zeros((36, 72)), ("zwd",), [zwd, zwd, np.nan * zwd])
    >>> edges = find_edges(lat, lon)
    >>> wanted = {"rows": (17, 19), "columns": (71, 2)}
    >>> def window_of(network):
    ...     return make_window((36, 72), edges, margin=network.margin, **wanted)
    >>> with hold_settings("float32"):
    ...     ((epochs, informed, coefficients),) = find_coefficients(handle, grid, window_of)
    >>> informed, tuple(coefficients.place.shape)
    (True, (1, 2, 48, 2, 2))
    """
    channels, scales = (torch.from_numpy(part) for part in grid.channels())
    edges = find_edges(grid.lat, grid.lon)
    kinds = is_informed(channels)
    device = torch.device(handle.device)
    reduced = handle.precision == "bf16"
    for informed in torch.unique(kinds).tolist():
        module = nodal_module(handle, informed)
        window = window_of(module)
        epochs = torch.nonzero(kinds == informed)[:, 0]
        parts = []
        with keep_memory(), torch.autocast(device.type, torch.bfloat16, enabled=reduced):
            for some in epochs.split(handle.step):
                fields = channels[some].to(device=device, memory_format=torch.channels_last)
                parts.append(module.trunk(fields, scales[some].to(device), edges, window))
        yield epochs.numpy(), bool(informed), _join(parts)


def _join(parts: list[Coefficients]) -> Coefficients:
    """Join epochs; a single one is not copied, so that its order in memory stays."""
    joined = parts[0] if len(parts) == 1 else map(torch.cat, zip(*parts, strict=True))
    return Coefficients(*(part.float() if part.is_floating_point() else part for part in joined))
