"""Losses on errors with weights: where the truth is unknown the gradient is exactly zero."""

from __future__ import annotations

import torch

__all__ = [
    "POINTWISE",
    "RMSE_MODES",
    "error_of",
    "gaussian_nll",
    "laplace_nll",
    "pointwise",
    "rmse_weight",
    "weighted_mean",
]

POINTWISE = ("mse", "l1", "charbonnier")
RMSE_MODES = ("inverse", "normalized", "squared")


def error_of(truth: torch.Tensor, estimate: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Error where the truth is finite, 0 elsewhere, and the mask of known values.

    Examples
    --------
    >>> error, known = error_of(torch.tensor([1.0, torch.nan]), torch.tensor([3.0, 5.0]))
    >>> error.tolist(), known.tolist()
    ([-2.0, 0.0], [True, False])
    """
    known = torch.isfinite(truth)
    # Both sides are replaced before the difference: NaN times zero would still be NaN backwards.
    zero = torch.zeros_like(truth)
    return torch.where(known, truth, zero) - torch.where(known, estimate, zero), known


def pointwise(error: torch.Tensor, kind: str = "mse", *, softness: float = 0.3) -> torch.Tensor:
    """Loss of each error.

    Parameters
    ----------
    error : torch.Tensor
        Error in units of its usual size. [1]
    kind : {"mse", "l1", "charbonnier"}
        Square, absolute value, or the smooth absolute value sqrt(e^2 + softness^2) - softness. [1]
    softness : float, default 0.3
        See `kind`. [1]
    """
    if kind == "mse":
        return error.square()
    if kind == "l1":
        return error.abs()
    if kind == "charbonnier":
        return (error.square() + softness**2).sqrt() - softness
    msg = f"loss {kind!r} is unknown; choose one of {POINTWISE}"
    raise ValueError(msg)


def gaussian_nll(error: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of a Gaussian of standard deviation `sigma` (constant left out)."""
    return sigma.log() + 0.5 * (error / sigma).square()


def laplace_nll(error: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of a Laplace distribution of standard deviation `sigma`."""
    return sigma.log() + 2**0.5 * error.abs() / sigma


def weighted_mean(
    value: torch.Tensor, weight: torch.Tensor, dim: tuple[int, ...] | None = None
) -> torch.Tensor:
    """Mean of `value` with weights that broadcast against it; 0 where all weights are 0."""
    weight = weight.expand_as(value)
    total = (value * weight).sum(dim)
    return total / weight.sum(dim).clamp_min(1e-12)


def rmse_weight(rmse: torch.Tensor, mode: str = "squared") -> torch.Tensor:
    """Turn a map of past RMSE into loss weights of mean 1.

    Parameters
    ----------
    rmse : torch.Tensor
        RMSE of the input against the truth, (lat, lon). [as data]
    mode : {"inverse", "normalized", "squared"}
        "squared": RMSE squared; "normalized": RMSE scaled to 0...1; both stress the places where
        the input is bad. "inverse": 1/RMSE, which stresses the places where the input is already
        good. (TropDS's documentation says the opposite of its `inverse`; its formula is this one.)
        [1]

    Examples
    --------
    >>> rmse_weight(torch.tensor([1.0, 3.0]), "inverse").tolist()
    [1.5, 0.5]
    """
    if mode == "inverse":
        weight = 1.0 / (rmse + 1e-8)
    elif mode == "normalized":
        weight = (rmse - rmse.min()) / (rmse.max() - rmse.min() + 1e-8)
    elif mode == "squared":
        weight = rmse.square()
    else:
        msg = f"RMSE weighting {mode!r} is unknown; choose one of {RMSE_MODES}"
        raise ValueError(msg)
    return weight / weight.mean().clamp_min(1e-12)
