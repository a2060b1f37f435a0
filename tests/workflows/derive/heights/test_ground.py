"""The heights at which delays are wanted, and the ground where none is given."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.workflows.derive.zenith import zenith_delays


def test_height_fields(sample):
    here = zenith_delays(sample)
    field = here.orography.drop_vars("orography") + 100.0
    lifted = zenith_delays(sample, field.assign_attrs(units="m"))
    np.testing.assert_allclose(lifted.orography, here.orography + 100.0)
    assert (lifted.zhd < here.zhd - 0.02).all()
    coarse = xr.DataArray(
        np.full((3, 3), 250.0),
        {"lat": [60.0, 50.0, 40.0], "lon": [10.0, 20.0, 30.0]},
        name="orography",
        attrs={"units": "m"},
    )
    np.testing.assert_allclose(
        zenith_delays(sample, coarse).zwd, zenith_delays(sample, 250.0).zwd, rtol=1e-12
    )
    with pytest.raises(GridError, match="do not cover"):
        zenith_delays(sample, coarse.assign_coords(lon=[100.0, 110.0, 120.0]))


def test_no_ground_is_a_warning(sample):
    bare = sample.drop_vars(["sp", "z_surface", "t2m", "d2m"])
    with pytest.warns(TropdsxWarning, match="shipped 1 degree terrain"):
        found = zenith_delays(bare)
    assert "shipped" in found.attrs["tropdsx_notes"][0]
    with pytest.warns(TropdsxWarning, match="topmost level"):
        zenith_delays(sample.sel(pressure_level=slice(1000, 500)))


def test_heights_given_that_are_missing_are_named_as_such(sample):
    lat, lon = np.arange(90.0, -91, -10), np.arange(0.0, 360, 10)
    heights = xr.DataArray(np.full((19, 36), np.nan), {"lat": lat, "lon": lon}, name="orography")
    heights.attrs["units"] = "m"
    size = sample.sizes["latitude"] * sample.sizes["longitude"]
    with (
        pytest.warns(TropdsxWarning, match="NaN of"),
        pytest.raises(GridError, match=rf"missing \(NaN\) at {size} of {size} places"),
    ):
        zenith_delays(sample, heights)


def test_an_orography_that_the_surface_pressure_does_not_fit_is_told_of(sample):
    with pytest.warns(TropdsxWarning, match="off the ground 'orography given'"):
        zenith_delays(sample, orography=4000.0)
