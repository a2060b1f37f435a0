"""Delays of columns of water vapour: closed forms, units, what is missing, real models."""

import warnings

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx import atmos
from tropdsx.errors import GridError, TropdsxWarning, UnitsError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.derive.fields import grib
from tropdsx.workflows.derive.moisture.delays import delays_of_moisture

LAT, LON = np.array([50.0, 49.5, 49.0]), np.array([8.0, 8.5])
TIME = np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")
DIMS = ("valid_time", "latitude", "longitude")
ALONE = "no surface pressure found"


def era5(**changed):
    """As the Climate Data Store gives single levels: tcwv, t2m, sp and z."""
    shape = (2, 3, 2)
    step = np.arange(12.0).reshape(shape)
    fields = {
        "tcwv": (10.0 + step, "kg m**-2"),
        "t2m": (280.0 + step, "K"),
        "sp": (95000.0 + 10 * step, "Pa"),
        "z": (np.full(shape, 5000.0), "m**2 s**-2"),
    }
    fields |= changed
    ds = xr.Dataset({n: (DIMS, v, {"units": u}) for n, (v, u) in fields.items() if v is not None})
    return ds.assign_coords(valid_time=TIME, latitude=LAT, longitude=LON, number=0)


@pytest.fixture
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TropdsxWarning)
        yield


def test_era5_single_levels_are_formulas_on_their_own_ground():
    ds = era5()
    out = ds.tropds.zenith_delays(mean_temperature=True)
    tm = atmos.bevis_mean_temperature(ds.t2m.values)
    assert np.array_equal(out.mean_temperature.values, tm)
    assert np.array_equal(out.zwd.values, atmos.pwv_to_zwd(ds.tcwv.values, tm, "bevis"))
    lat, lon = LAT[:, None], LON[None]
    ground = atmos.geopotential_to_height(5000.0, lat, tropdsx.geoid.geoid_undulation(lat, lon))
    assert out.orography.values == pytest.approx(ground, abs=1e-9)
    expected = atmos.saastamoinen_zhd(ds.sp.values / 100, lat, ground)
    assert out.zhd.values == pytest.approx(expected, abs=1e-12)
    assert out.zwd.dims == DIMS
    assert out.t2m.attrs["units"] == "K"
    assert "bevis: k1 77.6" in out.zwd.attrs["comment"]


def test_the_column_comes_back_as_precipitable_water():
    ds = era5()
    back = ds.tropds.zenith_delays().tropds.pwv(coefficients="bevis")
    assert back.values == pytest.approx(ds.tcwv.values, rel=1e-6)


@pytest.mark.parametrize(
    ("unit", "factor"), [("mm", 1.0), ("m", 1e-3), ("cm", 0.1), ("g cm-2", 0.1), ("kg/m^2", 1.0)]
)
def test_units(unit, factor):
    expected = era5().tropds.zenith_delays().zwd
    ds = era5(tcwv=((10.0 + np.arange(12.0).reshape(2, 3, 2)) * factor, unit))
    assert ds.tropds.zenith_delays().zwd.values == pytest.approx(expected.values, rel=1e-12)


def test_metres_that_are_said_to_be_millimetres_are_read_as_metres():
    expected = era5().tropds.zenith_delays().zwd
    ds = era5(tcwv=((10.0 + np.arange(12.0).reshape(2, 3, 2)) / 1000, "mm"))
    with pytest.warns(TropdsxWarning, match="read as m"):
        out = ds.tropds.zenith_delays()
    assert out.zwd.values == pytest.approx(expected.values, rel=1e-12)


def test_raw_counts_and_rates_are_refused():
    with pytest.raises(UnitsError, match="'tcwv' holds values 0 to 255"):
        era5(tcwv=(np.linspace(0, 255, 12).reshape(2, 3, 2), "kg m-2")).tropds.zenith_delays()
    with pytest.raises(UnitsError, match="'kg m-2 s-1'"):
        era5(tcwv=(np.ones((2, 3, 2)), "kg m-2 s-1")).tropds.zenith_delays()


def test_lazy_fields_stay_lazy_and_give_the_same():
    ds = era5()
    lazy = ds.chunk(valid_time=1).tropds.zenith_delays()
    assert lazy.zwd.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), ds.tropds.zenith_delays(), rtol=1e-12)


