"""Train a network on a user's own data: read → split → thin → Lightning → checkpoint → report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning as L  # noqa: N812  (its documentation's name)
import torch
import xarray as xr

from tropdsx.cf.times import in_period
from tropdsx.errors import InputError
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.workflows.train.data import (
    Fields,
    dated,
    fine_fields,
    grid_of,
    names_of,
    require_known,
    span,
    split,
)
from tropdsx.workflows.train.epochs import epochs_seen
from tropdsx.workflows.train.folder import check_folder
from tropdsx.workflows.train.nodal.card import terms, write_nodal
from tropdsx.workflows.train.nodal.lessons import (
    Also,
    Check,
    add_checks,
    check_names,
    learned_from,
    loader,
    named,
    nodal_data,
    require_shares,
    spacings,
    validation,
)
from tropdsx.workflows.train.nodal.module import NodalTraining
from tropdsx.workflows.train.nodal.refit import judged_by, require_data, require_end, write_refit
from tropdsx.workflows.train.nodal.season import wet_seen
from tropdsx.workflows.train.nodal.start import network, start_of, trained
from tropdsx.workflows.train.nodal.teacher import Teacher, require_apart
from tropdsx.workflows.train.options import TrainOptions
from tropdsx.workflows.train.report import Fitted, together, write_report
from tropdsx.workflows.train.resume import agree, plain, saved
from tropdsx.workflows.train.run import Run

__all__ = ["Also", "Check", "TrainOptions", "fit"]


def fit(
    data: Fields,
    out: str | Path,
    *,
    options: TrainOptions | None = None,
    coarse: Fields | None = None,
    check: Sequence[Check] = (),
    also: Sequence[Also] = (),
    refit_of: str | Path | None = None,
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
        Fine fields: NetCDF, Zarr, VMF text. For form "field" also a TropDS folder. [m]
    out : path
        Folder of the results: best.safetensors, final.safetensors, history.csv, history.npy,
        report.md with figures, last.ckpt (to resume). [1]
    options : TrainOptions, optional
        Everything else. [1]
    coarse : path, paths or Dataset, optional
        The coarse fields that belong to `data`; their nodes must be nodes of the fine grid and
        say what the pairs are. Without them pairs are made by thinning. [m]
    check : sequence of Check, optional
        More validation data: scores, factors and RMSE scale of the card are measured there too.
        [m]
    also : sequence of Also, optional
        Other products to train on as well. [m]
    refit_of : path or name, optional
        Train the network of this checkpoint anew, on all epochs and without validation. Its
        scores, factors and RMSE maps, measured before on epochs it had not seen, go into the new
        card, which says whose they are. [1]
    resume : bool, default False
        Go on from last.ckpt in `out`; the loss curve is that of a run never stopped. [1]
    overwrite : bool, default False
        Replace the run that `out` holds; without it, or `resume`, such a folder is refused. [1]
    progress : bool, default False
        Show a progress bar. [1]
    command : str
        What the card names as the command that made the checkpoint. [1]
    stop_after : int, optional
        Stop after this many epochs, to go on later with `resume`. [1]

    Returns
    -------
    Fitted
        Files and history. [1]

    Raises
    ------
    TropdsxError
        If the data, the split or the options cannot be used; the text says why.
    """
    options = options or TrainOptions()
    out = check_folder(out, resume=resume, overwrite=overwrite)
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.form == "field":
        from tropdsx.workflows.train.field.fit import fit_fields

        without = {"--check": check, "--also": also, "--refit-of": refit_of, "--coarse": coarse}
        given = [name for name, value in without.items() if value is not None and len(value)]
        if given:
            msg = (
                f"form field has no {', '.join(given)}: it makes its coarse fields itself (--thin, "
                "--block-mean); leave that out, or use --form nodal"
            )
            raise InputError(msg)
        return fit_fields(data, out, options, resume=resume, progress=progress, command=command)
    require_shares(also)
    options, start = start_of(options)
    teacher = None if options.teacher is None else trained(options.teacher, "--teacher")
    state = saved(out) if resume else None
    if state is not None:
        agree(state, plain(options))
    judged = (
        None
        if refit_of is None
        else judged_by(refit_of, options, check, coarse is not None, start=start, teacher=teacher)
    )
    # 1. data
    fine = dated(fine_fields(data, options.orography), names_of(data))
    if judged is None:
        train, valid = split(fine, options.train, options.validate)
    else:
        train, valid = (in_period(fine, options.train) if options.train else fine), None
    for ds, which in ((train, "training"), (valid, "validation")):
        require_known(ds, which)
    facts = _facts(
        data,
        train,
        valid,
        coarse=coarse,
        also=also,
        check=check,
        start=start,
        judged=judged,
        teacher=teacher,
    )
    if state is not None:
        agree(state, facts)
    lessons, tests = nodal_data(train, valid, options, coarse)
    if judged is not None:
        require_data(judged, train, lessons, also)
    others = [dated(fine_fields(more.data, more.orography), names_of(more.data)) for more in also]
    lessons += [learned_from(*pair, options) for pair in zip(also, others, strict=True)]
    checked = [dated(fine_fields(each.data, each.orography), names_of(each.data)) for each in check]
    for name, ds in zip(check_names(check), checked, strict=True):
        require_known(ds, name)
    add_checks(tests, check, checked)
    if teacher is not None:
        require_apart(
            teacher, options.teacher, train, [ds for ds in (valid, *checked) if ds is not None]
        )
    # 2. network and training
    L.seed_everything(options.seed, verbose=False)
    taught = None if teacher is None else Teacher(teacher.module, options.teacher_share)
    module = NodalTraining(network(options, start), options, taught)
    run = Run(
        options,
        out,
        state=state,
        record=plain(options) | facts,
        progress=progress,
        epochs=stop_after,
    )
    run.train(module, lambda first: loader(lessons, options, first), validation(tests))
    # 3. checkpoints and report
    record: dict[str, Any] = {
        "options": options.record(),
        **{k: v for k, v in facts.items() if v},
        "command": command,
        "steps": int(module.global_step),
        "seconds": round(run.seconds),
    }
    before = [each.card for each in (start, teacher) if each is not None]
    seen = epochs_seen([train, *others], before)
    if seen is not None:
        record["epochs_seen"] = seen
    about = {
        "coarse_spacing": spacings(lessons),
        "grid": grid_of(train),
        **terms(
            [train.attrs, *(ds.attrs for ds in others)],
            start and start.card,
            teacher and teacher.card,
        ),
    }
    wet = wet_seen([train, *others])
    with together(out) as new:
        if judged is not None:
            require_end(module.global_step, options, out)
            best = out / "final.safetensors"
            card = write_refit(
                new("final"), module.average, judged, record, about, wet, model_id="final"
            )
        else:
            best = out / "best.safetensors"
            card = write_nodal(
                new("final"), module.average, tests, record, about, wet, model_id="final"
            )
            record_best = record | {"steps": run.load_best(module)}
            write_nodal(
                new("best"), module.average, tests, record_best, about, wet, model_id="best"
            )
    rows = run.history.rows
    return Fitted(best, out / "final.safetensors", rows, write_report(out, rows, record, card))


def _facts(
    data: Fields,
    train: xr.Dataset,
    valid: xr.Dataset | None,
    *,
    coarse: Fields | None,
    also: Sequence[Also],
    check: Sequence[Check],
    start: Checkpoint | None,
    judged: Checkpoint | None,
    teacher: Checkpoint | None,
) -> dict[str, Any]:
    """Say what a run learns from, for the card and to compare with when it is resumed."""
    return {
        "epochs_train": span(train),
        "epochs_validate": None if valid is None else span(valid),
        "data": {
            "files": names_of(data),
            "nodes": [train.sizes["lat"], train.sizes["lon"]],
            "source": str(train.attrs.get("source", "not given")),
        },
        "coarse": None if coarse is None else names_of(coarse),
        "also": [named(more) for more in also],
        "check": check_names(check),
        "started_from": None if start is None else start.card["sha256"],
        "refit_of": None if judged is None else judged.card["sha256"],
        "taught_by": None if teacher is None else teacher.card["sha256"],
    }
