"""Surface fields on the axes of the levels: names, nodes and epochs."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.workflows.derive.fields.axes import put_on_axes

EPOCHS = np.array(["2022-07-01T00", "2022-07-01T06"], "M8[ns]")


def field(lat, lon, time=EPOCHS, names=("valid_time", "latitude", "longitude")):
    values = 100.0 * np.arange(len(time))[:, None, None]
    values = values + np.array(lat)[:, None] + 0.01 * (np.array(lon) % 360.0)
    axes = dict(zip(names, (time, lat, lon), strict=True))
    return xr.Dataset({"sp": (names, values, {"units": "Pa"})}, axes)


MAIN = field([50.0, 49.0], [10.0, 11.0])


@pytest.mark.parametrize(
    "other",
    [
        field([49.0, 50.0], [11.0, 10.0]),
        field([50.0, 49.0], [-350.0, -349.0], names=("time", "lat", "lon")),
        field([51.0, 50.0, 49.0, 48.0], [9.0, 10.0, 11.0]),
        field(np.float32([50.00001, 49.00001]), [10.0, 11.0]),
    ],
    ids=["orientation", "names and west", "more nodes", "float32"],
)
def test_the_same_nodes_in_any_form(other):
    found = put_on_axes(other, MAIN, "sp.nc")
    np.testing.assert_allclose(found.sp, MAIN.sp, atol=1e-4)
    for name in ("valid_time", "latitude", "longitude"):
        np.testing.assert_array_equal(found[name], MAIN[name])


def test_the_ground_may_be_of_another_time_and_pressure_may_not():
    old = np.array(["1979-01-01"], "M8[ns]")
    ground = field([50.0, 49.0], [10.0, 11.0], old).rename(sp="z_surface")
    assert put_on_axes(ground, MAIN, "z.nc").z_surface.dims == ("latitude", "longitude")
    with pytest.raises(GridError, match=r"sp.nc: 1979-01-01T00:00 .* not hold all epochs"):
        put_on_axes(field([50.0, 49.0], [10.0, 11.0], old), MAIN, "sp.nc")


def test_a_single_epoch_of_levels_takes_its_own():
    one = MAIN.isel(valid_time=1)
    np.testing.assert_array_equal(put_on_axes(MAIN, one, "sp.nc").sp, one.sp)


def test_curvilinear_places_must_agree():
    lat, lon = np.meshgrid([50.0, 49.0], [10.0, 11.0], indexing="ij")
    axes = {"lat": (("y", "x"), lat + 0.1 * lon), "lon": (("y", "x"), lon)}
    main = xr.Dataset({"t": (("y", "x"), lat)}, axes)
    surface = xr.Dataset({"sp": (("y", "x"), lat)}, axes)
    assert "sp" in put_on_axes(surface, main, "sp.nc")
    with pytest.raises(GridError, match="places are not those"):
        put_on_axes(surface.assign_coords(lat=surface.lat + 1), main, "sp.nc")
