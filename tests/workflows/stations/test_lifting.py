"""Blocks of epochs lifted by sparse products: the same as one epoch after the other."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.atmos.epoch import doy
from tropdsx.errors import TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.reduce.height_models import Unlifted
from tropdsx.workflows.evaluate.stations import delays_at
from tropdsx.workflows.stations import lifting
from tropdsx.workflows.stations.lifting import SeriesLifter

from helpers.stations import places, weather


def lifted(ds, where, **options):
    grid, _ = standardise_grid(ds)
    axes = (grid[name].to_numpy().astype(float) for name in ("lat", "lon", "orography"))
    lifter = SeriesLifter.of(*axes, (where["lat"], where["lon"], where["height"]), **options)
    names = [name for name in ("zhd", "zwd", "temperature") if name in grid]
    return grid, lifter(grid.time.to_numpy(), {name: grid[name].to_numpy() for name in names})


class Changing:
    """A height model two of whose fields change in time."""

    name = "changing"

    def state(self, nodes):
        shape = (nodes.time.size, nodes.lat.size, nodes.lon.size)
        step = doy(nodes.time).astype("f4")[:, None, None] % 10
        fields = 1 + 0.1 * step, 2 - 0.1 * step, np.float32(8000)
        return tuple(np.broadcast_to(field, shape) for field in fields)

    def factors(self, state, pairs):
        return state[0] * np.exp(-pairs.rise / state[2]), state[1] * np.exp(-pairs.rise / 2000)


@pytest.mark.parametrize("model", ["climatology", "kouba", "none", Changing()])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_as_epoch_by_epoch(model, interpolation):
    """To 0.003 mm, 3 km above and below the nodes: single precision of 2.3 m is 0.0002."""
    ds, where = weather(40), places(top=3500.0)
    options = {"height_model": model, "interpolation": interpolation}
    grid, found = lifted(ds, where, **options)
    wanted = delays_at(grid, where["lat"], where["lon"], where["height"], **options)
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(found[name], wanted[name], atol=3e-6, rtol=0)
        assert found[name].dtype == np.float32


@pytest.mark.parametrize("model", ["climatology", Changing()])
def test_the_state_may_be_found_in_parts(model, monkeypatch):
    ds, where = weather(7), places()
    _, whole = lifted(ds, where, height_model=model)
    monkeypatch.setattr(lifting, "_NODES_AT_ONCE", 3 * ds.zhd[0].size)
    _, parts = lifted(ds, where, height_model=model)
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(parts[name], whole[name])


def test_temperature_of_the_input_counts():
    ds = weather(4)
    ds["t2m"] = (ds.zhd * 0 + 300 - 5 * np.arange(4)[:, None, None]).assign_attrs(units="K")
    grid, found = lifted(ds.transpose("time", ...), places())
    where = places()
    wanted = delays_at(grid, where["lat"], where["lon"], where["height"])
    np.testing.assert_allclose(found["zhd"], wanted.zhd, atol=3e-6, rtol=0)
    _, without = lifted(ds.drop_vars("t2m"), places())
    assert np.abs(found["zhd"] - without["zhd"]).max() > 1e-3


def test_gaps_stay_where_they_are_and_steep_fronts_make_no_negative_delays():
    ds = weather(3)
    ds["zwd"][1, 5, 7] = np.nan
    ds["zwd"][2] = xr.where(ds.lon < 14, 0.001, 0.4)  # zeros would stand for missing values
    with pytest.warns(UserWarning, match="NaN"):
        grid, found = lifted(ds, places(200))
    where = places(200)
    wanted = delays_at(grid, where["lat"], where["lon"], where["height"])
    np.testing.assert_array_equal(np.isnan(found["zwd"]), np.isnan(wanted.zwd))
    assert 0 < np.isnan(found["zwd"][1]).sum() < 200
    assert not np.isnan(found["zhd"]).any()
    assert np.nanmin(found["zwd"]) == 0.0
    np.testing.assert_allclose(found["zwd"], wanted.zwd, atol=2e-5)


@pytest.mark.parametrize(("epochs", "missing"), [(8, [0]), (4, [0]), (16, [0, 8])])
def test_a_missing_epoch_changes_no_other(epochs, missing):
    """How large delays are is not seen in some epochs alone: these may be the missing ones."""
    ds = weather(epochs)
    gap = ds.copy(deep=True)
    gap["zhd"][missing] = np.nan
    kept = [k for k in range(epochs) if k not in missing]
    _, whole = lifted(ds, places())
    with pytest.warns(TropdsxWarning, match="holds .* NaN"):
        _, found = lifted(gap, places())
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(found[name][kept], whole[name][kept], atol=2e-6, rtol=0)
    assert np.isnan(found["zhd"][missing]).all()


def test_without_lift_a_node_has_its_own_value():
    ds = weather(2)
    where = {"lat": [50.0], "lon": [10.0], "height": [4000.0]}
    _, found = lifted(ds, where, height_model=Unlifted())
    np.testing.assert_allclose(found["zwd"][:, 0], ds.zwd.sel(lat=50, lon=10), rtol=1e-6)