def test_ripples_below_zero_count_as_zero_and_are_told():
    values = np.full((2, 3, 2), 5.0)
    values[0, 0, 0] = -0.2
    with pytest.warns(TropdsxWarning, match=r"below 0 \(down to -0.2 kg m-2\) at 1 of 12 places"):
        out = era5(tcwv=(values, "kg m-2")).tropds.zenith_delays()
    assert out.zwd.values[0, 0, 0] == 0.0
    assert out.zwd.values.min() == 0.0


def test_without_pressure_the_wet_delay_comes_alone_and_that_is_said():
    with pytest.warns(TropdsxWarning, match=f"{ALONE}: zwd alone.*have no heights"):
        out = era5(sp=(None, ""), z=(None, "")).tropds.zenith_delays()
    assert set(out.data_vars) == {"zwd", "t2m"}
    assert "orography" not in out.coords
    assert out.attrs["tropdsx_heights"] == "unknown"


def test_pressure_without_a_ground_has_a_hydrostatic_delay_and_no_heights():
    with pytest.warns(TropdsxWarning, match="no height of the ground found: .*--orography"):
        out = era5(z=(None, "")).tropds.zenith_delays()
    assert "orography" not in out.coords
    full = era5().tropds.zenith_delays()
    assert out.zhd.values == pytest.approx(full.zhd.values, abs=1e-4)  # gravity of some metres


def test_heights_that_are_given_are_taken():
    out = era5(z=(None, "")).tropds.zenith_delays(orography=500.0)
    assert np.unique(out.orography) == 500.0
    assert "tropdsx_heights" not in out.attrs


def test_sea_level_pressure_goes_up_with_the_air(quiet):
    ds = era5()
    height = 5000.0 / 9.80665
    at_sea = atmos.lift_pressure(ds.sp.values, height, 0.0, ds.t2m.values)
    found = era5(sp=(None, ""), msl=(at_sea, "Pa")).tropds.zenith_delays()
    assert found.zhd.values == pytest.approx(ds.tropds.zenith_delays().zhd.values, abs=2e-4)
    flat = era5(sp=(None, ""), msl=(at_sea, "Pa"), z=(None, "")).tropds.zenith_delays()
    assert "zhd" not in flat
    assert "'msl' needs the height" in "".join(flat.attrs["tropdsx_notes"])


def test_a_foreign_ground_is_told():
    with pytest.warns(TropdsxWarning, match="does not fit the surface pressure 'sp' at 12 of 12"):
        era5().tropds.zenith_delays(orography=2500.0)


def test_a_mean_temperature_that_is_there_goes_first():
    ds = era5(tm=(np.full((2, 3, 2), 270.0), "K"))
    out = ds.tropds.zenith_delays()
    assert np.array_equal(out.zwd.values, atmos.pwv_to_zwd(ds.tcwv.values, 270.0, "bevis"))


def test_no_temperature_at_all_is_an_error(monkeypatch):
    monkeypatch.setattr("tropdsx.workflows.derive.water.find_asset", lambda _: None)
    ds = era5(t2m=(None, ""), skt=(np.full((2, 3, 2), 300.0), "K"))
    with pytest.raises(GridError, match="'tcwv' found, and no temperature of the air"):
        ds.tropds.zenith_delays()


def test_a_temperature_of_other_epochs_is_told():
    ds = era5().drop_vars(["sp", "z"])
    other = ds.tcwv.rename(valid_time="time").assign_coords(time=TIME + np.timedelta64(1, "D"))
    ds = ds.assign(tm=("valid_time", [270.0, 271.0], {"units": "K"}), sp=other)
    with pytest.warns(TropdsxWarning, match="found and not used: .*'sp' .*lacks epochs"):
        out = delays_of_moisture(ds)
    assert "zhd" not in out


# ------------------------------------------------------------------------ real models

NWM = "data/nwm"


