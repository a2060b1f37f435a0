"""Checkpoints: one safetensors file with weights, card, RMSE maps and freeze mask.

The header holds the card as JSON, so `load_card` needs no torch. No pickles are written.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tropdsx.errors import CheckpointError
from tropdsx.nn.container import (
    join_container,
    load_tensors,
    read_container,
    split_container,
    write_whole,
)

if TYPE_CHECKING:
    import torch

__all__ = ["FORMAT", "Checkpoint", "build", "from_tropds", "load", "load_card", "save"]

FORMAT = "tropdsx-checkpoint-1"
_MODULES = {
    "nodal": ("tropdsx.nn.nodal", "NodalNet"),
    "unet": ("tropdsx.nn.unet", "UNet"),
    "reconstruction": ("tropdsx.nn.diffusion.network", "ReconstructionNet"),
}


class Checkpoint(NamedTuple):
    """A loaded checkpoint.

    Attributes
    ----------
    module : Module
        The network, in eval mode.
    card : dict
        What the file says of it: constructor arguments, training, scores, licence.
    tensors : dict of str to Tensor
        RMSE maps, freeze mask and statistics.

    Examples
    --------
    >>> from tropdsx.nn.unet import UNet
    >>> checkpoint = Checkpoint(UNet(width=2).eval(), {"network": "unet"}, {})
    >>> checkpoint.module.training
    False
    """

    module: torch.nn.Module
    card: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def _parse_card(header: dict[str, Any], path: Path) -> dict[str, Any]:
    metadata = header.get("__metadata__", {}) if isinstance(header, dict) else {}
    if not isinstance(metadata, dict) or metadata.get("format_id") != FORMAT:
        msg = (
            f"{path}: a safetensors file, but without a tropdsx card; accepted is {FORMAT}, as "
            "written by `tropdsx train` or `tropdsx import-checkpoint`"
        )
        raise CheckpointError(msg)
    try:
        card = dict(json.loads(metadata["card"]))
    except (KeyError, TypeError, ValueError) as error:
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
    path : path-like
        A tropdsx checkpoint (.safetensors).

    Returns
    -------
    dict
        The card, with "sha256" of the tensors.

    Raises
    ------
    CheckpointError
        Missing, damaged or foreign file.

    Examples
    --------
    >>> from tropdsx.assets import asset_path
    >>> card = load_card(asset_path("default"))
    >>> card["network"], card["variables"]
    ('nodal', ['zhd', 'zwd'])
    """
    header, payload = read_container(path)
    card = _parse_card(header, Path(path))
    found = hashlib.sha256(payload).hexdigest()
    if found != card.get("sha256"):
        msg = (
            f"{path}: tensors have sha256 {found[:12]}..., the card says "
            f"{str(card.get('sha256'))[:12]}...; the file is damaged, fetch or make it again"
        )
        raise CheckpointError(msg)
    return card


def load(path: str | Path, *, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint; for the `.pth` of TropDS see `from_tropds`.

    Parameters
    ----------
    path : path-like
        A tropdsx checkpoint.
    device : str, default "cpu"
        Where the tensors go.

    Returns
    -------
    Checkpoint
        Network in eval mode with float32 weights, card, and extra tensors.

    Raises
    ------
    CheckpointError
        Missing, damaged or foreign file, or tensors that do not fit the network in the card.

    Examples
    --------
    >>> from tropdsx.assets import asset_path
    >>> module = load(asset_path("default")).module
    >>> module.config["in_channels"], module.training
    (19, False)
    """
    card = load_card(path)
    tensors = load_tensors(path)
    weights = {k[len("weights.") :]: v for k, v in tensors.items() if k.startswith("weights.")}
    extra = {k: v.to(device) for k, v in tensors.items() if not k.startswith("weights.")}
    module = build(card["network"], card["config"])
    state = {k: v.float() if v.is_floating_point() else v for k, v in weights.items()}
    _fill_weights(module, state, str(path))
    return Checkpoint(module.to(device).eval(), card, extra)


def build(network: str, config: dict[str, Any]) -> torch.nn.Module:
    """Construct a network by its name in the card and its constructor arguments.

    Parameters
    ----------
    network : {"nodal", "unet", "reconstruction"}
        Name of the network.
    config : dict
        Constructor arguments.

    Returns
    -------
    Module
        The network, with random weights.

    Raises
    ------
    CheckpointError
        If the network has no such arguments.

    Examples
    --------
    >>> type(build("unet", {"width": 2})).__name__
    'UNet'
    """
    import importlib

    module, name = _MODULES[network]
    try:
        return getattr(importlib.import_module(module), name)(**config)
    except (TypeError, ValueError) as error:
        msg = f"the card's constructor arguments do not fit network {network!r}: {error}"
        raise CheckpointError(msg) from error


def _fill_weights(module: torch.nn.Module, state: dict[str, torch.Tensor], name: str) -> None:
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
    path : path-like
        File to write (.safetensors); replaced if it exists.
    module : Module
        A NodalNet, UNet or ReconstructionNet.
    card : dict
        What to know about it (JSON); network, config and sha256 are filled in here.
    tensors : dict, optional
        RMSE maps, freeze mask, statistics by name.
    dtype : torch.dtype, optional
        Storage type of the weights, e.g. torch.float16 to halve the file.

    Returns
    -------
    Path
        `path`, where the file now lies.

    Examples
    --------
    >>> import tempfile
    >>> from tropdsx.nn.unet import UNet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(Path(folder) / "tiny.safetensors", UNet(width=2), {"model_id": "tiny"})
    ...     card = load_card(path)
    >>> card["model_id"], card["config"]["width"]
    ('tiny', 2)
    """
    import safetensors.torch as st

    network = {v[1]: k for k, v in _MODULES.items()}[type(module).__name__]
    state = module.state_dict()
    if dtype is not None:
        state = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}
    content = {f"weights.{k}": v.detach().cpu().contiguous() for k, v in state.items()}
    content |= {k: v.detach().cpu().contiguous() for k, v in (tensors or {}).items()}
    header, payload = split_container(st.save(content))
    card = {
        **card,
        "format": FORMAT,
        "network": network,
        "config": module.config,
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    metadata = {"format_id": FORMAT, "card": json.dumps(card)}
    write_whole(
        Path(path), join_container({"__metadata__": metadata} | json.loads(header), payload)
    )
    return Path(path)


def from_tropds(
    path: str | Path, norm: tuple[float, float], weight: Any = None, *, threshold: float = 0.01
) -> Checkpoint:
    """Load a TropDS `.pth` checkpoint.

    Parameters
    ----------
    path : path-like
        File with "model_state_dict"; its width is found from the shapes.
    norm : tuple of float
        (lowest, highest) value of TropDS's normalisation, which the file does not hold, in the
        unit of the data.
    weight : array_like, shape (lat, lon), optional
        TropDS's `weight.npy`, the RMSE map: where it is below `threshold` the output is the input.
    threshold : float, default 0.01
        See `weight`; in its unit.

    Returns
    -------
    Checkpoint
        With tensors "freeze" (bool) and "rmse" if `weight` is given.

    Raises
    ------
    CheckpointError
        Not a TropDS checkpoint.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from tropdsx.nn.unet import UNet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     torch.save({"model_state_dict": UNet(width=2).state_dict()}, Path(folder) / "zwd.pth")
    ...     checkpoint = from_tropds(Path(folder) / "zwd.pth", norm=(0.0, 0.5))
    >>> checkpoint.card["model_id"], checkpoint.card["normalisation"]
    ('zwd', {'low': 0.0, 'high': 0.5})
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
    _fill_weights(module, state, str(path))
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
