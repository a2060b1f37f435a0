"""The network that a run starts from: a new one, or that of a checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from tropdsx.assets.registry import SHIPPED, find_path
from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import Checkpoint, load
from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.options import FORM_OF, TrainOptions

__all__ = ["network", "start_of", "trained"]


def trained(name: str | Path, option: str) -> Checkpoint:
    """Load a nodal checkpoint by path, or by the name of a shipped one.

    Parameters
    ----------
    name : str or Path
        "default", "heldout" or a file. [1]
    option : str
        Of the command line, for messages. [1]

    Raises
    ------
    CheckpointError
        If there is none, or it is of another form or for other inputs.
    """
    if str(name) not in SHIPPED and not Path(name).is_file():
        msg = (
            f"{option} {name}: no such checkpoint; accepted are 'default', 'heldout', or the path "
            "of a .safetensors file"
        )
        raise CheckpointError(msg)
    loaded = load(find_path(name))
    if loaded.card["network"] != "nodal":
        msg = (
            f"{option} {name}: it holds a network of form {loaded.card['network']}; a checkpoint "
            "of form nodal is accepted"
        )
        raise CheckpointError(msg)
    if loaded.card.get("channels", list(CHANNELS)) != list(CHANNELS):
        msg = (
            f"{option} {name}: it was trained on other inputs {loaded.card['channels']}; "
            f"this version has {list(CHANNELS)}; train a new network"
        )
        raise CheckpointError(msg)
    return loaded


def start_of(options: TrainOptions) -> tuple[TrainOptions, Checkpoint | None]:
    """Take width, blocks, members, experts and unseen channels from the checkpoint of --init.

    Parameters
    ----------
    options : TrainOptions
        Any of these that is given must be that of the checkpoint. [1]

    Returns
    -------
    tuple
        Options with everything filled in, and the checkpoint if there is one. [1]

    Raises
    ------
    CheckpointError, InputError
        If the checkpoint cannot be used, or has another form than asked for.
    """
    if options.init is None:
        return options, None
    loaded = trained(options.init, "--init")
    config = loaded.card["config"]
    form = {name: config.get(name, usual) for name, usual in FORM_OF.items()}
    before = (loaded.card.get("training") or {}).get("options") or {}
    form["without"] = tuple(before.get("without", ()))
    asked = {name: getattr(options, name) for name in form}
    wrong = [
        f"{name}={value!r} (the checkpoint has {form[name]!r})"
        for name, value in asked.items()
        if value not in (None, (), form[name])
    ]
    if wrong:
        msg = (
            f"--init {options.init}: the form of the network is that of the checkpoint, not "
            f"{', '.join(wrong)}; leave these options out, or leave out --init"
        )
        raise InputError(msg)
    return replace(options, **form), loaded


def network(options: TrainOptions, start: Checkpoint | None) -> NodalNet:
    """Return a new network, or the one of the checkpoint ready to go on."""
    if start is None:
        net = NodalNet(
            width=options.width,
            blocks=options.blocks,
            members=options.members,
            experts=options.experts,
        )
    else:
        net = start.module.train()
        net.trust_all()
        net.config["mirror"] = False  # training turns hemispheres itself, at half the cost
    for module in net.modules():
        if isinstance(module, torch.nn.Dropout2d):
            module.p = options.dropout
    return net
