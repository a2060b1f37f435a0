"""Scores as tables and as values that JSON holds."""

import json
import math

import pytest

from tropdsx.workflows.evaluate.cases import cases_by_thinning
from tropdsx.workflows.evaluate.methods import evaluate, methods_of
from tropdsx.workflows.evaluate.tables import epochs_text, plain_text, score_tables, values_of


@pytest.fixture(scope="module")
def found(truth):
    return evaluate(cases_by_thinning(truth, (3, 3)), methods_of(["none"]), name="truth.nc")


def test_one_table_for_each_delay_and_one_of_groups(found):
    tables = score_tables(found)
    assert [table.title.split(":")[0] for table in tables[:3]] == ["ZHD", "ZWD", "ZTD"]
    assert all(len(row) == len(table.head) for table in tables for row in table.rows)
    zwd = {row[0]: dict(zip(tables[1].head, row, strict=True)) for row in tables[1].rows}
    physics = found.sel(variable="zwd", model="physics", group="all")
    assert zwd["physics"]["RMSE mm"] == f"{1e3 * float(physics.rmse):.2f}"
    assert zwd["physics"]["to physics"] == "+0.0 %"
    assert zwd["physics"]["in 90 %"] == "-"  # says nothing of its sigma
    assert tables[-1].head[1:] == [f"{d} {m}" for d in ("ZHD", "ZWD") for m in zwd]


def test_without_physics_there_is_nothing_to_set_beside(found):
    table = score_tables(found.sel(model=["kouba"]))[0]
    assert dict(zip(table.head, table.rows[0], strict=True))["to physics"] == "-"


def test_columns_stand_below_each_other(found):
    title, *lines = plain_text(score_tables(found)[0]).splitlines()
    assert title.startswith("ZHD: 5 epochs, 2022-03-09 00:00 to 2022-03-10 00:00")
    ends = [line.index("  ", 9) for line in lines]
    assert len({len(line) for line in lines}) == 1
    assert min(ends) >= 8


def test_values_are_those_of_the_scores(found):
    values = json.loads(json.dumps(values_of(found, None)))
    zhd = values["methods"]["kouba"]["zhd"]
    assert zhd["rmse"] == float(found.rmse.sel(model="kouba", variable="zhd", group="all"))
    assert zhd["by"]["Jun-Aug"]["rmse"] is None
    assert math.isfinite(zhd["by"]["land"]["bias"])
    assert "stations" not in values
    assert values["validation_reference"] == "truth.nc"


def test_an_epoch_and_none_at_all_are_spelled():
    attrs = {
        "validation_epochs": 1,
        "validation_period": "2021-01-01T00:00:00Z/2021-01-01T00:00:00Z",
    }
    assert epochs_text(attrs) == "1 epoch, 2021-01-01 00:00"
    attrs = {"validation_epochs": 3, "validation_period": "not recorded"}
    assert epochs_text(attrs) == "3 epochs, not recorded"
