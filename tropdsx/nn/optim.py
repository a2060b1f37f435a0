"""AdamW for small parameters, orthogonalised momentum (Muon) for the large convolutions.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) replaces the momentum of a
weight matrix by the nearest orthogonal matrix: all directions of the matrix learn at one pace. The
scale of the step is that of Liu et al. (2025, arXiv:2502.16982), so that one learning rate serves
both kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch

__all__ = ["Muon", "orthogonalise", "split_parameters"]

#: Coefficients of the fifth-order Newton-Schulz iteration that pulls singular values towards 1.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrix: torch.Tensor, iterations: int = 5) -> torch.Tensor:
    """Return roughly the nearest matrix with orthonormal rows or columns.

    Parameters
    ----------
    matrix : Tensor, shape (rows, columns)
        Any matrix but zero.
    iterations : int, default 5
        Newton-Schulz steps; singular values end up between about 0.7 and 1.2.

    Returns
    -------
    Tensor, shape (rows, columns)
        The orthogonal matrix.

    Examples
    --------
    >>> q = orthogonalise(torch.tensor([[3.0, 0.0], [0.0, 0.5]]))
    >>> bool((q.diag() - 1).abs().max() < 0.35)
    True
    """
    x = matrix / (matrix.norm() + 1e-7)
    turned = x.shape[0] > x.shape[1]
    x = x.T if turned else x
    a, b, c = QUINTIC
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if turned else x


def split_parameters(
    net: torch.nn.Module, rate: float = 1e-3, weight_decay: float = 0.0
) -> list[dict[str, Any]]:
    """Split parameters: convolutions between hidden layers, and all others.

    Muon's steps have one size whatever the gradient, so without decay the weights only grow: the
    decay belongs to the large ones. The small ones get a third of the rate and no decay.

    Parameters
    ----------
    net : Module
        A NodalNet.
    rate, weight_decay : float
        Of the large convolutions. Their weights settle at about 0.2 sqrt(rate / 2 decay) [1].

    Returns
    -------
    list of dict
        Two parameter groups for `Muon`.

    Examples
    --------
    >>> from tropdsx.nn.nodal import NodalNet
    >>> large, small = split_parameters(NodalNet(width=4, blocks=2), rate=3e-3)
    >>> len(large["params"]), large["muon"], small["lr"]  # two blocks of two convolutions
    (4, True, 0.001)
    """
    large = [p for n, p in net.named_parameters() if "blocks." in n and p.ndim == 4]
    known = {id(p) for p in large}
    small = [p for p in net.parameters() if id(p) not in known]
    return [
        {"params": large, "muon": True, "lr": rate, "weight_decay": weight_decay},
        {"params": small, "muon": False, "lr": rate / 3, "weight_decay": 0.0},
    ]


class Muon(torch.optim.Optimizer):
    """Muon for groups with muon=True, AdamW for the others.

    Parameters
    ----------
    params : iterable
        Parameter groups, see `split_parameters`.
    lr, weight_decay : float
        Learning rate and decoupled weight decay, for groups without their own [1].
    momentum : float, default 0.95
        Of Muon [1].
    betas : tuple of float
        Of AdamW [1].

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.eye(2))
    >>> optimizer = Muon([{"params": [weight], "muon": True}], lr=0.1)
    >>> weight.sum().backward()
    >>> _ = optimizer.step()
    >>> bool(weight.sum() < 2)
    True
    """

    def __init__(
        self,
        params: Iterable[dict[str, Any]],
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        *,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
    ) -> None:
        plain = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas}
        super().__init__(params, plain)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move all parameters by one step.

        Parameters
        ----------
        closure : callable, optional
            Evaluates the loss anew, with its gradients.

        Returns
        -------
        float or None
            What `closure` returns.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.mul_(1 - group["lr"] * group["weight_decay"])
                update = self._muon if group.get("muon") else self._adam
                move = update(p.grad, self.state[p], group)
                p.sub_(move, alpha=group["lr"])
        return loss

    @staticmethod
    def _muon(grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]) -> torch.Tensor:
        if not state:
            state["momentum"] = torch.zeros_like(grad)
        kept = state["momentum"].mul_(group["momentum"]).add_(grad)
        ahead = grad.add(kept, alpha=group["momentum"]).flatten(1)
        return (orthogonalise(ahead) * (0.2 * max(ahead.shape) ** 0.5)).view_as(grad)

    @staticmethod
    def _adam(grad: torch.Tensor, state: dict[str, Any], group: dict[str, Any]) -> torch.Tensor:
        if not state:
            state |= {
                "step": torch.tensor(0.0),
                "mean": torch.zeros_like(grad),
                "square": torch.zeros_like(grad),
            }
        state["step"] += 1
        b1, b2 = group["betas"]
        mean = state["mean"].lerp_(grad, 1 - b1) / (1 - b1 ** state["step"])
        square = state["square"].lerp_(grad.square(), 1 - b2) / (1 - b2 ** state["step"])
        return mean / (square.sqrt() + 1e-8)
