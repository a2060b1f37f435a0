"""Variables beside the delays, on the standard nodes."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning, UnitsError
from tropdsx.grid.checks.companions import (
    arrange_companion,
    attributes_of,
    companions_of,
    with_companions,
)
from tropdsx.grid.standardise import standardise_grid


def grid():
    axes = {
        "time": np.array(["2021-01-01T06", "2021-01-01T00"], "M8[ns]"),
        "lat": [-10.0, 0.0, 10.0],
        "lon": [-20.0, -10.0, 0.0, 10.0],
    }
    values = np.arange(24.0).reshape(2, 3, 4)
    ds = xr.Dataset({"ah": (tuple(axes), values), "zwd": (tuple(axes), 0.1 + values / 100)}, axes)
    ds["zwd"].attrs["units"] = "m"
    return ds


def test_in_the_order_of_the_delays_and_lazy():
    ds = grid()
    standard, _ = standardise_grid(ds)
    lazy = ds.ah.copy(data=da.from_array(ds.ah.values, chunks=(1, -1, -1)))
    found = arrange_companion(lazy, standard, ds)
    assert found.chunks is not None
    np.testing.assert_allclose(standard.zwd, 0.1 + found / 100, rtol=1e-6)
    still = arrange_companion(ds.ah[0].drop_vars("time"), standard, ds)
    assert still.shape == (1, 3, 4)
    np.testing.assert_array_equal(still[0], found[1])


def test_other_nodes_are_refused():
    standard, _ = standardise_grid(grid())
    with pytest.raises(GridError, match="'ah' does not lie on the nodes"):
        arrange_companion(grid().ah, standard, grid().assign_coords(lat=[-9.0, 0.0, 9.0]))


def test_what_cannot_be_used_is_refused_or_left_out_with_a_word():
    ds = grid()
    standard, _ = standardise_grid(ds)
    ds["aw"] = (("time", "lat", "other"), np.zeros((2, 3, 2)))
    ds["gradient_north"] = ds.ah.assign_attrs(units="K")
    with pytest.raises((GridError, UnitsError)):
        with_companions(standard, ds)
    notes = []
    with pytest.warns(TropdsxWarning, match="left out"):
        found = with_companions(standard, ds, notes=notes)
    assert companions_of(found) == ["ah"]
    assert [note.split()[0] for note in notes] == ["aw", "gradient_north"]


def test_one_epoch_serves_all_and_another_number_is_refused():
    ds = grid()
    standard, _ = standardise_grid(ds)
    still = ds.assign(ah=ds.ah[0].drop_vars("time"))
    assert with_companions(standard, still).ah.sizes["time"] == 2
    with pytest.raises(GridError, match="has 2 epochs, the delays have 1"):
        with_companions(standard.isel(time=[0]), ds)


def test_units_and_names():
    ds = grid().assign(gradient_east_wet=grid().ah.assign_attrs(units="mm"))
    standard, _ = standardise_grid(ds)
    found = with_companions(standard, ds).gradient_east_wet
    assert found.attrs == attributes_of("gradient_east_wet")
    np.testing.assert_allclose(found, with_companions(standard, ds).ah / 1000)


def beside(dims, extra=(), **coords):
    """Delays of two epochs with a mapping coefficient that tells its epoch and node."""
    lat, lon = np.array([10.0, 0.0]), np.array([0.0, 10.0, 20.0])
    shape = (2, *extra, 2, 3)
    ah = np.arange(2.0).reshape(2, *([1] * (len(shape) - 1))) * 1e-4 + np.zeros(shape) + 1.2e-3
    ds = xr.Dataset({"ah": (dims, ah, {"units": "1"})}, {"lat": lat, "lon": lon})
    return ds.assign_coords(coords)


TIMES = np.array(["2022-07-01", "2022-07-02"], "M8[ns]")
GRID = xr.Dataset(coords={"time": TIMES, "lat": [10.0, 0.0], "lon": [0.0, 10.0, 20.0]})


@pytest.mark.parametrize(
    "ds",
    [
        beside(("step", "lat", "lon"), valid_time=("step", TIMES)),
        beside(("time", "lat", "lon"), time=[1, 2]),
        beside(("epoch", "lat", "lon")),
        beside(("time", "number", "lat", "lon"), (1,), time=TIMES),
    ],
    ids=["steps", "numbers of epochs", "undated", "one member"],
)
def test_epochs_of_other_forms(ds):
    found = with_companions(GRID, ds).ah
    np.testing.assert_allclose(found.isel(lat=0, lon=0), [1.2e-3, 1.3e-3])


def test_what_has_more_dimensions_is_left_out():
    notes = []
    ds = beside(("time", "number", "lat", "lon"), (2,), time=TIMES)
    with pytest.warns(TropdsxWarning, match="ah of the input left out: 'ah' lies on number besid"):
        assert "ah" not in with_companions(GRID, ds, notes=notes)
    assert len(notes) == 1


@pytest.mark.parametrize("first", [100.1, 200.7, 300.9, -120.3])
def test_nodes_in_single_precision(first):
    lon = (first + 0.1 * np.arange(30)).astype(np.float32)
    axes = {"lat": np.array([1.0, 0.0]), "lon": lon}
    ds = xr.Dataset({"ah": (("lat", "lon"), np.zeros((2, 30)), {"units": "1"})}, axes)
    exact = (first % 360 + 0.1 * np.arange(30)).round(4)
    grid = xr.Dataset(coords={"time": TIMES, "lat": [1.0, 0.0], "lon": exact})
    assert with_companions(grid, ds).ah.shape == (2, 2, 30)
