"""The path of TropDS users: their arrays and checkpoints give the numbers they know."""

import json

import numpy as np
import pytest

from tropdsx.cli.group import main
from tropdsx.errors import CheckpointError, InputError, OutputError
from tropdsx.nn.checkpoint import load_card
from tropdsx.workflows.convert.files import convert

from helpers.conversion import interrupted
from helpers.tropds import tropds_result


@pytest.mark.parametrize("masked", [False, True])
def test_the_same_numbers_as_tropds(folder, plain, masked):
    weight = folder / "weight.npy" if masked else None
    out = convert(
        folder / "2025_blur.npy", model=folder / "best_model.pth", norm=(0, 50), weight=weight
    )
    assert out == folder / "2025_deblurred.npy"
    expected = tropds_result(
        plain, np.load(folder / "2025_blur.npy"), 0, 50, np.load(weight) if masked else None
    )
    found = np.load(out)
    assert found.dtype == np.float32
    assert expected.std() > 0.1
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_command_line(folder, plain, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for arguments in (
        ["convert", "2025_blur.npy", "--model", "best_model.pth", "--norm", "0,50"],
        [
            "import-checkpoint",
            "best_model.pth",
            "--norm",
            "0,50",
            "--variable",
            "zwd",
            "-o",
            "mine.safetensors",
        ],
        ["convert", "2025_blur.npy", "--model", "mine.safetensors", "-o", "again.npy"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0, capsys.readouterr().err
    np.testing.assert_array_equal(np.load("2025_deblurred.npy"), np.load("again.npy"))
    card = load_card(folder / "mine.safetensors")
    assert card["normalisation"] == {"low": 0.0, "high": 50.0}
    assert (card["variables"], card["units"]) == (["zwd"], "cm")
    assert card["source"]["name"] == "best_model.pth"


def test_one_slice_keeps_its_shape(folder, plain):
    blur = np.load(folder / "2025_blur.npy")
    np.save(folder / "one.npy", blur[4])
    out = convert(
        folder / "one.npy", folder / "o.npy", model=folder / "best_model.pth", norm=(0, 50)
    )
    series = convert(folder / "2025_blur.npy", model=folder / "best_model.pth", norm=(0, 50))
    np.testing.assert_array_equal(np.load(out), np.load(series)[4])


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"norm": None}, CheckpointError, "--norm 0,50"),
        ({"norm": (50, 0)}, CheckpointError, "--norm 0,50"),
        ({"model": "absent.pth"}, CheckpointError, "absent.pth"),
        ({"inputs": "absent.npy"}, InputError, "absent.npy"),
        ({"weight": "small.npy"}, CheckpointError, "weight map"),
        ({"inputs": "gaps.npy"}, InputError, "missing"),
        ({"inputs": "good.nc"}, CheckpointError, "import-checkpoint"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else None,
)
def test_what_cannot_be_used(folder, monkeypatch, change, error, match):
    monkeypatch.chdir(folder)
    np.save("small.npy", np.ones((3, 4), np.float32))
    gaps = np.load("2025_blur.npy")
    gaps[9, 1, 1] = np.nan
    np.save("gaps.npy", gaps)
    given = {"inputs": "2025_blur.npy", "model": "best_model.pth", "norm": (0, 50)} | change
    with pytest.raises(error, match=match):
        convert(given.pop("inputs"), "out.npy", **given)
    assert not (folder / "out.npy").exists()


def test_existing_output_is_refused(folder):
    (folder / "2025_deblurred.npy").write_text("mine")
    with pytest.raises(OutputError, match="overwrite"):
        convert(folder / "2025_blur.npy", model=folder / "best_model.pth", norm=(0, 50))


def leave_half_a_block(partial, size):
    """Take a partial array back to what a kill within its second block leaves."""
    note = partial.with_name(f"{partial.name}.json")
    state = json.loads(note.read_text())
    state |= {"size": state["size"] - (state["epochs_done"] - 8) * size, "epochs_done": 8}
    note.write_text(json.dumps(state))
    with partial.open("r+b") as file:
        file.truncate(state["size"])
        file.seek(0, 2)
        file.write(b"half of a block")


def test_stopped_and_resumed(folder):
    whole = convert(folder / "2025_blur.npy", model=folder / "best_model.pth", norm=(0, 50))

    def stop(done, total):
        if done >= 8:
            raise KeyboardInterrupt

    def again(**options):
        return convert(
            folder / "2025_blur.npy",
            folder / "b.npy",
            model=folder / "best_model.pth",
            **{"norm": (0, 50), **options},
        )

    with interrupted(KeyboardInterrupt):
        again(progress=stop)
    assert not (folder / "b.npy").exists()
    with pytest.raises(OutputError, match="--resume"):
        again()
    with pytest.raises(OutputError, match="norm was"):
        again(resume=True, norm=(0, 40))
    leave_half_a_block(folder / ".b.npy.partial", size=4 * 72 * 144)
    np.testing.assert_array_equal(np.load(again(resume=True)), np.load(whole))
    assert not [p for p in folder.iterdir() if "partial" in p.name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", "truth.nc"),
        ("compression", "zstd"),
        ("quantize", True),
        ("pack", True),
        ("start", "2025-01-01"),
        ("step", "6h"),
        ("scheduler", "tcp://host:8786"),
        ("zarr_format", 2),
        ("ztd", True),
    ],
)
def test_options_that_mean_nothing_to_an_array_are_refused(folder, name, value):
    how = {"model": folder / "best_model.pth", "norm": (0, 50), name: value}
    with pytest.raises(InputError, match=f"also {name} given: leave that out"):
        convert(folder / "2025_blur.npy", folder / "out.npy", **how)
    assert not (folder / "out.npy").exists()
