"""The bytes of a checkpoint: header and tensors, and a file that is whole or not there."""

import pytest
import safetensors.torch as st
import torch

from tropdsx.errors import CheckpointError
from tropdsx.nn.container import read_container, split_container, write_whole


def test_header_and_tensors_are_those_of_safetensors(tmp_path):
    data = st.save({"x": torch.arange(3.0)}, {"about": "numbers"})
    write_whole(tmp_path / "folder" / "x.safetensors", data)
    header, payload = read_container(tmp_path / "folder" / "x.safetensors")
    assert header["__metadata__"] == {"about": "numbers"}
    assert header["x"]["shape"] == [3]
    assert payload == torch.arange(3.0).numpy().tobytes() == split_container(data)[1]


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match="cannot read"):
        read_container(tmp_path)


def test_what_was_there_is_replaced_and_readable_by_all(tmp_path):
    file = tmp_path / "file"
    for content in (b"first", b"second"):
        write_whole(file, content)
        assert file.read_bytes() == content
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]
