"""Differences of delays along the line of sight."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, GridError
from tropdsx.workflows.insar.line_of_sight import line_of_sight_delay


def total(value, epochs=None):
    axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0, 7.0]}
    ztd = xr.DataArray(np.full((2, 3), value), axes, attrs={"units": "m"})
    if epochs:
        ztd = ztd.expand_dims(time=np.arange(epochs).astype("M8[D]").astype("M8[ns]"))
    return ztd


def test_sign_and_angle():
    """1 cm more zenith delay at 60 degrees is 2 cm more path."""
    more = line_of_sight_delay(total(2.4), total(2.41), 60.0)
    np.testing.assert_allclose(more, 0.02)
    assert "positive where the path of the second acquisition is longer" in more.comment
    seen = line_of_sight_delay(total(2.4), total(2.41), up=0.5, like="displacement")
    np.testing.assert_allclose(seen, -0.02)
    parts = xr.Dataset({"zhd": total(2.3, 1), "zwd": total(100.0, 1).assign_attrs(units="mm")})
    np.testing.assert_allclose(line_of_sight_delay(parts, total(2.41), 60.0), 0.02)
    np.testing.assert_allclose(
        line_of_sight_delay(xr.Dataset({"ztd": total(2.4)}), total(2.41), 60.0), 0.02
    )


def test_angles_as_fields():
    angle = xr.DataArray([[30.0, 40.0, 45.0]] * 2, total(0).coords, attrs={"units": "degree"})
    found = line_of_sight_delay(total(2.4), total(2.41), angle)
    np.testing.assert_allclose(found[0], 0.01 / np.cos(np.radians([30.0, 40.0, 45.0])))
    radians = (angle * np.pi / 180).assign_attrs(units="radian")
    np.testing.assert_allclose(line_of_sight_delay(total(2.4), total(2.41), radians), found)
    bare = line_of_sight_delay(total(2.4), total(2.41), angle.values)  # as LiCSBAS loads them
    np.testing.assert_array_equal(bare, found)
    with pytest.raises(GridError, match=r"have the shape \(3, 2\), and the delays \(2, 3\)"):
        line_of_sight_delay(total(2.4), total(2.41), up=angle.values.T)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either the incidence angle"),
        ({"incidence": 30.0, "up": 0.8}, "give either the incidence angle"),
        ({"incidence": 0.6}, "0.6 to 0.6 degrees off the vertical; accepted are 5 to 75"),
        ({"incidence": 80.0}, "80.0 to 80.0 degrees off"),
        ({"up": 30.0}, "0.0 to 0.0 degrees off"),
        ({"incidence": 30.0, "like": "phase"}, "like='phase' found"),
    ],
)
def test_angles_that_are_none(options, message):
    with pytest.raises(DomainError, match=message):
        line_of_sight_delay(total(2.4), total(2.41), **options)


def test_grids_and_epochs():
    with pytest.raises(GridError, match="lie on different grids"):
        line_of_sight_delay(total(2.4), total(2.4).assign_coords(lat=[2.0, 1.0]), 30.0)
    with pytest.raises(GridError, match="the secondary has 2 epochs"):
        line_of_sight_delay(total(2.4), total(2.4, 2), 30.0)
    with pytest.raises(GridError, match="the reference has no total delay"):
        line_of_sight_delay(xr.Dataset({"zhd": total(2.3)}), total(2.4), 30.0)


def test_nodes_that_differ_in_their_last_bit_are_the_same_nodes():
    # As rioxarray reads them from the copy of a raster; xarray's difference would lose them.
    first, second = total(2.4), total(2.41)
    angle = xr.full_like(first, 30.0, dtype=float).drop_attrs()
    expected = line_of_sight_delay(first, second, angle)
    copied = {"lat": np.nextafter(first.lat.values, 99.0)}
    assert (second.assign_coords(copied) - first).size == 0
    found = line_of_sight_delay(first, second.assign_coords(copied), angle.assign_coords(copied))
    xr.testing.assert_identical(found, expected)
