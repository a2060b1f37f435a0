"""Observation minus background: the coarse grid lifted to the height of each station."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import GridError, warn
from tropdsx.grid.stencil import make_stencil
from tropdsx.pipeline.options import height_model_of, is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.read.text import list_some
from tropdsx.system.workers import Progress
from tropdsx.workflows.evaluate.station_scores import at_times
from tropdsx.workflows.evaluate.stations import delays_at
from tropdsx.workflows.reconstruct.epochs import observe_at, warn_of_unused

__all__ = ["background_at", "find_residuals", "interpolate_epochs", "relative_noise"]

#: Epochs of an interpolated grid in a block.
STEPS = 8
#: Epochs that are lifted to stations at once.
EPOCHS = 96
#: How far formal errors may tell stations apart.
QUIETEST, LOUDEST = 0.5, 5.0


def interpolate_epochs(plan: Plan, times: ArrayLike) -> Plan:
    """Interpolate the coarse grid linearly in time.

    Parameters
    ----------
    plan : Plan
        Of a dated series.
    times : array_like of datetime64
        Epochs wanted; those before the first and after the last of the grid are left out.

    Returns
    -------
    Plan
        Of the same target; lazy where the grid is.

    Raises
    ------
    GridError
        If none of them lies within the grid's time.
    """
    grid = plan.grid
    have = grid["time"].to_numpy()
    wanted = np.unique(np.asarray(times, have.dtype))
    wanted = wanted[(wanted >= have.min()) & (wanted <= have.max())]
    ones = xr.Dataset({"there": ("time", np.ones(have.size))}, {"time": have})
    wanted = wanted[at_times(ones, wanted)["there"].notnull().to_numpy()]  # without wide gaps
    if not wanted.size:
        raise GridError(_no_overlap(np.asarray(times), have))
    moving = [name for name in grid if "time" in grid[name].dims]
    found = at_times(grid[moving], wanted)
    for name in moving:
        before = grid[name]
        each = found[name].astype(before.dtype).transpose(*before.dims).assign_attrs(before.attrs)
        found[name] = each.chunk(time=STEPS, lat=-1, lon=-1) if before.chunks else each
    still = grid.drop_vars([*moving, "time"])
    found = found.assign(still.data_vars).assign_coords(still.coords).assign_attrs(grid.attrs)
    return replace(plan, grid=found)


def _no_overlap(times: NDArray, have: NDArray) -> str:
    spans = [f"{each.min()!s:.16} to {each.max()!s:.16}" for each in (times, have)]
    return (
        f"no observation within an hour of the epochs of the grid: observed from {spans[0]}, "
        f"gridded from {spans[1]}; take a grid of these days, or observations of those of the grid"
    )


def background_at(plan: Plan, places: xr.Dataset, progress: Progress | None = None) -> xr.Dataset:
    """Lift the plan's grid to places.

    Parameters
    ----------
    plan : Plan
        Grid, height model and network.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` and ``ztd`` (time, station) [m], in memory; missing outside the grid.

    Raises
    ------
    GridError
        If the grid lacks heights or a delay, or its heights change in time.
    """
    lost = [name for name in DELAYS if name not in plan.grid]
    if lost:
        msg = (
            f"total delays cannot be compared with a grid without {' and '.join(lost)}; give one "
            "with zhd and zwd, or with ztd"
        )
        raise GridError(msg)
    if "time" in plan.grid.get("orography", xr.DataArray(0)).dims:
        msg = "the heights of the grid change in time; accepted is one terrain. Select a period"
        raise GridError(msg)
    options, count = plan.options, plan.grid.sizes["time"]
    # A network sees the epochs before and after, and reads them in parts of its own.
    step = EPOCHS if is_physics(options.model) else max(count, 1)
    parts = []
    for start in range(0, max(count, 1), step):
        part = delays_at(
            plan.grid.isel(time=slice(start, start + step)),
            *(places[name].to_numpy() for name in ("lat", "lon", "height")),
            station=places["station"].to_numpy(),
            model=options.model,
            height_model=height_model_of(options),
            interpolation=options.interpolation,
            device=options.device,
            precision=options.precision,
            progress=progress,
        )
        parts.append(part.compute())
        if progress is not None:
            progress(min(start + step, count), count)
    return parts[0] if len(parts) == 1 else xr.concat(parts, dim="time", coords="minimal")


def find_residuals(
    plan: Plan, observed: xr.Dataset, progress: Progress | None = None
) -> xr.Dataset:
    """Compare observations with the background, at the epochs of the plan's grid.

    Parameters
    ----------
    plan : Plan
        Of a dated grid.
    observed : Dataset
        Of :func:`tropdsx.workflows.reconstruct.observations.gather_observations`.
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Dataset
        ``observed``, ``background`` and ``residual`` (time, station) [m]; the attribute ``unused``
        counts what serves no epoch.

    Raises
    ------
    GridError
        If the grid has no dates, or no observation lies within them.
    """
    times = plan.grid["time"].to_numpy()
    if times.dtype.kind != "M" or np.isnat(times).any():
        msg = "the grid has no dates, so that no observation can be given to an epoch of it"
        raise GridError(msg)
    found = observe_at(observed["ztd"], times)
    ztd = xr.DataArray(found.ztd, dims=("time", "station"))
    if not found.unused.total:
        msg = "all observations are missing (NaN); give the total delays of at least one station"
        raise GridError(msg)
    if not np.isfinite(found.ztd).any():
        raise GridError(_no_overlap(observed["time"].to_numpy(), times))
    warn_of_unused(found.unused)
    background = background_at(plan, observed, progress)["ztd"].transpose("time", "station")
    outside = background.isnull().all("time").to_numpy()
    if outside.any():
        _tell_of_outside(plan.grid, observed, outside)
    parts = {"observed": ztd, "background": background.astype(np.float64)}
    places = observed.coords.to_dataset().drop_vars("time")
    compared = places.assign({name: each.variable for name, each in parts.items()})
    compared = compared.assign_coords(time=times).assign_attrs(unused=found.unused)
    return compared.assign(residual=compared["observed"] - compared["background"])


def _tell_of_outside(grid: xr.Dataset, places: xr.Dataset, lost: NDArray[np.bool_]) -> None:
    """Tell which stations have no background, and why."""
    place = make_stencil(grid["lat"], grid["lon"], places["lat"], places["lon"])
    beyond = np.isnan(place.weight).any(axis=-1)
    for where, text in (
        (lost & beyond, "lie outside the grid"),
        (lost & ~beyond, "lie beside missing nodes of the grid"),
    ):
        if where.any():
            names = list_some([str(name) for name in places["station"].to_numpy()[where]])
            warn(f"{int(where.sum())} of {lost.size} stations {text}: {names}")


def relative_noise(observed: xr.Dataset) -> NDArray[np.float64]:
    """Tell by their formal errors which stations are noisier than others.

    Parameters
    ----------
    observed : Dataset
        With or without ``ztd_sigma`` (time, station).

    Returns
    -------
    ndarray, shape (n,)
        Median formal error of a station over that of all, within 0.5 to 5; 1 where there is none.
        Their level is not believed: formal errors of GNSS leave out most of what is wrong.

    Examples
    --------
    >>> sigma = xr.DataArray([[1e-3, 1e-3, 3e-3]], dims=("time", "station"))
    >>> relative_noise(xr.Dataset({"ztd_sigma": sigma}))
    array([1., 1., 3.])
    """
    if "ztd_sigma" not in observed or not bool(observed["ztd_sigma"].notnull().any()):
        return np.ones(observed.sizes["station"])
    own = observed["ztd_sigma"].median("time").to_numpy()
    ratio = own / np.nanmedian(own)
    return np.clip(np.nan_to_num(ratio, nan=1.0), QUIETEST, LOUDEST)
