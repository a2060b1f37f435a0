"""Checkpoints of TropDS, imported."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.convert import tropds_checkpoints

from helpers.tropds import tropds_result


def test_imported_checkpoint_on_netcdf(folder, plain, coarse):
    """The first guess of one delay goes through the network; the other delay is physics."""
    model = tropds_checkpoints.import_checkpoint(
        folder / "best_model.pth", norm=(0, 0.5), variable="zwd"
    )
    assert model == folder / "best_model.safetensors"
    physics = coarse.tropds.downscale(model=None)
    out = coarse.tropds.downscale(model=model)
    np.testing.assert_array_equal(out.zhd, physics.zhd)
    expected = tropds_result(plain, physics.zwd.values, 0, 0.5)
    np.testing.assert_allclose(out.zwd, expected, rtol=0, atol=1e-4)
    assert out.attrs["tropdsx_model"] == "best_model"
    lazy = coarse.chunk(time=1).tropds.downscale(model=model)
    xr.testing.assert_identical(out.drop_attrs(), lazy.compute().drop_attrs())


@pytest.mark.filterwarnings("ignore:'zwd' holds 16 NaN of 7776 values")
@pytest.mark.filterwarnings("ignore:16 of 7776 coarse zwd values are missing")
def test_missing_cells_stay_missing(folder, coarse):
    model = tropds_checkpoints.import_checkpoint(
        folder / "best_model.pth", norm=(0, 0.5), variable="zwd"
    )
    coarse.zwd[1, 10:14, 20:24] = np.nan
    physics = coarse.tropds.downscale(model=None)
    out = coarse.tropds.downscale(model=model)
    np.testing.assert_array_equal(np.isnan(out.zwd), np.isnan(physics.zwd))
