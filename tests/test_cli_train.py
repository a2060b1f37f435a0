import numpy as np
import pytest
from click.testing import CliRunner
from conftest import delays

pytest.importorskip("lightning")

from tropdsx.cli_train import train
from tropdsx.errors import InputError
from tropdsx.nn.checkpoint import load_card


def call(command, *arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=True)


def test_train_writes_checkpoints_and_a_report(tmp_path):
    fine = delays(np.arange(90, -91, -10.0), np.arange(0, 360, 10.0), 16)
    fine.to_netcdf(tmp_path / "fine.nc")
    done = call(train, tmp_path / "fine.nc", "-o", tmp_path / "run", "--thin", "2:1", "--width", 4,
                "--blocks", 1, "--steps", 4, "--steps-per-epoch", 2, "--threads", 1,
                "--check", f"{tmp_path / 'fine.nc'},,3x3@1,1")  # fmt: skip
    assert done.exit_code == 0, done.exception
    card = load_card(tmp_path / "run" / "best.safetensors")
    assert card["network"] == "nodal"
    assert card["training"]["options"]["width"] == 4
    assert "check 3x3" in card["scores"]
    assert (tmp_path / "run" / "history.csv").read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--check", "file"], "FILE,OROGRAPHY"),
        (["--thin", "twice"], "not understood"),
        (["--without", "colour"], "not accepted"),
        (["--validate", "1999"], "holds no epoch"),
    ],
)
def test_wrong_options_are_one_clear_error(tmp_path, arguments, words):
    delays(np.arange(90, -91, -10.0), np.arange(0, 360, 10.0), 4).to_netcdf(tmp_path / "f.nc")
    done = call(train, tmp_path / "f.nc", "-o", tmp_path / "run", *arguments)
    assert isinstance(done.exception, InputError)
    assert words in str(done.exception)
