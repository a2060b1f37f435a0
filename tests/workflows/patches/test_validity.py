"""Cells with a value."""

import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.validity import count_missing, is_kept, valid_cells


@pytest.mark.parametrize("value", ["zero", "mean", "fill"])
def test_no_value_is_a_missing_one(value):
    field = np.random.default_rng(0).normal(12.0, 3.0, (8, 8))
    planted = {"zero": 0.0, "mean": field.mean(), "fill": -32767.0}[value]
    field[3, 4] = planted
    field[0, 0] = np.nan
    assert valid_cells(field)[3, 4]
    assert count_missing(field) == 1


@pytest.mark.parametrize(("share", "cells"), [(0.1, 30), (0.3, 10), (0.7, 10), (0.25, 4096)])
def test_the_threshold_is_exact(share, cells):
    most = round(share * cells)
    assert is_kept(most, cells, share)
    assert not is_kept(most + 1, cells, share)


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(DomainError, match="from 0 to 1"):
        is_kept(0, 4, share)
