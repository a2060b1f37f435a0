"""The card of a checkpoint in words."""

from tropdsx.workflows.report.cards import (
    card_rows,
    fitting_scores,
    reconstruction_lines,
    score_lines,
)


def test_card_in_words():
    scores = {"check 5x5": {"epochs": 2, "zhd_physics_mm": 1.5, "zhd_single_mm": 1.3}, "other": 3}
    assert score_lines(scores) == [
        "check 5x5 (2 epochs): zhd 1.5 mm by physics, 1.3 mm by the network",
        "other: 3",
    ]
    rows = card_rows({"model_id": "m", "network": "nodal", "coarse_spacing": [2, 10]})
    assert ("for spacings", "2° to 10°") in rows


def test_the_command_of_a_training_is_told_once():
    training = {"steps": 600, "command": "tropdsx train a.nc -o run"}
    rows = card_rows({"network": "nodal", "training": training})
    assert ("training", "steps=600") in rows
    assert ("command", "tropdsx train a.nc -o run") in rows


def test_scores_of_the_nearest_spacing_are_picked():
    scores = {"check 2x2.5": {}, "check 5x5": {}, "heldout 5x5": {}}
    assert list(fitting_scores(scores, [4.0, 5.0])) == ["check 5x5", "heldout 5x5"]
    assert fitting_scores({"summer": {}}, [4.0, 5.0]) == {"summer": {}}
    # 2.5 degrees thinned to 5: the spacing, not the thinning.
    told = {"check 2x2 gfs.nc": {"degrees": 5.0}, "check 2x2": {"degrees": 2.0}}
    assert list(fitting_scores(told, [5.0, 5.0])) == ["check 2x2 gfs.nc"]


def test_a_reconstruction_in_words():
    scores = {"background_mm": 20.3, "oi_mm": 19.94, "oi_crps_mm": 10.12, "stations": 300}
    found = [scores | {"mean_mm": 18.051, "mean_crps_mm": 8.91}]
    (line,) = reconstruction_lines(found)
    assert line.startswith("300 stations: 20.30 mm by physics, 19.94 by optimal")
    assert line.endswith("18.05 by the network (CRPS 10.12 and 8.91 mm)")
    grids = {"coarse": [4.0, 5.0], "fine": [2.0, 2.5]}
    rows = card_rows(
        {"network": "reconstruction", "reconstruction": found, "steps_of_grids": grids}
    )
    assert ("scores", line) in rows
    assert ("for grids of", "4° × 5°, to 2° × 2.5°") in rows
