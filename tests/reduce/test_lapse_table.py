"""A user's own lapse coefficients."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import GridError
from tropdsx.reduce.height_models import find_height_model
from tropdsx.reduce.lapse_table import read_lapse_table
from tropdsx.reduce.lift import reduce_to_orography


def test_user_lapse_table(coarse, tmp_path):
    lat, lon = np.arange(-87.5, 90, 5), np.arange(2.5, 360, 5)
    table = xr.Dataset(
        {
            name: (("lat", "lon", "coef"), np.broadcast_to([value, 0, 0, 0, 0], (36, 72, 5)))
            for name, value in (("tau", 0.0226), ("gama", 2.6))
        },
        {"lat": lat, "lon": lon},
    )
    table.to_netcdf(tmp_path / "lapse.nc")
    target = coarse[["orography"]] + 500.0
    fine = reduce_to_orography(coarse, target, height_model=tmp_path / "lapse.nc")
    ratio = (1 - 0.0226 * 0.5) ** 5.256
    np.testing.assert_allclose(fine.zhd, coarse.zhd * ratio, rtol=2e-6)
    np.testing.assert_allclose(fine.zwd, coarse.zwd * ratio**3.6, rtol=2e-6)
    with pytest.raises(GridError, match="tau"):
        find_height_model(table.drop_vars("tau").rename(gama="x"))


def table_of(step, suffix="", count=5):
    lat, lon = np.arange(-90 + step / 2, 90, step), np.arange(step / 2, 360, step)
    shape = (count, lat.size, lon.size)
    names = {"coef", f"lat{suffix}", f"lon{suffix}"}
    dims = sorted(names)
    return xr.Dataset(
        {
            f"{name}{suffix}": (dims, np.broadcast_to(lat[:, None] * value, shape))
            for name, value in (("tau", 1e-4), ("gama", 1e-2))
        },
        {f"lat{suffix}": lat, f"lon{suffix}": lon},
    )


def test_the_finest_of_several_grids_serves():
    model = read_lapse_table(table_of(30.0, "_30x30").merge(table_of(10.0, "_10x10")))
    assert model.tau.shape == model.gama.shape == (5, 18, 36)
    assert model.lat[0] == 85.0, "from north to south"
    assert model.tau[0, 0, 0] == pytest.approx(85e-4)


def test_other_numbers_of_coefficients_are_refused():
    with pytest.raises(GridError, match="4 coefficients"):
        read_lapse_table(table_of(30.0, count=4))
