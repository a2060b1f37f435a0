"""What pairs of wet delays at no known height are drawn from."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.workflows.train.nodal.drawn.moisture_fields import find_moisture


def fields(lat, lon):
    axes = {"time": [0, 1], "lat": lat, "lon": lon}
    return xr.Dataset({"zwd": (tuple(axes), np.full((2, len(lat), len(lon)), 0.2))}, axes)


def test_a_globe_and_its_spacing():
    found = find_moisture(fields(89.0 - 2 * np.arange(90.0), 2 * np.arange(180.0)), 1, 5)
    assert found.wrap
    assert found.spacing == 10.0
    assert found.zhd is None
    assert found.land.all()


@pytest.mark.parametrize(
    ("rows", "columns", "words"), [(14, 40, "at least 15"), (40, 14, "at least 15")]
)
def test_too_small_a_region_is_refused(rows, columns, words):
    small = fields(40.0 - np.arange(rows), 100.0 + np.arange(columns))
    with pytest.raises(GridError, match=words):
        find_moisture(small, 1, 5)


def test_a_globe_with_other_rows_is_refused():
    globe = fields(89.0 - 2 * np.arange(90.0), 2 * np.arange(180.0))
    with pytest.raises(GridError, match="multiples of 35"):
        find_moisture(globe, 5, 7)
