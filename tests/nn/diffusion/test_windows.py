import pytest
import torch

from tropdsx.nn.diffusion.windows import Windows, place_windows, triangle


@pytest.mark.parametrize(
    ("rows", "columns", "wrap"), [(20, 40, True), (20, 40, False), (9, 16, True), (50, 33, False)]
)
def test_cut_and_joined_is_the_field(rows, columns, wrap):
    windows = Windows(rows, columns, size=16, overlap=6, wrap=wrap)
    torch.manual_seed(0)
    fields = torch.randn(3, 2, rows, columns)
    parts = windows.cut(fields)
    assert parts.shape == (3 * len(windows.corners), 2, min(16, rows), 16)
    torch.testing.assert_close(windows.join(parts), fields)


@pytest.mark.parametrize("wrap", [True, False])
def test_every_place_is_covered_with_the_overlap(wrap):
    starts = place_windows(91, 16, 6, wrap=wrap)
    ends = starts[1:] + ([starts[0] + 91] if wrap else [])
    assert all(0 < b - a <= 10 for a, b in zip(starts, ends, strict=False))
    assert wrap or (starts[0], starts[-1]) == (0, 75)


def test_a_seam_is_like_the_interior():
    """Windows that disagree are joined at 0/360 as smoothly as anywhere else."""
    windows = Windows(16, 48, size=16, overlap=8, wrap=True)
    torch.manual_seed(0)
    parts = torch.randn(len(windows.corners), 1, 1, 1).expand(-1, 1, 16, 16)
    joined = windows.join(parts)[0, 0, 8]
    jumps = (joined.roll(-1) - joined).abs()
    assert float(jumps[-1]) <= float(jumps.max())
    shifted = windows.join(parts.roll(1, 0))[0, 0, 8]
    torch.testing.assert_close(shifted, joined.roll(8))


def test_weights_reach_the_ends():
    assert triangle(4).tolist() == [1.0, 2.0, 2.0, 1.0]


def test_windows_around_some_nodes_say_there_what_all_say():
    windows = Windows(20, 60, size=16, overlap=6, wrap=True)
    torch.manual_seed(0)
    said = {corner: torch.randn(1, 1, 16, 16) for corner in windows.corners}
    nodes = torch.tensor([3 * 60 + 59, 4 * 60])
    near = windows.around(nodes)
    assert 0 < len(near.corners) < len(windows.corners)
    every, some = (
        each.join(torch.cat([said[c] for c in each.corners])) for each in (windows, near)
    )
    torch.testing.assert_close(some.flatten()[nodes], every.flatten()[nodes])
    assert torch.isnan(some).any()
