"""Options of the nodal form."""

from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import InputError
from tropdsx.workflows.train import NodalOptions


def test_what_depends_on_other_options_is_filled_in():
    plain = NodalOptions()
    assert (plain.optimizer, plain.rate, plain.weight_decay) == ("muon", 1e-2, 0.3)
    assert NodalOptions(optimizer="adamw").rate == 1e-3
    assert (plain.width, plain.blocks, plain.members, plain.experts) == (64, 5, 1, False)
    begun = NodalOptions(init="default")
    assert (begun.width, begun.experts) == (None, None), "the checkpoint knows"
    assert plain.teacher_share is None
    taught = NodalOptions(teacher="heldout", experts=True, members=2)
    assert taught.teacher_share == 0.7


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"thin": ()}, r"thin=\(\) \(accepted: at least one thinning\)"),
        ({"thin": ("2x2",)}, r"shares=\(0.3, 0.18, 0.07\) \(accepted: one for each thinning"),
        ({"thin": ("2x2",), "shares": (-1.0,)}, "none negative"),
        ({"thin": ("twice",), "shares": (1.0,)}, "thinning 'twice' is not understood"),
        ({"texture": (5,)}, r"texture_shares=\(\) \(accepted: one for each texture"),
        ({"phases": 0}, r"phases=0 \(accepted: at least 1\)"),
        ({"without": ("colour",)}, r"without=\('colour',\) \(accepted: of zwd_anomaly, "),
        ({"weigh_by_sigma": 3.0}, r"weigh_by_sigma=3.0 \(accepted: 0 to 2\)"),
        ({"height_decay": -1.0}, r"height_decay=-1.0 \(accepted: 0 or more\)"),
        ({"sigma": "cauchy"}, r"sigma='cauchy' \(accepted: one of gaussian, laplace\)"),
        ({"members": 3, "experts": True}, "found 3: half of them for epochs with neighbours"),
    ],
)
def test_wrong_options_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        NodalOptions(**options)


@pytest.mark.parametrize("step", [7, 8, 24])
def test_a_texture_step_divides_the_grid(step):
    with pytest.raises(InputError, match=rf"texture=\({step},\) .*180 degrees: 2, 3, 4, 5, 6, 9"):
        NodalOptions(texture=(step,), texture_shares=(0.4,))


def test_a_card_says_what_differs_from_the_defaults():
    assert NodalOptions().record() == {}
    assert NodalOptions(thin=("5x5",), shares=(1.0,), init=Path("a/b.safetensors")).record() == {
        "thin": ("5x5",),
        "shares": (1.0,),
        "init": "a/b.safetensors",
        **dict.fromkeys(("width", "blocks", "members", "experts")),
    }
