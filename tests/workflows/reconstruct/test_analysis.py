import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import tropdsx
from tropdsx.errors import DomainError, GridError, InputError, TropdsxWarning
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.analysis import reconstruct
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.variability import scale_on_target, typical_plan

from helpers.compliance import check_compliance
from helpers.network_of_stations import coarse_grid, observe, some_stations

GRID = coarse_grid()
OPTIONS = Options(target=1.0, orography=GRID.orography, model=None)
COVARIANCE = Covariance(local_length=400.0, mountain=0.0)


def analyse(stations=None, ds=GRID, **given):
    return reconstruct(ds, stations, options=OPTIONS, **({"covariance": COVARIANCE} | given))


def prior_sigma(covariance, ds=GRID):
    """Sigma where nothing is observed: that of the covariance in the climate of the place."""
    plan = make_plan(ds, OPTIONS)
    rise = np.clip(plan.target.fine["orography"].to_numpy() / 1000, 0, 1.5)
    variance = covariance.variance + (covariance.mountain * rise) ** 2
    sigma = variance**0.5 * scale_on_target(typical_plan(plan))
    return sigma[::-1] if ds.lat[0] < ds.lat[-1] else sigma


@pytest.fixture(scope="module")
def wet():
    """Stations that all see 10 mm more."""
    return observe(GRID, some_stations(), 0.01)


@pytest.fixture(scope="module")
def fine(wet):
    return analyse(wet)


def test_what_needs_stations_is_refused_without_them(wet):
    with pytest.raises(InputError, match="observations without the places"):
        analyse(None, observations=wet)
    with pytest.raises(InputError, match="epochs='stations' without stations"):
        analyse(None, epochs="stations")


@pytest.mark.parametrize("chunks", [None, {"time": 1}])
@pytest.mark.parametrize("box", [slice(None), slice(None, None, -1)])
def test_without_stations_the_downscale_stays_bit_for_bit(chunks, box):
    ds = GRID.isel(lat=box)
    ds = ds if chunks is None else ds.chunk(chunks)
    alone, plain = analyse(ds=ds), tropdsx.downscale(ds, OPTIONS)
    for name in ("zhd", "zwd", "orography"):
        xr.testing.assert_equal(alone[name], plain[name])
        assert alone[name].dims == plain[name].dims
    np.testing.assert_allclose(alone.ztd_sigma[0], prior_sigma(COVARIANCE, ds), rtol=1e-5)
    assert (alone.stations_used == 0).all()
    assert "station" not in alone.dims


def test_an_epoch_without_observations_is_the_downscale(wet):
    gap = wet.assign(ztd=wet.ztd.where(np.arange(4)[:, None] != 2))
    found, plain = analyse(gap), tropdsx.downscale(GRID, OPTIONS)
    np.testing.assert_array_equal(found.zwd[2], plain.zwd[2])
    assert not (found.zwd[1] == plain.zwd[1]).all()
    assert (found.stations_used[2] == 0).all()
    assert (found.station_flag[2] == 1).all()


def test_the_wet_delay_takes_the_residual_and_the_sum_is_exact(fine):
    plain = tropdsx.downscale(GRID, OPTIONS)
    np.testing.assert_array_equal(fine.zhd, plain.zhd)
    np.testing.assert_array_equal(fine.ztd, fine.zhd + fine.zwd)
    added = (fine.zwd - plain.zwd).sel(lat=slice(51, 45), lon=slice(8, 20))
    assert float(added.mean()) == pytest.approx(0.01, abs=0.0015)


def test_sigma_is_small_at_stations_and_the_prior_far_from_them(fine, wet):
    at = fine.ztd_sigma.sel(lat=wet.lat, lon=wet.lon, method="nearest")
    prior = prior_sigma(COVARIANCE)
    assert float(at.mean()) < 0.6 * prior.mean()
    assert bool((fine.ztd_sigma < prior).all())
    xr.testing.assert_equal(fine.ztd_sigma, fine.zwd_sigma.rename("ztd_sigma"))


def test_what_stations_say_of_themselves_is_in_the_result(fine):
    np.testing.assert_allclose(fine.station_residual, 0.01, atol=1e-5)
    assert np.abs(fine.station_loo_residual).max() < 0.01
    assert (fine.station_flag == 0).all()
    assert fine.station_name.values[0] == "S00"
    assert fine.station_residual.dims == ("time", "station")


def test_lazy_input_stays_lazy_and_gives_the_same(fine, wet):
    lazy = analyse(wet, GRID.chunk(time=1))
    for name in ("zwd", "ztd", "ztd_sigma", "stations_used"):
        assert lazy[name].chunks is not None
        np.testing.assert_array_equal(lazy[name], fine[name])


