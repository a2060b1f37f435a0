import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from helpers.fields import delays, interruptible

pytest.importorskip("lightning", reason="the extra [train] is not installed")

from tropdsx.cf.attributes.acdd import DEFAULTS
from tropdsx.cli.import_checkpoint import import_checkpoint
from tropdsx.cli.training.command import train
from tropdsx.errors import CheckpointError, GridError, InputError, OutputError
from tropdsx.nn.checkpoint import load_card
from tropdsx.workflows.train.report import read_history


def call(command, *arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=True)


def test_train_writes_checkpoints_and_a_report(tmp_path):
    fine = delays(np.arange(90, -91, -10.0), np.arange(0, 360, 10.0), 16)
    fine.to_netcdf(tmp_path / "fine.nc")
    done = call(
        train,
        tmp_path / "fine.nc",
        "-o",
        tmp_path / "run",
        "--thin",
        "2:1",
        "--width",
        4,
        "--blocks",
        1,
        "--steps",
        4,
        "--steps-per-epoch",
        2,
        "--threads",
        1,
        "--check",
        f"{tmp_path / 'fine.nc'},,3x3@1,1",
    )
    assert done.exit_code == 0, done.exception
    card = load_card(tmp_path / "run" / "best.safetensors")
    assert card["network"] == "nodal"
    assert card["training"]["options"]["width"] == 4
    assert "check 3x3" in card["scores"]
    assert (tmp_path / "run" / "history.csv").read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["--check", "file"], InputError, "FILE,OROGRAPHY"),
        (["--thin", "twice"], InputError, "not understood"),
        (["--without", "colour"], InputError, "not accepted"),
        (["--validate", "1999"], GridError, "holds no epoch"),
    ],
)
def test_wrong_options_are_one_clear_error(tmp_path, arguments, error, words):
    delays(np.arange(90, -91, -10.0), np.arange(0, 360, 10.0), 4).to_netcdf(tmp_path / "f.nc")
    done = call(train, tmp_path / "f.nc", "-o", tmp_path / "run", *arguments)
    assert isinstance(done.exception, error)
    assert words in str(done.exception)


def test_a_run_there_is_replaced_on_demand_alone(fine, tmp_path):
    arguments = (fine, "-o", tmp_path / "run", *QUICK, "--steps", 1)
    assert call(train, *arguments).exit_code == 0
    done = call(train, *arguments)
    assert isinstance(done.exception, OutputError)
    assert "(--resume)" in str(done.exception)
    assert "(--overwrite)" in str(done.exception)
    assert call(train, *arguments, "--overwrite").exit_code == 0
    refused = call(train, fine, "-o", tmp_path / "new", *QUICK, "--validate", "1999")
    assert isinstance(refused.exception, GridError)
    assert not (tmp_path / "new").exists()


# ------------------------------------------------------------------------ what an option may be


@pytest.fixture(scope="module")
def fine(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "fine.nc"
    delays(np.arange(90, -91, -10.0), np.arange(0, 360, 15.0), 12).to_netcdf(path)
    return path


QUICK = ("--thin", "2", "--width", 2, "--blocks", 1, "--batch", 1, "--threads", 1, "-q")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--experts", "--members", 3], "an even number of --members, found 3"),
        (["--experts"], "an even number of --members, found 1"),
        (["--hide-height", 1.5], "hide_height=1.5 (accepted: a share, 0 to 1)"),
        (["--dropout", -0.1], "dropout=-0.1"),
        (["--average", 2], "average=2.0"),
        (["--clip", -1], "clip=-1.0 (accepted: 0 or more)"),
        (["--max-time", 0], "max_minutes=0.0"),
        (["--seed", -1], "seed=-1"),
        (["--also", "fine.nc,,3x3:0"], "has the share 0 of the batches; give more than 0"),
        (["--also", "fine.nc,,3x3:-1"], "has the share -1"),
        (["--also", "fine.nc,,3x3:many"], "FILE,OROGRAPHY,THIN:SHARE"),
        (["--thin", "0x2"], "thinning '0x2' is not understood"),
        (["--thin", "1"], "thinning '1' is not understood"),
        (["--thin", "2:a"], "the share 'a' is no number"),
        (["--thin", "2:-1"], "the share '-1' is no number of 0 or more"),
        (["--thin", "2:0"], "shares=(0.0,)"),
        (["--texture", "x"], "--texture 'x' is not understood"),
        (["--texture", "5:nan"], "the share 'nan' is no number"),
        (["--texture", "1"], "whole steps of 2 degrees or more"),
        (["--init", "nofile"], "--init nofile: no such checkpoint; accepted are 'default'"),
        (["--refit-of", "nofile"], "--refit-of nofile: no such checkpoint"),
        (["--init", "default", "--width", 32], "the checkpoint has 96"),
    ],
)
def test_an_option_that_cannot_be_meant_is_explained(fine, tmp_path, arguments, words):
    done = call(train, fine, "-o", tmp_path, *arguments)
    assert isinstance(done.exception, InputError | CheckpointError), done.exception
    assert words in str(done.exception)


