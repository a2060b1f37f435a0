"""Sums over epochs: in any chunks, over what both know."""

import dask
import dask.array as da
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.thinning import thin
from tropdsx.workflows.evaluate.align import align
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.evaluate.groups import groups_of
from tropdsx.workflows.evaluate.scores import SquareSums
from tropdsx.workflows.evaluate.sums import Sums, add_epochs, sum_epochs

from helpers.evaluation import LAT, LON, turned, weighted_rmse


def test_chunks_do_not_matter_and_memory_stays_flat(fine, truth):
    expected = validate(fine, truth)
    for chunk in (1, 2, 5):
        seen: list[int] = []
        lazy = [ds.chunk(time=chunk) for ds in (fine, truth)]
        with dask.config.set(scheduler="synchronous"):
            found = validate(*lazy, progress=lambda *place, seen=seen: seen.append(place))
        xr.testing.assert_allclose(found, expected)
        assert seen[-1] == (5, 5)


def test_excluded_nodes_do_not_count(fine, truth):
    coarse = thin(truth, (2, 3), (0, 1))
    kept = np.ones((LAT.size, LON.size))
    kept[0::2, 1::3] = 0
    found = validate(fine, truth, exclude=turned(coarse, "south first, -180..180"))
    expected = weighted_rmse(fine, truth, "zwd", kept)
    assert float(found.rmse.sel(variable="zwd", group="all")) == pytest.approx(expected)
    with pytest.raises(GridError, match="nothing is left to score"):
        validate(fine, truth, exclude=truth)


def test_missing_values_are_counted(fine, truth):
    holed = fine.copy(deep=True)
    holed["zwd"][:, 3:5, 2:9] = np.nan
    with (
        pytest.warns(TropdsxWarning, match="'zwd' holds 70 NaN"),
        pytest.warns(TropdsxWarning, match="ztd: 70 of the values"),
        pytest.warns(TropdsxWarning, match="zwd: 70 of the values"),
    ):
        found = validate(holed, truth)
    assert found.rmse.sel(group="all").notnull().all()
    assert found.zwd_rmse.isnull().sum() == 14


def test_merged_sums_are_those_of_all_epochs():
    lat, lon = np.arange(70.0, -80, -10), np.arange(0.0, 360, 10)
    rng, shape = np.random.default_rng(0), (lat.size, lon.size)
    epochs = [2.4 + rng.normal(0, 0.01, (2, *shape)) for _ in range(3)]
    sigma = rng.uniform(0.005, 0.02, shape)
    groups = groups_of(lat, lon, np.zeros(shape))

    def sums_of(*pairs):
        sums = Sums(lat, lon, groups, np.ones(shape, bool), True, True, np.ones(shape))
        for season, (fine, reference) in enumerate(pairs):
            sums.add(fine, reference, season, sigma)
        return sums

    merged = sums_of(*epochs[:1])
    merged.merge(sums_of(*epochs[1:]))
    whole = sums_of(*epochs)
    xr.testing.assert_allclose(
        merged.scores().sel(group="all"), whole.scores().sel(group="all"), rtol=1e-12
    )
    for name in ("rmse", "bias"):
        np.testing.assert_allclose(merged.maps()[name], whole.maps()[name], rtol=1e-9)


def squares(pair, names):
    sums = {key: SquareSums((pair.fine.sizes["lat"], pair.fine.sizes["lon"])) for key in names}
    return sums, add_epochs(pair, sums)


def test_rmse_maps_by_themselves_are_those_of_all_scores(fine, truth):
    holed = fine.copy(deep=True)
    holed["zwd"][:, 3:5, 2:9] = np.nan
    with pytest.warns(TropdsxWarning, match="NaN"):
        pair = align(holed, truth)
    with pytest.warns(TropdsxWarning, match="zwd: 70 of the values"):
        alone, epochs = squares(pair, ["zhd", "zwd"])
    with pytest.warns(TropdsxWarning, match="missing and not scored"):
        whole, all_epochs = sum_epochs(pair)
    assert epochs == all_epochs
    for name in ("zhd", "zwd"):
        assert list(alone[name].maps()) == ["rmse"]
        np.testing.assert_array_equal(alone[name].maps()["rmse"], whole[name].maps()["rmse"])
        assert alone[name].values == whole[name].values


def test_bands_of_rows_change_no_rmse_map(fine, truth, monkeypatch):
    pair = align(fine, truth)
    at_once = [sums.maps()["rmse"] for sums in squares(pair, ["zwd"])[0].values()]
    monkeypatch.setattr("tropdsx.workflows.evaluate.scores.AT_ONCE", 1)
    by_rows = [sums.maps()["rmse"] for sums in squares(pair, ["zwd"])[0].values()]
    np.testing.assert_array_equal(at_once, by_rows)


def test_delays_that_are_not_wanted_are_not_computed(fine, truth):
    def fail():
        raise AssertionError

    lazy = fine.chunk()
    pair = align(lazy, truth.chunk())
    never = da.from_delayed(dask.delayed(fail)(), pair.fine["zhd"].shape, float)
    pair.fine["zhd"] = pair.fine["zhd"].copy(data=never)
    assert list(squares(pair, ["zwd"])[0]) == ["zwd"]
