"""Columns of air that no test changes."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.workflows.derive.open_levels import open_levels


@pytest.fixture(scope="session")
def air():
    """A column in hydrostatic balance at 45 deg, in steps of a metre: z, p, t, e."""
    z = np.arange(0.0, 75e3)
    t = np.interp(
        z, [0, 11e3, 20e3, 32e3, 47e3, 75e3], [288.15, 216.65, 216.65, 228.65, 270.65, 215]
    )
    e, p = 10 * np.exp(-z / 2100), 1013.25 * np.exp(-z / 8000)
    slope = -atmos.normal_gravity(45.0, z) / (287.046 * t)
    for _ in range(4):
        falls = slope * (1 - 0.378 * e / p)
        p = 1013.25 * np.exp(np.concatenate([[0], np.cumsum((falls[1:] + falls[:-1]) / 2)]))
    return z, p, t, e


@pytest.fixture(scope="session")
def sample(request):
    with xr.open_dataset(request.config.rootpath / "sample_data" / "era5_pl_sample.nc") as ds:
        return ds.load()


@pytest.fixture(scope="session")
def gfs(shared):
    pytest.importorskip("cfgrib", reason="the extra [grib] is not installed")
    return open_levels(shared / "data/nwm/gfs_2p5deg_20111008T00_f072.grb").load()
