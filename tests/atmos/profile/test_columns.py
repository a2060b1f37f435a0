"""Columns of a model: levels in order, the ground closed, what lies outside put aside."""

import numpy as np
import pytest

from tropdsx import atmos
from tropdsx.atmos.profile.columns import Columns, close_up, order_levels
from tropdsx.errors import GridError, UnitsError

UNKNOWN = np.array(np.nan)
PRESSURE = np.array([1000.0, 900.0, 700.0, 400.0, 100.0])
HEIGHT = np.array([110.0, 990.0, 3010.0, 7180.0, 16180.0])


def column(**known):
    """Isothermal air on five levels, with nothing known at the ground."""
    usual = {
        "pressure": PRESSURE,
        "temperature": np.full(5, 260.0),
        "humidity": np.full(5, 2e-3),
        "geopotential": UNKNOWN,
        "height": HEIGHT,
        "lat": np.array(45.0),
        "undulation": np.array(0.0),
        "ground": UNKNOWN,
        "surface_pressure": UNKNOWN,
        "surface_temperature": UNKNOWN,
        "surface_vapour": UNKNOWN,
        "target": np.array([0.0]),
    }
    return Columns(**{**usual, **{name: np.asarray(value) for name, value in known.items()}})


def reversed_levels(columns):
    levels = {name: getattr(columns, name)[::-1] for name in ("pressure", "temperature")}
    return columns._replace(**levels, humidity=columns.humidity[::-1], height=columns.height[::-1])


def test_either_order_of_the_levels_is_one_profile():
    up = order_levels(column(), "specific")
    down = order_levels(reversed_levels(column()), "specific")
    for one, other in zip(up, down, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(up.z, HEIGHT)
    np.testing.assert_allclose(up.e, atmos.vapour_pressure(2e-3, PRESSURE))


def test_humidity_of_each_kind_is_a_vapour_pressure():
    as_vapour = order_levels(column(humidity=np.full(5, 3.0)), "vapour_pressure")
    np.testing.assert_array_equal(as_vapour.e, 3.0)
    relative = order_levels(column(humidity=np.full(5, 0.5), temperature=[280.0] * 5), "relative")
    np.testing.assert_allclose(relative.e, 0.5 * atmos.saturation_vapour_pressure(280.0))


def test_heights_come_from_the_geopotential_where_it_is_known():
    phi = atmos.height_to_geopotential(HEIGHT, 45.0, 40.0)
    found = order_levels(column(geopotential=phi, height=UNKNOWN, undulation=40.0), "specific")
    np.testing.assert_allclose(found.z, HEIGHT, atol=1e-6)


def test_levels_that_turn_and_temperatures_in_another_unit_are_refused():
    with pytest.raises(GridError, match="levels that turn or repeat"):
        order_levels(column(height=HEIGHT[[0, 2, 1, 3, 4]]), "specific")
    with pytest.raises(GridError, match="levels that turn or repeat"):
        order_levels(column(height=UNKNOWN, pressure=PRESSURE[[0, 1, 1, 3, 4]]), "specific")
    with pytest.raises(UnitsError, match="-13 to -13 K"):
        order_levels(column(temperature=np.full(5, -13.0)), "specific")
    filled = np.array([260.0, 260.0, 260.0, 260.0, 9999.0])
    assert np.isnan(order_levels(column(temperature=filled), "specific").t[-1])


def test_the_ground_becomes_the_lowest_level_and_those_below_lie_a_millimetre_apart():
    hill = column(ground=1500.0, surface_pressure=850.0, surface_temperature=255.0)
    found = close_up(order_levels(hill, "specific"), hill)
    assert found.z.shape == (6,)
    np.testing.assert_allclose(found.z, [1499.998, 1499.999, 1500.0, *HEIGHT[2:]], atol=1e-9)
    np.testing.assert_array_equal(found.p[:3], 850.0)
    np.testing.assert_array_equal(found.t, [255.0] * 3 + [260.0] * 3)
    between = np.interp(-np.log(850.0), -np.log(PRESSURE), atmos.vapour_pressure(2e-3, PRESSURE))
    assert found.e[2] == pytest.approx(between)


def test_holes_at_the_top_hold_the_last_level_again():
    cut = column(temperature=[260.0, 260.0, 260.0, np.nan, np.nan])
    found = close_up(order_levels(cut, "specific"), cut)
    np.testing.assert_allclose(found.z[-3:], HEIGHT[2] + np.array([0.0, 1e-3, 2e-3]), atol=1e-9)
    assert np.isfinite(found.t).all()


def test_without_heights_they_follow_from_the_ground():
    bare = column(height=UNKNOWN, ground=100.0, surface_pressure=1001.0)
    found = close_up(order_levels(bare, "specific"), bare)
    assert found.z[0] == pytest.approx(100.0)
    step = 8.3143 / 28.965e-3 * 260.0 / 9.80665 * np.log(1000.0 / 900.0)
    assert found.z[2] - found.z[1] == pytest.approx(step, rel=3e-3)


def test_a_column_of_nothing_is_nothing():
    empty = column(temperature=np.full(5, np.nan))
    assert np.isnan(close_up(order_levels(empty, "specific"), empty).z).all()


def test_a_level_is_under_the_ground_by_its_pressure_or_by_its_height():
    ground = {"ground": 1000.0, "surface_temperature": 260.0, "surface_vapour": 1.0}
    by_height = column(surface_pressure=905.0, **ground)  # 900 hPa at 990 m
    by_pressure = column(surface_pressure=890.0, **ground | {"ground": 985.0})
    for columns in (by_height, by_pressure):
        closed = close_up(order_levels(columns, "specific"), columns)
        np.testing.assert_allclose(closed.z[:3], columns.ground, atol=0.01)
        assert closed.p[2] == columns.surface_pressure
        assert closed.z[3:].tolist() == HEIGHT[2:].tolist()


def test_levels_that_repeat_the_lowest_pressure_lie_under_the_ground():
    columns = column(pressure=[900.0, 900.0, 900.0, 700.0, 400.0])
    closed = close_up(order_levels(columns, "specific"), columns)
    np.testing.assert_allclose(closed.z[:4], HEIGHT[2], atol=0.01)
    assert closed.z[4:].tolist() == HEIGHT[3:].tolist()
