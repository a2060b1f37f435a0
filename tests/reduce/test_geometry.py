"""Two grids, known by content."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.reduce.geometry import Geometry, GridPair, find_inside, node_heights, sample_places

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


def pair(fine_lat=(50.0, 49.0), fine_lon=(0.0, 1.0)):
    return GridPair(LAT.copy(), LON.copy(), np.array(fine_lat), np.array(fine_lon))


def test_equal_axes_are_equal_and_hash_alike():
    assert pair() == pair()
    assert hash(pair()) == hash(pair())
    assert pair().__dask_tokenize__() == pair().__dask_tokenize__()
    assert pair() != pair(fine_lat=(50.0, 48.0))
    assert pair() != "axes"


def test_axes_come_from_datasets():
    coarse = xr.Dataset(coords={"lat": LAT, "lon": LON})
    fine = xr.Dataset(coords={"lat": [50.0, 49.0], "lon": [0.0, 1.0]})
    assert GridPair.from_datasets(coarse, fine) == pair()


def test_heights_are_part_of_a_geometry():
    flat, fine = np.zeros((36, 72)), np.zeros((2, 2))
    one = Geometry.from_heights(pair(), flat, fine)
    assert one == Geometry.from_heights(pair(), flat.copy(), fine.copy())
    assert one != Geometry.from_heights(pair(), flat, fine + 1.0)
    assert one != Geometry.from_heights(pair(fine_lon=(0.0, 2.0)), flat, fine)


def test_inside_reaches_the_poles_of_a_globe_but_not_beyond_a_region():
    assert all(part.all() for part in find_inside(pair(fine_lat=(90.0, -90.0))))
    region = GridPair(LAT[:10], LON[:10], np.array([60.0, 30.0]), np.array([20.0, 200.0]))
    rows, columns = find_inside(region)
    assert (rows.tolist(), columns.tolist()) == ([True, False], [True, False])


def test_what_lies_wholly_outside_is_refused():
    region = GridPair(LAT[:10], LON[:10], np.array([30.0, 20.0]), np.array([200.0, 210.0]))
    with pytest.raises(GridError, match="outside the coarse grid"):
        region.check_overlap()


def test_heights_of_nodes_come_in_the_order_of_the_standard_grid():
    turned = xr.Dataset(
        {"orography": (("lon", "lat"), np.arange(6.0).reshape(3, 2))},
        {"lat": [10.0, 5.0], "lon": [0.0, 5.0, 10.0]},
    )
    assert node_heights(turned, "kouba").dims == ("lat", "lon")
    plain = turned.drop_vars("orography")
    assert (node_heights(plain, "none") == 0).all()
    with pytest.raises(GridError, match="coarse_orography"):
        node_heights(plain, "kouba")


def test_a_sample_lies_evenly_inside():
    axes = np.arange(85.0, -90, -5), np.arange(0.0, 360, 5)
    rows, columns = sample_places(GridPair(*axes, 89.5 - np.arange(180), 0.5 + np.arange(360)))
    assert (rows.size, columns.size) == (20, 60)
    assert set(np.diff(columns)) == {6}
    assert (rows[0], rows[-1]) == (9, 170)  # of 170 between the outermost nodes
    region = GridPair(np.array([50.0, 40.0]), np.array([0.0, 9.0]), np.array([55.0, 45.0]), axes[1])
    rows, columns = sample_places(region)
    assert (rows.tolist(), columns.tolist()) == ([1], [0, 1])
