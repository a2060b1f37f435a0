"""Maps: where they begin, that they close, and the coast."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report import figures as plot
from tropdsx.workflows.report import maps

from helpers.fields import delays
from helpers.figures import BOX, meshes


def test_global_map_runs_from_180_west(coarse):
    figure = plot.draw_comparison(coarse, coarse, "zhd")
    assert figure.axes[0].get_xlim() == (-180.0, 180.0)
    mesh = meshes(figure)[0]
    edges = mesh.get_coordinates()[0, :, 0]
    assert edges[0] == -180.0
    shown = mesh.get_array().reshape(36, 72)[0]
    wanted = coarse.zhd[0, 0].to_numpy()
    np.testing.assert_allclose(shown, np.roll(wanted, 36), rtol=1e-6)


def test_node_registered_globe_is_closed_on_both_sides():
    ds = delays(np.arange(90.0, -91.0, -10.0), np.arange(0.0, 360.0, 10.0), 1)
    edges = meshes(plot.draw_comparison(ds, ds))[0].get_coordinates()[0, :, 0]
    assert edges[0] <= -180.0
    assert edges[-1] >= 180.0


@pytest.mark.parametrize(("start", "west"), [(350.0, -11.25), (170.0, 168.75)])
def test_boxes_across_greenwich_and_the_antimeridian(start, west):
    lon = np.arange(start, start + 21.0, 2.5)
    ds = delays(BOX[0], lon)
    wrapped = ds.assign_coords(lon=(lon + 180.0) % 360.0 - 180.0)
    for each in (ds, wrapped):
        figure = plot.draw_comparison(each, each)
        assert figure.axes[0].get_xlim()[0] % 360 == pytest.approx(west % 360)
        assert np.isfinite(meshes(figure)[2].get_array()).all()


def test_coastline_is_where_land_ends():
    lines = maps.coastline()
    points = np.concatenate(lines)
    assert np.abs(points[:, 0]).max() <= 180.2
    assert np.abs(points[:, 1]).max() <= 90.0
    # Cape Agulhas, Land's End, Wilsons Promontory.
    for lon, lat in ((20.0, -34.83), (-5.7, 50.07), (146.4, -39.1)):
        assert np.hypot(*(points - (lon, lat)).T).min() < 0.4
    # Lines do not jump across the map.
    assert max(np.abs(np.diff(line[:, 0])).max() for line in lines) < 20.0


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [(0.0, 1.0, "neither"), (0.2, 1.0, "min"), (0.0, 0.8, "max"), (0.2, 0.8, "both")],
)
def test_the_colour_bar_points_to_where_values_are_hidden(low, high, ends):
    values = np.linspace(0.0, 1.0, BOX[0].size * BOX[1].size).reshape(BOX[0].size, -1)
    field = xr.DataArray(values, {"lat": BOX[0], "lon": BOX[1]})
    extent = maps.extent_of(field)
    _, axes = maps.map_figure(1, extent)
    maps.draw_map(axes[0], field, maps.Scale("viridis", low, high, "m"), "", extent)
    assert axes[0].collections[0].colorbar.extend == ends
