"""Stations and a coarse grid become one fine analysis with its sigma: from residuals to fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.description import describe_variables
from tropdsx.errors import InputError
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import Plan, make_plan
from tropdsx.pipeline.run import describe, refine, restored
from tropdsx.read.containers.trees import dataset_of
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Reporter
from tropdsx.workflows.reconstruct.assimilation import assimilate, assimilate_at
from tropdsx.workflows.reconstruct.description import (
    add_parameters,
    describe_analysis,
    spell_call,
    station_variables,
)
from tropdsx.workflows.reconstruct.diffusion.learned import NEXT, Learned, choose_learned
from tropdsx.workflows.reconstruct.next_station import map_next_station
from tropdsx.workflows.reconstruct.observations import gather_observations, gather_places
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.quantiles import add_quantiles, check_quantiles
from tropdsx.workflows.reconstruct.oi.screening import Flag
from tropdsx.workflows.reconstruct.period.estimates import read_estimates, write_estimates
from tropdsx.workflows.reconstruct.preparation import Prepared, prepare
from tropdsx.workflows.reconstruct.variability import scale_on_target

__all__ = ["reconstruct"]

#: Results of a block of epochs [byte].
BLOCK_BYTES = 24 * 2**20
METHODS = ("oi", "diffusion")
EPOCHS = ("grid", "stations")


def reconstruct(
    ds: xr.Dataset,
    stations: Any = None,
    observations: Any = None,
    *,
    method: str = "oi",
    where: Any = None,
    epochs: str = "grid",
    covariance: Covariance | None = None,
    quantiles: float | Sequence[float] = (),
    options: Options | None = None,
    station_heights: str = "auto",
    estimates: str | Path | None = None,
    save_estimates: str | Path | None = None,
    overwrite: bool = False,
    command: str | None = None,
    progress: Reporter | None = None,
    **sampling: Any,
) -> xr.Dataset:
    """Make one fine analysis of a coarse grid and of total delays observed at stations.

    Parameters
    ----------
    ds : Dataset
        Coarse ``zhd`` and ``zwd``, or ``ztd``, as :func:`tropdsx.downscale` takes them.
    stations, observations
        See :func:`~tropdsx.workflows.reconstruct.observations.gather_observations`. Without any,
        the delays are those of :func:`tropdsx.downscale`, bit for bit.
    method : {"oi", "diffusion"}
        Optimal interpolation of observation minus background; or a network on top of it, a
        checkpoint of ``tropdsx train --form diffusion`` that the options name as ``model``, above
        a background by physics alone.
    where : str, Path, DataFrame or Dataset, optional
        Places (station, lat, lon, height) that are wanted instead of the fine grid; or "next" for
        a map of ``sigma_gain``: where one more station would help.
    epochs : {"grid", "stations"}
        Those of the grid, or those of the stations, for which the grid is interpolated in time.
    covariance : Covariance, optional
        Covariance of the residuals; default: fitted to those at hand.
    quantiles : float or sequence of float, optional
        Probabilities of which ``ztd_quantile`` is added.
    options : Options, optional
        How the background is made.
    station_heights : {"auto", "geoid", "ellipsoid"}
        What heights of the stations, and of the places, count from; "auto" goes by the heading of
        a table and the attributes of a Dataset, else the ellipsoid.
    estimates : str or Path, optional
        File of what was estimated of a longer period, instead of estimating it of this one: a part
        then agrees with the whole, epoch by epoch.
    save_estimates : str or Path, optional
        Where to write what was estimated of this period.
    overwrite : bool, optional
        Whether that file may be there already.
    command : str, optional
        How the caller would do this again, for the history.
    progress : callable, optional
        Gives the progress of a piece of work by its name and by what is counted.
    **sampling
        For method "diffusion": ``members``, ``steps`` and the other fields of
        :class:`~tropdsx.workflows.reconstruct.diffusion.sampling.Sampling`.

    Returns
    -------
    Dataset
        ``zhd`` (as downscaled), ``zwd`` (with what the stations add), ``ztd`` = zhd + zwd,
        ``ztd_sigma``, ``zwd_sigma`` [m], ``stations_used``, and of the stations
        ``station_residual``, ``station_loo_residual``, ``station_loo_sigma`` [m] and
        ``station_flag``. Lazy along time where the input is.

    Raises
    ------
    GridError, InputError, UnitsError
        If grid or stations cannot be used; the text says why.

    Examples
    --------
    >>> import pandas as pd
    >>> axes = {"lat": [50.0, 45.0], "lon": [5.0, 10.0]}
    >>> flat = xr.DataArray(np.zeros((2, 2)), axes, attrs={"units": "m"})
    >>> ds = xr.Dataset({"zhd": flat + 2.3, "zwd": flat + 0.1, "orography": flat})
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> row = {"station": "A", "lat": 47.0, "lon": 8.0, "height_m": 500.0}
    >>> frame = pd.DataFrame([row | {"time": "2022-07-01", "ztd_m": 2.27}])
    >>> fine = reconstruct(ds, frame, options=Options(model=None))
    >>> fine.ztd.shape, round(fine.station_residual.item(), 3)
    ((5, 5), 0.017)
    """
    _check(method, epochs, stations, observations)
    _check_estimates(estimates, save_estimates, stations, covariance, overwrite)
    quantiles = check_quantiles(quantiles)
    learned = choose_learned(method, where, options or Options(), sampling)
    chosen = replace(options or Options(), ztd=False)
    _check_asked(chosen, where, quantiles)
    said: dict[str, Any] = {"method": method, "epochs": epochs, "quantiles": list(quantiles)}
    said |= {"where": where, "station_heights": station_heights, "estimates": estimates}
    spelled = command or spell_call(stations, observations, said | sampling, covariance, options)
    if learned is not None:
        chosen = replace(chosen, model=None)
        covariance = covariance or (learned.covariance if stations is None else None)
    ds = dataset_of(ds)
    plan = make_plan(ds, chosen)
    if learned is not None and where is not None:
        plan = learned.carried(plan)
    observed, places = _gather(stations, observations, where, station_heights)
    prepared = prepare(
        plan,
        observed,
        epochs=epochs,
        covariance=covariance,
        estimates=None if estimates is None else read_estimates(estimates),
        progress=progress and progress("background at the stations", "epochs"),
    )
    if learned is not None:
        learned, prepared = learned.calibrated(prepared)
        said |= learned.recorded()
    if save_estimates is not None:
        kept = None if learned is None else learned.calibrated_as
        write_estimates(prepared.estimates(kept), save_estimates, overwrite=overwrite)
    fine, network = _analyse(prepared, places, quantiles, learned)
    fine = describe_analysis(fine, learned=learned is not None)
    fine = describe(fine, prepared.plan, network, ds, command=spelled)
    said |= {} if stations is None else {"estimated": prepared.estimated}
    fine = add_parameters(fine, prepared.screening, stations, observations, said)
    if "lat" not in fine.dims:
        return fine
    fine = _described(restored(fine, prepared.plan))
    return _of_period(fine, prepared) if _is_next(where) else fine


def _gather(
    stations: Any, observations: Any, where: Any, heights: str
) -> tuple[xr.Dataset | None, Any]:
    """Read the stations and the places."""
    observed = None
    if stations is not None:
        observed = gather_observations(stations, observations, heights=heights)
    if where is None or _is_next(where):
        return observed, where
    return observed, gather_places(where, heights=heights)


def _analyse(
    prepared: Prepared, where: Any, quantiles: Sequence[float], learned: Learned | None
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Analyse what is wanted; also what is said of the network."""
    network: dict[str, Any]
    if _is_next(where):
        return _map_next(prepared), {}
    if where is not None:
        if learned is None:
            delays, network = assimilate_at(prepared, where), {}
        else:
            delays, network = learned.assimilate_at(prepared, where, quantiles)
        if "ztd_quantile" not in delays:
            delays = add_quantiles(delays, quantiles)
        return describe_analysis(delays), network
    plan = _in_blocks(prepared.plan)
    fine, network = refine(plan, plan.grid)
    if prepared.smoothing is not None:
        fine = prepared.smoothing.on_target(plan, fine)
    if learned is None:
        fine = assimilate(prepared, fine)
    else:
        fine, network = learned.assimilate(prepared, fine, quantiles)
    if "ztd_quantile" not in fine:
        fine = add_quantiles(fine, quantiles)
    return fine.merge(
        station_variables(prepared.compared, prepared.screening, prepared.scale)
    ), network


