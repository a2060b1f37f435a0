"""Nodes of one grid on another."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.matching import (
    find_nearest_nodes,
    is_same_axis,
    match_nodes,
    node_tolerance,
)


def test_match_nodes_picks_exactly():
    fine = xr.DataArray(
        np.arange(180 * 360.0).reshape(180, 360),
        {"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)},
        ("lat", "lon"),
        "orography",
    )
    picked = match_nodes(fine, np.arange(87.5, -90, -5), np.arange(2.5, 360, 5))
    np.testing.assert_array_equal(picked.values, fine.values[2::5, 2::5])
    box = match_nodes(fine, [0.5, -0.5], [358.5, 359.5, 360.5])
    np.testing.assert_array_equal(box.values, fine.values[89:91, [358, 359, 0]])
    with pytest.raises(GridError, match=r"orography .* has no node at longitude 2"):
        match_nodes(fine, [0.5], [1.5, 2.0])


def test_nearest_nodes_without_period_stops_at_the_ends():
    index, distance = find_nearest_nodes([10.0, 0.0], [-3.0, 12.0])
    np.testing.assert_array_equal(index, [1, 0])
    np.testing.assert_array_equal(distance, [3.0, 2.0])


FORMS = {
    "float32": lambda axis: axis.astype("f4"),
    "4 decimals": lambda axis: axis.round(4),
    "6 decimals": lambda axis: axis.round(6),
}


@pytest.mark.parametrize("part", [3600, 1200, 120, 10, 4, 1, 0.2])
@pytest.mark.parametrize("form", FORMS)
def test_one_axis_in_two_forms_and_a_shifted_one(part, form):
    axis = 47 + np.arange(40) / part if part > 1 else -60 + np.arange(20) / part
    assert is_same_axis(axis, FORMS[form](axis))
    assert is_same_axis(FORMS[form](axis), axis)
    # Shifted by half a cell, as cell-registered terrain is, or turned, or shorter.
    assert not is_same_axis(axis, FORMS[form](axis + 0.5 / part))
    assert not is_same_axis(axis, axis[::-1])
    assert not is_same_axis(axis, axis[:-1])


@pytest.mark.parametrize("part", [10800, 7200, 3600, 1200])
def test_nodes_of_cells_shifted_by_half_a_cell_are_others(part):
    axes = [10 + np.arange(20)[::-1] / part, 20 + np.arange(20) / part]
    field = xr.DataArray(np.zeros((20, 20)), dict(zip(("lat", "lon"), axes, strict=True)), name="h")
    assert match_nodes(field, *axes).shape == (20, 20)
    with pytest.raises(GridError, match=r"h .* has no node at latitude"):
        match_nodes(field, axes[0] - 0.5 / part, axes[1])


def test_tolerance_follows_the_finest_step():
    fine, coarse = np.arange(20) / 3600, np.arange(20.0)
    assert node_tolerance(coarse) == node_tolerance(coarse, coarse) == 1.2e-4
    assert node_tolerance(coarse, fine) == node_tolerance(fine) == pytest.approx(0.25 / 3600)
    assert node_tolerance(coarse[:1]) == 1.2e-4
