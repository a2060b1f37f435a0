"""Two columns of one meridian that differ."""

import pickle
import warnings

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.checks.seam import check_seam, find_seam, tell_difference
from tropdsx.grid.orography import standardise_orography
from tropdsx.grid.standardise import standardise_grid

from helpers.fields import delays


def test_both_ends_of_the_globe_are_found_wherever_they_stand():
    assert find_seam([0.0, 120.0, 240.0, 360.0], [0, 1, 2]) == (0, 3, (0.0, 360.0))
    assert find_seam([180.0, 90.0, 0.0, -90.0, -180.0], [2, 1, 0, 3]).lon == (180.0, -180.0)
    assert find_seam([0.0, 120.0, 240.0], slice(None)) is None
    assert find_seam([0.0, 120.0, 240.0], [2, 0, 1]) is None


def closed(first=0.0, offset=0.0, epochs=2):
    """A globe with both ends, whose last column is off by so much [m]."""
    ds = delays(np.arange(85.0, -90, -10.0), first + np.arange(0.0, 360.0, 10.0), epochs)
    last = ds.isel(lon=[0]).assign_coords(lon=[first + 360.0])
    last["zwd"][-1] += np.float32(offset)
    return xr.concat([ds, last], "lon", data_vars="minimal").transpose("time", "lat", "lon")


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("first", [0.0, -180.0])
def test_a_difference_is_told_with_its_size(first, lazy):
    ds = closed(first, 0.0123)
    text = rf"'zwd': the columns at {first:g} and {first + 360:g} degrees .* up to 0.0123 m; the"
    with pytest.warns(TropdsxWarning, match=text):
        grid = standardise_grid(ds.chunk(time=1) if lazy else ds)[0].compute()
    assert grid.sizes["lon"] == 36
    kept = grid.zwd.sel(lon=first % 360.0)
    np.testing.assert_array_equal(kept, ds.zwd.isel(lon=0).transpose("time", "lat"))


@pytest.mark.parametrize("lazy", [False, True])
def test_the_same_column_twice_is_no_matter(lazy):
    ds = closed()
    ds["zhd"].encoding["scale_factor"] = 1e-4
    grid = standardise_grid(ds.chunk(time=1) if lazy else ds)[0].compute()
    assert grid.sizes["lon"] == 36


def test_digits_are_forgiven_each_way():
    """Both rounded by itself, to 0.1 mm or to whole millimetres, or packed."""
    rng = np.random.default_rng(2)
    true = rng.uniform(0.1, 0.2, 200)
    about = ((0.0, 360.0), "'zwd'", "m")
    for digits, unit in ((4, 1.0), (0, 1000.0), (3, 1.0)):
        values = (unit * true).round(digits)
        for dtype in ("f8", "f4"):
            off = values + 10.0**-digits * rng.integers(-1, 2, 200)
            tell_difference(values.astype(dtype), off.astype(dtype), *about)
    exact = true.astype("f4")
    tell_difference(exact, np.nextafter(exact, np.float32(1)), *about)
    with pytest.warns(TropdsxWarning, match="differ by up to 0.001 m"):
        tell_difference(true.round(4), true.round(4) + 0.001, *about)


def test_values_that_one_column_lacks_are_counted():
    with pytest.warns(TropdsxWarning, match="and in 2 values one alone is missing; the one at 0"):
        tell_difference(np.array([1.0, np.nan, 2.0, np.nan]), np.array([1.0, 3.0, np.nan, np.nan]),
                        (0.0, 360.0), "'zwd'", "m")  # fmt: skip


def test_a_field_without_longitudes_and_words_pass():
    seam = find_seam([0.0, 180.0, 360.0], [0, 1])
    field = xr.DataArray([1.0, 2.0], dims="time")
    assert check_seam(field, seam) is field
    assert check_seam(field, None) is field
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tell_difference(np.array(["a"]), np.array(["b"]), (0.0, 360.0), "'name'", "")


def test_heights_of_their_own_file_are_looked_at_too():
    lon = np.arange(0.0, 361.0, 10.0)
    heights = xr.DataArray(np.full((18, 37), 100.0), {"lat": np.arange(85.0, -90, -10), "lon": lon})
    heights.attrs["units"] = "m"
    heights[:, -1] = 140.0
    with pytest.warns(TropdsxWarning, match="'orography': the columns at 0 and 360 .* 40 m"):
        found = standardise_orography(heights, heights="ellipsoid")
    assert float(found.max()) == 100.0


def test_a_lazy_grid_travels_by_itself():
    lazy = standardise_grid(closed().chunk(time=1))[0]
    there = pickle.loads(pickle.dumps(lazy))  # as schedulers of processes send it
    xr.testing.assert_identical(there.compute(), lazy.compute())
