import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import InputError
from tropdsx.workflows.train import DiffusionOptions


def test_what_is_trained_follows_from_the_start():
    assert DiffusionOptions().part == "mean"
    assert DiffusionOptions(init="mean.safetensors").part == "residual"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 12}, "width=12 .accepted: a multiple of 8"),
        ({"window": 4}, "window=4"),
        ({"stations": ()}, "stations="),
        ({"stations": (10, -1)}, "whole numbers of 0 or more"),
        ({"errors": ()}, "errors="),
        ({"errors": (1.0, -0.5)}, "numbers of 0 or more"),
        ({"hide": 1.0}, "a share below 1"),
        ({"schedule": "square"}, "one of cosine, linear, quadratic, sigmoid"),
        ({"prediction": "v"}, "one of x0, epsilon"),
        ({"objective": "none"}, "one of complete, ambient"),
        ({"mask": "discs"}, "one of tiles"),
        ({"objective": "ambient", "prediction": "epsilon"}, "x0 where the objective is ambient"),
        ({"thin": "0"}, "thinning '0' is not understood"),
    ],
)
def test_what_is_not_accepted_is_said(changes, words):
    with pytest.raises(InputError, match=words):
        DiffusionOptions(**changes)


def test_a_card_keeps_what_differs():
    found = DiffusionOptions(noise=0.002).record()
    assert found["form"] == "diffusion"
    assert found["noise"] == 0.002
    assert "window" not in found
