"""Means and spreads of the patches for training."""

import json

import numpy as np
import pytest

from tropdsx.errors import DomainError, UnitsError
from tropdsx.workflows.patches.samples.statistics import Moments, Statistics


def gathered(held_back=0.0):
    rng = np.random.default_rng(0)
    train = [rng.normal([[[280.0]], [[3.0]]], [[[5.0]], [[0.1]]], (2, 9, 9)) for _ in range(20)]
    train[3][0, :4] = np.nan
    train[5][:] = np.nan
    moments = Moments(2)
    for patch in train:
        moments.add(patch, "train")
        moments.add(patch * 7 + held_back, "val")
        moments.add(patch + held_back, "none")
    return np.stack(train, 1), Statistics.of(moments, "thetao", "degrees_C")


def test_each_level_has_its_own():
    values, found = gathered()
    np.testing.assert_allclose(found.mean, np.nanmean(values, (1, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(found.std, np.nanstd(values, (1, 2, 3)), rtol=1e-12)
    assert list(found.count) == np.isfinite(values).sum((1, 2, 3)).tolist()


def test_validation_data_change_nothing():
    assert gathered(0.0)[1] == gathered(1e6)[1]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_there_and_back(dtype):
    values, found = gathered()
    patch = values[:, 3].astype(dtype)
    scaled = found.normalise(patch, units="degrees_C")
    assert scaled.dtype == dtype
    back = found.restore(scaled, units="degrees_C")
    np.testing.assert_allclose(back, patch, rtol=1e-6)
    all_scaled = found.normalise(np.moveaxis(values, 1, 0), units="degrees_C")
    np.testing.assert_allclose(np.nanmean(all_scaled, (0, 2, 3)), 0.0, atol=1e-9)
    np.testing.assert_allclose(np.nanstd(all_scaled, (0, 2, 3)), 1.0, rtol=1e-9)


def test_other_units_and_levels_are_refused():
    values, found = gathered()
    with pytest.raises(UnitsError, match="in 'K', but its statistics are in 'degrees_C'"):
        found.normalise(values[:, 0], units="K")
    with pytest.raises(DomainError, match="1 levels, but statistics of 2"):
        found.restore(values[:1, 0], units="degrees_C")


def test_a_level_that_training_lacks_is_refused():
    moments = Moments(2)
    moments.add(np.stack([np.ones((3, 3)), np.full((3, 3), np.nan)]), "train")
    found = Statistics.of(moments, "so", "1e-3")
    patch = np.stack([np.full((3, 3), 4.0), np.full((3, 3), np.nan)])
    np.testing.assert_array_equal(found.normalise(patch, units="1e-3")[0], 3.0)  # no spread
    with pytest.raises(DomainError, match="no patch for training has"):
        found.normalise(np.ones((2, 3, 3)), units="1e-3")
    assert Statistics.from_dict(json.loads(json.dumps(found.to_dict()))).count == (9, 0)


def test_stored_statistics_are_the_same():
    found = gathered()[1]
    assert Statistics.from_dict(json.loads(json.dumps(found.to_dict()))) == found
