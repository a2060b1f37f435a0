import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.workflows.reconstruct.smoothing.nodes import (
    nodes_below,
    physics_alone,
    smooth_plan,
    smoothed_away,
)

from helpers.network_of_stations import coarse_grid, flat_globe, some_stations


def smoothed(ds):
    return smooth_plan(make_plan(ds, Options(model=None))).grid.zwd


def test_a_node_counts_for_itself_and_its_eight_neighbours():
    """Also across the date line and, half a turn away, across the pole."""
    field = np.zeros((36, 72))
    field[0, 0] = 0.36
    found = smoothed(flat_globe(field))[0]
    np.testing.assert_allclose(found[0, :2], [0.16, 0.04], atol=1e-7)
    np.testing.assert_allclose(found[1, :2], [0.04, 0.01], atol=1e-7)
    np.testing.assert_allclose(found[0, [71, 35, 36, 37]], [0.04, 0.01, 0.04, 0.01], atol=1e-7)
    assert float(found.sum()) == pytest.approx(0.36, rel=1e-5)


def test_what_is_linear_stays_and_the_end_of_a_region_is_no_edge():
    ds = coarse_grid()
    slope = 0.1 + 0.002 * ds.lat + 0.001 * ds.lon + 0 * ds.zwd
    flat = xr.full_like(ds.zwd, 2.3)
    ds = ds.assign(zhd=flat, zwd=slope.astype("f4").assign_attrs(units="m"))
    ds = ds.transpose("time", "lat", "lon").assign_coords(orography=0 * ds.orography)
    np.testing.assert_allclose(smoothed(ds)[:, 1:-1, 1:-1], ds.zwd[:, 1:-1, 1:-1], atol=1e-7)
    assert np.abs(smoothed(ds) - ds.zwd).max() < 1.1e-3


def test_neighbours_count_at_the_height_of_the_node():
    """Hills under one air: the delays at the nodes differ by a third, and nothing is smoothed."""
    flat = make_plan(flat_globe(0.2), Options(model=None)).grid
    lat, lon = np.meshgrid(flat.lat, flat.lon, indexing="ij")
    hills = xr.Dataset({"orography": (("lat", "lon"), 600 + 500 * (-1.0) ** ((lat + lon) // 5))})
    ds = reduce_to_orography(flat, hills.assign_coords(lat=flat.lat, lon=flat.lon))
    assert float(ds.zwd.max() / ds.zwd.min()) > 1.3
    for name in ("zhd", "zwd"):
        ds[name].attrs["units"] = "m"
    ds["orography"].attrs["units"] = "m"
    assert float(np.abs(smoothed(ds) - ds.zwd).max()) < 0.004


def test_beside_a_missing_node_nothing_is_smoothed():
    field = 0.1 + 0.02 * (-1.0) ** np.arange(72) + np.zeros((36, 1))
    field[20, 30] = np.nan
    ds = flat_globe(field)
    with pytest.warns(TropdsxWarning, match="'zwd' holds 1 NaN"):
        found = smoothed(ds)[0].to_numpy()
    np.testing.assert_array_equal(found[19:22, 29:32], ds.zwd[0, 19:22, 29:32])
    assert np.abs(found - field)[23:, :].min() > 0.01


def test_only_the_nodes_asked_for_are_smoothed():
    ds = flat_globe(0.1 + 0.02 * (-1.0) ** np.arange(72))
    plan = make_plan(ds, Options(model=None))
    part = smooth_plan(plan, np.array([0, 100])).grid.zwd.to_numpy().ravel()
    whole = smooth_plan(plan).grid.zwd.to_numpy().ravel()
    changed = np.flatnonzero(part != plan.grid.zwd.to_numpy().ravel())
    assert changed.tolist() == [0, 100]
    np.testing.assert_array_equal(part[changed], whole[changed])


def test_fine_grids_are_left_as_they_are(monkeypatch):
    plan = make_plan(coarse_grid(), Options(target=2.0, model=None))
    assert smoothed_away(plan, some_stations()).shape == (4, 25)
    monkeypatch.setattr("tropdsx.workflows.reconstruct.smoothing.nodes.MOST_NODES", 50)
    assert smoothed_away(plan, some_stations()) is None


def test_the_nodes_below_a_box_are_those_that_it_needs():
    ds = flat_globe(0.1)
    box = xr.Dataset(coords={"lat": [12.0, 11.0], "lon": [359.0]})
    row, column = np.divmod(nodes_below(ds, box), 72)
    assert sorted(set(ds.lat.values[row])) == [2.5, 7.5, 12.5, 17.5]
    assert sorted(set(ds.lon.values[column])) == [2.5, 7.5, 352.5, 357.5]
    pole = xr.Dataset(coords={"lat": [89.0], "lon": [0.0]})
    assert {0, 36, 71} <= set(nodes_below(ds, pole).tolist())


def test_the_network_is_left_out():
    plan = make_plan(coarse_grid(), Options(target=2.0, ztd=True))
    options = physics_alone(plan).options
    assert (options.model, options.ztd, options.target) == (None, False, 2.0)
