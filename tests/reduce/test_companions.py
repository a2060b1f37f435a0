"""Coefficients and gradients on a fine grid."""

import numpy as np
import xarray as xr

from tropdsx.grid.stencil import make_stencil
from tropdsx.reduce.companions import interpolate_companions

LAT, LON = np.arange(87.5, -90, -5.0), np.arange(2.5, 360, 5.0)


def globe(name, values):
    axes = {"time": [0, 1], "lat": LAT, "lon": LON}
    return xr.Dataset({name: (tuple(axes), np.broadcast_to(values, (2, 36, 72)))}, axes)


def test_as_bilinear_stencils_and_the_nodes_own_values():
    rng = np.random.default_rng(0)
    coarse = globe("ah", rng.uniform(1.1e-3, 1.3e-3, (2, 36, 72)))
    fine = xr.Dataset(coords={"lat": np.arange(89.5, -90, -1.0), "lon": np.arange(0.5, 360, 1.0)})
    found = interpolate_companions(coarse, fine)["ah"]
    at = fine.lat.values[:, None], fine.lon.values[None]
    place = make_stencil(LAT, LON, *at, interpolation="bilinear")
    np.testing.assert_allclose(found, place.apply(coarse.ah.values), rtol=1e-6)
    own = interpolate_companions(coarse, coarse)["ah"]
    np.testing.assert_array_equal(own, coarse.ah.astype("f4"))
    lazy = interpolate_companions(coarse.chunk(time=1), fine)["ah"]
    assert lazy.chunks[0] == (1, 1)
    np.testing.assert_array_equal(lazy, found)


def test_a_gradient_keeps_its_direction_across_a_pole():
    """A field of one direction in space, as east and north see it from each meridian."""
    coarse = globe("gradient_north", np.cos(np.radians(LON)))
    fine = xr.Dataset(coords={"lat": [89.5], "lon": LON})
    found = interpolate_companions(coarse, fine)["gradient_north"]
    np.testing.assert_allclose(found[0, 0], np.cos(np.radians(LON)), atol=1e-6)


def test_outside_a_region_is_missing():
    coarse = globe("aw", 6e-4).sel(lat=slice(60, 30), lon=slice(0, 40))
    fine = xr.Dataset(coords={"lat": [50.0], "lon": [10.0, 80.0]})
    found = interpolate_companions(coarse, fine)["aw"]
    np.testing.assert_array_equal(np.isnan(found[0, 0]), [False, True])
