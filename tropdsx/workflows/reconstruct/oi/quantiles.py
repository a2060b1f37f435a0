"""Quantiles of the total delay, which is normal about its mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import ndtri

from tropdsx.errors import DomainError

__all__ = ["add_quantiles", "check_quantiles"]


def check_quantiles(quantiles: Any) -> tuple[float, ...]:
    """Refuse what are no probabilities.

    Parameters
    ----------
    quantiles : float or sequence of float
        As a caller gives them.

    Returns
    -------
    tuple of float
        Each once, in this order; one number is a sequence of one.

    Raises
    ------
    DomainError
        If one is not between 0 and 1, stands twice, or is no number.

    Examples
    --------
    >>> check_quantiles(0.5), check_quantiles([0.05, 0.95])
    ((0.5,), (0.05, 0.95))
    """
    try:
        given = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
    except (TypeError, ValueError):
        given = np.array([np.nan])
    if given.ndim != 1 or not ((given > 0) & (given < 1)).all():
        shown = quantiles if isinstance(quantiles, str) else np.asarray(quantiles).tolist()
        msg = f"quantiles {shown!r}: accepted are probabilities between 0 and 1, as [0.05, 0.95]"
        raise DomainError(msg)
    if np.unique(given).size < given.size:
        msg = f"quantiles {given.tolist()}: one stands twice; give each once"
        raise DomainError(msg)
    return tuple(given.tolist())


def add_quantiles(fine: xr.Dataset, quantiles: Sequence[float]) -> xr.Dataset:
    """Add quantiles of the total delay, which is normal about its mean.

    Parameters
    ----------
    fine : Dataset
        With ``ztd`` and ``ztd_sigma`` [m].
    quantiles : sequence of float
        Probabilities.

    Returns
    -------
    Dataset
        With ``ztd_quantile`` along ``quantile``, where any are wanted.

    Raises
    ------
    DomainError
        If a probability is not between 0 and 1.

    Examples
    --------
    >>> ds = xr.Dataset({"ztd": 2.4, "ztd_sigma": 0.01})
    >>> add_quantiles(ds, [0.05, 0.95]).ztd_quantile.values.round(4)
    array([2.3836, 2.4164])
    """
    wanted = np.array(check_quantiles(quantiles))
    if not wanted.size:
        return fine
    steps = xr.DataArray(ndtri(wanted), {"quantile": wanted}, ("quantile",))
    steps["quantile"].attrs = {"units": "1", "long_name": "probability of a lower value"}
    spread = fine["ztd"] + steps.astype(np.float32) * fine["ztd_sigma"]
    order = [dim for dim in ("time", "quantile", *fine["ztd"].dims) if dim in spread.dims]
    return fine.assign(ztd_quantile=spread.transpose(*dict.fromkeys(order)))
