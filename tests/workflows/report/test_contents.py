"""What a Dataset holds, as plain values."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report import contents
from tropdsx.workflows.report import summary as report
from tropdsx.workflows.report.contents import area_rms


def test_range_is_that_of_the_values_as_stored(coarse):
    zwd = coarse[["zwd"]] * 1000
    zwd["zwd"].attrs["units"] = "mm"
    (found,) = report.describe_input(zwd)["variables"]
    assert found["units"] == "mm"
    assert found["range"] == pytest.approx([float(zwd.zwd.min()), float(zwd.zwd.max())], rel=1e-5)


def test_values_too_many_for_a_glance_are_not_looked_through(coarse, monkeypatch):
    monkeypatch.setattr(contents, "LARGE", 1000)
    coarse["zwd"] = coarse["zwd"] * 1e4  # would be refused
    coarse["zwd"].attrs["units"] = "m"
    about = report.describe_input(coarse)
    assert about["error"] is None
    assert about["variables"][1]["range"] is None


def test_rmse_mean_is_weighted_with_area():
    field = xr.DataArray([[0.0], [1.0]], {"lat": [0.0, 60.0], "lon": [0.0]}, ("lat", "lon"))
    assert area_rms(field) == pytest.approx(np.sqrt(0.5 / 1.5))
