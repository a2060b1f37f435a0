"""Few epochs made into many: fields that are bent smoothly before pairs are drawn from them.

A network learns a handful of global epochs by heart. Bent by a random displacement, smooth and as
long as weather systems, an epoch keeps its fronts, plumes and small scales, but none of them lies
where it was, turned and stretched as it was. Everything of an epoch is bent alike: its delays, its
ground, and the epochs before and after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, spline_filter1d

__all__ = [
    "GLOBE_LENGTHS",
    "REGION_LENGTHS",
    "Warping",
    "draw_displacement",
    "find_places",
    "take_ground",
]

#: Shortest and longest wave of a displacement [deg].
GLOBE_LENGTHS, REGION_LENGTHS = (25.0, 120.0), (10.0, 60.0)
#: Standard deviation of the derivatives of a displacement: by how much places are stretched and
#: turned [1]. Waves that make it up.
STRAIN, WAVES = 0.35, 6


def draw_displacement(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    rng: np.random.Generator,
    lengths: tuple[float, float] = GLOBE_LENGTHS,
) -> NDArray[np.float64]:
    """Draw a smooth displacement that closes round the globe and leaves the poles where they are.

    Parameters
    ----------
    lat, lon : ndarray, shapes (J,) and (I,)
        Axes [deg].
    rng : numpy.random.Generator
        Source of all choices.
    lengths : tuple of float
        Shortest and longest wave [deg].

    Returns
    -------
    ndarray, shape (2, J, I)
        Northward and eastward [deg].

    Examples
    --------
    >>> lat, lon = np.array([90.0, 0.0, -90.0]), np.arange(0.0, 361.0, 90.0)
    >>> bent = draw_displacement(lat, lon, np.random.default_rng(0))
    >>> bool(np.allclose(bent[..., 0], bent[..., -1])), bool(np.abs(bent[0, ::2]).max() < 1e-12)
    (True, True)
    """
    y, x = np.radians(lat)[:, None], np.radians(lon)
    shortest, longest = np.log(lengths)

    def draw() -> NDArray[np.float64]:
        total = np.zeros((len(lat), len(lon)))
        for length in np.exp(rng.uniform(shortest, longest, WAVES)):
            number = 360.0 / length
            east = round(rng.uniform(-number, number))
            north = np.sqrt(max(number**2 - east**2, 0.0))
            size = STRAIN * length / (2 * np.pi) * rng.standard_normal() * np.sqrt(2 / WAVES)
            total += size * np.cos(east * x + north * y + rng.uniform(0, 2 * np.pi))
        return total

    north, east = draw(), draw()
    return np.stack([north * np.cos(y), east])


def find_places(
    axes: tuple[NDArray[np.float64], NDArray[np.float64]],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    bent: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Find from where on a grid the values of some nodes come.

    Parameters
    ----------
    axes : tuple of ndarray
        Latitudes and longitudes of the grid, evenly spaced [deg].
    rows, columns : ndarray of int, shapes (j,) and (i,)
        The nodes.
    bent : ndarray, shape (2, j, i)
        Of `draw_displacement` at the nodes.

    Returns
    -------
    ndarray, shape (2, j, i)
        Rows, within the grid, and columns, with fractions.

    Examples
    --------
    >>> axes = np.array([10.0, 8.0, 6.0]), np.array([0.0, 2.0])
    >>> find_places(axes, np.array([1]), np.array([0]), np.full((2, 1, 1), 1.0)).ravel().tolist()
    [0.5, 0.5]
    """
    lat, lon = axes
    south = rows[:, None] + bent[0] / (lat[1] - lat[0])
    east = columns + bent[1] / (lon[1] - lon[0])
    return np.stack([np.clip(south, 0, len(lat) - 1), east])


@dataclass
class Warping:
    """Bend fields now and then.

    Attributes
    ----------
    share : float
        How often [1].

    Examples
    --------
    >>> Warping(0.0).wanted(np.random.default_rng(0))
    False
    """

    share: float
    _splines: dict[tuple[str, int], NDArray[np.float32]] = field(default_factory=dict, repr=False)

    def wanted(self, rng: np.random.Generator) -> bool:
        """Draw whether the next pair is bent; nothing is drawn where none ever is."""
        return self.share > 0 and bool(rng.random() < self.share)

    def take(
        self,
        key: tuple[str, int],
        values: NDArray[np.float32],
        places: NDArray[np.float64],
        *,
        wrap: bool,
    ) -> NDArray[np.float32]:
        """Take a field at places between its nodes by cubic splines, which are kept.

        Where values are missing it is taken linearly, and is missing in the cells they touch.

        Parameters
        ----------
        key : tuple
            Name of the field and number of its epoch.
        values : ndarray, shape (J, I)
            The field.
        places : ndarray, shape (2, j, i)
            Rows and columns, with fractions.
        wrap : bool
            Whether the columns close round the globe.

        Returns
        -------
        ndarray of float32, shape (j, i)
            Not below the least value of the field.

        Examples
        --------
        >>> values = np.arange(24, dtype=np.float32).reshape(4, 6)
        >>> at = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
        >>> Warping(1.0).take(("zwd", 0), values, at, wrap=False).round(2).tolist()
        [[9.0, 16.0]]
        """
        if not np.isfinite(values).all():  # a spline would carry a gap everywhere
            return _between(values, places, 1, wrap).astype(np.float32)
        if key not in self._splines:
            half = spline_filter1d(values, 3, axis=0, mode="mirror", output=np.float32)
            ends = "grid-wrap" if wrap else "mirror"
            self._splines[key] = spline_filter1d(half, 3, axis=1, mode=ends, output=np.float32)
        found = _between(self._splines[key], places, 3, wrap)
        return np.maximum(found, values.min()).astype(np.float32)


def take_ground(values: NDArray[np.float32], places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Take heights or a land mask of a globe, which have edges, between their nodes.

    Parameters
    ----------
    values : ndarray, shape (J, I)
        Of the globe.
    places : ndarray, shape (2, j, i)
        Of `find_places`.

    Returns
    -------
    ndarray of float32, shape (j, i)
        Linear between the nodes.

    Examples
    --------
    >>> take_ground(np.eye(4, dtype=np.float32), np.array([[[0.0]], [[3.5]]])).tolist()
    [[0.5]]
    """
    return _between(values, places, 1, wrap=True).astype(np.float32)


def _between(
    values: NDArray[np.float32], places: NDArray[np.float64], order: int, wrap: bool
) -> NDArray[np.float64]:
    rows, columns = places
    if wrap:
        # Enough columns again on the right that no spline looks beyond them.
        columns = columns % values.shape[1]
        values = np.concatenate([values[:, -3:], values, values[:, :3]], 1)
        columns = columns + 3
    found: NDArray[np.float64] = map_coordinates(
        values, [rows, columns], order=order, mode="mirror", prefilter=False
    )
    return found
