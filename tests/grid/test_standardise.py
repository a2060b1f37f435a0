"""Any orientation to the same numbers, and back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning, UnitsError
from tropdsx.geoid import geoid_undulation
from tropdsx.grid.orography import standardise_orography
from tropdsx.grid.standardise import standardise_grid

from helpers import fields
from helpers.grids import delays


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


def test_total_is_split_with_the_inputs_pressure():
    base = delays()
    low = base.assign(sp=(base.zwd * 0 + 95000).assign_attrs(units="Pa"))
    ztd = (base.zwd + 2.3).assign_attrs(units="m")
    with pytest.warns(TropdsxWarning, match="zhd from the input's surface pressure"):
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
    with pytest.warns(TropdsxWarning, match="'z' taken as above the geoid, as standard_name"):
        grid, record = standardise_grid(ds)
    expected = delays().orography + geoid_undulation(grid.lat.values[:, None], grid.lon.values)
    np.testing.assert_allclose(grid.orography, expected, rtol=1e-9)
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
    "levels alone": (lambda ds: ds.rename(zhd="t", zwd="q"), "make delays of them by `tropdsx del"),
    "vapour alone": (
        lambda ds: ds.rename(zhd="t2m", zwd="tcwv"),
        "of the column of water vapour by `tropdsx del",
    ),
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


def test_chunks_are_kept_and_files_stay_on_disk(tmp_path, monkeypatch):
    grid, _ = standardise_grid(delays().chunk(time=2, lat=5))
    assert grid.zhd.chunks == ((2, 1), (18,), (36,))
    delays().to_netcdf(tmp_path / "delays.nc")
    with xr.open_dataset(tmp_path / "delays.nc") as ds:
        array = type(ds.zhd.variable._data.array.array.array)
        monkeypatch.setattr(array, "__getitem__", lambda *_: pytest.fail("read"), raising=False)
        grid, _ = standardise_grid(ds[["zhd", "zwd"]])
        assert grid.zhd.chunks is not None


def test_the_rest_of_a_total_delay_is_checked(coarse):
    total = (coarse.zhd + coarse.zwd - 0.3).assign_attrs(units="m")
    with pytest.raises(UnitsError, match="ztd"):
        coarse.drop_vars("zwd").assign(ztd=total).tropds.downscale(5.0, model=None)


def test_a_total_delay_is_kept_where_the_air_is_light(coarse):
    """Over a deep low the total is less than the standard atmosphere says of ZHD alone."""
    ztd = ((coarse.zhd + coarse.zwd) * 0.9).assign_attrs(units="m")
    alone = coarse.drop_vars(["zhd", "zwd"]).assign(ztd=ztd)
    light = pytest.warns(TropdsxWarning, match="ztd and the heights of its nodes")
    with light, pytest.warns(TropdsxWarning, match="at most ztd"):
        out = alone.tropds.downscale(coarse[["lat", "lon"]], orography=coarse.orography, model=None)
    assert (out.zwd == 0).any()
    assert (out.zwd >= 0).all()
    np.testing.assert_allclose(out.zhd + out.zwd, ztd, atol=3e-7)


@pytest.mark.parametrize("down", [False, True])
def test_heights_given_for_a_gaussian_grid_go_with_it(down):
    lat = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(94)[0]))[:: -1 if down else 1]
    ds = fields.delays(lat, np.arange(0.0, 360.0, 30.0), 1)
    heights = standardise_orography(ds, gaussian=True)
    with pytest.warns(TropdsxWarning, match="delays and heights were interpolated"):
        found, _ = standardise_grid(ds.drop_vars("orography"), orography=heights)
    with pytest.warns(TropdsxWarning, match="delays and heights were interpolated"):
        own, _ = standardise_grid(ds, heights="ellipsoid")
    np.testing.assert_allclose(found.orography, own.orography, atol=1e-6)
    other = heights.assign_coords(lat=heights.lat * 0.99)
    with (
        pytest.warns(TropdsxWarning, match="delays and heights were interpolated"),
        pytest.raises(GridError, match="has no node at latitude"),
    ):
        standardise_grid(ds.drop_vars("orography"), orography=other)


def test_a_gaussian_grid_is_brought_to_even_rows():
    lat = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(94)[0]))
    lon = np.arange(0.0, 360.0, 30.0)
    given, even = (fields.delays(rows, lon, 1) for rows in (lat, np.linspace(lat[0], lat[-1], 94)))
    with pytest.warns(
        TropdsxWarning, match=r"interpolated linearly to 94 even rows, at most 1\.2 %"
    ):
        found, _ = standardise_grid(given)
    expected, _ = standardise_grid(even)
    assert any("Gaussian grid" in note for note in found.tropdsx_notes)
    for name, off in {"zhd": 1e-3, "zwd": 5e-4, "orography": 4.0}.items():
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=off)
