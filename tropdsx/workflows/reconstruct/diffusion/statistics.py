"""Size of things in the data that a network was trained on: what it counts in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.diffusion.scene import Setting

__all__ = ["Statistics", "as_statistics"]

Field = NDArray[np.float64]


@dataclass(frozen=True)
class Statistics:
    """Size of things in the training data, which the network counts in.

    Attributes
    ----------
    residual : float
        Root mean square of the residual over the scale of the place [m].
    field, field_spread : float
        Mean and standard deviation of the wet delay [m].
    orography, orography_spread, lifted_spread : float
        Of the heights, and of the heights above those of the coarse grid [m].

    Examples
    --------
    >>> Statistics(0.01, 0.1, 0.1, 300.0, 600.0, 200.0).as_card()["residual"]
    0.01
    """

    residual: float
    field: float
    field_spread: float
    orography: float
    orography_spread: float
    lifted_spread: float

    def as_card(self) -> dict[str, float]:
        """Return the numbers by name."""
        return asdict(self)

    @classmethod
    def of(
        cls, residual: Field, field: Field, setting: Setting, weight: Field | None = None
    ) -> Statistics:
        """Measure training data.

        Parameters
        ----------
        residual, field : ndarray, shape (T, lat, lon)
            Truth minus background, and wet delay of the background; NaN where unknown [m].
        setting : Setting
            Where.
        weight : ndarray, shape (lat, lon), optional
            What each node counts; its area by default [1].

        Returns
        -------
        Statistics
        """
        area = np.cos(np.radians(setting.lat))[:, None] * np.ones(setting.lon.size)
        weight = area if weight is None else weight
        size = residual / setting.scale
        known = np.isfinite(residual) & np.isfinite(field)
        share = np.broadcast_to(weight, known.shape)[known]

        def moments(values: Field, share: Field) -> tuple[float, float]:
            mean = float(np.average(values, weights=share))
            return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=share)))

        square = float(np.average(size[known] ** 2, weights=share))
        height, spread = moments(setting.orography, area)
        return cls(
            np.sqrt(square).item(),
            *moments(field[known], share),
            height,
            max(spread, 1.0),
            max(moments(setting.lifted, area)[1], 1.0),
        )


def as_statistics(card: dict[str, Any]) -> Statistics:
    """Read the statistics of a card.

    Parameters
    ----------
    card : dict
        Of a checkpoint.

    Returns
    -------
    Statistics
    """
    return Statistics(**card["statistics"])
