"""What lies beyond the edges: the gradient of a border belongs to where it came from."""

import pytest
import torch

from tropdsx.nn.borders import fill_border, fold_border
from tropdsx.nn.layers import pad_globe

RULES = ("half", "pole", "edge")


def border_of(x, size, edges):
    """Pad by operations that have gradients of their own: indices into the middle."""
    rows, columns = x.shape[-2:]
    place = torch.arange(float(rows * columns), dtype=x.dtype).reshape(rows, columns)
    padded = torch.empty(rows + 2 * size, columns + 2 * size, dtype=x.dtype)
    padded[size:-size, size:-size] = place
    return x.flatten(-2)[..., fill_border(padded, size, edges).long()]


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize("north", RULES)
@pytest.mark.parametrize("south", RULES)
@pytest.mark.parametrize("activate", [True, False])
def test_the_gradient_of_a_padding_is_that_of_picking_values(size, wrap, north, south, activate):
    torch.manual_seed(0)
    edges = wrap, north, south
    for rows in (1, 2, 5):  # fewer rows than lie beyond: the edge is repeated
        x = torch.randn(2, 3, rows, 8, dtype=torch.float64)
        one, other = (x.clone().requires_grad_() for _ in range(2))
        padded = pad_globe(one, size, edges, activate=activate)
        wanted = border_of(torch.nn.functional.silu(other) if activate else other, size, edges)
        torch.testing.assert_close(padded, wanted)
        weight = torch.randn_like(padded)
        for each in (padded, wanted):
            (each * weight).sum().backward()
        torch.testing.assert_close(one.grad, other.grad)


def test_the_order_in_memory_stays_forwards_and_backwards():
    for order in (torch.channels_last, torch.contiguous_format):
        x = torch.randn(2, 3, 6, 8).to(memory_format=order).requires_grad_()
        padded = pad_globe(x, 1)
        assert padded.is_contiguous(memory_format=order)
        folded = fold_border(padded.detach(), 1, (True, "half", "half"))
        assert folded.is_contiguous(memory_format=order)
