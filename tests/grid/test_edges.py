"""The one rule for how a grid ends."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.grid.edges import (
    Edges,
    find_edges,
    interpolation_limits,
    is_global,
    is_global_longitude,
    pad_field,
)
from tropdsx.grid.spacing import regularise_axis
from tropdsx.grid.stencil import make_stencil
from tropdsx.grid.thinning import thin

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        (LAT, LON, (True, "half", "half")),
        (np.arange(90, -91, -2.0), np.arange(0, 360, 2.5), (True, "pole", "pole")),
        (np.arange(90, -88, -5.0), LON, (True, "pole", "edge")),
        (np.arange(60, 29, -5.0), LON, (True, "edge", "edge")),
        (LAT, np.arange(10, 60, 5.0), (False, "edge", "edge")),
        ([45.0], LON, (True, "edge", "edge")),
        ([45.0, 40.0], [7.0], (False, "edge", "edge")),
    ],
)
def test_ends_of_grids(lat, lon, expected):
    assert find_edges(lat, lon) == Edges(*expected)


def test_an_odd_number_of_columns_has_no_opposite_meridian():
    lon = np.arange(0, 360, 8.0)
    assert find_edges(LAT, lon) == Edges(True, "edge", "edge")
    assert find_edges(LAT, lon, odd_columns=True) == Edges(True, "half", "half")
    # Interpolation takes the columns half a step beside it.
    assert interpolation_limits(LAT, lon) == (90.0, -90.0)
    assert np.isfinite(make_stencil(LAT, lon, 89.9, 3.0).weight).all()


def columns(count, off):
    """Columns that miss the round globe by `off` deg at the seam."""
    return np.arange(count) * (360.0 - off) / count


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("count", "slack"), [(36, 0.1), (512, 0.00703), (7200, 1e-3)])
def test_a_seam_closes_to_one_per_cent_of_a_step_or_a_millidegree(count, slack, sign):
    """The same answer for networks, interpolation, thinning and reports."""
    lat = np.array([10.0, 5.0, 0.0])
    for share, closes in ((0.9, True), (1.1, False)):
        lon = columns(count, sign * share * slack)
        assert is_global_longitude(lon) == closes
        assert find_edges(lat, lon).wrap == closes
        seam = make_stencil(lat, lon, 5.0, (lon[-1] + 360.0) / 2, interpolation="bilinear")
        assert np.isfinite(seam.weight).all() == closes
        ds = xr.Dataset(coords={"lat": lat, "lon": lon})
        if closes:
            with pytest.raises(GridError, match="round the globe"):
                thin(ds, (1, 7), (0, 0))
        else:
            assert thin(ds, (1, 7), (0, 0)).sizes["lon"] > 2


def test_a_missing_column_is_never_a_seam():
    for step in (10.0, 1.0, 0.1, 0.01):
        lon = step * np.arange(round(360 / step))
        assert is_global_longitude(lon)
        assert not is_global_longitude(lon[:-1])


@pytest.mark.parametrize("step", [1 / 12, 0.1, 1 / 3, 0.703125])
def test_rounded_coordinates_close_like_exact_ones(step):
    count = round(180 / step)
    lat, lon = 90 - step / 2 - step * np.arange(count), step / 2 + step * np.arange(2 * count)
    for stored in ((lat, lon), (lat.round(4), lon.round(4)), (lat.astype("f4"), lon.astype("f4"))):
        axes = [regularise_axis(axis) for axis in stored]
        assert find_edges(*axes) == Edges(True, "half", "half")
        assert interpolation_limits(*axes) == (90.0, -90.0)


@pytest.mark.parametrize(("step", "slack"), [(5.0, 0.05), (0.05, 1e-3)])
def test_a_pole_lies_where_it_should_to_the_same_tolerance(step, slack):
    lon = np.arange(0, 360, 5.0)
    for expected, distance in (("pole", 0.0), ("half", step / 2)):
        for share, rule in ((0.9, expected), (1.1, "edge")):
            lat = 90.0 - distance - share * slack - step * np.arange(4)
            assert find_edges(lat, lon).north == rule
            assert find_edges(-lat[::-1], lon).south == rule
            north, _ = interpolation_limits(lat, lon)
            assert north == (90.0 if rule == expected else lat[0])
            beyond = make_stencil(lat, lon, 90.0, 7.0)
            assert np.isfinite(beyond.weight).all() == (rule == expected)


def test_limits_of_a_region_are_its_rows():
    assert interpolation_limits([60.0, 55.0, 50.0], [0.0, 5.0]) == (60.0, 50.0)
    assert not is_global(xr.Dataset(coords={"lat": [60.0, 55.0], "lon": [0.0, 5.0]}))


def test_padding_repeats_what_is_unknown():
    field = np.arange(6.0).reshape(2, 3)
    padded = pad_field(field, 1, Edges(False, "edge", "edge"))
    np.testing.assert_array_equal(padded[0], [0, 0, 1, 2, 2])
    np.testing.assert_array_equal(padded[:, 0], [0, 0, 3, 3])
    # Fewer rows than are asked for beyond a pole.
    tall = pad_field(np.arange(4.0).reshape(1, 4), 1, Edges(True, "pole", "half"))
    np.testing.assert_array_equal(tall, [[3, 0, 1, 2, 3, 0]] * 2 + [[1, 2, 3, 0, 1, 2]])


@pytest.mark.parametrize("part", [3600, 1200, 240])
def test_a_pole_of_a_fine_grid_is_not_half_a_step_away(part):
    """The slack in degrees would be some steps here."""
    lon = np.arange(0, 360, 5.0)
    for offset, rule in ((0, "pole"), (0.5, "half"), (1, "edge"), (1.5, "edge"), (2, "edge")):
        lat = 90 - (np.arange(10) + offset) / part
        assert find_edges(lat, lon).north == rule
        assert find_edges(-lat[::-1], lon).south == rule


def test_a_step_of_eight_decimals_closes_round_the_globe():
    assert is_global_longitude(0.00833333 * np.arange(43200))
    assert not is_global_longitude(0.00833333 * np.arange(43199))
