"""History, checkpoints and report of a run."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.checkpoint import load_card
from tropdsx.nn.unet import UNet
from tropdsx.workflows.train.report import History, Measured, read_history, write_run


def epoch(number, **metrics):
    """What Lightning tells at the end of an epoch."""
    optimizer = SimpleNamespace(param_groups=[{"lr": 0.01}])
    metrics = {name: torch.tensor(value) for name, value in metrics.items()}
    return SimpleNamespace(
        optimizers=[optimizer],
        current_epoch=number,
        global_step=10 * (number + 1),
        callback_metrics=metrics,
    )


def test_an_epoch_that_is_repeated_has_one_row(tmp_path):
    history = History(tmp_path)
    for number in range(3):
        history.on_train_epoch_end(epoch(number, val_loss=1.0), None)
    again = History(tmp_path, keep=True)
    again.on_train_epoch_end(epoch(1, val_loss=0.5), None)
    rows = read_history(tmp_path / "history.csv")
    assert [(row["epoch"], row["step"], row["val_loss"]) for row in rows] == [
        (0, 10, 1.0),
        (1, 20, 0.5),
    ]
    assert np.load(tmp_path / "history.npy")["rate"].tolist() == [0.01, 0.01]
    assert not list(tmp_path.glob(".*"))


def test_a_score_that_comes_later_leaves_a_gap(tmp_path):
    history = History(tmp_path)
    history.on_train_epoch_end(epoch(0, train_loss=2.0), None)
    history.on_train_epoch_end(epoch(1, **{"train_loss": 1.0, "zwd/dataloader_idx_1": 0.25}), None)
    first, second = read_history(tmp_path / "history.csv")
    assert "zwd_1" not in first
    assert second["zwd_1"] == 0.25
    assert np.isnan(np.load(tmp_path / "history.npy")["zwd_1"][0])


@pytest.mark.parametrize("names", [("final",), ("final", "best")])
def test_a_run_leaves_its_networks_and_a_report(tmp_path, names):
    scores = {"2x2": {f"{v}_{k}_mm": 2.0 for v in ("zhd", "zwd") for k in ("physics", "single")}}
    for v in ("zhd", "zwd"):
        scores["2x2"] |= {f"{v}_neighbours_mm": 1.5, f"{v}_single_worst_band_ratio": 1.01}
    found = {
        name: Measured(UNet(width=1), {"model_id": name, "scores": scores}, {}) for name in names
    }
    rows = [{"step": 10.0, "train_loss": 2.0, "val_loss": 1.0}]
    done = write_run(tmp_path, found, rows, {"steps": 10})
    assert load_card(done.best)["model_id"] == names[-1]
    assert load_card(done.final)["model_id"] == "final"
    text = done.report.read_text()
    assert "| 2x2 | zwd | 2.000 | 2.000 | 0.0 | 1.500 | 25.0 | 1.010 |" in text
    assert load_card(done.final)["sha256"] in text
    assert '"steps": 10' in text
    assert (tmp_path / "loss.png").stat().st_size > 0


def test_one_network_that_cannot_be_written_leaves_none(tmp_path):
    found = {
        "final": Measured(UNet(width=1), {"model_id": "final"}, {}),
        "best": Measured(UNet(width=1), {"model_id": object()}, {}),
    }
    with pytest.raises(TypeError, match="JSON"):
        write_run(tmp_path, found, [], {})
    assert not list(tmp_path.iterdir())
