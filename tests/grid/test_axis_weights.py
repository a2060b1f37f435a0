import numpy as np
import pytest

from tropdsx.errors import GridError
from tropdsx.grid.axis_weights import bracket_axis, combine_axes, weigh_axes
from tropdsx.grid.stencil import make_stencil

GLOBE = (np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0))
POLES = (np.arange(90.0, -91.0, -2.0), np.arange(0.0, 360.0, 2.5))
ODD = (np.arange(80.0, -81.0, -20.0), np.arange(0.0, 360.0, 40.0))
BOX = (np.array([50.0, 45.0, 40.0, 35.0]), np.array([350.0, 355.0, 360.0, 365.0, 370.0]))
GRIDS = pytest.mark.parametrize(
    "grid", [GLOBE, POLES, ODD, BOX], ids=["cells", "poles", "odd", "box"]
)
KINDS = pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
LAT = np.array([90.0, 89.9, 87.5, 50.0, 43.3, 40.0, 0.0, -33.0, -89.0, -90.0])
LON = np.array([-10.0, 0.0, 2.5, 5.0, 9.99, 10.0, 179.0, 357.5, 359.9])


@GRIDS
@KINDS
def test_axes_combine_to_what_the_stencil_gives(grid, interpolation):
    field = np.random.default_rng(3).normal(size=(grid[0].size, grid[1].size))
    kind = {"interpolation": interpolation}
    expected = make_stencil(*grid, LAT[:, None], LON[None, :], **kind).apply(field)
    found = combine_axes(field, *weigh_axes(*grid, LAT, LON, **kind))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@GRIDS
@KINDS
def test_missing_nodes_take_along_the_targets_that_they_have_a_share_in(grid, interpolation):
    field = np.random.default_rng(4).normal(size=(grid[0].size, grid[1].size))
    field[[0, 1, -1], [0, 2, -1]] = np.nan
    kind = {"interpolation": interpolation}
    lat = np.concatenate([LAT, grid[0][:3]])
    lon = np.concatenate([LON, grid[1][:3]])
    expected = make_stencil(*grid, lat[:, None], lon[None, :], **kind).apply(field)
    found = combine_axes(field, *weigh_axes(*grid, lat, lon, **kind))
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert np.isnan(found).any()
    assert np.isfinite(found).any()


def test_targets_outside_a_region_have_no_weight():
    rows, columns = weigh_axes(*BOX, [51.0, 50.0], [349.0, 10.0])
    assert np.isnan(rows.weight[0]).all()
    assert np.isnan(columns.weight[0]).all()
    found = combine_axes(np.ones((4, 5)), rows, columns)
    np.testing.assert_array_equal(np.isfinite(found), [[False, False], [False, True]])


def test_a_large_target_is_worked_on_in_bands(monkeypatch):
    field = np.random.default_rng(5).normal(size=(36, 72))
    axes = weigh_axes(*GLOBE, np.linspace(89, -89, 50), np.linspace(0, 359, 40))
    whole = combine_axes(field, *axes)
    monkeypatch.setattr("tropdsx.grid.axis_weights._HELD_AT_ONCE", 100)
    np.testing.assert_array_equal(combine_axes(field, *axes), whole)


def test_what_cannot_be_weighed_is_refused():
    with pytest.raises(GridError, match="1 x 2"):
        weigh_axes([0.0], [0.0, 1.0], 0.0, 0.0)
    with pytest.raises(GridError, match="'spline' is unknown"):
        weigh_axes(*BOX, 45.0, 0.0, interpolation="spline")


@pytest.mark.parametrize("axis", [[50.0, 47.0, 45.0, 40.0], [0.0, 2.0, 3.0, 10.0]])
def test_brackets_of_uneven_axes(axis):
    places = np.concatenate([axis, [min(axis) + 0.5, max(axis) - 0.25]])
    found = bracket_axis(axis, places)
    values = np.array(axis)[found.index]
    np.testing.assert_allclose((values * found.weight).sum(-1), places, rtol=0, atol=1e-9)
    assert ((found.weight >= 0) & (found.weight <= 1)).all()
    outside = bracket_axis(axis, [min(axis) - 0.1, max(axis) + 0.1])
    assert np.isnan(outside.weight).all()
