"""The path of TropDS users: their arrays and checkpoints give the numbers they know."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn
from torch.nn import functional as F

from tropdsx.cli.group import main
from tropdsx.errors import CheckpointError, InputError, OutputError
from tropdsx.nn.checkpoint import load_card
from tropdsx.workflows.convert import tropds_checkpoints
from tropdsx.workflows.convert.files import convert

# ------------------------------------------------- TropDS's way, written out in plain torch


class Twice(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(a, b, 3, padding=1),
            nn.BatchNorm2d(b),
            nn.ReLU(inplace=True),
            nn.Conv2d(b, b, 3, padding=1),
            nn.BatchNorm2d(b),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.conv(x)


class Down(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.block = nn.Sequential(nn.MaxPool2d(2), Twice(a, b))

    def forward(self, x):
        return self.block(x)


class Up(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.up = nn.ConvTranspose2d(a, b, 2, stride=2)
        self.conv = Twice(2 * b, b)

    def forward(self, x, skip):
        x = self.up(x)
        dy, dx = skip.size(2) - x.size(2), skip.size(3) - x.size(3)
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([skip, x], dim=1))


class Plain(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.enc1 = Twice(1, w)
        self.enc2, self.enc3 = Down(w, 2 * w), Down(2 * w, 4 * w)
        self.enc4, self.enc5 = Down(4 * w, 8 * w), Down(8 * w, 16 * w)
        self.bottleneck = Twice(16 * w, 16 * w)
        self.dec4, self.dec3 = Up(16 * w, 8 * w), Up(8 * w, 4 * w)
        self.dec2, self.dec1 = Up(4 * w, 2 * w), Up(2 * w, w)
        self.out = nn.Sequential(nn.Conv2d(w, 1, 1), nn.Softplus())

    def forward(self, x):
        e1 = self.enc1(x)
        e2 = self.enc2(e1)
        e3 = self.enc3(e2)
        e4 = self.enc4(e3)
        y = self.bottleneck(self.enc5(e4))
        return self.out(self.dec1(self.dec2(self.dec3(self.dec4(y, e4), e3), e2), e1))


def tropds_result(net, blur, low, high, rmse=None):
    normal = (np.clip(blur, low, high).astype(np.float32) - low) / (high - low + 1e-8)
    out = []
    with torch.no_grad():
        for start in range(0, len(normal), 8):
            batch = torch.from_numpy(normal[start : start + 8]).float()[:, None]
            out.append(net(batch)[:, 0].numpy())
    out = np.concatenate(out)
    if rmse is not None:
        out[:, rmse < 0.01] = normal[:, rmse < 0.01]
    return out * (high - low) + low


@pytest.fixture(scope="module")
def plain():
    """A network with seeded weights and statistics as training leaves them."""
    torch.manual_seed(3)
    net = Plain(8)
    net.train()
    with torch.no_grad():
        for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.weight.uniform_(0.7, 1.3)
            norm.bias.normal_(0, 0.1)
        for _ in range(3):
            net(torch.rand(2, 1, 64, 96))
    return net.eval()


@pytest.fixture
def folder(tmp_path, plain):
    torch.save({"model_state_dict": plain.state_dict(), "epoch": 7}, tmp_path / "best_model.pth")
    rng = np.random.default_rng(5)
    blur = rng.uniform(0, 52, (11, 18, 36)).astype(np.float32).repeat(4, 1).repeat(4, 2)
    np.save(tmp_path / "2025_blur.npy", blur)
    np.save(tmp_path / "weight.npy", rng.uniform(0.0, 0.05, (72, 144)).astype(np.float32))
    return tmp_path


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


def test_imported_checkpoint_on_netcdf(folder, plain, coarse):
    """The first guess of one delay goes through the network; the other delay is physics."""
    model = tropds_checkpoints.import_checkpoint(
        folder / "best_model.pth", norm=(0, 0.5), variable="zwd"
    )
    assert model == folder / "best_model.safetensors"
    physics = coarse.tropds.downscale(model=None)
    out = coarse.tropds.downscale(model=model)
    np.testing.assert_array_equal(out.zhd, physics.zhd)
    expected = tropds_result(plain, physics.zwd.values, 0, 0.5)
    np.testing.assert_allclose(out.zwd, expected, rtol=0, atol=1e-4)
    assert out.attrs["tropdsx_model"] == "best_model"
    lazy = coarse.chunk(time=1).tropds.downscale(model=model)
    xr.testing.assert_identical(out.drop_attrs(), lazy.compute().drop_attrs())


@pytest.mark.filterwarnings("ignore::tropdsx.TropdsxWarning")
def test_missing_cells_stay_missing(folder, coarse):
    model = tropds_checkpoints.import_checkpoint(
        folder / "best_model.pth", norm=(0, 0.5), variable="zwd"
    )
    coarse.zwd[1, 10:14, 20:24] = np.nan
    physics = coarse.tropds.downscale(model=None)
    out = coarse.tropds.downscale(model=model)
    np.testing.assert_array_equal(np.isnan(out.zwd), np.isnan(physics.zwd))


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

    with pytest.raises(KeyboardInterrupt):
        again(progress=stop)
    assert not (folder / "b.npy").exists()
    with pytest.raises(OutputError, match="--resume"):
        again()
    with pytest.raises(OutputError, match="norm was"):
        again(resume=True, norm=(0, 40))
    np.testing.assert_array_equal(np.load(again(resume=True)), np.load(whole))
    assert not [p for p in folder.iterdir() if "partial" in p.name]
