"""Training of the U-Net: folders of TropDS, and fine files."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import numpy as np

from tropdsx.nn.checkpoint import load
from tropdsx.workflows.train.forms import fit

from helpers.training import longer


def test_a_tropds_folder_trains_the_unet(tmp_path):
    rng = np.random.default_rng(0)
    clear = rng.random((10, 32, 64)).astype("f4") * 40
    np.save(tmp_path / "2023_clear.npy", clear)
    np.save(tmp_path / "2023_blur.npy", clear + 1)
    np.save(tmp_path / "weight.npy", np.linspace(0, 0.1, 32 * 64).reshape(32, 64))
    options = longer(
        form="field",
        width=2,
        batch=4,
        steps=4,
        steps_per_epoch=2,
        ssim=0.1,
        loss="l1",
        rmse_mode="inverse",
        freeze=0.01,
        restart=1,
        thin=None,
    )
    done = fit(tmp_path, tmp_path / "run", options=options)
    loaded = load(done.best)
    assert loaded.card["network"] == "unet"
    assert loaded.card["normalisation"]["high"] == pytest.approx(41, abs=1)
    assert loaded.tensors["freeze"].sum() > 0
    assert len(done.history) == 2


def test_fields_are_made_of_fine_files(fine, tmp_path):
    options = longer(
        form="field",
        width=1,
        steps=2,
        steps_per_epoch=2,
        head="residual",
        padding="globe",
        block_mean=True,
        thin="2x2",
    )
    done = fit(fine, tmp_path, options=options)
    assert load(done.final).card["variables"] == ["zwd"]
