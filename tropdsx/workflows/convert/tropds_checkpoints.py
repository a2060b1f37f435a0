"""Load the checkpoints of TropDS, and turn them into checkpoints that explain themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import CheckpointError
from tropdsx.read.npy import guess_unit, open_array
from tropdsx.system.hashing import sha256_of
from tropdsx.system.staging import check_target, output_errors

if TYPE_CHECKING:
    from tropdsx.nn.checkpoint import Checkpoint

__all__ = ["import_checkpoint", "load_own", "load_tropds"]

THRESHOLD = 0.01  # TropDS's, on its RMSE map


def import_checkpoint(
    path: str | Path,
    output: str | Path | None = None,
    *,
    norm: tuple[float, float] | None = None,
    variable: str,
    units: str | None = None,
    weight: str | Path | None = None,
    overwrite: bool = False,
) -> Path:
    """Turn a TropDS ``.pth`` into a checkpoint with a card.

    Parameters
    ----------
    path : str or Path
        TropDS checkpoint, or one that ``tropdsx train`` made of TropDS arrays, which do not say
        what delay they hold.
    output : str or Path, optional
        File to write; default: the same name, ``.safetensors``, or with the variable added.
    norm : tuple of float, optional
        Normalisation range it was trained with [units]; only a ``.pth`` needs it.
    variable : {"zhd", "zwd"}
        The delay it was trained on.
    units : {"m", "cm", "mm"}, optional
        Of ``norm``; default: the one in which the range fits a delay.
    weight : str or Path, optional
        TropDS's ``weight.npy``; cells below 0.01 keep the input.
    overwrite : bool
        Replace an existing file.

    Returns
    -------
    Path
        The checkpoint; it also works on NetCDF files.

    Raises
    ------
    CheckpointError, InputError, OutputError
        If the file is missing or no TropDS checkpoint, the weight no map, or the output exists.

    Examples
    --------
    >>> import tempfile, torch
    >>> from tropdsx.nn.checkpoint import load_card
    >>> from tropdsx.nn.unet import UNet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     torch.save(UNet(width=2).state_dict(), f"{folder}/best.pth")
    ...     made = import_checkpoint(f"{folder}/best.pth", norm=(0, 50), variable="zwd")
    ...     made.name, load_card(made)["units"]
    ('best.safetensors', 'cm')
    """
    from tropdsx.nn.checkpoint import save

    path = Path(path)
    own = path.suffix == ".safetensors"
    target = Path(output) if output is not None else _default_output(path, variable)
    _check_file(path)
    check_target(target, overwrite=overwrite)
    checkpoint = load_own(path, norm, weight) if own else load_tropds(path, norm, weight)
    if own and checkpoint.card.get("variables") != ["delay"]:
        msg = (
            f"{path.name} says that it refines {checkpoint.card.get('variables')}; use it as it "
            "is: a TropDS .pth, or a checkpoint trained on TropDS arrays, is imported"
        )
        raise CheckpointError(msg)
    high = float(checkpoint.card["normalisation"]["high"])
    card = {
        **checkpoint.card,
        "variables": [variable],
        "units": units or checkpoint.card.get("units") or guess_unit(high, variable),
        "source": {"name": path.name, "sha256": sha256_of(path)},
    }
    if not own:
        card["licence"] = "not given; the terms of the imported TropDS checkpoint apply"
    with output_errors(target):
        return save(target, checkpoint.module, card, tensors=checkpoint.tensors)


def _default_output(path: Path, variable: str) -> Path:
    if path.suffix == ".safetensors":
        return path.with_name(f"{path.stem}_{variable}.safetensors")
    return path.with_suffix(".safetensors")


def load_own(
    path: str | Path, norm: tuple[float, float] | None, weight: str | Path | None
) -> Checkpoint:
    """Load a checkpoint that holds its normalisation range and its mask.

    Parameters
    ----------
    path : str or Path
        Checkpoint of ours.
    norm, weight
        As in :func:`load_tropds`; here they must be None.

    Returns
    -------
    Checkpoint
        Network, card and tensors.

    Raises
    ------
    CheckpointError
        If a range or a weight is given, or the file is no checkpoint.

    Examples
    --------
    >>> load_own("zwd.safetensors", (0.0, 50.0), None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.CheckpointError: zwd.safetensors holds its range and mask; leave out ...
    """
    from tropdsx.nn.checkpoint import load

    if norm is not None or weight is not None:
        msg = f"{Path(path).name} holds its range and mask; leave out --norm and --weight"
        raise CheckpointError(msg)
    return load(path)


def load_tropds(
    path: str | Path, norm: tuple[float, float] | None, weight: str | Path | None
) -> Checkpoint:
    """Load a TropDS ``.pth`` with the range and the mask that belong to it.

    Parameters
    ----------
    path : str or Path
        TropDS checkpoint.
    norm : tuple of float or None
        Lowest and highest value of its normalisation, which it does not hold [units of its arrays].
    weight : str, Path or None
        TropDS's ``weight.npy``: where it is below 0.01 the input stays.

    Returns
    -------
    Checkpoint
        As if it were one of ours.

    Raises
    ------
    CheckpointError, InputError
        If the file or the range is missing, or the weight is no array.
    """
    from tropdsx.nn.checkpoint import from_tropds

    _check_file(Path(path))
    if norm is None or not norm[0] < norm[1]:
        msg = (
            f"normalisation range {norm} given; a TropDS .pth does not hold the range it was "
            "trained with: give its lowest and highest value, such as --norm 0,50"
        )
        raise CheckpointError(msg)
    past_rmse = None if weight is None else np.array(open_array(weight), dtype=np.float32)
    limits = (float(norm[0]), float(norm[1]))
    return from_tropds(path, limits, past_rmse, threshold=THRESHOLD)


def _check_file(path: Path) -> None:
    if not path.is_file():
        msg = f"no checkpoint {path}: give the path of a TropDS .pth"
        raise CheckpointError(msg)
