"""Means and spreads by latitude and season, as measured (FACTS B2)."""

import numpy as np
import pytest

from tropdsx.workflows.simulate.delays import simulate

from helpers.simulation import LAT, flat, six_hourly

BANDS_OF_LATITUDE = ["46-66N", "26-46N", "10-26N", "0-10", "10-26S", "26-46S", "46-66S"]


@pytest.mark.parametrize("band", BANDS_OF_LATITUDE)
def test_mean_and_spread_of_latitude_bands(statistics, series, band):
    south, north, mean, spread = statistics.BANDS[band]
    zwd = 1e3 * series["zwd"].to_numpy().astype(float)
    found = statistics.moments(zwd, LAT, south, north)
    assert found[0] == pytest.approx(mean, rel=0.18)
    # Five days hold less variance than the 37 the target was measured on.
    assert found[1] == pytest.approx(0.85 * spread, rel=0.3)


def test_summer_is_rougher(statistics):
    lat, lon = np.arange(58.5, 30.0, -3.0), np.arange(0.5, 360.0)
    rough = []
    for day in ("2021-01-01", "2021-07-01"):
        zwd = simulate(six_hourly(day, 17)[::16], lat, lon, flat(lat, lon), seed=1)["zwd"]
        everywhere = np.ones(zwd.shape[1:], bool)
        rough.append(statistics.structure(zwd.to_numpy(), everywhere, lat, [(30, 60)], 2))
    assert 1.2 < rough[1] / rough[0] < 2.6


def test_pressure_is_a_weather_map(series):
    pressure = series["zhd"] / 0.0022768
    assert 930 < float(pressure.min()) < 985
    assert 1030 < float(pressure.max()) < 1065
    spread = pressure.std("time").mean("lon")
    assert 4 < float(spread.sel(lat=48)) < 12
    assert float(spread.sel(lat=0)) < 2.5
