"""Axes at an edge of their cells."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.checks.registration import find_edge, tell_registration
from tropdsx.grid.standardise import standardise_grid

from helpers.fields import delays

LAT, LON = np.arange(87.5, -90.0, -5.0), np.arange(2.5, 360.0, 5.0)


def variables(nodes, low, high):
    return xr.Variable("lat", nodes), xr.Variable(("lat", "nv"), np.stack([low, high], axis=-1))


@pytest.mark.parametrize("turned", [False, True])
def test_edges_on_either_side_are_found(turned):
    low, high = (LAT + 2.5, LAT - 2.5) if turned else (LAT - 2.5, LAT + 2.5)
    assert find_edge(*variables(LAT - 2.5, low, high)) == 2.5
    assert find_edge(*variables(LAT + 2.5, low, high)) == -2.5
    assert find_edge(*variables(LAT, low, high)) == 0.0


def test_rows_at_the_poles_with_half_a_cell_are_no_edges():
    lat = np.arange(90.0, -91.0, -5.0)
    assert find_edge(*variables(lat, np.maximum(lat - 2.5, -90), np.minimum(lat + 2.5, 90))) == 0.0


def test_bounds_of_another_kind_tell_nothing():
    nodes, cells = variables(LAT, LAT, LAT)
    assert find_edge(nodes, cells) == 0.0
    assert find_edge(nodes, xr.Variable(("lat", "nv"), np.zeros((LAT.size, 4)))) == 0.0


@pytest.mark.parametrize("name", ["lat", "lon"])
def test_a_grid_that_names_corners_is_told_of(name):
    ds = delays(LAT, LON)
    middle = ds[name].to_numpy()
    ds[f"{name}_bnds"] = (name, "nv"), np.stack([middle - 2.5, middle + 2.5], axis=-1)
    ds[name].attrs["bounds"] = f"{name}_bnds"
    notes = []
    tell_registration(ds, (ds.lat, ds.lon), notes)
    assert not notes
    attrs = dict(ds[name].attrs)
    moved = ds.assign_coords({name: (name, middle - 2.5, attrs)})
    with pytest.warns(TropdsxWarning, match=rf"'{name}' lies at an edge .* 2.5 deg from"):
        grid, record = standardise_grid(moved)
    assert any(f"ds['{name}'] = ds['{name}'] +2.5" in note for note in record.notes)
    assert grid.sizes["lat"] == LAT.size
