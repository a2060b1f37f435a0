"""The safetensors file of a checkpoint as bytes: eight bytes of length, a JSON header, tensors.

Torch is loaded with tensors alone, so that a checkpoint can be described without it.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tropdsx.errors import CheckpointError

if TYPE_CHECKING:
    import torch

__all__ = ["join_container", "load_tensors", "read_container", "split_container", "write_whole"]

_LONGEST_HEADER = 100 * 1024 * 1024  # the safetensors limit
_LENGTH = 8  # bytes that say how long the header is


def read_container(path: str | Path) -> tuple[dict[str, Any], bytes]:
    """Read the header and the tensors of a safetensors file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    header : dict
        The JSON header.
    payload : bytes
        Everything behind it.

    Raises
    ------
    CheckpointError
        If the file is missing, no safetensors file, or damaged.

    Examples
    --------
    >>> from tropdsx.assets import asset_path
    >>> header, payload = read_container(asset_path("default"))
    >>> sorted(header["__metadata__"])
    ['card', 'format_id']
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        msg = f"{path}: cannot read the checkpoint ({error.strerror}); give an existing file"
        raise CheckpointError(msg) from error
    size = struct.unpack("<Q", data[:_LENGTH])[0] if len(data) >= _LENGTH else _LONGEST_HEADER
    if size >= min(_LONGEST_HEADER, len(data)):
        msg = f"{path}: not a safetensors file; a tropdsx checkpoint or a TropDS .pth is accepted"
        raise CheckpointError(msg)
    header, payload = split_container(data)
    try:
        return json.loads(header), payload
    except ValueError as error:
        msg = f"{path}: the safetensors header is damaged; fetch or make the file again"
        raise CheckpointError(msg) from error


def load_tensors(path: str | Path) -> dict[str, torch.Tensor]:
    """Load the tensors of a safetensors file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    dict of str to Tensor
        By name; half precision as float32.

    Raises
    ------
    CheckpointError
        If the file is damaged, or weights are not finite.

    Examples
    --------
    >>> from tropdsx.assets import asset_path
    >>> load_tensors(asset_path("default"))["rmse_zhd"].shape
    torch.Size([180, 360])
    """
    import safetensors.torch as st
    import torch
    from safetensors import SafetensorError

    try:
        tensors: dict[str, torch.Tensor] = st.load(Path(path).read_bytes())
    except SafetensorError as error:
        msg = f"{path}: the safetensors file is damaged ({error}); fetch or make the file again"
        raise CheckpointError(msg) from error
    weights = {name: tensor for name, tensor in tensors.items() if name.startswith("weights.")}
    broken = [n for n, w in weights.items() if w.is_floating_point() and not w.isfinite().all()]
    if broken:
        msg = f"{path}: {len(broken)} weights such as '{broken[0]}' are not finite; train it again"
        raise CheckpointError(msg)
    half = (torch.float16, torch.bfloat16)
    return {name: each.float() if each.dtype in half else each for name, each in tensors.items()}


def split_container(data: bytes) -> tuple[bytes, bytes]:
    """Split the content of a safetensors file into header and tensors.

    Parameters
    ----------
    data : bytes
        The whole content.

    Returns
    -------
    header, payload : bytes
        The JSON header, and everything behind it.

    Examples
    --------
    >>> split_container(struct.pack("<Q", 2) + b"{}rest")
    (b'{}', b'rest')
    """
    end = _LENGTH + struct.unpack("<Q", data[:_LENGTH])[0]
    return data[_LENGTH:end], data[end:]


def join_container(header: dict[str, Any], payload: bytes) -> bytes:
    """Join header and tensors, so that the same content always gives the same bytes.

    Parameters
    ----------
    header : dict
        The JSON header; its ``__metadata__`` may be in any order.
    payload : bytes
        The tensors.

    Returns
    -------
    bytes
        The content of a safetensors file, metadata in the order of their names.

    Examples
    --------
    >>> data = join_container({"__metadata__": {"b": "1", "a": "2"}}, b"rest")
    >>> split_container(data)[0].strip()
    b'{"__metadata__":{"a":"2","b":"1"}}'
    """
    # safetensors 0.8 writes metadata in an order that changes from call to call.
    metadata = dict(sorted(header.get("__metadata__", {}).items()))
    text = json.dumps(header | {"__metadata__": metadata}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _LENGTH)  # tensors begin at a multiple of eight bytes
    return struct.pack("<Q", len(text)) + text + payload


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears under its name only when it is complete.

    Parameters
    ----------
    path : Path
        File to write; replaced if it exists. Its folder is made.
    data : bytes
        The content.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "new" / "file"
    ...     write_whole(path, b"content")
    ...     path.read_bytes()
    b'content'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
