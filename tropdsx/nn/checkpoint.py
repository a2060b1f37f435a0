"""One safetensors file that explains itself: weights, card, RMSE maps and freeze mask.

The header holds the card as JSON, so `load_card` needs no torch. No pickles are written; TropDS
`.pth` files are read with weights_only.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tropdsx.errors import CheckpointError

if TYPE_CHECKING:
    import torch

__all__ = ["FORMAT", "Checkpoint", "from_tropds", "load", "load_card", "save"]

FORMAT = "tropdsx-checkpoint-1"
_MODULES = {"nodal": ("tropdsx.nn.nodal", "NodalNet"), "unet": ("tropdsx.nn.unet", "UNet")}
_LONGEST_HEADER = 100 * 1024 * 1024  # the safetensors limit


class Checkpoint(NamedTuple):
    """A loaded checkpoint: network in eval mode, card, and the other tensors by name."""

    module: torch.nn.Module
    card: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def _read(path: str | Path) -> tuple[dict[str, Any], bytes, Path]:
    """Header and tensor payload of a safetensors file."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot read the checkpoint ({error.strerror}); give an existing file"
        raise CheckpointError(msg) from error
    size = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else _LONGEST_HEADER
    if size >= min(_LONGEST_HEADER, len(data)):
        msg = f"{path}: not a safetensors file; a tropdsx checkpoint or a TropDS .pth is accepted"
        raise CheckpointError(msg)
    try:
        header = json.loads(data[8 : 8 + size])
    except ValueError as error:
        msg = f"{path}: the safetensors header is damaged; fetch or make the file again"
        raise CheckpointError(msg) from error
    return header, data[8 + size :], path


def _card(header: dict[str, Any], path: Path) -> dict[str, Any]:
    metadata = header.get("__metadata__", {}) if isinstance(header, dict) else {}
    if not isinstance(metadata, dict) or metadata.get("format_id") != FORMAT:
        msg = (
            f"{path}: a safetensors file, but without a tropdsx card; accepted is {FORMAT}, as "
            "written by `tropdsx train` or `tropdsx import-checkpoint`"
        )
        raise CheckpointError(msg)
    try:
        card = json.loads(metadata["card"])
    except (KeyError, ValueError) as error:
        msg = f"{path}: the card in the header is damaged; fetch or make the file again"
        raise CheckpointError(msg) from error
    if card.get("network") not in _MODULES:
        msg = f"{path}: unknown network {card.get('network')!r}; known are {sorted(_MODULES)}"
        raise CheckpointError(msg)
    return card


def load_card(path: str | Path) -> dict[str, Any]:
    """Read the card of a checkpoint without torch, and verify its sha256.

    Parameters
    ----------
    path : str or Path
        A tropdsx checkpoint (.safetensors). [1]

    Returns
    -------
    dict
        The card, with "sha256" of the tensors. [1]

    Raises
    ------
    CheckpointError
        Missing, damaged or foreign file.
    """
    header, payload, path = _read(path)
    card = _card(header, path)
    found = hashlib.sha256(payload).hexdigest()
    if found != card.get("sha256"):
        msg = (
            f"{path}: tensors have sha256 {found[:12]}..., the card says "
            f"{str(card.get('sha256'))[:12]}...; the file is damaged, fetch or make it again"
        )
        raise CheckpointError(msg)
    return card


