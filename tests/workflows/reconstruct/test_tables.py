import json

import numpy as np
import pytest
import xarray as xr

from tropdsx.workflows.reconstruct.tables import left_out_table, plain_scores


@pytest.fixture
def scores():
    """Two groups, of which one is empty."""
    shape = (3, 2)
    values = np.array([[0.010, np.nan]] * 3)
    ds = xr.Dataset(
        dict.fromkeys(("rmse", "mae", "bias", "crps", "r2"), (("model", "group"), values)),
        {
            "model": ["background", "idw", "oi"],
            "group": ["all", "Jun-Aug"],
            "probability": [0.5, 0.9],
            "station": ["A", "B"],
            "fold": ("station", [0, 1]),
        },
    )
    ds["count"] = (("model", "group"), np.broadcast_to([8, 0], shape))
    shares = np.broadcast_to(np.array([0.5, np.nan])[:, None], (3, 2, 2))
    ds["coverage"] = (("model", "group", "probability"), shares)
    return ds


def test_rows_are_methods_and_groups_that_have_observations(scores):
    table = left_out_table(scores)
    assert table.title.endswith("2 stations in 2 parts, 8 observations")
    assert [row[0] for row in table.rows] == ["background", "inverse distances", "reconstruction"]
    assert table.rows[0][1:] == ["10.00"] * 4 + ["0.0100", "50.0 %", "50.0 %"]
    assert len(table.head) == len(table.rows[0])


def test_a_network_has_a_row_of_its_own_and_the_groups(scores):
    worse = scores.assign({name: scores[name] * 2 for name in ("rmse", "mae", "bias", "crps")})
    both = xr.concat([scores, worse.sel(model=["oi"]).assign_coords(model=["mean"])], "model")
    both["count"] = both["count"] + 8
    rows = left_out_table(both.sel(probability=[0.5, 0.9])).rows
    assert [row[0] for row in rows[2:]] == ["reconstruction", "learned mean", "  Jun-Aug"]
    assert rows[3][1] == "20.00"


def test_plain_scores_are_json(scores):
    found = json.loads(json.dumps(plain_scores(scores), allow_nan=False))
    assert found["methods"]["oi"]["all"]["rmse"] == 0.01
    assert found["methods"]["oi"]["Jun-Aug"]["rmse"] is None
    assert found["methods"]["oi"]["all"]["coverage"] == {"0.5": 0.5, "0.9": 0.5}
    assert found["folds"] == {"A": 0, "B": 1}
