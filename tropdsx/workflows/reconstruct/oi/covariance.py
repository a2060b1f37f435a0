"""How the residuals of a background go together: covariances of distance and height.

A residual is what an observation says beyond the background. Its field is the sum of a local part,
which also depends on the difference in height, of a regional one, and of one that mountains have of
their own; an observation adds noise.
The regional part falls exponentially with the great-circle distance, which is positive definite on
the sphere (Gneiting, 2013, doi:10.3150/12-BEJSP06). The local part is a powered exponential of the
chord, positive definite for powers up to 2 (Schoenberg, 1938, doi:10.2307/1989894); chord and
great circle differ by less than 1 % over 3,000 km.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS, RADIAN
from tropdsx.errors import DomainError

__all__ = ["Covariance", "Places", "arc_lengths", "rise_of"]

Array = NDArray[np.float64]

_RADIUS = MEAN_EARTH_RADIUS / 1000.0
"""Radius of the Earth [km]."""
_LENGTHS = ("local_length", "local_height", "regional_length")
#: Distance at which what mountains have of their own is down by 1/e [km].
MOUNTAIN_LENGTH = 30.0
#: Height up to which that grows [km]: stations for the fit lie no higher.
HIGHEST = 1.5


@dataclass(frozen=True, eq=False)
class Places:
    """Where things are.

    Attributes
    ----------
    unit : ndarray, shape (n, 3)
        Unit vectors from the centre of the Earth [1].
    height : ndarray, shape (n,)
        Heights, of one datum [m].

    Examples
    --------
    >>> Places.at([0.0, 90.0], [0.0, 0.0], [100.0, 200.0]).unit.round(3)
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """

    unit: Array
    height: Array

    @classmethod
    def at(cls, lat: ArrayLike, lon: ArrayLike, height: ArrayLike | None = None) -> Places:
        """Make places of latitudes and longitudes.

        Parameters
        ----------
        lat, lon : array_like
            Of any one shape, which is flattened; any longitude convention [deg].
        height : array_like, optional
            Heights; zero where heights do not count [m].

        Returns
        -------
        Places
        """
        north, east = (np.ravel(np.asarray(each, np.float64)) * RADIAN for each in (lat, lon))
        ring = np.cos(north)
        unit = np.stack([ring * np.cos(east), ring * np.sin(east), np.sin(north)], axis=-1)
        level = np.zeros(north.size) if height is None else np.ravel(np.asarray(height, np.float64))
        return cls(unit, level)

    def __len__(self) -> int:
        """Count the places."""
        return self.height.size

    def __getitem__(self, rows: slice | NDArray[np.intp] | NDArray[np.bool_]) -> Places:
        """Take some of the places."""
        return Places(self.unit[rows], self.height[rows])


def arc_lengths(a: Places, b: Places) -> Array:
    """Great-circle distances.

    Parameters
    ----------
    a, b : Places
        m and n of them.

    Returns
    -------
    ndarray, shape (m, n)
        [km]

    Examples
    --------
    >>> arc_lengths(Places.at([0.0], [0.0]), Places.at([0.0, 90.0], [180.0, 0.0])).round()
    array([[20015., 10008.]])
    """
    cosine = np.clip(a.unit @ b.unit.T, -1.0, 1.0)
    # Within a metre the cosine has no digits left: such places are one.
    near = cosine > 1.0 - 1e-14
    found = np.arccos(cosine, out=cosine)
    found *= _RADIUS
    found[near] = 0.0
    return found


def rise_of(places: Places) -> Array:
    """Heights as they count for what mountains have of their own.

    Parameters
    ----------
    places : Places
        n of them.

    Returns
    -------
    ndarray, shape (n,)
        From 0 to 1.5 [km].

    Examples
    --------
    >>> rise_of(Places.at([0.0] * 3, [0.0] * 3, [-40.0, 500.0, 4000.0]))
    array([0. , 0.5, 1.5])
    """
    return np.clip(np.nan_to_num(places.height) / 1000.0, 0.0, HIGHEST)


@dataclass(frozen=True, kw_only=True)
class Covariance:
    """Covariance of residuals, in the unit of the variable; the defaults are of ZTD [m].

    Attributes
    ----------
    local, regional : float
        Standard deviations of the two parts of the field.
    local_length, regional_length : float
        Distances at which they are down by 1/e [km].
    local_power : float
        Power of the distance in the exponent of the local part: 1 for a rough field, at most 2 [1].
    local_height : float
        Difference in height at which the local part is down by 1/e [m].
    mountain : float
        Standard deviation at 1 km of a part that each mountain has of its own: it is down by 1/e
        at 30 km, and grows with the height from nothing at 0 to that at 1.5 km.
    noise : float
        Standard deviation of an observation of the field.

    Notes
    -----
    The defaults were measured on hourly ZTD of 62 stations against VMF1 (docs/reconstruction.md).
    A reconstruction of delays takes the deviations as those of a climate whose mean wet delay at
    sea level is 0.1 m, and scales them elsewhere with its square root.

    Examples
    --------
    >>> sea = Covariance(local_length=100.0, local_power=1.0, regional=0.0)
    >>> a, b = Places.at([0.0], [0.0]), Places.at([0.0], [1.0])
    >>> float((sea.between(a, b) / sea.variance)[0, 0].round(3))
    0.329
    """

    local: float = 10.5e-3
    local_length: float = 175.0
    local_power: float = 1.35
    local_height: float = 550.0
    regional: float = 8.5e-3
    regional_length: float = 2300.0
    mountain: float = 6e-3
    noise: float = 1.2e-3

    def __post_init__(self) -> None:
        """Refuse what is no covariance."""
        values = {name: value for name, value in vars(self).items() if not value >= 0}
        lengths = [name for name in _LENGTHS if not getattr(self, name) > 0]
        if values or lengths or not 0 < self.local_power <= 2 or not np.isfinite(self.variance):
            msg = (
                f"no covariance: {self}; accepted are deviations of 0 or more, lengths above 0 and "
                "a power above 0 and at most 2"
            )
            raise DomainError(msg)

    @property
    def variance(self) -> float:
        """Variance of the field at sea level where nothing was observed."""
        return self.local**2 + self.regional**2

    def variance_at(self, places: Places) -> Array:
        """Variance of the field where nothing was observed.

        Parameters
        ----------
        places : Places
            n of them.

        Returns
        -------
        ndarray, shape (n,)
            In the square of the variable's unit.

        Examples
        --------
        >>> low_and_high = Places.at([47.0, 47.0], [11.0, 11.0], [0.0, 1000.0])
        >>> Covariance(local=3.0, regional=0.0, mountain=4.0).variance_at(low_and_high) ** 0.5
        array([3., 5.])
        """
        return self.variance + (self.mountain * rise_of(places)) ** 2

    def between(self, a: Places, b: Places) -> Array:
        """Covariance of the field between places.

        Parameters
        ----------
        a, b : Places
            m and n of them.

        Returns
        -------
        ndarray, shape (m, n)
            In the square of the variable's unit.
        """
        arc = arc_lengths(a, b)
        found = self.at_distance(arc, np.abs(a.height[:, None] - b.height))
        one, other = rise_of(a), rise_of(b)
        if one.any() and other.any():
            found += self.of_mountains(arc, one, other)
        return found

    def of_mountains(self, arc: Array, one: Array, other: Array) -> Array:
        """Covariance of what mountains have of their own.

        Parameters
        ----------
        arc : ndarray, shape (m, n)
            Great-circle distance [km].
        one, other : ndarray, shape (m,) and (n,)
            Heights by :func:`rise_of` [km].

        Returns
        -------
        ndarray, shape (m, n)
            In the square of the variable's unit.
        """
        found = np.exp(arc * (-1.0 / MOUNTAIN_LENGTH))
        found *= (self.mountain**2 * one)[:, None]
        found *= other
        return found

    def at_distance(self, arc: Array, drop: Array) -> Array:
        """Covariance of local and regional part by distance and difference in height.

        Parameters
        ----------
        arc, drop : ndarray
            Great-circle distance [km] and difference in height [m].

        Returns
        -------
        ndarray
            Same shape; in the square of the variable's unit.
        """
        far = arc * (-1.0 / self.regional_length)
        found = np.exp(far, out=far)
        found *= self.regional**2
        if self.local:
            near = self.decay(arc)
            near += drop / self.local_height
            np.negative(near, out=near)
            np.exp(near, out=near)
            near *= self.local**2
            found += near
        return found

    def decay(self, arc: Array) -> Array:
        """Exponent of the local part by distance alone.

        Parameters
        ----------
        arc : ndarray
            Great-circle distance [km].

        Returns
        -------
        ndarray
            Same shape [1].
        """
        chord = np.sin(arc * (0.5 / _RADIUS))
        chord *= 2.0 * _RADIUS / self.local_length
        return chord if self.local_power == 1 else np.power(chord, self.local_power, out=chord)
