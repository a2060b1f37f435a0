import pytest
import torch

from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.nn.diffusion.residual import FILM
from tropdsx.nn.diffusion.sampling import (
    Known,
    View,
    draw_residuals,
    estimate_on_grid,
    kept_steps,
    opposite_noise,
)
from tropdsx.nn.diffusion.schedules import make_scheduler
from tropdsx.nn.diffusion.windows import Windows

pytest.importorskip("diffusers", reason="the extra [diffusion] is not installed")

WINDOWS = Windows(12, 24, size=12, overlap=4, wrap=True)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    made = ReconstructionNet(3, width=8, residual_width=8).eval()
    torch.nn.init.normal_(made.mean.out.weight, std=0.1)
    return made


@pytest.fixture(scope="module")
def view():
    torch.manual_seed(1)
    film = torch.randn(1, FILM).expand(len(WINDOWS.corners), -1)
    return View(torch.randn(1, 3, 12, 24), torch.full((1, 1, 12, 24), 2.0), film)


def draw(net, view, sampler="ddim", steps=4, **changes):
    given = {"noise": opposite_noise(4, (12, 24), [0])}
    with torch.inference_mode():
        return draw_residuals(
            net,
            WINDOWS,
            view,
            estimate_on_grid(net, WINDOWS, view),
            scheduler=make_scheduler(sampler, "cosine", "x0", steps),
            **given | changes,
        )


def test_one_window_is_the_network_itself(net, view):
    whole = Windows(12, 24, size=24, overlap=0)
    with torch.inference_mode():
        mean, sigma = estimate_on_grid(net, whole, view)
        plain = net.estimate(view.condition, view.expected)
    torch.testing.assert_close(mean, plain[0])
    torch.testing.assert_close(sigma, plain[1])


@pytest.mark.parametrize("sampler", ["ddim", "dpm"])
def test_the_last_state_is_the_result(net, view, sampler):
    drawn = draw(net, view, sampler, keep=2)
    assert drawn.final.shape == (4, 1, 12, 24)
    assert len(drawn.states) == 2
    assert torch.equal(drawn.states[-1], drawn.final)
    assert not torch.equal(drawn.states[0], drawn.final)
    assert torch.equal(drawn.final, draw(net, view, sampler).final)


def test_a_turned_globe_gives_the_turned_field(net, view):
    """No meridian is an edge: windows begin at a third of the way round, and all are alike."""
    turn = 8
    turned = View(*(each.roll(turn, -1) for each in view[:2]), view.film)
    noise = opposite_noise(2, (12, 24), [0])
    one = draw(net, view, noise=noise).final
    two = draw(net, turned, noise=noise.roll(turn, -1)).final
    torch.testing.assert_close(two, one.roll(turn, -1), atol=1e-4, rtol=1e-4)


def test_known_values_are_in_the_result(net, view):
    where = torch.zeros(12, 24, dtype=torch.bool)
    where[3, 5] = where[8, 0] = True
    values = torch.arange(4.0).reshape(4, 1, 1, 1).expand(-1, 1, 12, 24)
    final = draw(net, view, known=Known(values, where)).final
    assert final[:, 0, 3, 5].tolist() == final[:, 0, 8, 0].tolist() == [0, 1, 2, 3]
    assert not torch.equal(final[..., ~where], draw(net, view).final[..., ~where])


def test_what_is_hidden_is_noise_to_the_network_at_every_step(net, view):
    hidden = torch.zeros(12, 24, dtype=torch.bool)
    hidden[2:6, 3:9] = True
    noise, seen = opposite_noise(2, (12, 24), [0]), []
    hook = net.residual.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    final = draw(net, view, noise=noise, hidden=hidden).final
    hook.remove()
    assert len(seen) == 4
    for each in seen:  # the first window of the first member holds all of the hidden part
        assert torch.equal(each[0, 0, 2:6, 3:9], noise[0, 0, 2:6, 3:9])
    assert not torch.equal(seen[-1][0, 0, 7:], noise[0, 0, 7:, :12])
    assert torch.isfinite(final).all()
    assert not torch.equal(final, draw(net, view, noise=noise).final)


def test_noise_comes_in_pairs():
    noise = opposite_noise(5, (3, 4), [7, 1])
    assert torch.equal(noise[0], -noise[1])
    assert torch.equal(noise[2], -noise[3])
    assert torch.equal(noise, opposite_noise(5, (3, 4), [7, 1]))
    assert not torch.equal(noise, opposite_noise(5, (3, 4), [7, 2]))


def test_kept_steps_end_with_the_last():
    assert kept_steps(20, 0) == set()
    assert sorted(kept_steps(5, 5)) == [0, 1, 2, 3, 4]
    assert max(kept_steps(20, 3)) == 19
