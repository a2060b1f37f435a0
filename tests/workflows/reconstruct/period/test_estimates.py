"""Parts of a period that are given what was estimated of the whole."""

import json

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import InputError, OutputError, TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.analysis import reconstruct
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.screening import Flag
from tropdsx.workflows.reconstruct.period.estimates import read_estimates

from helpers.network_of_stations import coarse_grid, observe, some_stations

TIMES = np.datetime64("2022-03-09", "ns") + np.arange(40) * np.timedelta64(6, "h")
GRID = coarse_grid(TIMES)
OPTIONS = Options(target=1.0, orography=GRID.orography, model=None)
SAME = ("zhd", "zwd", "ztd", "ztd_sigma", "stations_used", "station_residual", "station_flag")


@pytest.fixture(scope="module")
def observed():
    """Stations that see noisy nodes, single blunders, and one that is wrong throughout."""
    rng = np.random.default_rng(5)
    rough = GRID.copy(deep=True)
    rough["zwd"] += rng.normal(0, 0.012, rough.zwd.shape).astype("f4")
    found = observe(GRID, some_stations(), rng.normal(0, 0.004, (40, 25)))
    found["ztd"][3, 5] += 0.08
    found["ztd"][:, 7] += 0.06
    found["ztd_sigma"] = found.ztd.dims, np.full(found.ztd.shape, 1e-3) * (1 + np.arange(25) % 3)
    found["ztd_sigma"].attrs["units"] = "m"
    return rough, found


@pytest.fixture(scope="module")
def whole(observed, tmp_path_factory):
    """The whole period, and its estimates."""
    path = tmp_path_factory.mktemp("estimates") / "whole.nc"
    with pytest.warns(TropdsxWarning):  # S07, and a blunder
        return reconstruct(*observed, options=OPTIONS, save_estimates=path), path


@pytest.mark.parametrize("part", [slice(0, 20), slice(20, 40), slice(7, 8)])
def test_a_part_agrees_with_the_whole(observed, whole, part):
    (grid, seen), (fine, path) = observed, whole
    with pytest.warns(TropdsxWarning):  # S07, and a blunder
        found = reconstruct(grid.isel(time=part), seen, options=OPTIONS, estimates=path)
    assert json.loads(fine.attrs["tropdsx_parameters"])["estimated"]["smoothing_share"] > 0.1
    for name in SAME:
        np.testing.assert_array_equal(found[name], fine[name].isel(time=part))
    for name in ("station_bias", "station_bias_sigma"):
        np.testing.assert_array_equal(found[name], fine[name])
    said = json.loads(found.attrs["tropdsx_parameters"])
    assert said["estimates"]["file"] == "whole.nc"
    assert said["estimated"]["epochs"] == 40
    assert "taken from estimates of 40 epochs" in found.attrs["tropdsx_notes"]


def test_without_them_a_part_differs(observed, whole):
    grid, seen = observed
    with pytest.warns(TropdsxWarning):  # S07, and a blunder
        found = reconstruct(grid.isel(time=slice(0, 20)), seen, options=OPTIONS)
    assert float(np.abs(found.ztd - whole[0].ztd.isel(time=slice(0, 20))).max()) > 1e-5


def test_places_agree_too(observed, whole):
    (grid, seen), (_, path) = observed, whole
    rovers = some_stations(6, seed=4)
    with pytest.warns(TropdsxWarning):  # S07, and a blunder
        every, half = (
            reconstruct(each, seen, options=OPTIONS, estimates=path, where=rovers)
            for each in (grid, grid.isel(time=slice(20, 40)))
        )
    for name in ("ztd", "ztd_sigma"):
        np.testing.assert_array_equal(half[name], every[name].isel(time=slice(20, 40)))


def test_a_file_holds_what_was_found(whole, tmp_path):
    fine, path = whole
    found = read_estimates(path)
    said = json.loads(fine.attrs["tropdsx_parameters"])
    assert found.covariance == Covariance(**said["covariance"])
    assert found.stations.station_flag.to_numpy()[7] == Flag.BIASED_STATION
    assert found.said["period"] == {
        "epochs": 40, "first": "2022-03-09T00:00", "last": "2022-03-18T18:00"
    }  # fmt: skip
    GRID.to_netcdf(tmp_path / "grid.nc")
    (tmp_path / "text.nc").write_text("text")
    for name in ("grid.nc", "text.nc", "absent.nc"):
        with pytest.raises(InputError, match="estimates"):
            read_estimates(tmp_path / name)


def test_a_new_station_is_told_of_and_used(observed, whole):
    grid, seen = observed
    more = seen.assign_coords(station=[*seen.station.values[:-1], "NEW"])
    with pytest.warns(TropdsxWarning) as caught:
        found = reconstruct(grid.isel(time=[0]), more, options=OPTIONS, estimates=whole[1])
    assert any("NEW: not in the estimates" in str(each.message) for each in caught)
    assert found.station_flag.values[0, -1] == Flag.USED


def test_what_does_not_belong_together_is_refused(observed, whole):
    (grid, seen), (_, path) = observed, whole
    part = grid.isel(time=[0])
    given = {"options": OPTIONS, "estimates": path}
    with pytest.raises(InputError, match=r"of a grid of 13 lon.* found 12"):
        reconstruct(part.isel(lon=slice(12)), seen, **given)
    linear = Options(**vars(OPTIONS) | {"interpolation": "bilinear"})
    with pytest.raises(InputError, match="background with interpolation 'bicubic'"):
        reconstruct(part, seen, options=linear, estimates=path)
    higher = seen.height + xr.where(seen.station == "S00", 40.0, 0.0)
    moved = seen.assign_coords(height=higher.assign_attrs(units="m"))
    with pytest.raises(InputError, match=r"station S00 is 0\.0 km and 40\.0 m in height"):
        reconstruct(part, moved, **given)
    with pytest.raises(InputError, match="give one of them"):
        reconstruct(part, seen, covariance=Covariance(), **given)
    with pytest.raises(InputError, match="estimates without stations"):
        reconstruct(part, **given)
    with pytest.raises(OutputError, match="exists"):
        reconstruct(part, seen, options=OPTIONS, save_estimates=path)
