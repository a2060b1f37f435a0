"""Axes that are not evenly spaced are told with the place and the kind of the fault."""

from itertools import product

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.irregular import describe_irregular, even_rows, is_gaussian
from tropdsx.grid.spacing import regularise_axis, unwrap_longitude

FORMS = {
    "float64": np.asarray,
    "float32": lambda axis: axis.astype("f4"),
    "4 decimals": lambda axis: axis.round(4),
    "6 decimals": lambda axis: axis.round(6),
}
FAULTS = {
    "1 node missing": lambda axis, at: np.delete(axis, at),
    "3 nodes missing": lambda axis, at: np.delete(axis, slice(at, at + 3)),
    "twice": lambda axis, at: np.insert(axis, at, axis[at]),
}
AXES = {"latitude": regularise_axis, "longitude": unwrap_longitude}


@pytest.mark.parametrize(
    ("part", "form", "fault", "axis"), list(product((3600, 1200, 120, 4, 1), FORMS, FAULTS, AXES))
)
def test_missing_and_doubled_nodes(part, form, fault, axis):
    exact = 5 + np.arange(80) / part
    for at, turn in product((1, 40, 75), (1, -1)):
        stored = FORMS[form](FAULTS[fault](exact, at))[::turn]
        with pytest.raises(GridError, match=fault):
            AXES[axis](stored, *([axis] if axis == "latitude" else []))


def test_the_place_is_named():
    axis = np.delete(10 + np.arange(100) / 1200, 50)
    text = r"latitude is not uniformly spaced: from 10\.04083333 to 10\.0425 .*\(node 49 to 50\)"
    with pytest.raises(GridError, match=text):
        regularise_axis(axis, "latitude")
    with pytest.raises(GridError, match=r"longitude 10\.05 occurs twice \(columns 60 and 61\)"):
        unwrap_longitude(np.insert(10 + np.arange(100) / 1200, 60, 10 + 60 / 1200))


@pytest.mark.parametrize("decimals", [2, 3, 4, 6, 15])
@pytest.mark.parametrize("rows", [16, 32, 94, 160])
def test_gaussian_latitudes_are_told_in_any_precision(rows, decimals):
    lat = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(rows)[0])).round(decimals)
    for stored in (lat, lat[::-1], lat.astype("f4")):
        with pytest.raises(GridError, match="Gaussian grid"):
            regularise_axis(stored, "latitude")


@pytest.mark.parametrize(
    ("part", "store", "kind"),
    [
        (7200, lambda axis: axis.round(4), "with few decimals"),
        (10800, lambda axis: axis.round(4), "with few decimals"),
        (36000, lambda axis: axis.astype("f4"), "as float32"),
    ],
)
def test_a_rounding_that_hides_the_nodes_is_named(part, store, kind):
    stored = store(200 + np.arange(300) / part)
    with pytest.raises(GridError, match=f"longitude is stored {kind}.*20% of the step.*float64"):
        unwrap_longitude(stored)


def test_words_for_steps_that_differ_otherwise():
    text = describe_irregular(np.array([0.0, 1.0, 2.0, 3.5, 4.5]), np.full(5, 1e-4), "axis")
    assert "from 2 to 3.5 where the usual step is 1 deg (node 2 to 3); accepted" in text
    assert "\n" not in text


def test_words_for_numbers_that_are_no_axis():
    """As memory that was never written, which GDAL leaves in place of latitudes."""
    axis = np.array([0.0, 6.0, 12.0, 5e-322, 2e-322, 4.6e-310, 9e-308, 0.0, 1e-320, 9e-323])
    with pytest.raises(GridError, match="latitude is not uniformly spaced"):
        regularise_axis(axis, "latitude")
    with pytest.raises(GridError, match="longitude"):
        regularise_axis(np.array([0.0, 1e308, 2.0, 1e-300, 5.0]), "longitude")


def test_only_whole_gaussian_grids_are_gaussian():
    rows = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(64)[0]))
    assert is_gaussian(rows)
    assert is_gaussian(rows[::-1])
    for other in (rows[:-1], np.delete(rows, [20, 43]), rows[20:30]):
        assert not is_gaussian(other)


@pytest.mark.parametrize("rows", [16, 94, 256, 540])
@pytest.mark.parametrize("digits", [2, 3])
def test_the_rows_themselves_tell_a_gaussian_grid_from_an_even_one(rows, digits):
    """With so few digits that both have steps of two sizes."""
    half = np.full(rows, 0.5 * 10.0**-digits)
    lat = gaussian(rows).round(digits)
    assert is_gaussian(lat, half)
    assert is_gaussian(lat[::-1], half)
    even = (90 - (np.arange(rows) + 0.5) * 180 / rows).round(digits)
    assert not is_gaussian(even, half)
    assert is_gaussian(even)  # by its steps alone


def gaussian(rows):
    return np.degrees(np.arcsin(np.polynomial.legendre.leggauss(rows)[0]))


@pytest.mark.parametrize("rows", [64, 94, 160])
@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("lazy", [False, True])
def test_gaussian_rows_become_even_ones(rows, down, lazy):
    lat = gaussian(rows)[:: -1 if down else 1]
    line = xr.DataArray(np.outer([1.0, 2.0], lat).astype("f4"), dims=("time", "lat"))
    ds = xr.Dataset(
        {"zwd": line, "name": ("lat", lat.astype(str))}, {"lat": lat, "lon": [0.0, 1.0]}
    )
    even, shift = even_rows(ds.chunk(time=1) if lazy else ds, "lat", lat)
    assert (even.zwd.chunks is not None) == lazy
    assert 0.01 < shift < 0.014
    steps = np.diff(even.lat)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-9)
    np.testing.assert_array_equal(even.lat[[0, -1]], lat[[0, -1]])
    np.testing.assert_allclose(even.zwd, np.outer([1.0, 2.0], even.lat), rtol=1e-5)
    assert even.zwd.dtype == np.float32
    assert "name" not in even


def test_heights_in_whole_metres_are_kept():
    lat = gaussian(32)
    heights = xr.Dataset({"orography": ("lat", np.rint(100 * lat).astype("i2"))})
    even, _ = even_rows(heights, "lat", lat)
    assert even.orography.dtype == np.float64
    np.testing.assert_allclose(even.orography, 100 * np.linspace(lat[0], lat[-1], 32), atol=0.6)


def test_a_missing_value_takes_no_more_than_the_row_beside_it():
    lat = gaussian(32)
    field = np.ones(32)
    field[0] = field[20] = np.nan
    even, _ = even_rows(xr.Dataset({"zwd": ("lat", field)}), "lat", lat)
    assert np.flatnonzero(np.isnan(even.zwd)).tolist() in ([0, 19, 20], [0, 20, 21])


def test_other_rows_stay_as_they_are():
    uneven = np.sort(np.r_[-1, 1] * np.array([5.0, 15.5, 25.0, 35.5, 45.0])[:, None]).ravel()
    for lat in (np.sort(uneven), gaussian(94)[10:60]):
        assert even_rows(xr.Dataset(), "lat", lat) is None
