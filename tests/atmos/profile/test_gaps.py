"""Levels that lack temperature or vapour between others that have it."""

import numpy as np
import pytest

from tropdsx.atmos.profile.columns import Columns
from tropdsx.atmos.profile.gaps import find_gaps
from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.derive.fields.plausibility import check_columns

P = np.array([1000.0, 925.0, 850.0, 700.0, 500.0, 300.0, 100.0, 10.0])
T = np.array([288.0, 284.0, 280.0, 272.0, 255.0, 230.0, 210.0, 225.0])
Q = np.array([8e-3, 7e-3, 6e-3, 3e-3, 1e-3, 1e-4, 3e-6, 2e-6])
HUMIDITY = {"specific": Q, "relative": np.full(8, 0.5), "vapour_pressure": Q * P / 0.622}


def columns(kind="specific", *, order=1, **changes):
    """Four columns, with values of some levels changed."""
    unknown = np.array(np.nan)
    fields = {"t": T, "humidity": HUMIDITY[kind]} | changes
    levels = [np.tile(each[::order, None], 4) for each in (P, fields["t"], fields["humidity"])]
    return Columns(*levels, unknown, unknown, *[unknown] * 7)


def with_level(values, level, value):
    values = values.copy()
    values[level] = value
    return values


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("kind", HUMIDITY)
def test_a_level_of_zeros_between_moist_ones_is_found(kind, order):
    zero = with_level(HUMIDITY[kind], 2, 0.0)
    assert find_gaps(columns(kind, order=order, humidity=zero), kind) == [("humidity", 850.0, "0")]
    assert find_gaps(columns(kind, order=order), kind) == []


def test_zeros_that_were_packed_are_found():
    assert find_gaps(columns(humidity=with_level(Q, 2, 3e-6)), "specific")
    assert not find_gaps(columns(humidity=with_level(Q, 2, 3e-4)), "specific")


@pytest.mark.parametrize("order", [1, -1])
def test_a_level_without_values_is_found(order):
    hole = with_level(Q, 2, np.nan)
    found = find_gaps(columns(order=order, humidity=hole, t=with_level(T, 3, np.nan)), "specific")
    assert found == [("temperature", 700.0, "no value"), ("humidity", 850.0, "no value")]


def test_ends_dry_layers_and_the_stratosphere_are_no_gaps():
    under_the_ground = with_level(Q, 0, np.nan)
    stratosphere = with_level(Q, slice(6, None), 0.0)
    dry = with_level(with_level(Q, 3, 0.0), 4, 0.0)  # a layer, and not one level
    for humidity in (under_the_ground, stratosphere, dry):
        assert find_gaps(columns(humidity=humidity), "specific") == []


def test_zeros_of_some_columns_are_no_gap():
    some = columns()
    some.humidity[2, 1:] = 0.0
    assert find_gaps(some, "specific") == []


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "is 0 on the level"), (np.nan, "holds no value")]
)
def test_a_gap_is_told_with_its_pressure(value, said):
    some = columns(humidity=with_level(Q, 2, value))
    with pytest.warns(TropdsxWarning, match=rf"'q' {said}.* 850 hPa.*Leave that level out"):
        check_columns(some, "specific", {"humidity": "q"})
