"""Stable labels."""

import random

import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.splitting import (
    Region,
    check_labels,
    label_blocks,
    label_regions,
    label_stations,
    label_units,
    stable_hash,
)


def test_the_hash_is_the_same_on_every_machine():
    # printf "42|0/64" | sha256sum
    assert f"{stable_hash('0/64', 42):016x}" == "f0d8081e2729ad35"


@pytest.mark.parametrize("exact", [True, False])
def test_labels_do_not_depend_on_the_order(exact):
    units = [f"{y}/{x}" for y in range(9) for x in range(9)]
    labels = label_units(units, {"val": 0.2, "test": 0.1}, exact=exact)
    random.Random(1).shuffle(units)
    assert label_units(units + units[:5], {"val": 0.2, "test": 0.1}, exact=exact) == labels
    assert label_units(units, {"val": 0.2, "test": 0.1}, exact=exact, seed=7) != labels


def test_exact_shares_are_exact_and_others_stay_when_units_are_added():
    units = [str(n) for n in range(100)]
    counts = list(label_units(units, {"val": 0.2, "test": 0.1}).values())
    assert [counts.count(name) for name in ("train", "val", "test")] == [70, 20, 10]
    few = label_units(units[:50], {"val": 0.2}, exact=False)
    many = label_units(units, {"val": 0.2}, exact=False)
    assert {unit: many[unit] for unit in few} == few


@pytest.mark.parametrize("shares", [{"train": 0.5}, {"val": 0.6, "test": 0.4}, {"val": 1.5}])
def test_shares_that_leave_nothing_are_refused(shares):
    with pytest.raises(DomainError):
        label_units(["a", "b"], shares)


def test_an_empty_split_is_told():
    with pytest.raises(DomainError, match="split val is empty: there are only 2"):
        label_units(["a", "b"], {"val": 0.01})


def test_no_block_is_in_two_splits():
    times = np.datetime64("2024-02-01T00", "ns") + np.arange(24 * 60) * np.timedelta64(1, "h")
    labels = label_blocks(times, 10, {"val": 0.3})
    blocks = (times - np.datetime64(0, "ns")) // np.timedelta64(10, "D")
    for block in np.unique(blocks):
        assert len(set(labels[blocks == block])) == 1
    order = np.random.default_rng(0).permutation(times.size)
    np.testing.assert_array_equal(label_blocks(times[order], 10, {"val": 0.3}), labels[order])
    assert set(labels) == {"train", "val"}


def test_unknown_times_are_refused():
    with pytest.raises(DomainError, match="1 are unknown"):
        label_blocks(np.array(["NaT", "2020-01-01"], "M8[D]"), 1, {"val": 0.5})


def test_a_window_across_the_edge_of_a_region_is_in_no_split():
    box = {"val": Region(0.0, 350.0, 10.0, 20.0)}
    lat = np.arange(1.0, 5.0)
    assert label_regions(lat, np.array([355.0, 359.0, 3.0]), box) == "val"
    assert label_regions(lat, np.array([-5.0, -1.0, 3.0]), box) == "val"
    assert label_regions(lat, np.array([15.0, 19.0, 23.0]), box) == "none"
    assert label_regions(lat, np.array([21.0, 25.0]), box) == "train"
    assert label_regions(lat + 20, np.array([0.0]), box) == "train"


def test_labels_that_contradict_are_refused():
    check_labels(["train", "val", "train"], ["a", "b", "a"], "window")
    with pytest.raises(DomainError, match="window a is in two splits: train and val"):
        check_labels(["train", "val"], ["a", "a"], "window")


def test_no_place_of_stations_is_in_two_splits():
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(40, 50, 60), rng.uniform(0, 20, 60)
    lat[30:40], lon[30:40] = lat[:10] + 0.01, lon[:10]  # 1.1 km away
    names = [f"S{n:02d}" for n in range(60)]
    labels = label_stations(names, lat, lon, {"val": 0.2, "test": 0.2})
    assert all(labels[f"S{n:02d}"] == labels[f"S{n + 30:02d}"] for n in range(10))
    assert set(labels.values()) == {"train", "val", "test"}
    order = rng.permutation(60)
    again = label_stations([names[n] for n in order], lat[order], lon[order] - 360.0,
                           {"val": 0.2, "test": 0.2})  # fmt: skip
    assert again == labels
    apart = label_stations(names, lat, lon, {"val": 0.2, "test": 0.2}, together=0.1)
    assert any(apart[f"S{n:02d}"] != apart[f"S{n + 30:02d}"] for n in range(10))


def test_a_station_twice_is_refused():
    with pytest.raises(DomainError, match="station A occurs more than once"):
        label_stations(["A", "A"], [47.0, 48.0], [19.0, 19.0], {"val": 0.5})
