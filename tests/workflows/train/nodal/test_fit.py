"""Training of the nodal network: it learns, and resumes exactly."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train.forms import fit

from helpers.training import longer


def test_training_lowers_the_loss_and_resumes_exactly(fine, tmp_path):
    whole = fit(fine, tmp_path / "whole", options=longer(steps=40, steps_per_epoch=10))
    losses = [row["train_loss"] for row in whole.history]
    assert losses[-1] < 0.7 * losses[0]
    # a run that is cut after two epochs and resumed
    half = longer(steps=40, steps_per_epoch=10)
    fit(fine, tmp_path / "cut", options=half, stop_after=2)
    resumed = fit(fine, tmp_path / "cut", options=half, resume=True)
    assert [r["epoch"] for r in resumed.history] == [0, 1, 2, 3]
    np.testing.assert_allclose([r["train_loss"] for r in resumed.history], losses, rtol=1e-5)
    # what it leaves
    loaded = load(whole.best)
    assert loaded.card["scores"]["2x2"]["zwd_single_mm"] > 0
    assert loaded.tensors["rmse_zwd"].shape == (180, 360)
    assert (tmp_path / "whole" / "history.npy").exists()
    assert "| 2x2 | zwd |" in whole.report.read_text()
    assert (tmp_path / "whole" / "loss.png").exists()


def test_nothing_to_resume(fine, tmp_path):
    with pytest.raises(CheckpointError, match="nothing to resume"):
        fit(fine, tmp_path, options=longer(), resume=True)
