"""Thinnings by number and phase."""

import numpy as np
import pytest

from tropdsx.errors import GridError, InputError
from tropdsx.grid.thinning import (
    find_thinning,
    list_phases,
    middle_phase,
    parse_thinning,
    thin,
    usual_phase,
)

from helpers.fields import delays


def test_coarse_files_are_matched():
    fine = delays(np.arange(90, -91, -6.0), np.arange(0, 360, 7.5))
    coarse = thin(fine, (3, 4), (1, 2))
    assert find_thinning(fine, coarse) == ((3, 4), (1, 2))
    with pytest.raises(GridError, match="not nodes of the fine grid"):
        find_thinning(fine, coarse.assign_coords(lat=coarse.lat + 0.7))
    with pytest.raises(InputError, match="thinning"):
        parse_thinning("two")


@pytest.mark.parametrize("text", ["2x3", "2X3", " 2x3 "])
def test_a_thinning_is_read_alike_everywhere(text):
    assert parse_thinning(text) == (2, 3)


@pytest.mark.parametrize(
    "text", ["", "x", "5x", "x5", "0", "1", "1x1", "0x2", "-2", "2.5", "2x2x2"]
)
def test_a_text_that_is_no_thinning_says_what_one_is(text):
    words = "is not understood; accepted are N or ROWSxCOLUMNS, .* such as 5 or 2x2"
    with pytest.raises(InputError, match=words) as caught:
        parse_thinning(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_global_grid_is_thinned_by_what_divides_its_columns():
    fine = delays(np.arange(90, -91, -6.0), np.arange(0, 360, 7.5))
    words = "thinning 2x5: 48 columns round the globe cannot be thinned by 5; .*: 1, 2, 3, 4, 6"
    with pytest.raises(GridError, match=words):
        thin(fine, (2, 5), (0, 0))
    with pytest.raises(GridError, match=r"31 x 48 nodes thinned by 20 x 2 leave fewer than 2 x 2"):
        thin(fine, (20, 2), (15, 0))


@pytest.mark.parametrize("phase", list_phases((3, 5)))
def test_a_region_keeps_every_node_of_a_phase(phase):
    fine = delays(np.arange(60, 29, -3.0), np.arange(0, 46, 2.0))
    coarse = thin(fine, (3, 5), phase)
    np.testing.assert_array_equal(coarse.lat, fine.lat[phase[0] :: 3])
    np.testing.assert_array_equal(coarse.lon, fine.lon[phase[1] :: 5])
    np.testing.assert_array_equal(coarse.zwd, fine.zwd[:, phase[0] :: 3, phase[1] :: 5])
    assert find_thinning(fine, coarse) == ((3, 5), phase)


def test_phases_are_all_or_spread_evenly():
    assert list_phases((2, 3)) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert list_phases((2, 3), 9) == list_phases((2, 3))
    assert list_phases((2, 3), 3) == [(0, 0), (0, 2), (1, 1)]


def test_products_start_at_the_pole_or_in_the_middle_of_a_cell():
    cells = delays(np.arange(87.0, -90, -6), np.arange(3.0, 360, 6), epochs=1)
    poles = delays(np.arange(90.0, -91, -6), np.arange(0.0, 360, 6), epochs=1)
    assert usual_phase(cells, (5, 4)) == middle_phase((5, 4)) == (2, 2)
    assert usual_phase(poles, (5, 4)) == (0, 0)


def test_thinning():
    assert parse_thinning("2x3") == (2, 3)
    for text in ("0", "1", "axb", "5x", ""):
        with pytest.raises(InputError, match="accepted are N or ROWSxCOLUMNS"):
            parse_thinning(text)
    ds = delays(np.arange(86.25, -90, -7.5), np.arange(3.75, 360, 7.5), epochs=1)
    with pytest.raises(GridError, match="48 columns round the globe cannot be thinned by 5"):
        thin(ds, (2, 5), (0, 0))
    with pytest.raises(GridError, match="fewer than 2 x 2"):
        thin(ds, (20, 2), (10, 0))