def load(path: str | Path, *, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint, or a TropDS `.pth` (see `from_tropds` for its normalisation).

    Parameters
    ----------
    path : str or Path
        A tropdsx checkpoint. [1]
    device : str, default "cpu"
        Where the tensors go. [1]

    Returns
    -------
    Checkpoint
        Network in eval mode with float32 weights, card, and extra tensors. [1]

    Raises
    ------
    CheckpointError
        Missing, damaged or foreign file, or tensors that do not fit the network in the card.
    """
    import safetensors.torch as st
    import torch

    card = load_card(path)
    tensors = st.load(Path(path).read_bytes())
    weights = {k[len("weights.") :]: v for k, v in tensors.items() if k.startswith("weights.")}
    extra = {k: v.to(device) for k, v in tensors.items() if not k.startswith("weights.")}
    module = build(card["network"], card["config"])
    state = {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}
    _fill(module, state, str(path))
    extra = {
        k: v.float() if v.dtype in (torch.float16, torch.bfloat16) else v for k, v in extra.items()
    }
    return Checkpoint(module.to(device).eval(), card, extra)


def build(network: str, config: dict[str, Any]) -> torch.nn.Module:
    """Construct a network by its name in the card and its constructor arguments."""
    import importlib

    module, name = _MODULES[network]
    try:
        return getattr(importlib.import_module(module), name)(**config)
    except (TypeError, ValueError) as error:
        msg = f"the card's constructor arguments do not fit network {network!r}: {error}"
        raise CheckpointError(msg) from error


def _fill(module: torch.nn.Module, state: dict[str, torch.Tensor], name: str) -> None:
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).splitlines()[1:3]
        msg = f"{name}: the tensors do not fit the network of the card:{' '.join(first)}"
        raise CheckpointError(msg) from error


def save(
    path: str | Path,
    module: torch.nn.Module,
    card: dict[str, Any],
    *,
    tensors: dict[str, torch.Tensor] | None = None,
    dtype: torch.dtype | None = None,
) -> Path:
    """Write a checkpoint; the file appears under its name only when complete.

    Parameters
    ----------
    path : str or Path
        File to write (.safetensors); replaced if it exists. [1]
    module : torch.nn.Module
        A NodalNet or UNet. [1]
    card : dict
        What to know about it (JSON); network, config and sha256 are filled in here. [1]
    tensors : dict, optional
        RMSE maps, freeze mask, statistics by name. [as named]
    dtype : torch.dtype, optional
        Storage type of the weights, e.g. torch.float16 to halve the file. [1]

    Returns
    -------
    Path
        The file. [1]
    """
    import safetensors.torch as st

    network = {v[1]: k for k, v in _MODULES.items()}[type(module).__name__]
    state = module.state_dict()
    if dtype is not None:
        state = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}
    content = {f"weights.{k}": v.detach().cpu().contiguous() for k, v in state.items()}
    content |= {k: v.detach().cpu().contiguous() for k, v in (tensors or {}).items()}
    raw = st.save(content)
    payload = raw[8 + struct.unpack("<Q", raw[:8])[0] :]
    card = {
        **card,
        "format": FORMAT,
        "network": network,
        "config": module.config,
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    data = st.save(content, {"format_id": FORMAT, "card": json.dumps(card)})
    return _write_atomically(Path(path), data)


def _write_atomically(path: Path, data: bytes) -> Path:
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
    return path


def from_tropds(
    path: str | Path, norm: tuple[float, float], weight: Any = None, *, threshold: float = 0.01
) -> Checkpoint:
    """Load a TropDS `.pth` checkpoint.

    Parameters
    ----------
    path : str or Path
        File with "model_state_dict"; its width is found from the shapes. [1]
    norm : tuple of float
        (lowest, highest) value of TropDS's normalisation, which the file does not hold. [as data]
    weight : array_like, optional
        TropDS's `weight.npy`, the RMSE map, (lat, lon): where it is below `threshold` the output
        is the input. [as data]
    threshold : float, default 0.01
        See `weight`. [as data]

    Returns
    -------
    Checkpoint
        With tensors "freeze" (bool) and "rmse" if `weight` is given. [1]

    Raises
    ------
    CheckpointError
        Not a TropDS checkpoint.
    """
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        state = content.get("model_state_dict", content)
        width, channels = state["enc1.conv.0.weight"].shape[:2]
    except Exception as error:  # torch raises many kinds, from pickle's to zipfile's
        msg = f"{path}: not a TropDS checkpoint (a .pth with model_state_dict is accepted)"
        raise CheckpointError(msg) from error
    module = build("unet", {"in_channels": int(channels), "width": int(width)})
    _fill(module, state, str(path))
    tensors = {}
    if weight is not None:
        rmse = torch.as_tensor(weight, dtype=torch.float32)
        tensors = {"rmse": rmse, "freeze": rmse < threshold}
    card = {
        "network": "unet",
        "config": module.config,
        "model_id": Path(path).stem,
        "origin": "TropDS",
        "normalisation": {"low": norm[0], "high": norm[1]},
        "variables": ["delay"],
        "freeze_threshold": threshold,
    }
    return Checkpoint(module.eval(), card, tensors)
