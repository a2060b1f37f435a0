"""Decode the nodal network on a regular lattice of targets with convolutions.

Where every cell of the coarse grid holds the same pattern of targets (5 degrees to 1 degree: 5 x 5
per cell), blending four node functions is a 2 x 2 convolution. Training decodes all targets this
way at a small part of the cost of gathering points; the numbers are those of `NodalNet.decode`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn.functional import conv2d

from tropdsx.nn.points import (
    Coefficients,
    blend_corners,
    combine_distances,
    flat_distance,
    standard_deviation,
)

if TYPE_CHECKING:
    from tropdsx.nn.nodal import NodalNet

__all__ = ["Lattice", "decode_lattice", "lattice_offsets"]


class Lattice(NamedTuple):
    """Heights of the targets of one regular pattern; N is the batch, or 1 if all share them.

    Attributes
    ----------
    steps : tuple of int
        Targets per cell southward and eastward; Q is their product.
    target_height : Tensor, shape (N, 1, Q, lat - 1, lon)
        Height of the targets [km].
    node_height : Tensor, shape (N, 1, 1, lat, lon)
        Height of the nodes [km].
    wet_factor : Tensor, shape (N, 1, Q, lat - 1, lon)
        ZWD at the target height per ZWD at h = 0 [1].
    wrap : bool
        Longitude is periodic; else there is one column of cells less.

    Examples
    --------
    >>> at_sea = torch.zeros(1, 1, 25, 5, 12)
    >>> lattice = Lattice((5, 5), at_sea, torch.zeros(1, 1, 1, 6, 12), torch.ones_like(at_sea))
    >>> lattice.target_height[0, 0].numel()  # targets of 5 rows of 12 cells
    1500
    """

    steps: tuple[int, int]
    target_height: torch.Tensor
    node_height: torch.Tensor
    wet_factor: torch.Tensor
    wrap: bool = True


def lattice_offsets(steps: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Offsets and weights of the targets of one cell, as those of `Targets`.

    Parameters
    ----------
    steps : tuple of int
        Targets per cell southward and eastward; Q is their product.

    Returns
    -------
    offset : Tensor, shape (Q, 4, 2)
        From the corners NW, NE, SW, SE [cells].
    weight : Tensor, shape (Q, 4)
        Share of each corner [1].

    Examples
    --------
    >>> offset, weight = lattice_offsets((2, 2))
    >>> weight[0].tolist(), weight[3].tolist()  # at the first corner, and in the middle
    ([1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25])
    """
    place = torch.arange(steps[0] * steps[1])
    y, x = (place // steps[1]) / steps[0], (place % steps[1]) / steps[1]
    return blend_corners(y, x)


def decode_lattice(
    net: NodalNet, coefficients: Coefficients, lattice: Lattice
) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluate correction and sigma at all targets between the first and the last row of nodes.

    Parameters
    ----------
    net : NodalNet
        Its place functions are evaluated at the Q offsets of the lattice.
    coefficients : Coefficients
        From ``net.trunk``.
    lattice : Lattice
        Pattern and heights.

    Returns
    -------
    correction, sigma : Tensor, shape (N, 2, Q, lat - 1, lon)
        Correction and its standard deviation, in the order zhd, zwd [m].

    Examples
    --------
    >>> from tropdsx.nn.nodal import NodalNet
    >>> net = NodalNet(width=4, blocks=1)
    >>> coefficients = net.trunk(torch.zeros(1, 19, 6, 12), torch.ones(1, 2, 6, 12))
    >>> at_sea = torch.zeros(1, 1, 25, 5, 12)
    >>> lattice = Lattice((5, 5), at_sea, torch.zeros(1, 1, 1, 6, 12), torch.ones_like(at_sea))
    >>> tuple(decode_lattice(net, coefficients, lattice)[0].shape)
    (1, 2, 25, 5, 12)
    """
    offset, weight = (t.to(coefficients.scale.device) for t in lattice_offsets(lattice.steps))

    def blend(field: torch.Tensor, functions: torch.Tensor) -> torch.Tensor:
        kernel = (weight.unsqueeze(-1) * functions).permute(0, 2, 1).unflatten(-1, (2, 2))
        if lattice.wrap:
            field = torch.cat([field, field[..., :1]], -1)
        return conv2d(field.flatten(0, 1), kernel).unflatten(0, field.shape[:2])

    one = torch.ones_like(weight).unsqueeze(-1)
    slope, top, node = net.functions("slope", offset), lattice.target_height, lattice.node_height
    mean = blend(coefficients.place, net.functions("place", offset))
    mean = mean + top * blend(coefficients.slope, slope)
    mean = mean - blend(coefficients.slope * node, slope)
    steps = [
        w * (top - _take_corner(node, corner, lattice.wrap)).abs()
        for corner, w in enumerate(weight.T[..., None, None])
    ]
    flat = flat_distance(weight)[:, None, None]
    distance = combine_distances(flat, torch.stack(steps).sum(0))
    log_sigma = blend(coefficients.spread, net.functions("spread", offset))
    scale = blend(coefficients.scale.unsqueeze(2), one)
    factor = torch.cat([torch.ones_like(lattice.wet_factor), lattice.wet_factor], 1)
    return mean * factor, standard_deviation(log_sigma, scale, distance, factor)


def _take_corner(node: torch.Tensor, corner: int, wrap: bool) -> torch.Tensor:
    """Values at one corner (NW, NE, SW, SE) of every cell, (N, 1, 1, lat - 1, lon)."""
    row, column = divmod(corner, 2)
    node = node[..., row : node.shape[-2] - 1 + row, :]
    return node.roll(-column, -1) if wrap else node[..., column : node.shape[-1] - 1 + column]