def test_the_orientation_of_the_caller_comes_back(fine, wet):
    other = GRID.isel(lat=slice(None, None, -1), time=[2, 0, 1, 3])
    found = analyse(wet, other.rename(lat="latitude"))
    assert found.zwd.dims == ("time", "latitude", "lon")
    assert found.latitude[0] < found.latitude[-1]
    again = found.rename(latitude="lat").sel(lat=fine.lat, time=fine.time)
    np.testing.assert_array_equal(again.zwd, fine.zwd)
    np.testing.assert_array_equal(again.station_residual, fine.station_residual)


def test_epochs_of_the_stations(wet):
    hours = GRID.time.values[0] + np.arange(13) * np.timedelta64(1, "h")
    hourly = observe(GRID.interp(time=hours), some_stations(), 0.01)
    found = analyse(hourly, epochs="stations")
    np.testing.assert_array_equal(found.time, hours)
    assert np.abs(found.station_residual - 0.01).max() < 1e-4
    # The typical wet delay, a mean over the epochs, is a little different.
    np.testing.assert_allclose(found.zwd[6], analyse(wet).zwd[1], atol=3e-4)


def test_places_instead_of_a_grid(fine, wet):
    stations = some_stations(4, seed=5)
    found = analyse(wet, where=stations)
    truth = observe(GRID, stations, 0.01).ztd
    assert found.ztd.dims == ("time", "station")
    np.testing.assert_allclose(found.ztd, truth, atol=0.004)
    np.testing.assert_array_equal(found.ztd, found.zhd + found.zwd)
    own = analyse(wet, where=wet.drop_vars("ztd"))
    np.testing.assert_allclose(own.ztd, wet.ztd, atol=0.001)
    assert float(own.ztd_sigma.max()) < 1.3e-3


def test_quantiles_are_those_of_a_normal(wet):
    found = analyse(wet, quantiles=[0.05, 0.5])
    np.testing.assert_allclose(found.ztd_quantile.sel(quantile=0.5), found.ztd, atol=1e-6)
    low = (found.ztd - found.ztd_quantile.sel(quantile=0.05)) / found.ztd_sigma
    np.testing.assert_allclose(low, 1.6449, atol=1e-3)
    with pytest.raises(DomainError, match="accepted are probabilities between 0 and 1"):
        analyse(wet, quantiles=[5])


def test_a_file_keeps_cf_and_says_how_it_was_made(fine, tmp_path, wet):
    found = analyse(wet, GRID.chunk(time=1), quantiles=[0.1])
    path = found.tropds.to_netcdf(tmp_path / "out.nc")
    check_compliance(path)
    said = tropdsx.read_provenance(path)
    assert said["parameters"]["method"] == "oi"
    assert said["parameters"]["covariance"]["local_length"] == 400.0
    assert said["parameters"]["stations"]["grid"] == {"station": 25, "time": 4}
    assert "reconstruct" in said["command"]
    assert any("25 stations (100 observations)" in note for note in said["notes"])
    with xr.open_dataset(path) as ds:
        for name in ("zwd", "ztd_sigma", "stations_used", "station_loo_residual", "station_flag"):
            np.testing.assert_array_equal(ds[name].values, found[name].transpose(*ds[name].dims))
        assert "ztd_sigma" in ds.ztd.attrs["ancillary_variables"]
        assert str(ds.station_residual.encoding["coordinates"]).split() == [
            "station_height",
            "station_lat",
            "station_lon",
            "station_name",
        ]
        again = tropdsx.standardise(ds)  # the places of the stations are no axes of the grid
        grid = again[0] if isinstance(again, tuple) else again
        assert grid.zwd.sizes == {"time": 4, "lat": fine.sizes["lat"], "lon": fine.sizes["lon"]}


def test_parameters_of_the_provenance_can_be_read_back(fine):
    json.loads(fine.attrs["tropdsx_parameters"])


# ------------------------------------------------------------------------ odd stations


def test_one_station_and_stations_at_one_place():
    one = observe(GRID, some_stations(1), 0.02)
    found = reconstruct(GRID, one, options=OPTIONS)
    assert np.isfinite(found.ztd).all()
    assert float(found.ztd_sigma.min()) > 0
    stack = some_stations(5)
    stack["lat"][:], stack["lon"][:] = 48.0, 12.0
    found = reconstruct(GRID, observe(GRID, stack, 0.02), options=OPTIONS)
    assert np.isfinite(found.ztd).all()
    near = found.sel(lat=48, lon=12, method="nearest")
    assert np.abs(near.ztd_sigma).max() < min(0.0083, 0.65 * float(found.ztd_sigma.max()))


