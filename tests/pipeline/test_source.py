"""The input of a downscaling as the standard grid."""

import numpy as np
import pytest

from tropdsx.cf.variables import UNKNOWN_HEIGHTS
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.source import standardise_input


def test_no_epochs(coarse):
    with pytest.raises(GridError, match="no epoch"):
        coarse.isel(time=slice(0, 0)).tropds.downscale(5.0, model=None)


def test_heights_that_are_unknown_are_not_guessed(coarse, monkeypatch, tmp_path):
    """Delays of a column of vapour at the nodes of VMF stand at the ground of another model."""
    np.savetxt(tmp_path / "orography_ell_5x5", coarse.orography.values.ravel(), fmt="%8.2f")
    monkeypatch.setenv("TROPDSX_DATA", str(tmp_path))
    said = {"comment": "at the nodes of VMF3"}
    bare = coarse.drop_vars("orography").assign_attrs(said)
    with pytest.warns(TropdsxWarning, match="orography_ell_5x5 as found"):
        assert "orography" in standardise_input(bare, Options())[0]
    grid, _ = standardise_input(bare.assign_attrs(UNKNOWN_HEIGHTS), Options())
    assert "orography" not in grid
