"""A network that refines rows: those of the whole, and its maps there."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.predict.grid import predict_grid
from tropdsx.predict.rows import RowRefiner, works_by_rows
from tropdsx.reduce import reduce_to_orography
from tropdsx.reduce.geometry import GridPair


@pytest.mark.usefixtures("tight")
def test_rows_maps_and_counts_are_those_of_the_whole(coarse, tiny_checkpoint, monkeypatch):
    monkeypatch.setattr("tropdsx.predict.nodal.BAND", 20)
    monkeypatch.setattr("tropdsx.predict.rows.BAND", 20)
    axes = {"lat": 49.0 - np.arange(9) / 4, "lon": 8.0 + np.arange(7) / 4}
    fine = xr.Dataset({"orography": xr.DataArray(np.full((9, 7), 300.0), axes)})
    guess = reduce_to_orography(coarse, fine)
    whole, _ = predict_grid(guess, coarse, tiny_checkpoint, device="cpu", sigma=True)
    names = ("zhd", "zwd")
    grids = GridPair.from_datasets(coarse, fine)
    rows = RowRefiner.of(grids, names, tiny_checkpoint, "cpu", sigma=True)
    assert rows.rows_at_once(7) == 2
    fields, floored = rows.prepare(coarse, 1), 0
    for start, stop in ((0, 4), (4, 9)):
        part = slice(start, stop)
        first = {name: guess[name].to_numpy()[1:2, part] for name in names}
        found = rows.refine(fields, start, np.full((stop - start, 7), 300.0), first)
        for name, values in found.items():
            np.testing.assert_array_equal(values[0], whole[name].to_numpy()[1, part])
        for name, values in rows.rmse_maps(start, stop).items():
            np.testing.assert_array_equal(values, whole[name].to_numpy()[part])
        counts = rows.count_limits(fields if start == 0 else None, first, found)
        floored += int(counts["zwd_floored"][0])
        if start == 0:
            assert int(counts["zwd_bounded"][0]) == int(whole["zwd_bounded"][1])
    assert floored == int(whole["zwd_floored"][1])


def test_a_nodal_network_works_by_rows(tiny_checkpoint):
    assert works_by_rows(tiny_checkpoint)
