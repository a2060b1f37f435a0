"""What fine fields lack themselves: errors drawn by chance, with the covariance of residuals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.workflows.reconstruct.oi.covariance import (
    MOUNTAIN_LENGTH,
    Covariance,
    Places,
    rise_of,
)

__all__ = ["AT_STATIONS", "ErrorFields", "draw_errors"]

Field = NDArray[np.float64]

#: What VMF1 at its own nodes lacks at 62 GNSS stations in Europe: residuals on its 2 x 2.5 degree
#: nodes, less what lies between nodes (by how much more there is with every second one).
AT_STATIONS = Covariance(
    local=7.5e-3,
    local_length=170.0,
    local_power=1.35,
    local_height=550.0,
    regional=8.5e-3,
    regional_length=2300.0,
    mountain=6e-3,
)
#: Waves of each part: a covariance is met to 1 / sqrt(WAVES) of its variance.
WAVES = 512
#: Places that are computed at once.
PIECE = 4096


class _Part(NamedTuple):
    """Waves in space (three axes, km) and height (m), and what each draw takes of them."""

    waves: Field
    amounts: Field
    rising: bool


@dataclass(frozen=True, eq=False)
class ErrorFields:
    """A number of fields that can be asked for anywhere.

    Attributes
    ----------
    parts : tuple
        Local part, regional part, and that of mountains.
    """

    parts: tuple[_Part, ...]

    @property
    def count(self) -> int:
        """How many."""
        return int(self.parts[0].amounts.shape[1])

    def at(self, places: Places) -> NDArray[np.float32]:
        """Compute all of them at places.

        Parameters
        ----------
        places : Places
            n of them.

        Returns
        -------
        ndarray of float32, shape (count, n)
            In the unit of the covariance.
        """
        out = np.zeros((self.count, len(places)), np.float32)
        for start in range(0, len(places), PIECE):
            rows = slice(start, start + PIECE)
            here = places[rows]
            axes = np.column_stack([here.unit * (MEAN_EARTH_RADIUS / 1e3), here.height])
            for part in self.parts:
                phase = axes @ part.waves.T
                found = np.hstack([np.cos(phase), np.sin(phase)]) @ part.amounts
                out[:, rows] += (found * rise_of(here)[:, None] if part.rising else found).T
        return out


def draw_errors(covariance: Covariance, count: int, rng: np.random.Generator) -> ErrorFields:
    """Draw fields of a covariance.

    Parameters
    ----------
    covariance : Covariance
        Without its noise.
    count : int
        How many fields.
    rng : Generator
        Random numbers.

    Returns
    -------
    ErrorFields

    Notes
    -----
    Sums of waves whose frequencies follow the spectrum of the covariance (Rahimi and Recht, 2007,
    "Random features for large-scale kernel machines"). That of a powered exponential is a stable
    distribution, drawn after Kanter (1975), doi:10.1214/aop/1176996309.

    Examples
    --------
    >>> fields = draw_errors(Covariance(local=3.0, regional=4.0), 500, np.random.default_rng(0))
    >>> drawn = fields.at(Places.at([47.0, 47.0], [19.0, 19.1]))
    >>> drawn.shape, round(float(drawn.std()))
    ((500, 2), 5)
    """
    c = covariance
    local = _stable_waves(c.local_power, c.local_length, rng)
    height = rng.standard_cauchy(WAVES) / c.local_height
    level = np.zeros(WAVES)
    parts = (
        (c.local, np.column_stack([local, height]), False),
        (c.regional, np.column_stack([_stable_waves(1.0, c.regional_length, rng), level]), False),
        (c.mountain, np.column_stack([_stable_waves(1.0, MOUNTAIN_LENGTH, rng), level]), True),
    )
    size = (2 * WAVES, count)
    return ErrorFields(
        tuple(
            _Part(waves, sigma / np.sqrt(WAVES) * rng.standard_normal(size), rising)
            for sigma, waves, rising in parts
        )
    )


def _stable_waves(power: float, length: float, rng: np.random.Generator) -> Field:
    """Draw the waves of exp(-(r / length) ** power) in three dimensions."""
    half = power / 2.0
    turn, wait = rng.uniform(0.0, np.pi, WAVES), rng.exponential(size=WAVES)
    mixing = np.sin(half * turn) / np.sin(turn) ** (1 / half)
    mixing *= (np.sin((1 - half) * turn) / wait) ** ((1 - half) / half)
    wide = np.sqrt(2.0 * mixing) / length
    return np.asarray(wide[:, None] * rng.standard_normal((WAVES, 3)), np.float64)
