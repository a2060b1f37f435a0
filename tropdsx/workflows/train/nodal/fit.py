"""Train a network on coarse nodes: gather the data, learn, measure, write."""

from __future__ import annotations

from typing import Any, NamedTuple

import xarray as xr
from lightning import seed_everything

from tropdsx.cf.time.epochs import in_period
from tropdsx.grid.thinning import parse_thinning
from tropdsx.nn.checkpoint import Checkpoint
from tropdsx.workflows.train.data import (
    Fields,
    describe_grid,
    epoch_span,
    file_names,
    read_fine_fields,
    require_dates,
    require_known,
    split,
)
from tropdsx.workflows.train.epochs import epochs_seen
from tropdsx.workflows.train.moisture import (
    describe_moisture,
    moisture_names,
    read_moisture,
    refuse_common_epochs,
)
from tropdsx.workflows.train.nodal.batches import validation_loaders
from tropdsx.workflows.train.nodal.card import Making, measure_network, terms_of_use
from tropdsx.workflows.train.nodal.drawn.moisture_pairs import check_moisture_pairs
from tropdsx.workflows.train.nodal.lessons import make_lessons, make_loader
from tropdsx.workflows.train.nodal.module import NodalTraining
from tropdsx.workflows.train.nodal.options import NodalOptions
from tropdsx.workflows.train.nodal.pairs import PairSet, make_pair_sets
from tropdsx.workflows.train.nodal.refit import (
    adopt_scores,
    load_tested,
    require_data,
    require_end,
)
from tropdsx.workflows.train.nodal.season import wet_seen
from tropdsx.workflows.train.nodal.sources import (
    Source,
    check_lessons,
    find_spacings,
    make_moisture_source,
    make_source,
)
from tropdsx.workflows.train.nodal.start import (
    load_nodal,
    nodal_net,
    starting_network,
    starting_point,
)
from tropdsx.workflows.train.nodal.teacher import Teacher, require_apart
from tropdsx.workflows.train.products import (
    Also,
    Check,
    Extras,
    check_names,
    describe_product,
    require_shares,
)
from tropdsx.workflows.train.report import Fitted, Measured, write_run
from tropdsx.workflows.train.resume import (
    StoppedRun,
    check_same_run,
    kept_options,
    read_stopped_run,
)
from tropdsx.workflows.train.run import Call, TrainingRun

__all__ = ["fit_nodal"]


def fit_nodal(data: Fields, options: NodalOptions, call: Call, extras: Extras) -> Fitted:
    """Train a network on coarse nodes; see :func:`tropdsx.workflows.train.forms.fit`.

    Parameters
    ----------
    data, options
        As `fit` has them.
    call : Call
        Folder, resume, progress.
    extras : Extras
        Coarse files, other products, network to refit.

    Returns
    -------
    Fitted
        Files and history.

    Examples
    --------
    >>> from pathlib import Path
    >>> call = Call(Path("run"), progress=True)
    >>> fit_nodal("vmf1.nc", NodalOptions(steps=2000), call, Extras())  # doctest: +SKIP
    """
    given = _gather(data, options, call, extras)
    module, run = _learn(given, call)
    found, record = _measure(given, module, run, call)
    return write_run(call.out, found, run.history.rows, record)


class _Origins(NamedTuple):
    """Other networks: to go on from, to learn from, and to take the scores from."""

    start: Checkpoint | None
    teacher: Checkpoint | None
    tested: Checkpoint | None

    def shas(self) -> dict[str, str | None]:
        """Return their sha256, by the names that the card has."""
        by = {"started_from": self.start, "refit_of": self.tested, "taught_by": self.teacher}
        return {name: None if each is None else each.card["sha256"] for name, each in by.items()}


class _Gathered(NamedTuple):
    """All that a run learns from and is tested on.

    options: with everything filled in; train, others, moist: training epochs of the fine fields, of
    other products and of moisture fields; lessons: where batches come from; tests: validation
    pairs; facts: what the run is made of, for the card and to compare with when it is resumed;
    state: the stopped run.
    """

    options: NodalOptions
    origins: _Origins
    train: xr.Dataset
    others: list[xr.Dataset]
    moist: list[xr.Dataset]
    lessons: list[Source]
    tests: dict[str, PairSet]
    facts: dict[str, Any]
    state: StoppedRun | None


def _gather(data: Fields, options: NodalOptions, call: Call, extras: Extras) -> _Gathered:
    """Read all data and networks, split by time, make pairs; refuse what does not fit together."""
    require_shares(extras.also)
    moisture_names(extras.moisture)
    options, origins, state = _load_origins(options, call, extras)
    fine = require_dates(read_fine_fields(data, options.orography), file_names(data))
    if origins.tested is None:
        train, valid = split(fine, options.train, options.validate)
    else:
        train, valid = (in_period(fine, options.train) if options.train else fine), None
    for ds, which in ((train, "training"), (valid, "validation")):
        require_known(ds, which)
    facts = _facts(data, train, valid, extras) | origins.shas()
    if state is not None:
        check_same_run(state, facts)
    lessons, tests = make_lessons(train, valid, options, extras.coarse)
    if origins.tested is not None:
        require_data(origins.tested, train, lessons, extras.also, extras.moisture)
    moist = [read_moisture(more) for more in extras.moisture]
    lessons += [
        make_moisture_source(*pair, options.warp)
        for pair in zip(extras.moisture, moist, strict=True)
    ]
    others = [_read(more) for more in extras.also]
    lessons += [make_source(*pair, options) for pair in zip(extras.also, others, strict=True)]
    check_lessons(lessons, options)
    checked = [_read(each) for each in extras.check]
    for name, each, ds in zip(check_names(extras.check), extras.check, checked, strict=True):
        require_known(ds, name)
        tests[name] = make_pair_sets(ds, parse_thinning(each.thin), phase=each.phase)[0]
    names = moisture_names(extras.check_moisture)
    held = [read_moisture(more) for more in extras.check_moisture]
    refuse_common_epochs(moist, extras.check_moisture, held)
    for name, more, ds in zip(names, extras.check_moisture, held, strict=True):
        tests[name] = check_moisture_pairs(ds, more.nodes, more.step, name)
    if origins.teacher is not None:
        tested_on = [ds for ds in (valid, *checked, *held) if ds is not None]
        require_apart(origins.teacher, options.teacher, train, tested_on)
    return _Gathered(options, origins, train, others, moist, lessons, tests, facts, state)


