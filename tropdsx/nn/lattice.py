"""Decode the nodal network on a regular lattice of targets with convolutions.

Where every cell of the coarse grid holds the same pattern of targets (5 degrees to 1 degree: 5 x 5
per cell), blending four node functions is a 2 x 2 convolution. Training decodes all targets this
way at a small part of the cost of gathering points; the numbers are those of `NodalNet.decode`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn.functional import conv2d

if TYPE_CHECKING:
    from tropdsx.nn.nodal import Coefficients, NodalNet

__all__ = ["Lattice", "decode_lattice", "lattice_offsets"]


class Lattice(NamedTuple):
    """Heights of the targets of one regular pattern.

    steps: targets per cell (south, east); target_height (..., Q, lat - 1, lon) and node_height
    (..., lat, lon) [km], both None where heights play no part; wet_factor (..., Q, lat - 1, lon)
    ZWD at the target height per ZWD at h = 0 [1].
    """

    steps: tuple[int, int]
    target_height: torch.Tensor | None
    node_height: torch.Tensor | None
    wet_factor: torch.Tensor


def lattice_offsets(steps: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Offsets (Q, 4, 2) and weights (Q, 4) of the targets of one cell, as `point_table` has them.

    Parameters
    ----------
    steps : tuple of int
        Targets per cell southward and eastward; Q is their product. [1]

    Returns
    -------
    tuple of torch.Tensor
        Offsets from the corners NW, NE, SW, SE [cells], and blending weights [1].
    """
    place = torch.arange(steps[0] * steps[1])
    y, x = (place // steps[1]) / steps[0], (place % steps[1]) / steps[1]
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
    offset = torch.stack([torch.stack([y - a, x - b], -1) for a, b in corners], 1)
    sy, sx = (v * v * (3 - 2 * v) for v in (y, x))
    weight = torch.stack([(sy if a else 1 - sy) * (sx if b else 1 - sx) for a, b in corners], 1)
    return offset, weight


def decode_lattice(
    net: NodalNet, coefficients: Coefficients, lattice: Lattice
) -> tuple[torch.Tensor, torch.Tensor]:
    """Evaluate correction and sigma at all targets between the first and the last row of nodes.

    Parameters
    ----------
    net : NodalNet
        Its place functions are evaluated at the Q offsets of the lattice. [1]
    coefficients : Coefficients
        From ``net.trunk`` on a grid with periodic longitude. [m]
    lattice : Lattice
        Pattern and heights. [km]

    Returns
    -------
    tuple of torch.Tensor
        Correction and standard deviation (N, 2, Q, lat - 1, lon), order zhd, zwd. [m]
    """
    offset, weight = (t.to(coefficients.scale.device) for t in lattice_offsets(lattice.steps))

    def blend(field: torch.Tensor, functions: torch.Tensor) -> torch.Tensor:
        kernel = (weight.unsqueeze(-1) * functions).permute(0, 2, 1).unflatten(-1, (2, 2))
        field = torch.cat([field, field[..., :1]], -1)
        return conv2d(field.flatten(0, 1), kernel).unflatten(0, field.shape[:2])

    one = torch.ones_like(weight).unsqueeze(-1)
    mean = blend(coefficients.place, net.place(offset))
    log_sigma = blend(coefficients.spread, net.spread(offset))
    scale = blend(coefficients.scale.unsqueeze(2), one)
    distance = ((1 - weight.square().sum(-1)) * (4 / 3)).clamp_min(0)[:, None, None]
    if lattice.target_height is not None and lattice.node_height is not None:
        top, node = lattice.target_height, lattice.node_height
        slope = net.slope(offset)
        mean = mean + top * blend(coefficients.slope, slope)
        mean = mean - blend(coefficients.slope * node, slope)
        step = [w * (top - _corner(node, c)).abs() for c, w in enumerate(weight.T[..., None, None])]
        distance = distance + torch.stack(step).sum(0).square()
    factor = torch.stack([torch.ones_like(lattice.wet_factor), lattice.wet_factor], -4)
    sigma = log_sigma.clamp(-6, 6).exp() * scale * (distance + 1e-8).sqrt()
    return mean * factor, sigma * factor


def _corner(node: torch.Tensor, corner: int) -> torch.Tensor:
    """Values of one corner (NW, NE, SW, SE) of every cell, (1, lat - 1, lon)."""
    row, col = divmod(corner, 2)
    return node.roll(-col, -1)[..., row : node.shape[-2] - 1 + row, :].unsqueeze(-3)
