"""A grid is read in slices that end where its chunks end."""

import numpy as np
import pytest

from tropdsx.grid.standardise import standardise_grid
from tropdsx.workflows.stations import blocks as module
from tropdsx.workflows.stations.blocks import lift_blocks
from tropdsx.workflows.stations.places import find_places

from helpers.stations import places, weather


@pytest.mark.parametrize(
    ("chunks", "most", "lengths"),
    [
        (None, 4, [4, 4, 2]),
        (3, 7, [6, 4]),
        (4, 3, [4, 4, 2]),
        (1, 100, [10]),
        ((2, 5, 3), 5, [2, 5, 3]),
    ],
)
def test_slices_end_where_chunks_end(chunks, most, lengths):
    """Each chunk lies in one slice, and no slice is longer than wanted but for a long chunk."""
    ds = weather(10) if chunks is None else weather(10).chunk(time=chunks)
    slices = list(module._reads(ds[["zhd", "zwd"]], most))
    assert [part.stop - part.start for part in slices] == lengths
    assert np.concatenate([np.arange(10)[part] for part in slices]).tolist() == list(range(10))


def test_how_much_is_read_at_once_does_not_matter(monkeypatch):
    where = find_places(places())
    grid, _ = standardise_grid(weather(9).chunk(time=2))
    whole = lift_blocks(grid, where)
    monkeypatch.setattr(module, "_NODES_READ", 4 * grid.orography.size)
    parts = lift_blocks(grid, where)
    for name in ("zhd", "zwd"):
        np.testing.assert_allclose(parts[name], whole[name], atol=1e-6, rtol=0)
        assert whole[name].dims == ("time", "station")
        assert whole[name].dtype == np.float32
