"""A description in words and in HTML."""

from tropdsx.workflows.report.words import to_html


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
