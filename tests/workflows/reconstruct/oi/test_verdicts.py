import numpy as np
import pytest

from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.screening import Flag, screen
from tropdsx.workflows.reconstruct.oi.verdicts import (
    describe_common,
    describe_doubt,
    describe_limit,
    describe_stations,
)

from helpers.gaussian import draw

TRUTH = Covariance(noise=1.5e-3)
HOURS = np.arange(30) * 12.0
NAMES = [f"S{number:02d}" for number in range(20)]


@pytest.fixture(scope="module")
def world():
    return draw(TRUTH, stations=20, draws=30, seed=7, box=(45.0, 50.0, 10.0, 20.0))


def test_each_station_that_is_left_out_is_named_with_its_reason(world):
    spoiled = world.observed.copy()
    spoiled[:, 5] -= 0.05
    spoiled[:, 6] += np.random.default_rng(0).normal(0, 0.06, 30)
    found = screen(spoiled, HOURS, world.stations, prior=TRUTH, fit=False)
    biased, erratic = describe_stations(NAMES, found, np.full(20, 2.0))
    size = f"{-2000 * found.bias.offset[5]:.0f} mm too small throughout"
    assert all(words in biased for words in ("station S05", size, "height"))
    assert all(words in erratic for words in ("station S06", "more than half"))
    assert (found.flags[:, 5] == Flag.BIASED_STATION).all()
    assert (found.flags[:, 6] == Flag.ERRATIC_STATION).all()


def test_nothing_is_said_of_good_stations_but_what_would_not_be_noticed(world):
    found = screen(world.observed, HOURS, world.stations, prior=TRUTH, fit=False)
    assert describe_stations(NAMES, found, np.ones(20)) == []
    middle = 4000 * np.median(found.bias.sigma)
    assert f"from {middle:.0f} mm on" in describe_limit(found, np.ones(20))
    assert describe_doubt(NAMES, found) == ""


def test_wrong_stations_that_are_too_many_to_be_left_out_are_told(world):
    spoiled = world.observed.copy()
    spoiled[:, :8] += np.where(np.arange(8) % 2, 0.1, -0.1)
    found = screen(spoiled, HOURS, world.stations, prior=TRUTH, fit=False)
    assert describe_stations(NAMES, found, np.ones(20)) == []
    doubt = describe_doubt(NAMES, found)
    assert doubt.startswith("S00, S01, S02")
    assert "differ throughout from other stations and are used" in doubt


def test_what_is_common_to_all_stations_is_told(world):
    shifted = screen(world.observed + 0.05, HOURS, world.stations, prior=TRUTH, fit=False)
    assert describe_stations(NAMES, shifted, np.ones(20)) == []
    text = describe_common(shifted, np.full(20, 2.0))
    assert f"are {2000 * shifted.common[0]:.0f} mm larger" in text
    assert "--station-heights" in text
    good = screen(world.observed, HOURS, world.stations, prior=TRUTH, fit=False)
    assert describe_common(good, np.ones(20)) == ""
