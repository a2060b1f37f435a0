"""Any orientation to the same numbers, and back bit for bit."""

from __future__ import annotations

import pickle

import dask
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from tropdsx.errors import GridError, TropdsxWarning, UnitsError
from tropdsx.grid.standardise import standardise_grid

from helpers.paths import SHARED

DATA = SHARED / "data"


def delays(lat=None, lon=None, steps=3, seed=1):
    """Made-up delays in metres on a global 10 degree grid of cells."""
    rng = np.random.default_rng(seed)
    lat = np.arange(85.0, -90, -10) if lat is None else np.asarray(lat)
    lon = np.arange(5.0, 360, 10) if lon is None else np.asarray(lon)
    shape = (steps, lat.size, lon.size)
    dims = ("time", "lat", "lon")
    time = np.datetime64("2021-01-01", "ns") + np.arange(steps) * np.timedelta64(6, "h")
    return xr.Dataset(
        {
            "zhd": (dims, rng.uniform(1.5, 2.4, shape).astype("f4"), {"units": "m"}),
            "zwd": (dims, rng.uniform(0.0, 0.4, shape).astype("f4"), {"units": "m"}),
            "orography": (dims[1:], rng.uniform(0, 4000, shape[1:]), {"units": "m"}),
        },
        {"time": time, "lat": ("lat", lat, {"long_name": "my latitude"}), "lon": ("lon", lon)},
    )


class NoScheduler:
    """Fails when anything is computed."""

    def __call__(self, *args, **kwargs):
        raise AssertionError("computed")


def signed(ds):
    return ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")


def repeated(ds):
    return xr.concat(
        [ds, ds.isel(lon=[0]).assign_coords(lon=ds.lon[[0]] + 360)], "lon", data_vars="minimal"
    )


ORIENTATIONS = {
    "as it is": lambda ds: ds,
    "south up": lambda ds: ds.isel(lat=slice(None, None, -1)),
    "signed": signed,
    "repeated column": repeated,
    "signed and repeated": lambda ds: repeated(signed(ds)),
    "dims turned": lambda ds: ds.transpose("lon", "lat", "time"),
    "time last": lambda ds: ds.transpose("lat", "lon", "time"),
    "westward": lambda ds: ds.isel(lon=slice(None, None, -1)),
    "rolled": lambda ds: ds.roll(lon=13, roll_coords=True),
    "from 25": lambda ds: ds.assign_coords(lon=(ds.lon - 25) % 360 + 25).sortby("lon"),
    "float32": lambda ds: ds.assign_coords(lat=ds.lat.astype("f4"), lon=ds.lon.astype("f4")),
    "members": lambda ds: ds.expand_dims(number=[4], axis=1),
    "names": lambda ds: ds.rename(lat="Latitude", lon="Longitude", time="valid_time", zhd="ZHD"),
    "unsorted times": lambda ds: ds.isel(time=[2, 0, 1]),
    "all at once": lambda ds: (
        repeated(signed(ds))
        .isel(lat=slice(None, None, -1), time=[1, 0, 2])
        .transpose("lat", "time", "lon")
    ),
}


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


def test_units_are_converted_and_remembered():
    base = delays()
    expected, _ = standardise_grid(base)
    ds = base.assign(
        zhd=(base.zhd.astype("f8") * 1000).assign_attrs(units="mm"),
        zwd=(base.zwd.astype("f8") * 100).assign_attrs(units="Centimetres"),
        orography=(base.orography * 9.80665).assign_attrs(units="m**2 s**-2"),
    )
    grid, record = standardise_grid(ds)
    xr.testing.assert_allclose(grid, expected, atol=1e-6)
    assert grid.zhd.dtype == np.float32
    assert grid.zhd.attrs["units"] == "m"
    assert record.units == {"zhd": "mm", "zwd": "Centimetres"}
    assert any("9.80665" in note for note in record.notes)


def without_units(ds, *names):
    for name in names:
        ds[name].attrs.pop("units", None)
    return ds


