"""Lazy fields in another unit than they say are refused when they are computed."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, UnitsError
from tropdsx.workflows.derive.fields.guard import check_later, describe_unit, refuse_mixing_ratio


@pytest.mark.parametrize(
    ("role", "unit", "values", "said"),
    [
        (
            "surface pressure",
            "hPa",
            [101325.0, 60000.0],
            "in Pa; set ds",
        ),
        ("surface temperature", "K", [15.0, 20.0], "in degC"),
        ("specific", "kg kg-1", [12.0, 5.0], "in g kg-1"),
        ("relative", "1", [80.0, 20.0], "in %"),
    ],
)
def test_the_unit_of_the_values_is_named(role, unit, values, said):
    field = xr.DataArray(values, dims="site", name="x", attrs={"units": unit}).chunk(site=1)
    with pytest.raises(UnitsError, match=said):
        check_later(field, role, assumed=False).compute(scheduler="synchronous")


def test_what_can_be_passes():
    field = xr.DataArray(np.array([950.0]), dims="site", name="sp", attrs={"units": "hPa"})
    xr.testing.assert_identical(
        check_later(field.chunk(), "surface pressure", assumed=False).compute(), field
    )


def test_a_unit_that_is_not_there_is_said():
    assert "has no units attribute" in describe_unit("q", "specific", "", "g kg-1", (0.1, 12.0))


@pytest.mark.parametrize(
    "attrs",
    [
        {"standard_name": "humidity_mixing_ratio"},
        {"long_name": "Water vapor mixing ratio"},
        {"description": "mixing ratio of vapour"},
    ],
)
def test_a_mixing_ratio_is_no_specific_humidity(attrs):
    """Taken as one, it makes up to 3 percent too much wet delay."""
    field = xr.DataArray(0.018, name="qv", attrs=attrs | {"units": "kg kg-1"})
    with pytest.raises(GridError, match=r"'qv' is a mixing ratio by its attributes; accepted is"):
        refuse_mixing_ratio(field)


@pytest.mark.parametrize(
    "attrs",
    [
        {"standard_name": "specific_humidity", "description": "not the mixing ratio of vapour"},
        {"long_name": "Specific humidity", "description": "computed from the mixing ratio"},
        {"description": "specific_humidity, q = w / (1 + w) of the mixing ratio w"},
    ],
)
def test_a_specific_humidity_may_speak_of_the_mixing_ratio(attrs):
    field = xr.DataArray(0.018, name="q", attrs=attrs | {"units": "kg kg-1"})
    assert refuse_mixing_ratio(field) is field


def test_the_standard_name_decides():
    attrs = {"standard_name": "humidity_mixing_ratio", "long_name": "Specific humidity"}
    with pytest.raises(GridError, match="'q' is a mixing ratio"):
        refuse_mixing_ratio(xr.DataArray(0.018, name="q", attrs=attrs))
