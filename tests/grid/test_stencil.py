import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx.errors import GridError
from tropdsx.grid.stencil import make_stencil

GLOBAL = (np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0))
WITH_POLES = (np.arange(90.0, -91.0, -2.0), np.arange(0.0, 360.0, 2.5))
BOX = (np.array([50.0, 45.0, 40.0, 35.0]), np.array([350.0, 355.0, 360.0, 365.0, 370.0]))


def combine(grid, field, lat, lon, **kwargs):
    return make_stencil(*grid, lat, lon, **kwargs).apply(np.asarray(field))


@pytest.mark.parametrize("grid", [GLOBAL, WITH_POLES, BOX], ids=["cells", "poles", "box"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_nodes_are_kept_exactly(grid, interpolation):
    field = np.random.default_rng(1).normal(size=(grid[0].size, grid[1].size))
    again = combine(grid, field, grid[0][:, None], grid[1][None, :], interpolation=interpolation)
    np.testing.assert_array_equal(again, field)


@given(lat=st.floats(-90, 90), lon=st.floats(-720, 720))
def test_weights_sum_to_one_everywhere(lat, lon):
    for grid in (GLOBAL, WITH_POLES):
        assert make_stencil(*grid, lat, lon).weight.sum() == pytest.approx(1.0, abs=1e-12)


@given(lon=st.floats(0, 360), lat=st.floats(-89.9, 89.9), turns=st.integers(-2, 2))
def test_longitude_is_periodic(lon, lat, turns):
    field = np.random.default_rng(2).normal(size=(36, 72))
    here = combine(GLOBAL, field, lat, lon)
    assert combine(GLOBAL, field, lat, lon + 360.0 * turns) == pytest.approx(here, abs=1e-3)


def test_a_field_continues_across_the_pole():
    # x = cos(lat) cos(lon) is smooth there; only the opposite meridian continues it.
    lat, lon = GLOBAL
    field = np.cos(np.deg2rad(lat))[:, None] * np.cos(np.deg2rad(lon))[None, :]
    near = combine(GLOBAL, field, 89.9, 12.5)
    assert near == pytest.approx(np.cos(np.deg2rad(89.9)) * np.cos(np.deg2rad(12.5)), abs=2e-5)


@pytest.mark.parametrize("grid", [GLOBAL, WITH_POLES], ids=["cells", "poles"])
def test_bicubic_is_third_order_on_smooth_fields(grid):
    def truth(lat, lon):
        return np.sin(np.deg2rad(lat)) + np.cos(np.deg2rad(lat)) * np.cos(2 * np.deg2rad(lon))

    lat, lon = np.linspace(-60, 60, 37)[:, None], np.linspace(1, 359, 41)[None, :]
    field = truth(grid[0][:, None], grid[1][None, :])
    cubic = np.abs(combine(grid, field, lat, lon) - truth(lat, lon)).max()
    linear = np.abs(
        combine(grid, field, lat, lon, interpolation="bilinear") - truth(lat, lon)
    ).max()
    assert cubic < linear / 10


def test_box_edges_are_one_sided_and_outside_is_missing():
    lat, lon = BOX
    plane = 2.0 * lat[:, None] - 3.0 * lon[None, :]
    assert combine(BOX, plane, 48.7, 353.3) == pytest.approx(2 * 48.7 - 3 * 353.3)
    assert combine(BOX, plane, 36.0, 9.0) == pytest.approx(2 * 36.0 - 3 * 369.0)
    assert np.isnan(combine(BOX, plane, 51.0, 355.0))
    assert np.isnan(combine(BOX, plane, 45.0, 345.0))
    assert np.isnan(combine(BOX, plane, 45.0, 12.0))


def test_missing_nodes_touch_only_their_cells():
    field = np.ones((36, 72))
    field[10, 10] = np.nan
    lat, lon = GLOBAL[0][10], GLOBAL[1][10]
    assert np.isnan(combine(GLOBAL, field, lat - 1.0, lon + 1.0))
    assert combine(GLOBAL, field, lat, lon + 5.0) == 1.0
    assert combine(GLOBAL, field, lat - 12.5, lon + 1.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("lat", "lon", "match"),
    [([1.0], [0.0, 1.0], "at least 2 x 2"), ([1.0, 0.0], [0.0], "at least 2 x 2")],
)
def test_too_few_nodes(lat, lon, match):
    with pytest.raises(GridError, match=match):
        make_stencil(lat, lon, 0.5, 0.5)


def test_unknown_interpolation():
    with pytest.raises(GridError, match="bicubic"):
        make_stencil([1, 0], [0, 1], 0.5, 0.5, interpolation="spline")


@pytest.mark.parametrize("shape", [(), (5,), (4, 3)])
def test_a_stencil_applies_to_stacks_of_fields(shape):
    rng = np.random.default_rng(3)
    place = make_stencil(*GLOBAL, rng.uniform(-90, 90, shape), rng.uniform(0, 360, shape))
    stack = rng.normal(size=(2, 3, 36, 72)).astype("f4")
    found = place.apply(stack)
    assert found.shape == (2, 3, *shape)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found[1, 2], place.apply(stack[1, 2]), rtol=1e-14)
    around = stack[1, 2].reshape(-1)[place.index]
    np.testing.assert_array_equal(place.gather(stack[1, 2]), around)
    np.testing.assert_array_equal(place.apply(stack[1, 2]), (around * place.weight).sum(-1))
    np.testing.assert_array_equal(place.combine(around), (around * place.weight).sum(-1))


@pytest.mark.parametrize("part", [1200, 3600, 10800, 36000])
def test_nodes_of_fine_terrain_are_hit_and_its_ends_belong_to_it(part):
    """Axes are rounded to 1e-9 deg, which is no longer little in steps."""
    lat, lon = 47 - np.arange(50) / part, 10 + np.arange(50) / part
    place = make_stencil(lat.round(9), lon.round(9), lat[:, None], lon[None, :])
    heaviest = place.weight.max(axis=-1)
    np.testing.assert_array_equal(heaviest, 1.0)
    found = place.index[..., 0].reshape(-1)
    np.testing.assert_array_equal(found, np.arange(2500))


@pytest.mark.parametrize("grid", [GLOBAL, WITH_POLES], ids=["cells", "poles"])
def test_what_lies_beyond_the_south_pole_is_as_in_the_north(grid):
    field = np.random.default_rng(3).normal(size=(grid[0].size, grid[1].size))
    lat, lon = np.array([[89.7], [88.4], [86.3]]), np.array([[3.3, 181.0, 359.2]])
    north = combine(grid, field[::-1], lat, lon)
    np.testing.assert_allclose(combine(grid, field, -lat, lon), north, rtol=0, atol=1e-9)
