"""A quick look at many epochs: never more lenient than the careful one."""

import numpy as np
import pytest

from tropdsx.atmos.mean_atmospheres import standard_pressure
from tropdsx.atmos.saastamoinen import davis_factor
from tropdsx.geoid.terrain import terrain_at
from tropdsx.grid.checks.delays import DelayCheck

LAT, LON = np.arange(88.0, -90.0, -4.0), np.arange(2.0, 360.0, 4.0)
HEIGHT = terrain_at(LAT[:, None], LON)


def hydrostatic(height):
    return 0.0022768 * standard_pressure(height) / davis_factor(LAT[:, None], height)


def epochs():
    """Delays that fit, and others that are off by more and more, in all ways that are measured."""
    rng = np.random.default_rng(2)
    waves = np.cos(np.deg2rad(3 * LAT))[:, None] * np.sin(np.deg2rad(2 * LON))
    noise = rng.normal(size=HEIGHT.shape)
    for size in (0.0, 30.0, 60.0, 100.0, 118.0, 121.0, 200.0, 400.0, 700.0):
        for shape in (1.0, waves, noise):
            yield hydrostatic(HEIGHT + size * shape)
    yield hydrostatic(HEIGHT)[::-1]
    yield np.where(noise > 2.5, np.nan, hydrostatic(HEIGHT))


@pytest.mark.parametrize("kind", ["zhd", "ztd"])
def test_what_fits_plainly_fits(kind):
    check, delays = DelayCheck(LAT, LON, kind), np.stack(list(epochs()))
    if kind == "ztd":
        delays = delays + 0.1
    plain = check.fits_plainly(delays, HEIGHT)
    careful = np.array([check(delay, HEIGHT) is None for delay in delays])
    assert not (plain & ~careful).any()
    assert 5 < plain.sum() < plain.size
    # All that the careful look accepts, but for gaps and two within 2 % of a limit.
    assert (careful & ~plain).sum() <= 3


def test_single_precision_serves():
    check, delays = DelayCheck(LAT, LON), np.stack(list(epochs()))
    found = check.fits_plainly(delays.astype("f4"), HEIGHT.astype("f4"))
    np.testing.assert_array_equal(found, check.fits_plainly(delays, HEIGHT))


@pytest.mark.parametrize("shape", [(1, 5), (2, 2), (5, 1)])
def test_a_few_nodes_are_left_to_the_careful_look(shape):
    check = DelayCheck(LAT[: shape[0]], LON[: shape[1]])
    assert not check.fits_plainly(np.full((2, *shape), 2.3), np.zeros(shape)).any()


def test_wet_delays_are_left_to_the_careful_look():
    delays = np.stack(list(epochs()))
    assert not DelayCheck(LAT, LON, "zwd").fits_plainly(delays, HEIGHT).any()
