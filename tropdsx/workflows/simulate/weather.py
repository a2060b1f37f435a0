"""Weather that never repeats: drifting random fields, drawn out into fronts by a flow.

Every band of scales is a chain of random fields, one at each knot of a regular time axis; between
two knots the earlier one fades out and the later one fades in, while the wind carries both. A
field is named by (seed, band, knot) alone, so any epoch can be computed by itself.

The wind is a zonal drift and a flow without divergence, made from the pressure field as the
geostrophic wind is. Temperature, mean moisture and all its anomalies are looked up where the air
of a point came from: moist tongues, dry slots and fronts belong to the lows beside them, and move.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import MEAN_EARTH_RADIUS
from tropdsx.workflows.simulate import climate
from tropdsx.workflows.simulate.sphere import SphereField, random_field

__all__ = ["BANDS", "Chain", "Weather", "WeatherState"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Chain:
    """A band of scales and how long its patterns live.

    Attributes
    ----------
    stream : int
        Name within a seed.
    peak : float
        Spherical harmonic degree with the most variance; an octave to both sides is filled.
    hours : float
        From one random field to the next [h].

    Examples
    --------
    >>> chain = Chain(0, 3.0, 180.0)
    >>> chain.power.round(3).tolist(), chain.rows
    ([0.0, 0.0, 0.26, 0.471, 0.223, 0.046, 0.0], 48)
    """

    stream: int
    peak: float
    hours: float

    @property
    def power(self) -> Array:
        """Variance of each degree, 1 in all."""
        degree = np.arange(1.0, 2.0 * self.peak + 1.0)
        octaves = np.log2(degree / self.peak)
        share = np.where(np.abs(octaves) < 1, np.cos(0.5 * np.pi * octaves) ** 2, 0.0)
        share /= degree
        return np.concatenate([[0.0], share / share.sum()])

    @property
    def rows(self) -> int:
        """Rows of a grid on which a cubic spline follows every degree."""
        return max(48, 2 * int(2.0 * self.peak))


#: Moisture, from planetary waves to about 200 km; last the short-lived tropical convection.
BANDS = (
    Chain(0, 3.0, 180.0),
    Chain(1, 6.0, 96.0),
    Chain(2, 12.0, 44.0),
    Chain(3, 24.0, 24.0),
    Chain(4, 48.0, 14.0),
    Chain(5, 96.0, 9.0),
    Chain(6, 20.0, 8.0),
)
#: Pressure: lows and highs, and their finer structure.
PRESSURE = (Chain(10, 9.0, 66.0), Chain(11, 22.0, 36.0))
PRESSURE_SHARE = (0.978, 0.21)
TROPICAL_FLOW = Chain(12, 10.0, 44.0)
TEMPERATURE = Chain(13, 10.0, 72.0)
SCALE_HEIGHT = Chain(14, 12.0, 48.0)

FLOW_ROWS = 90
#: The flow has been carrying the air across the mean state for so long, at least REACH [h].
MEMORY = 24.0
#: The frozen flow of one epoch is followed no further than this from the air's path [h].
REACH = 16.0
STEP = 4.0


@dataclass(frozen=True)
class FixedPoints:
    """Points that stay where they are: pressure patterns are not carried by their own wind.

    Attributes
    ----------
    lat, lon : ndarray, shape (P,)
        Points [deg].
    """

    lat: Array
    lon: Array

    def at(self, hours: float) -> tuple[Array, Array]:
        """Latitude and longitude of the points at any hour; see :class:`Trajectories`."""
        return self.lat, self.lon


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Where the air of each point comes from in the flow of one epoch.

    Attributes
    ----------
    points : ndarray, shape (steps, 3, P)
        Unit vectors, each STEP hours further back.

    Examples
    --------
    >>> air = Trajectories(np.eye(3)[:2, :, None])  # from 0 N 0 E, STEP hours ago at 0 N 90 E
    >>> [float(each[0]) for each in air.at(0.5 * STEP)]
    [0.0, 45.0]
    """

    points: Array

    def at(self, hours: float) -> tuple[Array, Array]:
        """Latitude and longitude of the air some hours before the epoch.

        Parameters
        ----------
        hours : float
            How long before [h].

        Returns
        -------
        lat, lon : ndarray, shape (P,)
            Where it was [deg].
        """
        position = hours / STEP
        lower = min(int(position), len(self.points) - 2)
        share = position - lower
        return _degrees((1 - share) * self.points[lower] + share * self.points[lower + 1])


@dataclass(frozen=True)
class WeatherState:
    """The weather of one epoch at some points.

    Attributes
    ----------
    lat, lon : ndarray
        Where the air came from [deg].
    pressure, temperature, scale_height : ndarray
        Anomalies of unit variance [1].
    bands : tuple of ndarray
        Moisture anomalies of unit variance, in the order of BANDS [1].
    """

    lat: Array
    lon: Array
    pressure: Array
    temperature: Array
    scale_height: Array
    bands: tuple[Array, ...]


