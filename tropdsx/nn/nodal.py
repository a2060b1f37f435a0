"""The nodal network: a trunk on the coarse grid and a pointwise decoder for any target.

The trunk gives each coarse node the coefficients of a small function of the place around it. A
target blends the functions of the four nodes of its cell. So the cost of the convolutions does not
grow with the target grid, one checkpoint serves any pair of grids and single stations, and the
correction at a coarse node is zero by construction.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import nn

from tropdsx.nn.layers import GLOBE, GlobeConv, ResidualBlock, pad_globe
from tropdsx.nn.trust import (
    ANY_WET,
    GAIN_BANDS,
    GAIN_DEGREES,
    SIN_LAT,
    WET_BANDS,
    by_season,
    by_spacing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Basis", "Coefficients", "Member", "NodalNet", "Targets"]

VARIABLES = ("zhd", "zwd")
PRESENCE = slice(16, 18)  # of the neighbouring epochs, in nodes.CHANNELS
POINTS_AT_ONCE = 4096  # targets gathered at once on a CPU


class Targets(NamedTuple):
    """Tensors of a `tropdsx.predict.points.PointTable`, in its order, on the device of the network."""

    index: torch.Tensor
    offset: torch.Tensor
    weight: torch.Tensor
    height_step: torch.Tensor
    wet_factor: torch.Tensor

    def rows(self, start: int, stop: int) -> Targets:
        """Return the targets start...stop, to decode large grids piece by piece."""
        return Targets(*(t[start:stop] for t in self))


class Coefficients(NamedTuple):
    """What the trunk gives per variable (zhd, zwd), each (N, 2, K, lat, lon).

    place: weights of the place functions [m]; slope: of the height functions [m per km]; spread:
    of the functions of log sigma [1]; scale: roughness of the input, (N, 2, lat, lon) [m].
    """

    place: torch.Tensor
    slope: torch.Tensor
    spread: torch.Tensor
    scale: torch.Tensor


class Basis(NamedTuple):
    """Place, height and sigma functions at P targets: the same for every epoch.

    mean: (P, 4, places + slopes); spread: (P, 4, spreads); distance: from being a node, (P,).
    """

    mean: torch.Tensor
    spread: torch.Tensor
    distance: torch.Tensor


class PlaceFunctions(nn.Module):
    """Functions of the offset from a node (y, x in cells, -1...1), learned by a small MLP.

    Parameters
    ----------
    count : int
        Number of functions. [1]
    zero_at_node : bool
        Subtract the value at the node, so that every function vanishes there. [1]
    width : int, default 48
        Hidden width. [1]
    """

    def __init__(self, count: int, zero_at_node: bool, width: int = 48) -> None:
        super().__init__()
        self.zero_at_node = zero_at_node
        self.layers = nn.Sequential(
            nn.Linear(5, width),
            nn.Tanh(),
            nn.Linear(width, width),
            nn.Tanh(),
            nn.Linear(width, count),
        )

    def forward(self, offset: torch.Tensor) -> torch.Tensor:
        """Evaluate at `offset` (..., 2); returns (..., count)."""
        y, x = offset.unbind(-1)
        value = self.layers(torch.stack([y, x, y * y, x * y, x * x], -1) * 2)
        if self.zero_at_node:
            value = value - self.layers(torch.zeros(5, dtype=offset.dtype, device=offset.device))
            # A matrix product of many rows rounds differently from one of a single row.
            value = torch.where((offset == 0).all(-1, keepdim=True), 0.0, value)
        return value


class Member(nn.Module):
    """One trunk with its functions of the place; `NodalNet` averages one or more of them.

    Parameters
    ----------
    in_channels, width, blocks, places, slopes, spreads : int
        As `NodalNet`. [1]
    """

    def __init__(
        self, in_channels: int, width: int, blocks: int, places: int, slopes: int, spreads: int
    ) -> None:
        super().__init__()
        self.counts = [places, slopes, spreads]
        self.stem = GlobeConv(in_channels, width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.head = nn.Conv2d(width, 2 * sum(self.counts), 1)
        self.place = PlaceFunctions(places, zero_at_node=True)
        self.slope = PlaceFunctions(slopes, zero_at_node=False)
        self.spread = PlaceFunctions(spreads, zero_at_node=False)
        # Small first corrections: training starts at the physics.
        nn.init.normal_(self.head.weight, std=0.02 / width**0.5)
        nn.init.zeros_(self.head.bias)

    def parts(
        self, channels: torch.Tensor, edges: Sequence[bool | str]
    ) -> tuple[torch.Tensor, ...]:
        """Weights of the place, height and sigma functions, each (N, 2, K, lat, lon)."""
        x = self.stem(channels, edges)
        for block in self.blocks:
            x = block(x, edges)
        x = self.head(nn.functional.silu(x)).unflatten(1, (2, -1))
        return x.split(self.counts, 2)


class NodalNet(Member):
    """Correct ZHD and ZWD between the nodes of a coarse grid.

    The constructor arguments are the configuration that a checkpoint stores.

    Parameters
    ----------
    in_channels : int, default 19
        Channels at the nodes, see `tropdsx.predict.channels.CHANNELS`. [1]
    width : int, default 64
        Channels of the trunk. [1]
    blocks : int, default 5
        Residual blocks of two 3x3 convolutions. [1]
    places, slopes, spreads : int
        Number of place, height and sigma functions per variable. [1]
    mirror : bool, default False
        Average with the result for the atmosphere mirrored about the equator, which must be the
        same: twice the cost, a little less error. Needs no other weights. [1]
    members : int, default 1
        Networks of this kind whose results are averaged: each adds its cost. [1]
    experts : bool, default False
        Every second member works for epochs without neighbours, the others for epochs with one or
        two of them: each epoch costs half of the members. [1]
    """

    def __init__(
        self,
        in_channels: int = 19,
        width: int = 64,
        blocks: int = 5,
        places: int = 24,
        slopes: int = 4,
        spreads: int = 6,
        mirror: bool = False,
        members: int = 1,
        experts: bool = False,
    ) -> None:
        if experts and members % 2:
            msg = f"experts come in pairs, members is {members}"
            raise ValueError(msg)
        form = (in_channels, width, blocks, places, slopes, spreads)
        super().__init__(*form)
        self.config = {
            "in_channels": in_channels,
            "width": width,
            "blocks": blocks,
            "places": places,
            "slopes": slopes,
            "spreads": spreads,
            "mirror": mirror,
            "members": members,
            "experts": experts,
        }
        self.others = nn.ModuleList(Member(*form) for _ in range(members - 1))
        # Validation finds how much of the correction to trust, by spacing and latitude band.
        self.register_buffer("gain_degrees", torch.tensor(GAIN_DEGREES))
        self.register_buffer("gain", torch.ones(2, len(GAIN_DEGREES), GAIN_BANDS))
        # How much of the height functions to trust, and the zonal means of ZWD at h = 0 up to which
        # that is known, by distance from the equator [m].
        self.register_buffer("slope_trust", torch.ones(2))
        self.register_buffer("wet_seen", torch.full((WET_BANDS,), ANY_WET))

    def _load_from_state_dict(self, state: dict, prefix: str, *rest: Any) -> None:
        # Weights from before these buffers: every season counts as seen.
        for name in ("slope_trust", "wet_seen"):
            state.setdefault(f"{prefix}{name}", getattr(self, name))
        super()._load_from_state_dict(state, prefix, *rest)

    @property
    def members(self) -> list[Member]:
        """All networks that are averaged; the first one is the module itself."""
        return [self, *self.others]

    def alone(self, number: int) -> NodalNet:
        """Return member `number` as a network of its own that shares its weights, to train it."""
        one = copy.copy(self)
        own = self.members[number]._modules | {"others": nn.ModuleList()}
        one.__dict__["_modules"] = own
        one.config = self.config | {"members": 1, "experts": False}
        return one

    def trunk(
        self, channels: torch.Tensor, scales: torch.Tensor, edges: Sequence[bool | str] = GLOBE
    ) -> Coefficients:
        """Turn node channels (N, C, lat, lon) and scales (N, 2, lat, lon) into coefficients."""
        parts = self._parts(channels, edges)
        if self.config["mirror"]:
            wrap, north, south = edges
            turned = channels.flip(-2)
            turned[:, SIN_LAT] = -turned[:, SIN_LAT]
            others = self._parts(turned, (wrap, south, north))
            parts += [tuple(p.flip(-2) for p in each) for each in others]
        place, slope, spread = (torch.cat(kind, 2) for kind in zip(*parts, strict=True))
        scale = scales.unsqueeze(2) * self.trust(channels)
        slope = slope * scale * self.season(channels)
        return Coefficients(place * scale, slope, spread, scales)

    def _parts(
        self, channels: torch.Tensor, edges: Sequence[bool | str]
    ) -> list[tuple[torch.Tensor, ...]]:
        """Ask each member for its epochs; it gives zero for the others."""
        if not self.config["experts"]:
            return [member.parts(channels, edges) for member in self.members]
        informed = channels[:, PRESENCE].amax((1, 2, 3)) > 0
        found = []
        for number, member in enumerate(self.members):
            own = informed == bool(number % 2)
            rows, cols = channels.shape[-2:]
            blank = channels.new_zeros(len(channels), 2, sum(member.counts), rows, cols)
            parts = blank.split(member.counts, 2)
            if own.any():
                # Half of the members share what the functions divide by the number of all.
                for part, given in zip(parts, member.parts(channels[own], edges), strict=True):
                    part[own] = 2 * given.to(part.dtype)  # bfloat16 under autocast
            found.append(parts)
        return found

    def functions(self, kind: str, offset: torch.Tensor) -> torch.Tensor:
        """Evaluate "place", "slope" or "spread" of all members at offsets (..., 2).

        Those of the mirrored atmosphere follow behind; all are divided by their number.
        """
        every = [getattr(member, kind) for member in self.members]
        values = [function(offset) for function in every]
        if self.config["mirror"]:
            turned = offset * offset.new_tensor([-1.0, 1.0])
            values += [function(turned) for function in every]
        return values[0] if len(values) == 1 else torch.cat(values, -1) / len(values)

    def trust(self, channels: torch.Tensor) -> torch.Tensor:
        """Factor on the corrections at the nodes, (N, 2, 1, lat, 1): bilinear in the table."""
        return by_spacing(channels, self.gain, self.gain_degrees)[:, :, None, :, None]

    def season(self, channels: torch.Tensor) -> torch.Tensor:
        """Factor on the height functions, (N, 2, 1, lat, 1): what holds in seasons not seen."""
        return by_season(channels, self.slope_trust, self.wet_seen)[:, :, None, :, None]

    def trust_all(self) -> None:
        """Forget what validation said of the weights: they are going to change."""
        self.gain.fill_(1.0)
        self.slope_trust.fill_(1.0)
        self.wet_seen.fill_(ANY_WET)

    def basis(self, targets: Targets) -> Basis:
        """Evaluate the functions at P targets; keep the result where the targets stay the same."""
        place = targets.weight.unsqueeze(-1) * self.functions("place", targets.offset)
        slope = self.functions("slope", targets.offset) * (
            targets.weight * targets.height_step
        ).unsqueeze(-1)
        spread = targets.weight.unsqueeze(-1) * self.functions("spread", targets.offset)
        distance = node_distance(targets.weight, targets.height_step)
        return Basis(torch.cat([place, slope], -1), spread, distance)

    def decode(
        self,
        coefficients: Coefficients,
        targets: Targets,
        edges: Sequence[bool | str] = GLOBE,
        basis: Basis | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Evaluate correction and sigma at P targets.

        Returns
        -------
        tuple of torch.Tensor
            Correction and standard deviation, each (N, 2, P), variables in the order zhd, zwd. [m]
        """
        basis = self.basis(targets) if basis is None else basis
        mean = _gather_sum(torch.cat(coefficients[:2], 2), basis.mean, targets.index, edges)
        log_sigma = _gather_sum(coefficients.spread, basis.spread, targets.index, edges)
        scale = _gather_sum(
            coefficients.scale.unsqueeze(2), targets.weight.unsqueeze(-1), targets.index, edges
        )
        factor = torch.stack([torch.ones_like(targets.wet_factor), targets.wet_factor])
        sigma = log_sigma.clamp(-6, 6).exp() * scale * basis.distance
        return mean * factor, sigma * factor

    def forward(
        self,
        channels: torch.Tensor,
        scales: torch.Tensor,
        targets: Targets,
        edges: Sequence[bool | str] = GLOBE,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Trunk, then decoder: correction and sigma, each (N, 2, P) in the order zhd, zwd [m]."""
        return self.decode(self.trunk(channels, scales, edges), targets, edges)


def node_distance(weight: torch.Tensor, height_step: torch.Tensor) -> torch.Tensor:
    """How far a target is from being a node: 0 at a node, 1 at the middle of a cell or 1 km up."""
    level = (1 - weight.square().sum(-1)) * (4 / 3)
    step = (weight * height_step.abs()).sum(-1)
    return (level.clamp_min(0) + step.square() + 1e-8).sqrt()


def _gather_sum(
    field: torch.Tensor, basis: torch.Tensor, index: torch.Tensor, edges: Sequence[bool | str]
) -> torch.Tensor:
    """Sum over corners and functions of basis (P, 4, K) times field (N, 2, K, lat, lon)."""
    n, variables, k = field.shape[:3]
    nodes = pad_globe(field.flatten(1, 2), 1, edges).reshape(n * variables, k, -1)
    nodes = nodes.transpose(1, 2).contiguous()
    total = field.new_empty(n * variables, len(index))
    # A gathered piece stays in the cache of a CPU core: three times faster than all at once.
    size = POINTS_AT_ONCE if field.device.type == "cpu" else max(len(index), 1)
    for start in range(0, len(index), size):
        piece = slice(start, start + size)
        flat = basis[piece].flatten(1)
        for one in range(n * variables):
            corners = nn.functional.embedding(index[piece], nodes[one])
            total[one, piece] = torch.linalg.vecdot(corners.flatten(1), flat)
    return total.unflatten(0, (n, variables))
