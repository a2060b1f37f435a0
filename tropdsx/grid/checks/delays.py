"""Delays beside the heights that they refer to.

The pressure in a hydrostatic delay tells its height: in a standard atmosphere with the weather of a
day to 130-210 m rms over the globe, whatever the product (VMF1, VMF3, GFS), with 10-30 m on the
average and 15-25 m between neighbouring nodes. Fields that are mirrored or moved, heights that were
divided twice or belong to another model are off by a multiple of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import SAASTAMOINEN, STANDARD_GRAVITY, WET_SCALE_HEIGHT
from tropdsx.atmos.mean_atmospheres import standard_height
from tropdsx.atmos.saastamoinen import davis_factor
from tropdsx.geoid.terrain import terrain_at
from tropdsx.grid.checks import ground as of_ground
from tropdsx.grid.checks.ground import FLAT, RELIEF_SHARE, SLOPES, Ground, curvature
from tropdsx.grid.checks.terrain import sample_grid

__all__ = ["DelayCheck", "Misfit", "mean_wet_delay"]

#: Nodes looked at of an epoch.
_MOST = 4_000
#: [m] What the implied height may be off at most: rms and mean, over the globe and in a region. The
#: most found in 206 real epochs is 211 and 30 m; in boxes of 20 x 30 deg 560 m, in Antarctica.
_GLOBE, _REGION = (350.0, 120.0), (750.0, 750.0)
#: The same of a total delay less a mean wet delay: 305 and 169 m were found.
_GLOBE_TOTAL, _REGION_TOTAL = (550.0, 300.0), (1100.0, 1100.0)
#: Between neighbours: the weather [m, m deg-1], which averages out over many nodes.
_WEATHER, _WEATHER_PER_DEGREE = 4.0, 4.0
#: A total delay carries a wet delay that is no mean one [times the weather].
_WET_WEATHER = 5.0
#: Share of the globe's nodes for which wet delays must fit better elsewhere to be out of place.
_BETTER_ELSEWHERE = 0.9
_FOOT = 0.3048


class Misfit(NamedTuple):
    """Why delays and heights do not belong together.

    Attributes
    ----------
    found : str
        What was measured.
    cause : str
        What would make them fit.

    Examples
    --------
    >>> Misfit("1227 m rms", "mirrored north-south").cause
    'mirrored north-south'
    """

    found: str
    cause: str


class _Fit(NamedTuple):
    """How implied heights differ from those given: rms, mean, and between neighbours [m]."""

    rms: float
    mean: float
    rough: float
    allowed: float

    def badness(self, limits: tuple[float, float]) -> float:
        """Largest of the three in units of what is allowed."""
        return max(
            self.rms / limits[0], abs(self.mean) / limits[1], self.rough / max(self.allowed, 1.0)
        )


@dataclass(frozen=True, eq=False)
class DelayCheck:
    """Hold the delays of an epoch against the heights of their nodes.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes [deg].
    kind : {"zhd", "ztd", "zwd"}
        What the delays are.

    Examples
    --------
    >>> from tropdsx.atmos.mean_atmospheres import standard_pressure
    >>> lat, lon = np.arange(88.0, -90.0, -4.0), np.arange(2.0, 360.0, 4.0)
    >>> height = terrain_at(lat[:, None], lon)
    >>> zhd = 0.0022768 * standard_pressure(height) / davis_factor(lat[:, None], height)
    >>> check = DelayCheck(lat, lon)
    >>> check(zhd, height) is None
    True
    >>> check(zhd[::-1], height).cause
    'the delays were mirrored north-south'
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    kind: str = "zhd"
    _last: list[Ground] = field(default_factory=list, init=False, repr=False)

    def __call__(
        self,
        delay: NDArray[np.floating],
        height: NDArray[np.floating],
        wet: NDArray[np.floating] | None = None,
    ) -> Misfit | None:
        """Check one epoch.

        Parameters
        ----------
        delay : ndarray, shape (J, I)
            Of the kind [m].
        height : ndarray, shape (J, I)
            Heights of the nodes [m].
        wet : ndarray, shape (J, I), optional
            Wet delay, to recognise a total delay under the name of a hydrostatic one [m].

        Returns
        -------
        Misfit or None
            None where they belong together, or where too little is known to tell.
        """
        if self.kind == "zwd":
            return self._check_wet(delay, height)
        own = self._fit(delay, height)
        limits = self._limits()
        if own is None or own.badness(limits) <= 1.0:
            return None
        found = [
            (fit.badness(limits), cause)
            for cause, other, ground in self._others(delay, height, wet)
            if (fit := self._fit(other, ground)) is not None
        ]
        worst, cause = min(found, key=lambda each: each[0])
        most = min(1.0, 0.7 * own.badness(limits))
        if worst > most:
            cause = "these heights are those of another model or file"
            shipped = self._fit(delay, terrain_at(self.lat[:, None], self.lon))
            if shipped is not None and shipped.badness(limits) <= most:
                cause = "they referred to the shipped terrain: these heights are of another"
        return Misfit(_describe(own, limits, self.is_globe), cause)

    def fits_plainly(
        self, delays: NDArray[np.floating], height: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """Say which epochs (N, J, I) are far from all limits, so that they need no call."""
        delays, lat, lon = sample_grid(delays, self.lat, self.lon, _MOST)
        if self.kind == "zwd" or min(lat.size, lon.size) < 3:
            return np.zeros(len(delays), np.bool_)
        ground = self._ground(height)
        if self.kind == "ztd":
            delays = delays - ground.wet
        weather = self._weather(abs(lat[0] - lat[1]), ground.relief.size)
        return of_ground.fits_plainly(delays, ground, self._limits(), weather)

    @property
    def is_globe(self) -> bool:
        """Whether the grid covers most of the globe."""
        return bool(np.ptp(self.lat) > 120.0 and np.ptp(self.lon) > 300.0)

    def _limits(self) -> tuple[float, float]:
        if self.kind == "ztd":
            return _GLOBE_TOTAL if self.is_globe else _REGION_TOTAL
        return _GLOBE if self.is_globe else _REGION

    def _fit(self, delay: NDArray[np.floating], height: NDArray[np.floating]) -> _Fit | None:
        delay, lat, _ = sample_grid(delay, self.lat, self.lon, _MOST)
        ground = self._ground(height)
        if self.kind == "ztd":
            delay = delay - ground.wet
        with np.errstate(invalid="ignore"):
            implied = standard_height(np.maximum(delay * ground.to_pressure, 1.0))
        off = implied - ground.height
        known: Any = np.isfinite(off)
        if known.sum() < 4:
            return None
        known = ... if known.all() else known  # most grids have no gaps
        steps = abs(lat[0] - lat[1])
        rough, allowed = self._between_neighbours(implied, ground.relief, steps)
        off, weight = off[known].ravel(), ground.weight[known].ravel()
        mean = float(off @ weight / weight.sum())
        return _Fit(float(np.sqrt(off @ off / off.size)), mean, rough, allowed)

    def _ground(self, height: NDArray[np.floating]) -> Ground:
        """Take the heights that are looked at; those of the last epoch are known."""
        height, lat, _ = sample_grid(height, self.lat, self.lon, _MOST)
        for last in self._last:
            if np.array_equal(last.height, height):
                return last
        north = lat[:, None]
        ground = Ground(
            height.copy(),
            davis_factor(north, height) / SAASTAMOINEN,
            mean_wet_delay(north, height),
            np.broadcast_to(np.cos(np.deg2rad(north)) + 1e-6, height.shape),
            curvature(height),
        )
        self._last[:] = [ground]
        return ground

    def _between_neighbours(
        self, implied: NDArray[np.floating], relief: NDArray[np.floating], step: float
    ) -> tuple[float, float]:
        """Roughness of the difference [m], and what weather and other air may make of it [m]."""
        steps = curvature(implied)
        known: Any = np.isfinite(steps) & np.isfinite(relief)
        if known.sum() < 6:
            return 0.0, 1.0
        known = ... if known.all() else known
        steps, relief = steps[known].ravel(), relief[known].ravel()
        power = float(relief @ relief / relief.size)
        slope = np.clip(steps @ relief / relief.size / power, *SLOPES) if power > FLAT else 1.0
        weather = self._weather(step, steps.size)
        rest = steps - slope * relief
        rough = float(np.sqrt(rest @ rest / rest.size))
        return rough, RELIEF_SHARE * float(np.sqrt(power)) + weather

    def _weather(self, step: float, nodes: int) -> float:
        """Tell what the weather makes between neighbours, some degrees apart [m]."""
        usual = _WEATHER + _WEATHER_PER_DEGREE * step
        return usual * (1.0 + 7.0 / np.sqrt(nodes)) * (_WET_WEATHER if self.kind == "ztd" else 1)

    def _others(
        self,
        delay: NDArray[np.floating],
        height: NDArray[np.floating],
        wet: NDArray[np.floating] | None,
    ) -> Iterator[tuple[str, NDArray[np.floating], NDArray[np.floating]]]:
        """List what may have happened to delays or heights: (words, delays, heights)."""
        if wet is not None and self.kind == "zhd":
            yield "zhd were a total delay", delay - wet, height
        for text, moved in self._moved(delay):
            yield f"the delays were {text}", moved, height
        for factor, text in (
            (STANDARD_GRAVITY, "divided by 9.80665 once too often"),
            (1 / STANDARD_GRAVITY, "not yet divided by 9.80665"),
            (_FOOT, "in feet"),
            (1e3, "in km"),
        ):
            yield f"the heights were {text}", delay, height * factor
        yield "the delays referred to sea level", delay, np.zeros_like(height)

    def _moved(self, field: NDArray[np.floating]) -> Iterator[tuple[str, NDArray[np.floating]]]:
        if not self.is_globe:
            yield "mirrored north-south", field[::-1]
            return
        yield "mirrored north-south", field[::-1]
        yield "mirrored east-west", field[:, ::-1]
        yield "turned by 180 deg in the plane", field[::-1, ::-1]
        columns = self.lon.size
        for part in (2, *range(1, 12)):
            turn = columns // 2 if part == 2 else round(part * columns / 12)
            yield f"moved by {turn * 360 / columns:.0f} deg of longitude", np.roll(field, -turn, 1)
        yield "moved by one column", np.roll(field, -1, 1)
        yield "moved by one column", np.roll(field, 1, 1)

    def _check_wet(
        self, delay: NDArray[np.floating], height: NDArray[np.floating]
    ) -> Misfit | None:
        """Wet delays scatter: they tell no height, but whether they would fit better elsewhere."""
        known = np.isfinite(delay) & np.isfinite(height)
        if not self.is_globe or known.sum() < 200:
            return None
        own = self._scatter(delay, height)
        found = [
            (self._scatter(other, ground), cause)
            for cause, other, ground in self._others(delay, height, None)
        ]
        least, cause = min(found, key=lambda each: each[0])
        if least > _BETTER_ELSEWHERE * own:
            return None
        return Misfit(f"zwd differs from its mean by a factor of {np.exp(own):.1f}", cause)

    def _scatter(self, delay: NDArray[np.floating], height: NDArray[np.floating]) -> float:
        delay, lat, _ = sample_grid(delay, self.lat, self.lon, _MOST)
        height, lat, _ = sample_grid(height, self.lat, self.lon, _MOST)
        ratio = np.maximum(delay, 1e-3) / np.maximum(mean_wet_delay(lat[:, None], height), 1e-9)
        return float(np.nanstd(np.log(ratio)))


def mean_wet_delay(lat: NDArray[np.floating], height: NDArray[np.floating]) -> NDArray[np.floating]:
    """Estimate the wet delay by latitude and height alone.

    Parameters
    ----------
    lat, height : ndarray
        Latitude [deg] and height [m]; they broadcast against each other.

    Returns
    -------
    ndarray
        (0.02 + 0.25 cos^2 lat) exp(-h / 2000): means of VMF1 by band of latitude to 0.05 m [m].

    Examples
    --------
    >>> mean_wet_delay(np.array([0.0, 90.0]), np.zeros(2)).round(2).tolist()
    [0.27, 0.02]
    """
    return (0.02 + 0.25 * np.cos(np.deg2rad(lat)) ** 2) * np.exp(-height / WET_SCALE_HEIGHT)


def _describe(fit: _Fit, limits: tuple[float, float], is_globe: bool) -> str:
    what = "the height in the delays"
    usual = " (usual: 130 to 210 m)" if is_globe else ""
    if fit.rms > limits[0]:
        return f"{what} is off by {fit.rms:.0f} m rms{usual}"
    if abs(fit.mean) > limits[1]:
        return f"{what} is off by {fit.mean:.0f} m on the average (usual: 10 to 30 m)"
    return (
        f"{what} is off by {fit.rough:.0f} m between nodes (at most {fit.allowed:.0f} m is usual)"
    )
