"""Rows and columns of a fine grid in the cells of a coarse one."""

import torch

from tropdsx.nn.cells.axes import AxisPlaces


def axis(cell, part):
    return AxisPlaces(torch.tensor(cell), torch.tensor(part, dtype=torch.float64))


def test_runs_are_cut_to_the_rows_asked_for():
    rows = axis([0, 0, 1, 1, 1, 3], [0.1, 0.6, 0.1, 0.6, 0.9, 0.1])
    assert list(rows.runs(1, 4)) == [(0, slice(1, 2)), (1, slice(2, 4))]
    assert list(rows.runs(5, 6)) == [(3, slice(5, 6))]
    assert rows.cells == 3


def test_columns_that_come_back_to_a_cell_have_two_runs():
    columns = axis([2, 3, 2], [0.5, 0.5, 0.7])
    assert [cell for cell, _ in columns.runs(0, 3)] == [2, 3, 2]


def test_places_that_differ_by_rounding_are_one():
    part, which = axis([0, 1, 2, 3], [0.2, 0.2 + 1e-7, 0.6, 0.2 - 1e-7]).distinct
    assert part.tolist() == [0.2, 0.6]
    assert which.tolist() == [0, 0, 1, 0]


def test_rows_on_nodes_are_found():
    at, node = axis([0, 1, 1, 2], [1.0, 0.0, 0.5, 0.0]).on_node
    assert at.tolist() == [0, 1, 3]
    assert node.tolist() == [1, 1, 2]


def test_shares_are_smooth():
    torch.testing.assert_close(
        axis([0, 0, 0], [0.0, 0.5, 1.0]).smooth, torch.tensor([0.0, 0.5, 1.0])
    )
