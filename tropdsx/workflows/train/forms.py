"""Train a network on a user's own fine fields: the form of the options says which kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from tropdsx.errors import InputError
from tropdsx.workflows.train.data import Fields
from tropdsx.workflows.train.diffusion.fit import fit_diffusion
from tropdsx.workflows.train.diffusion.options import DiffusionOptions
from tropdsx.workflows.train.field.fit import fit_field
from tropdsx.workflows.train.field.options import FieldOptions
from tropdsx.workflows.train.folder import check_folder
from tropdsx.workflows.train.moisture import Moisture
from tropdsx.workflows.train.nodal.fit import fit_nodal
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.options import TrainOptions
from tropdsx.workflows.train.products import Also, Check, Extras
from tropdsx.workflows.train.report import Fitted
from tropdsx.workflows.train.run import Call

__all__ = ["fit"]


def fit(
    data: Fields,
    out: str | Path,
    options: TrainOptions | None = None,
    *,
    coarse: Fields | None = None,
    check: Sequence[Check] = (),
    also: Sequence[Also] = (),
    refit_of: str | Path | None = None,
    moisture: Sequence[Moisture] = (),
    check_moisture: Sequence[Moisture] = (),
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = False,
    command: str = "",
    stop_after: int | None = None,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields: NetCDF, Zarr, VMF text. With FieldOptions also a TropDS folder.
    out : path
        Folder of the results: best.safetensors, final.safetensors, history.csv, history.npy,
        report.md with figures, last.ckpt (to resume).
    options : NodalOptions, FieldOptions or DiffusionOptions, optional
        Everything else; the form of the network follows from the class, nodal by default.
    coarse : path, paths or Dataset, optional
        nodal: the coarse fields that belong to `data`; their nodes must be nodes of the fine grid
        and say what the pairs are. Without them pairs are made by thinning.
    check : sequence of Check, optional
        nodal: more validation data: scores, factors and RMSE scale of the card are measured there
        too.
    also : sequence of Also, optional
        nodal: other products to train on as well.
    refit_of : path or name, optional
        nodal: train the network of this checkpoint anew, on all epochs and without validation. Its
        scores, factors and RMSE maps, measured before on epochs it had not seen, go into the new
        card, which says whose they are.
    moisture, check_moisture : sequence of Moisture, optional
        nodal: wet delays at no known height, of the precipitable water of a weather model, to
        train on and to validate on.
    resume : bool, default False
        Go on from last.ckpt in `out`; the loss curve is that of a run never stopped.
    overwrite : bool, default False
        Replace the run that `out` holds; without it, or `resume`, such a folder is refused.
    progress : bool, default False
        Show a progress bar.
    command : str
        What the card names as the command that made the checkpoint.
    stop_after : int, optional
        Stop after this many epochs, to go on later with `resume`.

    Returns
    -------
    Fitted
        Files and history.

    Raises
    ------
    TropdsxError
        If the data, the split or the options cannot be used; the text says why.

    Examples
    --------
    >>> fit("vmf1.nc", "run", NodalOptions(steps=2000, texture=(5,), texture_shares=(0.4,)))
    ... # doctest: +SKIP
    >>> fit("tropds_data", "run", FieldOptions(variable="zwd", ssim=0.1))  # doctest: +SKIP
    """
    options = NodalOptions() if options is None else options
    out = check_folder(out, resume=resume, overwrite=overwrite)
    if options.threads:
        torch.set_num_threads(options.threads)
    call = Call(out, resume, progress, command, stop_after)
    extras = Extras(coarse, check, also, refit_of, moisture, check_moisture)
    if isinstance(options, NodalOptions):
        return fit_nodal(data, options, call, extras)
    if not isinstance(options, (FieldOptions, DiffusionOptions)):
        msg = (
            f"options are {type(options).__name__}; give NodalOptions(...), FieldOptions(...) or "
            "DiffusionOptions(...)"
        )
        raise InputError(msg)
    given = {
        "--check": bool(check),
        "--also": bool(also),
        "--refit-of": refit_of is not None,
        "--coarse": coarse is not None,
        "--moisture": bool(moisture),
        "--check-moisture": bool(check_moisture),
    }
    if any(given.values()):
        names = ", ".join(name for name, has in given.items() if has)
        msg = (
            f"form {options.form} has no {names}: it makes its coarse fields itself (--thin); "
            "leave that out, or use --form nodal"
        )
        raise InputError(msg)
    if isinstance(options, DiffusionOptions):
        return fit_diffusion(data, options, call)
    return fit_field(data, options, call)
