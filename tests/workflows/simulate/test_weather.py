"""Weather that lasts, moves and has the structure of measured delays (FACTS B2)."""

import numpy as np
import pytest

from tropdsx.workflows.simulate.weather import BANDS, FixedPoints, Weather

from helpers.simulation import LAT, LON


def test_a_chain_keeps_its_variance_between_knots():
    weather = Weather(3)
    lat, lon = np.meshgrid(LAT, LON, indexing="ij")
    points = FixedPoints(lat.ravel(), lon.ravel())
    weight = np.cos(np.deg2rad(points.lat))
    for hours in (0.0, 9.0, 18.0, 27.0):
        field = weather._anomaly(BANDS[3], 450_000.0 + hours, points)
        assert np.average(field**2, weights=weight) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("knot", [-3, 0, 3])
def test_weather_goes_on_across_a_knot_also_before_1970(knot):
    chain, points = BANDS[3], FixedPoints(np.array([48.0, -30.0]), np.array([16.0, 200.0]))
    at_knot = (knot - 0.381966 * chain.stream) * chain.hours
    before, after = (Weather(3)._anomaly(chain, at_knot + part, points) for part in (-0.01, 0.01))
    np.testing.assert_allclose(before, after, atol=0.02)


@pytest.mark.parametrize("band", ["tropics", "10-30N", "40-60"])
def test_structure_function(statistics, winter, band):
    bands, target = statistics.STRUCTURE[band]
    zwd = 1e3 * winter["zwd"].to_numpy().astype(float)
    sea = np.ones(zwd.shape[1:], bool)
    lat = winter["lat"].to_numpy()
    found = [statistics.structure(zwd, sea, lat, bands, lag) for lag in statistics.LAGS]
    np.testing.assert_allclose(found, target, rtol=0.35)


def test_spectrum_is_steeper_at_small_scales(statistics, winter):
    zwd, lat = winter["zwd"].to_numpy().astype(float), winter["lat"].to_numpy()
    long = statistics.slope(zwd, lat, -10, 60, (8, 40))
    short = statistics.slope(zwd, lat, -10, 60, (36, 150))
    assert -2.9 < long < -1.6
    assert -5.0 < short < -2.8


def test_patterns_last_and_move(statistics, series):
    zwd = series["zwd"].to_numpy().astype(float)
    for south, north in [(30, 60), (-10, 10), (-60, -30)]:
        # Anomalies from a mean of five days correlate less than from a climatology.
        assert 0.6 < statistics.autocorrelation(zwd, LAT, 1, south, north) < 0.92
        assert statistics.autocorrelation(zwd, LAT, 4, south, north) < 0.6
    assert statistics.drift(zwd, LAT, 30, 60) > 4
    assert statistics.drift(zwd, LAT, -60, -30) > 4
    assert statistics.drift(zwd, LAT, -10, 10) < -1
