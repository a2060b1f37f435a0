"""A recorded conversion, done again."""

import shutil

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.workflows.convert.files import convert
from tropdsx.workflows.convert.replay import compare_values, replay

from helpers.conversion import series


@pytest.fixture
def made(small, tmp_path):
    """A result beside its input."""
    series(small, 3).to_netcdf(tmp_path / "in.nc")
    return convert(tmp_path / "in.nc", model="none", target=5.0, ztd=True)


@pytest.mark.parametrize("storage", [{}, {"pack": True}, {"quantize": True}])
@pytest.mark.parametrize("suffix", ["nc", "zarr"])
def test_the_same_bits(small, tmp_path, storage, suffix):
    series(small, 3).to_netcdf(tmp_path / "in.nc")
    out = tmp_path / f"out.{suffix}"
    convert(tmp_path / "in.nc", out, model="none", target=5.0, **storage)
    found = replay(out)
    assert found.agrees
    assert {"zhd", "zwd", "orography", "time"} <= set(found.same)
    assert found.notes == ()


def test_values_that_differ_are_counted(made):
    with netCDF4.Dataset(made, "a") as file:
        file["zwd"][0, 0, :3] += 0.5
        file.tropdsx_version = "0.0.1"
    found = replay(made)
    assert not found.agrees
    assert found.different.keys() == {"zwd"}
    assert found.different["zwd"].startswith("3 of ")
    assert found.notes[0].startswith("tropdsx: recorded 0.0.1, now ")


def test_inputs_that_moved_are_named_and_found(made, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "in.nc").rename(tmp_path / "old" / "in.nc")
    with pytest.raises(InputError, match=r"in\.nc is not in .*moved; give its folder"):
        replay(made)
    assert replay(made, [tmp_path / "old"]).agrees


def test_an_input_that_changed_is_told_by_its_sha256(made, small, tmp_path):
    series(small, 2).to_netcdf(tmp_path / "in.nc")
    with pytest.raises(InputError, match=r"in\.nc is another file now: .* sha256"):
        replay(made)


def test_other_results_are_refused(made, tmp_path):
    with netCDF4.Dataset(made, "a") as file:
        file.tropdsx_command = "ds.tropds.downscale()"
    with pytest.raises(InputError, match="only results of `tropdsx convert`"):
        replay(made)


def test_not_a_number_is_the_same_and_shapes_are_not(made, tmp_path):
    shutil.copy(made, tmp_path / "copy.nc")
    for path in (made, tmp_path / "copy.nc"):
        with netCDF4.Dataset(path, "a") as file:
            file["zhd"][0, 0, 0] = np.nan
    assert compare_values(made, tmp_path / "copy.nc")[1] == {}
    with netCDF4.Dataset(tmp_path / "copy.nc", "a") as file:
        file.renameVariable("ztd", "total")
    different = compare_values(made, tmp_path / "copy.nc")[1]
    assert different == {"ztd": "only in the recorded", "total": "only in the new"}


def test_a_value_against_none_is_no_difference_of_zero(tmp_path):
    for name, values in (("a", [1.0, np.nan, 3.0, 4.0]), ("b", [1.0, 2.0, np.nan, 4.5])):
        fields = {"zwd": ("lat", values), "zhd": ("lat", [np.nan, 1.0, 1.0, values[1]])}
        xr.Dataset(fields).to_netcdf(tmp_path / f"{name}.nc")
    _, different = compare_values(tmp_path / "a.nc", tmp_path / "b.nc")
    none = "without a value in one of the two"
    assert different == {
        "zwd": f"3 of 4 values, by up to 0.5, 2 of them {none}",
        "zhd": f"1 of 4 values, 1 of them {none}",
    }


def test_texts_are_compared_as_texts(tmp_path):
    for name, station in (("a", "WTZR"), ("b", "WTZR"), ("c", "ONSA")):
        texts = np.array([station, "GOPE"], object)
        xr.Dataset({"station": ("n", texts)}).to_netcdf(tmp_path / f"{name}.nc")
    assert compare_values(tmp_path / "a.nc", tmp_path / "b.nc") == (["station"], {})
    _, different = compare_values(tmp_path / "a.nc", tmp_path / "c.nc")
    assert different == {"station": "1 of 2 values"}


def test_zeros_of_two_signs_have_other_bits(tmp_path):
    for name, zero in (("a", 0.0), ("b", -0.0)):
        xr.Dataset({"zwd": ("n", [zero, 1.0])}).to_netcdf(tmp_path / f"{name}.nc")
    _, different = compare_values(tmp_path / "a.nc", tmp_path / "b.nc")
    assert different == {"zwd": "1 of 2 values"}
