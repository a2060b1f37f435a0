"""One pass over all epochs, for all scores or for RMSE maps alone."""

import dask
import dask.array as da
import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.workflows.evaluate.align import align
from tropdsx.workflows.evaluate.epochs import sum_epochs, sum_squares


def test_they_are_those_of_all_scores(fine, truth):
    holed = fine.copy(deep=True)
    holed["zwd"][:, 3:5, 2:9] = np.nan
    with pytest.warns(TropdsxWarning, match="NaN"):
        pair = align(holed, truth)
    with pytest.warns(TropdsxWarning, match="zwd: 70 of the values"):
        alone, epochs = sum_squares(pair, ["zhd", "zwd"])
    with pytest.warns(TropdsxWarning, match="missing and not scored"):
        whole, all_epochs = sum_epochs(pair)
    assert epochs == all_epochs
    for name in ("zhd", "zwd"):
        assert list(alone[name].maps()) == ["rmse"]
        np.testing.assert_array_equal(alone[name].maps()["rmse"], whole[name].maps()["rmse"])
        assert alone[name].values == whole[name].values


def test_bands_of_rows_change_nothing(fine, truth, monkeypatch):
    pair = align(fine, truth)
    at_once = [sums.maps()["rmse"] for sums in sum_squares(pair, ["zwd"])[0].values()]
    monkeypatch.setattr("tropdsx.workflows.evaluate.spatial.AT_ONCE", 1)
    by_rows = [sums.maps()["rmse"] for sums in sum_squares(pair, ["zwd"])[0].values()]
    np.testing.assert_array_equal(at_once, by_rows)


def test_delays_that_are_not_wanted_are_not_computed(fine, truth):
    def fail():
        raise AssertionError

    lazy = fine.chunk()
    pair = align(lazy, truth.chunk())
    never = da.from_delayed(dask.delayed(fail)(), pair.fine["zhd"].shape, float)
    pair.fine["zhd"] = pair.fine["zhd"].copy(data=never)
    assert list(sum_squares(pair, ["zwd"])[0]) == ["zwd"]