@dataclass(frozen=True)
class Weather:
    """The weather of one seed, at any epoch.

    Attributes
    ----------
    seed : int
        Names the weather.

    Examples
    --------
    >>> state = Weather(1).at(0.0, np.array([48.0, -30.0]), np.array([16.0, 200.0]))
    >>> len(state.bands), state.bands[0].shape
    (7, (2,))
    """

    seed: int

    def at(self, hours: float, lat: Array, lon: Array) -> WeatherState:
        """Weather at points.

        Parameters
        ----------
        hours : float
            Since 1970-01-01 00 UTC [h].
        lat, lon : ndarray, shape (P,)
            Points [deg].

        Returns
        -------
        WeatherState
        """
        air = self._trajectories(hours, lat, lon)
        from_lat, from_lon = air.at(MEMORY)
        return WeatherState(
            from_lat,
            from_lon,
            self._pressure(hours, lat, lon),
            self._anomaly(TEMPERATURE, hours, air),
            self._anomaly(SCALE_HEIGHT, hours, air),
            tuple(self._anomaly(band, hours, air) for band in BANDS),
        )

    def _anomaly(self, chain: Chain, hours: float, air: Trajectories | FixedPoints) -> Array:
        """One chain's field of unit variance."""
        # The chains' knots fall on different hours, so that no epoch is special.
        position = hours / chain.hours + 0.381966 * chain.stream
        knot = int(np.floor(position))
        share = position - knot
        total = np.zeros(())
        for number, age, weight in (
            (knot, share * chain.hours, np.cos(0.5 * np.pi * share)),
            (knot + 1, (share - 1) * chain.hours, np.sin(0.5 * np.pi * share)),
        ):
            lat, lon = air.at(MEMORY + REACH * np.tanh(age / REACH))
            carried = lon - climate.DRIFT(lat) * age / 24.0
            total = total + weight * _field(self.seed, chain, number).sample(lat, carried)
        return total

    def _pressure(self, hours: float, lat: Array, lon: Array) -> Array:
        parts = [self._anomaly(chain, hours, FixedPoints(lat, lon)) for chain in PRESSURE]
        return sum((s * p for s, p in zip(PRESSURE_SHARE, parts, strict=True)), np.zeros(lat.shape))

    def _trajectories(self, hours: float, lat: Array, lon: Array) -> Trajectories:
        """Follow the frozen flow back from each point."""
        flow = self._flow(hours)
        points = [_unit_vectors(lat, lon)]
        for _ in range(round((MEMORY + REACH) / STEP)):
            here = _degrees(points[-1])
            wind = np.stack([part.sample(*here, order=1) for part in flow])
            point = points[-1] - STEP * wind
            points.append(point / np.sqrt((point**2).sum(axis=0)))
        return Trajectories(np.stack(points))

    def _flow(self, hours: float) -> tuple[SphereField, ...]:
        """Wind [radian per hour] from a stream function, as three Cartesian fields."""
        step = 180.0 / FLOW_ROWS
        lat, lon = np.meshgrid(
            90.0 - (np.arange(FLOW_ROWS) + 0.5) * step,
            (np.arange(2 * FLOW_ROWS) + 0.5) * step,
            indexing="ij",
        )
        # Winds turn the other way round a low in the south, and not at all on the equator.
        geostrophic = np.tanh(lat / 15.0)
        shape = lat.shape
        points = FixedPoints(lat.ravel(), lon.ravel())
        stream = geostrophic * self._anomaly(PRESSURE[0], hours, points).reshape(shape)
        stream += np.sqrt(1 - geostrophic**2) * self._anomaly(TROPICAL_FLOW, hours, points).reshape(
            shape
        )
        stream *= climate.WIND(lat) * 3600.0 / MEAN_EARTH_RADIUS / _gradient(PRESSURE[0].power)
        return _rotated_gradient(stream, lat, lon)


# Neighbouring epochs share most of their fields; these are about two days' worth, 30 MB.
@lru_cache(maxsize=60)
def _field(seed: int, chain: Chain, knot: int) -> SphereField:
    """Random field of one knot."""
    # Knots before 1970 are negative, which a seed may not be.
    values = random_field(chain.power, chain.rows, (seed, chain.stream, knot % 2**32))
    return SphereField.from_nodes(values)


def _gradient(power: Array) -> float:
    """Root mean square gradient [per radian] of an isotropic field."""
    degree = np.arange(power.size)
    return float(np.sqrt((degree * (degree + 1) * power).sum()))


def _rotated_gradient(stream: Array, lat: Array, lon: Array) -> tuple[SphereField, ...]:
    """Flow along the lines of a stream function: r x grad, in Cartesian components."""
    step = np.deg2rad(180.0 / lat.shape[0])
    half = stream.shape[1] // 2
    over = [np.roll(stream[row], half)[None] for row in (0, -1)]
    tall = np.concatenate([over[0], stream, over[1]])
    south_north = (tall[:-2] - tall[2:]) / (2 * step)
    west_east = (np.roll(stream, -1, 1) - np.roll(stream, 1, 1)) / (2 * step)
    phi, lam = np.deg2rad(lat), np.deg2rad(lon)
    east, north = -south_north, west_east / np.cos(phi)
    return tuple(
        SphereField.from_nodes(part)
        for part in (
            -np.sin(lam) * east - np.sin(phi) * np.cos(lam) * north,
            np.cos(lam) * east - np.sin(phi) * np.sin(lam) * north,
            np.cos(phi) * north,
        )
    )


def _unit_vectors(lat: Array, lon: Array) -> Array:
    phi, lam = np.deg2rad(lat), np.deg2rad(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def _degrees(point: Array) -> tuple[Array, Array]:
    x, y, z = point
    return np.rad2deg(np.arctan2(z, np.hypot(x, y))), np.rad2deg(np.arctan2(y, x))
