"""Training that starts from a checkpoint."""

import pytest

pytest.importorskip("lightning", reason="the extra [train] is not installed")

import torch

from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import load, load_card, save
from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.forms import fit
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.start import starting_network, starting_point


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A network of two experts that never sees latitude."""
    net = NodalNet(in_channels=len(CHANNELS), width=4, blocks=2, members=2, experts=True)
    card = {
        "model_id": "pair",
        "variables": ["zhd", "zwd"],
        "channels": list(CHANNELS),
        "license": "CC0",
        "training": {"options": {"without": ["sin_lat"]}},
    }
    return save(tmp_path_factory.mktemp("pair") / "pair.safetensors", net, card)


def plain(**changes):
    return {
        "thin": ("2x2",),
        "shares": (1.0,),
        "steps": 2,
        "steps_per_epoch": 2,
        "batch": 2,
        "device": "cpu",
        "threads": 1,
        **changes,
    }


def test_init_takes_the_form_of_the_checkpoint(short, pair, tmp_path, monkeypatch):
    hidden = []
    from tropdsx.workflows.train.nodal import lessons as train_lessons

    lessons = train_lessons.Lessons

    def watched(*arguments):
        hidden.append(arguments[-1])
        return lessons(*arguments)

    monkeypatch.setattr(train_lessons, "Lessons", watched)
    done = fit(short, tmp_path, options=NodalOptions(**plain(init=pair)))
    card = load_card(done.final)
    recorded = card["training"]["options"]
    assert [recorded[k] for k in ("width", "blocks", "members", "experts")] == [4, 2, 2, True]
    assert recorded["without"] == ["sin_lat"]
    # Experts: neighbours are not hidden from all, the network has members for that.
    assert all(each["both"] == 0.0 for each in hidden)
    assert "started from pair: CC0" in card["license"]
    unseen = load(done.final).module.stem.conv.weight[:, CHANNELS.index("sin_lat")]
    assert (unseen == 0).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 64}, "width=64 .the checkpoint has 4"),
        ({"blocks": 5}, "blocks=5"),
        ({"members": 4}, "members=4"),
        ({"experts": False}, "experts=False"),
        ({"without": ("orography",)}, "without="),
    ],
)
def test_init_refuses_another_form(pair, changes, words):
    with pytest.raises(InputError, match=words):
        starting_point(NodalOptions(**plain(init=pair, **changes)))
    starting_point(NodalOptions(**plain(init=pair, width=4, experts=True)))


def test_the_first_members_may_go_on_alone(tmp_path):
    net = NodalNet(in_channels=len(CHANNELS), width=4, blocks=1, members=4, experts=True)
    card = {"model_id": "four", "variables": ["zhd", "zwd"], "channels": list(CHANNELS)}
    path = save(tmp_path / "four.safetensors", net, card)
    options, start = starting_point(NodalOptions(**plain(init=path, members=2)))
    fewer = starting_network(options, start)
    assert (options.members, fewer.config["members"], fewer.config["experts"]) == (2, 2, True)
    held = load(path).module.state_dict()
    assert all((held[name] == weight).all() for name, weight in fewer.state_dict().items())
    with pytest.raises(InputError, match="even number of --members, found 3"):
        starting_point(NodalOptions(**plain(init=path, members=3)))


def test_init_names_what_it_accepts():
    with pytest.raises(CheckpointError, match="'default', 'heldout', or the path") as caught:
        starting_point(NodalOptions(init="nofile"))
    assert "none" not in str(caught.value)


def test_some_of_the_start_is_kept(short, pair, tmp_path):
    """Half of the way between the weights that training began from and those it came to."""
    found = {}
    for share in (0.0, 0.5):
        options = NodalOptions(**plain(init=pair, keep_start=share))
        done = fit(short, tmp_path / str(share), options=options)
        found[share] = dict(load(done.final).module.named_parameters())
    first = dict(load(pair).module.named_parameters())
    moved = 0
    for name, value in found[0.5].items():
        middle = (first[name] + found[0.0][name]) / 2
        torch.testing.assert_close(value, middle, rtol=0, atol=1e-6)
        moved += int((first[name] != found[0.0][name]).any())
    assert moved > 5
    assert load_card(done.final)["training"]["options"]["keep_start"] == 0.5


def test_nothing_of_a_start_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"keep_start=0.5 \(accepted: only with --init\)"):
        NodalOptions(keep_start=0.5)
