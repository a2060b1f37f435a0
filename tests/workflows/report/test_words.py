"""A description in words and in HTML."""

from tropdsx.workflows.report.words import card_rows, score_lines, to_html


def test_card_in_words():
    scores = {"check 5x5": {"epochs": 2, "zhd_physics_mm": 1.5, "zhd_single_mm": 1.3}, "other": 3}
    assert score_lines(scores) == [
        "check 5x5 (2 epochs): zhd 1.5 mm by physics, 1.3 mm by the network",
        "other: 3",
    ]
    rows = card_rows({"model_id": "m", "network": "nodal", "coarse_spacing": [2, 10]})
    assert ("for spacings", "2° to 10°") in rows


def test_description_of_a_result_without_grid_is_laid_out():
    made = {
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
    about = {
        "kind": "result",
        "variables": [],
        "notes": [],
        "warnings": [],
        "error": "cannot ...",
        "provenance": made,
        "rmse": {},
    }
    assert "a result of tropdsx 1" in to_html(about)
