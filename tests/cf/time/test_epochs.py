"""Times in any form become dates, and come back as they were."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.time.epochs import NEIGHBOUR_HOURS, in_period, neighbour_rows, reach_of
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.convert.files import convert

from helpers.grids import delays


def test_no_time_is_one_epoch_without_a_date():
    ds = delays().isel(time=0, drop=True)
    grid, record = standardise_grid(ds)
    assert grid.zhd.dims == ("time", "lat", "lon")
    assert np.isnat(grid.time.values).all()
    assert not record.had_time
    back = record.restore(grid)
    assert back.zhd.dims == ("lat", "lon")
    assert "time" not in back.coords


def test_scalar_time_is_used_and_comes_back():
    ds = delays().isel(time=1)
    grid, record = standardise_grid(ds)
    assert grid.time.values[0] == ds.time.values
    assert grid.orography.dims == ("lat", "lon")
    back = record.restore(grid)
    xr.testing.assert_identical(back.time.variable, ds.time.variable)
    assert back.zhd.dims == ("lat", "lon")


def test_a_date_that_is_no_coordinate_is_used_and_comes_back():
    """As ncwa leaves it, which averages over time."""
    ds = delays().isel(time=1).reset_coords("time")
    grid, record = standardise_grid(ds)
    assert grid.time.values[0] == ds.time.values
    assert record.restore(grid).coords["time"].values == ds.time.values


@pytest.mark.parametrize("text", ["2022-07-01_{:02d}:00:00", "20220701{:02d}"])
@pytest.mark.parametrize("name", ["Times", "date"])
def test_dates_as_text_beside_the_axis_are_used_where_it_has_none(text, name):
    dates = np.array([text.format(hour) for hour in (0, 6, 12)], "S19")
    for ds in (delays().drop_vars("time"), delays().assign_coords(time=[0, 1, 2])):
        grid, _ = standardise_grid(ds.assign({name: ("time", dates)}))
        assert [str(each)[:13] for each in grid.time.values][1:] == [
            "2022-07-01T06",
            "2022-07-01T12",
        ]


def test_text_that_is_no_date_is_no_time():
    ds = delays().assign(date=("time", np.array(["first", "second", "third"])))
    assert np.array_equal(standardise_grid(ds)[0].time, delays().time)


def test_dates_of_which_all_are_missing_are_told():
    ds = delays().assign_coords(time=np.full(3, "NaT", "M8[ns]"))
    with pytest.warns(TropdsxWarning, match="'time' holds no date: the epochs are taken as unkn"):
        ds.tropds.downscale(model=None, coarse_orography="none")


def test_counted_and_missing_time_coordinates():
    counted = delays().assign_coords(time=[0, 1, 2])
    grid, record = standardise_grid(counted)
    assert np.isnat(grid.time.values).all()
    np.testing.assert_array_equal(record.restore(grid).time, [0, 1, 2])
    bare = delays().drop_vars("time")
    grid, record = standardise_grid(bare)
    assert grid.sizes["time"] == 3
    assert "time" not in record.restore(grid).coords


def test_calendar_of_real_days_is_converted_and_restored():
    ds = delays().convert_calendar("standard", use_cftime=True)
    grid, record = standardise_grid(ds)
    np.testing.assert_array_equal(grid.time, delays().time)
    assert record.restore(grid).time.values[0] == ds.time.values[0]


def test_undecoded_times_are_decoded():
    ds = delays().assign_coords(time=("time", [0, 6, 12], {"units": "hours since 2021-01-01"}))
    grid, record = standardise_grid(ds)
    np.testing.assert_array_equal(grid.time, delays().time)
    xr.testing.assert_identical(record.restore(grid).time.variable, ds.time.variable)


FORMS = {
    "mjd": ([59647.0, 59647.25, 59647.5], {"units": "MJD"}),
    "cdo": ([20220309.0, 20220309.25, 20220309.5], {"units": "day as %Y%m%d.%f"}),
    "text": (["2022-03-09T00:00", "2022-03-09T06:00", "2022-03-09T12:00"], {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_other_forms_are_dates_in_the_result(coarse, tmp_path, form):
    """The climatology needs them, and a CF reader too."""
    values, attrs = FORMS[form]
    out, usual = tmp_path / "out.nc", tmp_path / "usual.nc"
    coarse.to_netcdf(tmp_path / "dated.nc")
    convert(tmp_path / "dated.nc", usual, target=5.0, model=None)
    coarse.assign_coords(time=("time", values, attrs)).to_netcdf(tmp_path / "in.nc")
    convert(tmp_path / "in.nc", out, target=5.0, model=None)
    with xr.open_dataset(out) as fine, xr.open_dataset(usual) as dated:
        np.testing.assert_array_equal(fine.time, dated.time)
        np.testing.assert_array_equal(fine.zwd, dated.zwd)
        assert fine.attrs["time_coverage_end"] == dated.attrs["time_coverage_end"]


@pytest.mark.parametrize("form", FORMS)
def test_dates_of_a_single_field_in_other_forms(coarse, form):
    values, attrs = FORMS[form]
    single = coarse.isel(time=0, drop=True).assign_coords(time=((), values[1], attrs))
    dated = coarse.isel(time=0).assign_coords(time=np.datetime64("2022-03-09T06", "ns"))
    out, usual = (ds.tropds.downscale(5.0, model=None) for ds in (single, dated))
    np.testing.assert_array_equal(out.zwd, usual.zwd)
    assert out.time.values == np.asarray(values[1])


@pytest.mark.parametrize("days", [np.float32(59647.25), np.nan, 20221345.0])
def test_days_that_make_no_date_are_refused(coarse, days):
    units = "day as %Y%m%d.%f" if days > 1e6 else "MJD"
    odd = coarse.isel(time=[0]).assign_coords(time=("time", np.array([days]), {"units": units}))
    with pytest.raises(GridError, match=f"units '{units}' and cannot be read"):
        odd.tropds.downscale(5.0, model=None)


def test_counts_of_another_kind_are_told_of(coarse):
    years = coarse.assign_coords(time=("time", [2022.1, 2022.2, 2022.3], {"units": "years"}))
    with pytest.warns(TropdsxWarning, match="units 'years', which makes no dates"):
        out = years.tropds.downscale(5.0, model=None)
    np.testing.assert_array_equal(out.time, years.time)


PERIODS = [
    ("2022-03/2022-04", ["2022-03-01T00", "2022-04-30T18"]),
    ("2022-04/2022-04", ["2022-04-01T00", "2022-04-30T18"]),
    ("2022-04", ["2022-04-01T00", "2022-04-30T18"]),
    ("2022/2022", ["2022-02-20T00", "2022-05-10T18"]),
    ("2022-03-11T00/2022-03-12T00", ["2022-03-11T00", "2022-03-12T00"]),
    ("2022-03-11", ["2022-03-11T00", "2022-03-11T18"]),
    ("20220311/20220312", ["2022-03-11T00", "2022-03-12T18"]),
    ("202203/202204", ["2022-03-01T00", "2022-04-30T18"]),
    ("2022031106/20220312T00", ["2022-03-11T06", "2022-03-12T00"]),
    ("2022-05-10/9999-12-31", ["2022-05-10T00", "2022-05-10T18"]),
    (" 2022-03-11T06Z ", ["2022-03-11T06", "2022-03-11T06"]),
    ("2022-03-11T06Z / 2022-03-12", ["2022-03-11T06", "2022-03-12T18"]),
    ("2022-03-11T06:00/2022-03-11T12:00", ["2022-03-11T06", "2022-03-11T12"]),
    ("2022-05-10/9999", ["2022-05-10T00", "2022-05-10T18"]),
]


@pytest.fixture(scope="module")
def spring():
    times = np.arange("2022-02-20", "2022-05-11", 6, dtype="datetime64[h]").astype("M8[ns]")
    return xr.DataArray(np.arange(times.size), {"time": times})


@pytest.mark.parametrize(("period", "ends"), PERIODS)
def test_a_period_counts_its_end_whole(spring, period, ends):
    found = in_period(spring, period).time.values
    assert found[[0, -1]].astype("M8[h]").tolist() == np.array(ends, "M8[h]").tolist()
    if "9999" not in period and "-" in period:
        dates = [part.strip().removesuffix("Z") for part in period.split("/")]
        np.testing.assert_array_equal(found, spring.sel(time=slice(dates[0], dates[-1])).time)
    same = in_period(spring.to_dataset(name="zwd"), [period])
    np.testing.assert_array_equal(found, same.time)


def test_several_periods_are_joined(spring):
    found = in_period(spring, ["2022-03-11/2022-03-12", "2022-03-12T12/2022-03-13", "2022-02-20"])
    dates, counts = np.unique(found.time.values.astype("M8[D]"), return_counts=True)
    assert dates.astype(str).tolist() == ["2022-02-20", "2022-03-11", "2022-03-12", "2022-03-13"]
    assert counts.tolist() == [4, 4, 4, 4]
    assert (np.diff(found.time) > np.timedelta64(0)).all()


@pytest.mark.parametrize(
    "period",
    ["yesterday", "2022-03/", "/2022-03", "", "2022/2022/2022", "NaT", "220301", "20220230"],
)
def test_what_is_no_period_is_refused(spring, period):
    with pytest.raises(GridError, match=f"'{period}' cannot be read; accepted is START/END or one"):
        in_period(spring, period)


def test_a_period_without_epochs_names_those_there_are(spring):
    with pytest.raises(GridError, match=r"of the data \(2022-02-20T00:00 to 2022-05-10T18"):
        in_period(spring, ["2022-03", "1999-01-01/1999-01-02"])
    undated = spring.assign_coords(time=np.full(spring.size, "NaT", "M8[ns]"))
    with pytest.raises(GridError, match="no dates"):
        in_period(undated, "2022")


def test_neighbours_are_six_hours_away():
    hours = np.array([0, 6, 12, 24, 30], "timedelta64[h]") + np.datetime64("2022-03-09", "ns")
    times = np.append(hours, np.datetime64("NaT"))[[3, 0, 5, 1, 4, 2]]
    found = [neighbour_rows(times, each) for each in NEIGHBOUR_HOURS]
    for (rows, there), step in zip(found, NEIGHBOUR_HOURS, strict=True):
        wanted = times + np.timedelta64(step, "h")
        np.testing.assert_array_equal(times[rows][there], wanted[there])
        assert not np.isin(wanted[~there], times[~np.isnat(times)]).any()
    assert [there.sum() for _, there in found] == [3, 3]


def test_neighbours_are_found_through_jitter_and_single_precision():
    hours = np.arange(0, 48, 6).astype("m8[h]") + np.datetime64("2022-03-09", "ns")
    for off in ([0, 1] * 4, [0, 50_000_000_000, -60_000_000_000, 9] * 2):
        times = hours + np.array(off, "m8[ns]")
        for step in NEIGHBOUR_HOURS:
            for found, wanted in zip(
                neighbour_rows(times, step), neighbour_rows(hours, step), strict=True
            ):
                np.testing.assert_array_equal(found[wanted > 0], wanted[wanted > 0])
    assert not neighbour_rows(hours + np.array([0, 1] * 4) * np.timedelta64(150, "s"), 6)[1].any()


def test_an_epoch_a_minute_from_six_hours_is_no_neighbour_in_a_series_of_minutes():
    times = np.datetime64("2022-03-09", "ns") + np.array([0, 1, 2, 359, 361]) * np.timedelta64(
        1, "m"
    )
    assert neighbour_rows(times, 6)[1].tolist() == [False, True, False, False, False]


@pytest.mark.parametrize(
    ("hours", "reach"), [([0], 24), ([12, 0, 6], 6), ([0, 6, 12, 700], 6), ([0, 0, 3], 3)]
)
def test_how_far_an_epoch_reaches(hours, reach):
    """The usual step, whatever the order, gaps and repeated epochs; a day of one alone."""
    dates = np.datetime64("2022-01-01T00") + np.array(hours) * np.timedelta64(1, "h")
    assert reach_of(dates) == np.timedelta64(reach, "h")
