from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.thinning import usual_phase
from tropdsx.workflows.reconstruct.diffusion.condition import CHANNELS
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics
from tropdsx.workflows.train.diffusion.batches import (
    LessonWindows,
    Where,
    cut_setting,
    validation_windows,
)
from tropdsx.workflows.train.diffusion.data import gather_lessons

from helpers.training import small

UNITS = Statistics(0.01, 0.1, 0.1, 300.0, 600.0, 200.0)
OPTIONS = small("diffusion", window=12)


@pytest.fixture(scope="module")
def lessons(fine):
    return gather_lessons(fine, OPTIONS)[0][0]


def test_a_number_gives_the_same_window_always(lessons):
    one, two = (LessonWindows([lessons], UNITS, OPTIONS) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one[7], two[7], strict=True))
    assert not torch.equal(one[7].noise, one[8].noise)


def test_a_window_crosses_the_first_meridian(lessons):
    here = LessonWindows([lessons], UNITS, OPTIONS, [Where(0, 2, 0, 5, 44, False)])[0]
    columns = np.arange(44, 56) % 48
    truth = lessons.residual[2][np.ix_(np.arange(5, 17), columns)]
    truth = truth - lessons.sets[0].increment[2][np.ix_(np.arange(5, 17), columns)]
    np.testing.assert_allclose(here.truth[0], truth / UNITS.residual, rtol=1e-5)
    setting = cut_setting(lessons.setting, np.arange(5, 17), columns)
    np.testing.assert_allclose(np.diff(setting.lon), 7.5)
    middle = np.radians(setting.lon.mean())
    north = np.cos(np.radians(setting.lat.mean()))
    assert here.film[0] == pytest.approx(north * np.cos(middle), abs=1e-5)


def test_the_other_hemisphere_is_half_a_year_away(lessons):
    plain, turned = (
        LessonWindows([lessons], UNITS, OPTIONS, [Where(0, 0, 0, 3, 9, flip)])[0]
        for flip in (False, True)
    )
    rows = turned.condition.flip(1)
    for number, name in enumerate(CHANNELS):
        sign = -1 if name in ("sin_lat", "season_sin", "season_cos") else 1
        torch.testing.assert_close(rows[number], sign * plain.condition[number])
    torch.testing.assert_close(turned.truth.flip(1), plain.truth)
    assert turned.film[2] == -plain.film[2]


def test_an_ambient_mean_is_told_what_is_hidden_in_every_other_window(fine):
    """At work nothing is hidden: a mask that it always sees would be foreign to it there."""
    there = np.random.default_rng(0).random((fine.sizes["lat"], fine.sizes["lon"])) < 0.5
    row, column = usual_phase(fine, (2, 2))
    there[row::2, column::2] = True  # the coarse grid is whole
    there = xr.DataArray(there, dims=("lat", "lon"))
    holes = fine.assign({name: fine[name].where(there) for name in ("zhd", "zwd")})
    options = small(
        "diffusion", window=12, objective="ambient", hide=0.5, stations=(10,), sets=1, phases=1
    )
    with pytest.warns(TropdsxWarning, match="NaN"):
        found = gather_lessons(holes, options)[0]
    known = CHANNELS.index("known")
    for part, (low, high) in {"mean": (0.3, 0.7), "residual": (-0.1, 0.0)}.items():
        init = None if part == "mean" else "mean.safetensors"
        windows = LessonWindows(found, UNITS, replace(options, init=init))
        seen = [windows[number] for number in range(60)]
        complete = [bool((each.condition[known] == 1).all()) for each in seen]
        assert low <= np.mean(complete) <= high
        for told, each in zip(complete, seen, strict=True):
            gap = torch.isnan(each.truth[0])
            assert told or not (each.condition[known][gap]).any()


def test_nodes_whose_truth_is_seldom_known_count_for_the_others(lessons):
    """Over all epochs each node has the weight of its area, gaps or none."""
    gaps = lessons.residual.copy()
    gaps[::2, 4:8] = np.nan
    gaps[:, 9] = np.nan
    some, where = replace(lessons, residual=gaps), Where(0, 1, 0, 2, 3, False)
    kinds = {name: replace(OPTIONS, objective=name) for name in ("complete", "ambient")}
    plain, found = (LessonWindows([some], UNITS, each, [where])[0] for each in kinds.values())
    known = np.isfinite(gaps).mean(0)[2:14, 3]
    assert known[2:6].max() < 0.6
    ratio = (found.weight / plain.weight).numpy()
    expected = 1 / np.maximum(known, 0.1)
    np.testing.assert_allclose(ratio, np.broadcast_to(expected[:, None], ratio.shape), rtol=1e-5)


def test_validation_windows_stay_the_same(lessons):
    one = validation_windows(lessons, OPTIONS, 20)
    assert one == validation_windows(lessons, OPTIONS, 20)
    assert len({where.epoch for where in one}) > 3
    assert not any(where.flip for where in one)
