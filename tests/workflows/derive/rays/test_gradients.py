"""Gradients of labelled delays."""

import numpy as np
import xarray as xr

from tropdsx.atmos.mapping.empirical import chen_herring_gradient
from tropdsx.workflows.derive.rays.gradients import find_gradients, gradient_delays


def gradients(*names, value=1.0):
    return xr.Dataset({name: ("time", [value, 2 * value], {"units": "mm"}) for name in names})


def test_total_gradients_serve_where_there_are_no_parts():
    parts = ("gn_h", "ge_h"), ("gradient_north_wet", "gradient_east_wet")
    totals = ("gradient_north", "gradient_east")
    everything = gradients(*parts[0], *parts[1], *totals)
    assert find_gradients(everything) == {"hydrostatic": parts[0], "wet": parts[1]}
    assert find_gradients(everything[list(totals)]) == {"total": totals}
    assert find_gradients(everything[["gn_h", *totals]]) == {"total": totals}
    assert find_gradients(everything[["gn_h"]]) == {}


def test_each_azimuth_goes_with_each_elevation_on_dimensions_of_their_own():
    elevation = xr.DataArray([5.0, 30.0], dims="elevation")
    azimuth = xr.DataArray([0.0, 45.0, 200.0], dims="towards")
    found = gradient_delays(gradients("gn_w", "ge_w"), elevation, azimuth)["wet"]
    assert found.sizes == {"elevation": 2, "towards": 3, "time": 2}
    mapped = chen_herring_gradient(30.0, 200.0, 2e-3, 2e-3, "wet")
    np.testing.assert_allclose(found[1, 2, 1], mapped, rtol=1e-12)
