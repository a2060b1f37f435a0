"""Fields without values: refused where they are needed, left out where they are not."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, TropdsxWarning, UnitsError
from tropdsx.workflows.derive.fields.presence import (
    find_first_epoch,
    find_first_values,
    without_fills,
)
from tropdsx.workflows.derive.zenith import zenith_delays

from helpers.levels import column


def two_epochs(air):
    ds = column(air).drop_vars("time")
    times = np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")
    moving = {n: ds[n].expand_dims(time=times) for n in ("t", "e", "z", "sp", "t2m", "d2m")}
    return ds.assign(moving)


def without(ds, *names):
    return ds.assign({name: ds[name].where(False).assign_attrs(ds[name].attrs) for name in names})


def test_the_first_epoch_that_holds_a_value():
    field = xr.DataArray([[np.nan] * 2, [np.nan, 7.0], [1.0, 2.0]], dims=("time", "site"))
    for each in (field, field.chunk(time=1)):
        assert find_first_epoch(each, ["time"]) == {"time": 1}
    assert find_first_values(field.chunk(time=1), ["time"]).tolist()[1] == 7.0
    assert find_first_values(field.chunk(time=1), ["time"], above=5.0).tolist() == [1.0, 2.0]
    assert find_first_values(field[:, :1][:2], ["time"]) is None
    assert find_first_values(field[:0], ["time"]) is None


@pytest.mark.parametrize("name", ["t", "e"])
@pytest.mark.parametrize("lazy", [False, True])
def test_a_field_of_the_levels_without_any_value_is_refused(air, name, lazy):
    ds = without(two_epochs(air), name)
    ds = ds.chunk(time=1) if lazy else ds
    with pytest.raises(GridError, match=f"'{name}' holds no value .all are missing"):
        zenith_delays(ds, sample=True)


def test_levels_without_any_pressure_are_refused(air):
    ds = column(air)
    ds = ds.assign_coords(level=("level", np.full(ds.sizes["level"], np.nan), ds.level.attrs))
    with pytest.raises(GridError, match="'level' holds no value"):
        zenith_delays(ds)


@pytest.mark.parametrize("name", ["z", "sp", "t2m", "d2m", "z_surface"])
def test_a_field_that_can_be_done_without_is_left_out(air, name):
    ds = two_epochs(air)
    with pytest.warns(TropdsxWarning, match=f"'{name}' holds no value") as caught:
        found = zenith_delays(without(ds, name))
    assert len(caught) == 1
    xr.testing.assert_allclose(found.zhd, zenith_delays(ds.drop_vars(name)).zhd, atol=1e-9)


def test_one_epoch_without_values_is_missing_alone(air):
    ds = two_epochs(air).chunk(time=1)
    holes = ds.assign(t=ds.t.where(ds.time > ds.time[0]).assign_attrs(ds.t.attrs))
    with pytest.warns(TropdsxWarning, match="all 1 delays at 2022-07-01T00:00 are missing"):
        found = zenith_delays(holes, sample=True).zhd.compute()
    assert found.isnull().values.tolist() == [True, False]


@pytest.mark.parametrize("sign", ["order", "sign"])
def test_heights_that_fall_upwards_are_refused(air, sign):
    ds = column(air)
    turned = -ds.z.values if sign == "sign" else ds.z.values[::-1]
    with pytest.raises(GridError, match="pressures rise with height"):
        zenith_delays(ds.assign(z=ds.z.copy(data=turned)))


def test_vapour_that_is_upside_down_is_refused(air):
    ds = column(air)
    q = 0.622 * ds.e / ds.level
    ds = ds.assign(q=("level", q.values[::-1], {"units": "kg kg-1"})).drop_vars("e")
    with pytest.raises(UnitsError, match="above 300 hPa can"):
        zenith_delays(ds)


def test_temperatures_that_are_upside_down_are_told_of(air):
    ds = column(air)
    turned = ds.assign(t=ds.t.copy(data=ds.t.values[::-1]))
    with (
        pytest.warns(TropdsxWarning, match="layers of 'z' are not as thick as the temperatures"),
        pytest.raises(UnitsError, match="times the vapour"),
    ):
        zenith_delays(turned)


@pytest.mark.parametrize("height", [np.nan, 1e9, -np.inf, -5000.0])
def test_heights_without_air_are_refused(air, height):
    with pytest.raises(DomainError, match="accepted are -1000 to 100000 m"):
        zenith_delays(column(air), height)
    with pytest.raises(DomainError, match="accepted are -1000 to 100000 m"):
        zenith_delays(column(air), ladder=[0.0, height])


def test_levels_of_words_and_of_size_0(air):
    ds = column(air)
    words = ds.assign_coords(level=[f"L{k}" for k in range(ds.sizes["level"])])
    with pytest.raises(GridError, match=r"'level' holds words \(first 'L0'\)"):
        zenith_delays(words)
    with pytest.raises(GridError, match=r"'t' holds no value \(size 0\)"):
        zenith_delays(ds.isel(level=[]))
    digits = ds.assign_coords(level=("level", ds.level.values.astype("U"), ds.level.attrs))
    assert zenith_delays(digits).zhd.item() == zenith_delays(ds).zhd.item()


def test_no_epoch_and_no_place(air):
    with pytest.raises(GridError, match="hold no epoch"):
        zenith_delays(two_epochs(air).isel(time=[]))
    grid = two_epochs(air).drop_vars("lat").expand_dims(lat=[44.0, 45.0])
    with pytest.raises(GridError, match=r"no place found \(lat has size 0\)"):
        zenith_delays(grid.isel(lat=[]))


def test_some_rows_of_a_field_in_pieces_tell_and_all_where_these_do_not():
    values = np.full((2, 100, 4), np.nan)
    values[1, :, 2] = np.arange(100.0)
    field = xr.DataArray(values, dims=("time", "lat", "lon"))
    in_pieces = field.chunk(time=1, lat=10)
    assert find_first_epoch(in_pieces, ["time"]) == {"time": 1}
    seen = find_first_values(in_pieces, ["time"])
    np.testing.assert_array_equal(seen[:, 2], np.arange(0.0, 100.0, 3.0))
    hidden = field.where(field == 50.0).chunk(time=1, lat=10)  # no row that is looked at first
    assert find_first_epoch(hidden, ["time"]) == {"time": 1}
    assert np.nanmax(find_first_values(hidden, ["time"])) == 50.0
    assert find_first_values(in_pieces.where(False), ["time"]) is None


FILLS = (-9999.0, -999.0, 9999.0)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_fills_become_missing_and_what_holds_none_stays_the_same_array(kind):
    whole = np.array([[np.nan, -500.0], [12000.0, 3.0]], kind)
    assert without_fills(whole, fills=FILLS) is whole
    assert without_fills(whole[:0], fills=FILLS).size == 0
    for each in (*FILLS, 1e16, -1e20, np.inf):
        spoilt = whole.copy()
        spoilt[1, 1] = each
        expected = whole.copy()
        expected[1, 1] = np.nan
        found = without_fills(spoilt, fills=FILLS)
        assert found.dtype == kind
        np.testing.assert_array_equal(found, expected)
    nothing = np.full(3, np.nan, kind)
    assert without_fills(nothing, fills=FILLS) is nothing
