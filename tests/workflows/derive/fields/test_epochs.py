"""Surface fields that count their own epochs."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.positions import find_positions
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.derive.fields.epochs import find_rows, follow_epochs
from tropdsx.workflows.derive.zenith import zenith_delays

LEVELS = ["t", "q", "z", "z_surface"]
SURFACE = ["sp", "t2m", "d2m"]


def apart(ds, levels="valid_time", surface="time"):
    """The same Dataset with a time of its own for the surface."""
    first = ds[LEVELS].drop_vars(["number", "expver"], errors="ignore")
    second = ds[SURFACE].drop_vars(["number", "expver"], errors="ignore")
    return [
        part.rename(valid_time=name) if name != "valid_time" else part
        for part, name in ((first, levels), (second, surface))
    ]


@pytest.mark.parametrize("names", [("valid_time", "time"), ("time", "valid_time")])
@pytest.mark.parametrize("lazy", [False, True])
def test_old_and_new_names_of_the_time_are_one(sample, names, lazy):
    ds = xr.merge(apart(sample, *names))
    found = zenith_delays(ds.chunk() if lazy else ds)
    np.testing.assert_array_equal(found.zwd, zenith_delays(sample).zwd)
    # Two names with equal dates are one axis, whichever name it keeps.
    assert found.zwd.dims[0] in names
    np.testing.assert_array_equal(found[found.zwd.dims[0]], sample.valid_time)


def test_order_more_epochs_and_seconds_do_not_matter(sample):
    levels, surface = apart(sample)
    later = surface.assign_coords(time=surface.time + np.timedelta64(1, "D")) * np.nan
    surface = xr.concat([surface, later], "time", combine_attrs="override")
    for name in SURFACE:
        surface[name].attrs = sample[name].attrs
    surface = surface.isel(time=slice(None, None, -1))
    surface = surface.assign_coords(time=surface.time + np.timedelta64(2, "s"))
    found = zenith_delays(xr.merge([levels, surface]))
    np.testing.assert_array_equal(found.zwd, zenith_delays(sample).zwd)


@pytest.mark.parametrize("moved", ["one epoch of two", "another day"])
def test_fields_of_other_epochs_are_named(sample, moved):
    levels, surface = apart(sample)
    if moved == "another day":
        surface = surface.assign_coords(time=surface.time + np.timedelta64(1, "D"))
    else:
        surface = surface.isel(time=[0])
    with pytest.warns(TropdsxWarning, match="found and not used: 'sp'.*'t2m'.*'d2m'"):
        found = zenith_delays(xr.merge([levels, surface]))
    without = zenith_delays(sample[LEVELS])
    np.testing.assert_array_equal(found.zwd, without.zwd)
    assert any("'d2m'" in note for note in found.attrs["tropdsx_notes"])


def test_land_of_another_year_holds(sample):
    ground = sample["z_surface"].drop_vars(["number", "expver"], errors="ignore")
    ground = ground.expand_dims(time=[np.datetime64("1979-01-01", "ns")])
    ds = xr.merge([sample.drop_vars("z_surface"), ground.rename("Z_SURFACE")])
    found = zenith_delays(ds)
    np.testing.assert_array_equal(found.zwd, zenith_delays(sample).zwd)
    np.testing.assert_array_equal(found.orography, zenith_delays(sample).orography)


def test_an_epoch_twice_is_refused(sample):
    twice = sample.isel(valid_time=[0, 1, 0])
    with pytest.raises(GridError, match="2 times"):
        follow_epochs(twice, find_positions(twice))


def test_rows_are_found_within_a_minute():
    hours = np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")
    assert find_rows(hours, hours[::-1] + np.timedelta64(30, "s")).tolist() == [1, 0]
    assert find_rows(hours, hours + np.timedelta64(2, "m")) is None
    assert find_rows(np.arange(2), hours) is None


def test_an_epoch_without_a_date_is_refused(sample):
    times = sample.valid_time.values.copy()
    times[-1] = "NaT"
    with pytest.raises(GridError, match=f"no date at place {times.size - 1} of"):
        zenith_delays(sample.assign_coords(valid_time=times))


@pytest.mark.parametrize(
    ("stored", "attrs"),
    [("20220701", {}), (b"2022070100", {}), (20220701.0, {"units": "day as %Y%m%d.%f"})],
)
def test_dates_of_any_form_are_dates_in_the_result(sample, stored, attrs):
    one = sample.isel(valid_time=[0])
    given = one.assign_coords(valid_time=("valid_time", np.array([stored]), attrs))
    found = zenith_delays(given)
    assert found.valid_time.values.astype("M8[D]").astype(str).tolist() == ["2022-07-01"]
    assert "units" not in found.valid_time.attrs
    np.testing.assert_array_equal(found.zhd, zenith_delays(one).zhd)