def _in_blocks(plan: Plan) -> Plan:
    """Give a lazy grid blocks of so few epochs that their results are small."""
    moving = [name for name in plan.grid if plan.grid[name].chunks]
    fine = plan.target.fine
    steps = max(1, BLOCK_BYTES // (24 * fine.sizes["lat"] * fine.sizes["lon"]))
    chunks = {name: plan.grid[name].chunksizes.get("time", (1,)) for name in moving}
    wide = [name for name, sizes in chunks.items() if max(sizes) > steps]
    parts = {name: plan.grid[name].chunk(time=steps) for name in wide}
    return replace(plan, grid=plan.grid.assign(parts)) if wide else plan


def _of_period(fine: xr.Dataset, prepared: Prepared) -> xr.Dataset:
    """Say when the stations reported that a map is of."""
    times = prepared.plan.grid["time"].to_numpy()
    middle = times[0] + (times[-1] - times[0]) // 2
    attrs = {"standard_name": "time", "long_name": "middle of the epochs of the stations"}
    return fine.assign_coords(time=((), middle, attrs))


def _is_next(where: Any) -> bool:
    return isinstance(where, str) and where == NEXT


def _map_next(prepared: Prepared) -> xr.Dataset:
    """Map where one more station would help, beside all that were used at any epoch."""
    found = prepared.screening
    used = np.flatnonzero((found.flags == Flag.USED).any(axis=0))
    fine = prepared.plan.target.fine
    scale = scale_on_target(prepared.typical)
    noise = found.noise[used]
    return map_next_station(found.covariance, prepared.places[used], fine, noise=noise, scale=scale)


def _described(whole: xr.Dataset) -> xr.Dataset:
    """Describe the fields; the places of the stations are no axes of theirs."""
    own = [name for name, variable in whole.variables.items() if "station" in variable.dims]
    beside = whole[[name for name in own if name in whole.data_vars]]
    fine = describe_variables(whole.drop_vars(own))
    out = fine.assign(beside.data_vars)
    out.encoding = fine.encoding
    return out


def _check_without(stations: Any, observations: Any, epochs: str) -> None:
    """Refuse what means nothing where there are no stations."""
    if stations is not None:
        return
    if observations is not None:
        msg = "observations without the places of their stations: give them as stations"
        raise InputError(msg)
    if epochs == "stations":
        msg = "epochs='stations' without stations: give some, or take the epochs of the grid"
        raise InputError(msg)


def _check_asked(options: Options, where: Any, quantiles: Sequence[float]) -> None:
    """Refuse what a reconstruction has in any case, or cannot have."""
    if options.sigma:
        msg = "sigma is part of every reconstruction: leave it out"
        raise InputError(msg)
    if _is_next(where) and quantiles:
        msg = "a map of the next station has no quantiles: leave them out"
        raise InputError(msg)


def _check_estimates(
    given: Any, kept: Any, stations: Any, covariance: Any, overwrite: bool
) -> None:
    """Refuse estimates that nothing is done with, before anything is computed."""
    if stations is None and not (given is None and kept is None):
        msg = "estimates without stations: they are of what stations observe; leave them out"
        raise InputError(msg)
    if given is not None and covariance is not None:
        msg = "covariance and estimates: the estimates hold a covariance; give one of them"
        raise InputError(msg)
    if kept is not None:
        check_target(kept, overwrite=overwrite)


def _check(method: str, epochs: str, stations: Any, observations: Any) -> None:
    for name, value, accepted in (("method", method, METHODS), ("epochs", epochs, EPOCHS)):
        if value not in accepted:
            msg = f"{name} {value!r} is unknown; accepted are {', '.join(map(repr, accepted))}"
            raise InputError(msg)
    _check_without(stations, observations, epochs)
