"""Schedules beside their closed forms, and beside those of diffusers."""

import numpy as np
import pytest
import torch

from tropdsx.errors import InputError
from tropdsx.nn.diffusion.schedules import (
    SAMPLERS,
    SCHEDULES,
    make_scheduler,
    noise_rates,
    signal_share,
)

diffusers = pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")


def test_the_cosine_is_the_closed_form():
    place = np.arange(1, 1001) / 1000
    wanted = (
        np.cos((place + 0.008) / 1.008 * np.pi / 2) ** 2 / np.cos(0.008 / 1.008 * np.pi / 2) ** 2
    )
    # The last rate is cut at 0.999.
    np.testing.assert_allclose(signal_share("cosine")[:-1], wanted[:-1], atol=1e-12)


@pytest.mark.parametrize("schedule", ["linear", "quadratic", "sigmoid"])
def test_the_others_are_the_closed_forms(schedule):
    place = np.linspace(0, 1, 1000)
    rate = {
        "linear": 1e-4 + place * (0.02 - 1e-4),
        "quadratic": (0.01 + place * (0.02**0.5 - 0.01)) ** 2,
        "sigmoid": 1e-4 + (0.02 - 1e-4) / (1 + np.exp(6 - 12 * place)),
    }[schedule]
    wanted = np.exp(np.cumsum(np.log1p(-rate)))
    np.testing.assert_allclose(signal_share(schedule), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        ("cosine", "squaredcos_cap_v2"),
        ("linear", "linear"),
        ("quadratic", "scaled_linear"),
        ("sigmoid", "sigmoid"),
    ],
)
def test_those_of_diffusers_agree(schedule, name):
    theirs = diffusers.DDPMScheduler(beta_schedule=name, beta_start=1e-4, beta_end=0.02)
    np.testing.assert_allclose(theirs.alphas_cumprod.numpy(), signal_share(schedule), atol=1e-5)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_schedulers_follow_them_and_clip_nothing(schedule, sampler):
    made = make_scheduler(sampler, schedule, "x0", 10)
    np.testing.assert_allclose(made.alphas_cumprod.numpy(), signal_share(schedule), atol=1e-6)
    assert len(made.timesteps) == 10
    assert made.timesteps[0] == 999
    assert not made.config.get("clip_sample", False)
    assert not made.config.get("thresholding", False)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("prediction", ["x0", "epsilon"])
def test_a_perfect_network_draws_the_truth(sampler, prediction):
    """Told the truth behind the noise at each step, a sampler ends there."""
    made = make_scheduler(sampler, "cosine", prediction, 20)
    torch.manual_seed(0)
    truth, x = 30 * torch.randn(1, 1, 4, 4), torch.randn(1, 1, 4, 4)
    for step in made.timesteps:
        share = made.alphas_cumprod[step]
        noise = (x - share.sqrt() * truth) / (1 - share).sqrt()
        x = made.step(truth if prediction == "x0" else noise, step, x).prev_sample
    torch.testing.assert_close(x, truth, atol=2e-2, rtol=1e-3)


def test_unknown_words_are_refused():
    with pytest.raises(InputError, match="schedule 'square' is unknown"):
        noise_rates("square")
    with pytest.raises(InputError, match="sampler 'euler' is unknown; accepted are ddim, dpm"):
        make_scheduler("euler", "cosine", "x0")
    with pytest.raises(InputError, match="prediction 'v' is unknown"):
        make_scheduler("ddim", "cosine", "v")
