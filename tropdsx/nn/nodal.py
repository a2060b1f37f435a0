"""The nodal network: a trunk on the coarse grid and a pointwise decoder for any target.

The trunk gives each coarse node the coefficients of a small function of the place around it. A
target blends the functions of the four nodes of its cell. So the cost of the convolutions does not
grow with the target grid, one checkpoint serves any pair of grids and single stations, and the
correction at a coarse node is zero by construction.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tropdsx.nn.layers import GLOBE
from tropdsx.nn.member import Member
from tropdsx.nn.points import (
    Basis,
    Coefficients,
    Targets,
    node_distance,
    standard_deviation,
    sum_around,
)
from tropdsx.nn.trust import (
    ANY_WET,
    GAIN_BANDS,
    GAIN_DEGREES,
    PRESENCE,
    SIN_LAT,
    WET_BANDS,
    trust_by_season,
    trust_by_spacing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NodalNet"]


class NodalNet(Member):
    """Correct ZHD and ZWD between the nodes of a coarse grid.

    The constructor arguments are the configuration that a checkpoint stores.

    Parameters
    ----------
    in_channels : int, default 19
        Channels at the nodes, see `tropdsx.predict.channels.CHANNELS`.
    width : int, default 64
        Channels of the trunk.
    blocks : int, default 5
        Residual blocks of two 3x3 convolutions.
    places, slopes, spreads : int
        Number of place, height and sigma functions per variable.
    mirror : bool, default False
        Average with the result for the atmosphere mirrored about the equator, which must be the
        same: twice the cost, a little less error. Needs no other weights.
    members : int, default 1
        Networks of this kind whose results are averaged: each adds its cost.
    experts : bool, default False
        Every second member works for epochs without neighbours, the others for epochs with one or
        two of them: each epoch costs half of the members.

    Examples
    --------
    >>> net = NodalNet(width=4, blocks=1, places=3, slopes=2, spreads=2)
    >>> corner = torch.zeros(1, 4)  # one target, at the north-western corner of the first cell
    >>> one = Targets(corner.long(), torch.zeros(1, 4, 2), corner, corner, torch.ones(1))
    >>> correction, sigma = net(torch.zeros(5, 19, 6, 12), torch.ones(5, 2, 6, 12), one)
    >>> tuple(correction.shape)  # five epochs, zhd and zwd, one target
    (5, 2, 1)
    """

    gain_degrees: torch.Tensor
    gain: torch.Tensor
    slope_trust: torch.Tensor
    wet_seen: torch.Tensor

    def __init__(
        self,
        in_channels: int = 19,
        width: int = 64,
        blocks: int = 5,
        places: int = 24,
        slopes: int = 4,
        spreads: int = 6,
        *,
        mirror: bool = False,
        members: int = 1,
        experts: bool = False,
    ) -> None:
        if experts and members % 2:
            msg = f"experts come in pairs, members is {members}"
            raise ValueError(msg)
        form = (in_channels, width, blocks, places, slopes, spreads)
        super().__init__(*form)
        self.config: dict[str, Any] = {
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

    def pick_member(self, number: int) -> NodalNet:
        """Make a network of one member that shares its weights, to train it by itself.

        Parameters
        ----------
        number : int
            Place in `members`.

        Returns
        -------
        NodalNet
            Without experts.
        """
        one = copy.copy(self)
        own = self.members[number]._modules | {"others": nn.ModuleList()}
        one.__dict__["_modules"] = own
        one.config = self.config | {"members": 1, "experts": False}
        return one

    def trunk(
        self, channels: torch.Tensor, scales: torch.Tensor, edges: Sequence[bool | str] = GLOBE
    ) -> Coefficients:
        """Turn what is known at the nodes into coefficients.

        Parameters
        ----------
        channels : Tensor, shape (N, C, lat, lon)
            Node channels, see `tropdsx.predict.channels.CHANNELS`.
        scales : Tensor, shape (N, 2, lat, lon)
            Roughness of zhd and zwd [m].
        edges : sequence
            How the coarse grid ends, see `pad_globe`.

        Returns
        -------
        Coefficients
            Of all members, those of the mirrored atmosphere behind the others.
        """
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
        """Ask each member for its epochs, and give zero for those of the other members."""
        if not self.config["experts"]:
            return [member.parts(channels, edges) for member in self.members]
        informed = channels[:, PRESENCE].amax((1, 2, 3)) > 0
        every = []
        for number, member in enumerate(self.members):
            own = informed == bool(number % 2)
            rows, cols = channels.shape[-2:]
            blank = channels.new_zeros(len(channels), 2, sum(member.counts), rows, cols)
            parts = blank.split(member.counts, 2)
            if own.any():
                # Half of the members share what the functions divide by the number of all.
                for part, given in zip(parts, member.parts(channels[own], edges), strict=True):
                    part[own] = 2 * given.to(part.dtype)  # bfloat16 under autocast
            every.append(parts)
        return every

    def functions(self, kind: str, offset: torch.Tensor) -> torch.Tensor:
        """Evaluate "place", "slope" or "spread" of all members at offsets (..., 2).

        Those of the mirrored atmosphere follow behind; all are divided by their number.

        Parameters
        ----------
        kind : {"place", "slope", "spread"}
            Which functions.
        offset : Tensor, shape (..., 2)
            Southward and eastward of the node [cells].

        Returns
        -------
        Tensor, shape (..., K)
            Values of the K functions of all members [1].
        """
        every = [getattr(member, kind) for member in self.members]
        values = [function(offset) for function in every]
        if self.config["mirror"]:
            turned = offset * offset.new_tensor([-1.0, 1.0])
            values += [function(turned) for function in every]
        return values[0] if len(values) == 1 else torch.cat(values, -1) / len(values)

    def trust(self, channels: torch.Tensor) -> torch.Tensor:
        """Factor on the corrections at the nodes (N, 2, 1, lat, 1), see `trust_by_spacing` [1]."""
        return trust_by_spacing(channels, self.gain, self.gain_degrees)[:, :, None, :, None]

    def season(self, channels: torch.Tensor) -> torch.Tensor:
        """Factor on the height functions (N, 2, 1, lat, 1), see `trust_by_season` [1]."""
        return trust_by_season(channels, self.slope_trust, self.wet_seen)[:, :, None, :, None]

    def trust_all(self) -> None:
        """Forget what validation said of the weights: they are going to change."""
        self.gain.fill_(1.0)
        self.slope_trust.fill_(1.0)
        self.wet_seen.fill_(ANY_WET)

    def basis(self, targets: Targets) -> Basis:
        """Evaluate the functions at targets; keep the result where the targets stay the same.

        Parameters
        ----------
        targets : Targets
            P targets.

        Returns
        -------
        Basis
            Blended functions of all members.
        """
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
        """Evaluate correction and sigma at targets.

        Parameters
        ----------
        coefficients : Coefficients
            From `trunk`.
        targets : Targets
            P targets.
        edges : sequence
            How the coarse grid ends, see `pad_globe`.
        basis : Basis, optional
            From `basis`, if it is known.

        Returns
        -------
        correction, sigma : Tensor, shape (N, 2, P)
            Correction and its standard deviation, in the order zhd, zwd [m].
        """
        basis = self.basis(targets) if basis is None else basis
        corners, factor = targets.corners, targets.delay_factor
        mean = sum_around(torch.cat(coefficients[:2], 2), basis.mean, corners, edges)
        log_sigma = sum_around(coefficients.spread, basis.spread, corners, edges)
        roughness, share = coefficients.scale.unsqueeze(2), targets.weight.unsqueeze(-1)
        scale = sum_around(roughness, share, corners, edges)
        return mean * factor, standard_deviation(log_sigma, scale, basis.distance, factor)

    def forward(
        self,
        channels: torch.Tensor,
        scales: torch.Tensor,
        targets: Targets,
        edges: Sequence[bool | str] = GLOBE,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Trunk, then decoder.

        Parameters
        ----------
        channels, scales : Tensor
            As for `trunk`.
        targets, edges
            As for `decode`.

        Returns
        -------
        correction, sigma : Tensor, shape (N, 2, P)
            As of `decode` [m].
        """
        return self.decode(self.trunk(channels, scales, edges), targets, edges)
