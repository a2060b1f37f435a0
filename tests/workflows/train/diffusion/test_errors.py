import numpy as np

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.train.diffusion.errors import AT_STATIONS, draw_errors


def test_errors_have_their_covariance():
    """Of distance, height and mountains; waves are so many that a tenth is met."""
    places = Places.at(
        [47.0, 47.0, 47.5, 49.0, 47.0, 20.0],
        [19.0, 19.0, 19.0, 24.0, 60.0, 19.0],
        [0.0, 900.0, 100.0, 0.0, 1500.0, 0.0],
    )
    drawn = draw_errors(AT_STATIONS, 10_000, np.random.default_rng(3)).at(places)
    assert drawn.shape == (10_000, 6)
    found, wanted = drawn.T @ drawn / len(drawn), AT_STATIONS.between(places, places)
    np.testing.assert_allclose(np.diag(found), np.diag(wanted), rtol=0.03)
    assert np.abs(found - wanted).max() < 0.1 * wanted.max()


def test_errors_are_the_same_wherever_and_however_often_they_are_asked_for():
    fields = draw_errors(Covariance(), 3, np.random.default_rng(0))
    lat, lon = np.linspace(-80, 80, 5000), np.linspace(0, 700, 5000)
    whole = fields.at(Places.at(lat, lon, lat * 10))
    part = fields.at(Places.at(lat[4500:], lon[4500:], lat[4500:] * 10))
    np.testing.assert_allclose(part, whole[:, 4500:], atol=1e-7)
    assert fields.count == 3
