"""Latitude and longitude axes: spacing, wrap and registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import GridError
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.irregular import describe_irregular, is_gaussian
from tropdsx.grid.recovery import fit_line, recover_axis, recover_few_digits
from tropdsx.grid.rounding import EXACT, Rounding, few_digits, find_rounding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "MOST_ROUNDING",
    "RELATIVE_TOLERANCE",
    "ROUNDING",
    "find_registration",
    "find_step",
    "is_regular",
    "regularise_axis",
    "unwrap_longitude",
    "wrap_longitude",
]

RELATIVE_TOLERANCE = 1e-4
"""How far a node may lie from its regular place [fraction of the step]."""

ROUNDING = 6e-5
"""What is forgiven on top on grids coarser than 0.06 deg [deg]: float32 at 360 deg, 4 decimals."""

ROUNDING_SHARE = 1e-3
"""The same on finer grids [fraction of the step], of which 6e-5 deg may be a good part."""

MOST_ROUNDING = 0.2
"""Rounding of stored coordinates up to which an axis is recovered [fraction of the step].

Four decimals round 1/3600 deg by 0.18 of it. From 0.25 on, a missing node could pass unseen.
"""


def find_step(values: ArrayLike) -> float:
    """Find the step of a regular axis, negative when it descends.

    Parameters
    ----------
    values : array_like
        Node coordinates, shape (n,), n at least 2 [deg].

    Returns
    -------
    float
        Mean step [deg].

    Raises
    ------
    GridError
        If there are fewer than two nodes, a coordinate is not finite, or the steps differ by more
        than 1e-4 of the step and the rounding of the coordinates.

    Examples
    --------
    >>> find_step([90.0, 88.0, 86.0])
    -2.0
    """
    nodes = _straighten(_check_axis(values, "axis"), find_rounding(values), "axis")
    return round(float(nodes[-1] - nodes[0]) / (nodes.size - 1), 12)


def _check_axis(values: ArrayLike, name: str) -> NDArray[np.float64]:
    exact = np.asarray(values, dtype=np.float64)
    if exact.ndim != 1 or exact.size < 2:
        msg = (
            f"{name} of shape {exact.shape} found; accepted is a 1-D axis of at least 2 nodes. "
            "Give a grid, not a single row or a list of points."
        )
        raise GridError(msg)
    if not np.isfinite(exact).all():
        msg = f"{name} holds NaN or infinity; every node needs a finite coordinate in degrees."
        raise GridError(msg)
    if np.abs(exact).max() > 1e9:
        msg = f"{name} holds {exact[np.abs(exact).argmax()]:g}, which is no coordinate in degrees."
        raise GridError(msg)
    return exact


def _straighten(values: NDArray[np.float64], rounding: Rounding, name: str) -> NDArray[np.float64]:
    """Find the evenly spaced axis that ordered coordinates stand for, or say why there is none."""
    nodes = recover_axis(values, rounding)
    step = float(values[-1] - values[0]) / (values.size - 1)
    noise = RELATIVE_TOLERANCE * abs(step) + min(ROUNDING, ROUNDING_SHARE * abs(step))
    ordered = step != 0 and (np.sign(np.diff(values)) == np.sign(step)).all()
    if ordered and (np.abs(values - nodes) <= noise).all():
        return nodes
    _check_rounding(rounding, float(np.median(np.abs(np.diff(values)))), name)
    allowed = rounding.total + rounding.binary + noise  # twice, where it was summed up
    if ordered and (np.abs(values - nodes) <= allowed).all():
        return nodes
    line = fit_line(values, allowed) if ordered else None
    if line is None or line.slack < 0:
        few = recover_few_digits(values, few_digits(values)) if ordered else None
        if few is not None and not is_gaussian(values, few_digits(values)):
            return few
        raise GridError(describe_irregular(values, allowed, name))
    return line.nodes(values.size)


def _check_rounding(rounding: Rounding, usual: float, name: str) -> None:
    """Refuse a rounding that hides where the nodes are."""
    rounded = float(rounding.total.max())
    if rounded > MOST_ROUNDING * usual > 0:
        kind = "as float32" if rounding.binary.max() >= rounded / 2 else "with few decimals"
        msg = (
            f"{name} is stored {kind}, which moves its nodes by up to {rounded:.1g} deg, "
            f"{rounded / usual:.0%} of its step of {usual:.3g} deg; accepted is a rounding "
            f"of up to {MOST_ROUNDING:.0%} of the step. Write it as float64 with all its decimals."
        )
        raise GridError(msg)


def regularise_axis(values: ArrayLike, name: str = "axis") -> NDArray[np.float64]:
    """Take the rounding of float32, of few decimals or of a sum from coordinates.

    Parameters
    ----------
    values : array_like
        Node coordinates of a regular axis, shape (n,) [deg].
    name : str, optional
        What to call the axis in an error.

    Returns
    -------
    ndarray
        Evenly spaced float64 coordinates, rounded to 1e-9 deg, shape (n,) [deg].

    Raises
    ------
    GridError
        If the axis is not regular (see :func:`find_step`).

    Examples
    --------
    >>> regularise_axis(np.array([0.1, 0.2, 0.3], dtype="f4"))
    array([0.1, 0.2, 0.3])
    >>> regularise_axis([10.0, 10.3333, 10.6667, 11.0])
    array([10.        , 10.33333333, 10.66666667, 11.        ])
    """
    nodes = _straighten(_check_axis(values, name), find_rounding(values), name)
    return nodes.round(9) + 0.0


def is_regular(values: ArrayLike) -> bool:
    """Say whether an axis is evenly spaced.

    Parameters
    ----------
    values : array_like, shape (n,)
        Node coordinates in order [deg].

    Returns
    -------
    bool
        False also for fewer than two nodes.

    Examples
    --------
    >>> is_regular([0.0, 1.0, 2.0]), is_regular([0.0, 1.0, 3.0]), is_regular([0.0])
    (True, False, False)
    """
    try:
        find_step(values)
    except GridError:
        return False
    return True


def find_registration(lat: ArrayLike) -> str:
    """Tell node from cell registration by the latitudes.

    Parameters
    ----------
    lat : array_like
        Regular latitudes, shape (n,) [deg].

    Returns
    -------
    str
        ``"cell"`` when the poles lie half a step beyond a row (89.5, 88.5, ...), else ``"node"``.

    Examples
    --------
    >>> find_registration([90, 88, 86]), find_registration([89.5, 88.5, 87.5])
    ('node', 'cell')
    """
    nodes = _straighten(_check_axis(lat, "latitude"), find_rounding(lat), "latitude")
    step = abs(float(nodes[-1] - nodes[0])) / (nodes.size - 1)
    steps_from_pole = (90.0 - float(nodes[0])) / step
    return "cell" if abs(steps_from_pole % 1.0 - 0.5) < 0.01 else "node"


def wrap_longitude(lon: ArrayLike, start: float = 0.0) -> NDArray[np.float64]:
    """Move longitudes by whole turns into [start, start + 360).

    Parameters
    ----------
    lon : array_like
        Longitude, any shape [deg].
    start : float, optional
        Western end of the interval [deg].

    Returns
    -------
    ndarray
        Longitude rounded to 1e-9, same shape [deg].

    Examples
    --------
    >>> wrap_longitude([-0.5, 360.0, 190.0])
    array([359.5,   0. , 190. ])
    """
    # Rounding first keeps -1e-12 at 0 instead of sending it to 360.
    lon = np.asarray(lon, dtype=np.float64).round(9)
    return (np.mod((lon - start).round(9), 360.0) + start).round(9) + 0.0


def unwrap_longitude(lon: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Put longitudes of any convention in one ascending run that starts in [0, 360).

    A box across Greenwich runs on past 360. One column may repeat another a turn further on, or
    the last one the first: it is left out.

    Parameters
    ----------
    lon : array_like
        Longitudes in any order and convention, shape (n,) [deg].

    Returns
    -------
    values : ndarray
        Ascending regular longitudes, rounded to 1e-9 deg, shape (m,), m = n or n - 1 [deg].
    index : ndarray of int
        Where each of them lies in `lon`, shape (m,).

    Raises
    ------
    GridError
        If the steps are not uniform, or another column than the one of the seam occurs twice.

    Examples
    --------
    >>> unwrap_longitude([-10.0, 0.0, 10.0])
    (array([350., 360., 370.]), array([0, 1, 2]))
    """
    stored, rounding = _check_axis(lon, "longitude"), find_rounding(lon)
    wrapped = np.mod(stored, 360.0)
    order = np.argsort(wrapped, kind="stable")
    order = _leave_out_repeated(order, wrapped, stored, rounding)
    # A global grid has no gap wider than the rest and starts at its smallest longitude.
    gaps = _gaps(wrapped[order])
    widest = int(np.argmax(gaps))
    if gaps[widest] > 1.5 * _usual(gaps):
        order = np.roll(order, -(widest + 1))
    run = wrapped[order]
    run = run + 360.0 * (run < run[:1])
    _check_axis(run, "longitude")
    nodes = _straighten(run, rounding.take(order), "longitude").round(9)
    # Only now: a node just below 0 or 360 by its rounding would start on the wrong side.
    if not is_global_longitude(nodes):
        return (nodes - 360.0 * np.floor(nodes[0] / 360.0)).round(9) + 0.0, order
    nodes = wrap_longitude(nodes)
    start = int(np.argmin(nodes))
    return np.roll(nodes, -start), np.roll(order, -start)