def test_missing_units_that_fit_metres_are_metres_with_a_warning():
    with pytest.warns(TropdsxWarning, match="'zwd' has no units attribute"):
        grid, _ = standardise_grid(without_units(delays(), "zwd"))
    assert any("no units" in note for note in grid.attrs["tropdsx_notes"])


BAD_VALUES = {
    "zhd in mm without units": ("zhd", 1000.0, None, "look like mm: set ds"),
    "zhd in mm called m": ("zhd", 1000.0, "m", "look like mm: set ds"),
    "zwd in cm called m": ("zwd", 100.0, "m", "look like cm: set ds"),
    "zhd in Pa": ("zhd", 43800.0, "m", "surface pressure in Pa"),
    "negative zwd": ("zwd", -1.0, "m", "is not negative"),
    "fill value": ("zwd", 1e30, "m", "_FillValue"),
}


@pytest.mark.parametrize("case", BAD_VALUES)
@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.filterwarnings("ignore::tropdsx.errors.TropdsxWarning")
def test_values_that_are_no_delays(case, lazy):
    name, factor, units, text = BAD_VALUES[case]
    ds = delays()
    ds[name] = (ds[name].astype("f8") * factor).assign_attrs(units=units or "")
    if not lazy:
        with pytest.raises(UnitsError, match=text):
            standardise_grid(ds)
        return
    with dask.config.set(scheduler=NoScheduler()):
        grid, _ = standardise_grid(ds.chunk(time=1))
    with pytest.raises(UnitsError, match=text):
        grid.compute()


@pytest.mark.parametrize("units", ["Pa", "hPa", "kg m-2", "K", "1"])
def test_unknown_units(units):
    ds = delays()
    ds.zhd.attrs["units"] = units
    with pytest.raises(UnitsError, match=rf"'zhd' has units '{units}'.*accepted are cm"):
        standardise_grid(ds)


def test_a_little_negative_zwd_is_kept_with_a_warning():
    ds = delays()
    ds.zwd[0, 0, 0] = -0.003
    with pytest.warns(TropdsxWarning, match=r"1 negative wet delays down to -3\.0 mm"):
        grid, _ = standardise_grid(ds)
    assert float(grid.zwd.min()) == np.float32(-0.003)


def test_nan_stays_and_is_counted():
    ds = delays()
    ds.zhd[1, 2:4, 5:8] = np.nan
    with pytest.warns(TropdsxWarning, match="'zhd' holds 6 NaN"):
        grid, _ = standardise_grid(ds)
    assert int(grid.zhd.isnull().sum()) == 6


def test_single_delay_and_choice():
    grid, record = standardise_grid(delays().drop_vars("zhd"))
    assert "zhd" not in grid
    assert "not in the input: zhd" in record.notes
    grid, _ = standardise_grid(delays(), variables=("zhd",))
    assert set(grid.data_vars) == {"zhd", "orography"}
    with pytest.raises(GridError, match="accepted are 'zhd', 'zwd'"):
        standardise_grid(delays(), variables=("pwv",))


def test_total_minus_one_part():
    ds = delays()
    ztd = (ds.zhd + ds.zwd).assign_attrs(units="m")
    grid, record = standardise_grid(ds.drop_vars("zwd").assign(ztd=ztd))
    np.testing.assert_allclose(grid.zwd, ds.zwd, atol=1e-6)
    assert "zwd = ztd - zhd" in record.notes


@pytest.mark.parametrize("lazy", [False, True])
def test_total_alone_is_split_at_the_orography(lazy):
    from tropdsx.atmos import saastamoinen

    base = delays()
    pressure = 1013.25 * (1 - 2.25577e-5 * base.orography) ** 5.25588
    zhd = xr.apply_ufunc(saastamoinen.saastamoinen_zhd, pressure, base.lat, base.orography)
    ztd = (zhd + base.zwd).transpose("time", "lat", "lon").assign_attrs(units="m")
    ds = base.drop_vars(["zhd", "zwd"]).assign(ztd=ztd)
    with pytest.warns(TropdsxWarning, match="standard-atmosphere pressure"):
        grid, record = standardise_grid(ds.chunk(time=1) if lazy else ds)
    np.testing.assert_allclose(grid.zwd, base.zwd, atol=2e-6)
    assert grid.zhd.dims == ("time", "lat", "lon")
    assert grid.zhd.dtype == grid.zwd.dtype == np.float32
    assert any("Saastamoinen" in note for note in record.notes)


