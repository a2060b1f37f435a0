"""Epochs to train and to validate on."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import GridError
from tropdsx.workflows.train.data import split


def test_split_keeps_two_days_apart(fine):
    train, valid = split(fine, (), ())
    assert valid.sizes["time"] == 1
    gap = valid.time.values.min() - train.time.values.max()
    assert gap >= np.timedelta64(48, "h")
    day = str(fine.time.values[0])[:10]
    assert in_period(fine, [day]).sizes["time"] == 4
    with pytest.raises(GridError, match="holds no epoch"):
        in_period(fine, ["1999-01-01/1999-02-01"])
    with pytest.raises(GridError, match="cannot be read"):
        in_period(fine, ["yesterday"])
