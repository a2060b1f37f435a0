"""Losses, and how places are weighed by their past errors."""

import pytest
import torch

from tropdsx.nn.losses import rmse_weight


def test_rmse_modes():
    rmse = torch.tensor([[1.0, 2.0, 3.0]])
    assert rmse_weight(rmse, "squared").argmax() == 2
    assert rmse_weight(rmse, "normalized").argmax() == 2
    assert rmse_weight(rmse, "inverse").argmax() == 0
    with pytest.raises(ValueError, match="unknown"):
        rmse_weight(rmse, "cubed")
