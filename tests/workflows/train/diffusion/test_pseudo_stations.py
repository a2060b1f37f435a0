import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import InputError
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.train.diffusion.data import lessons_of
from tropdsx.workflows.train.diffusion.pseudo_stations import Kind, fit_kind, with_stations

from helpers.training import small


@pytest.fixture(scope="module")
def lessons(fine):
    return lessons_of(fine.isel(time=slice(0, 3)), (2, 2), (0, 0))[0]


def observe(lessons, options, count=1):
    return with_stations(lessons, [Kind(Covariance())], options, [0], range(count)).sets


def test_stations_are_never_nodes_of_the_coarse_grid(lessons):
    options = small("diffusion", stations=(50, 0), sets=4)
    sets = observe(lessons, options, 4)
    assert [each.nodes.size for each in sets] == [50, 0, 50, 0]
    assert all(lessons.free.ravel()[each.nodes].all() for each in sets)
    assert set(sets[0].nodes) != set(sets[2].nodes)
    again = observe(lessons, options, 4)
    np.testing.assert_array_equal(sets[0].increment, again[0].increment)
    assert not sets[1].increment.any()
    # What is observed is the truth with noise, and interpolation honours it nearly.
    seen = lessons.residual.reshape(3, -1)[:, sets[0].nodes]
    assert 0 < np.abs(sets[0].residuals - seen).max() < 0.02
    scene = _with(lessons, sets=sets).scene(1, 0)
    assert np.isfinite(scene.residual).sum() == 50
    there = np.isfinite(scene.residual)
    assert np.abs(scene.residual - scene.increment)[there].max() < 0.005


def test_what_ambient_hides_no_station_tells(lessons):
    options = small("diffusion", stations=(200,), sets=1, objective="ambient", hide=0.4)
    (found,) = observe(lessons, options)
    assert np.mean(~found.known) == pytest.approx(0.4, abs=0.01)
    hidden = ~found.known.ravel()[found.nodes]
    assert hidden.any()
    assert np.isnan(found.residuals[:, hidden]).all()
    assert np.isfinite(found.residuals[:, ~hidden]).all()
    # No value in the hidden part changes what is seen.
    other = lessons.residual.copy()
    other[:, ~found.known] += 1.0
    again = observe(_with(lessons, residual=other), options)[0]
    np.testing.assert_array_equal(again.increment, found.increment)


def test_gaps_are_no_stations_and_no_truth(lessons):
    gaps = lessons.residual.copy()
    gaps[1, 10:20, 10:20] = np.nan
    options = small("diffusion", stations=(200,), sets=1)
    (found,) = observe(_with(lessons, residual=gaps), options)
    assert np.isnan(found.residuals[1]).any()
    assert np.isfinite(found.residuals[0]).all()
    assert found.sigma.shape == gaps.shape
    assert found.sigma[1].mean() > found.sigma[0].mean()
    assert np.isfinite(found.increment).all()


def test_too_many_stations_are_refused(lessons):
    with pytest.raises(InputError, match="9999 pseudo-stations asked for, but only"):
        observe(lessons, small("diffusion", stations=(9999,)))


def _with(lessons, **changes):
    return type(lessons)(**(vars(lessons) | changes))


def test_noise_of_the_stations_reaches_the_interpolation(lessons):
    """Noisy stations are believed less: sigma at them grows."""
    at_stations = []
    for noise in (1e-3, 2e-2):
        (found,) = observe(lessons, small("diffusion", stations=(50,), sets=1, noise=noise))
        sigma = found.sigma if found.sigma.ndim == 2 else found.sigma[0]
        at_stations.append(sigma.ravel()[found.nodes].mean())
    assert at_stations[1] > 2 * at_stations[0]


def test_real_stations_observe_what_the_fields_lack(lessons):
    """Truth has errors beyond the fields, which stations see; each kind has its turn."""
    kinds = [Kind(Covariance(), size) for size in (0.0, 1.0, 2.0)]
    options = small("diffusion", stations=(60, 0), sets=6)
    sets = with_stations(lessons, kinds, options, [0], range(6)).sets
    assert [each.lacking is None for each in sets] == [True, True, False, False, False, False]
    spread = [float(each.lacking.astype(float).std()) for each in sets[2:]]
    assert spread[2] == pytest.approx(2 * spread[0], rel=0.3)
    assert 0.007 < spread[0] < 0.02
    assert [each.nodes.size for each in sets] == [60, 0] * 3
    assert np.unique(sets[2].nodes).size < 60  # in networks some share a node
    whole = _with(lessons, sets=sets)
    truth = np.stack([whole.truth(epoch, 2) for epoch in range(3)])
    np.testing.assert_allclose(truth - lessons.residual, sets[2].lacking, atol=1e-6)
    # They tell of it: what they observe beside the field goes with what it lacks there.
    for number in (2, 4):
        shown = np.stack([whole.scene(epoch, number).residual for epoch in range(3)])
        at = np.isfinite(shown)
        beyond = (shown - lessons.residual)[at]
        lacks = sets[number].lacking[at].astype(float)
        assert np.corrcoef(beyond, lacks)[0, 1] > 0.4
    again = with_stations(lessons, kinds, options, [0], [2]).sets[0]
    np.testing.assert_array_equal(again.increment, sets[2].increment)


def test_a_kind_is_fitted_to_what_its_stations_observe(lessons):
    options = small("diffusion")
    plain, real = (fit_kind(lessons, options, size) for size in (0.0, 2.0))
    assert (plain.size, real.size) == (0.0, 2.0)
    assert real.covariance.variance > plain.covariance.variance
    assert 0 <= plain.share <= 1


def test_a_background_is_smoothed_as_far_as_its_kind_says(lessons):
    options = small("diffusion", stations=(60, 0), sets=2)
    some, none = with_stations(lessons, [Kind(Covariance(), 0.0, 0.5)], options, [0], [0, 1]).sets
    assert none.share is None  # nothing tells where there are no stations
    assert 0.25 < some.share.max() <= 0.5
    assert np.abs(lessons.away).max() > 1e-4
