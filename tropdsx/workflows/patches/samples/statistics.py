"""Mean and spread of each level, from the patches for training alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.cf.spelling.same_unit import is_same_unit
from tropdsx.errors import DomainError, UnitsError
from tropdsx.workflows.patches.splitting import TRAIN

__all__ = ["Moments", "Statistics"]


class Moments:
    """Counts, means and squares of each level, gathered patch by patch.

    Parameters
    ----------
    levels : int
        Levels of a patch; 1 where it has none.

    Examples
    --------
    >>> moments = Moments(1)
    >>> moments.add(np.array([[[1.0, 3.0]]]), "train")
    >>> moments.add(np.array([[[9.0, 9.0]]]), "val")  # counts for nothing
    >>> moments.count.tolist(), moments.mean.tolist()
    ([2], [2.0])
    """

    def __init__(self, levels: int) -> None:
        self.count = np.zeros(levels, dtype=np.int64)
        self.mean = np.zeros(levels)
        self.squares = np.zeros(levels)

    def add(self, values: NDArray[np.floating], split: str) -> None:
        """Add a patch, if it is one for training.

        Parameters
        ----------
        values : ndarray, shape (C, J, I)
            NaN where nothing is known.
        split : str
            Of the patch.
        """
        if split != TRAIN:
            return
        for level, plane in enumerate(values):
            known = plane[np.isfinite(plane)].astype(np.float64)
            if not known.size:
                continue
            mean, before = known.mean(), self.count[level]
            total, shift = before + known.size, mean - self.mean[level]
            self.squares[level] += ((known - mean) ** 2).sum()
            self.squares[level] += shift**2 * before * known.size / total
            self.mean[level] += shift * known.size / total
            self.count[level] = total


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation of each level of a variable, over the patches for training.

    Parameters
    ----------
    variable, units : str
        Name and unit as stored.
    mean, std : tuple of float, length C
        Of each level [units]; NaN where no value is known.
    count : tuple of int, length C
        Values that entered.

    Examples
    --------
    >>> known = Statistics("thetao", "degrees_C", (10.0,), (2.0,), (5,))
    >>> known.normalise(np.array([[[12.0, 10.0]]]), units="degrees_C").tolist()
    [[[1.0, 0.0]]]
    """

    variable: str
    units: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    count: tuple[int, ...]

    @classmethod
    def of(cls, moments: Moments, variable: str, units: str) -> Statistics:
        """Make the statistics of what was gathered.

        Parameters
        ----------
        moments : Moments
            Of the patches for training.
        variable, units : str
            Name and unit as stored.

        Returns
        -------
        Statistics
            The standard deviation has `count` as its divisor.
        """
        counted = np.where(moments.count > 0, moments.count, np.nan)
        std = np.sqrt(moments.squares / counted)
        mean = np.where(moments.count > 0, moments.mean, np.nan)
        columns = (mean.tolist(), std.tolist(), moments.count.tolist())
        return cls(variable, units, *map(tuple, columns))

    def select(self, levels: Sequence[int]) -> Statistics:
        """Take some levels.

        Parameters
        ----------
        levels : sequence of int
            Their numbers.

        Returns
        -------
        Statistics
        """
        lists: Any = {name: tuple(getattr(self, name)[each] for each in levels) for name in _LISTS}
        return Statistics(self.variable, self.units, **lists)

    def normalise(self, values: NDArray[np.floating], *, units: str) -> NDArray[np.floating]:
        """Take the mean away and divide by the standard deviation.

        Parameters
        ----------
        values : ndarray, shape (..., C, J, I)
            In `units`; NaN stays NaN.
        units : str
            Of the values.

        Returns
        -------
        ndarray, shape (..., C, J, I)
            Without unit, in the type of the values. A level without spread is only shifted.

        Raises
        ------
        UnitsError
            If the units are others than those of the statistics.
        DomainError
            If the number of levels is another.
        """
        mean, std = self._columns(values, units)
        if (np.isnan(mean) & np.isfinite(values)).any():
            msg = f"{self.variable} has values on a level that no patch for training has"
            msg += "; leave the level out"
            raise DomainError(msg)
        return ((values - mean) / std).astype(values.dtype)

    def restore(self, values: NDArray[np.floating], *, units: str) -> NDArray[np.floating]:
        """Undo :meth:`normalise`.

        Parameters
        ----------
        values : ndarray, shape (..., C, J, I)
            Without unit.
        units : str
            In which they are wanted.

        Returns
        -------
        ndarray, shape (..., C, J, I)
            In `units`, in the type of the values.

        Raises
        ------
        UnitsError, DomainError
            As :meth:`normalise`.
        """
        mean, std = self._columns(values, units)
        return (values * std + mean).astype(values.dtype)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON or the card of a checkpoint.

        Returns
        -------
        dict
            ``Statistics(**out)`` has the same values; NaN is None.
        """
        lists: Any = {name: [None if x != x else x for x in getattr(self, name)] for name in _LISTS}
        return {"variable": self.variable, "units": self.units, **lists}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Statistics:
        """Undo :meth:`to_dict`.

        Parameters
        ----------
        stored : dict
            Plain values.

        Returns
        -------
        Statistics
        """
        lists: Any = {
            name: tuple(np.nan if x is None else x for x in stored[name]) for name in _LISTS
        }
        return cls(stored["variable"], stored["units"], **lists)

    def _columns(self, values: NDArray, units: str) -> tuple[NDArray, NDArray]:
        if not is_same_unit(units, self.units, self.variable):
            msg = (
                f"{self.variable} in {units!r}, but its statistics are in {self.units!r}; "
                "convert the values first"
            )
            raise UnitsError(msg)
        levels = values.shape[-3] if values.ndim > 2 else 1
        if levels != len(self.mean):
            msg = f"{levels} levels, but statistics of {len(self.mean)}; give the same levels"
            raise DomainError(msg)
        shape = (-1, 1, 1) if values.ndim > 2 else (1, 1)
        mean, std = np.array(self.mean), np.array(self.std)
        spread = np.where(std > 1e-10 * np.abs(mean), std, 1.0)
        return mean.reshape(shape), spread.reshape(shape)


_LISTS = ("mean", "std", "count")
