import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.axis_weights import combine_axes
from tropdsx.workflows.report.prepared import bilinear_axes, map_on_nodes, round_up


def field(values, units="m", name="zwd_rmse", lon=(359.0, 0.0)):
    axes = {"latitude": [40.0, 45.0], "longitude": list(lon)}
    return xr.DataArray(values, axes, ("latitude", "longitude"), name, {"units": units})


@pytest.mark.parametrize(("units", "factor"), [("m", 1000.0), ("cm", 10.0), ("mm", 1.0)])
def test_map_comes_in_standard_order_and_millimetres(units, factor):
    found = map_on_nodes(field([[1.0, 2.0], [3.0, 4.0]], units))
    assert found.lat.values.tolist() == [45.0, 40.0]
    assert np.diff(found.lon.values).tolist() == [1.0]
    assert found.values.tolist() == [[3.0 * factor, 4.0 * factor], [factor, 2.0 * factor]]


def test_correlation_keeps_its_values_and_an_error_needs_a_length():
    assert map_on_nodes(field([[0.5] * 2] * 2, "1", "zwd_correlation")).max() == 0.5
    with pytest.raises(GridError, match=r"has units '1'.*accepted is a map.* m, cm, mm"):
        map_on_nodes(field([[0.5] * 2] * 2, "1"))
    with pytest.raises(GridError, match="units 'm'"):
        map_on_nodes(field([[0.5] * 2] * 2, "m", "zwd_correlation"))


def test_row_next_to_a_pole_holds_up_to_it_and_a_region_ends():
    lat, lon = np.array([85.0, 80.0]), np.array([0.0, 10.0])
    values = np.array([[1.0, 3.0], [5.0, 7.0]])
    rows, columns = bilinear_axes(lat, lon, np.array([90.0, 82.5]), np.array([5.0]))
    assert combine_axes(values, rows, columns).tolist() == [[2.0], [4.0]]
    rows, _ = bilinear_axes(lat - 40.0, lon, np.array([50.0]), np.array([5.0]))
    assert np.isnan(rows.weight).all()


def test_round_up_is_never_below():
    values = np.geomspace(1e-4, 1e3, 200)
    ends = np.array([round_up(value) for value in values])
    assert (ends >= values * (1 - 1e-8)).all()
    assert (ends <= 1.6 * values).all()
