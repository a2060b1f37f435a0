"""Refine the arrays of TropDS as TropDS does: the numbers that its users know.

``2025_blur.npy`` and ``best_model.pth`` give ``2025_deblurred.npy``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import CheckpointError, InputError
from tropdsx.read.npy import open_array
from tropdsx.system.hashing import sha256_of
from tropdsx.system.partial import Partial
from tropdsx.system.staging import check_target, output_errors
from tropdsx.system.workers import run_blocks
from tropdsx.workflows.convert.tropds_checkpoints import load_own, load_tropds
from tropdsx.write.provenance import software_version

if TYPE_CHECKING:
    from tropdsx.predict.field import FieldNetwork

__all__ = ["deblur", "deblurred_name", "is_tropds"]

STEPS_PER_BLOCK = 8  # TropDS's batch


def is_tropds(inputs: list[str | Path], model: str | Path | None) -> bool:
    """Tell whether a conversion is TropDS's own: one array and a network for fields.

    Parameters
    ----------
    inputs : list of str or Path
        Inputs.
    model : str, Path or None
        Checkpoint.

    Returns
    -------
    bool

    Raises
    ------
    CheckpointError
        If the model is a TropDS ``.pth``, but the input is no array.

    Examples
    --------
    >>> is_tropds(["2025_blur.npy"], "best_model.pth"), is_tropds(["era5.nc"], "default")
    (True, False)
    """
    arrays = all(Path(each).suffix == ".npy" for each in inputs)
    if Path(str(model)).suffix in (".pth", ".pt"):
        if not arrays:
            msg = (
                f"{Path(str(model)).name} says neither its variable nor its normalisation, which "
                f"{Path(inputs[0]).name} needs: make a checkpoint of it first with tropdsx "
                "import-checkpoint, or give TropDS arrays (.npy)"
            )
            raise CheckpointError(msg)
        return True
    if not arrays or model is None or not Path(model).is_file():
        return False
    from tropdsx.nn.checkpoint import load_card

    return bool(load_card(model)["network"] == "unet")


def deblur(
    path: str | Path,
    output: str | Path | None = None,
    *,
    model: str | Path,
    norm: tuple[float, float] | None = None,
    weight: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    device: str = "auto",
    precision: str = "float32",
    batch_size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Refine a TropDS array as TropDS does, in flat memory.

    Parameters
    ----------
    path : str or Path
        ``{year}_blur.npy``, shape (N, H, W) or (H, W) [units of ``norm``].
    output : str or Path, optional
        Array to write; default :func:`deblurred_name`.
    model : str or Path
        TropDS ``.pth``, or a checkpoint imported from one.
    norm : tuple of float, optional
        Normalisation range of a ``.pth``, which does not hold it [units of the array].
    weight : str or Path, optional
        TropDS's ``weight.npy``: where it is below 0.01 the output is the input.
    overwrite, resume : bool
        Replace an existing output; continue an interrupted run.
    device, precision, batch_size
        As in :func:`tropdsx.downscale`.
    progress : callable, optional
        Called with (slices written, slices in all).

    Returns
    -------
    Path
        The output: float32, shape of the input.

    Raises
    ------
    CheckpointError, InputError, OutputError
        If the network, the array or the output cannot be used.

    Examples
    --------
    >>> import tempfile, torch
    >>> from tropdsx.nn.unet import UNet
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/2025_blur.npy", np.full((2, 16, 16), 20.0, np.float32))
    ...     torch.save(UNet(width=2).state_dict(), f"{folder}/best.pth")
    ...     out = deblur(f"{folder}/2025_blur.npy", model=f"{folder}/best.pth", norm=(0, 50))
    ...     out.name, np.load(out).shape
    ('2025_deblurred.npy', (2, 16, 16))
    """
    target = Path(output) if output is not None else deblurred_name(path)
    check_target(target, overwrite=overwrite)
    stored = open_array(path)
    network = _load_network(model, norm, weight, device, precision, batch_size)
    run = {
        "inputs": [[Path(path).name, sha256_of(path)]],
        "model": [Path(model).name, sha256_of(model)],
        "norm": [network.low, network.high],
        "weight": None if weight is None else sha256_of(weight),
        "device": network.handle.device,
        "precision": precision,
        "batch_size": batch_size,
        "version": software_version(),
    }
    partial = Partial(target, run, resume=resume, overwrite=overwrite)
    try:
        with _ArrayFile(partial, stored.shape) as out:
            fields = stored.reshape(-1, *stored.shape[-2:])
            _fill(out, fields, network, progress)
        return partial.finish()
    finally:
        partial.release()


