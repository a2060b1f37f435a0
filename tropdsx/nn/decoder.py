"""Evaluate a nodal network at all targets of a grid, at a small part of the cost of one by one.

Targets of a regular grid lie in few different places within their cells (25 for 5 degrees to 1).
Blending the functions of four corners is therefore one 2 x 2 convolution for all places and cells,
and a target picks its value. The numbers are those of ``NodalNet.decode``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.nn.functional import conv2d

from tropdsx.nn.layers import pad_globe
from tropdsx.nn.nodal import Basis, Coefficients, NodalNet, Targets, node_distance

__all__ = ["Decoder", "Heights"]

#: Places in a cell closer than this are one place [cells].
SAME_PLACE = 1e-5
#: Values of all places in all cells [1]: beyond it, targets are evaluated one by one.
MOST_VALUES = 16_000_000
#: Targets evaluated one by one at once [1].
PIECE = 16_384
#: Place functions kept from epoch to epoch [bytes]: beyond it (110,000 targets of the default
#: network) they are evaluated again, for several epochs at a time.
MOST_KEPT = 500_000_000
#: Epochs at a time where the place functions are not kept: they cost as much as 16 epochs.
EPOCHS = 8


class Heights(NamedTuple):
    """Heights that the functions of height need [km]: nodes (1, 1, 1, lat, lon), targets (P,)."""

    node: torch.Tensor
    target: torch.Tensor


@dataclass(frozen=True, eq=False)
class Decoder:
    """Everything about P targets that no epoch changes.

    Attributes
    ----------
    module : NodalNet
        The network.
    targets : Targets
        All targets.
    heights : Heights
        Of nodes and targets.
    edges : sequence
        How the coarse grid ends.
    at : Tensor, shape (P,)
        Where a target finds the value of its place in its cell.
    kernels : dict of Tensor, shape (Q, K, 2, 2)
        Blended functions of the Q places at the four corners; empty where targets are evaluated
        one by one.
    distance : Tensor, shape (P,)
        From being a node.
    factor : Tensor, shape (2, P)
        Delay at the height of the target per delay at h = 0.
    correction : Tensor, shape (2, P)
        The same, but 0 at the nodes themselves, which are not corrected.
    pieces : list
        Targets one by one, in pieces, with their place functions or None if these are too many.
    """

    module: NodalNet
    targets: Targets
    heights: Heights
    edges: Sequence[Any]
    at: torch.Tensor
    kernels: dict[str, torch.Tensor]
    distance: torch.Tensor
    factor: torch.Tensor
    correction: torch.Tensor
    pieces: list[tuple[slice, Basis | None]]

    @property
    def epochs(self) -> int:
        """Epochs to ask for at once."""
        return EPOCHS if any(basis is None for _, basis in self.pieces) else 1

    @classmethod
    def of(
        cls, module: NodalNet, targets: Targets, heights: Heights, edges: Sequence[Any]
    ) -> Decoder:
        """Prepare the targets.

        Parameters
        ----------
        module : NodalNet
            The network.
        targets : Targets
            All targets.
        heights : Heights
            Of nodes and targets.
        edges : sequence
            How the coarse grid ends.

        Returns
        -------
        Decoder
        """
        distance = node_distance(targets.weight, targets.height_step)
        factor = torch.stack([torch.ones_like(targets.wet_factor), targets.wet_factor])
        # At a node and its height the correction is nothing, not the rest of two roundings.
        step = (targets.weight * targets.height_step).abs().sum(-1)
        node = (targets.weight.max(-1).values == 1) & (step == 0)
        correction = torch.where(node, 0.0, factor)
        which, first = _places(targets.offset[:, 0])
        rows, columns = (n + 1 for n in heights.node.shape[-2:])
        if len(first) * rows * columns > MOST_VALUES:
            pieces = _in_pieces(module, targets)
            return cls(
                module, targets, heights, edges, which, {}, distance, factor, correction, pieces
            )
        corner = targets.index[:, 0]
        at = which * (rows * columns) + (corner // (columns + 1)) * columns + corner % (columns + 1)
        kernels = _kernels(module, targets.offset[first], targets.weight[first].unsqueeze(-1))
        return cls(module, targets, heights, edges, at, kernels, distance, factor, correction, [])

    def __call__(
        self, coefficients: Coefficients, *, sigma: bool
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Correction and, if asked for, sigma, each (N, 2, P) in the order zhd, zwd [m]."""
        if self.pieces:
            return self._one_by_one(coefficients)
        low = torch.cat([coefficients.place, coefficients.slope * self.heights.node], 2)
        mean = self._values(coefficients.slope, "slope")
        mean *= self.heights.target
        mean += self._values(low, "low")
        mean *= self.correction
        return mean, self._sigma(coefficients) if sigma else None

    def _values(self, field: torch.Tensor, name: str) -> torch.Tensor:
        """Sum over functions and corners of a field (N, 2, K, lat, lon) at the targets."""
        cells = conv2d(pad_globe(field.flatten(0, 1), 1, self.edges), self.kernels[name])
        flat = cells.flatten(1).contiguous()
        # One field at a time: torch picks from a row several times as fast as from a table.
        values = torch.stack([row.index_select(0, self.at) for row in flat])
        return values.unflatten(0, field.shape[:2])

    def _sigma(self, coefficients: Coefficients) -> torch.Tensor:
        log_sigma = self._values(coefficients.spread, "spread")
        scale = self._values(coefficients.scale.unsqueeze(2), "scale")
        return log_sigma.clamp(-6, 6).exp() * scale * self.distance * self.factor

    def _one_by_one(self, coefficients: Coefficients) -> tuple[torch.Tensor, torch.Tensor]:
        parts = [
            self.module.decode(coefficients, Targets(*(t[k] for t in self.targets)), self.edges, b)
            for k, b in self.pieces
        ]
        mean, sigma = (torch.cat(part, -1) for part in zip(*parts, strict=True))
        return mean, sigma


def _in_pieces(module: NodalNet, targets: Targets) -> list[tuple[slice, Basis | None]]:
    parts = [slice(k, k + PIECE) for k in range(0, len(targets.index), PIECE)]
    first = module.basis(targets.rows(0, 1))
    size = sum(part.nbytes for part in first)
    if size * len(targets.index) > MOST_KEPT:
        return [(part, None) for part in parts]
    return [(part, module.basis(targets.rows(part.start, part.stop))) for part in parts]


def _kernels(
    module: NodalNet, offset: torch.Tensor, weight: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Functions of Q places (Q, 4, 2) blended over the corners, as 2 x 2 convolutions."""
    slope = weight * module.functions("slope", offset)
    functions = {
        # A target's height step is its height minus the node's: the second part is here.
        "low": torch.cat([weight * module.functions("place", offset), -slope], -1),
        "slope": slope,
        "spread": weight * module.functions("spread", offset),
        "scale": weight,
    }
    return {n: f.transpose(1, 2).unflatten(-1, (2, 2)).contiguous() for n, f in functions.items()}


def _places(offset: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Which of the different places in a cell each target has, and a target for each place."""
    rounded = torch.round(offset.double() / SAME_PLACE).long()
    key = rounded[:, 0] * (4 * round(1 / SAME_PLACE)) + rounded[:, 1]
    _, which = torch.unique(key, return_inverse=True)
    count = int(which.max()) + 1 if len(which) else 0
    first = torch.full((count,), len(which), dtype=torch.long, device=which.device)
    order = torch.arange(len(which), device=which.device)
    return which, first.scatter_reduce(0, which, order, "amin")
