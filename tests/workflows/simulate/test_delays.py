"""The simulator: reproducible, seamless, and as variable as measured delays."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError
from tropdsx.workflows.simulate.delays import SOURCE, simulate, thermal_tide

from helpers.simulation import EPOCH, LAT, LON, flat, six_hourly


def test_every_epoch_and_place_stands_for_itself():
    times = six_hourly("2022-07-01", 3)
    whole = simulate(times, LAT, LON, flat(), seed=4)
    last = simulate(times[2], LAT[10:20:2], LON[::3], flat()[10:20:2, ::3], seed=4)
    np.testing.assert_allclose(last["zwd"][0], whole["zwd"][2, 10:20:2, ::3], rtol=1e-6)
    np.testing.assert_allclose(last["zhd"][0], whole["zhd"][2, 10:20:2, ::3], rtol=1e-6)


def test_chunks_are_lazy_and_change_nothing():
    times = six_hourly("1969-12-31T12", 3)
    lazy = simulate(times, LAT[::4], LON[::4], flat()[::4, ::4], seed=4, chunks=2)
    assert lazy["zwd"].chunks[0] == (2, 1)
    eager = simulate(times, LAT[::4], LON[::4], flat()[::4, ::4], seed=4)
    xr.testing.assert_identical(lazy.compute(), eager)


def test_numbers_do_not_drift_between_versions():
    """Samples and training data are named by their seed alone."""
    ds = simulate(EPOCH, [48.0, -30.0], [10.0, 200.0], np.full((2, 2), 500.0), seed=7)
    np.testing.assert_allclose(ds["zwd"][0], REFERENCE_ZWD, atol=2e-5)
    np.testing.assert_allclose(ds["zhd"][0], REFERENCE_ZHD, atol=2e-5)


REFERENCE_ZWD = [[0.12332, 0.05467], [0.09441, 0.06978]]
REFERENCE_ZHD = [[2.1867, 2.17752], [2.19762, 2.19262]]


def test_another_seed_is_another_weather(summer_day):
    south = slice(25, 35)  # 12 S to 48 S: same climate
    other = simulate(EPOCH, LAT[south], LON, flat()[south], seed=2)
    anomaly = [np.log(ds["zwd"][0]) for ds in (summer_day.isel(lat=south), other)]
    pair = [(a - a.mean("lon")).to_numpy().ravel() for a in anomaly]
    assert abs(np.corrcoef(*pair)[0, 1]) < 0.4


def test_it_says_that_it_is_simulated(series):
    assert series.attrs["source"] == SOURCE
    assert "simulated" in series.attrs["comment"]
    assert all("simulated" in series[name].attrs["long_name"] for name in ("zhd", "zwd"))
    assert series["zwd"].dtype == np.float32
    assert series["zwd"].dims == ("time", "lat", "lon")


def test_variables_and_floor():
    ds = simulate(
        EPOCH, LAT, LON, flat() + 5000, seed=1, variables=("temperature", "zwd"), floor=0.005
    )
    assert set(ds) == {"temperature", "zwd"}
    assert float(ds["zwd"].min()) == pytest.approx(0.005)
    assert 200 < float(ds["temperature"].min()) < float(ds["temperature"].max()) < 290


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"orography": np.zeros((2, 2))}, GridError, "shape"),
        ({"lat": LAT + 30}, GridError, "latitudes reach"),
        ({"seed": -1}, DomainError, "seed -1"),
        ({"variables": ("ztd",)}, DomainError, "ztd"),
        ({"time": "NaT"}, DomainError, "NaT"),
    ],
)
def test_wrong_input_is_refused(change, error, text):
    given = {"time": EPOCH, "lat": LAT, "lon": LON, "orography": flat(), "seed": 1} | change
    with pytest.raises(error, match=text):
        simulate(**given)


def test_zwd_stays_within_the_range_of_the_archives(series):
    assert 0.003 < float(series["zwd"].min()) < float(series["zwd"].max()) < 0.52


def test_thermal_tide_peaks_at_ten_local_time():
    hours = np.arange(0, 24, 0.25)
    tide = thermal_tide(hours, np.zeros(96), np.zeros(96))
    assert tide.max() == pytest.approx(1.16, abs=0.01)
    assert min(hours[np.argmax(tide)] % 12, 12) == pytest.approx(9.75, abs=0.6)


def test_mountains_carry_less_air(summer_day):
    low, high = summer_day, simulate(EPOCH, LAT, LON, flat() + 3000.0, seed=1)
    ratio = (high["zhd"] / low["zhd"]).to_numpy()
    assert 0.64 < ratio.min() < ratio.max() < 0.72
    wet = (high["zwd"] / low["zwd"]).to_numpy()
    assert 0.15 < wet.min() < wet.max() < 0.55
