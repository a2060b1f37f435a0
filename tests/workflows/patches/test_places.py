"""Stations at one place."""

import numpy as np
import pandas as pd
import pytest

from tropdsx.workflows.patches.places import group_places, join_windows, unit_vectors
from tropdsx.workflows.patches.splitting import label_stations
from tropdsx.workflows.reconstruct.divisions import divide_stations
from tropdsx.workflows.reconstruct.oi.covariance import Places


def test_a_chain_is_one_place_and_the_date_line_is_no_border():
    lat, lon = [0.0, 10.0, 0.02, 0.04, 10.0], [20.0, 179.99, 20.0, 20.0, -179.99]
    assert group_places(unit_vectors(lat, lon)).tolist() == [0, 1, 0, 0, 1]
    assert group_places(unit_vectors(lat, lon), 1.0).tolist() == [0, 1, 2, 3, 4]


def test_windows_are_joined_through_others():
    at = {"A": (0.0, 0.0), "B": (0.02, 0.0), "C": (0.04, 0.0), "D": (5.0, 0.0)}
    found = join_windows({"A": (8, 0), "B": (0, 0), "C": (16, 0), "D": (24, 0)}, at)
    assert found == {(0, 0): "0/0", (8, 0): "0/0", (16, 0): "0/0", (24, 0): "24/0"}


@pytest.mark.realdata
def test_both_divisions_keep_the_same_stations_together(shared):
    table = pd.read_csv(shared / "data/gnss/gnss_stations_dev.csv")
    lat, lon = table.lat_deg.to_numpy(), table.lon_deg.to_numpy()
    place = group_places(unit_vectors(lat, lon))
    assert place.max() + 1 < len(table)
    folds = divide_stations(Places.at(lat, lon), 10)
    labels = label_stations(table.station.tolist(), lat, lon, {"val": 0.2})
    split = np.array([labels[name] for name in table.station])
    for number in range(place.max() + 1):
        assert np.unique(folds[place == number]).size == 1
        assert np.unique(split[place == number]).size == 1
