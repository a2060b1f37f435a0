"""Options of the field form."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import InputError
from tropdsx.workflows.train import FieldOptions, NodalOptions


def test_muon_is_for_the_nodal_form():
    assert NodalOptions().optimizer == "muon"
    with pytest.raises(InputError, match=r"optimizer='muon' \(accepted: adamw for form field\)"):
        FieldOptions(optimizer="muon")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"thin": "twice"}, "thinning 'twice' is not understood"),
        ({"units": "km"}, r"units='km' \(accepted: one of None, m, cm, mm\)"),
        ({"variable": "ztd"}, r"variable='ztd' \(accepted: one of None, zhd, zwd\)"),
        ({"head": "none"}, r"head='none' \(accepted: one of absolute, residual\)"),
        ({"ssim": -0.1, "shift": -1}, r"ssim=-0.1 \(.*\); shift=-1 \(accepted: 0 or more\)"),
    ],
)
def test_wrong_options_are_refused(options, words):
    with pytest.raises(InputError, match=words):
        FieldOptions(**options)


def test_a_card_tells_of_its_form_and_of_what_differs_from_a_nodal_run():
    """A card that tells of no form is one of a nodal run."""
    plain = {"form": "field", "optimizer": "adamw", "rate": 1e-3, "weight_decay": 1e-3}
    assert FieldOptions().record() == plain
    assert FieldOptions(thin="2x2", ssim=0.1).record() == plain | {
        "ssim": 0.1,
        "thin": ["2x2"],
        "shares": [1.0],
    }


def test_the_usual_thinning_is_one_that_may_be_said():
    assert FieldOptions().values() == FieldOptions(thin="2x2").values()
    assert FieldOptions().values() != FieldOptions(thin="3x3").values()
