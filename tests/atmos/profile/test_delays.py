"""Columns of air in pieces: each as if it were alone, and how much is done for it."""

import tracemalloc

import numpy as np
import pytest

from tropdsx.atmos.profile.columns import Columns
from tropdsx.atmos.profile.delays import integrate_columns, split_columns


def test_blocks_cover_all_once():
    for shape in ((), (7,), (3, 5), (2, 40, 50), (100, 2, 3)):
        seen = np.zeros(shape, int)
        for piece in split_columns(shape, 64):
            seen[piece] += 1
        assert (seen == 1).all()


PRESSURE = np.geomspace(1000.0, 1.0, 37)


def columns_of_air(*shape, target=((0.0,),), **other):
    """Columns on pressure levels, each warmer and moister than the last; float32 as stored."""
    share = np.linspace(0.0, 1.0, int(np.prod(shape))).reshape(shape)
    p = PRESSURE.reshape(-1, *[1] * len(shape))
    t = 215.0 + (55.0 + 20.0 * share) * (p / 1000.0) ** 0.6
    unknown = np.array(np.nan)
    known = {
        "pressure": np.broadcast_to(p, t.shape),
        "temperature": t.astype(np.float32),
        "humidity": (0.002 + 0.01 * share) * (p / 1000.0) ** 3,
        "geopotential": 7.2e4 * np.log(1013.0 / p) * (1 + 0.05 * share),
        "lat": 80.0 * share,
        "undulation": 40.0 * share,
        "ground": 2500.0 * np.sin(9.0 * share) ** 2,
        "surface_pressure": unknown,
    }
    rungs = np.asarray(target, dtype=float).reshape(-1, *[1] * len(shape))
    blank = dict.fromkeys(("height", "surface_temperature", "surface_vapour"), unknown)
    return Columns(
        **{**known, **blank, "target": np.broadcast_to(rungs, (len(rungs), *shape)), **other}
    )


def integrals(columns, **options):
    return integrate_columns(columns, humidity_kind="specific", mean_temperature=True, **options)


LADDER = np.linspace(-400.0, 9000.0, 60)


def with_ground_pressure(columns):
    return columns._replace(surface_pressure=1013.25 * np.exp(-columns.ground / 8000.0))


@pytest.mark.parametrize("prepare", [lambda columns: columns, with_ground_pressure])
@pytest.mark.parametrize("hydrostatic", ["pressure", "density"])
def test_a_column_is_the_same_alone_and_among_thousands(prepare, hydrostatic):
    many = prepare(columns_of_air(80, 90, target=LADDER[::9]))
    every = integrals(many, hydrostatic=hydrostatic)
    for place in ((0, 0), (33, 71), (79, 89)):
        one = Columns(*(each[(..., *place)] if each.ndim > 1 else each for each in many))
        for found, expected in zip(integrals(one, hydrostatic=hydrostatic), every, strict=True):
            np.testing.assert_allclose(found, expected[(..., *place)], rtol=1e-13)


def test_a_hole_beside_a_column_changes_nothing_in_it():
    whole = with_ground_pressure(columns_of_air(50, target=LADDER))
    holed = whole._replace(temperature=whole.temperature.copy(), humidity=whole.humidity.copy())
    holed.temperature[20, 3] = np.nan
    holed.humidity[5:9, 7] = 0.0
    holed.temperature[30:, 11] = np.nan
    others = np.setdiff1d(np.arange(50), [3, 7, 11])
    for found, expected in zip(integrals(holed), integrals(whole), strict=True):
        np.testing.assert_allclose(found[:, others], expected[:, others], rtol=1e-13)
    assert np.isnan(integrals(holed).zwd[0, 3])


def test_a_ladder_is_its_heights_one_by_one():
    air = with_ground_pressure(columns_of_air(300, target=LADDER))
    ladder = integrals(air)
    for index in (0, 13, 59):
        one = integrals(air._replace(target=air.target[index : index + 1]))
        for found, expected in zip(one, ladder, strict=True):
            np.testing.assert_allclose(found[0], expected[index], rtol=1e-13)


def counted(monkeypatch, name):
    """Count the elements that a function of NumPy is called with."""
    sizes, original = [], getattr(np, name)

    def count(x, *args, **kwargs):
        sizes.append(np.size(x))
        return original(x, *args, **kwargs)

    monkeypatch.setattr(np, name, count)
    return sizes


@pytest.mark.parametrize("heights", [1, 60])
def test_a_level_has_one_logarithm_however_many_heights_are_asked_for(monkeypatch, heights):
    air = columns_of_air(10_000, target=LADDER[-heights:])
    logarithms = counted(monkeypatch, "log")
    integrate_columns(air, humidity_kind="specific")
    # One more level than the array has: the ground. And two for the air below the lowest.
    assert len(PRESSURE) + 1 <= sum(logarithms) / 10_000 <= len(PRESSURE) + 3


@pytest.mark.parametrize("prepare", [lambda columns: columns, with_ground_pressure])
def test_memory_beside_the_result_does_not_grow_with_the_columns(prepare):
    level = 8 * 3072 * 38  # bytes of one quantity on the levels of the columns done at once

    def peak(count):
        air = prepare(columns_of_air(count, target=[500.0]))
        tracemalloc.start()
        result = integrate_columns(air, humidity_kind="specific")
        used = tracemalloc.get_traced_memory()[1] - result.zhd.nbytes - result.zwd.nbytes
        tracemalloc.stop()
        return used

    assert peak(10_000) < 14 * level
    assert peak(30_000) < 1.02 * peak(10_000)
