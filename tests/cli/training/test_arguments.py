"""What `tropdsx train` reads from the text of its options."""

from dataclasses import fields

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.cli.training.arguments import (
    interruptible,
    read_also,
    read_check,
    read_moisture,
    read_options,
)
from tropdsx.cli.training.command import FIRST, train
from tropdsx.errors import InputError
from tropdsx.workflows.train import FieldOptions, NodalOptions
from tropdsx.workflows.train.diffusion.options import DiffusionOptions


def given(**changes):
    """As click gives what the user does not."""
    return {"form": "nodal", "thin": (), "texture": (), "no_flip": False, "width": None, **changes}


def test_what_is_not_given_has_its_default():
    assert read_options(given()) == NodalOptions()
    assert read_options(given(form="field")) == FieldOptions()


def test_thinnings_and_textures_have_shares():
    found = read_options(given(thin=("2x2:0.3", "5"), texture=("5:0.4", "6"), no_flip=True))
    assert (found.thin, found.shares) == (("2x2", "5"), (0.3, 1.0))
    assert (found.texture, found.texture_shares) == ((5, 6), (0.4, 1.0))
    assert found.flip is False
    assert read_options(given(form="field", thin=("5:0.3",))).thin == "5"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"form": "field", "init": "default"}, "form field has no --init; leave that out, or use"),
        ({"form": "field", "texture": ("5",)}, "form field has no --texture; leave that out"),
        ({"form": "field", "thin": ("2", "3")}, "form field has no a second --thin"),
        ({"form": "nodal", "head": "residual"}, "--head; leave that out, or use --form field; see"),
        ({"texture": ("5.5",)}, "--texture '5.5' is not understood; give whole degrees"),
    ],
)
def test_what_a_form_has_no_use_for_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        read_options(given(**changes))


def test_numbers_of_stations_and_sizes_of_errors_are_lists():
    found = read_options(given(form="diffusion", stations="300,0", errors="0,0.6,1"))
    assert (found.stations, found.errors) == ((300, 0), (0.0, 0.6, 1.0))
    for name, text in (("stations", "300,a"), ("errors", "1;2")):
        with pytest.raises(InputError, match=f"--{name} '{text}' is not understood; give"):
            read_options(given(form="diffusion", **{name: text}))
    with pytest.raises(InputError, match="form nodal has no --errors; leave that out, or use"):
        read_options(given(errors="1"))


def test_the_default_of_the_other_form_says_nothing():
    """Click gives defaults as if the user had."""
    assert (
        read_options(given(form="field", dropout=0.0, members=1, sigma="gaussian")).form == "field"
    )
    assert read_options(given(shift=30, head="absolute", rmse_mode="squared")).form == "nodal"


@pytest.mark.parametrize("text", ["a", "a,b,5x5", "a,b,5x5@2", "a,b,5x5@x,y", "a,b,c,5x5@2,2"])
def test_a_check_has_four_parts(text):
    assert read_check("a,,5x5@2,3")[1:] == (None, "5x5", (2, 3))
    with pytest.raises(InputError, match="give FILE,OROGRAPHY,THIN@ROW,COLUMN"):
        read_check(text)


@pytest.mark.parametrize("text", ["a", "a,b", "a,b,5x5", "a,b,5x5:x"])
def test_another_product_has_a_share(text):
    assert read_also("a,b,5x5:0.1")[1:] == ("b", "5x5", 0.1)
    with pytest.raises(InputError, match="give FILE,OROGRAPHY,THIN:SHARE"):
        read_also(text)


def test_an_interrupt_says_what_is_kept(tmp_path, capsys):
    def interrupted():
        (tmp_path / "last.ckpt").touch()
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop, interruptible(tmp_path, resume=False):
        interrupted()
    assert stop.value.code == 130
    assert "last.ckpt holds the run up to its last validation" in capsys.readouterr().err
    with pytest.raises(SystemExit), interruptible(tmp_path, resume=False):
        raise KeyboardInterrupt
    assert "nothing of this run is kept" in capsys.readouterr().err


def test_moisture():
    assert read_moisture("gfs.nc,4,5") == ("gfs.nc", 4, 5, 1.0, ())
    found = read_moisture("a.nc@2010-05/2010-08;2010-10/2010-12,2,5:0.1")
    assert found == ("a.nc", 2, 5, 0.1, ("2010-05/2010-08", "2010-10/2010-12"))


@pytest.mark.parametrize("text", ["gfs.nc", "gfs.nc,4", "gfs.nc,x,5", "a,4,5:much", "a,4,5,6"])
def test_moisture_that_is_not_understood(text):
    with pytest.raises(InputError, match=r"is not understood; give FILE\[@PERIOD\],NODES,STEP"):
        read_moisture(text)


@pytest.mark.parametrize("text", ["a,0,5", "a,4,1"])
def test_moisture_that_makes_no_pairs(text):
    with pytest.raises(InputError, match="NODES must be 1 or more and STEP 2 or more"):
        read_moisture(text)


def test_help_lists_an_option_under_the_forms_that_have_it():
    kinds = {"nodal": NodalOptions, "field": FieldOptions, "diffusion": DiffusionOptions}
    has = {form: {each.name for each in fields(kind)} for form, kind in kinds.items()}
    # Other data, which read_others and fit take.
    has["nodal"] |= {"check", "also", "moisture", "check_moisture", "refit_of"}
    of_all = set.intersection(*has.values()) | {"no_flip"}
    headed = {}
    for each in train.params:
        headed.setdefault(getattr(each, "heading", None), set()).add(each.name)
    for form, names in has.items():
        assert headed[f"Form {form}"] <= names
    for heading in ("Learning, all forms", "Machine, all forms"):
        assert headed[heading] - set(FIRST) <= of_all
    assert set(FIRST) <= {each.name for each in train.params}
