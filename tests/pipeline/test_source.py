"""The input of a downscaling as the standard grid."""

import pytest

from tropdsx.errors import GridError


def test_no_epochs(coarse):
    with pytest.raises(GridError, match="no epoch"):
        coarse.isel(time=slice(0, 0)).tropds.downscale(5.0, model=None)