@pytest.mark.parametrize("arguments", [["--rate", "-1"], ["--rate", "0"], ["--weight-decay", "-1"]])
def test_a_rate_is_positive(fine, tmp_path, arguments):
    done = call(train, fine, "-o", tmp_path, *arguments)
    assert done.exit_code == 2
    assert "is not in the range" in done.output


def test_a_gpu_that_is_not_there(fine, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    done = call(train, fine, "-o", tmp_path, "--device", "cuda")
    assert "torch finds no CUDA GPU here" in str(done.exception)


@pytest.mark.parametrize(
    ("form", "arguments", "named"),
    [
        ("field", ["--members", 2, "--experts"], "no --members, --experts"),
        ("field", ["--init", "default"], "no --init"),
        ("field", ["--teacher", "default"], "no --teacher"),
        ("field", ["--texture", "5", "--without", "sin_lat"], "no --without, --texture"),
        ("field", ["--blocks", 3, "--dropout", 0.1, "--phases", 2], "no --blocks, --dropout, --ph"),
        ("field", ["--weigh-by-sigma", 1], "no --weigh-by-sigma"),
        ("field", ["--thin", "2", "--thin", "3"], "no a second --thin"),
        ("field", ["--refit-of", "heldout"], "no --refit-of"),
        ("field", ["--also", "a,,2:1", "--check", "a,,2@1,1"], "no --check, --also"),
        ("field", ["--coarse", "a.nc"], "no --coarse"),
        ("nodal", ["--rmse-map", "weight.npy", "--freeze", 0.1], "no --rmse-map, --freeze"),
        ("nodal", ["--block-mean", "--ssim", 0.1], "no --block-mean, --ssim"),
        ("nodal", ["--padding", "globe", "--head", "residual"], "no --padding, --head"),
        ("nodal", ["--variable", "zwd"], "no --variable"),
    ],
)
def test_options_of_the_other_form_are_refused(fine, tmp_path, form, arguments, named):
    done = call(train, fine, "-o", tmp_path, "--form", form, *arguments)
    assert isinstance(done.exception, InputError), done.exception
    assert f"form {form} has {named}" in str(done.exception)


# ------------------------------------------------------------------------ what the card says


def test_the_card_tells_of_the_data(tmp_path):
    fine = delays(np.arange(60, -61, -4.0), np.arange(0, 360, 5.0), 12)
    fine.attrs = {"license": "CC BY-SA 4.0", "references": "doi:10.1/abc", "source": "model X"}
    fine.to_netcdf(tmp_path / "fine.nc")
    done = call(
        train,
        tmp_path / "fine.nc",
        "-o",
        tmp_path / "run",
        *QUICK,
        "--steps",
        1,
        "--thin",
        "3x2:0.5",
        "--check",
        f"{tmp_path / 'fine.nc'},,3x3@1,1",
        "--check",
        f"{tmp_path / 'fine.nc'},,3x3@0,2",
    )
    assert done.exit_code == 0, done.exception
    card = load_card(tmp_path / "run" / "best.safetensors")
    assert card["coarse_spacing"] == [8.0, 12.0]
    assert card["grid"] == {"lat0": 60.0, "lon0": 0.0, "step": [4.0, 5.0]}
    assert card["license"] == "not given for the weights; of the training data: CC BY-SA 4.0"
    assert card["citation"] == "doi:10.1/abc"
    assert card["training"]["data"]["source"] == "model X"
    assert "VMF" not in json.dumps(card)
    assert list(card["scores"]) == ["2", "3x2", "check 3x3@1,1 fine.nc", "check 3x3@0,2 fine.nc"]


@pytest.mark.parametrize(
    "attrs", [{}, {"license": DEFAULTS["license"], "acknowledgement": DEFAULTS["acknowledgement"]}]
)
def test_nothing_is_said_of_the_terms_of_silent_data(fine, tmp_path, attrs):
    xr.open_dataset(fine).assign_attrs(attrs).to_netcdf(tmp_path / "fine.nc")
    done = call(train, tmp_path / "fine.nc", "-o", tmp_path, *QUICK, "--steps", 1)
    assert done.exit_code == 0, done.exception
    card = load_card(tmp_path / "final.safetensors")
    assert card["license"] == "not given; the terms of the training data apply"
    assert card["citation"] == "not given"


# ------------------------------------------------------------------------ Ctrl-C


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_training_says_what_is_kept(fine, tmp_path, number, status):
    run = tmp_path / "run"
    words = [fine, "-o", run, *QUICK, "--steps", 100000, "--steps-per-epoch", 1]
    child = subprocess.Popen(
        [sys.executable, "-m", "tropdsx", "train", *map(str, words)],
        preexec_fn=interruptible,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not (run / "last.ckpt").exists():  # the test's own time limit ends this
            assert child.poll() is None, child.stderr.read()
            time.sleep(0.05)
        child.send_signal(number)
        _, said = child.communicate()
    finally:
        child.kill()
    assert child.returncode == status
    assert said.splitlines() == [
        f"tropdsx: training interrupted; {run / 'last.ckpt'} holds the run up to its last "
        "validation: go on with --resume"
    ]
    step = int(read_history(run / "history.csv")[-1]["step"]) + 2
    words[words.index(100000)] = step
    done = call(train, *words, "--resume")
    assert done.exit_code == 0, done.exception
    assert load_card(run / "final.safetensors")["training"]["steps"] == step


def test_an_interrupt_before_the_first_validation(fine, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "tropdsx.workflows.train.nodal.fit.make_lessons",
        lambda *_: os.kill(os.getpid(), signal.SIGTERM),
    )
    (tmp_path / "last.ckpt").write_bytes(b"of another run")
    done = call(train, fine, "-o", tmp_path, *QUICK, "--overwrite")
    assert done.exit_code == 143
    assert done.output == (
        f"tropdsx: training interrupted; nothing of this run is kept in {tmp_path}: there was no "
        "validation yet\n"
    )


# ------------------------------------------------------------------------ TropDS folders


@pytest.fixture
def arrays(tmp_path):
    """A TropDS folder of ZWD in centimetres."""
    clear = np.random.default_rng(0).random((10, 32, 64)).astype("f4") * 40
    folder = tmp_path / "arrays"
    folder.mkdir()
    np.save(folder / "2023_clear.npy", clear)
    np.save(folder / "2023_blur.npy", clear + 1)
    return folder


FIELDS = ("--form", "field", "--width", 1, "--batch", 2, "--steps", 1, "--threads", 1, "-q")


def test_a_network_of_a_folder_refines_netcdf(arrays, tmp_path, coarse, monkeypatch):
    monkeypatch.setattr("sys.argv", ["tropdsx", "train", "a folder"])
    done = call(train, arrays, "-o", tmp_path / "run", *FIELDS, "--variable", "zwd")
    assert done.exit_code == 0, done.exception
    best = tmp_path / "run" / "best.safetensors"
    card = load_card(best)
    assert (card["variables"], card["units"]) == (["zwd"], "cm")
    assert card["command"] == "tropdsx train 'a folder'"
    assert "zwd" in coarse.isel(time=[0]).tropds.downscale(model=best)


def test_a_network_that_does_not_say_its_delay_is_imported(arrays, tmp_path, coarse):
    done = call(train, arrays, "-o", tmp_path, *FIELDS)
    assert done.exit_code == 0, done.exception
    best = tmp_path / "best.safetensors"
    with pytest.raises(CheckpointError, match="import it with --variable"):
        coarse.tropds.downscale(model=best)
    done = call(import_checkpoint, best, "--variable", "zwd", "--units", "cm")
    assert done.output.strip() == str(tmp_path / "best_zwd.safetensors")
    card = load_card(tmp_path / "best_zwd.safetensors")
    assert (card["variables"], card["units"]) == (["zwd"], "cm")
    assert card["sha256"] == load_card(best)["sha256"]
    coarse.isel(time=[0]).tropds.downscale(model=tmp_path / "best_zwd.safetensors")
    again = call(import_checkpoint, tmp_path / "best_zwd.safetensors", "--variable", "zhd")
    assert "says that it refines ['zwd']" in str(again.exception)
    again = call(import_checkpoint, best, "--variable", "zwd", "--norm", "0,1", "--overwrite")
    assert "leave out --norm" in str(again.exception)


@pytest.mark.parametrize("name", ["nofile.pth", "nofile.safetensors"])
def test_a_missing_checkpoint_is_not_called_foreign(tmp_path, name):
    done = call(import_checkpoint, tmp_path / name, "--variable", "zwd", "--norm", "0,1")
    assert isinstance(done.exception, CheckpointError)
    assert f"no checkpoint {tmp_path / name}" in str(done.exception)


def test_options_without_use_for_arrays_or_files(arrays, fine, tmp_path):
    done = call(train, arrays, "-o", tmp_path, *FIELDS, "--thin", "2", "--block-mean")
    assert "no use for --thin, --block-mean" in str(done.exception)
    done = call(train, fine, "-o", tmp_path, *FIELDS, "--units", "cm")
    assert "leave it out" in str(done.exception)


def test_fields_of_the_other_delay(fine, tmp_path):
    done = call(train, fine, "-o", tmp_path, *FIELDS, "--thin", "2", "--variable", "zhd")
    assert done.exit_code == 0, done.exception
    card = load_card(tmp_path / "best.safetensors")
    assert (card["variables"], card["units"]) == (["zhd"], "m")
    assert card["normalisation"]["high"] > 1
