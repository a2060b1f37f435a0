"""The values between the nodes of a cell."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.reduce import cells as reduce_cells
from tropdsx.reduce.cells import cells_of, row_bands
from tropdsx.reduce.geometry import Geometry, GridPair
from tropdsx.workflows.evaluate.stations import delays_at


def test_no_wet_delay_below_zero_beside_a_front(coarse):
    """The cubic swings below zero there; what was given below zero stays."""
    front = xr.where(coarse.lon < 180, 0.3, 0.0005) * xr.ones_like(coarse.zwd)
    steep = coarse.assign(
        zwd=front.astype("f4").transpose(*coarse.zwd.dims).assign_attrs(units="m")
    )
    out = steep.tropds.downscale(1.0, model=None)
    assert out.zwd.min() >= 0
    noise = steep.assign(
        zwd=steep.zwd.where(steep.lon != steep.lon[3], -0.001).assign_attrs(units="m")
    )
    with pytest.warns(TropdsxWarning, match="negative wet delays"):
        out = noise.tropds.downscale(coarse[["lat", "lon"]], orography=coarse.orography, model=None)
    np.testing.assert_array_equal(out.zwd, noise.zwd)
    with pytest.warns(TropdsxWarning, match="negative wet delays"):
        fine = noise.tropds.downscale(1.0, model=None)
    apart = fine.zwd.sel(lat=slice(60, -60), lon=slice(150, 210))
    assert (apart >= 0).all(), "what is far away does not matter"
    east = np.arange(170.3, 190.0)
    at_points = delays_at(standardise_grid(steep)[0], np.full(east.size, 12.0), east, 0.0 * east)
    assert (at_points.zwd >= 0).all()


@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_every_target_is_in_one_cell_and_weights_sum_to_one(interpolation, monkeypatch):
    monkeypatch.setattr(reduce_cells, "BAND_POINTS", 1000)  # several bands
    coarse = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    fine = np.arange(89.0, -90, -2.0), np.arange(0.5, 360, 2.0)
    flat = np.zeros((36, 72)), np.zeros((fine[0].size, fine[1].size))
    geometry = Geometry.from_heights(GridPair(*coarse, *fine), *flat)
    bands = list(row_bands(geometry))
    assert len(bands) > 10
    assert [start for start, _ in bands[1:]] == [stop for _, stop in bands[:-1]]
    seen = np.zeros(flat[1].size, int)
    for start, stop in bands:
        for cells in cells_of(geometry, interpolation, start, stop):
            for member in cells.members:
                seen[member.place] += 1
                assert member.weight.shape == member.pairs.rise.shape == cells.index.shape
                np.testing.assert_allclose(member.weight.sum(axis=0), 1.0, atol=1e-6)
    assert (seen == 1).all()
    cells_of.cache_clear()
