"""Decoding at points: coefficients of the nodes, places of the targets, sums over corners."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from tropdsx.nn.layers import pad_globe

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Basis",
    "Coefficients",
    "Targets",
    "blend_corners",
    "combine_distances",
    "flat_distance",
    "node_distance",
    "standard_deviation",
    "sum_around",
]

#: Targets gathered at once on a CPU.
POINTS_AT_ONCE = 4096
#: Largest size of the logarithm that sigma is the exponential of [1].
LOG_SIGMA_LIMIT = 6


class Coefficients(NamedTuple):
    """What the trunk gives at the nodes for each delay, in the order zhd, zwd.

    Attributes
    ----------
    place : Tensor, shape (N, 2, places, lat, lon)
        Weights of the place functions [m].
    slope : Tensor, shape (N, 2, slopes, lat, lon)
        Weights of the height functions [m km-1].
    spread : Tensor, shape (N, 2, spreads, lat, lon)
        Weights of the functions of log sigma [1].
    scale : Tensor, shape (N, 2, lat, lon)
        Roughness of the input [m].
    bounded : Tensor of bool, shape (N, 2, lat, lon)
        Where functions were bounded, see :mod:`tropdsx.nn.cells.bounds`.

    Examples
    --------
    >>> from tropdsx.nn.nodal import NodalNet
    >>> net = NodalNet(width=4, blocks=1, places=3, slopes=2, spreads=2)
    >>> coefficients = net.trunk(torch.zeros(1, 19, 6, 12), torch.ones(1, 2, 6, 12))
    >>> tuple(coefficients.place.shape)
    (1, 2, 3, 6, 12)
    """

    place: torch.Tensor
    slope: torch.Tensor
    spread: torch.Tensor
    scale: torch.Tensor
    bounded: torch.Tensor


class Targets(NamedTuple):
    """Tensors of a `tropdsx.predict.points.TargetTable`, on the device of the network.

    The four corners of a target's cell stand in the order NW, NE, SW, SE.

    Attributes
    ----------
    corners : Tensor of int64, shape (P, 4)
        Flat places of the corners in the coarse grid padded by one node on each side.
    offset : Tensor, shape (P, 4, 2)
        Of the target from each corner, southward and eastward [cells].
    weight, height_step : Tensor, shape (P, 4)
        Share of each corner's function [1], and height above each corner [km].
    wet_factor : Tensor, shape (P,)
        ZWD at the height of the target per ZWD at h = 0 [1].

    Examples
    --------
    >>> at_node = Targets(
    ...     torch.zeros(1, 4, dtype=torch.int64), torch.zeros(1, 4, 2),
    ...     torch.tensor([[1.0, 0.0, 0.0, 0.0]]), torch.zeros(1, 4), torch.tensor([0.9]),
    ... )
    >>> at_node.delay_factor.tolist()
    [[1.0], [0.8999999761581421]]
    """

    corners: torch.Tensor
    offset: torch.Tensor
    weight: torch.Tensor
    height_step: torch.Tensor
    wet_factor: torch.Tensor

    @property
    def delay_factor(self) -> torch.Tensor:
        """Delay at the height of the target per delay at h = 0, (2, P): 1 for zhd, then zwd [1]."""
        return torch.stack([torch.ones_like(self.wet_factor), self.wet_factor])

    def rows(self, start: int, stop: int) -> Targets:
        """Return the targets start...stop, to decode large grids piece by piece.

        Parameters
        ----------
        start, stop : int
            First target, and the one after the last.

        Returns
        -------
        Targets
            Views of these rows.
        """
        return Targets(*(t[start:stop] for t in self))


class Basis(NamedTuple):
    """Place, height and sigma functions at P targets: the same for every epoch.

    Attributes
    ----------
    mean : Tensor, shape (P, 4, places + slopes)
        Blended place functions [1] and height functions [km] of the four corners.
    spread : Tensor, shape (P, 4, spreads)
        Blended functions of log sigma [1].
    distance : Tensor, shape (P,)
        From being a node, see `node_distance` [1].

    Examples
    --------
    >>> from tropdsx.nn.nodal import NodalNet
    >>> zero = torch.zeros(1, 4)
    >>> one = Targets(zero.long(), torch.zeros(1, 4, 2), zero, zero, torch.ones(1))
    >>> NodalNet(width=2, blocks=1, places=3, slopes=2).basis(one).mean.shape
    torch.Size([1, 4, 5])
    """

    mean: torch.Tensor
    spread: torch.Tensor
    distance: torch.Tensor


def blend_corners(y: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Offsets from the four corners of a cell, and their shares, as those of `Targets`.

    Parameters
    ----------
    y, x : Tensor, shape (...)
        Places in the cell, 0...1 southward and eastward of its north-western corner.

    Returns
    -------
    offset : Tensor, shape (..., 4, 2)
        From the corners NW, NE, SW, SE [cells].
    weight : Tensor, shape (..., 4)
        Share of each corner: smooth, so that the blend has a continuous gradient [1].

    Examples
    --------
    >>> offset, weight = blend_corners(torch.tensor([0.5]), torch.tensor([0.0]))
    >>> weight.tolist(), offset[0, 3].tolist()
    ([[0.5, 0.0, 0.5, 0.0]], [-0.5, -1.0])
    """
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
    offset = torch.stack([torch.stack([y - a, x - b], -1) for a, b in corners], -2)
    sy, sx = (v * v * (3 - 2 * v) for v in (y, x))
    weight = torch.stack([(sy if a else 1 - sy) * (sx if b else 1 - sx) for a, b in corners], -1)
    return offset, weight


