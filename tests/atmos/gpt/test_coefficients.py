"""Files of coefficients: read once, wrong ones named."""

import gzip

import numpy as np
import pytest

from tropdsx.atmos import gpt2, read_gpt_grid
from tropdsx.errors import AssetError, GridError

from helpers.atmosphere import GPT3_5, gpt3_lines, write_truncated


@pytest.mark.realdata
def test_grid_is_read_once_and_compressed_or_not(tmp_path, grid):
    # Other tests of this process may have read so many grids that the fixture's is kept no more.
    assert read_gpt_grid(GPT3_5) is read_gpt_grid(GPT3_5)
    plain = "\n".join(gpt3_lines()).encode()
    (tmp_path / "g.grd.gz").write_bytes(gzip.compress(plain, 1))
    again = read_gpt_grid(tmp_path / "g.grd.gz")
    np.testing.assert_array_equal(again.seasonal, grid.seasonal)


@pytest.mark.realdata
def test_wrong_grids_are_named(tmp_path, grid):
    with pytest.raises(AssetError, match="tropdsx assets fetch gpt3_5"):
        read_gpt_grid(tmp_path / "absent.grd")
    short = write_truncated(tmp_path / "short.grd", 40)
    with pytest.raises(GridError, match="40 columns"):
        read_gpt_grid(short)
    lines = gpt3_lines()
    (tmp_path / "cut.grd").write_text("\n".join(lines[:-3]))
    with pytest.raises(GridError, match="2589 rows"):
        read_gpt_grid(tmp_path / "cut.grd")
    (tmp_path / "page.grd").write_text("<html> not found </html>")
    with pytest.raises(GridError, match="no number"):
        read_gpt_grid(tmp_path / "page.grd")
    (tmp_path / "turned.grd").write_text("\n".join([lines[0], *lines[:0:-1]]))
    with pytest.raises(GridError, match="longitude fastest"):
        read_gpt_grid(tmp_path / "turned.grd")
    with pytest.raises(GridError, match="Call gpt3"):
        gpt2("2021-07-01", 48.0, 16.0, 0.0, grid)
