"""Options that cannot be are refused."""

from pathlib import Path

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import InputError
from tropdsx.workflows.train import FieldOptions, NodalOptions, TrainOptions


def test_what_both_forms_share_is_no_form():
    with pytest.raises(InputError, match=r"give NodalOptions\(\) or FieldOptions\(\)"):
        TrainOptions()
    assert {kind().form for kind in (NodalOptions, FieldOptions)} == {"nodal", "field"}


@pytest.mark.parametrize("kind", [NodalOptions, FieldOptions])
@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"optimizer": "sgd"}, r"optimizer='sgd' \(accepted: one of muon, adamw\)"),
        ({"loss": "l3"}, r"loss='l3' \(accepted: one of mse, l1, charbonnier\)"),
        ({"width": 0}, r"width=0 \(accepted: at least 1\)"),
        ({"rate": float("nan")}, r"rate=nan \(accepted: more than 0\)"),
        ({"steps": 0, "seed": -1}, r"steps=0 \(.*\); seed=-1 \(accepted: 0 or more\)"),
    ],
)
def test_both_forms_refuse_alike(kind, option, words):
    with pytest.raises(InputError, match=words):
        kind(**option)


def test_muon_is_for_the_nodal_form():
    assert NodalOptions().optimizer == "muon"
    with pytest.raises(InputError, match=r"optimizer='muon' \(accepted: adamw for form field\)"):
        FieldOptions(optimizer="muon")


def test_a_form_has_its_own_options_alone():
    for kind, other in ((NodalOptions, "padding"), (FieldOptions, "members")):
        with pytest.raises(TypeError, match=other):
            kind(**{other: None})


@pytest.mark.parametrize("step", [7, 8, 24])
def test_a_texture_step_divides_the_grid(step):
    with pytest.raises(InputError, match=rf"texture=\({step},\) .*180 degrees: 2, 3, 4, 5, 6, 9"):
        NodalOptions(texture=(step,), texture_shares=(0.4,))


def test_a_report_says_what_differs_from_a_plain_nodal_run():
    """So a card that tells of no form is one of a nodal run."""
    assert NodalOptions().record() == {}
    assert NodalOptions(thin=("5x5",), shares=(1.0,), init=Path("a/b.safetensors")).record() == {
        "thin": ("5x5",),
        "shares": (1.0,),
        "init": "a/b.safetensors",
        **dict.fromkeys(("width", "blocks", "members", "experts")),
    }
    plain = {"form": "field", "optimizer": "adamw", "rate": 1e-3, "weight_decay": 1e-3}
    assert FieldOptions().record() == plain
    assert FieldOptions(thin="2x2", ssim=0.1).record() == plain | {
        "ssim": 0.1,
        "thin": ["2x2"],
        "shares": [1.0],
    }
