"""What attributes say: read with cf-xarray, whatever kind of variable or file they are on."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.cf.conventions import Conventions
from tropdsx.cf.description import describe
from tropdsx.cf.variables import find_variable

from helpers.grids import delays


@pytest.fixture
def described():
    ds = delays().assign(zwd_sigma=delays().zwd * 0)
    ds.zwd_sigma.attrs["units"] = "m"
    return describe(ds)


@pytest.mark.parametrize("decode", [True, "all"])
def test_relations_are_read_from_attributes_and_encodings(described, tmp_path, decode):
    described.to_netcdf(tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc", decode_coords=decode) as ds:
        assert ("bounds" in ds.lat.encoding) == (decode == "all")
        said = Conventions(ds)
        assert said.bounds == {"lat": "lat_bnds", "lon": "lon_bnds"}
        assert said.ancillary == {"lat_bnds", "lon_bnds", "zwd_sigma", "orography"}
        related = said.related_to("zwd")
        beside = ["zwd_sigma", "orography"]
        assert (related["grid_mapping"], related["ancillary_variables"]) == (["crs"], beside)
        assert {key: sorted(names) for key, names in said.axes.items()} == {
            "latitude": ["lat"],
            "longitude": ["lon"],
            "time": ["time"],
        }


@pytest.mark.parametrize("decode", [True, "all"])
def test_a_file_is_described_again_as_it_was(described, tmp_path, decode):
    described.to_netcdf(tmp_path / "out.nc")
    with xr.open_dataset(tmp_path / "out.nc", decode_coords=decode) as ds:
        again = describe(ds.load())
    assert again.lat.attrs["bounds"] == "lat_bnds"
    assert again.zwd.attrs["grid_mapping"] == "crs"
    assert again.zwd.attrs["ancillary_variables"] == "zwd_sigma orography"
    assert "crs_wgs84" not in again.variables


def test_a_grid_mapping_of_the_caller_is_kept_and_a_missing_one_replaced():
    ds = delays().assign(sphere=((), 0, {"grid_mapping_name": "latitude_longitude"}))
    ds.zhd.encoding["grid_mapping"] = "sphere"
    ds.zwd.attrs["grid_mapping"] = "gone"
    out = describe(ds)
    assert (out.zhd.attrs["grid_mapping"], out.zwd.attrs["grid_mapping"]) == ("sphere", "crs")


def test_other_ancillary_variables_stay_where_they_are_there():
    ds = delays().assign(zwd_rmse=delays().zwd[0], flag=delays().zwd[0] * 0)
    ds.zwd.attrs["ancillary_variables"] = "flag  zwd_rmse gone"
    ds.zhd.attrs["ancillary_variables"] = "gone"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = describe(ds)
    assert out.zwd.attrs["ancillary_variables"] == "zwd_rmse flag orography"
    assert out.zhd.attrs["ancillary_variables"] == "orography"


def test_an_error_that_is_called_like_a_delay_is_none():
    ds = xr.Dataset({"error": delays().zwd * 0, "delay": delays().zwd})
    ds.error.attrs = {"long_name": "zenith wet delay error", "units": "m"}
    ds.delay.attrs = {"long_name": "Zenith wet delay", "units": "m"}
    ds.delay.attrs["ancillary_variables"] = "error"
    assert find_variable(ds, "zwd", {"lat", "lon"}) == "delay"


def test_attributes_of_any_type_and_dimensions_without_values_do_no_harm():
    odd = {"standard_name": np.array([1.0, 2.0]), "bounds": 3, "grid_mapping": None, "units": ["m"]}
    ds = xr.Dataset({"a": (("x", 5), np.zeros((2, 2)), odd), 7: ("x", [1, 2], odd)})
    said = Conventions(ds)
    assert said.axes == {"latitude": set(), "longitude": set(), "time": set()}
    assert (said.standard_names, said.bounds) == ({}, {})
    assert said.ancillary == set()
    assert not any(said.related_to("a").values())


WORDS = {
    "standard_name": ["latitude", "longitude", "time", "projection_y_coordinate", "air_pressure"],
    "units": ["degrees_north", "degree_east", "Deg N", "°E", "degreesN", "m", "degrees", "hours"],
    "axis": ["X", "Y", "T", "t"],
    "cartesian_axis": ["T", "Y"],
    "grads_dim": ["t", "y"],
    "_CoordinateAxisType": ["Lat", "Lon", "Time", "GeoX", "lat"],
    "bounds": ["a", "b", "gone", "a gone"],
    "grid_mapping_name": ["latitude_longitude", "rotated_pole"],
    "long_name": ["latitude", "time"],
}
ATTRIBUTES = st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in WORDS.items()})


@settings(max_examples=60, deadline=None)
@given(st.lists(ATTRIBUTES, min_size=2, max_size=4))
def test_short_answers_are_those_of_cf_xarray(attributes):
    import cf_xarray  # noqa: F401 - registers ds.cf

    ds = xr.Dataset({name: ("x", [1, 2], a) for name, a in zip("abcd", attributes, strict=False)})
    said = Conventions(ds)

    def asked(*kept):
        shown = {}
        for name, variable in ds.variables.items():
            attrs = {k: v for k, v in variable.attrs.items() if k in kept}
            if "bounds" in attrs:
                attrs["bounds"] = " ".join(w for w in attrs["bounds"].split() if w in ds)
                attrs = {k: v for k, v in attrs.items() if v}
            if "units" in attrs:
                attrs["units"] = SPELLED.get(attrs["units"], attrs["units"])
            shown[name] = xr.Variable("x", [1, 2], attrs)
        return xr.Dataset(coords=xr.Coordinates(shown, indexes={})).cf

    axes = asked(*list(WORDS)[:6]).coordinates
    assert said.axes == {key: set(axes.get(key, ())) for key in said.axes}
    assert said.standard_names == dict(asked("standard_name").standard_names)
    bounds = asked("bounds").bounds
    assert said.bounds == {name: bounds[name][0] for name in ds.variables if name in bounds}


#: Units that are read more generously than by cf-xarray, and those that are not read at all.
SPELLED = {"Deg N": "degrees_north", "°E": "degrees_east", "degreesN": "degrees_north"}


def test_nothing_is_computed(no_compute):
    ds = delays().chunk(time=1).assign_coords(far=delays().zwd.chunk(time=1))
    assert Conventions(ds).axes["time"] == set()
    assert find_variable(ds, "zwd", {"lat", "lon"}) == "zwd"


def test_cf_xarray_is_loaded_when_it_is_needed_only():
    code = (
        "import sys, tropdsx\n"
        "heavy = {'cf_xarray', 'rich', 'torch', 'click', 'matplotlib', 'lightning'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
