"""Formulas on labelled arrays of any shape."""

import numpy as np
import pytest
import xarray as xr


def test_stations_and_a_single_place(labelled):
    index = {"lat": xr.DataArray([0, 2], dims="site"), "lon": xr.DataArray([3, 1], dims="site")}
    sites = labelled.isel(index)
    picked = labelled.tropds.slant([5.0, 40.0]).isel(index).transpose("time", "site", "elevation")
    np.testing.assert_allclose(sites.tropds.slant([5.0, 40.0]), picked, rtol=1e-13)
    one = labelled.isel(time=1, lat=0, lon=2)
    assert one.tropds.slant(5.0).item() == pytest.approx(
        labelled.tropds.slant(5.0)[1, 0, 2].item(), rel=1e-13
    )
