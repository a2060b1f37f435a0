"""What the card of a nodal network says."""

import numpy as np
import pytest
import torch

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import ANY_WET
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.card import Making, make_card, measure_network, terms_of_use
from tropdsx.workflows.train.nodal.pairs import make_pair_sets

SPAN = {"count": 4, "first": "2022-03-09T00", "last": "2022-03-09T18"}


@pytest.fixture
def making():
    record = {"steps": 500, "epochs_validate": SPAN, "command": "tropdsx train fine.nc"}
    return Making(record, {"license": "CC0"}, np.full(9, 0.3))


def test_the_card_says_how_the_network_is_used_and_made(making):
    card = make_card(making, "mine", {"zhd": 1.1, "zwd": 1.2})
    assert card["validation"]["validation_period"] == "2022-03-09T00/2022-03-09T18"
    assert card["channels"] == list(CHANNELS)
    assert card["sigma_factor"] == {"zhd": 1.1, "zwd": 1.2}
    assert card["training"] == making.record
    assert (card["command"], card["license"]) == ("tropdsx train fine.nc", "CC0")


def test_a_measured_network_is_a_copy(fine, making):
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1)
    torch.nn.init.normal_(net.head.weight, std=0.3)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    tests = {
        "2x2": make_pair_sets(fine, (2, 2), phase=(1, 1))[0],
        "check 3x3": make_pair_sets(fine, (3, 3), phase=(1, 1))[0],
    }
    found = measure_network(net, tests, making, "mine")
    assert all((net.state_dict()[name] == value).all() for name, value in before.items())
    assert (net.wet_seen == ANY_WET).all()
    assert not net.config["mirror"]
    # Factors, scores and maps belong together.
    assert found.net.config["mirror"]
    np.testing.assert_allclose(found.net.gain[0], found.card["trust"]["zhd"], rtol=1e-6)
    assert found.net.gain.min() < 1
    assert list(found.card["scores"]) == ["2x2", "check 3x3"]
    assert found.card["rmse_degrees"] == found.card["scores"]["check 3x3"]["degrees"]
    assert found.card["rmse_maps"].startswith("pattern: 2x2, cells smoothed; level: that of the")
    zwd = found.tensors["rmse_zwd"].double()
    area = torch.from_numpy(np.cos(np.radians(89.5 - np.arange(180))))[:, None]
    level = ((zwd**2 * area).sum() / (area.sum() * 360)).sqrt().item()
    single = found.card["scores"]["check 3x3"]["zwd_single_mm"]
    assert level == pytest.approx(single / 1e3, rel=2e-3)


def test_terms_name_every_source_once():
    one = {"license": "CC BY 4.0", "references": "doi:1", "title": "not asked for"}
    two = {"Licence": "CC BY 4.0", "acknowledgement": "doi:2"}
    start = {"model_id": "a", "license": "CC0", "citation": "doi:3"}
    found = terms_of_use([one, two], start, {"model_id": "b", "license": "MIT"})
    assert found["license"] == (
        "not given for the weights; of the training data: CC BY 4.0; started from a: CC0; "
        "taught by b: MIT"
    )
    assert found["citation"] == "doi:1; doi:2; started from a: doi:3"


@pytest.mark.parametrize("text", ["", "  ", "not given", "see tropdsx_input_license"])
def test_an_attribute_that_says_nothing_is_none(text):
    found = terms_of_use([{"license": text, "citation": text}])
    assert found["license"] == "not given; the terms of the training data apply"
    assert found["citation"] == "not given"
