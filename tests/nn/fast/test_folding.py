"""Batch norms folded into convolutions."""

import pytest
import torch

from tropdsx.nn.fast.folding import fold_batch_norms

from helpers.networks import trained


@pytest.mark.parametrize("padding", ["zeros", "globe"])
@pytest.mark.parametrize("head", ["absolute", "residual"])
def test_folded_is_the_same_function(padding, head):
    net = trained(width=4, padding=padding, head=head)
    x = torch.rand(2, 1, 40, 72)
    with torch.inference_mode():
        torch.testing.assert_close(fold_batch_norms(net)(x), net(x), rtol=0, atol=2e-6)
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules()), "left as it was"
