import re

import numpy as np
import pytest

from tropdsx.workflows.evaluate.comparison import validate
from tropdsx.workflows.report.html.tables import score_tables

from helpers.fine import delays


@pytest.fixture
def scores():
    fine = delays(epochs=3, maps=False, orography=False)
    fine["zwd_sigma"] = (0 * fine.zwd + 0.01).assign_attrs(units="m")
    truth = fine.assign(zwd=(fine.zwd + 0.0123).assign_attrs(units="m"))
    return validate(fine, truth, name="<truth>.nc")


def test_numbers_are_those_of_the_scores(scores):
    html = score_tables(scores)
    row = re.search(r'<th scope="row">ZWD</th>(.*?)</tr>', html)[1]
    cells = re.findall(r"<td>(.*?)</td>", row)
    own = scores.sel(variable="zwd", group="all")
    assert cells[:2] == ["12.30", "-12.30"]
    assert cells[4:] == [f"{100 * float(share):.0f} %" for share in own.coverage]
    latitudes = [f"{lat}N to {lat + 10}N" for lat in (50, 40)]
    assert all(f'<th scope="row">{band}</th>' in html for band in latitudes)
    assert "80S to 90S" not in html  # no node there
    assert "Dec-Feb" in html


def test_text_of_files_is_no_html(scores):
    html = score_tables(scores)
    assert "<truth>" not in html
    assert "Against &lt;truth&gt;.nc" in html


def test_methods_stand_side_by_side(scores):
    both = scores.expand_dims(model=["kouba", "net<1>"])
    html = score_tables(both)
    assert html.count('<th scope="row">net&lt;1&gt;</th>') == scores.sizes["variable"]
    assert "RMSE [mm] by group and method" in html


@pytest.mark.parametrize(
    ("nodes", "caption"),
    [
        ("all nodes", "All nodes and epochs in common"),
        ("without the coarse nodes", "Nodes and epochs in common, without the coarse nodes"),
        ("", "Nodes and epochs in common"),
    ],
)
def test_caption_says_which_nodes_count(scores, nodes, caption):
    assert scores.attrs["validation_nodes"] == "all nodes"
    html = score_tables(scores.assign_attrs(validation_nodes=nodes))
    assert f"<caption>{caption}</caption>" in html


def test_what_is_not_known_is_a_dash(scores):
    html = score_tables(scores.assign(bias=scores.bias * np.nan))
    assert "<td>–</td>" in html
    assert "nan" not in html
