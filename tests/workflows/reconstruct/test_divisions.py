import numpy as np

from tropdsx.workflows.reconstruct.divisions import divide_stations
from tropdsx.workflows.reconstruct.oi.covariance import Places


def test_places_stay_together_and_folds_are_even():
    lat = np.repeat(np.arange(20.0, 50.0, 2.0), 2)
    lat[1::2] += 0.01
    folds = divide_stations(Places.at(lat, np.full(30, 5.0)), 5)
    assert (folds[::2] == folds[1::2]).all()
    assert np.bincount(folds).tolist() == [6] * 5
    again = divide_stations(Places.at(lat, np.full(30, 5.0)), 5)
    assert (folds == again).all()
    assert (folds != divide_stations(Places.at(lat, np.full(30, 5.0)), 5, seed=1)).any()


def test_a_chain_of_near_stations_is_one_place():
    chain = Places.at(47 + 0.02 * np.arange(6), np.full(6, 19.0))
    assert np.unique(divide_stations(chain, 3)).size == 1
