"""One trunk of the nodal network with its functions of the place."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tropdsx.nn.layers import Blocks, GlobeConv, ResidualBlock
from tropdsx.nn.trust import is_informed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ["Member", "Members", "PlaceFunctions"]


class PlaceFunctions(nn.Module):
    """Functions of the offset from a node (y, x in cells, -1...1), learned by a small MLP.

    Parameters
    ----------
    count : int
        Number of functions.
    zero_at_node : bool
        Subtract the value at the node, so that every function vanishes there.
    width : int, default 48
        Hidden width.

    Examples
    --------
    >>> functions = PlaceFunctions(3, zero_at_node=True)
    >>> functions(torch.zeros(1, 2)).abs().max().item()
    0.0
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
        """Evaluate the functions.

        Parameters
        ----------
        offset : Tensor, shape (..., 2)
            Southward and eastward of the node [cells].

        Returns
        -------
        Tensor, shape (..., count)
            Values of the functions [1].
        """
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
        As `NodalNet`.

    Examples
    --------
    >>> member = Member(19, width=4, blocks=1, places=3, slopes=2, spreads=2)
    >>> parts = member.parts(torch.zeros(1, 19, 6, 12), (True, "half", "half"))
    >>> [tuple(part.shape) for part in parts]
    [(1, 2, 3, 6, 12), (1, 2, 2, 6, 12), (1, 2, 2, 6, 12)]
    """

    def __init__(
        self, in_channels: int, width: int, blocks: int, places: int, slopes: int, spreads: int
    ) -> None:
        super().__init__()
        self.counts = [places, slopes, spreads]
        self.stem = GlobeConv(in_channels, width)
        self.blocks = Blocks(ResidualBlock(width) for _ in range(blocks))
        self.head = nn.Conv2d(width, 2 * sum(self.counts), 1)
        self.place = PlaceFunctions(places, zero_at_node=True)
        self.slope = PlaceFunctions(slopes, zero_at_node=False)
        self.spread = PlaceFunctions(spreads, zero_at_node=False)
        # Small first corrections: training starts at the physics.
        nn.init.normal_(self.head.weight, std=0.02 / width**0.5)
        if self.head.bias is not None:
            nn.init.zeros_(self.head.bias)

    def parts(
        self, channels: torch.Tensor, edges: Sequence[bool | str]
    ) -> tuple[torch.Tensor, ...]:
        """Weights of the place, height and sigma functions.

        Parameters
        ----------
        channels : Tensor, shape (N, C, lat, lon)
            Node channels, see `tropdsx.predict.channels.CHANNELS`.
        edges : sequence
            How the coarse grid ends, see `pad_globe`.

        Returns
        -------
        tuple of Tensor
            Three of shape (N, 2, K, lat, lon), K the number of functions [1].
        """
        x = self.blocks(self.stem(channels, edges), edges)
        x = self.head(nn.functional.silu(x)).unflatten(1, (2, -1))
        return x.split(self.counts, 2)


class Members(Member):
    """Several trunks whose results are averaged; the first one is the module itself.

    Attributes
    ----------
    config : dict
        Constructor arguments of the network, of which "mirror" and "experts" count here.
    others : ModuleList
        All members but the first.

    Examples
    --------
    >>> from tropdsx.nn.nodal import NodalNet
    >>> net = NodalNet(width=4, blocks=2, members=4, experts=True)
    >>> len(net.members), len(net.pick_experts(informed=True).members), net.margin
    (4, 2, 5)
    """

    config: dict[str, Any]
    others: nn.ModuleList

    @property
    def members(self) -> list[Member]:
        """All networks that are averaged; the first one is the module itself."""
        return [self, *self.others]

    def pick_member(self, number: int) -> Self:
        """Make a network of one member that shares its weights, to train it by itself.

        Parameters
        ----------
        number : int
            Place in `members`.

        Returns
        -------
        Members
            Of the same class, without experts.
        """
        return self._pick([self.members[number]])

    def pick_experts(self, informed: bool) -> Self:
        """Make the network of those members that work for one kind of epoch.

        It has half of the functions, and gives the same numbers for epochs of that kind.

        Parameters
        ----------
        informed : bool
            Whether the epochs have neighbours, see `is_informed`.

        Returns
        -------
        Members
            Of the same class, without experts; the network itself where it has none.
        """
        return self._pick(self.members[int(informed) :: 2]) if self.config["experts"] else self

    def _pick(self, members: list[Member]) -> Self:
        one = copy.copy(self)
        others = nn.ModuleList(members[1:])
        one.__dict__["_modules"] = members[0]._modules | {"others": others}
        one.config = self.config | {"members": len(members), "experts": False}
        return one

    @property
    def passes(self) -> tuple[list[int], list[int]]:
        """Members, by number, that see the atmosphere as it is, and those that see it mirrored."""
        numbers, mirror = list(range(len(self.members))), self.config["mirror"]
        if mirror != "shared":
            return numbers, numbers if mirror else []
        step = 2 if self.config["experts"] else 1  # those of one kind of epoch share it
        turned = [number for number in numbers if number // step % 2]
        return [number for number in numbers if number not in turned], turned

    @property
    def margin(self) -> int:
        """How many nodes away an input changes the coefficients of a node."""
        return 1 + 2 * len(self.blocks)

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
        members, (straight, turned) = self.members, self.passes
        values = [getattr(members[number], kind)(offset) for number in straight]
        mirrored = offset * offset.new_tensor([-1.0, 1.0]) if turned else offset
        values += [getattr(members[number], kind)(mirrored) for number in turned]
        return values[0] if len(values) == 1 else torch.cat(values, -1) / len(values)

    def _parts(
        self, channels: torch.Tensor, edges: Sequence[bool | str], numbers: list[int]
    ) -> list[tuple[torch.Tensor, ...]]:
        """Ask some members for their epochs, and give zero for those of the other members."""
        if not self.config["experts"]:
            return [self.members[number].parts(channels, edges) for number in numbers]
        informed = is_informed(channels)
        every = []
        for number in numbers:
            member = self.members[number]
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