@pytest.mark.realdata
def test_gfs_at_the_nodes_of_vmf(shared, quiet):
    with (
        xr.open_dataset(shared / NWM / "gfs_0p25_f000_dev.nc") as fine,
        xr.open_dataset(shared / NWM / "gfs_1deg_zwd_dev.nc") as known,
    ):
        some = fine.sel(lat=known.lat, lon=known.lon)
        out = some.tropds.zenith_delays()
        assert "8-bit" in fine.title
        # Stored with 0.1 mm, and made with k2' of 22.1 in place of 22.13 K hPa-1.
        assert float(abs(out.zwd - known.zwd).max()) < 1e-4
        notes = "".join(out.attrs["tropdsx_notes"])
        assert "'pwat' is at the top of its range (70)" in notes
        assert "'prmsl' needs the height of the ground" in notes


@pytest.mark.realdata
def test_era5_of_a_monsoon(shared, quiet):
    with xr.open_dataset(shared / NWM / "era5_tcwv_eastchina_2010_dev.nc") as ds:
        some = ds.isel(time=slice(0, None, 60)).load()
    out = some.tropds.zenith_delays()
    factor = 1000 * out.zwd / some.tcwv
    assert 5.8 < float(factor.min()) < float(factor.max()) < 7.7
    assert np.isfinite(out.zwd).all()


@pytest.mark.realdata
def test_a_gaussian_grid_of_cfs(shared):
    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    levels = tropdsx.open_levels(shared / NWM / "cfs_t62_20060331T00_f024.grb")
    with pytest.warns(TropdsxWarning, match=r"'pwat' is below 0 \(down to -0.2 kg m-2\) at 3"):
        out = levels.tropds.zenith_delays().compute()
    assert set(out.data_vars) == {"zhd", "zwd", "t2m"}
    assert np.isfinite(out.zhd).all()
    assert float(out.zwd.min()) == 0.0
    assert 0.35 < float(out.zwd.max()) < 0.5
    with pytest.warns(TropdsxWarning, match="Gaussian grid: delays and heights were interpolated"):
        grid, _ = standardise_grid(out)
    assert grid.sizes == {"time": 1, "lat": 94, "lon": 192}
    assert float(grid.orography.min()) < -600.0
    moved = np.abs(grid.zwd.values[0] - np.roll(out.zwd.values, -1, axis=1))  # it begins at -1.875
    assert 2e-5 < moved.mean() < 2e-4


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "wet", "hydrostatic", "sea"),
    [
        ("gfs_2p5deg_20111008T00_f072.grb", 1.8, 0.3, 3.2),
        ("nam_81km_20041208T12_f024.grb", 6.0, 0.3, 2.7),
    ],
)
def test_the_column_is_what_the_levels_of_the_same_model_hold(
    shared, tmp_path, quiet, name, wet, hydrostatic, sea
):
    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    path = shared / NWM / name
    expected = tropdsx.open_levels(path).tropds.zenith_delays().compute()
    wanted = [each for each in grib._FIELDS if not each[0].startswith(("isobaric", "hybrid"))]
    fields = grib._open_fields(path, [*wanted, *grib._COLUMNS], str(tmp_path))
    ds = xr.merge({each.name: each for each in fields}.values(), compat="override")
    found = ds.tropds.zenith_delays().compute()
    at_sea = ds.drop_vars(["sp", "mslet"]).tropds.zenith_delays().compute()

    def rms(values):
        return 1000 * float(np.sqrt((values**2).mean()))

    assert rms(found.zwd - expected.zwd) < wet
    assert rms(found.zhd - expected.zhd) < hydrostatic
    assert rms(at_sea.zhd - expected.zhd) < sea


@pytest.mark.parametrize("lazy", [False, True])
def test_columns_of_zero_amid_moist_air_are_missing(lazy):
    ds = era5().isel(valid_time=0, latitude=[0] * 12, longitude=[0] * 9)
    ds = ds.assign_coords(latitude=50.0 - np.arange(12.0), longitude=np.arange(9.0))
    ds["tcwv"] = (("latitude", "longitude"), np.linspace(20, 40, 108).reshape(12, 9), ds.tcwv.attrs)
    ds.tcwv[3:7, 2:6] = 0.0
    ds = ds.chunk(latitude=5) if lazy else ds
    with pytest.warns(TropdsxWarning, match="'tcwv' is exactly 0 at 16 of 108"):
        out = delays_of_moisture(ds).compute()
    assert int(out.zwd.isnull().sum()) == 16
    assert not out.zhd.isnull().any()
