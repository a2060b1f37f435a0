"""The card of a checkpoint in words."""

from tropdsx.workflows.report.cards import card_rows, fitting_scores, score_lines


def test_card_in_words():
    scores = {"check 5x5": {"epochs": 2, "zhd_physics_mm": 1.5, "zhd_single_mm": 1.3}, "other": 3}
    assert score_lines(scores) == [
        "check 5x5 (2 epochs): zhd 1.5 mm by physics, 1.3 mm by the network",
        "other: 3",
    ]
    rows = card_rows({"model_id": "m", "network": "nodal", "coarse_spacing": [2, 10]})
    assert ("for spacings", "2° to 10°") in rows


def test_scores_of_the_nearest_spacing_are_picked():
    scores = {"check 2x2.5": {}, "check 5x5": {}, "heldout 5x5": {}}
    assert list(fitting_scores(scores, [4.0, 5.0])) == ["check 5x5", "heldout 5x5"]
    assert fitting_scores({"summer": {}}, [4.0, 5.0]) == {"summer": {}}