def node_distance(weight: torch.Tensor, height_step: torch.Tensor) -> torch.Tensor:
    """How far a target is from being a node: 0 at a node, 1 at the middle of a cell or 1 km up.

    Parameters
    ----------
    weight : Tensor, shape (..., 4)
        Shares of the corners [1].
    height_step : Tensor, shape (..., 4)
        Height above each corner [km].

    Returns
    -------
    Tensor, shape (...)
        The distance; 1e-4 at a node, where its root would have no gradient [1].

    Examples
    --------
    >>> middle = torch.tensor([0.25, 0.25, 0.25, 0.25])
    >>> round(float(node_distance(middle, torch.zeros(4))), 3)
    1.0
    """
    step = (weight * height_step.abs()).sum(-1)
    return combine_distances(flat_distance(weight), step)


def flat_distance(weight: torch.Tensor) -> torch.Tensor:
    """Square of the horizontal part of `node_distance`.

    Parameters
    ----------
    weight : Tensor, shape (..., 4)
        Shares of the corners [1].

    Returns
    -------
    Tensor, shape (...)
        From 0 at a node to 1 in the middle of a cell [1].

    Examples
    --------
    >>> round(float(flat_distance(torch.tensor([0.5, 0.5, 0.0, 0.0]))), 3)
    0.667
    """
    return ((1 - weight.square().sum(-1)) * (4 / 3)).clamp_min(0)


def combine_distances(flat: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Combine the two parts of `node_distance`.

    Parameters
    ----------
    flat : Tensor
        From `flat_distance`, any shape [1].
    step : Tensor
        Height above the corners, blended, broadcast [km].

    Returns
    -------
    Tensor
        Their distance [1].

    Examples
    --------
    >>> round(float(combine_distances(torch.tensor(0.0), torch.tensor(2.0))), 3)
    2.0
    """
    return (flat + step.square() + 1e-8).sqrt()


def standard_deviation(
    log_sigma: torch.Tensor, scale: torch.Tensor, distance: torch.Tensor, factor: torch.Tensor
) -> torch.Tensor:
    """Turn what the network says of a correction into its standard deviation.

    sigma = exp(log_sigma) scale distance factor, so that a node itself has next to none.

    Parameters
    ----------
    log_sigma : Tensor, shape (N, 2, ...)
        Sum of the functions of log sigma, kept within -6...6 [1].
    scale : Tensor
        Roughness of the input, broadcast [m].
    distance : Tensor
        See `node_distance`, broadcast [1].
    factor : Tensor
        Delay at the height of the target per delay at h = 0, broadcast [1].

    Returns
    -------
    Tensor, shape (N, 2, ...)
        Standard deviation, in the order zhd, zwd [m].

    Examples
    --------
    >>> half = torch.tensor(0.5)
    >>> round(float(standard_deviation(torch.tensor(0.0), torch.tensor(0.02), half, half)), 6)
    0.005
    """
    limited = log_sigma.clamp(-LOG_SIGMA_LIMIT, LOG_SIGMA_LIMIT)
    return limited.exp() * scale * distance * factor


def sum_around(
    field: torch.Tensor, basis: torch.Tensor, corners: torch.Tensor, edges: Sequence[bool | str]
) -> torch.Tensor:
    """Sum over corners and functions what a field of coefficients gives at targets.

    Parameters
    ----------
    field : Tensor, shape (N, 2, K, lat, lon)
        Coefficients of K functions at the nodes.
    basis : Tensor, shape (P, 4, K)
        Blended functions at the targets, one set for each corner.
    corners : Tensor of int64, shape (P, 4)
        See `Targets`.
    edges : sequence
        How the coarse grid ends, see `pad_globe`.

    Returns
    -------
    Tensor, shape (N, 2, P)
        In the unit of the field times that of the functions.

    Examples
    --------
    >>> field, basis = torch.ones(1, 2, 3, 4, 8), torch.full((5, 4, 3), 0.25)
    >>> sum_around(field, basis, torch.zeros(5, 4, dtype=torch.int64), (True, "half", "half")).shape
    torch.Size([1, 2, 5])
    """
    n, variables, k = field.shape[:3]
    nodes = pad_globe(field.flatten(1, 2), 1, edges).reshape(n * variables, k, -1)
    nodes = nodes.transpose(1, 2).contiguous()
    total = field.new_empty(n * variables, len(corners))
    # A gathered piece stays in the cache of a CPU core: three times faster than all at once.
    size = POINTS_AT_ONCE if field.device.type == "cpu" else max(len(corners), 1)
    for start in range(0, len(corners), size):
        piece = slice(start, start + size)
        flat = basis[piece].flatten(1)
        for one in range(n * variables):
            around = nn.functional.embedding(corners[piece], nodes[one])
            total[one, piece] = torch.linalg.vecdot(around.flatten(1), flat)
    return total.unflatten(0, (n, variables))
