"""Axes that are written with very few digits: what they were taken for is said."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import warn
from tropdsx.grid.rounding import FOUR_DECIMALS

__all__ = ["tell_digits"]

_SHARE = 0.003
"""Rounding up to which nothing is said [fraction of the step]."""


def tell_digits(axis: xr.DataArray, nodes: NDArray[np.float64], notes: list[str]) -> None:
    """Say what an axis was taken for that is written with very few digits.

    Parameters
    ----------
    axis : DataArray, shape (n,)
        As stored [deg].
    nodes : ndarray, shape (n,)
        What it was taken for, in the same order; whole turns do not count [deg].
    notes : list of str
        What is said is appended, and warned of.

    Examples
    --------
    >>> notes = []
    >>> tell_digits(xr.DataArray([0.0, 1.25, 2.5], name="lon"), np.array([0.0, 1.25, 2.5]), notes)
    >>> notes
    []
    """
    off = np.abs((axis.to_numpy().astype(np.float64) - nodes + 180.0) % 360.0 - 180.0)
    step = float(np.abs(np.diff(nodes)).min(initial=360.0))
    if not (most := float(off.max(initial=0.0))) > max(2 * FOUR_DECIMALS, _SHARE * step):
        return
    text = (
        f"'{axis.name}' is written with few digits: its {nodes.size} values were taken for steps "
        f"of {step:.6g} degrees from {nodes[0]:.6g} to {nodes[-1]:.6g}, up to {most:.1g} away"
    )
    notes.append(text)
    warn(f"{text}.")
