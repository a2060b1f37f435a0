import numpy as np
import pytest

from tropdsx.workflows.reconstruct.diffusion.condition import (
    CHANNELS,
    closeness_of,
    condition_of,
    film_of,
    season_of,
)
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics

LAT, LON = np.array([10.0, 0.0, -10.0]), np.array([170.0, 180.0])
FLAT = np.zeros((3, 2))
SETTING = Setting(LAT, LON, FLAT + 800, FLAT + 100, FLAT + 0.5, FLAT + 2.0)
UNITS = Statistics(0.01, 0.1, 0.05, 300.0, 500.0, 50.0)
LEAP = np.datetime64("2024-02-29T12")


def scene(**changes):
    plain = Scene(FLAT + 0.2, FLAT + 0.01, FLAT + 0.02, np.full((3, 2), np.nan), FLAT == 0)
    return plain._replace(**changes)


def test_channels_are_in_units_of_the_training():
    residual = np.full((3, 2), np.nan)
    residual[1, 0] = 0.0  # a residual of nothing is an observation all the same
    seen = condition_of(SETTING, UNITS, scene(residual=residual), LEAP)
    found = dict(zip(CHANNELS, seen, strict=True))
    assert found["field"][0, 0] == pytest.approx((0.2 + 2 * 0.01 - 0.1) / 0.05, rel=1e-5)
    assert found["increment"][0, 0] == pytest.approx(1.0)
    assert found["sigma"][0, 0] == pytest.approx(2.0)
    assert found["observed"].sum() == found["observed"][1, 0] == 1
    assert found["orography"][0, 0] == pytest.approx(1.0)
    assert found["lifted"][0, 0] == pytest.approx(2.0)
    assert found["sin_lat"][:, 1] == pytest.approx(np.sin(np.radians(LAT)), abs=1e-6)
    assert found["known"].all()


def test_missing_fields_are_zero_and_told():
    zwd = FLAT + 0.2
    zwd[2, 1] = np.nan
    given = scene(zwd=zwd, known=np.isfinite(zwd))
    found = condition_of(SETTING, UNITS, given, LEAP)
    assert np.isfinite(found).all()
    assert found[CHANNELS.index("known"), 2, 1] == 0


def test_the_year_is_a_circle_of_365_or_366_days():
    days = np.arange("2024-01-01", "2025-01-01", dtype="M8[D]")
    angles = np.array([np.arctan2(*season_of(day)) for day in days])
    steps = np.diff(np.unwrap(angles))
    np.testing.assert_allclose(steps, 2 * np.pi / 366, rtol=1e-9)
    assert season_of(np.datetime64("2023-01-01")) == season_of(np.datetime64("2024-01-01"))
    assert season_of(LEAP.astype("M8[ns]")) == season_of(LEAP)


@pytest.mark.parametrize(
    ("one", "two"), [([178.0, 182.0], [-182.0, -178.0]), ([359.0, 361.0], [-1.0, 1.0])]
)
def test_place_has_no_seam(one, two):
    lat = np.array([40.0, 50.0])
    a, b = (film_of(lat, np.array(lon), 500.0, LEAP) for lon in (one, two))
    np.testing.assert_allclose(a, b, atol=1e-6)
    assert np.linalg.norm(a[:3]) == pytest.approx(1, abs=1e-6)
    assert a[3] == 0.5


def test_closeness_counts_weights():
    found = closeness_of((np.arange(4.0, -5, -4), np.arange(0.0, 20, 5)), ([4, 3, 2], [0, 15.0]))
    np.testing.assert_allclose(found, [[1, 1], [0.625, 0.625], [0.5, 0.5]])
    tight = closeness_of((np.array([0.3, 0.0]), np.array([0.0, 0.3])), ([0.3, 0.2], [0.1, 0.6]))
    assert tight[0, 1] == pytest.approx(1)  # rounding makes no node a neighbour of itself
