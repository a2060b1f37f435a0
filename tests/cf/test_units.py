"""Units of any spelling are converted, missing ones are guessed, unknown ones refused."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import TropdsxWarning, UnitsError
from tropdsx.grid.standardise import standardise_grid

from helpers.grids import delays


def test_units_are_converted_and_remembered():
    base = delays()
    expected, _ = standardise_grid(base)
    ds = base.assign(
        zhd=(base.zhd.astype("f8") * 1000).assign_attrs(units="mm"),
        zwd=(base.zwd.astype("f8") * 100).assign_attrs(units="Centimetres"),
        orography=(base.orography * 9.80665).assign_attrs(units="m**2 s**-2"),
    )
    grid, record = standardise_grid(ds)
    xr.testing.assert_allclose(grid, expected, atol=1e-6)
    assert grid.zhd.dtype == np.float32
    assert grid.zhd.attrs["units"] == "m"
    assert record.units == {"zhd": "mm", "zwd": "Centimetres"}
    assert any("9.80665" in note for note in record.notes)


def without_units(ds, *names):
    for name in names:
        ds[name].attrs.pop("units", None)
    return ds


def test_missing_units_that_fit_metres_are_metres_with_a_warning():
    with pytest.warns(TropdsxWarning, match="'zwd' has no units attribute"):
        grid, _ = standardise_grid(without_units(delays(), "zwd"))
    assert any("no units" in note for note in grid.attrs["tropdsx_notes"])


@pytest.mark.parametrize("units", ["Pa", "hPa", "kg m-2", "K", "1"])
def test_unknown_units(units):
    ds = delays()
    ds.zhd.attrs["units"] = units
    with pytest.raises(UnitsError, match=rf"'zhd' has units '{units}'.*accepted are cm"):
        standardise_grid(ds)


def test_geopotential_without_units_is_not_metres(coarse):
    bare = coarse.rename(orography="geopotential")
    bare.geopotential.attrs.clear()
    with pytest.raises(UnitsError, match="m2 s-2"):
        bare.tropds.downscale(5.0, model=None)
