"""Any orientation to the same numbers, and back bit for bit."""

import pickle

import dask
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.grid.standardise import standardise_grid

from helpers.grids import ORIENTATIONS, NoScheduler, delays, repeated, signed
from helpers.paths import SHARED

DATA = SHARED / "data"


@pytest.mark.parametrize("name", ORIENTATIONS)
@pytest.mark.parametrize("registration", ["cells", "nodes"])
@pytest.mark.parametrize("lazy", [False, True])
def test_orientations_give_the_same_numbers_and_come_back(name, registration, lazy):
    base = delays()
    if registration == "nodes":
        base = delays(lat=np.arange(90.0, -91, -10), lon=np.arange(0.0, 360, 10))
    expected, _ = standardise_grid(base)
    ds = ORIENTATIONS[name](base)
    stored = ds.chunk(time=1) if lazy and "time" in ds.dims else ds
    with dask.config.set(scheduler=NoScheduler()):
        grid, record = standardise_grid(stored)
        back = record.restore(grid)
    xr.testing.assert_identical(grid.drop_attrs().load(), expected.drop_attrs())
    for coord in ds.coords:
        if coord != "number":
            xr.testing.assert_identical(back[coord].variable, ds[coord].variable)
            assert back[coord].dtype == ds[coord].dtype
    zwd = ds["zwd"].squeeze("number") if "number" in ds.dims else ds["zwd"]
    assert back["zwd"].dims == zwd.dims
    np.testing.assert_array_equal(back["zwd"].values, zwd.values)
    np.testing.assert_array_equal(
        back["orography"].values, ds["orography"].squeeze().values.astype("f8")
    )


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(3, 36),
    first=st.integers(0, 35),
    start=st.sampled_from([0.0, -180.0, 30.0]),
    roll=st.integers(0, 35),
    up=st.booleans(),
    axes=st.permutations(["time", "lat", "lon"]),
)
def test_any_box_comes_back_bit_for_bit(count, first, start, roll, up, axes):
    lon = np.roll(np.mod(5.0 + 10 * (first + np.arange(count)) - start, 360) + start, roll)
    ds = delays(lat=np.arange(35.0, -36, -10), lon=lon, steps=2).transpose(*axes)
    if up:
        ds = ds.isel(lat=slice(None, None, -1))
    grid, record = standardise_grid(ds)
    assert (np.diff(grid.lon) == 10).all()
    assert 0 <= grid.lon[0] < 360
    assert (np.diff(grid.lat) == -10).all()
    xr.testing.assert_identical(
        record.restore(grid)[["zhd", "zwd"]].drop_attrs(), ds[["zhd", "zwd"]].drop_attrs()
    )


@pytest.mark.parametrize(
    ("stored", "expected_first", "expected_last"),
    [
        (np.arange(-180.0, 180, 10), -179.5, 179.5),
        (np.arange(-180.0, 181, 10), -179.5, 179.5),
        (np.arange(0.0, 360, 10), 0.5, 359.5),
        (np.arange(350.0, -1, -10), 359.5, 0.5),
        (np.arange(-175.0, 180, 10), -179.5, 179.5),
    ],
)
def test_other_global_nodes_take_the_callers_convention(stored, expected_first, expected_last):
    _, record = standardise_grid(delays(lon=stored))
    fine = delays(lat=np.arange(89.5, -90, -1), lon=np.arange(0.5, 360), steps=3)
    back = record.restore(fine)
    assert back.lon.values[0] == expected_first
    assert back.lon.values[-1] == expected_last
    assert (np.sign(np.diff(back.lon)) == np.sign(expected_last - expected_first)).all()
    at = fine.zwd.isel(time=0).sel(lat=10.5, lon=359.5)
    same = back.zwd.isel(time=0).sel(lat=10.5, lon=-0.5 if min(stored) < 0 else 359.5)
    assert float(same) == float(at)


def test_fine_nodes_repeat_the_column_that_the_caller_repeats():
    _, record = standardise_grid(delays(lon=np.arange(-180.0, 181, 10)))
    fine = delays(lat=np.arange(90.0, -91, -2), lon=np.arange(0.0, 360, 2))
    back = record.restore(fine)
    assert back.sizes["lon"] == 181
    np.testing.assert_array_equal(back.lon.values[[0, -1]], [-180, 180])
    np.testing.assert_array_equal(back.zwd.isel(lon=0), back.zwd.isel(lon=-1))


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([170.0, 180, -170, -160], [175, 180, -175, -170]),
        ([170.0, 180, 190, 200], [175, 180, 185, 190]),
        ([-190.0, -180, -170, -160], [-185, -180, -175, -170]),
        ([-10.0, 0, 10, 20], [-5, 0, 5, 10]),
        ([350.0, 0, 10, 20], [355, 0, 5, 10]),
        ([0.0, 10, 20, 350], [0, 5, 10, 355]),
        ([20.0, 10, 0, -10], [10, 5, 0, -5]),
    ],
)
def test_fine_nodes_of_a_box_take_the_callers_convention(stored, expected):
    ds = delays(lat=[20.0, 10, 0], lon=stored)
    grid, record = standardise_grid(ds)
    fine = delays(lat=[15.0, 10, 5], lon=grid.lon.values[0] + np.array([5.0, 10, 15, 20]))
    back = record.restore(fine)
    np.testing.assert_array_equal(back.lon, expected)
    for value in expected:
        run = (value - grid.lon.values[0]) % 360 + grid.lon.values[0]
        np.testing.assert_array_equal(back.zwd.sel(lon=value), fine.zwd.sel(lon=run))


