"""Masks of real stations."""

import numpy as np
import pandas as pd
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.patches.samples.station_masks import station_cells

LAT, LON = np.arange(60.0, 39.0, -1.0), np.arange(-5.0, 26.0)
SEA = np.add.outer(np.arange(21), np.arange(31)) > 10


def test_each_station_is_in_the_cell_round_it():
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(30, 70, 200), rng.uniform(-15, 35, 200)
    cells = station_cells(LAT, LON, lat, lon)
    wanted = np.zeros_like(cells)
    for y, x in zip(lat, lon, strict=True):
        row, column = round(60 - y), round(x + 5)
        if 0 <= row < 21 and 0 <= column < 31:
            wanted[row, column] = True
    np.testing.assert_array_equal(cells, wanted)
    np.testing.assert_array_equal(station_cells(LAT, LON % 360.0, lat, lon), wanted)
    assert 30 < wanted.sum() < 200


def test_stations_alone_are_seen_and_the_share_of_them_is_exact():
    stations = station_cells(LAT, LON, np.arange(40.0, 60.0), np.arange(0.0, 20.0))
    there = int((stations & SEA).sum())
    for share in (0.0, 0.25, 1.0):
        seen = draw_mask("stations", np.stack([SEA, SEA]), share, 1, "a", stations=stations)
        assert not (seen & ~(stations & SEA)).any()
        assert abs(seen[0].sum() - (1 - share) * there) <= 0.5
        np.testing.assert_array_equal(seen[0], seen[1])
    halves = [draw_mask("stations", SEA, 0.5, 1, name, stations=stations) for name in "ab"]
    assert (halves[0] != halves[1]).any()


def test_without_a_station_all_is_hidden():
    assert not draw_mask("stations", SEA, 0.0, 1, "a", stations=~SEA).any()


def test_what_cannot_be_is_refused():
    with pytest.raises(DomainError, match="stations=CELLS goes with kind 'stations'"):
        draw_mask("stations", SEA, 0.0, 1, "a")
    with pytest.raises(DomainError, match="stations=CELLS goes with kind 'stations'"):
        draw_mask("tiles", SEA, 0.0, 1, "a", stations=SEA)
    with pytest.raises(DomainError, match="give the same grid"):
        draw_mask("stations", SEA, 0.0, 1, "a", stations=SEA[1:])


@pytest.mark.realdata
def test_real_stations_on_a_degree(shared):
    table = pd.read_csv(shared / "data/gnss/gnss_stations_dev.csv")
    cells = station_cells(LAT, LON, table.lat_deg, table.lon_deg)
    assert 20 < cells.sum() < len(table)
