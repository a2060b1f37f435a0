"""Expected errors from the checkpoint, for the spacing at hand."""

import numpy as np

from tropdsx.nn.checkpoint import load, load_card, save
from tropdsx.predict.accuracy.rmse_maps import spacing_factor

from helpers.fields import delays


def test_rmse_maps_follow_the_spacing_of_the_input(coarse, tiny_checkpoint, tmp_path):
    loaded = load(tiny_checkpoint)
    scores = {
        f"check {d:g}": {"degrees": d, "zhd_single_mm": 0.3 * d, "zwd_single_mm": 2.5 * d}
        for d in (2.0, 3.0, 5.0)
    }
    card = {**loaded.card, "scores": scores, "rmse_degrees": 5.0}
    path = save(tmp_path / "scored.safetensors", loaded.module, card, tensors=loaded.tensors)
    wide = delays(np.arange(85.0, -90.0, -10.0), np.arange(5.0, 360.0, 10.0))
    maps = [ds.tropds.downscale(5.0, model=path).zwd_rmse for ds in (coarse, wide)]
    np.testing.assert_allclose(maps[1] / maps[0], 2.0, rtol=1e-5)
    assert "scaled" in maps[0].attrs["comment"]
    assert spacing_factor(load_card(tiny_checkpoint), "zwd", 3.0) == 1.0


def test_another_product_of_one_spacing_does_not_move_the_level():
    scores = {f"check {d:g}": {"degrees": d, "zwd_single_mm": 2.5 * d} for d in (5.0, 2.0)}
    card = {"rmse_degrees": 5.0, "scores": scores}
    alone = spacing_factor(card, "zwd", 2.0)
    card["scores"] = scores | {"check 2x2 gfs.nc": {"degrees": 5.0, "zwd_single_mm": 21.0}}
    assert spacing_factor(card, "zwd", 2.0) == alone
    np.testing.assert_allclose(alone, 0.4)
