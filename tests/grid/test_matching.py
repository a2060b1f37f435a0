"""Nodes of one grid on another."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.matching import find_nearest_nodes, match_nodes


def test_match_nodes_picks_exactly():
    fine = xr.DataArray(
        np.arange(180 * 360.0).reshape(180, 360),
        {"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)},
        ("lat", "lon"),
        "orography",
    )
    picked = match_nodes(fine, np.arange(87.5, -90, -5), np.arange(2.5, 360, 5))
    np.testing.assert_array_equal(picked.values, fine.values[2::5, 2::5])
    box = match_nodes(fine, [0.5, -0.5], [358.5, 359.5, 360.5])
    np.testing.assert_array_equal(box.values, fine.values[89:91, [358, 359, 0]])
    with pytest.raises(GridError, match=r"orography .* has no node at longitude 2"):
        match_nodes(fine, [0.5], [1.5, 2.0])


def test_nearest_nodes_without_period_stops_at_the_ends():
    index, distance = find_nearest_nodes([10.0, 0.0], [-3.0, 12.0])
    np.testing.assert_array_equal(index, [1, 0])
    np.testing.assert_array_equal(distance, [3.0, 2.0])
