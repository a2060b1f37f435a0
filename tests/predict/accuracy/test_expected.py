"""Expected errors of an epoch: those of its standard deviations, from a sample of targets."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.predict.accuracy.expected import sample_stations
from tropdsx.predict.grid import predict_grid
from tropdsx.predict.rows import RowRefiner
from tropdsx.reduce import reduce_to_orography
from tropdsx.reduce.geometry import GridPair, sample_places


def fine_of(lat, lon, height=300.0):
    field = xr.DataArray(np.full((len(lat), len(lon)), height), {"lat": lat, "lon": lon})
    return xr.Dataset({"orography": field})


def refined(coarse, fine, checkpoint):
    guess = reduce_to_orography(coarse, fine)
    return predict_grid(guess, coarse, checkpoint, device="cpu", sigma=True)[0]


def mean_sigma(found, name):
    squares = found[f"{name}_sigma"].astype(float) ** 2
    return np.sqrt(squares.weighted(np.cos(np.radians(found.lat))).mean(("lat", "lon")))


@pytest.mark.parametrize("name", ["zhd", "zwd"])
def test_a_small_region_is_averaged_whole(coarse, tiny_checkpoint, name):
    found = refined(
        coarse, fine_of(49.0 - np.arange(9) / 4, 8.0 + np.arange(7) / 4), tiny_checkpoint
    )
    assert found[f"{name}_expected_error"].dtype == np.float32
    assert found[f"{name}_expected_error"].attrs["units"] == "m"
    np.testing.assert_allclose(
        found[f"{name}_expected_error"], mean_sigma(found, name), atol=0.6e-5, rtol=1e-4
    )


def test_a_globe_is_sampled(coarse, tiny_checkpoint):
    lat, lon = 89.5 - np.arange(180), 0.5 + np.arange(360)
    found = refined(coarse, fine_of(lat, lon, 50.0), tiny_checkpoint)
    np.testing.assert_allclose(found.zwd_expected_error, mean_sigma(found, "zwd"), rtol=0.06)


def test_targets_beside_missing_nodes_and_without_heights_do_not_count(coarse, tiny_checkpoint):
    fine = fine_of(49.0 - np.arange(9) / 4, 8.0 + np.arange(7) / 4)
    fine["orography"][2:4] = np.nan
    whole = refined(coarse, fine, tiny_checkpoint)
    assert np.isfinite(whole.zwd_expected_error).all()
    gaps = coarse.copy(deep=True)
    gaps["zwd"] = gaps.zwd.where(gaps.time != gaps.time[1])
    with pytest.warns(UserWarning, match="2592 of 7776 coarse zwd values are missing"):
        found = refined(gaps, fine, tiny_checkpoint).zwd_expected_error
    assert np.isnan(found[1])
    assert np.isfinite(found[0])
    empty = refined(coarse, fine_of([49.0, 48.5], [8.0, 8.5], np.nan), tiny_checkpoint)
    assert np.isnan(empty.zwd_expected_error).all()


def test_many_stations_are_sampled_evenly():
    assert sample_stations(400).tolist() == list(range(400))
    some = sample_stations(1200)
    assert some[:3].tolist() == [1, 4, 7]
    assert some[-1] == 1198
    assert sample_stations(0).size == 0


def test_rows_of_a_large_target_know_it_from_a_sample(coarse, tiny_checkpoint):
    fine = fine_of(49.0 - np.arange(9) / 4, 8.0 + np.arange(7) / 4)
    fine["orography"][:, 3] = 1500.0
    whole = refined(coarse, fine, tiny_checkpoint)
    grids = GridPair.from_datasets(coarse, fine)
    heights = fine.orography.to_numpy()[np.ix_(*sample_places(grids))]
    rows = RowRefiner.of(grids, ("zhd", "zwd"), tiny_checkpoint, "cpu", heights=heights)
    fields = rows.prepare(coarse, 1)
    nothing = {"zwd": np.zeros((1, 1, 7), np.float32)}
    first = rows.count_limits(fields, nothing, nothing)
    later = rows.count_limits(None, nothing, nothing)
    for name in ("zhd_expected_error", "zwd_expected_error"):
        assert first[name].tolist() == whole[name].to_numpy()[1:2].tolist()
        assert later[name].tolist() == [0.0]
