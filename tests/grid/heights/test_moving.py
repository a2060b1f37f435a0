"""Heights along time: one terrain, or several."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.heights.moving import group_epochs, hold_still, hold_streams, keep_moving

STILL = xr.DataArray(
    np.array([[10.0, 20.0], [10.6, 20.0], [9.8, 20.0]]),
    dims=("time", "lat"),
    name="orography",
    attrs={"units": "m"},
)
MOVING = STILL + xr.DataArray([0.0, 40.0, 0.0], dims="time").assign_attrs(STILL.attrs)
MOVING = MOVING.assign_attrs(units="m").rename("orography")


def test_epochs_of_one_terrain_are_found_again():
    assert group_epochs(MOVING.values).tolist() == [0, 1, 0]
    assert group_epochs(STILL.values).tolist() == [0, 0, 0]
    assert group_epochs(np.array([[np.nan, 1.0], [2.0, 1.0], [np.nan, 1.5]])).tolist() == [0, 1, 0]


@pytest.mark.parametrize("lazy", [False, True])
def test_one_terrain_loses_its_time(lazy):
    field = STILL.chunk(time=1) if lazy else STILL
    for found in (hold_still(field, "time"), keep_moving(field, "time", [])):
        np.testing.assert_array_equal(found, STILL[0])
        assert found.attrs == STILL.attrs


def test_another_terrain_is_refused_or_kept():
    with pytest.raises(GridError, match=r"'orography' of a\.nc change with time, by up to 4"):
        hold_still(MOVING, "time", source="a.nc")
    lazy = hold_still(MOVING.chunk(time=1), "time")
    with pytest.raises(GridError, match="accepted is one terrain"):
        lazy.compute()
    notes = []
    with pytest.warns(TropdsxWarning, match="2 terrains"):
        assert keep_moving(MOVING, "time", notes).dims == MOVING.dims
    assert "each epoch is taken at its own" in notes[0]


def test_geopotential_is_compared_in_metres():
    z = (STILL * 9.80665).assign_attrs(units="m2 s-2").rename("z")
    assert hold_still(z, "time").dims == ("lat",)
    with pytest.raises(GridError, match="by up to 4"):
        hold_still((MOVING * 9.80665).assign_attrs(units="m2 s-2"), "time")


def test_lazy_heights_that_move_say_how_they_can_be_taken():
    lazy = keep_moving(MOVING.chunk(time=1), "time", [])
    with pytest.raises(GridError, match=r"Load them first, ds\['orography'\].load\(\)"):
        lazy.compute()


def test_an_epoch_without_heights_takes_those_of_another():
    known = xr.DataArray([False, True, True], dims="time")
    np.testing.assert_array_equal(hold_still(STILL.where(known), "time"), STILL[1].fillna(20.0))


@pytest.mark.parametrize("lazy", [False, True])
def test_members_and_streams_are_one_terrain_or_refused(lazy):
    known = xr.DataArray([[True, False], [False, True]], dims=("expver", "lat"))
    field = STILL[0].expand_dims(number=3, expver=2).where(known)
    field = field.chunk() if lazy else field
    np.testing.assert_array_equal(hold_streams(field), STILL[0])
    other = field + xr.DataArray([0.0, 0.0, 50.0], dims="number")
    with pytest.raises(GridError, match=r"differ along 'number', by up to 50 m.*isel\(number=0\)"):
        hold_streams(other.rename("z")).compute()
