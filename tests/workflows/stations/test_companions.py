"""Mapping coefficients and gradients beside the delays."""

import numpy as np

from tropdsx.workflows.stations.series import at_stations

from helpers.stations import places, weather


def test_coefficients_and_gradients_come_along():
    """Linear fields are exact wherever the station, whatever its height; slants follow."""
    ds = weather(3)
    plane = 1.2e-3 + 1e-6 * ds.lat + 2e-7 * ds.lon + 0 * ds.zhd
    for name, factor, units in (("ah", 1, "1"), ("aw", 0.5, "1"), ("gradient_north", 1e3, "mm")):
        ds[name] = (plane * factor).transpose(*ds.zhd.dims).assign_attrs(units=units)
    where = places(5)
    found = at_stations(ds.sortby("lat").chunk(time=1), where, times=ds.time.values[:1])
    wanted = 1.2e-3 + 1e-6 * np.array(where["lat"]) + 2e-7 * np.array(where["lon"])
    np.testing.assert_allclose(found.ah[0], wanted, rtol=1e-6)
    np.testing.assert_allclose(found.aw[0], wanted / 2, rtol=1e-6)
    np.testing.assert_allclose(found.gradient_north[0], wanted, rtol=1e-6)
    assert found.gradient_north.attrs["units"] == "m"
    assert found.ah.attrs["units"] == "1"
    slant = found.tropds.slant(elevation=30.0)
    np.testing.assert_allclose(slant / found.ztd, 2.0, atol=0.02)
    still = ds.assign(ah=ds.ah[0].drop_vars("time"), aw=ds.aw[0].drop_vars("time"))
    np.testing.assert_allclose(at_stations(still, where).ah, found.ah[[0, 0, 0]], rtol=1e-6)
