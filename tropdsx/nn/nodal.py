"""The nodal network: a trunk on the coarse grid and a pointwise decoder for any target.

The trunk gives each coarse node the coefficients of a small function of the place around it. A
target blends the functions of the four nodes of its cell. So the cost of the convolutions does not
grow with the target grid, one checkpoint serves any pair of grids and single stations, and the
correction at a coarse node is zero by construction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tropdsx.nn.cells.bounds import bound
from tropdsx.nn.layers import GLOBE
from tropdsx.nn.member import Member, Members
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
    SIN_LAT,
    WET_BANDS,
    trust_by_season,
    trust_by_spacing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tropdsx.nn.cells.window import Window

__all__ = ["NodalNet"]


class NodalNet(Members):
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
    mirror : bool or "shared", default False
        Average with the result for the atmosphere mirrored about the equator, which must be the
        same: twice the cost, a little less error. Needs no other weights. "shared": every second
        member sees it mirrored and the others as it is, at no cost.
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
        mirror: bool | str = False,
        members: int = 1,
        experts: bool = False,
    ) -> None:
        if experts and members % 2:
            msg = f"experts come in pairs, members is {members}"
            raise ValueError(msg)
        if mirror not in (False, True, "shared"):
            msg = f"mirror is {mirror!r}; accepted are False, True and 'shared'"
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

    def trunk(
        self,
        channels: torch.Tensor,
        scales: torch.Tensor,
        edges: Sequence[bool | str] = GLOBE,
        window: Window | None = None,
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
        window : Window, optional
            The nodes that matter; all, if it is left out.

        Returns
        -------
        Coefficients
            Of all members, those of the mirrored atmosphere behind the others; of the wanted nodes.
        """
        near, cut = channels, (lambda field: field)
        trust, season = self.trust(channels), self.season(channels)  # of whole circles of latitude
        if window is not None:
            near, edges, cut = window.cut_near(channels), window.near_edges, window.cut_inner
            near = near.contiguous(memory_format=torch.channels_last)
            trust, season, scales = (window.cut(field) for field in (trust, season, scales))
        straight, mirrored = self.passes
        parts = self._parts(near, edges, straight)
        if mirrored:
            wrap, north, south = edges
            turned = near.flip(-2)
            turned[:, SIN_LAT] = -turned[:, SIN_LAT]
            others = self._parts(turned, (wrap, south, north), mirrored)
            parts += [tuple(p.flip(-2) for p in each) for each in others]
        place, slope, spread = (
            _join([cut(part) for part in kind]) for kind in zip(*parts, strict=True)
        )
        slope = slope * season  # what the season takes away needs no bound
        bounded = torch.zeros_like(scales, dtype=torch.bool)
        if not torch.is_grad_enabled():  # what is learned is not bounded
            place, bounded = bound(place, lambda offset: self.functions("place", offset))
            slope, more = bound(slope, lambda offset: self.functions("slope", offset))
            bounded = bounded | more
        scale = scales.unsqueeze(2) * trust
        return Coefficients(place * scale, slope * scale, spread, scales, bounded)

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
        mean = self.correct(coefficients, targets, edges, basis)
        corners, factor = targets.corners, targets.delay_factor
        log_sigma = sum_around(coefficients.spread, basis.spread, corners, edges)
        roughness, share = coefficients.scale.unsqueeze(2), targets.weight.unsqueeze(-1)
        scale = sum_around(roughness, share, corners, edges)
        return mean, standard_deviation(log_sigma, scale, basis.distance, factor)

    def correct(
        self,
        coefficients: Coefficients,
        targets: Targets,
        edges: Sequence[bool | str],
        basis: Basis,
    ) -> torch.Tensor:
        """Evaluate the correction alone, (N, 2, P) [m]; parameters as for `decode`."""
        functions = torch.cat(coefficients[:2], 2)
        mean = sum_around(functions, basis.mean, targets.corners, edges)
        return mean * targets.delay_factor

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


def _join(parts: list[torch.Tensor]) -> torch.Tensor:
    """Join functions (N, 2, K, lat, lon), which stand node by node in memory and stay so."""
    if torch.is_grad_enabled():
        return torch.cat(parts, 2)
    by_node = torch.cat([part.permute(0, 3, 4, 1, 2) for part in parts], -1)
    return by_node.permute(0, 3, 4, 1, 2)
