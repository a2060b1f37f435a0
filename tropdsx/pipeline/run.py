"""The main job, top to bottom: standardise → reduce → predict → describe → restore."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.attributes.relations import is_level
from tropdsx.cf.description import describe_variables
from tropdsx.cf.quantities import DELAYS, QUANTITIES
from tropdsx.errors import GridError, once_a_run
from tropdsx.grid.heights.moving import group_epochs
from tropdsx.pipeline.options import Options, height_model_of, is_physics
from tropdsx.pipeline.plan import Plan, make_plan
from tropdsx.pipeline.target import NONE
from tropdsx.read.containers.trees import dataset_of
from tropdsx.reduce.companions import interpolate_companions
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.write.parameters import describe_parameters
from tropdsx.write.provenance import (
    carry_attributes,
    find_sources,
    make_provenance,
    software_version,
)

__all__ = ["describe", "downscale", "refine", "restored"]


def downscale(
    ds: xr.Dataset, options: Options | None = None, *, command: str | None = None
) -> xr.Dataset:
    """Downscale zenith delays to a fine grid at the height of its terrain.

    Parameters
    ----------
    ds : Dataset
        Coarse ``zhd``, ``zwd`` or ``ztd`` in any orientation, with an ``orography`` or with one
        given in the options; or a DataTree of which one node is such.
    options : Options, optional
        What to do; the defaults give the global 1 degree nodes and the default network.
    command : str, optional
        How the caller would do this again, for the history.

    Returns
    -------
    Dataset
        ``zhd`` and/or ``zwd`` float32 [m] in the caller's orientation and names, with
        ``orography``, RMSE maps where the checkpoint has them, counts of what limits held
        (:mod:`tropdsx.cf.attributes.limits`), ``ah``, ``aw`` and gradients where the input has
        them, provenance and what CF needs: xarray alone writes it as a file that others
        understand. Lazy where the input is lazy.

    Raises
    ------
    GridError, UnitsError, CheckpointError
        If the input, the target or the checkpoint cannot be used; the text says why.

    Examples
    --------
    >>> import numpy as np
    >>> lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    >>> axes = {"lat": lat, "lon": lon}
    >>> zwd = xr.DataArray(np.full((36, 72), 0.1), axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zwd": zwd, "orography": xr.zeros_like(zwd)})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> downscale(ds, Options(model=None)).zwd.sizes["lon"]
    360
    """
    ds = dataset_of(ds)
    with once_a_run():  # epochs in memory are worked on now, and lack the same
        plan = make_plan(ds, options or Options(), companions=True)
        fine, network = refine(plan, plan.grid)
    fine = describe(fine, plan, network, ds, command=command)
    return describe_variables(restored(fine, plan))


def refine(
    plan: Plan, grid: xr.Dataset, rows: NDArray[np.intp] | None = None
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Reduce and predict: the delays on the fine grid in standard order.

    Parameters
    ----------
    plan : Plan
        Target and options.
    grid : Dataset
        The plan's grid, or a part of it along time.
    rows : ndarray of int, optional
        Epochs of that part that are wanted; the others serve as their neighbours. RMSE maps
        are left out then.

    Returns
    -------
    fine : Dataset
        Delays float32 [m] on (time, lat, lon); lazy where the grid is.
    network : dict
        For the provenance; empty for physics alone.

    Raises
    ------
    GridError, CheckpointError
        If a delay that the options need is missing, or the checkpoint cannot be used.

    Examples
    --------
    >>> axes = {"lat": [50.0, 45.0, 40.0], "lon": [5.0, 10.0, 15.0]}
    >>> zhd = xr.DataArray([[2.3] * 3] * 3, axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zhd": zhd, "orography": xr.zeros_like(zhd)})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> plan = make_plan(ds, Options(target=5.0, model=None))
    >>> fine, network = refine(plan, plan.grid)
    >>> fine.zhd.dims, network
    (('time', 'lat', 'lon'), {})
    """
    if "orography" in grid and "time" in grid["orography"].dims:
        return _refine_terrains(plan, grid, rows)
    options = plan.options
    fine = reduce_to_orography(
        grid if rows is None else grid.isel(time=rows),
        plan.target.fine,
        height_model=height_model_of(options),
        interpolation=options.interpolation,
    )
    network: dict[str, Any] = {}
    if not is_physics(options.model):
        from tropdsx.predict.grid import predict_grid  # loads torch

        fine, network = predict_grid(
            fine,
            grid,
            options.model if options.model is not None else NONE,
            device=options.device,
            batch_size=options.batch_size,
            precision=options.precision,
            sigma=options.sigma,
            rows=rows,
        )
    if options.ztd:
        fine["ztd"] = _total(fine)
    epochs = grid if rows is None else grid.isel(time=rows)
    return fine.assign(interpolate_companions(epochs, plan.target.fine)), network


def describe(
    fine: xr.Dataset,
    plan: Plan,
    network: dict[str, Any],
    ds: xr.Dataset,
    *,
    command: str | None = None,
) -> xr.Dataset:
    """Say in the attributes of a result where it came from.

    Parameters
    ----------
    fine : Dataset
        Delays of :func:`refine`.
    plan : Plan
        What was decided.
    network : dict
        What :func:`refine` says of the network.
    ds : Dataset
        The caller's input, whose attributes are carried on.
    command : str, optional
        How the caller would do this again, for the history.

    Returns
    -------
    Dataset
        The same data; `tropdsx inspect` and :func:`tropdsx.read_provenance` read it back.
    """
    spelled = command or f"ds.tropds.downscale(), tropdsx {software_version()}"
    notes = [*plan.record.notes, *plan.target.notes]
    levels = [str(name) for name in plan.record.scalars if is_level(plan.record.scalars, name)]
    notes += [f"level of the input left out: {name}" for name in levels]
    attrs = (
        carry_attributes(ds.attrs)
        | make_provenance(spelled, input_attrs=ds.attrs, **network)
        | describe_parameters(plan.options.recorded(), notes)
    )
    fine = fine.drop_attrs(deep=False).assign_attrs(attrs)  # not those of the standard grid
    fine.encoding["tropdsx_sources"] = find_sources(ds)
    return fine


def restored(fine: xr.Dataset, plan: Plan) -> xr.Dataset:
    """Give a result the orientation of the caller, or of the caller's own target.

    Parameters
    ----------
    fine : Dataset
        Delays on the target in standard order.
    plan : Plan
        How the caller keeps the input, and the target with the axes of its owner.

    Returns
    -------
    Dataset
        The same delays with the caller's names and order, without the level that the input was on.
    """
    record, target = plan.record, plan.target
    if target.lat is not None and target.lon is not None:
        record = record.move_to(target.fine, target.lat, target.lon)
    result = record.restore(fine)
    # The delays are at the heights in orography now, on whatever level the input was.
    result = result.drop_vars([name for name in record.scalars if is_level(result, name)])
    result.encoding |= fine.encoding
    return result


def _refine_terrains(
    plan: Plan, grid: xr.Dataset, rows: NDArray[np.intp] | None
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Refine the epochs of each terrain by themselves: others are no neighbours of theirs."""
    terrain = group_epochs(grid["orography"].transpose("time", "lat", "lon").to_numpy())
    wanted = np.arange(terrain.size) if rows is None else rows
    parts, places = [], []
    network: dict[str, Any] = {}
    for number in np.unique(terrain[wanted]):
        members = np.flatnonzero(terrain == number)
        own = grid.isel(time=members)
        own["orography"] = own["orography"].isel(time=0, drop=True)
        inside = np.flatnonzero(np.isin(members, wanted))
        part, network = refine(plan, own, None if rows is None else inside)
        parts.append(part)
        places.append(members[inside])
    fine = xr.concat(
        parts,
        "time",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )
    return fine.isel(time=np.argsort(np.concatenate(places))), network


def _total(fine: xr.Dataset) -> xr.DataArray:
    if not set(DELAYS) <= set(fine):
        msg = (
            f"the total delay needs zhd and zwd, but the input holds only "
            f"{', '.join(map(str, fine))}; leave out ztd"
        )
        raise GridError(msg)
    return (fine["zhd"] + fine["zwd"]).assign_attrs(QUANTITIES["ztd"].attributes)
