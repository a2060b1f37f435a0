"""The simulator: reproducible, seamless, and as variable as measured delays."""

import importlib.util
import sys

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from tropdsx.errors import DomainError, GridError
from tropdsx.workflows.simulate.delays import SOURCE, simulate, thermal_tide
from tropdsx.workflows.simulate.sphere import SphereField, random_field, synthesise
from tropdsx.workflows.simulate.weather import BANDS, FixedPoints, Weather

from helpers.paths import ROOT

LAT, LON = np.arange(88.0, -89.0, -4.0), np.arange(2.0, 360.0, 4.0)
EPOCH = np.datetime64("2022-07-01T12", "ns")


def flat(lat=LAT, lon=LON):
    return np.zeros((lat.size, lon.size))


def six_hourly(start, count):
    return np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(6, "h")


@pytest.fixture(scope="module")
def statistics():
    path = ROOT / "benchmarks" / "simulator.py"
    if not path.is_file():
        pytest.skip("benchmarks/ is not here")
    spec = importlib.util.spec_from_file_location("simulator_statistics", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def series():
    """Five days at 4 x 8 degrees at h = 0."""
    return simulate(six_hourly("2022-03-20", 20), LAT, LON[::2], flat(LAT, LON[::2]), seed=1)


@pytest.fixture(scope="module")
def summer_day():
    return simulate(EPOCH, LAT, LON, flat(), seed=1)


@pytest.fixture(scope="module")
def winter():
    """Zonal rows at 1 degree, three winter epochs four days apart, at h = 0."""
    lat, lon = np.arange(58.5, -10.0, -4.0), np.arange(0.5, 360.0)
    return simulate(six_hourly("2021-01-01", 33)[::16], lat, lon, flat(lat, lon), seed=1)


# --- fields on the sphere


def test_one_harmonic_is_what_the_formula_says():
    coefficients = np.zeros((4, 4), complex)
    coefficients[2, 1] = 1.0 - 0.5j
    field = synthesise(coefficients, 12)
    lat = np.deg2rad(90 - (np.arange(12) + 0.5) * 15)[:, None]
    lon = np.deg2rad((np.arange(24) + 0.5) * 15)
    legendre = np.sqrt(15) * np.sin(lat) * np.cos(lat)  # 4 pi normalised
    np.testing.assert_allclose(field, legendre * (np.cos(lon) + 0.5 * np.sin(lon)), atol=1e-13)


def test_random_field_has_unit_variance_at_every_latitude():
    power = BANDS[3].power
    fields = np.stack([random_field(power, 96, (5, number)) for number in range(20)])
    assert power.sum() == pytest.approx(1.0)
    variance = fields.var(axis=(0, 2))
    np.testing.assert_allclose(variance[10:-10], 1.0, atol=0.25)
    assert variance[:4].mean() == pytest.approx(1.0, abs=0.5)


def test_spline_meets_its_nodes_and_goes_across_the_pole():
    values = random_field(BANDS[2].power, 48, (1,))
    field = SphereField.from_nodes(values)
    step = 180 / 48
    lat = 90 - (np.arange(48) + 0.5) * step
    np.testing.assert_allclose(field.sample(lat, np.full(48, 0.5 * step)), values[:, 0], atol=1e-12)
    np.testing.assert_allclose(field.sample(lat, np.full(48, 0.5 * step - 720)), values[:, 0])
    around = field.sample(np.full(36, 89.99), np.arange(0.0, 360.0, 10.0))
    assert np.ptp(around) < 0.05


def test_a_chain_keeps_its_variance_between_knots():
    weather = Weather(3)
    lat, lon = np.meshgrid(LAT, LON, indexing="ij")
    points = FixedPoints(lat.ravel(), lon.ravel())
    weight = np.cos(np.deg2rad(points.lat))
    for hours in (0.0, 9.0, 18.0, 27.0):
        field = weather._anomaly(BANDS[3], 450_000.0 + hours, points)
        assert np.average(field**2, weights=weight) == pytest.approx(1.0, abs=0.15)


# --- reproducible


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


# --- says what it is, refuses what it cannot do


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


# --- as variable as the real thing: FACTS B2, limits about three times the sampling error


BANDS_OF_LATITUDE = ["46-66N", "26-46N", "10-26N", "0-10", "10-26S", "26-46S", "46-66S"]


@pytest.mark.parametrize("band", BANDS_OF_LATITUDE)
def test_mean_and_spread_of_latitude_bands(statistics, series, band):
    south, north, mean, spread = statistics.BANDS[band]
    zwd = 1e3 * series["zwd"].to_numpy().astype(float)
    found = statistics.moments(zwd, LAT, south, north)
    assert found[0] == pytest.approx(mean, rel=0.18)
    # Five days hold less variance than the 37 the target was measured on.
    assert found[1] == pytest.approx(0.85 * spread, rel=0.3)


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


def test_summer_is_rougher(statistics):
    lat, lon = np.arange(58.5, 30.0, -3.0), np.arange(0.5, 360.0)
    rough = []
    for day in ("2021-01-01", "2021-07-01"):
        zwd = simulate(six_hourly(day, 17)[::16], lat, lon, flat(lat, lon), seed=1)["zwd"]
        everywhere = np.ones(zwd.shape[1:], bool)
        rough.append(statistics.structure(zwd.to_numpy(), everywhere, lat, [(30, 60)], 2))
    assert 1.2 < rough[1] / rough[0] < 2.6


def test_zwd_stays_within_the_range_of_the_archives(series):
    assert 0.003 < float(series["zwd"].min()) < float(series["zwd"].max()) < 0.52


def test_pressure_is_a_weather_map(series):
    pressure = series["zhd"] / 0.0022768
    assert 930 < float(pressure.min()) < 985
    assert 1030 < float(pressure.max()) < 1065
    spread = pressure.std("time").mean("lon")
    assert 4 < float(spread.sel(lat=48)) < 12
    assert float(spread.sel(lat=0)) < 2.5


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


def test_cli_writes_what_the_function_gives(tmp_path):
    from tropdsx.cli.simulate import simulate as command

    out = tmp_path / "week.nc"
    wanted = [str(out), "--spacing", "20", "--epochs", "2", "--seed", "5", "--temperature"]
    ran = CliRunner().invoke(command, wanted, catch_exceptions=False)
    assert ran.exit_code == 0
    assert ran.output.strip() == str(out)
    with xr.open_dataset(out) as ds:
        again = simulate(six_hourly("2022-07-01", 2), ds["lat"], ds["lon"], ds["orography"], seed=5)
        np.testing.assert_array_equal(ds["zwd"], again["zwd"])
        assert "simulated" in ds.attrs["source"]
        wanted = "--spacing 20.0 --seed 5 --epochs 2 --start 2022-07-01T00:00:00"
        assert set(wanted.split()) <= set(ds.attrs["tropdsx_command"].split())
        assert "--temperature" in ds.attrs["tropdsx_command"].split()
        assert "temperature" in ds
