"""A description in words and in HTML."""

from tropdsx.workflows.report.words import provenance_rows, to_html

MADE = {
    "version": "1",
    "created": None,
    "command": None,
    "inputs": [],
    "parameters": {},
    "model": None,
    "device": None,
    "precision": None,
    "torch": None,
    "notes": [],
    "input": {},
    "history": [],
}


def test_what_limits_held_is_told_with_its_share():
    some = {"count": 3, "out_of": 20736, "epochs": 2, "out_of_epochs": 8}
    none = some | {"count": 0, "epochs": 0}
    unknown = some | {"count": None, "epochs": None}
    names = ("zhd_bounded", "zwd_bounded", "zwd_floored")
    rows = dict(
        provenance_rows(MADE | {"limits": dict(zip(names, (none, some, unknown), strict=True))})
    )
    assert rows["nodes with a bounded correction of zhd"] == "0 of 20,736"
    told = "3 of 20,736 (0.014 %), in 2 of 8 epochs"
    assert rows["nodes with a bounded correction of zwd"] == told
    assert "points with zwd at its floor" not in rows


def test_description_of_a_result_without_grid_is_laid_out():
    about = {
        "kind": "result",
        "variables": [],
        "notes": [],
        "warnings": [],
        "error": "cannot ...",
        "provenance": MADE,
        "rmse": {},
    }
    assert "a result of tropdsx 1" in to_html(about)
