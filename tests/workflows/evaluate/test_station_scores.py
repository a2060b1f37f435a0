"""Delays at stations against what was observed."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.stations import read_observations, read_stations
from tropdsx.workflows.evaluate.station_scores import (
    at_times,
    compare_stations,
    match_stations,
    warn_of_heights,
)
from tropdsx.workflows.evaluate.stations import delays_at


def test_time_is_linear_and_stops_at_gaps():
    hours = np.array([0, 6, 12, 48, 54], "timedelta64[h]")
    time = np.datetime64("2022-03-09", "ns") + hours
    series = xr.Dataset(
        {"ztd": (("time", "station"), [[0.0], [6.0], [12.0], [48.0], [np.nan]])}, {"time": time}
    )
    wanted = time[0] + np.array([-1, 0, 1, 9, 12, 13, 48, 50, 55], "timedelta64[h]")
    found = at_times(series, wanted).ztd.values[:, 0]
    nan = np.nan
    np.testing.assert_allclose(found, [nan, 0, 1, 9, 12, nan, 48, nan, nan])
    single = at_times(series.isel(time=[0]), wanted).ztd.values[:, 0]
    np.testing.assert_allclose(single, [nan, 0, *[nan] * 7])


def test_bias_and_scatter():
    rng = np.random.default_rng(0)
    truth = xr.DataArray(
        rng.normal(2.4, 0.05, (400, 3)),
        dims=("time", "station"),
        coords={"time": np.arange(400), "station": ["A", "B", "C"]},
    )
    bias = np.array([0.001, -0.003, 0.005])
    delay = truth + bias + rng.normal(0, 0.01, truth.shape)
    with pytest.warns(TropdsxWarning, match="1 of 3 stations lie outside .*do not count: C"):
        found = compare_stations(delay.isel(time=slice(0, 350)), truth.where(truth.station != "C"))
    assert found.station.values.tolist() == ["A", "B"]
    np.testing.assert_allclose(found.bias, bias[:2], atol=0.002)
    assert float(found.mean_scatter) == pytest.approx(0.01, rel=0.1)
    assert found["count"].values.tolist() == [350, 350]
    expected = np.std(found.bias, ddof=1)
    assert float(found.sd_bias) == pytest.approx(float(expected))
    with pytest.raises(GridError, match=r"no station has two epochs .*X, Y, Z; observed A, B, C"):
        compare_stations(delay.assign_coords(station=["X", "Y", "Z"]), truth)


def series(*names):
    values = 2.4 + 0.01 * np.arange(3 * len(names)).reshape(3, -1)
    return xr.DataArray(values, {"time": np.arange(3), "station": list(names)})


SAME = {
    "case": (["ZIMM", "WTZR"], ["zimm", "Wtzr"], "in other case are .*zimm = ZIMM, Wtzr = WTZR"),
    "country": (
        ["ZIMM", "WTZR"],
        ["ZIMM00CHE", "wtzr00deu"],
        "and with country or DOMES number are taken",
    ),
    "country here": (["ZIMM00CHE"], ["zimm"], "country or DOMES number are .*zimm = ZIMM00CHE"),
    "domes": (["ZIMM", "A123"], ["ZIMM 14001M004", "a123_10001s002"], "DOMES number are taken"),
    "blanks": (["ZIMM ", "A"], ["zimm", " A"], "in other case are .*zimm = ZIMM "),
    "zeros": (["0001", "0002"], ["1", "02"], "without leading zeros are .*1 = 0001, 02 = 0002"),
    "numbers": ([1, 2], ["1", "2"], "are taken for the same: 1 = 1"),
}


@pytest.mark.parametrize("case", SAME)
def test_names_that_are_the_same_are_matched_with_a_word(case):
    own, true, said = SAME[case]
    observed = series(*true)
    with pytest.warns(TropdsxWarning, match=said) as caught:
        found = match_stations(observed, own)
    assert len(caught) == 1
    assert found.station.values.tolist() == own
    np.testing.assert_array_equal(found.values, observed.values)
    with pytest.warns(TropdsxWarning, match=said):
        scores = compare_stations(series(*own), observed)
    assert scores.sizes["station"] == len(own)
    np.testing.assert_allclose(scores.bias, 0, atol=1e-12)


APART = {
    "two of one name": (["ZIMM", "zimm"], ["Zimm"]),
    "two countries": (["ZIMM00CHE", "ZIMM00DEU", "A"], ["ZIMM", "A"]),
    "two observed": (["ZIMM", "A"], ["zimm", "Zimm", "A"]),
    "other zeros": (["A01", "B"], ["A1", "B"]),
    "longer names": (["ZIMMERWALD", "B"], ["ZIMM", "B"]),
}


@pytest.mark.parametrize("case", APART)
def test_names_in_doubt_are_not_guessed(case):
    own, true = APART[case]
    observed = series(*true)
    if set(own) & set(true):
        with pytest.warns(TropdsxWarning, match="do not count"):
            assert match_stations(observed, own).station.values.tolist() == [true[-1]]
    else:
        assert match_stations(observed, own).sizes["station"] == 0


def test_an_exact_name_goes_first():
    with pytest.warns(TropdsxWarning, match=r"1 of 2 stations have no observations \(ZIMM00CHE\)"):
        found = match_stations(series("ZIMM"), ["ZIMM00CHE", "ZIMM"])
    assert found.station.item() == "ZIMM"


def test_no_station_is_lost_unsaid():
    own, true = [f"S{k:03d}" for k in range(20)], [f"S{k:03d}" for k in range(12, 30)]
    with pytest.warns(TropdsxWarning) as caught:
        found = compare_stations(series(*own), series(*true))
    assert found.sizes["station"] == 8
    assert str(caught[0].message) == (
        "12 of 20 stations have no observations (S000, S001, S002, S003, S004 and 7 more) and 10 "
        "of 18 observed stations have no place (S020, S021, S022, S023, S024 and 5 more): they do "
        "not count"
    )


def test_matched_names_say_nothing():
    observed = series("A", "B")
    assert match_stations(observed, ["A", "B"]) is observed
    found = match_stations(observed, ["B", "A"])
    assert found.station.values.tolist() == ["A", "B"]
    compare_stations(series("B", "A"), observed)


def test_heights_in_another_unit_are_told_by_the_delays():
    observed = series("A", "B", "C")
    good = compare_stations(observed + 0.05, observed)
    warn_of_heights(good)
    fall = xr.DataArray([0.0, 0.3, -0.2], dims="station")
    with pytest.warns(TropdsxWarning, match=r"2 of 3 .*\(B by -1071 m, C by \+714 m\)"):
        warn_of_heights(compare_stations(observed + fall, observed))


@pytest.mark.realdata
def test_vmf1_at_gnss_stations(shared):
    """The data's README: bias -2.0 +- 5.8, scatter 11 mm; measured here +0.8 +- 3.6, 9.8 mm."""
    import tropdsx
    from tropdsx.cf.time.epochs import in_period

    data = shared / "data"
    ds = tropdsx.open_delays(data / "vmf1" / "vmf1_2x2.5_dev.nc")
    grid, _ = standardise_grid(ds)
    # Central Europe is enough for all stations, and quick to lift.
    grid = xr.concat(
        [
            grid.isel(lon=slice(132, None)).assign_coords(lon=grid.lon[132:] - 360),
            grid.isel(lon=slice(0, 24)),
        ],
        "lon",
        data_vars="minimal",
    )
    grid = grid.isel(lat=slice(10, 35)).chunk(lon=-1)
    places = read_stations(data / "gnss" / "gnss_stations_dev.csv")
    observed = read_observations(data / "gnss" / "gnss_ztd_dev.csv.xz")
    delays = delays_at(grid, places.lat, places.lon, places.height, station=places.station)
    found = compare_stations(at_times(delays[["ztd"]].compute(), observed.time).ztd, observed)
    assert found.sizes["station"] == 62
    assert abs(float(found.mean_bias)) < 1.5e-3
    assert float(found.sd_bias) < 4.0e-3
    assert float(found.mean_scatter) < 10.0e-3
    assert in_period(observed, "2024-02-01/2024-02-14").sizes["time"] > 300
