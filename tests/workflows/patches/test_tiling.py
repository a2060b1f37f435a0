"""Windows on a grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.tiling import cells_of, centre_longitude, cut, find_starts, overlap


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_every_cell_lies_in_a_window(count, size, stride, wrap):
    size, stride = min(size, count), min(stride, size, count)
    starts = find_starts(count, size, stride, wrap=wrap)
    covered = {int(cell) for start in starts for cell in cells_of(start, size, count)}
    assert covered == set(range(count))
    assert wrap or max(starts) + size <= count
    assert starts == sorted(set(starts))


@given(st.integers(2, 30), st.integers(1, 30), st.integers(1, 30), st.booleans())
def test_overlap_is_a_shared_cell(count, size, stride, wrap):
    size, stride = min(size, count), min(stride, size, count)
    starts = find_starts(count, size, stride, wrap=wrap)
    cells = [int(cell) for start in starts for cell in cells_of(start, size, count)]
    assert overlap(starts, size, count, wrap=wrap) == (len(set(cells)) < len(cells))


@pytest.mark.parametrize(("size", "stride"), [(8, 9), (8, 0), (21, 8)])
def test_windows_that_leave_cells_out_are_refused(size, stride):
    with pytest.raises(DomainError, match=r"accepted|at most 20"):
        find_starts(20, size, stride)


def test_a_window_goes_on_across_the_seam():
    field = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(cut(field, 1, 3, 2), field[:, 1:3][..., [3, 0]])
    np.testing.assert_array_equal(cut(field, 1, 2, 2, columns=3), field[:, 1:3][..., [2, 0]])
    assert not np.shares_memory(cut(field, 0, 0, 2), field)


@pytest.mark.parametrize(
    ("west", "east", "middle"),
    [(10, 200, 105), (170, -170, 180), (0.5, 359.5, 180), (350, 10, 0), (-20, 10, -5)],
)
def test_the_centre_lies_between_the_ends(west, east, middle):
    assert centre_longitude(west, east) == middle
