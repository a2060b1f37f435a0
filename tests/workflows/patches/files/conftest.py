"""Files of one grid, of which one has a gap."""

import numpy as np
import pytest
import xarray as xr


@pytest.fixture
def january(tmp_path):
    """Two files of three days: 12 x 18 nodes round the globe, four levels."""
    rng = np.random.default_rng(0)
    for number in range(2):
        axes = {
            "time": np.datetime64("2024-02-27", "ns") + (3 * number + np.arange(3)).astype("m8[D]"),
            "depth": ("depth", [0.5, 10.0, 100.0, 1000.0], {"units": "m", "positive": "down"}),
            "lat": np.arange(60.0, -51.0, -10.0),
            "lon": np.arange(0.0, 360.0, 20.0),
        }
        values = rng.normal(10.0, 4.0, (3, 4, 12, 18)).astype("f4")
        values[2, 0, 5, 5] = 0.0
        if number:
            values[1, :, :6, :6] = np.nan
        ds = xr.Dataset({"thetao": (list(axes), values, {"units": "degrees_C"})}, axes)
        ds.to_netcdf(tmp_path / f"part_{number}.nc")
    return tmp_path
