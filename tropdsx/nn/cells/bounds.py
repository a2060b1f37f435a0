"""Bound what a network may add to the physics: a few times the local roughness of its input.

On the data that the shipped networks were trained and tested on, at most a few nodes in 10,000 ask
for more. Where one in a hundred does, the input is unlike any of these, and that is told. Which
nodes they are goes with the coefficients, for whoever counts them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from tropdsx.errors import warn

__all__ = ["MOST", "bound", "look"]

#: Most that the functions of a node may reach, in units of the roughness there [1].
MOST = 4.0
#: Share of bounded nodes from which on they are told [1].
TOLD = 0.01
#: Offsets at which they are looked at, each way [1], and how far out; beyond, other nodes rule.
LOOKS, FAR = 7, 2 / 3


def bound(
    coefficients: torch.Tensor, functions: Callable[[torch.Tensor], torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scale down the coefficients of the nodes whose functions reach too far.

    Parameters
    ----------
    coefficients : Tensor, shape (N, 2, K, lat, lon)
        In units of the local roughness.
    functions : callable
        Gives the K functions at offsets (M, 2) from a node, (M, K) [1].

    Returns
    -------
    coefficients : Tensor
        The same values, but for nodes whose functions exceed `MOST`: the largest one is that then.
        A warning counts them where they are many, the first time in a run.
    bounded : Tensor of bool, shape (N, 2, lat, lon)
        Which nodes these are.

    Examples
    --------
    >>> one = torch.ones(1, 2, 1, 1, 1)
    >>> held, bounded = bound(torch.cat([one, 3 * one], -1), lambda at: torch.ones(len(at), 1))
    >>> held[0, 0, 0], bounded[0, 0]
    (tensor([[1., 3.]]), tensor([[False, False]]))
    """
    reach = _reach(coefficients, functions)
    bounded = reach > MOST
    count = int(bounded.sum())
    if count > TOLD * reach.numel():
        warn(
            f"the network asked for a correction of more than {MOST:g} times the local roughness "
            f"at {count} of {reach.numel()} nodes of a block, more than on any data it was tested "
            "on: it was bounded there; "
            "look at the input, or use model=None",
            topic="bounded corrections",
        )
    return coefficients * torch.where(bounded, MOST / reach, 1.0).unsqueeze(2), bounded


def look(
    coefficients: torch.Tensor, functions: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Evaluate the functions of each node at some places around it.

    Parameters
    ----------
    coefficients, functions
        As `bound` has them.

    Returns
    -------
    Tensor, shape (N, lat, lon, 2, places)
        In units of the coefficients.

    Examples
    --------
    >>> look(torch.ones(1, 2, 1, 3, 4), lambda at: torch.ones(len(at), 1)).shape
    torch.Size([1, 3, 4, 2, 49])
    """
    exact = torch.promote_types(coefficients.dtype, torch.float32)  # bfloat16 under autocast
    axis = torch.linspace(-FAR, FAR, LOOKS, device=coefficients.device, dtype=exact)
    offsets = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    values = functions(offsets).to(coefficients.dtype)
    # The functions of a node stand together in memory: one product, and nothing is moved.
    return torch.matmul(coefficients.permute(0, 3, 4, 1, 2), values.T)


def _reach(
    coefficients: torch.Tensor, functions: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Largest value of the functions of each node, (N, 2, lat, lon)."""
    return look(coefficients, functions).abs_().amax(-1).permute(0, 3, 1, 2)
