"""Groups of places, heights and seasons."""

import numpy as np

from tropdsx.workflows.evaluate.groups import groups_of, is_land, season_of


def test_groups_of_places_and_times():
    lat, lon = np.array([90.0, 10.0, 5.0, 0.0, -5.0, -90.0]), np.array([20.0])
    index = groups_of(lat, lon, np.full((6, 1), 2500.0)).index.ravel()
    band, _, level = np.unravel_index(index, (18, 2, 5))
    assert band.tolist() == [0, 8, 8, 8, 9, 17]
    assert level.tolist() == [4] * 6
    # Sofia's plain, the Atlantic, and the sea south of India where the geoid is 105 m low.
    heights = np.diag([600.0, 60.0, -100.0])
    land = is_land(np.array([42.5, 40.0, 5.0]), np.array([23.5, 330.0, 78.0]), heights)
    assert np.diag(land).tolist() == [True, False, False]
    months = np.array([f"2022-{m:02}-15" for m in range(1, 13)], "datetime64[D]")
    assert season_of(months).tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0]
