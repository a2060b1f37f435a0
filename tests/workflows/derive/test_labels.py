"""What derived delays say of themselves."""

import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.workflows.derive.labels import attributes_of, with_temperature, with_total

DELAYS = xr.Dataset({"zhd": ("site", [2.25]), "zwd": ("site", [0.25])})


def test_delays_are_of_a_model_and_of_points():
    assert attributes_of("zhd")["long_name"] == "zenith hydrostatic delay"
    assert attributes_of("zwd")["coverage_content_type"] == "modelResult"


@pytest.mark.parametrize("name", ["time", "valid_time"])
def test_what_is_made_of_a_mean_is_one(name):
    mean = {"cell_methods": f"{name}: mean area: mean"}
    assert attributes_of("zwd", mean)["cell_methods"] == f"{name}: mean area: point"
    instant = {"cell_methods": "area: mean", "units": "K"}
    assert attributes_of("zwd", instant)["cell_methods"] == "area: point"


def test_the_total_needs_both():
    assert with_total(DELAYS).ztd.values == [2.5]
    for name in DELAYS:
        with pytest.raises(GridError, match=f"there is no {name}"):
            with_total(DELAYS.drop_vars(name))


def test_the_temperature_lies_as_the_delays():
    assert with_temperature(DELAYS, None) is DELAYS
    ds = DELAYS.expand_dims(time=2)
    air = xr.DataArray([[280.0, 281.0]], dims=("site", "time"), attrs={"units": "degC"})
    assert with_temperature(ds, air).t2m.dims == ("time", "site")
    assert with_temperature(ds, air).t2m.attrs["units"] == "K"
