import json

import numpy as np
import pytest

from tropdsx.workflows.report.html.content import Content

LAT, LON = np.array([50.0, 45.0, 40.0]), np.array([0.0, 5.0, 10.0, 15.0])


@pytest.fixture
def content():
    made = Content(["2022-07-01 00:00 UTC"])
    made.add_grid(LAT, LON)
    return made


def fill(content, scale, *fields, variable="zwd"):
    for k, field in enumerate(fields):
        content.add(variable, f"{scale}{k}", "x", np.array([field]), grid=0, scale=scale)
    return content.as_dict()["scales"][f"{variable}/{scale}"]


def test_one_colour_range_holds_for_all_delays_side_by_side(content):
    scale = fill(content, "value", np.full((3, 4), 0.15), np.full((3, 4), 0.25))
    assert (scale["low"], scale["high"]) == (pytest.approx(0.15), pytest.approx(0.25))
    scale = fill(content, "value", np.full((3, 4), 0.01))
    assert scale["low"] == 0.0  # a dry region looks dry


def test_changes_are_symmetric_and_errors_start_from_zero(content):
    low_high = [-0.03, 0.011] * 6
    scale = fill(content, "change", np.reshape(low_high, (3, 4)))
    assert scale["low"] == -scale["high"] == pytest.approx(-0.03)
    scale = fill(content, "error", np.full((3, 4), 0.0042))
    assert (scale["low"], scale["high"]) == (0.0, pytest.approx(0.005))


@pytest.mark.parametrize("scale", ["value", "change", "error", "correlation"])
def test_nothing_known_leaves_a_range_that_can_be_drawn(content, scale):
    found = fill(content, scale, np.full((3, 4), np.nan))
    assert found["high"] > found["low"]
    json.dumps(content.as_dict(), allow_nan=False)


def test_colours_are_those_of_the_map(content):
    around = content.add_grid(np.array([60.0, 45.0]), np.array([5.0, 90.0, 355.0]))
    values = np.array([[[9.0, 9.0, 9.0], [0.2, 9.0, 9.0]]])
    content.add("zwd", "coarse", "x", values, grid=around, scale="value")
    scale = fill(content, "value", np.full((3, 4), 0.15))
    assert (scale["low"], scale["high"]) == (pytest.approx(0.15), pytest.approx(0.2))


def test_same_nodes_are_one_grid(content):
    assert content.add_grid(LAT, LON) == 0
    assert content.add_grid(LAT[:2], LON) == 1


def test_weights_of_the_page_interpolate_as_python_does(content):
    coarse = content.add_grid(np.array([50.0, 40.0]), np.array([0.0, 10.0]))
    values = np.array([[[1.0, 3.0], [5.0, 7.0]]])
    found = content.on_first_grid(values, coarse)[0]
    rows, columns = (content.link[axis] for axis in ("rows", "columns"))
    for i in range(3):
        for j in range(4):
            total = 0.0
            for row, down in zip(rows["index"][i], rows["weight"][i], strict=True):
                for column, along in zip(columns["index"][j], columns["weight"][j], strict=True):
                    weight = np.nan if along is None else down * along
                    total += weight * values[0, row, column]
            np.testing.assert_allclose(total, found[i, j])
    assert np.isnan(found[:, 3]).all()  # 15 degrees lie outside
    assert found[1].tolist()[:3] == [3.0, 4.0, 5.0]
