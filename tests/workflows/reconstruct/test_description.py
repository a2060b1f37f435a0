import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.reconstruct.description import (
    describe_analysis,
    station_variables,
)
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.screening import Screening
from tropdsx.workflows.reconstruct.oi.station_bias import StationBias


def test_flags_have_a_meaning_each():
    empty = np.zeros((1, 1))
    compared = xr.Dataset(
        {"residual": (("time", "station"), empty)},
        {"time": [0], "station": ["A"]}
        | {name: ("station", [1.0]) for name in ("lat", "lon", "height")},
    )
    flags = empty.astype(np.int8)
    bias = StationBias(empty[0] + 0.05, empty[0] + 0.005, empty[0] > 0)
    screening = Screening(Covariance(), empty[0], empty, flags, empty + 2.0, empty + 3.0, bias)
    found = station_variables(compared, screening, np.full(1, 2.0))
    assert found.station_loo_residual.item() == 4.0
    assert found.station_loo_sigma.item() == 6.0
    assert found.station_bias.values == pytest.approx([0.1])
    assert found.station_bias_sigma.values == pytest.approx([0.01])
    attrs = found.station_flag.attrs
    assert len(attrs["flag_values"]) == len(attrs["flag_meanings"].split()) == 6
    assert attrs["flag_values"].dtype == found.station_flag.dtype


def test_the_caller_keeps_what_was_given():
    ds = xr.Dataset({"ztd": 2.4, "stations_used": 3, "zwd_rmse": 0.01})
    found = describe_analysis(ds)
    assert found.stations_used.units == "1"
    assert "background" in found.zwd_rmse.comment
    assert ds.ztd.attrs == ds.zwd_rmse.attrs == {}
