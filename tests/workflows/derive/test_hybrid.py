"""Hybrid levels: pressure from their coefficients."""

import numpy as np
import pytest
import xarray as xr

from tropdsx import atmos
from tropdsx.errors import GridError
from tropdsx.workflows.derive.zenith import zenith_delays


def test_hybrid_levels_lie_between_their_half_levels():
    half = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 60)])
    t = ("hybrid", np.full(60, 270.0), {"units": "K", "GRIB_pv": np.r_[0 * half, half]})
    surface = {"sp": ((), 85000.0, {"units": "Pa"}), "zs": ((), 1500.0, {"units": "m"})}
    ds = xr.Dataset(
        {"t": t, "q": ("hybrid", np.zeros(60), {"units": "1"}), **surface},
        coords={"hybrid": np.arange(1.0, 61), "lat": 50.0, "lon": 5.0},
    ).rename(zs="orography")
    ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    found = zenith_delays(ds)
    expected = atmos.saastamoinen_zhd(850.0, 50.0, 1500.0)
    assert found.zhd.item() == pytest.approx(expected, abs=0.6e-3)
    named = ds.assign(hyam=("hybrid", np.zeros(60), {"units": "Pa"}))
    named["hybm"] = "hybrid", (half[1:] + half[:-1]) / 2
    del named.t.attrs["GRIB_pv"]
    assert zenith_delays(named).zhd.item() == pytest.approx(found.zhd.item(), abs=1e-9)
    with pytest.raises(GridError, match="surface pressure"):
        zenith_delays(ds.drop_vars("sp"))
