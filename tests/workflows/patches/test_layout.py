"""Axes, levels and windows of a variable."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError, TropdsxWarning
from tropdsx.workflows.patches.layout import choose_levels, find_layout


def field(lon, **attrs):
    axes = {"member": [0, 1], "z_t": ("z_t", [5.0, 15.0], attrs), "lat": np.arange(8.0), "lon": lon}
    return xr.Dataset({"so": (list(axes), np.ones((2, 2, 8, len(lon))))}, axes)


def test_levels_are_told_from_other_dimensions():
    ds = field(np.arange(8.0), positive="down")
    lay = find_layout(ds, "so", size=4, stride=4)
    assert (lay.level_dim, lay.extra_dims, lay.time_dim) == ("z_t", ("member",), None)
    lay = find_layout(field(np.arange(8.0)), "so", size=4, stride=4, level_dim="member")
    assert (lay.level_dim, lay.extra_dims) == ("member", ("z_t",))


@pytest.mark.parametrize("first", [0.0, -180.0, 100.0])
def test_columns_close_round_the_globe(first):
    lon = (first + np.arange(0.0, 360.0, 30.0) + 180.0) % 360.0 - 180.0
    lay = find_layout(field(lon), "so", size=4, stride=4)
    assert lay.wrap
    assert not lay.overlapping
    assert find_layout(field(lon[::-1]), "so", size=4, stride=4).wrap
    assert find_layout(field(lon), "so", size=8, stride=8).overlapping


def test_a_column_that_is_there_twice_is_left_out():
    with pytest.warns(TropdsxWarning, match="repeats the first"):
        lay = find_layout(field(np.arange(0.0, 361.0, 30.0)), "so", size=4, stride=4)
    assert (lay.wrap, lay.width) == (True, 12)


def test_axes_out_of_order_are_refused():
    with pytest.raises(GridError, match="to and fro"):
        find_layout(field([0.0, 10.0, 5.0, 20.0]), "so", size=2, stride=2)


def test_what_is_not_there_is_told():
    with pytest.raises(DomainError, match="no variable 'zwd'; there are so"):
        find_layout(field(np.arange(8.0)), "zwd", size=4, stride=4)
    with pytest.raises(DomainError, match="no dimension 'depth' of levels"):
        find_layout(field(np.arange(8.0)), "so", size=4, stride=4, level_dim="depth")


def test_levels_by_value_and_by_number():
    levels = np.array([0.5, 10.0, 100.0, 1000.0])
    assert choose_levels(levels) == [0, 1, 2, 3]
    assert choose_levels(levels, values=[1000, 12, 400]) == [3, 1, 2]
    assert choose_levels(levels, indices=[2, 0]) == [2, 0]


@pytest.mark.parametrize(
    "wanted",
    [{"values": [5000]}, {"values": [10, 11]}, {"indices": [4]}, {"indices": [-1]}, {"values": []}],
)
def test_levels_that_are_not_there_are_refused(wanted):
    with pytest.raises(DomainError, match=r"there are 0\.5, 10, 100, 1000"):
        choose_levels(np.array([0.5, 10.0, 100.0, 1000.0]), **wanted)
