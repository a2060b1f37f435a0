import numpy as np
import pytest
import xarray as xr

from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.workflows.reconstruct.residuals import background_at
from tropdsx.workflows.reconstruct.variability import (
    scale_at,
    scale_of,
    scale_on_target,
    typical_plan,
)

from helpers.network_of_stations import TIMES, coarse_grid, some_stations

GRID = coarse_grid()


def plan_of(ds=GRID, **options):
    given = {"target": 1.0, "orography": GRID.orography, "model": None} | options
    return make_plan(ds, Options(**given))


def test_the_scale_is_the_square_root_of_the_wet_delay_within_limits():
    found = scale_of(np.array([0.1, 0.025, 0.4, 1e-4, -0.01, 5.0, np.nan]))
    np.testing.assert_allclose(found, [1.0, 0.5, 2.0, 0.3, 0.3, 3.0, 1.0])


@pytest.mark.parametrize("chunks", [None, {"time": 1}])
def test_the_typical_grid_is_the_mean_in_memory(chunks):
    ds = GRID if chunks is None else GRID.chunk(chunks)
    typical = typical_plan(plan_of(ds)).grid
    assert typical.sizes["time"] == 1
    assert typical["zwd"].chunks is None
    assert typical["time"].values[0] in TIMES
    mean = plan_of().grid["zwd"].mean("time")
    np.testing.assert_allclose(typical["zwd"][0], mean, rtol=1e-6)


def test_long_series_are_read_at_eight_epochs():
    times = TIMES[0] + np.arange(100) * np.timedelta64(6, "h")
    read = []

    def note(block, block_info=None):
        read.append(block_info[0]["chunk-location"][0])
        return block

    ds = coarse_grid(times).chunk(time=1)
    plan = plan_of(ds)
    plan.grid["zwd"].data = plan.grid["zwd"].data.map_blocks(note, dtype="f4")
    read.clear()
    typical_plan(plan)
    assert len(set(read)) == 8


def test_stations_and_nodes_have_the_scale_of_their_climate_whatever_their_height():
    typical = typical_plan(plan_of())
    nodes = scale_on_target(typical)
    target = typical.target.fine
    low, high = some_stations(1), some_stations(1)
    for each, height in ((low, 0.0), (high, 1500.0)):
        each["lat"][:], each["lon"][:] = target.lat[5], target.lon[7]
        each["height"][:] = height
    assert scale_at(typical, low) == pytest.approx(nodes[5, 7], rel=1e-6)
    assert scale_at(typical, high) == pytest.approx(scale_at(typical, low))
    at_sea = background_at(typical, low)["zwd"].item()
    assert nodes[5, 7] == pytest.approx(np.sqrt(at_sea / 0.1), rel=1e-5)


def test_networks_play_no_part():
    typical = typical_plan(plan_of(model="default"))
    assert typical.options.model is None
    xr.testing.assert_identical(typical.grid, typical_plan(plan_of()).grid)
