"""Which evenly spaced axis stored coordinates stand for, as far as their rounding leaves it open.

Coordinates of terrain models have steps of 1/1200 or 1/3600 degree. As float32, or with four to
seven decimals, they are off by up to a fifth of a step, so that neighbouring steps differ though
the axis is regular. The axis that was meant is the simplest of those that round to the stored one:
with steps of one part in k of a degree, of whole arc-seconds, of a short decimal.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tropdsx.grid.rounding import EXACT, NO_ACCIDENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tropdsx.grid.rounding import Rounding

    _Fitted = tuple["Line", NDArray[np.float64]]
    _Kind = Callable[
        [NDArray[np.float64], "Line", NDArray[np.float64]], Iterator[NDArray[np.float64]]
    ]

__all__ = ["Line", "fit_line", "recover_axis", "recover_few_digits"]

_FEW = 0.1
"""Largest rounding that is taken for few digits [fraction of the step]."""
_ENOUGH = 10
"""Nodes that leave one simple axis alone that rounds to them."""


class Line(NamedTuple):
    """Evenly spaced coordinates near stored ones.

    Parameters
    ----------
    first : float
        First node [deg].
    step : float
        Distance of the nodes [deg].
    slack : float
        How far the first node may be moved either way; negative if even this line is too far from
        a stored coordinate [deg].

    Examples
    --------
    >>> Line(10.0, 0.25, 0.0).nodes(3)
    array([10.  , 10.25, 10.5 ])
    """

    first: float
    step: float
    slack: float

    def nodes(self, count: int) -> NDArray[np.float64]:
        """Give the first nodes.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        ndarray, shape (count,)
            Coordinates [deg].
        """
        return self.first + self.step * np.arange(count, dtype=np.float64)


def fit_line(values: NDArray[np.float64], allowed: NDArray[np.float64]) -> Line:
    """Find evenly spaced coordinates that stay near stored ones.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Coordinates, n at least 2 [deg].
    allowed : ndarray, shape (n,)
        How far each may lie from its place [deg].

    Returns
    -------
    Line
        Of negative slack where no line stays within what is allowed.

    Examples
    --------
    >>> line = fit_line(np.array([0.0, 0.333, 0.667, 1.0]), np.full(4, 5e-4))
    >>> round(line.step, 3), line.slack > 0
    (0.333, True)
    """
    place = np.arange(values.size, dtype=np.float64)
    middle = place - place.mean()
    step = float(middle @ values / (middle @ middle))
    line = _line_of_step(values, allowed, step)
    # The slack is a concave function of the step: thirds close in on its maximum.
    reach = 4 * float(np.ptp(values - step * place) + allowed.max()) / values.size
    low, high = step - reach, step + reach
    for _ in range(50):
        if line.slack > 0.5 * float(allowed.min()):
            break
        left, right = low + (high - low) / 3, high - (high - low) / 3
        lines = [_line_of_step(values, allowed, each) for each in (left, right)]
        low, high = (left, high) if lines[0].slack < lines[1].slack else (low, right)
        line = max(line, *lines, key=lambda each: each.slack)
    return line


def _line_of_step(values: NDArray[np.float64], allowed: NDArray[np.float64], step: float) -> Line:
    rest = values - step * np.arange(values.size)
    low, high = float((rest - allowed).max()), float((rest + allowed).min())
    return Line((low + high) / 2, step, (high - low) / 2)


def recover_axis(values: NDArray[np.float64], rounding: Rounding) -> NDArray[np.float64]:
    """Recover the simplest evenly spaced axis that rounds to the stored one.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Coordinates in order, ascending or descending, n at least 2 [deg].
    rounding : Rounding
        How far each may lie from what was meant.

    Returns
    -------
    ndarray, shape (n,)
        Evenly spaced coordinates; if none round to the stored ones, those from the first of them
        to the last [deg].

    Examples
    --------
    >>> from tropdsx.grid.rounding import find_rounding
    >>> meant = 10 + np.arange(1201) / 1200
    >>> found = recover_axis(meant.round(4), find_rounding(meant.round(4)))
    >>> bool(np.abs(found - meant).max() < 1e-12)
    True
    """
    if values[-1] < values[0]:
        return -recover_axis(-values, rounding)
    straight = np.linspace(values[0], values[-1], values.size)
    even = bool(np.abs(values - straight).max() <= EXACT)
    if even and (values.size >= NO_ACCIDENT or not rounding.binary.any()):
        exact = np.full(values.size, EXACT)
        step = float(values[-1] - values[0]) / (values.size - 1)
        line = _line_of_step(values, exact, step)
        found = _find_fitting(values, [(line, exact)], (_likely_axes,))
        return straight if found is None else found
    # Coordinates that were summed up in float32 are off by twice as much as rounded ones.
    shares = (1, 2) if rounding.binary.any() else (1,)
    allowed = [1.001 * (rounding.decimal + share * rounding.binary) + EXACT for share in shares]
    fitted = [(fit_line(values, each), each) for each in allowed]
    fitted = [(line, each) for line, each in fitted if line.slack >= 0]
    found = _find_fitting(values, fitted, (_likely_axes, _other_axes))
    if found is not None:
        return found
    return straight if even or not fitted else fitted[0][0].nodes(values.size)


def recover_few_digits(
    values: NDArray[np.float64], digits: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Recover an axis that divides the circle evenly from coordinates of very few digits.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Coordinates in order, ascending or descending [deg].
    digits : ndarray, shape (n,)
        Half of their last digit [deg].

    Returns
    -------
    ndarray, shape (n,), or None
        Steps of 360 deg divided by a product of 2, 3 and 5, at whole or half steps; None where
        there are fewer than 10 nodes, none or several such axes round to the stored one, or the
        digits are rougher than a tenth of a step [deg].

    Examples
    --------
    >>> found = recover_few_digits(10 + (np.arange(10) / 3).round(2), np.full(10, 0.005))
    >>> found[:4].round(6).tolist()
    [10.0, 10.333333, 10.666667, 11.0]
    """
    if values[-1] < values[0]:
        found = recover_few_digits(-values, digits)
        return None if found is None else -found
    step = float(values[-1] - values[0]) / (values.size - 1)
    half = float(digits.max())
    if values.size < _ENOUGH or not 0.0 < half <= _FEW * step:
        return None
    steps = 360.0 / _smooth_numbers()
    binary = np.spacing(np.abs(values).astype(np.float32)).astype(np.float64)
    allowed, fitting = digits + binary + EXACT, []
    for each in steps[np.abs(steps - step) <= 2 * half / (values.size - 1)]:
        places = np.arange(values.size, dtype=np.float64)
        start = np.rint(np.median(2 * (values / each - places)))
        nodes = (start / 2 + places) * each
        if (np.abs(values - nodes) <= allowed).all():
            fitting.append(nodes)
    return fitting[0] if len(fitting) == 1 else None


