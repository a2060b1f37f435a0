"""Options that both forms share; values that are not accepted are refused."""

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


def test_a_form_has_its_own_options_alone():
    for kind, other in ((NodalOptions, "padding"), (FieldOptions, "members")):
        with pytest.raises(TypeError, match=other):
            kind(**{other: None})
