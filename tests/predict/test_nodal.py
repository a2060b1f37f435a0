"""The nodal network over blocks of epochs."""

import numpy as np
import xarray as xr

from tropdsx.nn import decoder as inference_decode
from tropdsx.predict import nodal as inference

from helpers.networks import run


def test_functions_of_many_targets_are_not_kept_and_change_no_bit(
    coarse, tiny_checkpoint, monkeypatch
):
    """More targets than memory: evaluated again, for several epochs at once."""
    times = coarse.time.values[0] + np.arange(11) * np.timedelta64(6, "h")
    many = xr.concat([coarse.isel(time=[0, 1, 2])] * 4, "time", data_vars="minimal").isel(
        time=slice(11)
    )
    many["time"] = times
    monkeypatch.setattr(inference_decode, "MOST_VALUES", 0)
    found = []
    for most in (1e9, 0):
        monkeypatch.setattr(inference_decode, "MOST_KEPT", most)
        inference._decoder.cache_clear()
        found.append(run(many, tiny_checkpoint, target=3.0, sigma=True).drop_attrs())
    inference._decoder.cache_clear()
    xr.testing.assert_identical(*found)
