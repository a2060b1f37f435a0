"""The orography beside VMF text; real ones byte for byte: see test_vmf_text."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import OutputError, TropdsxWarning
from tropdsx.write.export.vmf_orography import OrographyFile


def grid(height=12.0):
    axes = {"lat": np.arange(75.0, -76, -30), "lon": np.arange(15.0, 360, 30)}
    return xr.Dataset({"orography": (tuple(axes), np.full((6, 12), height))}, axes)


@pytest.mark.parametrize(("round_the_globe", "lines"), [(False, 72), (True, 13)])
def test_a_line_for_each_node_or_ten_a_line(tmp_path, round_the_globe, lines):
    file = OrographyFile.of(grid(), tmp_path, round_the_globe=round_the_globe)
    text = file.write().read_text()
    assert len(text.split("\n")) - text.endswith("\n") == lines
    assert OrographyFile.of(grid(), tmp_path, round_the_globe=round_the_globe).is_there


def test_another_one_is_not_replaced_unasked(tmp_path):
    OrographyFile.of(grid(), tmp_path, round_the_globe=False).write()
    with pytest.raises(OutputError, match="orography_ell_30x30 exists"):
        OrographyFile.of(grid(13.0), tmp_path, round_the_globe=False)
    other = OrographyFile.of(grid(13.0), tmp_path, round_the_globe=False, overwrite=True)
    assert other.write(overwrite=True).read_text().startswith("  13.00")


@pytest.mark.parametrize("why", ["are not known", "have gaps"])
def test_heights_that_are_missing_are_told(tmp_path, why):
    given = grid(np.nan) if why == "have gaps" else grid().drop_vars("orography")
    with pytest.warns(TropdsxWarning, match=f"heights of the grid {why}, so no orography file"):
        assert OrographyFile.of(given, tmp_path, round_the_globe=False) is None
