"""A conversion between opening its input and computing the first number."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tropdsx.cf.layout import with_standard_names
from tropdsx.errors import once_a_run
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import Plan, make_plan
from tropdsx.pipeline.run import describe, refine, restored
from tropdsx.read.delays import open_delays
from tropdsx.system.hdf5 import close_locked
from tropdsx.system.staging import check_target
from tropdsx.system.workers import compute_here
from tropdsx.workflows.convert.bands import Bands, find_bands
from tropdsx.workflows.convert.blocks import in_blocks
from tropdsx.workflows.convert.cluster import connect
from tropdsx.workflows.convert.outline import outline, with_range
from tropdsx.write.parameters import command_line, summarise_parameter, to_json
from tropdsx.write.save import check_apart, check_storage, describe_for_writing, name_output

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Job", "lay_out", "opened", "usual_options"]

#: Input up to this size is read at once [byte].
SMALL = 2**22


@dataclass(frozen=True, eq=False)
class Job:
    """A conversion whose input is open and whose decisions are made.

    Attributes
    ----------
    plan : Plan
        What to compute.
    ds : Dataset
        The input.
    target : Path
        Output.
    storage : dict
        How values are stored.
    command : str
        How to do it again.
    client : Client or None
        Cluster that computes.
    more : dict
        Of the parameters what only files have: ``start``, ``step``, ``reference``.
    bands : Bands or None
        How the rows of a large target are cut.
    """

    plan: Plan
    ds: xr.Dataset
    target: Path
    storage: dict[str, Any]
    command: str
    client: Client | None
    more: dict[str, Any]
    bands: Bands | None = None


@contextlib.contextmanager
def opened(
    paths: Sequence[str | Path],
    output: str | Path | None,
    storage: dict[str, Any],
    *,
    overwrite: bool = False,
    start: str | None = None,
    step: str | None = None,
    reference: str | Path | None = None,
    scheduler: str | None = None,
    **options: Any,
) -> Iterator[Job]:
    """Open the input of a conversion and decide what is to be computed.

    Parameters
    ----------
    paths : sequence of str or Path
        Input, which is closed at the end.
    output, overwrite, start, step, reference, scheduler, **options
        See :func:`convert`.
    storage : dict
        ``compression``, ``quantize``, ``pack`` and ``zarr_format``.

    Yields
    ------
    Job
        For :func:`lay_out`.
    """
    target = Path(output) if output is not None else name_output(paths[0], "tropdsx")
    grids = (options.get(name) for name in ("orography", "coarse_orography", "target", "model"))
    check_apart(target, [*paths, reference, *grids])
    formats = {name: storage[name] for name in ("compression", "zarr_format")}
    storage = {k: v for k, v in storage.items() if k not in formats} | check_storage(
        target, **formats
    )
    check_target(target, overwrite=overwrite)
    with contextlib.ExitStack() as stack:
        stack.enter_context(once_a_run())
        client = stack.enter_context(connect(scheduler))
        small = SMALL if client is None else 0
        given = paths if len(paths) > 1 else paths[0]
        ds = open_delays(given, start=start, step=step, small=small)
        stack.callback(close_locked, ds)
        plan = make_plan(ds, Options(**options), probe=True, companions=True, lazy=True)
        # Maps against a reference are made of the whole.
        bands = find_bands(plan) if reference is None else None
        plan = in_blocks(plan if bands is not None else _loaded(plan))
        command = command_line("convert", paths, options, usual_options())
        more = {"start": start, "step": step, "reference": reference}
        yield Job(plan, ds, target, storage, command, client, more, bands)


def _loaded(plan: Plan) -> Plan:
    """Hold the heights of a target that is made as a whole."""
    fine = plan.target.fine
    if fine["orography"].chunks is None:
        return plan
    return replace(plan, target=replace(plan.target, fine=compute_here(fine)))


def lay_out(job: Job) -> xr.Dataset:
    """Describe the whole result, as it is written.

    Parameters
    ----------
    job : Job
        From :func:`opened`.

    Returns
    -------
    Dataset
        Lazy along time where the plan is.
    """
    fine = _downscale(job)
    reference = job.more["reference"]
    if reference is not None:
        from tropdsx.workflows.evaluate.comparison import with_rmse_maps  # for this alone

        fine = with_rmse_maps(fine, open_delays(reference), name=Path(reference).name)
    fine = describe_for_writing(_add_parameters(fine, **job.more))
    return fine if job.bands is None else with_range(fine, job.bands)


def _downscale(job: Job) -> xr.Dataset:
    """Lay out the whole result, lazy along time where the input is, and in bands altogether."""
    plan = job.plan
    fine, network = refine(plan, plan.grid) if job.bands is None else outline(plan)
    fine = describe(fine, plan, network, job.ds, command=job.command)
    return with_standard_names(restored(fine, plan))


def usual_options() -> dict[str, Any]:
    """Give the options of a downscaling that nobody chose.

    Returns
    -------
    dict
        Values by name.

    Examples
    --------
    >>> usual_options()["interpolation"]
    'bicubic'
    """
    return {each.name: each.default for each in fields(Options)}


def _add_parameters(
    fine: xr.Dataset, start: str | None, step: str | None, reference: str | Path | None
) -> xr.Dataset:
    """Add to the recorded parameters what only files have."""
    more = {
        "start": None if start is None else str(start),
        "step": None if step is None else str(step),
        "reference": None if reference is None else summarise_parameter(reference),
    }
    found = json.loads(fine.attrs["tropdsx_parameters"])
    found |= {name: value for name, value in more.items() if value is not None}
    fine.attrs["tropdsx_parameters"] = to_json(found)
    return fine
