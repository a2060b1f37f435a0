"""Levels in any layout, humidity in any measure."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.derive.zenith import zenith_delays

from helpers.levels import column


def test_missing_at_the_top_and_holes(air):
    ds = column(air)
    cut = ds.copy(deep=True)
    cut.t[-5:] = 1e16  # as RAiDER's cubes
    assert zenith_delays(cut).zhd.item() == pytest.approx(zenith_delays(ds).zhd.item(), abs=0.1e-3)
    cut.t[10] = np.nan
    told = pytest.warns(match="'t' holds no value on the level of 750 hPa")
    with told, pytest.warns(match="all 1 delays are missing"):
        assert np.isnan(zenith_delays(cut).zwd)


def test_humidity_measures_agree(air):
    ds = column(air)
    e, p = ds.e, ds.level
    ds["q"] = (0.621981 * e / (p - 0.378019 * e)).assign_attrs(units="kg kg**-1")
    ds["r"] = (100 * e / atmos.saturation_vapour_pressure(ds.t.values)).assign_attrs(units="%")
    expected = zenith_delays(ds, humidity="vapour_pressure").zwd.item()
    assert zenith_delays(ds).zwd.item() == pytest.approx(expected, rel=1e-12)
    mixed = zenith_delays(ds, humidity="relative").zwd.item()
    assert expected > mixed > 0.95 * expected  # saturation over ice is lower


def test_a_mixing_ratio_is_refused(sample):
    mixed = sample.assign(q=(sample.q / (1 - sample.q)).assign_attrs(units="kg kg-1"))
    mixed.q.attrs["standard_name"] = "humidity_mixing_ratio"
    with pytest.raises(GridError, match="'q' is a mixing ratio"):
        zenith_delays(mixed)


def test_every_layout_gives_the_same(sample):
    expected = zenith_delays(sample)
    assert expected.zhd.dims == ("valid_time", "latitude", "longitude")
    flipped = sample.isel(latitude=slice(None, None, -1), pressure_level=slice(None, None, -1))
    flipped = flipped.transpose("longitude", "pressure_level", "latitude", "valid_time")
    found = zenith_delays(flipped)
    assert found.zhd.dims == ("longitude", "latitude", "valid_time")
    xr.testing.assert_equal(
        found.zhd.transpose(*expected.zhd.dims).sortby("latitude"), expected.zhd.sortby("latitude")
    )
    old = sample.drop_vars(["number", "expver"]).rename(valid_time="time", pressure_level="level")
    old["level"] = ("level", old.level.values.astype("i4"), {"units": "millibars"})
    np.testing.assert_array_equal(zenith_delays(old).zwd, expected.zwd)
    pascal = sample.assign_coords(
        pressure_level=("pressure_level", 100 * sample.pressure_level.values, {"units": "Pa"})
    )
    np.testing.assert_allclose(zenith_delays(pascal).zwd, expected.zwd, rtol=1e-12)
    heights = sample.assign(gh=(sample.z / 9.80665).assign_attrs(units="gpm")).drop_vars("z")
    np.testing.assert_allclose(zenith_delays(heights).zhd, expected.zhd, rtol=1e-6)
    west = sample.assign_coords(longitude=sample.longitude - 360)
    np.testing.assert_allclose(zenith_delays(west).zhd, expected.zhd, rtol=1e-12)
    one = zenith_delays(sample.isel(latitude=3, longitude=4, valid_time=1))
    assert one.zwd.item() == expected.zwd[1, 3, 4].item()


@pytest.mark.realdata
def test_era5_humidity_by_q_and_by_r(shared):
    """Over the sea q and r agree; on land the file's levels under the ground disagree by 4 mm."""
    with (
        xr.open_dataset(shared / "data/nwm/era5_pl_2018_03_27_T13.nc") as ds,
        pytest.warns(TropdsxWarning, match="no height of the model's ground"),
    ):
        wet = {h: zenith_delays(ds, humidity=h).zwd for h in ("specific", "relative")}
    difference = (wet["relative"] - wet["specific"]).values[0][wet["specific"].orography.values < 5]
    assert difference.size > 500
    assert abs(difference.mean()) < 0.2e-3
    assert difference.std() < 1e-3
