"""Evaluate a nodal network on a regular fine grid: rows of it at a time, nothing kept for a target.

The numbers are those of ``NodalNet.decode``, to 0.001 mm where they come from polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch.nn.functional import conv2d

from tropdsx.nn.cells.axes import GridPlaces
from tropdsx.nn.cells.chebyshev import chebyshev_places
from tropdsx.nn.cells.fields import FieldParts, PickedParts, PolynomialParts, find_tails
from tropdsx.nn.layers import join_padded, pad_globe
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import (
    Coefficients,
    blend_corners,
    combine_distances,
    standard_deviation,
)

__all__ = ["FineFields", "GridDecoder", "make_kernels", "picks_places"]

#: Places along a side of a cell that its polynomials go through: more where these are not enough.
SIZES = (12, 16, 24)
#: Largest error of a correction from polynomials, see `find_tails` [m].
LARGEST_TAIL = 1.5e-6
#: Height for which the tail of the slope counts [km].
TAIL_HEIGHT = 5.0
#: The same for the logarithm of sigma [1].
LARGEST_SPREAD_TAIL = 5e-5
#: Most values of all places in all cells; where there are more, polynomials are taken.
MOST_VALUES = 16_000_000
#: What a cell costs that goes by itself, and what the functions at a place cost, in values that
#: are blended at once.
CELL_COST, PLACE_COST = 7000, 200


def picks_places(grid: GridPlaces, cells: int) -> bool:
    """Choose between all places in all cells and polynomials.

    Parameters
    ----------
    grid : GridPlaces
        Rows and columns of the fine grid.
    cells : int
        Cells of the coarse grid that are evaluated.

    Returns
    -------
    bool
        Whether evaluating each different place is less work, and fits.

    Examples
    --------
    >>> from tropdsx.nn.cells.axes import AxisPlaces
    >>> few, many = (torch.arange(count) for count in (5, 1000))
    >>> grids = [GridPlaces(*[AxisPlaces(k // len(k), k / len(k))] * 2) for k in (few, many)]
    >>> [picks_places(grid, 1) for grid in grids]
    [True, False]
    """
    places = len(grid.rows.distinct[0]) * len(grid.columns.distinct[0])
    if places * cells > MOST_VALUES:
        return False
    touched = grid.rows.cells * grid.columns.cells
    polynomials = touched * CELL_COST + SIZES[0] ** 2 * (cells + PLACE_COST)
    return places * (cells + PLACE_COST) <= polynomials


@dataclass(frozen=True, eq=False)
class FineFields:
    """Corrections of some epochs on a fine grid, evaluated row by row.

    Attributes
    ----------
    parts : FieldParts
        Correction at h = 0 [m] and slope [m km-1], of which the factor of the delays is left out;
        with sigma, log sigma [1] and roughness [m] as well.
    grid : GridPlaces
        Rows and columns of the fine grid.
    height : Tensor of float64, shape (rows + 2, columns + 2)
        Of the nodes, padded [m].
    """

    parts: FieldParts
    grid: GridPlaces
    height: torch.Tensor

    def rows(
        self, start: int, stop: int, height: torch.Tensor, wet_factor: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Evaluate some rows.

        Parameters
        ----------
        start, stop : int
            First row, and the one after the last.
        height : Tensor of float64, shape (stop - start, lon)
            Heights of their targets [m].
        wet_factor : Tensor, shape (stop - start, lon)
            ZWD at the height of the target per ZWD at h = 0 [1].

        Returns
        -------
        correction : Tensor, shape (N, 2, stop - start, lon)
            In the order zhd, zwd [m].
        sigma : Tensor or None
            Its standard deviation, if it was asked for [m].
        """
        parts = self.parts.rows(start, stop)
        kilometres = (height / 1000).float()
        mean = torch.addcmul(parts[:, :, 0], parts[:, :, 1], kilometres)
        mean[:, 1] *= wet_factor
        self._keep_nodes(mean, start, stop, height)
        if parts.shape[2] == 2:
            return mean, None
        distance = self._distance(start, stop, kilometres)
        factor = torch.stack([torch.ones_like(wet_factor), wet_factor])
        return mean, standard_deviation(parts[:, :, 2], parts[:, :, 3], distance, factor)

    def _keep_nodes(self, mean: torch.Tensor, start: int, stop: int, height: torch.Tensor) -> None:
        """Correct nothing at a node and its height, not even the rest of two roundings."""
        at, row = self.grid.rows.on_node
        some = (at >= start) & (at < stop)
        at, row = (at[some] - start)[:, None], row[some][:, None]
        column_at, column = self.grid.columns.on_node
        if at.numel() and column_at.numel():
            same = height[at, column_at] == self.height[row, column]
            mean[..., at, column_at] = mean[..., at, column_at].masked_fill(same, 0.0)

    def _distance(self, start: int, stop: int, kilometres: torch.Tensor) -> torch.Tensor:
        """From being a node (rows, lon), as `node_distance` [1]."""
        rows, columns = self.grid
        south, east = rows.smooth[start:stop, None], columns.smooth
        nodes = (self.height / 1000).float()
        step = torch.zeros_like(kilometres)
        for a, share in enumerate((1 - south, south)):
            near = nodes.index_select(0, rows.cell[start:stop] + a)
            for b, other in enumerate((1 - east, east)):
                step += share * other * (kilometres - near[:, columns.cell + b]).abs_()
        square = (south**2 + (1 - south) ** 2) * (east**2 + (1 - east) ** 2)
        return combine_distances(((1 - square) * (4 / 3)).clamp_min_(0), step)


@dataclass(frozen=True, eq=False)
class GridDecoder:
    """Everything about a fine grid that no epoch changes, but for its heights.

    Attributes
    ----------
    module : NodalNet
        The network.
    grid : GridPlaces
        Rows and columns of the fine grid in the cells of the coarse one, of which only the part is
        counted whose nodes matter; cell 0 lies before its first node.
    edges : sequence
        How that part ends, see `pad_globe`.

    Examples
    --------
    >>> from tropdsx.nn.cells.axes import AxisPlaces
    >>> net = NodalNet(width=4, blocks=1).eval()
    >>> axis = AxisPlaces(torch.tensor([1]), torch.tensor([0.5], dtype=torch.float64))
    >>> decoder = GridDecoder(net, GridPlaces(axis, axis), (True, "half", "half"))
    >>> coefficients = net.trunk(torch.zeros(3, 19, 6, 12), torch.ones(3, 2, 6, 12))
    >>> fields = decoder(coefficients, torch.zeros(6, 12), sigma=True)
    >>> correction, sigma = fields.rows(0, 1, torch.zeros(1, 1), torch.ones(1, 1))
    >>> tuple(correction.shape)  # three epochs, zhd and zwd, one row of one target
    (3, 2, 1, 1)
    """

    module: NodalNet
    grid: GridPlaces
    edges: Sequence[bool | str]
    _kernels: dict[int, dict[str, torch.Tensor]] = field(default_factory=dict)

    def __call__(
        self, coefficients: Coefficients, height: torch.Tensor, *, sigma: bool
    ) -> FineFields | None:
        """Prepare the corrections of N epochs.

        Parameters
        ----------
        coefficients : Coefficients
            From ``NodalNet.trunk``, of the nodes that matter.
        height : Tensor of float64, shape (rows, columns)
            Of these nodes [m].
        sigma : bool
            Evaluate the standard deviation too.

        Returns
        -------
        FineFields or None
            None where the functions are too rough for polynomials: then targets have to be
            evaluated one by one, see :mod:`tropdsx.nn.decoder`.
        """
        padded = pad_globe(height, 1, self.edges)
        if picks_places(self.grid, padded.numel()):
            values = self._find_values(coefficients, height, 0, sigma)
            return FineFields(PickedParts.pick(values, self.grid), self.grid, padded)
        for size in SIZES:
            values = self._find_values(coefficients, height, size, sigma)
            if _is_smooth(values):
                return FineFields(PolynomialParts.fit(values, self.grid), self.grid, padded)
        return None

    def _find_values(
        self, coefficients: Coefficients, height: torch.Tensor, size: int, sigma: bool
    ) -> torch.Tensor:
        """Parts at places in all cells, (N, 2, parts, places, cells south, cells east)."""
        place, slope, spread, scale, _ = coefficients
        bent = slope * (height / 1000).to(slope.dtype)
        fields = {"low": (place, bent), "slope": (slope,)}
        if sigma:
            fields |= {"spread": (spread,), "scale": (scale.unsqueeze(2),)}
        kernels = self._kernels_of(size)
        parts = [
            # One delay after the other: the functions of a node stand together in memory.
            torch.stack(
                [
                    conv2d(join_padded([part[:, k] for part in each], self.edges), kernels[name])
                    for k in range(2)
                ],
                1,
            )
            for name, each in fields.items()
        ]
        return torch.stack(parts, 2)

    def _kernels_of(self, size: int) -> dict[str, torch.Tensor]:
        """Functions at the Chebyshev places, or (0) at those of the grid."""
        if size not in self._kernels:
            if size:
                south = east = chebyshev_places(size)
            else:
                south, east = (axis.distinct[0] for axis in self.grid)
            self._kernels[size] = make_kernels(self.module, south, east)
        return self._kernels[size]


def make_kernels(
    module: NodalNet, south: torch.Tensor, east: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Blend the functions of the four corners at Q places, as 2 x 2 convolutions of the nodes.

    Parameters
    ----------
    module : NodalNet
        The network.
    south, east : Tensor of float64
        Places in the cell along both axes: Q is the product of their numbers [cells].

    Returns
    -------
    dict of Tensor, shape (Q, K, 2, 2)
        For the correction at h = 0 ("low"), its "slope", the "spread" and the roughness ("scale").
    """
    y, x = (axis.flatten() for axis in torch.meshgrid(south, east, indexing="ij"))
    like = next(module.parameters())
    offset, weight = (part.to(like) for part in blend_corners(y, x))
    weight = weight.unsqueeze(-1)
    slope = weight * module.functions("slope", offset)
    functions = {
        # A target's height step is its height minus the node's: the second part is here.
        "low": torch.cat([weight * module.functions("place", offset), -slope], -1),
        "slope": slope,
        "spread": weight * module.functions("spread", offset),
        "scale": weight,
    }
    return {
        name: each.transpose(1, 2)
        .unflatten(-1, (2, 2))
        .contiguous(memory_format=torch.channels_last)
        for name, each in functions.items()
    }


def _is_smooth(values: torch.Tensor) -> bool:
    """Whether polynomials are as good as the functions themselves."""
    low, slope, *others = find_tails(values).tolist()
    return low + TAIL_HEIGHT * slope <= LARGEST_TAIL and all(
        tail <= LARGEST_SPREAD_TAIL for tail in others[:1]
    )
