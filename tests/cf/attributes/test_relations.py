"""What belongs to a field, and what is a level of the input alone."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.cf.attributes.relations import companions, is_level, not_coordinates, relate_fields
from tropdsx.cf.axes import AxisNames
from tropdsx.cf.description import describe, describe_variables

from helpers.grids import delays

AXES = AxisNames("time", "lat", "lon")
LEVELS = {
    "height": {"standard_name": "height", "units": "m"},
    "heightAboveGround": {"positive": "up"},
    "isobaricInhPa": {"standard_name": "air_pressure"},
    "lev": {"axis": "Z"},
}


@pytest.mark.parametrize("name", LEVELS)
def test_the_level_of_the_input_is_not_that_of_the_result(coarse, name):
    ds = coarse.assign_coords({name: ((), 2.0, LEVELS[name]), "number": 3})
    assert is_level(ds, name)
    fine = ds.tropds.downscale(10.0, model=None)
    assert name not in fine.variables
    assert "number" in fine.coords
    assert f"level of the input left out: {name}" in fine.attrs["tropdsx_notes"]


def test_heights_on_the_grid_are_ancillary_and_scalars_are_coordinates():
    ds = delays().assign_coords(number=3, geoid_undulation=delays().orography * 0)
    out = describe(ds)
    assert set(out.zwd.attrs["ancillary_variables"].split()) >= {"geoid_undulation"}
    assert out.zwd.encoding["coordinates"] == "number"


def test_2d_positions_stay_coordinates():
    lat, lon = np.meshgrid(delays().lat, delays().lon, indexing="ij")
    named = {"standard_name": "latitude"}, {"standard_name": "longitude"}
    ds = delays().assign_coords(
        y=(("lat", "lon"), lat, named[0]), x=(("lat", "lon"), lon, named[1])
    )
    out = describe(ds)
    assert out.zwd.encoding["coordinates"] == "x y"


def test_bounds_and_grid_mappings_are_no_coordinates_wherever_they_stand():
    memory = describe_variables(delays())
    assert {"lat_bnds", "lon_bnds", "crs"} <= set(memory.coords)
    assert set(not_coordinates(memory)) == {"lat_bnds", "lon_bnds", "crs"}
    assert {"lat_bnds", "lon_bnds", "crs"} <= set(describe(memory).data_vars)
    relate_fields(memory, AXES)
    assert memory.zwd.encoding["coordinates"] is None


def test_results_in_memory_can_be_calculated_with(coarse):
    fine = coarse.tropds.downscale(10.0, model=None)
    assert set(fine.data_vars) == {"zhd", "zwd"}
    off = fine - fine
    assert float(abs(off.zwd).max()) == 0.0
    xr.testing.assert_equal(off.orography, fine.orography)
    joined = xr.concat([fine.isel(time=[0]), fine.isel(time=[1])], "time", data_vars="minimal")
    assert joined.lat_bnds.dims == ("lat", "nv")


def test_fields_that_are_coordinates_have_a_place_on_the_earth():
    """GDAL knows of no other way than the grid mapping."""
    axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    zwd = xr.DataArray([[0.1, 0.2], [0.1, 0.2]], axes)
    ds = xr.Dataset({"zwd": zwd}).assign_coords(ground=zwd * 0, member=3, row=("lat", [1, 2]))
    out = describe(ds)
    assert companions(out, AxisNames(None, "lat", "lon")) == ["ground"]
    assert out.ground.attrs["grid_mapping"] == "crs"
    for name in ("member", "row", "lat", "lon_bnds"):
        assert "grid_mapping" not in out[name].attrs
