"""Parts of a correction on rows of a fine grid."""

import pytest
import torch

from tropdsx.nn.cells.axes import AxisPlaces, GridPlaces
from tropdsx.nn.cells.chebyshev import chebyshev_places
from tropdsx.nn.cells.fields import PickedParts, PolynomialParts, find_tails


def field(cell_y, cell_x, y, x):
    """A smooth function of the whole grid: that of cell and place."""
    return torch.sin(0.7 * (cell_y + y)) * torch.cos(0.4 * (cell_x + x))


def grid():
    rows = AxisPlaces(torch.tensor([0, 0, 1, 2]), torch.tensor([0.2, 0.9, 0.2, 0.5]).double())
    columns = AxisPlaces(torch.tensor([1, 1, 0]), torch.tensor([0.3, 0.6, 0.3]).double())
    return GridPlaces(rows, columns)


def values_at(south, east):
    """(1, 2, 1, places, 3, 2): the second variable is the first one doubled."""
    y, x = (p.flatten()[:, None, None] for p in torch.meshgrid(south, east, indexing="ij"))
    one = field(torch.arange(3)[:, None], torch.arange(2), y, x).float()
    return torch.stack([one, 2 * one])[None, :, None]


def make(kind, places):
    if kind == "picked":
        return PickedParts.pick(values_at(*(axis.distinct[0] for axis in places)), places)
    return PolynomialParts.fit(values_at(*[chebyshev_places(10)] * 2), places)


@pytest.mark.parametrize("kind", ["picked", "polynomials"])
def test_rows_have_the_values_of_their_places(kind):
    places = grid()
    rows, columns = places
    expected = field(rows.cell[:, None], columns.cell, rows.part[:, None], columns.part).float()
    parts = make(kind, places)
    for start, stop in ((0, 4), (1, 3), (3, 4)):
        found = parts.rows(start, stop)
        assert found.shape == (1, 2, 1, stop - start, 3)
        torch.testing.assert_close(found[0, 0, 0], expected[start:stop], rtol=0, atol=1e-6)
        torch.testing.assert_close(found[0, 1], 2 * found[0, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("middle", [0.1, 0.4])
@pytest.mark.parametrize("sharpness", [1.5, 2.0, 3.0])
def test_tails_bound_what_is_left_out(sharpness, middle):
    """Of functions smooth and less so: neither less than the error, nor far more."""

    def function(place):
        return 1 / (1 + (sharpness * (place - middle)) ** 2)

    place = torch.linspace(0, 1, 101, dtype=torch.float64)
    axis = AxisPlaces(torch.zeros(101, dtype=torch.long), place)
    at = function(chebyshev_places(12))
    values = (at[:, None] * at).float().reshape(1, 1, 1, 144, 1, 1).expand(1, 2, 1, 144, 1, 1)
    exact = function(place)[:, None] * function(place)
    found = PolynomialParts.fit(values, GridPlaces(axis, axis)).rows(0, 101)[0, 0, 0]
    error = float((found - exact).abs().max())
    assert error < float(find_tails(values)[0]) < 50 * error