def _read(product: Also | Check) -> xr.Dataset:
    """Read the fields of another product."""
    fields = read_fine_fields(product.data, product.orography)
    return require_dates(fields, file_names(product.data))


def _load_origins(
    options: NodalOptions, call: Call, extras: Extras
) -> tuple[NodalOptions, _Origins, StoppedRun | None]:
    """Load the other networks and the stopped run; take what options say nothing of from them."""
    options, start = starting_point(options)
    teacher = None if options.teacher is None else load_nodal(options.teacher, "--teacher")
    state = read_stopped_run(call.out) if call.resume else None
    if state is not None:
        check_same_run(state, kept_options(options), kept_options(NodalOptions()))
    tested = None
    if extras.refit_of is not None:
        has_coarse = extras.coarse is not None
        tested = load_tested(
            extras.refit_of, options, extras.check, has_coarse, start=start, teacher=teacher
        )
    return options, _Origins(start, teacher, tested), state


def _facts(
    data: Fields, train: xr.Dataset, valid: xr.Dataset | None, extras: Extras
) -> dict[str, Any]:
    """Say what a run learns from, for the card and to compare with when it is resumed."""
    return {
        "epochs_train": epoch_span(train),
        "epochs_validate": None if valid is None else epoch_span(valid),
        "data": {
            "files": file_names(data),
            "nodes": [train.sizes["lat"], train.sizes["lon"]],
            "source": str(train.attrs.get("source", "not given")),
        },
        "coarse": None if extras.coarse is None else file_names(extras.coarse),
        "also": [describe_product(more) for more in extras.also],
        "check": check_names(extras.check),
        "moisture": [describe_moisture(more) for more in extras.moisture],
        "check_moisture": moisture_names(extras.check_moisture),
    }


def _learn(given: _Gathered, call: Call) -> tuple[NodalTraining, TrainingRun]:
    """Train, from the beginning or from where the run was stopped."""
    options, (start, teacher, _) = given.options, given.origins
    seed_everything(options.seed, verbose=False)
    taught = None
    if teacher is not None and options.teacher_share is not None:
        taught = Teacher(nodal_net(teacher), options.teacher_share)
    module = NodalTraining(starting_network(options, start), options, taught)
    record = kept_options(options) | given.facts
    run = TrainingRun(options, call, state=given.state, record=record)
    run.train(
        module,
        lambda first: make_loader(given.lessons, options, first),
        validation_loaders(given.tests),
    )
    return module, run


def _measure(
    given: _Gathered, module: NodalTraining, run: TrainingRun, call: Call
) -> tuple[dict[str, Measured], dict[str, Any]]:
    """Measure the last network and that of the best validation; a refit adopts its scores."""
    record = _record(given, module, run, call)
    making = Making(record, _about(given), wet_seen([given.train, *given.others]))
    tested = given.origins.tested
    if tested is not None:
        require_end(module.global_step, given.options, call.out)
        return {"final": adopt_scores(module.kept(), tested, making, "final")}, record
    final = measure_network(module.kept(), given.tests, making, "final")
    step = run.load_best(module)
    if step == record["steps"]:  # the same network
        return {
            "final": final,
            "best": final._replace(card=final.card | {"model_id": "best"}),
        }, record
    making = making._replace(record=record | {"steps": step})
    best = measure_network(module.kept(), given.tests, making, "best")
    return {"final": final, "best": best}, record


def _record(
    given: _Gathered, module: NodalTraining, run: TrainingRun, call: Call
) -> dict[str, Any]:
    """Say how a network was trained, as card and report have it."""
    record: dict[str, Any] = {
        "options": given.options.record(),
        **{k: v for k, v in given.facts.items() if v},
        "command": call.command,
        "steps": int(module.global_step),
        "seconds": round(run.seconds),
    }
    start, teacher, _ = given.origins
    before = [each.card for each in (start, teacher) if each is not None]
    seen = epochs_seen([given.train, *given.others, *given.moist], before)
    return record if seen is None else record | {"epochs_seen": seen}


def _about(given: _Gathered) -> dict[str, Any]:
    """Say on which grids a network was trained, and under which terms it may be used."""
    start, teacher, _ = given.origins
    attrs = [ds.attrs for ds in (given.train, *given.others, *given.moist)]
    return {
        "coarse_spacing": find_spacings(given.lessons),
        "grid": describe_grid(given.train),
        **terms_of_use(attrs, start and start.card, teacher and teacher.card),
    }
