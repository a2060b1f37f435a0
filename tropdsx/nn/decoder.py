"""Evaluate a nodal network at all targets of a grid, at a small part of the cost of one by one.

Targets of a regular grid lie in few different places within their cells (25 for 5 degrees to 1).
Blending the functions of four corners is therefore one 2 x 2 convolution for all places and cells,
and a target picks its value. The numbers are those of ``NodalNet.decode``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.nn.functional import conv2d

from tropdsx.nn.layers import pad_globe
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Basis, Coefficients, Targets, node_distance, standard_deviation

__all__ = ["Decoder", "Heights", "make_decoder"]

#: Places in a cell closer than this are one place [cells].
SAME_PLACE = 1e-5
#: Most values of all places in all cells; where there are more, targets are evaluated one by one.
MOST_VALUES = 16_000_000
#: Targets in a piece, where they are evaluated one by one.
PIECE = 16_384
#: Most place functions kept from epoch to epoch [bytes]: for more (110,000 targets of the default
#: network) they are evaluated again, for several epochs at a time.
MOST_KEPT = 500_000_000
#: Epochs at a time where the place functions are not kept: they cost as much as 16 epochs.
EPOCHS = 8


class Heights(NamedTuple):
    """Heights that the functions of height need.

    Attributes
    ----------
    node : Tensor, shape (lat, lon)
        Of the nodes [km].
    target : Tensor, shape (P,)
        Of the targets [km].

    Examples
    --------
    >>> Heights(torch.zeros(6, 12), torch.tensor([0.5])).target.shape
    torch.Size([1])
    """

    node: torch.Tensor
    target: torch.Tensor


@dataclass(frozen=True, eq=False)
class Decoder:
    """Everything about P targets that no epoch changes; made by `make_decoder`.

    Attributes
    ----------
    module : NodalNet
        The network.
    targets : Targets
        All targets.
    heights : Heights
        Of nodes and targets.
    edges : sequence
        How the coarse grid ends, see `pad_globe`.
    at : Tensor, shape (P,)
        Where a target finds the value of its place in its cell.
    kernels : dict of Tensor, shape (Q, K, 2, 2)
        Blended functions of the Q places at the four corners; empty where targets are evaluated
        one by one.
    distance : Tensor, shape (P,)
        From being a node, see `node_distance` [1].
    factor : Tensor, shape (2, P)
        Delay at the height of the target per delay at h = 0 [1].
    correction : Tensor, shape (2, P)
        The same, but 0 at the nodes themselves, which are not corrected [1].
    pieces : list
        Targets one by one, in pieces, with their place functions or None if these are too many.

    Examples
    --------
    >>> net = NodalNet(width=4, blocks=1).eval()
    >>> zero = torch.zeros(1, 4)
    >>> target = Targets(zero.long(), torch.zeros(1, 4, 2), zero, zero, torch.ones(1))
    >>> heights, edges = Heights(torch.zeros(6, 12), torch.zeros(1)), (True, "half", "half")
    >>> decoder = make_decoder(net, target, heights, edges)
    >>> coefficients = net.trunk(torch.zeros(3, 19, 6, 12), torch.ones(3, 2, 6, 12))
    >>> correction, sigma = decoder(coefficients, sigma=True)
    >>> tuple(correction.shape)  # three epochs, zhd and zwd, one target
    (3, 2, 1)
    """

    module: NodalNet
    targets: Targets
    heights: Heights
    edges: Sequence[bool | str]
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

    def __call__(
        self, coefficients: Coefficients, *, sigma: bool
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Evaluate the targets at N epochs.

        Parameters
        ----------
        coefficients : Coefficients
            From ``NodalNet.trunk``.
        sigma : bool
            Evaluate the standard deviation too.

        Returns
        -------
        correction : Tensor, shape (N, 2, P)
            In the order zhd, zwd [m].
        sigma : Tensor or None
            Its standard deviation; None if it was not asked for and costs extra [m].
        """
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
        return standard_deviation(log_sigma, scale, self.distance, self.factor)

    def _one_by_one(self, coefficients: Coefficients) -> tuple[torch.Tensor, torch.Tensor]:
        parts = [
            self.module.decode(coefficients, Targets(*(t[k] for t in self.targets)), self.edges, b)
            for k, b in self.pieces
        ]
        mean, sigma = (torch.cat(part, -1) for part in zip(*parts, strict=True))
        return mean, sigma


def make_decoder(
    module: NodalNet, targets: Targets, heights: Heights, edges: Sequence[bool | str]
) -> Decoder:
    """Prepare the targets of a network.

    Parameters
    ----------
    module, targets, heights, edges
        See `Decoder`.

    Returns
    -------
    Decoder
        Ready for any number of epochs; an example stands there.
    """
    distance = node_distance(targets.weight, targets.height_step)
    factor = targets.delay_factor
    # At a node and its height the correction is nothing, not the rest of two roundings.
    step = (targets.weight * targets.height_step).abs().sum(-1)
    node = (targets.weight.max(-1).values == 1) & (step == 0)
    correction = torch.where(node, 0.0, factor)
    place, first = _find_places(targets.offset[:, 0])
    rows, columns = (n + 1 for n in heights.node.shape[-2:])
    at, kernels, pieces = place, {}, []
    if len(first) * rows * columns > MOST_VALUES:
        pieces = _cut_targets(module, targets)
    else:
        corner = targets.corners[:, 0]
        row, column = corner // (columns + 1), corner % (columns + 1)
        at = place * (rows * columns) + row * columns + column
        kernels = _make_kernels(module, targets.offset[first], targets.weight[first].unsqueeze(-1))
    return Decoder(
        module, targets, heights, edges, at, kernels, distance, factor, correction, pieces
    )


def _cut_targets(module: NodalNet, targets: Targets) -> list[tuple[slice, Basis | None]]:
    parts = [slice(k, k + PIECE) for k in range(0, len(targets.corners), PIECE)]
    first = module.basis(targets.rows(0, 1))
    size = sum(part.nbytes for part in first)
    if size * len(targets.corners) > MOST_KEPT:
        return [(part, None) for part in parts]
    return [(part, module.basis(targets.rows(part.start, part.stop))) for part in parts]


def _make_kernels(
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


def _find_places(offset: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Find which of the different places in a cell each target has, and a target for each."""
    rounded = torch.round(offset.double() / SAME_PLACE).long()
    key = rounded[:, 0] * (4 * round(1 / SAME_PLACE)) + rounded[:, 1]
    _, which = torch.unique(key, return_inverse=True)
    count = int(which.max()) + 1 if len(which) else 0
    first = torch.full((count,), len(which), dtype=torch.long, device=which.device)
    order = torch.arange(len(which), device=which.device)
    return which, first.scatter_reduce(0, which, order, "amin")
