"""Which epochs a network knows."""

import numpy as np
import pytest
import xarray as xr

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.workflows.train.epochs import epochs_seen, hours_apart


def epochs(first, count, hours=6):
    time = np.datetime64(first, "h") + np.arange(count) * np.timedelta64(hours, "h")
    return xr.Dataset(coords={"time": time.astype("M8[ns]")})


def test_what_overlaps_or_touches_is_one_run():
    fields = [epochs("2022-03-01", 4), epochs("2022-03-02", 4), epochs("2022-04-01", 1)]
    assert epochs_seen(fields) == [
        "2022-03-01T00/2022-03-02T18",
        "2022-04-01T00/2022-04-01T00",
    ]


def test_daily_fields_are_one_run():
    assert epochs_seen([epochs("2022-03-01", 10, 24)]) == ["2022-03-01T00/2022-03-10T00"]


def test_what_another_network_knows_is_known():
    card = {"training": {"epochs_seen": ["2021-01-01T00/2021-01-31T18"]}}
    assert epochs_seen([epochs("2022-03-01", 4)], [card])[0] == "2021-01-01T00/2021-01-31T18"
    for silent in ({}, {"training": None}, {"training": {"steps": 9}}):
        assert epochs_seen([epochs("2022-03-01", 4)], [card, silent]) is None


@pytest.mark.parametrize(
    ("first", "hours"), [("2022-03-05", 0), ("2022-03-11", 24), ("2022-02-27", 30)]
)
def test_hours_apart(first, hours):
    runs = ["2022-03-01T00/2022-03-10T00", "2022-04-01T00/2022-04-02T00"]
    assert hours_apart(runs, epochs(first, 4).time.values) == hours
