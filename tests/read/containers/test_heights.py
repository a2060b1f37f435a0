"""Heights of files are read when these are opened, and must be those of one terrain."""

import numpy as np
import pytest

from tropdsx.errors import GridError
from tropdsx.read.containers.heights import check_same_heights, load_heights
from tropdsx.read.delays import open_delays

from helpers.world import world

LAT, LON = np.arange(48.0, 40.0, -2.0), np.arange(5.0, 20.0, 2.5)


@pytest.fixture
def two(tmp_path):
    """Two files that follow each other, and a way to change the heights of the second."""
    ds = world(LAT, LON, 4)

    def write(change):
        ds.isel(time=[0, 1]).to_netcdf(tmp_path / "a.nc")
        later = ds.isel(time=[2, 3])
        later = later.assign(orography=change(later.orography).assign_attrs(ds.orography.attrs))
        later.to_netcdf(tmp_path / "b.nc")
        return str(tmp_path / "*.nc")

    return write


def test_heights_are_in_memory_and_delays_are_not(two):
    with open_delays(two(lambda h: h)) as ds:
        assert ds.orography.chunks is None
        assert ds.zhd.chunks is not None


def test_the_same_ground_to_a_step_of_packing_joins(two):
    with open_delays(two(lambda h: h + 0.7)) as ds:
        assert ds.sizes["time"] == 4


def test_other_ground_is_refused_by_name(two):
    with pytest.raises(GridError, match=r"of .*b\.nc are not those of .*a\.nc \(up to 30 m off\)"):
        open_delays(two(lambda h: h + 30))


def test_geopotential_is_compared_in_metres():
    ds = world(LAT, LON, 1)
    z = ds.drop_vars("orography").assign(z=ds.orography * 9.80665)
    z["z"].attrs = {"units": "m2 s-2"}
    other = z.assign(z=(z.z + 8.0).assign_attrs(z.z.attrs))
    check_same_heights([z, other], ["a.nc", "b.nc"])
    with pytest.raises(GridError, match="up to 10 m off"):
        check_same_heights([z, z.assign(z=(z.z + 98.0665).assign_attrs(z.z.attrs))], ["a", "b"])


def test_large_heights_along_time_are_sampled(monkeypatch):
    monkeypatch.setattr("tropdsx.read.containers.heights._SMALL", 100)
    ds = world(LAT, LON, 3)
    still = ds.assign(orography=(ds.orography + 0 * ds.time.astype(int)).astype(float))
    still["orography"] = still.orography.transpose("time", "lat", "lon").assign_attrs(units="m")
    assert load_heights(still.chunk(time=1)).orography.dims == ("lat", "lon")
    still.orography[2] += 50.0
    with pytest.raises(GridError, match="change with time, by 50 m"):
        load_heights(still.chunk(time=1))


def test_what_has_no_heights_stays_as_it_is():
    ds = world(LAT, LON, 1).drop_vars("orography").chunk()
    assert load_heights(ds) is ds
    check_same_heights([ds, ds], ["a", "b"])


def test_heights_along_other_dimensions_are_named(two):
    def along_time(heights):
        times = np.array(["2022-07-01T12", "2022-07-01T18"], "M8[ns]")
        return heights.expand_dims(time=times)

    with pytest.raises(GridError, match=r"of .*b\.nc run along time x lat x lon and those of .*a"):
        open_delays(two(along_time))