def deblurred_name(path: str | Path) -> Path:
    """Name the output of an array as TropDS does.

    Parameters
    ----------
    path : str or Path
        The array.

    Returns
    -------
    Path
        ``<year>_deblurred.npy`` in the same folder.

    Examples
    --------
    >>> deblurred_name("2025_blur.npy").name, deblurred_name("zwd.npy").name
    ('2025_deblurred.npy', 'zwd_deblurred.npy')
    """
    path = Path(path)
    return path.with_name(f"{path.stem.removesuffix('_blur')}_deblurred.npy")


def _load_network(
    model: str | Path,
    norm: tuple[float, float] | None,
    weight: str | Path | None,
    device: str,
    precision: str,
    batch_size: int | None,
) -> FieldNetwork:
    from tropdsx.nn.checkpoint import Checkpoint
    from tropdsx.predict.field import FieldNetwork
    from tropdsx.predict.session import Handle, resolve_device

    load = load_tropds if Path(model).suffix in (".pth", ".pt") else load_own
    checkpoint = load(model, norm, weight)
    handle = Handle(str(model), "", resolve_device(device), precision, batch_size)
    module = checkpoint.module.to(handle.device)
    placed = Checkpoint(module, checkpoint.card, checkpoint.tensors)
    return FieldNetwork.from_checkpoint(placed, handle)


def _fill(
    out: _ArrayFile,
    fields: NDArray[Any],
    network: FieldNetwork,
    progress: Callable[[int, int], None] | None,
) -> None:
    done = out.partial.epochs_done
    starts = range(done, len(fields), STEPS_PER_BLOCK)

    def read(number: int) -> NDArray[Any]:
        block = np.array(fields[starts[number] : starts[number] + STEPS_PER_BLOCK])
        missing = int(np.isnan(block).sum())
        if missing:
            msg = (
                f"{missing} values missing near slice {starts[number]}; TropDS networks need "
                "complete fields: fill them, or put the delays in NetCDF, where they may be missing"
            )
            raise InputError(msg)
        return block

    run_blocks(
        len(starts),
        read,
        network,
        lambda _, block: out.append(block),
        written=lambda count: (
            progress(min(done + count * STEPS_PER_BLOCK, len(fields)), len(fields))
            if progress
            else None
        ),
    )


class _ArrayFile:
    """A ``.npy`` file in the making, that grows slice by slice."""

    def __init__(self, partial: Partial, shape: tuple[int, ...]) -> None:
        self.partial = partial
        self._shape = shape
        self._done = partial.epochs_done

    def __enter__(self) -> _ArrayFile:
        with output_errors(self.partial.target):
            if self._done:
                self._file = self.partial.path.open("r+b")
                self._file.truncate(self.partial.state["size"])
                self._file.seek(0, os.SEEK_END)
            else:
                self._file = self.partial.path.open("w+b")
                header = {"descr": "<f4", "fortran_order": False, "shape": self._shape}
                np.lib.format.write_array_header_1_0(self._file, header)
        return self

    def append(self, block: NDArray[np.float32]) -> None:
        """Write slices after those that are there, and say that they are complete."""
        with output_errors(self.partial.target):
            self._file.write(np.ascontiguousarray(block, "<f4").data)
            self._done += len(block)
            self._file.flush()
            os.fsync(self._file.fileno())
            self.partial.commit(self._done, {"size": self._file.tell()})

    def __exit__(self, *problem: object) -> None:
        self._file.close()
