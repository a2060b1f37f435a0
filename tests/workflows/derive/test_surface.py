"""What is known at the surface, and the air under it."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.derive.zenith import zenith_delays

from helpers.levels import column, true_delays


def test_under_the_ground_the_air_goes_on(air):
    found = zenith_delays(column(air, ground=800.0), ladder=[300.0, 800.0], geoid=None)
    zhd, zwd = true_delays(air, [300.0, 800.0])
    np.testing.assert_allclose(found.zhd, zhd, atol=0.5e-3)
    np.testing.assert_allclose(found.zwd, zwd, atol=2e-3)


def test_what_lies_under_the_ground_does_not_count(air):
    ds = column(air, ground=1234.0)
    expected = zenith_delays(ds)
    spoilt = ds.copy(deep=True)
    spoilt.t[:4], spoilt.e[:4] = 340.0, 50.0
    xr.testing.assert_identical(zenith_delays(spoilt).zwd, expected.zwd)
    spoilt.t[:4] = np.nan
    xr.testing.assert_identical(zenith_delays(spoilt).zhd, expected.zhd)


def test_less_known_at_the_surface(air):
    ds = column(air, ground=500.0)
    whole = zenith_delays(ds, 500.0, geoid=None)
    for absent in (["t2m", "d2m"], ["sp", "t2m", "d2m"], ["z_surface"], ["z_surface", "sp"]):
        found = zenith_delays(ds.drop_vars(absent), 500.0, geoid=None)
        assert found.zhd.item() == pytest.approx(whole.zhd.item(), abs=0.2e-3)
        assert found.zwd.item() == pytest.approx(whole.zwd.item(), abs=0.2e-3)
    by_pressure = zenith_delays(ds.drop_vars(["z_surface", "t2m", "d2m"]), geoid=None)
    assert by_pressure.orography.item() == pytest.approx(500.0, abs=1.0)
    without_heights = zenith_delays(ds.drop_vars("z"), geoid=None)
    assert without_heights.zhd.item() == pytest.approx(whole.zhd.item(), abs=2e-3)
