"""One sheet for an evaluation: panels, colours within their range, and a file of any kind."""

import numpy as np
import pytest

from tropdsx.errors import OutputError
from tropdsx.workflows.evaluate.cases import cases_by_thinning
from tropdsx.workflows.evaluate.methods import evaluate, methods_of
from tropdsx.workflows.report.sheet import draw_sheet, save_sheet

from helpers.fields import delays


@pytest.fixture(scope="module")
def found():
    fine = delays(np.arange(86.25, -90, -7.5), np.arange(3.75, 360, 7.5), epochs=2)
    return evaluate(cases_by_thinning(fine, (3, 3)), methods_of(["none"]), name="truth.nc")


def test_a_row_of_panels_for_each_delay(found):
    figure = draw_sheet(found)
    titles = [axes.get_title() for axes in figure.axes]
    assert [title for title in titles if "RMSE of" in title] == [
        "ZHD RMSE of physics",
        "ZWD RMSE of physics",
    ]
    assert titles.count("physics minus kouba: blue is better") == 2
    assert figure.get_suptitle().startswith("truth.nc: 2 epochs, 2022-03-09 00:00 to")


def test_what_would_flatten_the_rest_is_named_instead(found):
    title = draw_sheet(found).axes[0].get_title()
    assert title.startswith("ZHD by 10 degree band")
    assert "off scale: bilinear" in title


def test_networks_are_set_beside_physics(found):
    both = found.sel(model=["physics", "kouba"])
    titles = [axes.get_title() for axes in draw_sheet(both).axes]
    assert "kouba minus physics: blue is better" in titles


@pytest.mark.parametrize(
    ("suffix", "head"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?")]
)
def test_the_suffix_says_which_kind(found, tmp_path, suffix, head):
    path = save_sheet(found, tmp_path / f"sheet.{suffix}")
    assert path.read_bytes().startswith(head)


def test_what_cannot_be_drawn_is_named(found, tmp_path):
    with pytest.raises(OutputError, match=r"cannot draw .*accepted are \.png"):
        save_sheet(found, tmp_path / "sheet.txt")
    with pytest.raises(OutputError, match=r"sheet\.png: folder .*absent does not exist"):
        save_sheet(found, tmp_path / "absent" / "sheet.png")
