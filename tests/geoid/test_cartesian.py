"""Geocentric coordinates and back."""

import numpy as np

from tropdsx.geoid.cartesian import cartesian_of, geodetic_of


def test_there_and_back():
    """To a nanodegree and 0.01 mm, at the poles and on the equator, 10 km above and below."""
    lat, lon, height = np.meshgrid(
        [-90.0, -89.9999, -45.0, -1e-7, 0.0, 33.3, 90.0],
        [-180.0, -0.1, 0.0, 123.4],
        [-1e4, 0.0, 1e4],
    )
    back = geodetic_of(*cartesian_of(lat, lon, height))
    np.testing.assert_allclose(back[0], lat, atol=1e-9)
    np.testing.assert_allclose(back[2], height, atol=1e-5)
    turn = np.where(np.abs(lat) > 89.99999, 0.0, (back[1] - lon + 180.0) % 360.0 - 180.0)
    np.testing.assert_allclose(turn, 0.0, atol=1e-9)


def test_known_places():
    """Corners of WGS 84 (NIMA TR8350.2): semi-axes 6378137 and 6356752.3142 m."""
    np.testing.assert_allclose(cartesian_of(0.0, 90.0, 0.0), [0.0, 6378137.0, 0.0], atol=1e-8)
    np.testing.assert_allclose(cartesian_of(-90.0, 0.0, 0.0), [0, 0, -6356752.3142], atol=1e-4)
