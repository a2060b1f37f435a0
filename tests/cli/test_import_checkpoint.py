"""The command import-checkpoint."""

import pytest
import torch

from tropdsx.cli.group import main
from tropdsx.nn.checkpoint import load_card
from tropdsx.nn.unet import UNet


@pytest.fixture
def pth(tmp_path):
    """A checkpoint as TropDS saves it."""
    torch.manual_seed(0)
    path = tmp_path / "best_model.pth"
    torch.save({"model_state_dict": UNet(width=2).state_dict()}, path)
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([*map(str, arguments)])
    return stop.value.code


def test_a_pth_becomes_a_checkpoint_that_explains_itself(pth, capsys):
    assert run("import-checkpoint", pth, "--norm", "0,50", "--variable", "zwd") == 0
    written = pth.with_suffix(".safetensors")
    assert capsys.readouterr().out.strip() == str(written)
    card = load_card(written)
    assert card["variables"] == ["zwd"]
    assert card["network"] == "unet"


def test_the_range_is_needed_and_the_delay_too(pth, capsys):
    assert run("import-checkpoint", pth, "--variable", "zwd") == 1
    assert "--norm" in capsys.readouterr().err.replace("norm=", "--norm")
    assert run("import-checkpoint", pth, "--norm", "0,50") == 2
    assert "--variable" in capsys.readouterr().err


def test_an_existing_checkpoint_is_kept_unless_told(pth, capsys):
    given = ("import-checkpoint", pth, "--norm", "0,50", "--variable", "zwd")
    assert run(*given) == 0
    before = pth.with_suffix(".safetensors").read_bytes()
    capsys.readouterr()
    assert run(*given) == 1
    assert "exists" in capsys.readouterr().err
    assert run(*given, "--overwrite") == 0
    assert pth.with_suffix(".safetensors").read_bytes() == before
