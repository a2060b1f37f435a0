import numpy as np

from tropdsx.workflows.reconstruct.diffusion.places import grid_stations, spread_on_grid
from tropdsx.workflows.reconstruct.diffusion.scene import Setting


def setting(lat, lon):
    flat = np.zeros((len(lat), len(lon)))
    return Setting(np.asarray(lat, float), np.asarray(lon, float), flat, flat, flat, flat)


def test_stations_find_their_node_across_the_first_meridian():
    globe = setting(np.arange(80.0, -81, -20), np.arange(0.0, 360, 20))
    lat, lon = [79.0, 0.0, 0.0, -80.0, 10.1], [-1.0, 359.0, 351.0, 720.0, 170.1]
    found = grid_stations(globe, lat, lon)
    assert [divmod(n, 18) for n in found.tolist()] == [(0, 0), (4, 0), (4, 0), (8, 0), (3, 9)]


def test_stations_beyond_the_edges_have_none():
    box = setting([50.0, 49.0, 48.0], [-1.0, 0.0, 1.0])
    found = grid_stations(box, [50.4, 51.0, 48.0, 48.0, 48.0], [359.0, 0.0, 1.4, 2.0, -1.6])
    assert found.tolist() == [0, -1, 8, -1, -1]


def test_a_value_of_zero_is_a_value():
    found = spread_on_grid((2, 2), np.array([0, 3, 3, 1]), np.array([0.0, 1.0, np.nan, np.nan]))
    np.testing.assert_array_equal(found, [[0.0, np.nan], [np.nan, 1.0]])
