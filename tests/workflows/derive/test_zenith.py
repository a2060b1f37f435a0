"""Zenith delays from levels: closed forms, every layout of the same air, real model files."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import (
    DomainError,
    GridError,
    TropdsxWarning,
    UnitsError,
)
from tropdsx.workflows.derive.zenith import zenith_delays

from helpers.atmosphere import CUBES
from helpers.levels import COARSE, LEVELS, column, true_delays


@pytest.mark.parametrize("levels", [LEVELS, COARSE], ids=["37", "24"])
@pytest.mark.parametrize("ground", [0.0, 1234.0])
def test_the_ground_is_exact(air, levels, ground):
    found = zenith_delays(column(air, levels, ground), geoid=None, ztd=True)
    zhd, zwd = true_delays(air, ground)
    assert found.zhd.item() == pytest.approx(zhd, abs=0.05e-3)
    assert found.zwd.item() == pytest.approx(zwd, abs=0.05e-3)
    assert found.ztd.item() == found.zhd.item() + found.zwd.item()
    assert found.orography.item() == pytest.approx(ground, abs=1e-6)
    assert found.t2m.attrs["units"] == "K"


def test_ladder_between_levels(air):
    rungs = np.array([150.0, 700.0, 1500.0, 2700.0, 4100.0, 7700.0])
    found = zenith_delays(column(air), ladder=rungs, geoid=None)
    zhd, zwd = true_delays(air, rungs)
    np.testing.assert_allclose(found.zhd, zhd, atol=0.03e-3)
    np.testing.assert_allclose(found.zwd, zwd, atol=0.03e-3)
    assert found.height.attrs["standard_name"] == "height_above_reference_ellipsoid"
    by_density = zenith_delays(column(air), ladder=rungs, geoid=None, hydrostatic="density")
    np.testing.assert_allclose(by_density.zhd, zhd, atol=0.3e-3)
    with pytest.warns(TropdsxWarning, match=r"all 1 delays are missing \(NaN\)"):
        assert np.isnan(zenith_delays(column(air), 90e3).zhd)


def test_levels_of_a_model_that_end_too_low_are_told(sample):
    """Pressures of model levels are fields, and their ends were not looked at."""
    low = sample.isel(pressure_level=sample.pressure_level.values >= 500)
    pressure = low.pressure_level.broadcast_like(low.t).drop_vars("pressure_level")
    model = low.drop_vars("pressure_level").rename_dims(pressure_level="hybrid")
    model["pres"] = pressure.rename(pressure_level="hybrid").assign_attrs(units="hPa")
    model = model.assign_coords(hybrid=np.arange(model.sizes["hybrid"]))
    with pytest.warns(TropdsxWarning, match="the topmost level is at 500 hPa: the wet delay above"):
        zenith_delays(model)
    with pytest.warns(TropdsxWarning, match="the topmost level is at 500 hPa"):
        zenith_delays(model.chunk(valid_time=1), sample=True)


def test_dask_computes_nothing_and_gives_the_same(sample):
    def refuse(*_, **__):
        raise AssertionError

    lazy = sample.chunk(valid_time=1, latitude=7, pressure_level=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dask.base.compute", refuse)
        found = zenith_delays(lazy, mean_temperature=True)
        ladder = zenith_delays(lazy, ladder=[0.0, 1000.0])
    assert found.zhd.chunks
    assert ladder.zwd.dims == ("valid_time", "height", "latitude", "longitude")
    expected = zenith_delays(sample, mean_temperature=True)
    xr.testing.assert_allclose(found.compute(), expected, rtol=1e-14)
    assert ((expected.mean_temperature > 255) & (expected.mean_temperature < expected.t2m)).all()
    xr.testing.assert_allclose(
        ladder.compute().zhd, zenith_delays(sample, ladder=[0.0, 1000.0]).zhd, rtol=1e-14
    )


def test_the_temperature_goes_along_without_the_attributes_of_its_file(sample):
    sample = sample.copy()
    sample["t2m"].attrs |= {"GRIB_paramId": 167}
    found = zenith_delays(sample)
    assert found.t2m.attrs == {
        "standard_name": "air_temperature",
        "long_name": "2 metre temperature",
        "units": "K",
        "coverage_content_type": "modelResult",
    }
    assert "GRIB_paramId" in sample.t2m.attrs


def test_sample_integrates_to_what_was_simulated(sample):
    """25 levels and other constants of refractivity: below a millimetre and 2 percent."""
    found = zenith_delays(sample)
    saastamoinen = atmos.saastamoinen_zhd(
        sample.sp.values / 100, sample.latitude.values[:, None], found.orography.values
    )
    np.testing.assert_allclose(found.zhd, saastamoinen, atol=0.15e-3)


@pytest.mark.parametrize(
    ("spoil", "error", "match"),
    [
        (lambda ds: ds.drop_vars("t"), GridError, "no temperature"),
        (lambda ds: ds.drop_vars("q"), GridError, "no humidity"),
        (lambda ds: ds.drop_vars(["z", "sp"]), GridError, "neither geopotential"),
        (lambda ds: ds.drop_vars("latitude"), GridError, "no latitude"),
        (lambda ds: ds.assign(t=ds.t.assign_attrs(units="m")), UnitsError, "temperature"),
        (lambda ds: ds.assign(sp=ds.sp.assign_attrs(units="mm")), UnitsError, "'sp'"),
        (lambda ds: ds.assign(t=ds.t * 0 + 15.0), UnitsError, "100 to 400 K"),
        (lambda ds: ds.assign_coords(latitude=ds.latitude + 45), DomainError, "latitude"),
        (lambda ds: ds.isel(pressure_level=[0, 2, 1, *range(3, 25)]), GridError, "order"),
        (lambda ds: ds.isel(pressure_level=0), GridError, "no temperature on levels"),
        (lambda ds: ds.drop_vars("pressure_level"), GridError, "pressure"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_integrated_is_named(sample, spoil, error, match):
    attrs = {"units": "K"}
    ds = spoil(sample)
    if "t" in ds and "units" not in ds.t.attrs:
        ds.t.attrs = attrs
    with pytest.raises(error, match=match):
        zenith_delays(ds)


@pytest.mark.parametrize("word", [None, "none", "None", 0.0])
def test_heights_stay_above_the_geoid_where_the_word_says_so(sample, word):
    rungs = [500.0, 3000.0]
    found = zenith_delays(sample, ladder=rungs, geoid=word)
    plain = zenith_delays(sample, ladder=rungs, geoid=None)
    xr.testing.assert_equal(found, plain)
    assert not found.zhd.equals(zenith_delays(sample, ladder=rungs).zhd)


def test_no_vapour_at_all_is_told(air):
    ds = column(air).assign(e=0.0 * column(air).t).drop_vars("d2m")
    ds.e.attrs["units"] = "hPa"
    with pytest.warns(TropdsxWarning, match="'e' is 0 on all levels looked at"):
        zenith_delays(ds)


def test_heights_of_merra_are_geopotential_ones(air, recwarn):
    ds = column(air).rename(z="H")
    ds["H"] = (ds.H / 9.80665).assign_attrs(units="m", long_name="edge_heights")
    named = ds.H.assign_attrs(standard_name="edge_heights")
    for height in (ds.H, named):
        xr.testing.assert_allclose(zenith_delays(ds.assign(H=height)), zenith_delays(column(air)))
    assert not recwarn


def test_wrong_words_are_named(sample):
    for options in (
        {"humidity": "dry"},
        {"geoid": "flat"},
        {"hydrostatic": "no"},
        {"coefficients": "smith"},
    ):
        with pytest.raises(DomainError, match="accepted are"):
            zenith_delays(sample, **options)
    with pytest.raises(DomainError, match="one of them"):
        zenith_delays(sample, 1.0, ladder=[1.0])


@pytest.mark.realdata
@pytest.mark.parametrize("name", CUBES, ids=lambda name: name[7:22])
def test_raider_cubes(shared, name):
    """ZWD by RAiDER's constants; its ZHD holds 2 percent of the ZWD twice (k2' beside p/T)."""
    with xr.open_dataset(shared / "data/nwm" / name, decode_times=False) as cube:
        cube = cube.load()
    raider = atmos.RefractivityCoefficients(77.6, 23.3 + 77.6 * 18.0152 / 28.9644, 375000.0)
    heights = cube.z.values[cube.z.values < 8000]
    with pytest.warns(TropdsxWarning, match="'z' has no units attribute"):
        found = zenith_delays(cube, ladder=heights, coefficients=raider, hydrostatic="density")
    # Under the ground the cubes repeat their lowest values.
    p = cube.p.values
    real = (p[:-1] > p[1:])[: heights.size]
    wet = (found.zwd.values - cube.wet_total.values[: heights.size])[real]
    twice = 1e-6 * atmos.integrate_refractivity(
        np.where(p > 0, 77.6 * 0.378 * cube.e.values / 100 / cube.t.values, 0.0) * 1e6,
        cube.z.values,
        heights[:, None, None],
    )
    hydro = (found.zhd.values + twice - cube.hydro_total.values[: heights.size])[real]
    assert np.sqrt(np.mean(wet**2)) < 0.4e-3
    assert np.sqrt(np.mean(hydro**2)) < 0.4e-3
    assert np.sqrt(np.mean((wet + hydro) ** 2)) < 0.7e-3


@pytest.mark.realdata
def test_gfs_against_its_own_surface_pressure_and_water(gfs, shared):
    found = zenith_delays(gfs, mean_temperature=True)
    expected = atmos.saastamoinen_zhd(
        gfs.sp.values / 100, gfs.latitude.values[:, None], found.orography.values
    )
    error = found.zhd.values - expected
    assert abs(error.mean()) < 0.15e-3
    assert error.std() < 0.3e-3
    options = {"indexpath": "", "filter_by_keys": {"shortName": "pwat"}}
    path = shared / "data/nwm/gfs_2p5deg_20111008T00_f072.grb"
    with xr.open_dataset(path, engine="cfgrib", backend_kwargs=options) as water:
        column = water.pwat.values
    pwv = found.tropds.pwv()
    assert "mean_temperature" in pwv.attrs["comment"]
    assert abs((pwv.values - column).mean()) < 0.2
    assert (pwv.values - column).std() < 0.25
    by_bevis = found.drop_vars("mean_temperature").tropds.pwv()
    assert (by_bevis.values - column).std() < 0.4


@pytest.mark.parametrize("layout", ["time and step", "init_time and lead_time", "batch"])
def test_delays_of_forecasts_hold_at_their_valid_time(sample, layout):
    usual = zenith_delays(sample)
    dates = sample.valid_time.values
    start, leads = dates[0], dates - dates[0]
    names = {
        "time and step": ("time", "step"),
        "init_time and lead_time": ("init_time", "lead_time"),
    }
    if layout == "batch":
        moving = {
            n: sample[n].expand_dims("batch") for n in sample if "valid_time" in sample[n].dims
        }
        levels = sample.assign(moving).rename(valid_time="time").assign_coords(time=leads)
        levels = levels.assign_coords(datetime=(("batch", "time"), dates[None]))
    else:
        began, lead = names[layout]
        levels = sample.drop_vars("valid_time").rename(valid_time=lead)
        levels = levels.assign_coords({began: start, lead: leads})
    found = zenith_delays(levels)
    np.testing.assert_array_equal(found.zwd, usual.zwd)
    dated = [name for name in found.coords if found[name].dtype.kind == "M" and found[name].ndim]
    np.testing.assert_array_equal(found[dated[0]], dates)


def test_delays_of_runs_and_steps_keep_both_dimensions(sample):
    two = sample.isel(valid_time=[0, 0]).drop_vars("valid_time").rename(valid_time="init_time")
    runs = two.expand_dims(lead_time=np.array([0, 6], "m8[h]")).assign_coords(
        init_time=np.array(["2022-07-01", "2022-07-02"], "M8[ns]"),
        orography=0.0,
    )
    runs = runs.drop_vars("orography")
    found = zenith_delays(runs, 100.0)
    assert {"init_time", "lead_time"} <= set(found.zwd.dims)
    assert found.valid_time.sizes == {"init_time": 2, "lead_time": 2}


def test_delays_without_dates_say_so(air):
    undated = column(air).drop_vars("time")
    with pytest.warns(TropdsxWarning, match="no dates found"):
        found = zenith_delays(undated, geoid=None)
    assert any("no dates found" in note for note in found.attrs["tropdsx_notes"])
    steps = column(air).drop_vars("time").expand_dims(step=np.array([0, 6], "m8[h]"))
    with pytest.warns(TropdsxWarning, match="no dates found"):
        zenith_delays(steps, geoid=None)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"height": 500.0}, "delays at other heights asked for.*column of water vapour 'tcwv'"),
        ({"ladder": [0.0, 500.0]}, "delays at other heights"),
        ({"hydrostatic": "density"}, "hydrostatic='density' asked for"),
        ({"humidity": "specific"}, "no temperature on levels"),
    ],
)
def test_a_column_of_vapour_gives_the_ground_alone(options, match):
    ds = xr.Dataset({"tcwv": ((), 20.0, {"units": "mm"}), "t2m": ((), 288.0, {"units": "K"})})
    ds = ds.assign_coords(lat=48.0, lon=16.0, time=np.datetime64("2022-07-01", "ns"))
    with pytest.raises(GridError, match=match):
        zenith_delays(ds, **options)


def test_levels_go_before_a_column_of_vapour(sample):
    ds = sample.assign(tcwv=sample.t.isel(pressure_level=0, drop=True) * 0 + 1.0)
    xr.testing.assert_identical(zenith_delays(ds).zwd, zenith_delays(sample).zwd)


def test_delays_of_a_mean_are_told_of_and_say_so(sample):
    mean = sample.isel(valid_time=[0])
    mean["t"] = mean.t.assign_attrs(cell_methods="time: mean")
    with pytest.warns(match=r"'t' is no instant value \(time: mean\)"):
        out = zenith_delays(mean)
    assert out.zwd.cell_methods == "time: mean area: point"
