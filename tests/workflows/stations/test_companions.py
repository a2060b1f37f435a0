"""Mapping coefficients and gradients beside the delays."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.grid.stencil import make_stencil
from tropdsx.reduce.companions import interpolate_companions
from tropdsx.workflows.stations import companions as module
from tropdsx.workflows.stations.companions import companions_at
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


def test_gradients_turn_beyond_a_pole():
    """A uniform vector over the pole: what points north on one side points south on the other."""
    lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    north = np.cos(np.radians(lon))[None, None] * np.ones((1, lat.size, 1))
    east = -np.sin(np.radians(lon))[None, None] * np.ones((1, lat.size, 1))
    axes = {"time": [np.datetime64("2021-07-01", "ns")], "lat": lat, "lon": lon}
    fields = {"gradient_north": north, "gradient_east": east, "ah": np.abs(north)}
    grid = xr.Dataset({name: (tuple(axes), value) for name, value in fields.items()}, axes)
    place = {"lat": ("station", [89.0, -89.5]), "lon": ("station", [2.5, -57.5])}
    found = companions_at(grid, xr.Dataset(place))
    there = np.radians([2.5, -57.5])
    np.testing.assert_allclose(found["gradient_north"][0], np.cos(there), rtol=1e-6)
    np.testing.assert_allclose(found["gradient_east"][0], -np.sin(there), rtol=1e-6)
    np.testing.assert_allclose(found["ah"][0], np.abs(np.cos(there)), rtol=1e-6)
    fine = xr.Dataset(coords={"lat": [89.0], "lon": [2.5]})
    same = interpolate_companions(grid, fine)["gradient_north"].values.ravel()
    np.testing.assert_allclose(same, found["gradient_north"][0, 0], rtol=1e-6)


@pytest.mark.parametrize(("read", "at_once"), [(3, 48), (5, 2), (192, 3)])
def test_blocks_and_gaps_are_those_of_a_plain_stencil(monkeypatch, read, at_once):
    """Epoch by epoch the same bits, NaN where a node is missing or the station lies outside."""
    monkeypatch.setattr(module, "epochs_of", lambda nodes: read)
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    rng = np.random.default_rng(5)
    lat, lon = np.arange(60.0, 39, -5), np.arange(0.0, 31, 5)
    time = np.datetime64("2021-07-01", "ns") + np.arange(7) * np.timedelta64(6, "h")
    fields = rng.normal(1e-3, 1e-4, (2, 7, lat.size, lon.size)).astype("f4")
    fields[:, 4, 2, 3] = np.nan
    axes = {"time": time, "lat": lat, "lon": lon}
    grid = xr.Dataset(
        {name: (tuple(axes), fields[k]) for k, name in enumerate(("ah", "gradient_east"))}, axes
    )
    where = xr.Dataset(
        {"lat": ("station", [*rng.uniform(41, 59, 20), 30.0])}
        | {"lon": ("station", [*rng.uniform(1, 29, 20), 5.0])}
    )
    found = companions_at(grid.chunk(time=2), where)
    place = make_stencil(lat, lon, where.lat, where.lon, interpolation="bilinear")
    for k, name in enumerate(("ah", "gradient_east")):
        wanted = place.apply(fields[k]).astype("f4")
        np.testing.assert_array_equal(found[name], wanted)
        assert np.isnan(wanted[:, -1]).all()
        assert 0 < np.isnan(wanted[4, :-1]).sum() < 20