@pytest.mark.filterwarnings("ignore::tropdsx.errors.TropdsxWarning")
def test_total_is_split_with_the_inputs_pressure():
    base = delays()
    low = base.assign(sp=(base.zwd * 0 + 95000).assign_attrs(units="Pa"))
    ztd = (base.zwd + 2.3).assign_attrs(units="m")
    grid, record = standardise_grid(low.drop_vars(["zhd", "zwd"]).assign(ztd=ztd))
    assert float(grid.zhd.mean()) == pytest.approx(0.0022768 * 950, rel=0.004)
    assert any("surface pressure" in note for note in record.notes)


def test_total_without_orography_says_how_to_give_one():
    base = delays()
    ztd = (base.zhd + base.zwd).assign_attrs(units="m")
    with pytest.raises(GridError, match=r"no orography to split it at.*coarse_orography="):
        standardise_grid(base.drop_vars(["zhd", "zwd", "orography"]).assign(ztd=ztd))


def test_given_orography_replaces_the_inputs():
    fine = delays(lat=np.arange(85.0, -90, -5), lon=np.arange(0.0, 360, 5), seed=2).orography
    grid, _ = standardise_grid(delays(), orography=fine)
    np.testing.assert_array_equal(grid.orography, fine.values[::2, 1::2])
    with pytest.raises(GridError, match="no node at latitude"):
        standardise_grid(delays(), orography=fine.isel(lat=slice(1, None, 2)))


def test_temperature_comes_along():
    ds = delays()
    ds["t2m"] = (ds.zhd * 0 + 15.0).assign_attrs(units="degC")
    grid, _ = standardise_grid(ds)
    assert grid.temperature.dims == ("time", "lat", "lon")
    assert float(grid.temperature[0, 0, 0]) == pytest.approx(288.15)


def test_era5_layout():
    ds = delays().rename(time="valid_time", lat="latitude", lon="longitude")
    ds = ds.assign_coords(number=0, expver=("valid_time", ["0001"] * 3))
    geopotential = ds.orography.expand_dims(valid_time=ds.valid_time) * 9.80665
    ds = ds.drop_vars("orography").assign(z=geopotential)
    ds["z"] = ds.z.assign_attrs(units="m**2 s**-2", standard_name="geopotential")
    grid, record = standardise_grid(ds)
    np.testing.assert_allclose(grid.orography, delays().orography, rtol=1e-9)
    back = record.restore(grid)
    assert int(back.number) == 0
    xr.testing.assert_identical(back.valid_time.variable, ds.valid_time.variable)


def test_two_experiment_versions_are_merged():
    base = delays()
    late = base[["zhd", "zwd"]].where(base.time > base.time[1])
    early = base[["zhd", "zwd"]].where(base.time <= base.time[1])
    mixed = xr.concat([early, late], xr.DataArray([1, 5], dims="expver", name="expver"))
    for name in ("zhd", "zwd"):
        mixed[name].attrs["units"] = "m"
    grid, record = standardise_grid(mixed)
    np.testing.assert_array_equal(grid.zhd, base.zhd)
    assert any("expver" in note for note in record.notes)


BAD_GRIDS = {
    "no lat": (lambda ds: ds.drop_vars("lat"), "no latitude found"),
    "no lon": (lambda ds: ds.drop_vars("lon"), "no longitude found"),
    "list of stations": (
        lambda ds: ds.stack(station=("lat", "lon")).reset_index("station"),
        "1-D data",
    ),
    "one row": (lambda ds: ds.isel(lat=[3]), "at least 2 nodes"),
    "irregular lat": (lambda ds: ds.isel(lat=[0, 1, 3, 4]), "latitude is not uniformly"),
    "irregular lon": (lambda ds: ds.isel(lon=[0, 1, 2, 4, 5]), "longitude is not uniformly"),
    "lat beyond the pole": (lambda ds: ds.assign_coords(lat=ds.lat + 10), r"\[-90, 90\]"),
    "levels": (lambda ds: ds.expand_dims(level=[1, 2]), "dimension 'level' of size 2"),
    "repeated time": (lambda ds: ds.isel(time=[0, 1, 1]), "2021-01-01T06:00 occurs more than"),
    "no delays": (lambda ds: ds.drop_vars(["zhd", "zwd"]), "no delay found among"),
    "360-day calendar": (
        lambda ds: ds.convert_calendar("360_day", align_on="date"),
        "calendar '360_day'",
    ),
    "missing date": (
        lambda ds: ds.assign_coords(time=ds.time.where(ds.time > ds.time[0])),
        "no date at place 0",
    ),
}


