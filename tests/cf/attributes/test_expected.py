"""Errors that a network expects of the epochs of a result."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.attributes.expected import describe_expected, expected_names, read_expected


def result(values=(0.01, 0.02), **more):
    expected = ("time", np.float32(values), describe_expected("zwd_expected_error"))
    return xr.Dataset({"zwd_expected_error": expected, **more})


def test_names_and_units():
    assert expected_names(["zhd", "zwd"]) == ["zhd_expected_error", "zwd_expected_error"]
    assert describe_expected("zhd_expected_error")["units"] == "m"
    assert "hydrostatic" in describe_expected("zhd_expected_error")["long_name"]


def test_stations_have_no_area():
    about = describe_expected("zwd_expected_error", stations=True)
    assert about["long_name"].endswith("root mean square over the stations")
    assert "at up to 400 stations" in about["comment"]
    assert "at up to 1200 points" in describe_expected("zwd_expected_error")["comment"]
    rmse = xr.DataArray([0.03, 0.04], dims="station")
    assert read_expected(result(zwd_rmse=rmse))["zwd"]["validated"] == pytest.approx(1.25e-3**0.5)
    strange = xr.DataArray([0.03, 0.04], dims="node")
    assert "validated" not in read_expected(result(zwd_rmse=strange))["zwd"]


def test_epochs_are_averaged_by_their_squares():
    found = read_expected(result())["zwd"]
    assert found["expected"] == pytest.approx(np.sqrt(2.5e-4), rel=1e-6)
    assert (found["least"], found["most"]) == pytest.approx((0.01, 0.02))
    assert read_expected(result().isel(time=1))["zwd"]["most"] == pytest.approx(0.02)


def test_what_is_missing_or_lazy_is_not_told():
    assert read_expected(result([np.nan, np.nan])) == {}
    assert read_expected(result([np.nan, 0.02]))["zwd"]["expected"] == pytest.approx(0.02)
    assert read_expected(result().chunk(time=1)) == {}
    assert read_expected(xr.Dataset()) == {}


@pytest.mark.parametrize("name", ["lat", "latitude"])
def test_the_map_of_the_validation_is_averaged_by_area(name):
    axes = {name: [0.0, 60.0], "lon": [0.0, 1.0, 2.0]}
    kind = {"standard_name": "latitude", "units": "degrees_north"}
    rmse = xr.DataArray([[0.01] * 3, [0.04] * 3], axes, (name, "lon"))
    rmse[name].attrs = kind
    found = read_expected(result(zwd_rmse=rmse))["zwd"]["validated"]
    assert found == pytest.approx(np.sqrt((1e-4 + 0.5 * 16e-4) / 1.5))
    lazy = read_expected(result(zwd_rmse=rmse.chunk()))["zwd"]
    assert "validated" not in lazy
    large = rmse.interp({name: np.linspace(0, 60, 1999), "lon": np.linspace(0, 2, 1501)})
    thinned = read_expected(result(zwd_rmse=large))["zwd"]["validated"]
    area = np.cos(np.radians(large[name]))
    assert thinned == pytest.approx(float((large**2).weighted(area).mean()) ** 0.5, rel=0.01)
