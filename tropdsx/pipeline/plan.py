"""What is decided before the first number is computed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import xarray as xr

from tropdsx.errors import CheckpointError, warn
from tropdsx.geoid.datum import check_choice
from tropdsx.grid.checks.companions import companions_of, with_companions
from tropdsx.grid.restore import GridRecord
from tropdsx.pipeline.options import Options, is_physics
from tropdsx.pipeline.source import standardise_input
from tropdsx.pipeline.target import Target, resolve_target
from tropdsx.reduce.geometry import GridPair, find_inside

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """The decisions of one downscaling: data only, made by :func:`make_plan`.

    Attributes
    ----------
    grid : Dataset
        Input on the standard grid.
    record : GridRecord
        How the caller keeps it.
    target : Target
        Nodes and heights of the fine grid.
    options : Options
        What to do.

    Examples
    --------
    A plan is made by :func:`make_plan` and carried out by :func:`tropdsx.pipeline.run.refine`.

    >>> from dataclasses import fields
    >>> [field.name for field in fields(Plan)]
    ['grid', 'record', 'target', 'options']
    """

    grid: xr.Dataset
    record: GridRecord
    target: Target
    options: Options


def make_plan(
    ds: xr.Dataset,
    options: Options,
    *,
    probe: bool = False,
    companions: bool = False,
    lazy: bool = False,
) -> Plan:
    """Standardise the input and find the target.

    Parameters
    ----------
    ds : Dataset
        Coarse delays in any orientation.
    options : Options
        What to do.
    probe : bool, optional
        Read the first epoch of a lazy input, to check it before anything is made of it.
    companions : bool, optional
        Take mapping coefficients (``ah``, ``aw``) and gradients of the input along.
    lazy : bool, optional
        Leave the heights of a target in its file where they are too many to hold.

    Returns
    -------
    Plan
        Lazy where the input is lazy.

    Raises
    ------
    GridError, UnitsError, CheckpointError
        If the input, the target or the options cannot be used; the text says why.

    Examples
    --------
    >>> axes = {"lat": [50.0, 45.0, 40.0], "lon": [5.0, 10.0, 15.0]}
    >>> zhd = xr.DataArray([[2.3] * 3] * 3, axes, attrs={"units": "m"})
    >>> import numpy as np
    >>> ds = xr.Dataset({"zhd": zhd, "orography": xr.zeros_like(zhd)})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> plan = make_plan(ds, Options(target=2.5))
    >>> plan.target.fine.sizes["lat"], plan.grid.zhd.dtype
    (4, dtype('float32'))
    """
    _check(options)
    grid, record = standardise_input(ds, options, moving=True, probe=probe)
    target = resolve_target(
        options.target, grid, orography=options.orography, heights=options.heights, lazy=lazy
    )
    _tell_what_is_outside(grid, target)
    if companions:
        grid, record = _with_companions(grid, record, ds)
    return Plan(grid, record, target, options)


def _with_companions(
    grid: xr.Dataset, record: GridRecord, ds: xr.Dataset
) -> tuple[xr.Dataset, GridRecord]:
    notes = list(record.notes)
    grid = with_companions(grid, ds, notes=notes)
    if names := companions_of(grid):
        notes.append(f"{', '.join(names)} of the input interpolated bilinearly, at height zero")
    return grid, replace(record, notes=tuple(notes))


def _tell_what_is_outside(coarse: xr.Dataset, target: Target) -> None:
    rows, columns = find_inside(GridPair.from_datasets(coarse, target.fine))
    total, reached = rows.size * columns.size, int(rows.sum()) * int(columns.sum())
    if 0 < reached < total:
        lat, lon = coarse["lat"].to_numpy(), coarse["lon"].to_numpy()
        text = (
            f"{total - reached} of {total} nodes of the target lie outside the coarse grid "
            f"(lat {lat.min():g}..{lat.max():g}, lon {lon.min():g}..{lon.max():g}) and are missing "
            "in the result"
        )
        warn(text)


def _check(options: Options) -> None:
    """Refuse or name what has no effect without a network."""
    check_choice(options.heights)
    if not is_physics(options.model):
        return
    if options.sigma:
        msg = "sigma comes from a network, and model is 'none': leave it out, or choose 'default'"
        raise CheckpointError(msg)
    usual = Options()
    idle = [
        f"{name}={getattr(options, name)!r}"
        for name in ("device", "precision", "batch_size")
        if getattr(options, name) != getattr(usual, name)
    ]
    if idle:
        text = f"{', '.join(idle)} without effect: model is 'none', physics alone"
        warn(text)
