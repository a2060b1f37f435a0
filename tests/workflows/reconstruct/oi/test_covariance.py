import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths

from helpers.gaussian import great_circle, random_places


def test_distances_are_those_of_the_haversine_formula():
    rng = np.random.default_rng(1)
    a, b = (random_places(rng, 30, (-90.0, 90.0, -180.0, 540.0)) for _ in range(2))
    np.testing.assert_allclose(arc_lengths(a, b), great_circle(a, b), rtol=2e-5, atol=1e-3)


def test_a_place_has_no_distance_from_itself():
    here = random_places(np.random.default_rng(2), 200)
    assert (np.diag(arc_lengths(here, here)) == 0).all()


@pytest.mark.parametrize("metres", [10.0, 1000.0])
def test_close_places_are_told_apart(metres):
    degrees = metres / 111195.0
    arc = arc_lengths(Places.at([47.0], [19.0]), Places.at([47.0 + degrees], [19.0]))
    assert arc[0, 0] * 1000 == pytest.approx(metres, rel=0.05)


def test_longitudes_go_round():
    a, b = Places.at([10.0], [-0.5]), Places.at([10.0], [359.5])
    assert arc_lengths(a, b)[0, 0] < 1e-3


@pytest.mark.parametrize("power", [1.0, 1.4, 2.0])
def test_the_covariance_is_positive_definite_all_over_the_sphere(power):
    rng = np.random.default_rng(3)
    places = random_places(rng, 300, (-90.0, 90.0, 0.0, 360.0))
    wide = Covariance(local_length=4000.0, local_power=power, regional_length=15000.0)
    matrix = wide.between(places, places)
    assert np.linalg.eigvalsh(matrix).min() > -1e-10 * wide.variance
    np.testing.assert_allclose(np.diag(matrix), wide.variance)


def test_height_counts_in_the_local_part_alone():
    low, high = Places.at([47.0], [19.0], [100.0]), Places.at([47.0], [19.0], [650.0])
    part = Covariance(regional=0.0)
    assert part.between(low, high)[0, 0] == pytest.approx(part.variance / np.e)
    far = Covariance(local=0.0)
    assert far.between(low, high)[0, 0] == pytest.approx(far.variance)


@pytest.mark.parametrize(
    "wrong", [{"local": -1.0}, {"local_length": 0.0}, {"local_power": 2.5}, {"noise": np.nan}]
)
def test_what_is_no_covariance_is_refused(wrong):
    with pytest.raises(DomainError, match="no covariance"):
        Covariance(**wrong)