def _gaps(wrapped: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from each of some ascending longitudes to the next, the last one round the globe."""
    return np.diff(wrapped, append=wrapped[:1] + 360.0)


def _usual(gaps: NDArray[np.float64]) -> float:
    # The widest gap of a region is the rest of the globe, and between equal columns there is none.
    others = np.delete(gaps, np.argmax(gaps))
    others = others[others > EXACT]
    return float(np.median(others)) if others.size else 0.0


def _leave_out_repeated(
    order: NDArray[np.intp],
    wrapped: NDArray[np.float64],
    stored: NDArray[np.float64],
    rounding: Rounding,
) -> NDArray[np.intp]:
    """Leave out the column that closes the round; the one that is stored first stays."""
    gaps = _gaps(wrapped[order])
    usual = _usual(gaps)
    rounded = rounding.total[order]
    same = rounded + np.roll(rounded, -1) + RELATIVE_TOLERANCE * usual + EXACT
    repeated = np.flatnonzero(gaps <= np.minimum(same, usual / 2))
    if not repeated.size:
        return order
    pair = np.sort(order[[repeated[0], (repeated[0] + 1) % order.size]])
    a_turn_apart = abs(stored[pair[1]] - stored[pair[0]]) > 180.0
    at_the_ends = pair[0] == 0 and pair[1] == order.size - 1
    if repeated.size > 1 or not (a_turn_apart or at_the_ends):
        _check_rounding(rounding, usual, "longitude")
        others = " and others occur" if repeated.size > 1 else " occurs"
        msg = (
            f"longitude {stored[pair[0]]:.10g}{others} twice (columns {pair[0]} and "
            f"{pair[1]}); accepted is each meridian once (one column "
            "that closes the round of the globe is left out). Remove the repeated columns."
        )
        raise GridError(msg)
    return order[order != pair[1]]
