import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.report.html.series import (
    choose_epochs,
    label_epochs,
    node_stride,
    pair_epochs,
    read_epochs,
)

HOURS = np.datetime64("2022-07-01", "ns") + np.arange(5) * np.timedelta64(6, "h")


@pytest.mark.parametrize(("count", "limit"), [(1, 5), (5, 5), (100, 7), (1000, 124), (3, 0)])
def test_epochs_are_even_and_hold_both_ends(count, limit):
    places = choose_epochs(count, limit)
    assert places.size == max(1, min(count, limit))
    assert places[0] == 0
    if places.size > 1:
        assert places[-1] == count - 1
        assert np.ptp(np.diff(places)) <= 1


def test_stride_keeps_a_large_grid_within_bounds():
    assert node_stride(721, 1440) == 1
    for rows, columns in ((1801, 3600), (3601, 7200)):
        stride = node_stride(rows, columns)
        assert -(-rows // stride) * -(-columns // stride) <= 1.2e6


def test_dates_are_written_and_unknown_ones_counted():
    assert label_epochs(HOURS[1:2]) == ["2022-07-01 06:00 UTC"]
    assert label_epochs(np.array(["NaT"], "datetime64[ns]")) == ["epoch 1, without date"]


def test_epochs_are_paired_by_date_or_by_order_without():
    assert pair_epochs(HOURS, HOURS[[3, 1]]).tolist() == [-1, 1, -1, 0, -1]
    undated = np.full(5, "NaT", "datetime64[ns]")
    assert pair_epochs(HOURS, undated).tolist() == [0, 1, 2, 3, 4]
    assert pair_epochs(HOURS[:2], undated).tolist() == [-1, -1]


def test_only_what_is_shown_is_read():
    field = xr.DataArray(np.arange(20.0 * 4).reshape(20, 2, 2), dims=("time", "lat", "lon"))
    found = read_epochs(field.chunk(time=1), np.array([19, -1, *range(12)]), 1)
    assert (found[0] == field[19]).all()
    assert np.isnan(found[1]).all()
    assert (found[2:] == field[:12]).all()