@pytest.mark.parametrize("case", BAD_GRIDS)
def test_grids_that_are_refused(case):
    change, text = BAD_GRIDS[case]
    with pytest.raises(GridError, match=text):
        standardise_grid(change(delays()))


def test_curvilinear_is_refused_but_repeated_rows_are_a_grid():
    ds = delays().rename(lat="y", lon="x")
    lat, lon = xr.broadcast(ds.y, ds.x)
    plain = ds.drop_vars(["y", "x"]).assign_coords(
        latitude=(("y", "x"), lat.values), longitude=(("y", "x"), lon.values)
    )
    grid, _ = standardise_grid(plain)
    np.testing.assert_array_equal(grid.zhd, delays().zhd)
    with pytest.raises(GridError, match="curvilinear"):
        standardise_grid(plain.assign_coords(latitude=plain.latitude + plain.longitude / 100))


def test_no_time_is_one_epoch_without_a_date():
    ds = delays().isel(time=0, drop=True)
    grid, record = standardise_grid(ds)
    assert grid.zhd.dims == ("time", "lat", "lon")
    assert np.isnat(grid.time.values).all()
    assert not record.had_time
    back = record.restore(grid)
    assert back.zhd.dims == ("lat", "lon")
    assert "time" not in back.coords


def test_scalar_time_is_used_and_comes_back():
    ds = delays().isel(time=1)
    grid, record = standardise_grid(ds)
    assert grid.time.values[0] == ds.time.values
    assert grid.orography.dims == ("lat", "lon")
    back = record.restore(grid)
    xr.testing.assert_identical(back.time.variable, ds.time.variable)
    assert back.zhd.dims == ("lat", "lon")


def test_counted_and_missing_time_coordinates():
    counted = delays().assign_coords(time=[0, 1, 2])
    grid, record = standardise_grid(counted)
    assert np.isnat(grid.time.values).all()
    np.testing.assert_array_equal(record.restore(grid).time, [0, 1, 2])
    bare = delays().drop_vars("time")
    grid, record = standardise_grid(bare)
    assert grid.sizes["time"] == 3
    assert "time" not in record.restore(grid).coords


def test_calendar_of_real_days_is_converted_and_restored():
    ds = delays().convert_calendar("standard", use_cftime=True)
    grid, record = standardise_grid(ds)
    np.testing.assert_array_equal(grid.time, delays().time)
    assert record.restore(grid).time.values[0] == ds.time.values[0]


def test_undecoded_times_are_decoded():
    ds = delays().assign_coords(time=("time", [0, 6, 12], {"units": "hours since 2021-01-01"}))
    grid, record = standardise_grid(ds)
    np.testing.assert_array_equal(grid.time, delays().time)
    xr.testing.assert_identical(record.restore(grid).time.variable, ds.time.variable)


def test_chunks_are_kept_and_files_stay_on_disk(tmp_path, monkeypatch):
    grid, _ = standardise_grid(delays().chunk(time=2, lat=5))
    assert grid.zhd.chunks == ((2, 1), (18,), (36,))
    delays().to_netcdf(tmp_path / "delays.nc")
    with xr.open_dataset(tmp_path / "delays.nc") as ds:
        array = type(ds.zhd.variable._data.array.array.array)
        monkeypatch.setattr(array, "__getitem__", lambda *_: pytest.fail("read"), raising=False)
        grid, _ = standardise_grid(ds[["zhd", "zwd"]])
        assert grid.zhd.chunks is not None


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
