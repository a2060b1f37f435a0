"""Files of different variables are put side by side where they belong together."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.read.delays import open_delays

from helpers.files import delays


def test_one_variable_a_file(tmp_path):
    whole = delays(6)
    for name in ("zhd", "zwd"):
        for k in (1, 0):
            part = whole[[name, "orography"]].isel(time=slice(3 * k, 3 * k + 3))
            part.to_netcdf(tmp_path / f"{name}{k}.nc")
    with open_delays(f"{tmp_path}/*.nc") as ds:
        xr.testing.assert_equal(ds.compute(), whole)
        assert ds.zwd.chunks is not None
        assert len(ds.encoding["tropdsx_sources"]) == 4


def test_every_file_may_have_a_grid_mapping_and_bounds(tmp_path):
    """As GDAL and ``ncks -v`` write them; what they hold, such as a count, means nothing."""
    whole = delays()
    edges = np.stack([whole.lat - 2.5, whole.lat + 2.5], axis=-1)
    for k, name in enumerate(("zhd", "zwd")):
        part = whole[[name, "orography"]].assign(crs=((), k), lat_bnds=(("lat", "bnds"), edges))
        part.lat.attrs["bounds"] = "lat_bnds"
        part.to_netcdf(tmp_path / f"{name}.nc")
    with open_delays(f"{tmp_path}/*.nc") as ds:
        for name in ("zhd", "zwd", "orography"):
            np.testing.assert_array_equal(ds[name], whole[name])


def test_heights_of_a_file_of_their_own_may_be_a_coordinate(tmp_path):
    """As ``cdo splitname`` leaves those of a result."""
    whole = delays()
    for name in ("zhd", "zwd"):
        whole[[name]].to_netcdf(tmp_path / f"{name}.nc")
    heights = whole[["orography"]].assign(crs=0).set_coords("orography")
    heights.to_netcdf(tmp_path / "orography.nc")
    with open_delays(f"{tmp_path}/*.nc") as ds:
        np.testing.assert_array_equal(ds.orography, whole.orography)


@pytest.mark.parametrize("names", [("a", "b", "h"), ("h", "a", "b"), ("b", "h", "a")])
@pytest.mark.parametrize("dated", ["not", "as a scalar", "as an axis"])
def test_heights_in_a_file_of_their_own_go_with_all_epochs(tmp_path, names, dated):
    whole = delays()
    heights = whole[["orography"]].drop_vars("time", errors="ignore")
    if dated != "not":
        heights = heights.assign_coords(time=np.datetime64("1990-01-01", "ns"))
    if dated == "as an axis":
        heights = heights.expand_dims("time")
    heights.to_netcdf(tmp_path / "h.nc")
    for k, name in enumerate("ab"):
        part = whole[["zhd", "zwd"]].isel(time=slice(k, 1 if k == 0 else None))
        part.to_netcdf(tmp_path / f"{name}.nc")
    with open_delays([tmp_path / f"{name}.nc" for name in names]) as ds:
        xr.testing.assert_equal(ds.compute(), whole)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda ds: ds.assign_coords(lat=ds.lat + 0.25), "lat"),
        (lambda ds: ds.isel(lon=slice(0, 6)), "lon"),
        (lambda ds: ds.assign_coords(time=ds.time + np.timedelta64(1, "h")), "time"),
        (lambda ds: ds.isel(time=[0, 1]), "time"),
        (lambda ds: ds.isel(time=0, drop=True), "time"),
        (lambda ds: ds.assign(orography=ds.orography + 1), "orography"),
    ],
)
def test_others_are_refused(tmp_path, change, name):
    delays()[["zhd", "orography"]].to_netcdf(tmp_path / "a.nc")
    change(delays()[["zwd", "orography"]]).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(GridError, match=f"a.nc and .*b.nc hold .*another '{name}'; accepted"):
        open_delays(f"{tmp_path}/*.nc")


def test_the_same_delay_in_two_files_is_refused(tmp_path):
    delays()[["zhd", "zwd"]].to_netcdf(tmp_path / "a.nc")
    delays()[["zwd"]].to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match="do not hold the same variables"):
        open_delays(f"{tmp_path}/*.nc")


def counted(epochs, values):
    """As ``tropdsx convert`` writes them: how often limits held, beside the delays."""
    counts = np.int32(values), {"units": "1", "tropdsx_out_of": np.int32(35)}
    return delays(epochs).assign(zwd_floored=("time", *counts))


@pytest.mark.parametrize("order", [1, -1])
def test_results_with_counts_and_without_are_joined(tmp_path, order):
    whole = counted(6, range(6))
    whole.isel(time=slice(3)).to_netcdf(tmp_path / "new.nc")
    whole.isel(time=slice(3, None)).drop_vars("zwd_floored").to_netcdf(tmp_path / "old.nc")
    with open_delays([tmp_path / "new.nc", tmp_path / "old.nc"][::order]) as ds:
        xr.testing.assert_equal(ds.compute(), delays(6))
        assert ds.encoding["tropdsx_notes"] == ["zwd_floored left out: not in all files"]


def test_counts_of_single_fields_follow_their_epochs(tmp_path):
    whole = counted(3, [4, 0, 2])
    for k in range(3):
        whole.isel(time=k).to_netcdf(tmp_path / f"{k}.nc")
    with open_delays(f"{tmp_path}/*.nc") as ds:
        assert ds.zwd_floored.dims == ("time",)
        assert ds.zwd_floored.values.tolist() == [4, 0, 2]


def test_what_is_of_no_use_is_left_out_with_a_word(tmp_path):
    delays().to_netcdf(tmp_path / "a.nc")
    rain = xr.Dataset({"tp": ("x", [1.0]), "swh": ("x", [2.0])})
    rain.to_netcdf(tmp_path / "b.nc")
    with pytest.warns(TropdsxWarning, match=r"b.nc holds neither delays .*\(tp, swh\): it is left"):
        ds = open_delays(f"{tmp_path}/*.nc")
    xr.testing.assert_equal(ds.compute(), delays())


def test_rows_from_the_south_follow_rows_from_the_north(tmp_path):
    whole = delays(6)
    whole.isel(time=slice(3)).to_netcdf(tmp_path / "a.nc")
    whole.isel(time=slice(3, None), lat=slice(None, None, -1)).to_netcdf(tmp_path / "b.nc")
    with open_delays(f"{tmp_path}/*.nc") as ds:
        xr.testing.assert_equal(ds.compute(), whole)


def test_rows_from_the_south_go_beside_rows_from_the_north(tmp_path):
    whole = delays()
    whole[["zhd", "orography"]].to_netcdf(tmp_path / "a.nc")
    whole[["zwd"]].isel(lat=slice(None, None, -1)).to_netcdf(tmp_path / "b.nc")
    with open_delays(f"{tmp_path}/*.nc") as ds:
        xr.testing.assert_equal(ds.compute(), whole)


def test_one_delay_of_two_names_is_refused(tmp_path):
    whole = delays(2)
    whole.isel(time=[0]).to_netcdf(tmp_path / "a.nc")
    whole.isel(time=[1]).rename(zhd="ZHD").to_netcdf(tmp_path / "b.nc")
    match = r"zenith hydrostatic delay has different names: 'zhd' in .*a.nc, 'ZHD' in .*b.nc"
    with pytest.raises(InputError, match=match):
        open_delays(f"{tmp_path}/*.nc")
    whole[["zhd", "orography"]].to_netcdf(tmp_path / "a.nc")
    whole.rename(zhd="ZHD")[["ZHD", "zwd"]].to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match=match):
        open_delays(f"{tmp_path}/*.nc")
