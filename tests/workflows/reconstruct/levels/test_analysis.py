"""A field on levels, with its labels."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, TropdsxWarning
from tropdsx.workflows.reconstruct.levels.analysis import METHODS, reconstruct_levels


def rmse(found, sea):
    away = found.thetao.values - sea.values
    return np.sqrt(np.nanmean(away[1:] ** 2))


@pytest.fixture(scope="module")
def found(sea, seen):
    return {
        method: reconstruct_levels(seen, sea.isel(depth=0), method=method, domain=sea.notnull())
        for method in METHODS
    }


def test_modes_are_better_than_what_is_ordinary(found, sea):
    errors = {method: rmse(each, sea) for method, each in found.items()}
    assert errors["modes"] < 0.85 * errors["idw"] < errors["climatology"]
    assert errors["modes"] < errors["oi"]


@pytest.mark.parametrize("method", METHODS)
def test_the_surface_stays_and_what_does_not_exist_is_missing(found, sea, method):
    each = found[method]
    assert each.thetao.dims == ("depth", "lat", "lon")
    np.testing.assert_array_equal(each.thetao[0], sea[0])
    np.testing.assert_array_equal(np.isnan(each.thetao), np.isnan(sea))
    assert (each.thetao_sigma[0].values[np.isfinite(sea[0])] == 0).all()
    np.testing.assert_array_equal(each.lat, sea.latitude)
    assert each.thetao.attrs["units"] == "degrees_C"
    assert each.thetao_sigma.attrs["standard_name"].endswith(" standard_error")
    assert each.attrs["method"] == method


def test_residuals_are_small_where_sigma_is(found, sea, seen):
    each = found["modes"]
    assert each.loo_residual.dims == ("profile", "depth")
    assert each.loo_residual.shape == (40, 7)
    np.testing.assert_array_equal(np.isnan(each.loo_residual[:, 1:]), np.isnan(seen[:, 1:]))
    at_nodes = each.thetao_sigma.sel(lat=each.profile_lat, lon=each.profile_lon, method="nearest")
    assert float(at_nodes.mean()) < float(each.thetao_sigma.mean())
    assert each.attrs["modes_explained"] > 0.95
    assert each.attrs["decode_rmse"].shape == (6,)


def test_a_surface_that_is_no_level_serves_too(sea, seen):
    surface = (sea.isel(depth=0, drop=True) + 273.15).rename("sst").assign_attrs(units="K")
    found = reconstruct_levels(seen, surface, domain=sea.notnull())
    assert np.nanmax(np.abs(found.thetao.values[0] - sea.values[0])) < 1.0
    assert rmse(found, sea) < 1.0
    assert (found.thetao_sigma.values[0][np.isfinite(sea[0])] > 0).all()


def test_a_level_that_nobody_reaches_is_missing_and_told(sea, seen):
    with pytest.warns(TropdsxWarning, match="no profile reaches depth 1000"):
        found = reconstruct_levels(seen.where(seen.depth < 900), sea.isel(depth=0))
    assert np.isnan(found.thetao[-1]).all()
    assert np.isfinite(found.thetao[-2].values[np.isfinite(sea[0])]).all()


def test_formal_errors_count(sea, seen):
    """A wrong twin of each profile, with a large error, changes little."""
    wrong = seen + 5.0
    both = xr.concat([seen, wrong], dim="profile")
    sigma = xr.ones_like(both)
    sigma[40:] = 100.0
    ds = xr.Dataset({"thetao": both, "thetao_sigma": sigma})
    found = reconstruct_levels(ds, sea.isel(depth=0), domain=sea.notnull(), method="idw")
    alone = reconstruct_levels(seen, sea.isel(depth=0), domain=sea.notnull(), method="idw")
    assert float(np.abs(found.thetao - alone.thetao).max()) < 0.01
    trusting = reconstruct_levels(
        ds.drop_vars("thetao_sigma"), sea.isel(depth=0), domain=sea.notnull(), method="idw"
    )
    assert float(np.abs(trusting.thetao - alone.thetao)[1:].mean()) > 2.0


def test_what_is_unknown_is_told(sea, seen):
    surface = sea.isel(depth=0)
    with pytest.raises(DomainError, match=r"'mods' is unknown.*accepted are climatology"):
        reconstruct_levels(seen, surface, method="mods")
    with pytest.raises(DomainError, match="modes with method 'idw', which has none"):
        reconstruct_levels(seen, surface, method="idw", modes=3)
    ds = xr.Dataset({"thetao": seen, "so": seen})
    with pytest.raises(DomainError, match="2 variables on profiles and levels"):
        reconstruct_levels(ds, surface)
    with pytest.raises(DomainError, match=r"no variable 'theta'.*there are thetao, so"):
        reconstruct_levels(ds, surface, variable="theta")


def test_one_profile_is_climatology_or_a_clear_line(sea, seen):
    alone = reconstruct_levels(seen[:1], sea.isel(depth=0), method="climatology")
    assert float(np.nanmax(np.abs(alone.thetao[2] - seen[0, 2]))) < 1e-9
    assert np.isnan(alone.thetao_sigma[1:]).all()
    with pytest.raises(DomainError, match="1 patterns of 1 profiles"):
        reconstruct_levels(seen[:1], sea.isel(depth=0))
