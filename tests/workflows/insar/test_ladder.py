"""Delays on a ladder of heights."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError, OutputError
from tropdsx.read.insar.opera import open_opera
from tropdsx.workflows.insar.ladder import LADDER, delays_on_ladder, export_opera

from helpers.files import delays


def test_at_the_height_of_a_node_its_own_value():
    ds = delays(2)
    ds["orography"][:] = 750.0
    found = delays_on_ladder(ds, [0.0, 750.0, 1500.0])
    assert found.zwd.dims == ("time", "height", "lat", "lon")
    for name in ("zhd", "zwd"):
        np.testing.assert_array_equal(found[name].sel(height=750.0), ds[name])
        assert (found[name].diff("height") < 0).mean() > 0.99
    with pytest.raises(GridError, match="have no orography"):
        delays_on_ladder(ds.drop_vars("orography"), [0.0])


@pytest.mark.parametrize("heights", [[], [0, 500, 500], [0, np.nan], [0, 100e3]])
def test_rungs_that_are_none(heights):
    ds = delays(1)
    ds["orography"][:] = 750.0
    with pytest.raises(GridError, match="accepted are those of a ladder from -1000 to 20000 m"):
        delays_on_ladder(ds, heights)


def test_linear_between_the_rungs_of_the_default():
    """What LADDER's comment promises, for an exponential atmosphere of 2.3 m and 0.3 m."""
    fine = np.arange(-500.0, 9001.0, 10.0)
    total = 2.3 * np.exp(-fine / 8000) + 0.3 * np.exp(-fine / 2000)
    rungs = np.array(LADDER, float)
    coarse = 2.3 * np.exp(-rungs / 8000) + 0.3 * np.exp(-rungs / 2000)
    assert np.abs(np.interp(fine, rungs, coarse) - total).max() < 1.5e-3


@pytest.mark.filterwarnings("ignore:the nodes are 30 degrees apart")
def test_export(tmp_path):
    ds = delays(2)
    paths = export_opera(ds, tmp_path, heights=[0, 1000])
    assert len(paths) == 2
    back = open_opera(paths)
    np.testing.assert_allclose(
        back.zwd.sortby("lon"), on_180(delays_on_ladder(ds, [0, 1000])).zwd, rtol=1e-6
    )
    ladder = delays_on_ladder(ds, [0, 1000])
    with pytest.raises(OutputError, match="have a ladder of heights already"):
        export_opera(ladder, tmp_path, heights=[0])
    with pytest.raises(OutputError, match="is of this epoch"):
        export_opera(ladder, tmp_path)
    again = export_opera(ladder, tmp_path, overwrite=True)
    assert again == paths
    assert len(list(tmp_path.iterdir())) == 2


def on_180(ds):
    return ds.assign_coords(lon=(ds.lon + 180) % 360 - 180).sortby("lon")


def test_nothing_is_moved_without_heights(tmp_path):
    with pytest.raises(GridError):
        export_opera(xr.Dataset(), tmp_path)
