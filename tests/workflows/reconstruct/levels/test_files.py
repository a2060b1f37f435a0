"""From files to a file."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, InputError, TropdsxWarning, UnitsError
from tropdsx.workflows.reconstruct.levels.analysis import reconstruct_levels
from tropdsx.workflows.reconstruct.levels.files import (
    evaluate_levels_file,
    reconstruct_levels_files,
)
from tropdsx.workflows.reconstruct.levels.opening import open_field
from tropdsx.write import read_provenance

from helpers.compliance import check_compliance


@pytest.fixture
def files(tmp_path, sea, seen):
    """The cube, and its forty columns as ragged profiles of which one is of another year."""
    sea.to_dataset().to_netcdf(tmp_path / "cube.nc")
    values, known = seen.values, np.isfinite(seen.values)
    depth = np.broadcast_to(seen.depth.values, values.shape)
    when = np.where(np.arange(40) == 7, np.datetime64("2020-01-01"), np.datetime64("2024-03-02"))
    ds = xr.Dataset(
        {
            "row_size": ("profile", known.sum(1), {"sample_dimension": "obs"}),
            "thetao": ("obs", values[known], seen.attrs),
            "depth": ("obs", depth[known], {"units": "m", "positive": "down"}),
            "lat": ("profile", seen.lat.values),
            "lon": ("profile", seen.lon.values),
            "time": ("profile", when.astype("M8[ns]")),
        }
    )
    ds.to_netcdf(tmp_path / "profiles.nc")
    return tmp_path


def test_a_cube_and_profiles_become_a_file(files, sea, seen):
    with pytest.warns(TropdsxWarning, match="1 of 40 profiles are more than 15 days off"):
        out = reconstruct_levels_files(files / "cube.nc", files / "profiles.nc", files / "out.nc")
    kept = seen.isel(profile=np.arange(40) != 7)
    with xr.open_dataset(out) as ds:
        assert ds.thetao.dims == ("depth", "lat", "lon")
        np.testing.assert_array_equal(np.isnan(ds.thetao), np.isnan(sea))
        wanted = reconstruct_levels(kept, sea.astype("f4").isel(depth=0), domain=sea.notnull())
        np.testing.assert_allclose(ds.thetao, wanted.thetao, atol=0.02)
        assert ds.attrs["reconstruction_method"] == "modes"
        assert "thetao on 7 levels" in ds.attrs["title"]
        assert "delay" not in ds.attrs["summary"] + ds.attrs["keywords"] + ds.attrs["comment"]
        assert ds.loo_residual.shape == (39, 7)
    told = read_provenance(out)
    assert [each["name"] for each in told["inputs"]] == ["cube.nc", "profiles.nc"]
    assert told["command"].startswith("tropdsx levels reconstruct cube.nc profiles.nc -")


def test_the_file_passes_the_checker(files):
    with pytest.warns(TropdsxWarning):
        out = reconstruct_levels_files(files / "cube.nc", files / "profiles.nc", files / "out.nc")
    check_compliance(out)


def test_a_surface_without_levels_needs_them(files, sea):
    sst = (sea.isel(depth=0, drop=True) + 273.15).assign_attrs(units="K")
    sst.to_dataset(name="sst").to_netcdf(files / "sst.nc")
    given = {"surface_variable": "sst", "days": 4000.0}
    with pytest.raises(DomainError, match="has no levels; name those of the result"):
        reconstruct_levels_files(files / "sst.nc", files / "profiles.nc", files / "o.nc", **given)
    bottom = (sea.isel(depth=0, drop=True) * 0 + 150.0).rename("deptho")
    bottom.to_netcdf(files / "bottom.nc")
    out = reconstruct_levels_files(
        files / "sst.nc", files / "profiles.nc", files / "o.nc", levels=[10.0, 100.0, 500.0],
        domain=files / "bottom.nc", **given,
    )  # fmt: skip
    with xr.open_dataset(out) as ds:
        there = np.isfinite(ds.thetao).sum(("lat", "lon")).values
    assert there.tolist() == [351, 351, 0]


def test_times_of_the_surface(files, sea):
    both = xr.concat([sea, sea + 1.0], dim="time").assign_coords(
        time=np.array(["2024-02-29", "2024-03-10"], "M8[ns]")
    )
    both.to_dataset(name="thetao").to_netcdf(files / "two.nc")
    with pytest.raises(DomainError, match=r"has 2 times from 2024-02-29.*name one with --time"):
        open_field(files / "two.nc", "thetao")
    field = open_field(files / "two.nc", "thetao", "2024-03-09")
    np.testing.assert_allclose(field.values[0], sea.values[0] + 1.0)
    with pytest.raises(DomainError, match=r"no profile within 1 days of 2024-03-10.*--days"):
        reconstruct_levels_files(
            files / "two.nc", files / "profiles.nc", files / "o.nc", time="2024-03-10", days=1.0
        )
    with pytest.raises(DomainError, match=r"no variable 'so' in .*; there are thetao"):
        open_field(files / "two.nc", "so")


def test_a_domain_that_is_not_clear_is_told(files, sea):
    xr.Dataset({"a": sea, "b": sea}).to_netcdf(files / "unclear.nc")
    with pytest.raises(InputError, match="has a, b; accepted is a file with one of mask, deptho"):
        reconstruct_levels_files(
            files / "cube.nc", files / "profiles.nc", files / "o.nc", days=4000.0,
            domain=files / "unclear.nc",
        )  # fmt: skip
    assert not (files / "o.nc").exists()


def test_a_cube_is_scored(files):
    scores = evaluate_levels_file(files / "cube.nc", share=0.12, seeds=1, methods=["idw"])
    assert scores.rmse.shape == (1, 6)


def test_named_levels_keep_the_bottom_of_the_cube(files, sea):
    with pytest.warns(TropdsxWarning, match="1 of 40 profiles"):
        out = reconstruct_levels_files(
            files / "cube.nc",
            files / "profiles.nc",
            files / "o.nc",
            levels=[float(each) for each in sea.depth],
        )
    with xr.open_dataset(out) as ds:
        np.testing.assert_array_equal(np.isnan(ds.thetao), np.isnan(sea))


def test_levels_in_another_unit_are_refused(files, sea):
    wrong = sea.assign_coords(depth=(100.0 * sea.depth).assign_attrs(units="centimeters"))
    wrong.to_dataset().to_netcdf(files / "cm.nc")
    with pytest.raises(UnitsError, match=r"levels of .* are in 'centimeters'; convert"):
        reconstruct_levels_files(files / "cm.nc", files / "profiles.nc", files / "o.nc")


@pytest.mark.parametrize("name", ["time_counter", "valid_time"])
def test_profiles_of_other_times_are_left_out_whatever_the_time_is_called(files, sea, name):
    sea.expand_dims("time").rename(time=name).to_dataset().to_netcdf(files / "one.nc")
    assert open_field(files / "one.nc", "thetao").time.values == np.datetime64("2024-02-29")
    with pytest.warns(TropdsxWarning, match="1 of 40 profiles are more than 15 days off"):
        out = reconstruct_levels_files(files / "one.nc", files / "profiles.nc", files / "o.nc")
    with xr.open_dataset(out) as ds:
        assert ds.time.values == np.datetime64("2024-02-29")


def test_profiles_without_a_date_are_counted(files):
    with xr.open_dataset(files / "profiles.nc") as ds:
        ds = ds.load()
    ds = ds.assign(time=ds.time.where(~np.isin(np.arange(40), [7, 8])))
    ds.to_netcdf(files / "p.nc")
    with pytest.warns(TropdsxWarning, match="2 of 40 profiles have no date: left out"):
        reconstruct_levels_files(files / "cube.nc", files / "p.nc", files / "o.nc")


def test_a_surface_without_a_date_takes_all_profiles_and_says_so(files, sea):
    sea.drop_vars("time").to_dataset().to_netcdf(files / "undated.nc")
    with pytest.warns(TropdsxWarning, match="the surface has no dates: profiles are taken"):
        reconstruct_levels_files(files / "undated.nc", files / "profiles.nc", files / "o.nc")


def test_a_cube_from_the_bottom_up_is_the_same(files, sea):
    sea.isel(depth=slice(None, None, -1)).to_dataset().to_netcdf(files / "turned.nc")
    with pytest.warns(TropdsxWarning, match="1 of 40 profiles"):
        one, other = (
            reconstruct_levels_files(files / f"{n}.nc", files / "profiles.nc", files / f"o_{n}.nc")
            for n in ("cube", "turned")
        )
    with xr.open_dataset(one) as a, xr.open_dataset(other) as b:
        np.testing.assert_array_equal(a.thetao, b.thetao)
        np.testing.assert_array_equal(a.depth, b.depth)
    how = {"share": 0.12, "seeds": 1, "methods": ["modes"]}
    scores = [evaluate_levels_file(files / f"{n}.nc", **how) for n in ("cube", "turned")]
    np.testing.assert_allclose(scores[0].rmse, scores[1].rmse)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda da: da.rename(depth="month").assign_coords(month=np.arange(1.0, 8)), "no unit"),
        (lambda da: da.drop_vars("depth"), "'depth' of .* has no values"),
    ],
)
def test_what_may_be_no_levels_is_refused(files, sea, change, told):
    change(sea).to_dataset(name="thetao").to_netcdf(files / "odd.nc")
    with pytest.raises(DomainError, match=told):
        reconstruct_levels_files(files / "odd.nc", files / "profiles.nc", files / "o.nc")
