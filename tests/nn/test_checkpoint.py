import json
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import from_tropds, load, load_card, save
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.unet import UNet


@pytest.fixture
def path(tmp_path):
    torch.manual_seed(0)
    net = NodalNet(width=4, blocks=1, places=3, slopes=2, spreads=2)
    maps = {"rmse_zwd": torch.rand(4, 8).half()}
    return save(tmp_path / "tiny.safetensors", net, {"model_id": "tiny"}, tensors=maps), net


def test_what_is_saved_is_loaded(path):
    file, net = path
    loaded = load(file)
    assert loaded.card["model_id"] == "tiny"
    assert loaded.card["network"] == "nodal"
    assert loaded.card["config"] == net.config
    assert not loaded.module.training
    for key, value in net.state_dict().items():
        torch.testing.assert_close(loaded.module.state_dict()[key], value)
    assert loaded.tensors["rmse_zwd"].dtype == torch.float32


def test_half_precision_storage_comes_back_as_float32(tmp_path):
    file = save(tmp_path / "half.safetensors", UNet(width=1), {}, dtype=torch.float16)
    module = load(file).module
    assert {p.dtype for p in module.parameters()} == {torch.float32}


def test_the_card_needs_no_torch(path):
    code = (
        "import sys; from tropdsx.nn.checkpoint import load_card; "
        f"print(load_card({str(path[0])!r})['model_id'], 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["tiny", "False"]


def header_of(file):
    data = file.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def write(file, header, payload):
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + payload)


@pytest.mark.parametrize("reader", [load_card, load])
def test_damage_is_found(path, reader, tmp_path):
    file, _ = path
    data = file.read_bytes()
    bad = tmp_path / "bad.safetensors"
    for content, words in (
        (data[:-4], "sha256"),
        (data[:-4] + b"\0\1\2\3", "sha256"),
        (data[:100], "not a safetensors file"),
        (b"", "not a safetensors file"),
        (b"CDF\x01" + bytes(500), "safetensors|damaged"),
        (data[:8] + b"}" * (len(data) - 8), "damaged"),
    ):
        bad.write_bytes(content)
        with pytest.raises(CheckpointError, match=words):
            reader(bad)


def test_foreign_and_mismatched_files_are_refused(path, tmp_path):
    file, _ = path
    header, payload = header_of(file)
    other = tmp_path / "other.safetensors"
    write(other, {k: v for k, v in header.items() if k != "__metadata__"}, payload)
    with pytest.raises(CheckpointError, match="without a tropdsx card"):
        load_card(other)
    card = json.loads(header["__metadata__"]["card"])
    for change, words in (
        ({"network": "diffusion"}, "unknown network"),
        ({"config": {**card["config"], "width": 5}}, "do not fit"),
        ({"config": {"depth": 3}}, "do not fit"),
    ):
        header["__metadata__"]["card"] = json.dumps({**card, **change})
        write(other, header, payload)
        with pytest.raises(CheckpointError, match=words):
            load(other)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        load_card(tmp_path / "nowhere.safetensors")


def test_an_interrupted_save_leaves_nothing(path, monkeypatch):
    file, net = path
    before = file.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        save(file, net, {"model_id": "second"})
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def test_tropds_checkpoints_load(tmp_path):
    torch.manual_seed(1)
    net = UNet(width=3)
    torch.save({"model_state_dict": net.state_dict(), "epoch": 3}, tmp_path / "best_model.pth")
    weight = np.array([[0.005, 0.02, 0.01]])
    loaded = from_tropds(tmp_path / "best_model.pth", (0.0, 50.0), weight)
    assert loaded.card["config"]["width"] == 3
    assert loaded.card["normalisation"] == {"low": 0.0, "high": 50.0}
    assert loaded.tensors["freeze"].tolist() == [[True, False, False]]
    x = torch.rand(1, 1, 32, 32)
    torch.testing.assert_close(loaded.module(x), net.eval()(x))
    again = load(
        save(tmp_path / "imported.safetensors", loaded.module, loaded.card, tensors=loaded.tensors)
    )
    assert again.tensors["freeze"].dtype == torch.bool
    torch.testing.assert_close(again.module(x), loaded.module(x))


def test_a_pickle_with_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (print, ("ran",))

    torch.save({"model_state_dict": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(CheckpointError, match="not a TropDS checkpoint"):
        from_tropds(tmp_path / "evil.pth", (0, 1))


def test_the_same_content_is_the_same_file(tmp_path):
    torch.manual_seed(0)
    net = UNet(width=2)
    card = {"model_id": "tiny", "variables": ["zwd"], "units": "m"}
    files = {save(tmp_path / f"{k}.safetensors", net, card).read_bytes() for k in range(12)}
    assert len(files) == 1
    assert load(tmp_path / "0.safetensors").card["model_id"] == "tiny"


def test_weights_that_are_not_finite_are_refused(tiny_checkpoint, tmp_path):
    found = load(tiny_checkpoint)
    with torch.no_grad():
        next(found.module.parameters()).view(-1)[0] = float("nan")
    path = save(tmp_path / "nan.safetensors", found.module, {"model_id": "nan"})
    with pytest.raises(CheckpointError, match=r"1 weights such as .* are not finite"):
        load(path)
