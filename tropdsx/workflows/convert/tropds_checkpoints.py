"""A TropDS .pth becomes a checkpoint that explains itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import CheckpointError
from tropdsx.read.npy import guess_unit, open_array
from tropdsx.system.hashing import sha256_of
from tropdsx.system.staging import check_target, output_errors

if TYPE_CHECKING:
    from tropdsx.nn.checkpoint import Checkpoint

__all__ = ["THRESHOLD", "import_checkpoint"]


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
    """
    from tropdsx.nn.checkpoint import from_tropds, save

    path = Path(path)
    if not path.is_file():
        msg = f"no checkpoint {path}: give the path of a TropDS .pth"
        raise CheckpointError(msg)
    own = path.suffix == ".safetensors"
    default = (
        path.with_name(f"{path.stem}_{variable}.safetensors")
        if own
        else path.with_suffix(".safetensors")
    )
    target = Path(output) if output is not None else default
    check_target(target, overwrite=overwrite)
    if own:
        checkpoint = _unnamed(path, norm, weight)
    else:
        checkpoint = from_tropds(path, norm_range(norm), past_rmse(weight), threshold=THRESHOLD)
    card = checkpoint.card
    high = float(card["normalisation"]["high"])
    card = {
        **card,
        "variables": [variable],
        "units": units or card.get("units") or guess_unit(high),
        "source": {"name": path.name, "sha256": sha256_of(path)},
    }
    if not own:
        card["licence"] = "not given; the terms of the imported TropDS checkpoint apply"
    with output_errors(target):
        return save(target, checkpoint.module, card, tensors=checkpoint.tensors)


def _unnamed(path: Path, norm: tuple[float, float] | None, weight: str | Path | None) -> Checkpoint:
    """Load a checkpoint of ours whose card does not say which delay it refines."""
    from tropdsx.nn.checkpoint import load

    if norm is not None or weight is not None:
        msg = f"{path.name} holds its range and mask; leave out --norm and --weight"
        raise CheckpointError(msg)
    checkpoint = load(path)
    if checkpoint.card.get("variables") != ["delay"]:
        msg = (
            f"{path.name} says that it refines {checkpoint.card.get('variables')}; use it as it "
            "is: a TropDS .pth, or a checkpoint trained on TropDS arrays, is imported"
        )
        raise CheckpointError(msg)
    return checkpoint


def norm_range(norm: tuple[float, float] | None) -> tuple[float, float]:
    if norm is None or not norm[0] < norm[1]:
        msg = (
            f"normalisation range {norm} given; a TropDS .pth does not hold the range it was "
            "trained with: give its lowest and highest value, such as --norm 0,50"
        )
        raise CheckpointError(msg)
    return float(norm[0]), float(norm[1])


def past_rmse(path: str | Path | None) -> NDArray[Any] | None:
    return None if path is None else np.array(open_array(path), dtype=np.float32)
