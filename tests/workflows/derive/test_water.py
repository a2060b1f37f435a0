"""Precipitable water by every mean temperature."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import AssetError, GridError, UnitsError

from helpers.labelled import TIME, back, turned


def test_pwv_by_the_surface_temperature(labelled):
    expected = atmos.zwd_to_pwv(
        labelled.zwd.values / 100, atmos.bevis_mean_temperature(labelled.t2m.values + 273.15)
    )
    pwv = labelled.tropds.pwv()
    np.testing.assert_allclose(pwv, expected, rtol=1e-14)
    assert pwv.attrs["standard_name"] == "atmosphere_mass_content_of_water_vapor"
    assert pwv.attrs["units"] == "kg m-2"
    assert "Bevis" in pwv.attrs["comment"]
    np.testing.assert_allclose(back(turned(labelled).tropds.pwv()), expected, rtol=1e-14)
    np.testing.assert_array_equal(labelled.tropds.pwv("bevis"), pwv)


def test_pwv_by_a_given_temperature(labelled):
    expected = atmos.zwd_to_pwv(labelled.zwd.values / 100, 275.0)
    np.testing.assert_allclose(labelled.tropds.pwv(275.0), expected, rtol=1e-14)
    np.testing.assert_allclose(labelled.zwd.tropds.pwv(275.0), expected, rtol=1e-14)
    celsius = xr.DataArray(275.0 - 273.15, attrs={"units": "degC"})
    np.testing.assert_allclose(labelled.zwd.tropds.pwv(celsius), expected, rtol=1e-14)
    known = labelled.assign(mean_temperature=((), 275.0, {"units": "K"}))
    np.testing.assert_allclose(known.tropds.pwv(), expected, rtol=1e-14)
    for wrong in (2.0, 20.0, 179.0, 331.0):
        with pytest.raises(UnitsError, match="180 to 330 K"):
            labelled.tropds.pwv(wrong)


def test_degrees_celsius_without_a_unit_are_refused(labelled):
    """7 taken as 7 K made 1.8 mm of 71."""
    with pytest.raises(UnitsError, match="mean temperature 7 K found; accepted are 180 to 330 K"):
        labelled.tropds.pwv(xr.DataArray(7.0, attrs={"units": "K"}))
    warm = labelled.assign(t2m=labelled.t2m.assign_attrs(units="K"))  # degC in truth
    with pytest.raises(UnitsError, match="accepted are 180 to 330 K"):
        warm.tropds.pwv()
    lazy = warm.chunk().tropds.pwv()
    with pytest.raises(UnitsError, match="accepted are 180 to 330 K"):
        lazy.compute()


@pytest.mark.realdata
def test_pwv_by_gpt3(labelled, gpt_grid):
    ds = labelled.drop_vars("t2m")
    tm = atmos.gpt3(
        TIME[:, None, None], ds.lat.values[:, None], ds.lon.values, ds.orography.values, gpt_grid
    ).mean_temperature
    expected = atmos.zwd_to_pwv(ds.zwd.values / 100, tm)
    for found in (
        ds.tropds.pwv(),
        ds.tropds.pwv("gpt3"),
        ds.tropds.pwv(grid=gpt_grid),
        ds.zwd.tropds.pwv(),
        ds.chunk(time=1).tropds.pwv(),
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    with pytest.raises(GridError, match="heights"):
        ds.drop_vars("orography").tropds.pwv("gpt3")


def test_pwv_without_a_temperature(labelled, monkeypatch, tmp_path):
    monkeypatch.setattr("tropdsx.assets.registry._cache", lambda: tmp_path)
    monkeypatch.delenv("TROPDSX_DATA", raising=False)
    with pytest.raises(AssetError, match="mean_temperature="):
        labelled.drop_vars("t2m").tropds.pwv()
    with pytest.raises(AssetError, match="gpt3_5"):
        labelled.tropds.pwv("gpt3")
    with pytest.raises(GridError, match="accepted is"):
        labelled.drop_vars("t2m").tropds.pwv("bevis")
    with pytest.raises(AssetError, match="not found"):
        labelled.drop_vars("t2m").tropds.pwv(grid=tmp_path / "gpt3_5.grd")
