"""One field of a file, at one time."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError
from tropdsx.workflows.reconstruct.levels.opening import open_field


def renamed(sea, name, *dates):
    """The cube at some dates, under another name of its time."""
    axis = (name, np.array(dates, "M8[ns]"), {"standard_name": "time"})
    whole = xr.concat([sea.drop_vars("time")] * len(dates), dim=name)
    return whole.assign_coords({name: axis}).to_dataset(name="thetao")


@pytest.mark.parametrize("wanted", ["2024-02-27", "2024-03-12", "2024-03-06"])
def test_a_time_far_from_those_of_the_file_is_refused(tmp_path, sea, wanted):
    days = ("2024-02-29", "2024-03-01", "2024-03-02", "2024-03-10")
    renamed(sea, "time", *days).to_netcdf(tmp_path / "some.nc")
    told = rf"no time near {wanted}: it has 2024-02-29T00:00 to 2024-03-10T00:00; name one"
    with pytest.raises(DomainError, match=told):
        open_field(tmp_path / "some.nc", "thetao", wanted)


def test_a_time_between_those_of_the_file_is_the_nearest(tmp_path, sea):
    renamed(sea, "time", "2024-02-29", "2024-03-10").to_netcdf(tmp_path / "some.nc")
    found = open_field(tmp_path / "some.nc", "thetao", "2024-03-06T18")
    assert found.time.values == np.datetime64("2024-03-10")


def test_a_file_of_one_time_has_no_other(tmp_path, sea):
    sea.to_dataset().to_netcdf(tmp_path / "cube.nc")
    assert open_field(tmp_path / "cube.nc", "thetao", "2024-02-29T12").shape == sea.shape
    told = "has no time near 2024-03-02: it has 2024-02-29T00:00; leave --time out"
    with pytest.raises(DomainError, match=told):
        open_field(tmp_path / "cube.nc", "thetao", "2024-03-02")
    with pytest.raises(DomainError, match="--time 'noon' is no date"):
        open_field(tmp_path / "cube.nc", "thetao", "noon")
    sea.drop_vars("time").to_dataset().to_netcdf(tmp_path / "undated.nc")
    with pytest.raises(DomainError, match="has no times to choose 2024-03-02 from"):
        open_field(tmp_path / "undated.nc", "thetao", "2024-03-02")


def monthly(path, sea, *middles, bounds=True):
    """Means over months, whose times are the middle of each."""
    ds = renamed(sea.isel(depth=0, drop=True), "time", *middles)
    if bounds:
        first = np.array(middles, "M8[M]")
        ends = np.stack([first, first + 1], axis=1).astype("M8[ns]")
        ds["time"].attrs["bounds"] = "time_bnds"
        ds["time"].encoding["units"] = "days since 2021-01-01"
        ds["time_bnds"] = ("time", "nv"), ends
    ds.to_netcdf(path)
    return path


def test_a_mean_is_of_all_dates_within_its_bounds(tmp_path, sea):
    """The first of February is half a month from both middles, and of the second mean."""
    one = monthly(tmp_path / "one.nc", sea, "2021-01-16")
    for wanted in ("2021-01-01", "2021-01-31T23:00"):
        assert open_field(one, "thetao", wanted).time.values == np.datetime64("2021-01-16")
    with pytest.raises(DomainError, match="no time near 2021-02-01: it has 2021-01-16"):
        open_field(one, "thetao", "2021-02-01")
    two = monthly(tmp_path / "two.nc", sea, "2021-01-20", "2021-02-15")
    found = open_field(two, "thetao", "2021-02-01")
    assert found.time.values == np.datetime64("2021-02-15")


def test_of_a_mean_without_bounds_the_advice_is_to_name_no_time(tmp_path, sea):
    path = monthly(tmp_path / "m.nc", sea, "2021-01-16", bounds=False)
    told = "it has 2021-01-16T00:00; leave --time out"
    with pytest.raises(DomainError, match=told):
        open_field(path, "thetao", "2021-01-01")
    assert open_field(path, "thetao").shape == sea.shape[1:]
