"""A grid is read in slices that end where its chunks end."""

import numpy as np
import pytest

from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.workflows.stations import blocks as module
from tropdsx.workflows.stations.blocks import chunks_of_series, lift_blocks
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


@pytest.mark.parametrize(("stored", "length"), [(1, 192), (5, 190), (250, 175), (8, 192)])
def test_long_chunks_for_a_series(tmp_path, stored, length):
    """Whole multiples of the chunks that any other use has; the values are the same."""
    ds, file = weather(250), tmp_path / "grid.nc"
    encoding = {name: {"chunksizes": (stored, 13, 16)} for name in ("zhd", "zwd")}
    ds.to_netcdf(file, encoding=encoding)
    chunks = chunks_of_series([file, file])
    assert chunks["lat"] == -1
    with open_delays(file) as usual, open_delays(file, chunks=chunks) as found:
        assert chunks["time"] % usual.chunksizes["time"][0] == 0
        assert found.chunksizes["time"][0] == chunks["time"] == length
        np.testing.assert_array_equal(found.zwd, ds.zwd)


def test_a_result_with_scalars_and_counts_is_cut_like_its_fields(tmp_path):
    """A file of ``tropdsx convert`` holds ``crs``, and numbers with one value for each epoch."""
    ds, file = weather(250), tmp_path / "fine.nc"
    ds = ds.assign(crs=((), np.int32(0)), zwd_floored=("time", np.zeros(250, np.int32)))
    encoding = {name: {"chunksizes": (8, 13, 16)} for name in ("zhd", "zwd")}
    ds.to_netcdf(file, encoding=encoding)
    assert chunks_of_series(file)["time"] == 192


def test_what_is_no_file_or_has_one_chunk_is_opened_as_usual(tmp_path):
    weather(3).to_netcdf(tmp_path / "grid.nc")
    for grids in (tmp_path / "grid.nc", tmp_path, tmp_path / "none.nc", []):
        assert chunks_of_series(grids) == "auto"