def test_stations_out_of_reach_leave_the_background():
    far = observe(GRID, some_stations(), np.where(np.arange(25) % 2, 0.02, -0.02))
    short = Covariance(local_length=1e-3, regional=0.0, mountain=0.0)
    found, plain = analyse(far, covariance=short), tropdsx.downscale(GRID, OPTIONS)
    np.testing.assert_allclose(found.zwd, plain.zwd, atol=1e-6)
    np.testing.assert_allclose(found.ztd_sigma[0], prior_sigma(short), rtol=1e-3)


@pytest.mark.filterwarnings("ignore:.* are missing in the result", "ignore:fine heights")
def test_nodes_outside_the_grid_have_no_sigma(wet):
    wide = replace(
        OPTIONS,
        orography=None,
        target=xr.Dataset(coords={"lat": [60.0, 48.0], "lon": [10.0, 11.0]}),
    )
    found = reconstruct(GRID, wet, options=wide, covariance=COVARIANCE)
    for name in ("ztd", "ztd_sigma"):
        assert found[name].isnull().sel(lat=60).all()
        assert found[name].notnull().sel(lat=48).all()


def test_places_outside_the_grid_have_no_sigma(wet):
    places = some_stations(3, seed=5)
    places["lat"][1] = 62.0
    found = analyse(wet, where=places)
    for name in ("ztd", "zwd", "ztd_sigma", "zwd_sigma"):
        assert found[name].isnull().all("time").values.tolist() == [False, True, False], name


def test_heights_of_stations_are_what_the_caller_says(wet):
    """The geoid is 40 to 50 m above the ellipsoid here: 10 mm of delay."""
    above = wet.assign_coords(height=wet.height - geoid_undulation(wet.lat, wet.lon))
    found = analyse(above, station_heights="geoid")
    np.testing.assert_allclose(found.station_residual, 0.01, atol=2e-4)
    np.testing.assert_allclose(found.station_height, wet.height, atol=1e-9)
    assert float(analyse(above).station_residual.max()) < 0.003
    places = above.drop_vars("ztd")
    at = analyse(above, where=places, station_heights="geoid")
    np.testing.assert_allclose(at.ztd, wet.ztd, atol=0.001)


def test_the_call_and_the_places_are_in_the_provenance(wet):
    places = some_stations(2, seed=5)
    found = analyse(wet, where=places, epochs="stations", quantiles=[0.1])
    history = found.attrs["history"]
    assert (
        "ds.tropds.reconstruct(Dataset, epochs='stations', quantiles=[0.1], where=Dataset, "
        "covariance=Covariance(local=0.0105"
    ) in history
    assert "target=1.0, orography=DataArray, model=None)" in history
    said = json.loads(found.attrs["tropdsx_parameters"])
    assert said["where"]["grid"] == {"station": 2}
    assert said["station_heights"] == "auto"
    assert said["estimated"]["epochs"] == found.sizes["time"]
    assert said["estimated"]["last"] == f"{found.time.values[-1]!s:.16}"
    assert json.loads(analyse(wet, where="next").attrs["tropdsx_parameters"])["where"] == "next"


def test_what_cannot_be_done_is_said_in_one_line(wet):
    with pytest.raises(InputError, match="method 'kriging' is unknown; accepted are 'oi'"):
        analyse(wet, method="kriging")
    with pytest.raises(InputError, match="epochs 'hourly' is unknown; accepted are 'grid', 'stat"):
        analyse(wet, epochs="hourly")
    with pytest.raises(InputError, match="sigma is part of every reconstruction"):
        reconstruct(GRID, wet, options=Options(sigma=True))
    with pytest.raises(GridError, match="a grid without zwd"):
        analyse(wet, GRID.drop_vars("zwd"))
    with pytest.raises(GridError, match="needs zhd and zwd"):
        analyse(None, GRID.drop_vars("zwd"))


def test_blunders_are_told_of(wet):
    odd = wet.copy(deep=True)
    odd.ztd[1, 3] += 0.3
    with pytest.warns(TropdsxWarning, match="1 of 100 observations are taken for blunders: 1 by"):
        found = analyse(odd)
    assert found.station_flag[1, 3] == 2
    np.testing.assert_allclose(found.station_residual[1, 3], 0.31, atol=1e-4)


def test_a_map_of_the_next_station(wet, tmp_path):
    found = analyse(wet, where="next")
    assert found.sigma_gain.dims == ("lat", "lon")
    assert float(found.sigma_gain.max()) > 0
    path = found.tropds.to_netcdf(tmp_path / "next.nc")
    check_compliance(path)
