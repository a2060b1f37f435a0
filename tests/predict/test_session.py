"""One network for each process."""

import subprocess
import sys
import threading

import pytest
import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import Checkpoint, load, load_card
from tropdsx.nn.unet import UNet
from tropdsx.predict import session
from tropdsx.predict.session import Handle, hold_settings, load_network, prepare_network


def handle_of(path, **given):
    return Handle(str(path), load_card(path)["sha256"], **given)


def test_a_name_needs_no_torch():
    code = (
        "import sys\n"
        "from tropdsx.assets.registry import find_path\n"
        "from tropdsx.nn.checkpoint import load_card\n"
        "print(load_card(find_path('default'))['network'], 'torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["nodal", "False"]


def test_many_threads_load_once(tiny_checkpoint):
    handle = handle_of(tiny_checkpoint)
    session._load.cache_clear()
    before = session.count_loads(handle.sha256)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(load_network(handle))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.count_loads(handle.sha256) == before + 1
    assert len(set(map(id, found))) == 1


def test_a_file_that_changes_while_in_use_is_refused(tiny_checkpoint):
    with pytest.raises(CheckpointError, match="changed while it was in use"):
        load_network(Handle(str(tiny_checkpoint), "0" * 64))


def test_a_handle_is_known_by_content(tiny_checkpoint, tmp_path):
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(tiny_checkpoint.read_bytes())
    here, there = handle_of(tiny_checkpoint), handle_of(copy)
    assert here.__dask_tokenize__() == there.__dask_tokenize__()
    assert here.__dask_tokenize__() != handle_of(copy, precision="bf16").__dask_tokenize__()


def test_a_checkpoint_that_is_prepared_still_works():
    """Fused layers take the weights of a module that was loaded, but not those of the user's."""
    torch.manual_seed(0)
    net = UNet(width=4).eval()
    x = torch.rand(1, 1, 32, 64)
    with torch.inference_mode():
        before = net(x)
        network = prepare_network(Checkpoint(net, {}, {}), "cpu", "float32")
        assert torch.equal(net(x), before)
        torch.testing.assert_close((network.fast or network.module)(x), before, rtol=0, atol=2e-6)


def test_nodal_networks_are_left_as_they_are(tiny_checkpoint):
    plain = load(tiny_checkpoint).module.state_dict()
    network = load_network(handle_of(tiny_checkpoint))
    assert network.fast is None
    for name, value in network.module.state_dict().items():
        assert torch.equal(value, plain[name])


def test_settings_of_blocks_that_overlap():
    """A worker keeps one thread, the exact precision holds for all, the last one out restores."""
    conv = torch.backends.cudnn.conv
    threads, precision = torch.get_num_threads(), conv.fp32_precision
    inside, leave, seen = threading.Event(), threading.Event(), []

    def work():
        with hold_settings("float32"):
            seen.append(torch.get_num_threads())
            inside.set()
            leave.wait(30)

    worker = threading.Thread(target=work)
    try:
        with hold_settings("tf32"):
            assert (torch.get_num_threads(), conv.fp32_precision) == (threads, "tf32")
            worker.start()
            assert inside.wait(30)
            assert (seen, conv.fp32_precision) == ([1], "ieee")
        assert conv.fp32_precision == "ieee"
    finally:
        leave.set()
        worker.join()
    assert (torch.get_num_threads(), conv.fp32_precision) == (threads, precision)