def _find_fitting(
    values: NDArray[np.float64], lines: list[_Fitted], kinds: tuple[_Kind, ...]
) -> NDArray[np.float64] | None:
    """Find the first axis of some kinds, near some lines, that stays within what is allowed."""
    for find in kinds:
        for line, allowed in lines:
            for nodes in find(values, line, allowed):
                if (np.abs(values - nodes) <= allowed).all():
                    return nodes
    return None


@cache
def _smooth_numbers() -> NDArray[np.int64]:
    """Products of 2, 3 and 5, which degrees are divided by, down to a hundredth of a second."""
    powers = (base ** np.arange(20, dtype=np.int64) for base in (2, 3, 5))
    parts = np.array([1], dtype=np.int64)
    for each in powers:
        parts = np.outer(parts, each[each <= 360_000]).ravel()
        parts = parts[parts <= 360_000]
    return np.sort(parts)


def _likely_parts(
    values: NDArray[np.float64], line: Line, allowed: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Parts of a degree that may be the step, the most likely first."""
    doubt = 4 * float(allowed.max()) / (values.size - 1)
    parts = _smooth_numbers()
    off = np.abs(1 / parts - line.step)
    # Whole parts of an arc-minute go before others, whatever is nearer.
    order = np.lexsort((off, 3600 % parts != 0))
    return parts[order[off[order] <= doubt]]


def _likely_axes(
    values: NDArray[np.float64], line: Line, allowed: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Axes of even parts of a degree, and of arc-seconds, that count from a whole degree."""
    for part in _likely_parts(values, line, allowed):
        yield _on_lattice(values, 1, int(part))
    yield _on_lattice(values, round(3600 * line.step), 3600)


def _other_axes(
    values: NDArray[np.float64], line: Line, allowed: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Axes of short decimals, of odd parts of a degree, and of even parts from anywhere."""
    for decimals in range(1, 5):
        yield _from_short_origin(values, round(line.step, decimals), allowed)
    yield _on_lattice(values, 1, round(1 / line.step))
    for part in _likely_parts(values, line, allowed):
        yield _from_short_origin(values, 1 / part, allowed)


def _on_lattice(values: NDArray[np.float64], count: int, parts: int) -> NDArray[np.float64]:
    """Step by `count / parts` deg from a whole or half number of such parts."""
    steps = 2 * count * np.arange(values.size)
    start = np.rint(np.median(2 * parts * values - steps))
    return (start + steps) / (2 * max(parts, 1))


def _from_short_origin(
    values: NDArray[np.float64], step: float, allowed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Step from the shortest decimal that will do."""
    line = _line_of_step(values, allowed, step)
    decimals = (round(line.first, digits) for digits in range(12))
    short = (each for each in decimals if abs(each - line.first) <= line.slack)
    return next(short, line.first) + step * np.arange(values.size, dtype=np.float64)
