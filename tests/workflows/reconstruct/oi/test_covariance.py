import numpy as np
import pytest

from tropdsx.errors import DomainError
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator

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
    np.testing.assert_allclose(np.diag(matrix), wide.variance_at(places))


def test_height_counts_in_the_local_part():
    low, high = Places.at([47.0], [19.0], [100.0]), Places.at([47.0], [19.0], [650.0])
    part = Covariance(regional=0.0, mountain=0.0)
    assert part.between(low, high)[0, 0] == pytest.approx(part.variance / np.e)
    far = Covariance(local=0.0, mountain=0.0)
    assert far.between(low, high)[0, 0] == pytest.approx(far.variance)


def test_mountains_have_a_part_of_their_own():
    """It grows with the height up to 1.5 km, and ends within some tens of kilometres."""
    part = Covariance(local=0.0, regional=0.0, mountain=6e-3)
    heights = np.array([-50.0, 0.0, 500.0, 1500.0, 4000.0])
    column = Places.at([47.0] * 5, [11.0] * 5, heights)
    np.testing.assert_allclose(part.variance_at(column) ** 0.5 * 1e3, [0, 0, 3, 9, 9])
    np.testing.assert_allclose(np.diag(part.between(column, column)), part.variance_at(column))
    near = Places.at([47.0], [11.0 + 30.0 / 111.195 / np.cos(np.radians(47.0))], [1000.0])
    assert part.between(column, near)[3, 0] == pytest.approx(9e-3 * 6e-3 / np.e, rel=1e-3)


def test_one_sigma_grows_where_mountains_are_not_observed():
    stations = Places.at([47.0], [11.0], [0.0])
    here = Places.at([47.1, 47.1], [11.0, 11.0], [0.0, 1200.0])
    found = Interpolator(Covariance(local_height=1e9), stations, here)(np.array([0.01]))
    assert found.sigma[1] ** 2 - found.sigma[0] ** 2 == pytest.approx(7.2e-3**2, rel=1e-4)


@pytest.mark.parametrize(
    "wrong", [{"local": -1.0}, {"local_length": 0.0}, {"local_power": 2.5}, {"noise": np.nan}]
)
def test_what_is_no_covariance_is_refused(wrong):
    with pytest.raises(DomainError, match="no covariance"):
        Covariance(**wrong)
