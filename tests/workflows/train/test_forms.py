"""The form of a training follows from its options; what a form has no use for is refused."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.errors import GridError, InputError
from tropdsx.grid.thinning import thin
from tropdsx.nn.checkpoint import load_card
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.products import Also, Check

from helpers.training import small


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_epochs_without_dates(fine, tmp_path, form):
    undated = fine.assign_coords(time=("time", np.full(16, "NaT", "datetime64[ns]")))
    for lost in (undated, fine.drop_vars("time")):
        with pytest.raises(GridError, match=r"16 of 16 epochs of Dataset have no date .*CF units"):
            fit(lost, tmp_path / "new", options=small(form=form))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("form", "network"), [("nodal", "nodal"), ("field", "unet")])
def test_the_form_follows_from_the_options(short, tmp_path, form, network):
    done = fit(short, tmp_path, small(form=form, width=1, steps=1, steps_per_epoch=1))
    assert load_card(done.final)["network"] == network


def test_options_are_of_one_of_the_forms(short, tmp_path):
    class Options:
        threads = None

    with pytest.raises(InputError, match=r"options are Options; give NodalOptions\(...\), FieldOp"):
        fit(short, tmp_path / "new", Options())
    assert not (tmp_path / "new").exists()


def test_the_field_form_makes_its_coarse_fields(short, tmp_path):
    """Whatever they are given as: a path has no length."""
    coarse = thin(short, (2, 2), (1, 1))
    for given in (Path("coarse.nc"), "coarse.nc", [Path("coarse.nc")], coarse):
        with pytest.raises(InputError, match="form field has no --coarse: it makes its coarse"):
            fit(short, tmp_path / "new", small(form="field"), coarse=given)
    more = {
        "check": [Check("fine.nc", None, "2x2", (1, 1))],
        "also": [Also("fine.nc", None, "2x2", 0.1)],
        "refit_of": Path("best.safetensors"),
        "coarse": Path("coarse.nc"),
    }
    words = "form field has no --check, --also, --refit-of, --coarse: "
    with pytest.raises(InputError, match=words):
        fit(short, tmp_path / "new", small(form="field"), **more)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("form", ["nodal", "field"])
def test_a_run_is_stopped_after_epochs_and_goes_on(short, tmp_path, form):
    options = small(form=form, width=1)
    first = fit(short, tmp_path, options, stop_after=1)
    assert [row["step"] for row in first.history] == [2]
    rest = fit(short, tmp_path, options, resume=True)
    assert [row["step"] for row in rest.history] == [2, 4]
