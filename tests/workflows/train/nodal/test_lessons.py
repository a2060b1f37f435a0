"""Lessons and checks of files and thinnings; data that cannot be used."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np
import torch

from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.grid.thinning import thin
from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.nodal.lessons import Lessons
from tropdsx.workflows.train.nodal.pairs import make_pair_sets
from tropdsx.workflows.train.nodal.sources import Source
from tropdsx.workflows.train.products import Also, Check

from helpers.training import longer, small


def test_lessons_depend_on_the_step_alone(fine):
    source = [Source("2x2", 1.0, make_pair_sets(fine, (2, 2), count=2))]
    whole = list(Lessons(source, 3, 0, 6, 2))
    later = list(Lessons(source, 3, 4, 2, 2))
    for one, other in zip(whole[4:], later, strict=True):
        torch.testing.assert_close(one.channels, other.channels)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thin": ("3x3",)}, "--coarse and --thin are both given; .* thinning 2x2"),
        ({"texture": (5,), "texture_shares": (0.4,)}, "--coarse and --texture are"),
        ({"phases": 2}, "--coarse and --phases are"),
    ],
)
def test_coarse_files_leave_no_thinning_open(fine, tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        fit(fine, tmp_path, options=longer(**changes), coarse=thin(fine, (2, 2), (1, 1)))


@pytest.mark.parametrize("text", ["2", "2x2"])
def test_the_thinning_of_coarse_files_may_be_said(fine, tmp_path, text):
    options = longer(thin=(text,), steps=1, steps_per_epoch=1)
    done = fit(fine, tmp_path, options=options, coarse=thin(fine, (2, 2), (1, 1)))
    assert done.history[-1]["step"] == 1


def test_pairs_of_files_and_checks(fine, tmp_path):
    coarse = thin(fine, (2, 2), (1, 1))
    check = Check(fine, None, "3x3", (1, 1))
    done = fit(
        fine, tmp_path, options=longer(steps=2, steps_per_epoch=2), coarse=coarse, check=[check]
    )
    assert set(load(done.final).card["scores"]) == {"2x2", "check 3x3"}


@pytest.mark.parametrize("changes", [{"thin": ("2x5",)}, {"form": "field", "thin": "5"}])
def test_a_thinning_divides_the_columns_round_the_globe(fine, tmp_path, changes):
    words = "48 columns round the globe cannot be thinned by 5; .*: 1, 2, 3, 4, 6, 8, 12, 16, 24"
    with pytest.raises(GridError, match=words):
        fit(fine, tmp_path / "new", options=small(**changes))
    assert not (tmp_path / "new").exists()
    with pytest.raises(GridError, match=words):
        fit(fine, tmp_path / "new", options=small(), check=[Check(fine, None, "5x5", (2, 2))])
    with pytest.raises(GridError, match=words):
        fit(fine, tmp_path / "new", options=small(), also=[Also(fine, None, "5x5", 0.1)])
    # A region has no seam, and keeps every node that the pairs count.
    assert thin(fine.isel(lon=slice(0, 23)), (5, 5), (0, 1)).sizes["lon"] == 5


@pytest.mark.filterwarnings("ignore:.* NaN of :UserWarning")
def test_a_delay_that_is_missing_everywhere(fine, tmp_path):
    empty = fine.assign(zwd=fine.zwd * np.nan)
    words = r"zwd is missing everywhere in the \d+ epochs of {}; .*or train on .*--variable zhd\)"
    with pytest.raises(GridError, match=words.format("training")):
        fit(empty, tmp_path / "new", options=small())
    with pytest.raises(GridError, match=words.format("training")):
        fit(empty, tmp_path / "new", options=small(form="field"))
    with pytest.raises(GridError, match=r"zhd and zwd is missing everywhere .* or epochs$"):
        fit(empty.assign(zhd=fine.zhd * np.nan), tmp_path / "new", options=small())
    late = fine.assign(zwd=fine.zwd.where(fine.time < fine.time[-2]))
    with pytest.raises(GridError, match=words.format("validation")):
        fit(late, tmp_path / "new", options=small())
    with pytest.raises(GridError, match=words.format("check 3x3")):
        fit(fine, tmp_path / "new", options=small(), check=[Check(empty, None, "3x3", (1, 1))])
    assert not (tmp_path / "new").exists()
    options = small(form="field", variable="zhd", width=1, steps=1, steps_per_epoch=1)
    with pytest.warns(TropdsxWarning, match="coarse zwd values are missing"):
        done = fit(empty, tmp_path, options=options)
    assert load(done.final).card["variables"] == ["zhd"]
