"""The decoder of scattered targets against the network's own."""

import numpy as np
import pytest
import torch

from tropdsx.nn import decoder as decoders
from tropdsx.nn.decoder import make_decoder

from helpers.networks import random_network, random_targets

LAT, LON = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)


@pytest.mark.parametrize("kept", [True, False])
def test_pieces_change_no_number(kept, monkeypatch):
    monkeypatch.setattr(decoders, "PIECE", 70)
    monkeypatch.setattr(decoders, "MOST_KEPT", 1e9 if kept else 0)
    net, coefficients, edges, height = random_network(LAT, LON)
    targets = random_targets(LAT, LON, height, 201)
    with torch.inference_mode():
        expected, _ = net.decode(coefficients, targets, edges)
        decoder = make_decoder(net, targets, edges)
        assert len(decoder.pieces) == 3
        assert decoder.epochs == (1 if kept else 8)
        found = decoder(coefficients)
    assert expected.abs().max() > 1e-3
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-8)


def test_no_target_is_no_work():
    net, coefficients, edges, height = random_network(LAT, LON)
    none = random_targets(LAT, LON, height, 0)
    with torch.inference_mode():
        assert make_decoder(net, none, edges)(coefficients).shape == (2, 2, 0)
