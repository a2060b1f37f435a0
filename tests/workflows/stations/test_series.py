"""Delays at stations at any times."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import CheckpointError, DomainError, GridError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.predict import stations as predict
from tropdsx.read.stations import read_observations
from tropdsx.workflows.evaluate.station_scores import compare_stations
from tropdsx.workflows.evaluate.stations import delays_at
from tropdsx.workflows.stations import lifting as module
from tropdsx.workflows.stations.series import at_stations

from helpers.files import shared
from helpers.stations import places, weather


def test_as_the_inner_function_in_any_orientation():
    ds, where = weather(), places()
    grid, _ = standardise_grid(ds)
    wanted = delays_at(grid, where["lat"], where["lon"], where["height"])
    turned = ds.sortby("lat").transpose("lon", "lat", "time")
    turned = turned.assign_coords(lon=turned.lon - 360)
    for each in (ds, turned, ds.chunk(time=2)):
        found = at_stations(each, where)
        for name in ("zhd", "zwd", "ztd"):
            np.testing.assert_allclose(found[name], wanted[name], atol=2e-5)
            assert found[name].dims == ("time", "station")
            assert found[name].attrs["units"] == "m"
    assert found.station.values.tolist() == where["station"]
    np.testing.assert_array_equal(found.height, where["height"])
    assert found.attrs["featureType"] == "timeSeries"
    assert found.station.attrs["cf_role"] == "timeseries_id"


def test_blocks_of_epochs_are_one_series(monkeypatch):
    ds, where = weather(7), places()
    whole = at_stations(ds, where)
    monkeypatch.setattr(module, "EPOCHS", 3)
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(at_stations(ds, where)[name], whole[name], atol=2e-6)


def test_lazy_grids_are_read_block_by_block():
    """No block holds more than its epochs, and no epoch is read twice."""
    import dask.array as da

    ds, seen = weather(200), []

    def look(block, block_info=None):
        if block_info is not None:
            seen.append(block_info[0]["array-location"][0])
        return block

    lazy = ds.zwd.copy(
        data=da.from_array(ds.zwd.values, chunks=(50, -1, -1)).map_blocks(look, dtype="f4")
    )
    found = at_stations(ds.drop_vars("zhd").assign(zwd=lazy), places())
    wanted = at_stations(ds.drop_vars("zhd"), places())
    np.testing.assert_array_equal(found.zwd, wanted.zwd)
    assert len(seen) < 16  # of 4 blocks: once each, and the first to look at its epoch


def test_times_between_epochs():
    ds, where = weather(), places()
    whole = at_stations(ds, where)
    times = ds.time.values[[0, 2]] + np.timedelta64(90, "m")
    found = at_stations(ds, where, times=times)
    wanted = 0.75 * whole.ztd.isel(time=[0, 2]).values + 0.25 * whole.ztd.isel(time=[1, 3]).values
    np.testing.assert_allclose(found.ztd, wanted, atol=2e-6)
    near = at_stations(ds, where, times=times + np.timedelta64(2, "h"), method="nearest")
    np.testing.assert_allclose(near.ztd, whole.ztd.isel(time=[1, 3]), atol=2e-6)
    np.testing.assert_array_equal(near.time, times + np.timedelta64(2, "h"))
    one = at_stations(ds, where, times="2021-06-30T12")
    np.testing.assert_allclose(one.ztd, whole.ztd.isel(time=[0]), atol=2e-6)


@pytest.mark.parametrize(
    ("method", "missing"),
    [("linear", [True, False, True, False]), ("nearest", [False, False, True, False])],
)
def test_times_that_the_grid_does_not_reach_are_counted(method, missing):
    """Linear ends at the last epoch and does not cross gaps; nearest reaches half a step."""
    ds = weather(9).isel(time=[0, 1, 2, 6, 7, 8])
    times = ds.time.values[0] + np.array([-1, 1, 24, 37]) * np.timedelta64(1, "h")
    about = f"{sum(missing)} of 4 times lie outside the epochs of the grid"
    with pytest.warns(TropdsxWarning, match=about):
        found = at_stations(ds, places(3), times=times, method=method)
    assert np.isnan(found.ztd).all("station").values.tolist() == missing


@pytest.mark.parametrize("method", ["linear", "nearest"])
def test_a_time_in_a_gap_alone_is_missing_too(method):
    ds = weather(12).isel(time=[0, 1, 2, 9, 10, 11])
    times = ds.time.values[[2]] + np.timedelta64(20, "h")
    with pytest.warns(TropdsxWarning, match="1 of 1 times lie outside"):
        found = at_stations(ds, places(2), times=times, method=method)
    assert np.isnan(found.ztd).all()


def test_the_nearest_epoch_serves_shortly_before_the_first():
    ds = weather(9)
    times = ds.time.values[[0]] - np.timedelta64(1, "h")
    found = at_stations(ds, places(2), times=times, method="nearest")
    np.testing.assert_allclose(found.ztd, at_stations(ds, places(2)).ztd[[0]], atol=2e-6)


def test_the_period_of_the_whole_grid_is_told():
    about = r"1 of 1 times .*\(2021-06-30T12:00 to 2021-07-01T18:00\)"
    with pytest.warns(TropdsxWarning, match=about):
        found = at_stations(weather(), places(2), times=["2022-01-01"])
    assert np.isnan(found.ztd).all()


@pytest.mark.parametrize("text", ["20210701T03", "20210701T030000", "2021-07-01T05:00+02:00"])
def test_times_in_the_basic_format_and_of_another_zone(text):
    """NumPy reads 20210701 as a year, which becomes another century in nanoseconds."""
    expected = at_stations(weather(), places(2), times=np.array(["2021-07-01T03"], "M8[ns]"))
    xr.testing.assert_equal(at_stations(weather(), places(2), times=[text]), expected)


@pytest.mark.parametrize("times", [[20210701], [59396.25], ["01.07.2021"]])
def test_numbers_are_no_times(times):
    with pytest.raises(DomainError, match=r"the times are no dates .such as"):
        at_stations(weather(), places(), times=times)


def test_refused():
    ds = weather()
    with pytest.raises(DomainError, match="method='cubic' found; accepted are 'linear', 'nearest'"):
        at_stations(ds, places(), method="cubic")
    with pytest.raises(DomainError, match="the times are no dates"):
        at_stations(ds, places(), times=["soon"])
    with pytest.raises(DomainError, match="no times are given"):
        at_stations(ds, places(), times=[])
    with pytest.raises(GridError, match="the grid has no orography"):
        at_stations(ds.drop_vars("orography"), places())
    with (
        pytest.warns(TropdsxWarning, match="mean of the year"),
        pytest.raises(GridError, match="the grid has no dates, and times are wanted"),
    ):
        at_stations(ds.isel(time=0, drop=True), places(), times=["2021-01-01"])


def test_undated_grids_are_lifted_with_the_mean_of_the_year():
    with pytest.warns(TropdsxWarning, match="mean of the year"):
        found = at_stations(weather().isel(time=0, drop=True), places())
    assert found.sizes["time"] == 1
    assert not np.isnan(found.ztd).any()


def test_outside_a_region_nothing_is_invented():
    where = {**places(3), "lat": [50.0, 20.0, 55.0]}
    with pytest.warns(TropdsxWarning, match="1 of 3 stations lie outside"):
        found = at_stations(weather(), where)
    assert np.isnan(found.ztd).all("time").values.tolist() == [False, True, False]


@pytest.mark.realdata
def test_gnss_through_the_public_function():
    """62 stations of Europe: RMSE 10.7 mm over all pairs, as of the evaluation."""
    observed = read_observations(shared("gnss/gnss_ztd_dev.csv.xz"))
    with xr.open_dataset(shared("vmf1/vmf1_2x2.5_dev.nc")) as ds, pytest.warns(TropdsxWarning):
        found = at_stations(ds, shared("gnss/gnss_stations_dev.csv"), times=observed.time)
    scores = compare_stations(found.ztd, observed)
    assert scores.sizes["station"] == 62
    assert 0.0105 < float(scores.total_rmse) < 0.0108


def test_what_the_network_expects_of_its_errors(tiny_checkpoint):
    """At the epochs of the grid and between them; the total has both parts."""
    ds, where = weather(), places(4)
    found = at_stations(ds, where, model=tiny_checkpoint, sigma=True)
    for name in ("zhd", "zwd", "ztd"):
        assert found[f"{name}_sigma"].dims == ("time", "station")
        assert float(found[f"{name}_sigma"].min()) > 0
        assert found[f"{name}_sigma"].attrs["long_name"].startswith("estimated standard deviation")
    both = np.hypot(found.zhd_sigma.astype(float), found.zwd_sigma)
    np.testing.assert_allclose(found.ztd_sigma, both, rtol=1e-6)
    assert found.zwd_rmse.dims == ("station",)
    middle = ds.time.values[:1] + np.timedelta64(3, "h")
    between = at_stations(ds, where, model=tiny_checkpoint, sigma=True, times=middle)
    np.testing.assert_allclose(between.ztd_sigma[0], found.ztd_sigma[:2].mean("time"), rtol=1e-5)
    np.testing.assert_array_equal(between.zwd_rmse, found.zwd_rmse)
    of_epochs = (found.zwd_sigma.astype(float) ** 2).mean("station") ** 0.5
    assert found.zwd_expected_error.attrs["long_name"].endswith("over the stations")
    np.testing.assert_allclose(found.zwd_expected_error, of_epochs, atol=0.6e-5, rtol=1e-4)
    assert float(between.zwd_expected_error[0]) == pytest.approx(
        float(found.zwd_expected_error[:2].mean()), rel=1e-5
    )
    # Counts of the two epochs it lies between, not of those read beside them.
    epoch = found.zwd_bounded.attrs["tropdsx_out_of"]
    assert between.zwd_bounded.attrs["tropdsx_out_of"] == 2 * epoch
    alone = at_stations(ds, where, model=tiny_checkpoint, times=ds.time.values[1:2])
    assert alone.zwd_bounded.attrs["tropdsx_out_of"] == epoch
    assert int(alone.zwd_floored) == int(found.zwd_floored[1])
    with pytest.raises(CheckpointError, match="sigma comes from a network"):
        at_stations(ds, where, sigma=True)


@pytest.mark.parametrize("network", [False, True])
def test_progress_counts_epochs(network, tiny_checkpoint, monkeypatch):
    monkeypatch.setattr(module, "EPOCHS", 4)
    monkeypatch.setattr(predict, "EPOCHS", 4)
    seen = []
    model = tiny_checkpoint if network else None
    at_stations(weather(6), places(2), model=model, progress=lambda *done: seen.append(done))
    assert seen == [(4, 6), (6, 6)]
