"""The network that a run starts from: a new one, or that of a checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from tropdsx.assets.catalogue import SHIPPED
from tropdsx.assets.registry import find_path
from tropdsx.errors import CheckpointError, InputError
from tropdsx.nn.checkpoint import Checkpoint, load
from tropdsx.nn.nodal import NodalNet
from tropdsx.predict.channels import CHANNELS
from tropdsx.workflows.train.nodal.options import NETWORK_DEFAULTS, NodalOptions

__all__ = ["load_nodal", "nodal_net", "starting_network", "starting_point"]


def load_nodal(name: str | Path, option: str) -> Checkpoint:
    """Load a nodal checkpoint by path, or by the name of a shipped one.

    Parameters
    ----------
    name : str or Path
        "default", "heldout" or a file.
    option : str
        Of the command line, for messages.

    Returns
    -------
    Checkpoint
        Network and card.

    Raises
    ------
    CheckpointError
        If there is none, or it is of another form or for other inputs.

    Examples
    --------
    >>> load_nodal("default", "--init").card["network"]
    'nodal'
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


def starting_point(options: NodalOptions) -> tuple[NodalOptions, Checkpoint | None]:
    """Take width, blocks, members, experts and unseen channels from the checkpoint of --init.

    Parameters
    ----------
    options : NodalOptions
        Any of these that is given must be that of the checkpoint; of members fewer may be asked
        for: the first ones go on, for instance to learn from all as their teacher.

    Returns
    -------
    tuple
        Options with everything filled in, and the checkpoint if there is one.

    Raises
    ------
    CheckpointError, InputError
        If the checkpoint cannot be used, or has another form than asked for.

    Examples
    --------
    >>> options, start = starting_point(NodalOptions(init="heldout"))
    >>> options.width == start.card["config"]["width"]
    True
    """
    if options.init is None:
        return options, None
    loaded = load_nodal(options.init, "--init")
    config = loaded.card["config"]
    form = {name: config.get(name, usual) for name, usual in NETWORK_DEFAULTS.items()}
    before = (loaded.card.get("training") or {}).get("options") or {}
    form["without"] = tuple(before.get("without", ()))
    if options.members is not None and options.members < form["members"]:
        form["members"] = options.members  # the first ones: experts stand in pairs
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


def starting_network(options: NodalOptions, start: Checkpoint | None) -> NodalNet:
    """Make a new network, or ready that of a checkpoint to go on.

    Parameters
    ----------
    options : NodalOptions
        Its size and dropout.
    start : Checkpoint or None
        To go on from; its network is changed.

    Returns
    -------
    NodalNet
        To be trained.

    Examples
    --------
    >>> starting_network(NodalOptions(width=8, blocks=1, members=2), None).config["members"]
    2
    """
    if start is None:
        net = NodalNet(**options.network_arguments())
    else:
        net = _first_members(nodal_net(start), options.members)
        net.train()
        net.trust_all()
        net.config["mirror"] = False  # training turns hemispheres itself, at half the cost
    for part in net.modules():
        if isinstance(part, torch.nn.Dropout2d):
            part.p = options.dropout
    return net


def _first_members(net: NodalNet, count: int | None) -> NodalNet:
    """Keep the first members of a network, all of them where there are no more."""
    if count is None or count >= len(net.members):
        return net
    fewer = NodalNet(**net.config | {"members": count})
    wanted, held = fewer.state_dict(), net.state_dict()
    fewer.load_state_dict({name: held[name] for name in wanted})
    return fewer


def nodal_net(checkpoint: Checkpoint) -> NodalNet:
    """Return the network of a nodal checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
        From `load_nodal`.

    Returns
    -------
    NodalNet
        The same module.

    Raises
    ------
    CheckpointError
        If it is of another form.

    Examples
    --------
    >>> nodal_net(Checkpoint(NodalNet(width=4, blocks=1), {}, {})).config["width"]
    4
    """
    net = checkpoint.module
    if not isinstance(net, NodalNet):
        msg = f"a network of form nodal is needed, found {type(net).__name__}"
        raise CheckpointError(msg)
    return net
