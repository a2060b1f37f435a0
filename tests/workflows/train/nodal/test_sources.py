"""Training on moisture fields, from the option to the card."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import xarray as xr

from tropdsx.errors import InputError
from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.moisture import Moisture
from tropdsx.workflows.train.nodal.drawn.moisture_fields import find_moisture
from tropdsx.workflows.train.nodal.sources import Source, find_spacings

from helpers.training import longer


@pytest.fixture
def rainy():
    """Wet delays of a region without heights."""
    rng = np.random.default_rng(0)
    time = np.array(["2010-07-01", "2010-07-02", "2010-08-01"], "M8[ns]")
    axes = {"time": time, "lat": 40.0 - 0.5 * np.arange(40.0), "lon": 100 + 0.5 * np.arange(40.0)}
    zwd = 0.3 + 0.02 * rng.standard_normal((3, 40, 40))
    return xr.Dataset({"zwd": (tuple(axes), zwd, {"units": "m"})}, axes)


def test_moisture_is_learned_from_and_scored(fine, rainy, tmp_path):
    train = Moisture(rainy, 1, 5, 0.5, ("2010-07-01/2010-07-02",))
    check = Moisture(rainy, 2, 5, 1.0, ("2010-08-01/2010-08-01",))
    options = longer(steps=4, steps_per_epoch=4)
    done = fit(fine, tmp_path, options, moisture=[train], check_moisture=[check])
    card = load(done.final).card
    name = "moisture Dataset@2010-08-01/2010-08-01 2,5"
    found = card["scores"][name]
    assert found["epochs"] == 1
    assert found["degrees"] == 5.0
    assert found["zwd_physics_mm"] > 1
    assert not [key for key in found if key.startswith("zhd")]
    assert set(found["coverage_90"]) == {"zwd"}
    assert card["training"]["moisture"][0] == {
        "data": ["Dataset"],
        "nodes": 1,
        "step": 5,
        "share": 0.5,
        "periods": ["2010-07-01/2010-07-02"],
    }
    assert np.isfinite(list(card["sigma_factor"].values())).all()
    assert np.isfinite(np.array(card["trust"]["zwd"])).all()


def test_the_same_epochs_are_refused_before_the_training(fine, rainy, tmp_path):
    train, check = (Moisture(rainy, nodes, 5) for nodes in (1, 2))
    with pytest.raises(InputError, match="--moisture share 3 epochs of one region"):
        fit(fine, tmp_path, longer(steps=1), moisture=[train], check_moisture=[check])


def test_a_refit_has_the_same_moisture(fine, rainy, tmp_path):
    train = Moisture(rainy, 1, 5, 0.5)
    options = longer(steps=1, steps_per_epoch=1)
    done = fit(fine, tmp_path / "one", options, moisture=[train])
    for other in ([], [train._replace(share=0.4)]):
        with pytest.raises(InputError, match=r"its moisture fields were .*0\.5"):
            fit(fine, tmp_path / "two", options, moisture=other, refit_of=done.final)
    again = fit(fine, tmp_path / "two", options, moisture=[train], refit_of=done.final)
    assert load(again.final).card["scores_of"]["model_id"] == "final"


def test_experts_are_not_left_without_lessons(fine, rainy, tmp_path):
    """Of epochs days apart none has a neighbour: half of the members would never learn."""
    apart = fine.isel(time=slice(0, None, 10))
    options = longer(steps=1, steps_per_epoch=1, experts=True, members=2, alone=0.0)
    with pytest.raises(InputError, match="no epoch to train on has one"):
        fit(apart, tmp_path / "apart", options)
    assert fit(fine, tmp_path / "close", options, moisture=[Moisture(rainy, 1, 5, 0.1)]).final


def test_what_cannot_be_bent_is_told(fine, rainy, tmp_path):
    options = longer(steps=1, steps_per_epoch=1, warp=0.5)
    with pytest.raises(InputError, match="bends textures and moisture fields, and there are none"):
        fit(fine, tmp_path / "pairs", options)
    assert fit(fine, tmp_path / "moist", options, moisture=[Moisture(rainy, 1, 5, 0.5)]).final


def test_spacing_of_moisture(rainy):
    source = Source("moisture", 1.0, moisture=find_moisture(rainy, 2, 5))
    assert find_spacings([source]) == [5.0, 5.0]


def test_the_form_field_has_no_moisture(fine, rainy, tmp_path):
    from tropdsx.workflows.train.field.options import FieldOptions

    with pytest.raises(InputError, match="form field has no --moisture"):
        fit(fine, tmp_path, FieldOptions(steps=1), moisture=[Moisture(rainy, 1, 5)])
