"""Sums over epochs: in any chunks, over what both know."""

import dask
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.thinning import thin
from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.evaluate.groups import groups_of
from tropdsx.workflows.evaluate.sums import Sums

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
