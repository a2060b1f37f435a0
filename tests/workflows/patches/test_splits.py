"""Splits are enforced."""

import numpy as np
import pytest
import xarray as xr

from tropdsx.errors import DomainError, TropdsxWarning
from tropdsx.workflows.patches.layout import find_layout
from tropdsx.workflows.patches.splits import Split, check_index, label_of_stations, labeller
from tropdsx.workflows.patches.splitting import Region

TIMES = np.datetime64("2024-02-27", "ns") + np.arange(4) * np.timedelta64(1, "D")


def layout(stride):
    axes = {"lat": np.arange(40.0), "lon": np.arange(40.0)}
    ds = xr.Dataset({"so": (list(axes), np.ones((40, 40)))}, axes)
    return find_layout(ds, "so", size=10, stride=stride)


def labels(split, stride=10):
    lay = layout(stride)
    label = labeller(split, lay, TIMES)
    return {
        (y0, x0, time): label({"y0": y0, "x0": x0, "time": time})
        for y0, x0 in lay.windows
        for time in TIMES
    }


@pytest.mark.parametrize("kind", ["random", "window"])
def test_a_window_is_in_one_split_at_all_times(kind):
    found = labels(Split(kind, {"val": 0.25}))
    assert set(found.values()) == {"train", "val"}
    for y0, x0, _ in found:
        assert len({found[y0, x0, time] for time in TIMES}) == 1


def test_an_instant_is_in_one_split_everywhere():
    found = labels(Split("time", {"val": 0.25}, days=1.0), stride=5)
    assert set(found.values()) == {"train", "val"}
    for time in TIMES:
        assert len({label for key, label in found.items() if key[2] == time}) == 1


@pytest.mark.parametrize("kind", ["random", "window"])
def test_overlapping_patches_need_blocks_of_time(kind):
    with pytest.raises(DomainError, match=r"patches overlap.*blocks of time"):
        labels(Split(kind), stride=5)


def test_regions_share_no_cell_even_where_patches_overlap():
    found = labels(Split("region", regions={"val": Region(0, 0, 18, 18)}), stride=5)
    cells = {"train": set(), "val": set()}
    for (y0, x0, _), label in found.items():
        if label != "none":
            cells[label] |= {(y, x) for y in range(y0, y0 + 10) for x in range(x0, x0 + 10)}
    assert cells["val"]
    assert not cells["val"] & cells["train"]
    assert "none" in found.values()


def test_what_cannot_be_is_refused():
    with pytest.raises(DomainError, match="accepted are none, random"):
        Split("stations")
    with pytest.raises(DomainError, match="'station' with 0 stations; the kind station takes"):
        Split("station")
    with pytest.raises(DomainError, match="0 regions"):
        Split("region")
    with pytest.raises(DomainError, match="share of test is 0: nothing would be in it"):
        Split("window", {"val": 0.2, "test": 0.0})
    with pytest.raises(DomainError, match="no patch lies wholly in split 'val'"):
        labels(Split("region", regions={"val": Region(0, 0, 5, 5)}))


def test_all_are_for_training_without_a_split():
    assert set(labels(Split(), stride=5).values()) == {"train"}


def test_an_index_that_was_changed_is_refused():
    rows = [{"split": s, "y0": 0, "x0": 0, "time": t} for s, t in (("train", "a"), ("val", "b"))]
    check_index("time", rows)
    check_index("none", rows)
    with pytest.raises(DomainError, match="window 0/0 is in two splits"):
        check_index("random", rows)
    with pytest.raises(DomainError, match="time a is in two splits"):
        check_index("time", [rows[0], rows[1] | {"time": "a"}])


def stations():
    """Twenty at random in the northern half, and one beside the first, across its window's edge."""
    rng = np.random.default_rng(1)
    lat, lon = rng.uniform(20.5, 38.5, 20), rng.uniform(0.5, 38.5, 20)
    found = {f"S{n}": (lat[n], lon[n]) for n in range(20)}
    return found | {"west": (5.0, 9.49), "east": (5.0, 9.51)}


def test_a_station_is_in_one_split_and_neighbours_go_together():
    split = Split("station", {"val": 0.3}, stations=stations(), seed=3)
    found = labels(split)
    lay = layout(10)
    label = labeller(split, lay, TIMES)
    own = label_of_stations(split, lay, label)
    assert set(own) == set(stations())
    assert set(own.values()) == {"train", "val"}
    assert own["west"] == own["east"]
    for name, (lat, lon) in stations().items():
        window = (round(lat) // 10 * 10, round(lon) // 10 * 10)
        assert {found[*window, time] for time in TIMES} == {own[name]}
    # Without a station nothing is held back.
    assert found[0, 20, TIMES[0]] == found[0, 30, TIMES[0]] == "train"


def test_neighbours_across_an_edge_are_never_apart():
    for seed in range(8):
        split = Split("station", {"val": 0.3}, stations=stations(), seed=seed)
        found = labels(split)
        assert found[0, 0, TIMES[0]] == found[0, 10, TIMES[0]]


def test_stations_off_the_grid_are_told_of():
    with pytest.warns(TropdsxWarning, match="1 of 23 stations lie in no patch: far"):
        labels(Split("station", stations=stations() | {"far": (80.0, 0.0)}))
    with pytest.raises(DomainError, match="none of 1 stations lies on the grid"):
        labels(Split("station", stations={"far": (80.0, 0.0)}))
    with pytest.raises(DomainError, match="patches overlap, so that a split by station"):
        labels(Split("station", stations=stations()), stride=5)