def test_record_travels_to_workers():
    _, record = standardise_grid(delays())
    copy = pickle.loads(pickle.dumps(record))
    np.testing.assert_array_equal(copy.standard_lon, record.standard_lon)


@pytest.mark.realdata
def test_real_vmf1_file_in_other_orientations():
    path = DATA / "vmf1" / "vmf1_2x2.5_dev.nc"
    if not path.exists():
        pytest.skip("real data not here")
    with xr.open_dataset(path) as stored:
        base = stored.isel(time=slice(0, 2)).load()
    expected, _ = standardise_grid(base)
    for change in (signed, repeated, ORIENTATIONS["south up"], ORIENTATIONS["rolled"]):
        ds = change(base)
        grid, record = standardise_grid(ds)
        xr.testing.assert_identical(grid.drop_attrs(), expected.drop_attrs())
        back = record.restore(grid)
        xr.testing.assert_identical(back.lon.variable, ds.lon.variable)
        np.testing.assert_array_equal(back.zhd.values, ds.zhd.values.astype("f4"))


STORED = {
    "float64": np.asarray,
    "float32": lambda axis: axis.astype("f4"),
    "4 decimals": lambda axis: axis.round(4),
    "7 decimals": lambda axis: axis.round(7),
}


@pytest.mark.parametrize("form", STORED)
@pytest.mark.parametrize("part", [3600, 1200])
@pytest.mark.parametrize("west", [-0.005, 10.0, 179.995, 359.995, -120.25])
@pytest.mark.parametrize("turn", [1, -1])
def test_axes_of_terrain_come_back_bit_for_bit(form, part, west, turn):
    """Node and cell registration, across Greenwich and the antimeridian, in either convention."""
    for offset in (0, 0.5):
        lat = STORED[form](48 + (np.arange(40) + offset) / part)[::turn]
        run = west + (np.arange(50) + offset) / part
        for lon in (run, (run + 180) % 360 - 180, run % 360):
            ds = delays(lat=lat, lon=STORED[form](lon)[::turn], steps=1)
            grid, record = standardise_grid(ds)
            assert np.ptp(np.diff(grid.lon)) < 3e-9
            assert np.ptp(np.diff(grid.lat)) < 3e-9
            back = record.restore(grid)
            for axis in ("lat", "lon"):
                np.testing.assert_array_equal(back[axis].values, ds[axis].values)
                assert back[axis].dtype == ds[axis].dtype
            np.testing.assert_array_equal(back.zwd.values, ds.zwd.values)


@pytest.mark.parametrize(
    ("stored", "attrs"),
    [
        (["20220701", "20220630"], {}),
        (["2022-07-01T00:00", "2022-06-30T00:00"], {}),
        ([b"2022070100", b"2022063000"], {}),
        ([20220701.0, 20220630.0], {"units": "day as %Y%m%d.%f", "calendar": "standard"}),
        ([59761.0, 59760.0], {"units": "modified Julian date"}),
    ],
)
def test_dates_that_files_do_not_have_come_back_as_dates(stored, attrs):
    """In the order of the caller, as the command writes them."""
    ds = delays(steps=2)
    ds = ds.assign_coords(time=("time", np.array(stored), {"axis": "T", **attrs}))
    grid, record = standardise_grid(ds)
    back = record.restore(grid)
    assert back.time.dtype == "M8[ns]"
    assert back.time.values.astype("M8[D]").astype(str).tolist() == ["2022-07-01", "2022-06-30"]
    assert not {"units", "calendar"} & set(back.time.attrs)
    np.testing.assert_array_equal(back.zhd, ds.zhd)


def test_cf_numbers_come_back_as_they_were():
    units = {"units": "hours since 2022-07-01"}
    ds = delays(steps=2).assign_coords(time=("time", [6.0, 0.0], units))
    grid, record = standardise_grid(ds)
    back = record.restore(grid)
    assert back.time.values.tolist() == [6.0, 0.0]
    assert back.time.attrs == units


def test_axes_under_the_name_of_the_other_come_back_so():
    ds = delays().rename(lat="lon", lon="lat")
    ds["lon"].attrs, ds["lat"].attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    grid, record = standardise_grid(ds)
    back = record.restore(grid)
    assert back.zwd.dims == ds.zwd.dims
    np.testing.assert_array_equal(back.lon, ds.lon)
    np.testing.assert_allclose(back.zwd, ds.zwd)
