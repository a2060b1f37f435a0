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
    """Error where the truth is known, 0 elsewhere, and the mask of known values.

    Parameters
    ----------
    truth : Tensor
        True values, NaN where they are not known, any shape.
    estimate : Tensor, shape of `truth`
        Estimated values, in the same unit.

    Returns
    -------
    error : Tensor
        Truth minus estimate; unknown values have no gradient.
    known : Tensor of bool
        Where the truth is finite.

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
    error : Tensor
        Error in units of its usual size, any shape [1].
    kind : {"mse", "l1", "charbonnier"}
        Square, absolute value, or the smooth absolute value sqrt(e^2 + softness^2) - softness.
    softness : float, default 0.3
        Size of errors below which the smooth absolute value is a parabola [1].

    Returns
    -------
    Tensor, shape of `error`
        The losses [1].

    Raises
    ------
    ValueError
        If `kind` is another word.

    Examples
    --------
    >>> pointwise(torch.tensor([0.0, 0.4]), "charbonnier").round(decimals=3).tolist()
    [0.0, 0.20000000298023224]
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
    """Negative log-likelihood of a Gaussian, without its constant.

    Parameters
    ----------
    error : Tensor
        Errors, any shape.
    sigma : Tensor
        Standard deviation, broadcast, in the same unit.

    Returns
    -------
    Tensor
        log sigma + (error / sigma)^2 / 2, least where sigma is the size of the error [1].

    Examples
    --------
    >>> error = torch.tensor(2.0)
    >>> [round(float(gaussian_nll(error, torch.tensor(s))), 2) for s in (1.0, 2.0, 4.0)]
    [2.0, 1.19, 1.51]
    """
    return sigma.log() + 0.5 * (error / sigma).square()


def laplace_nll(error: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of a Laplace distribution, without its constant.

    Parameters
    ----------
    error, sigma : Tensor
        As for `gaussian_nll`.

    Returns
    -------
    Tensor
        log sigma + sqrt(2) abs(error) / sigma [1].

    Examples
    --------
    >>> round(float(laplace_nll(torch.tensor(2.0), torch.tensor(1.0))), 2)
    2.83
    """
    return sigma.log() + 2**0.5 * error.abs() / sigma


def weighted_mean(
    value: torch.Tensor, weight: torch.Tensor, dim: tuple[int, ...] | None = None
) -> torch.Tensor:
    """Mean with weights.

    Parameters
    ----------
    value : Tensor
        Values, any shape.
    weight : Tensor
        Weights that broadcast against the values [1].
    dim : tuple of int, optional
        Dimensions to average over; by default all.

    Returns
    -------
    Tensor
        In the unit of `value`; 0 where all weights are 0.

    Examples
    --------
    >>> float(weighted_mean(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 1.0])))
    2.0
    """
    weight = weight.expand_as(value)
    total = (value * weight).sum(dim)
    return total / weight.sum(dim).clamp_min(1e-12)


def rmse_weight(rmse: torch.Tensor, mode: str = "squared") -> torch.Tensor:
    """Turn a map of past RMSE into loss weights of mean 1.

    Parameters
    ----------
    rmse : Tensor, shape (lat, lon)
        RMSE of the input against the truth, in any unit.
    mode : {"inverse", "normalized", "squared"}
        "squared": RMSE squared; "normalized": RMSE scaled to 0...1; both stress the places where
        the input is bad. "inverse": 1/RMSE, which stresses the places where the input is already
        good. (TropDS's documentation says the opposite of its `inverse`; its formula is this one.)

    Returns
    -------
    Tensor, shape (lat, lon)
        Weights of mean 1 [1].

    Raises
    ------
    ValueError
        If `mode` is another word.

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
