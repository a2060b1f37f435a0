import numpy as np
import pytest

from tropdsx.errors import InputError
from tropdsx.nn.diffusion.sampling import opposite_noise
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling, spread_factor


@pytest.mark.parametrize("members", [2, 5, 8])
def test_pairs_have_the_variance_of_their_distribution(members):
    noise = opposite_noise(members, (100, 100), [0]).numpy()[:, 0]
    variance = (spread_factor(members) * noise).var(0, ddof=1).mean()
    assert variance == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"members": 1}, "members 1 found; accepted are 2 or more, or 0"),
        ({"members": -2}, "members -2 found"),
        ({"members": 2.5}, "whole numbers"),
        ({"steps": 0}, "steps 0 found; accepted are whole numbers from 1"),
        ({"consistency": "hard"}, "accepted are none, replacement, nudging"),
        ({"masking": "some"}, "accepted are model, complete, ambient"),
        ({"return_intermediates": 30}, "30 intermediates of 20 steps"),
    ],
)
def test_what_is_not_accepted_is_said(given, words):
    with pytest.raises(InputError, match=words):
        Sampling(**given)


def test_choices_are_read_for_a_method():
    assert Sampling.read({}, "oi") is None
    assert Sampling.read({"steps": 5}, "diffusion").steps == 5
    with pytest.raises(InputError, match="number is unknown; a diffusion accepts members, steps"):
        Sampling.read({"number": 4}, "diffusion")
    assert Sampling(members=4).recorded()["members"] == 4
    assert np.isfinite(spread_factor(2))
