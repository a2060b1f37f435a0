"""What stations add where there is none: whole stations are left out and predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plan import make_plan
from tropdsx.read.containers.trees import dataset_of
from tropdsx.system.workers import Progress, Reporter
from tropdsx.workflows.evaluate.groups import (
    HEIGHT_EDGES,
    HEIGHTS,
    SEASONS,
    band_names,
    band_of,
    season_of,
)
from tropdsx.workflows.reconstruct.diffusion.learned import choose_learned
from tropdsx.workflows.reconstruct.divisions import divide_stations
from tropdsx.workflows.reconstruct.observations import gather_observations
from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places, arc_lengths
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.scores import PROBABILITIES, score_estimates
from tropdsx.workflows.reconstruct.preparation import hours_of, places_of
from tropdsx.workflows.reconstruct.residuals import (
    find_residuals,
    interpolate_epochs,
    relative_noise,
)
from tropdsx.workflows.reconstruct.smoothing.background import nearness
from tropdsx.workflows.reconstruct.smoothing.nodes import smoothed_away
from tropdsx.workflows.reconstruct.smoothing.share import screen_smoothed
from tropdsx.workflows.reconstruct.variability import scale_at, typical_plan

__all__ = ["LeftOut", "leave_out", "predict_left_out"]

Array = NDArray[np.float64]

METHODS = ("background", "idw", "oi")


class LeftOut(NamedTuple):
    """Estimates at stations from the others alone.

    Attributes
    ----------
    error, sigma : dict of ndarray, shape (T, n)
        By method: residual minus estimate, and the standard deviation that this should have.
    """

    error: dict[str, Array]
    sigma: dict[str, Array]


def predict_left_out(
    residuals: Array,
    hours: Array,
    places: Places,
    folds: NDArray[np.intp],
    *,
    relative: Array | None = None,
    covariance: Covariance | None = None,
    away: Array | None = None,
    progress: Progress | None = None,
) -> LeftOut:
    """Predict each fold of stations from the others: screening and covariance are theirs, too.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        Observation minus background, NaN where there is none.
    hours : ndarray, shape (T,)
        Times [h].
    places : Places
        The n stations.
    folds : ndarray of int, shape (n,)
        Of :func:`divide_stations`.
    relative : ndarray, shape (n,), optional
        Noise of each station beside that of the others [1].
    covariance : Covariance, optional
        Believed as it is; default: fitted to the stations that are used.
    away : ndarray, shape (T, n), optional
        What smoothing adds to the background, of
        :func:`~tropdsx.workflows.reconstruct.smoothing.nodes.smoothed_away`; default: it is not
        smoothed.
    progress : callable, optional
        Called with (folds done, folds in all).

    Returns
    -------
    LeftOut
    """
    ratio = np.ones(len(places)) if relative is None else relative
    error = {name: np.full(residuals.shape, np.nan) for name in METHODS}
    sigma = {name: np.full(residuals.shape, np.nan) for name in METHODS}
    every = np.unique(folds)
    for number, fold in enumerate(every):
        out = np.flatnonzero(folds == fold)
        used = np.flatnonzero(folds != fold)
        found, share = screen_smoothed(
            residuals[:, used],
            hours,
            places[used],
            None if away is None else away[:, used],
            relative=ratio[used],
            prior=covariance,
            fit=covariance is None,
        )
        interpolate = Interpolator(found.covariance, places[used], places[out], found.noise)
        estimates = [interpolate(values) for values in found.residuals]
        # That of the observations they are compared with, by their own formal errors.
        noise = (found.covariance.noise * ratio[out]) ** 2
        prior = np.sqrt(found.covariance.variance_at(places[out]) + noise)
        truth = residuals[:, out]
        error["background"][:, out], sigma["background"][:, out] = truth, prior
        plain = np.where(np.isfinite(found.residuals), residuals[:, used], np.nan)
        error["idw"][:, out] = truth - _idw(plain, places[used], places[out])
        error["oi"][:, out] = truth - np.stack([each.mean for each in estimates])
        if away is not None and share:
            error["oi"][:, out] -= share * nearness(places[used], places[out]) * away[:, out]
        spread = np.stack([each.sigma for each in estimates])
        sigma["oi"][:, out] = np.sqrt(spread**2 + noise)
        if progress is not None:
            progress(number + 1, every.size)
    return LeftOut(error, sigma)


def _idw(residuals: Array, stations: Places, here: Places) -> Array:
    """Weight residuals by the inverse square of their distance, as is usual."""
    weight = 1.0 / np.maximum(arc_lengths(here, stations), 1.0) ** 2
    there = np.isfinite(residuals).astype(np.float64)
    total = there @ weight.T
    sums = np.nan_to_num(residuals) @ weight.T
    return np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)


def leave_out(
    ds: xr.Dataset,
    stations: Any,
    observations: Any = None,
    *,
    folds: int = 10,
    covariance: Covariance | None = None,
    options: Options | None = None,
    station_heights: str = "auto",
    seed: int = 0,
    progress: Reporter | None = None,
    method: str = "oi",
    **sampling: Any,
) -> xr.Dataset:
    """Score a reconstruction at stations that it did not see, at the epochs of the stations.

    Parameters
    ----------
    ds : Dataset
        Coarse delays.
    stations, observations
        As :func:`tropdsx.reconstruct` takes them.
    folds : int
        Stations are divided into so many parts, of which each is left out once; stations within
        3 km of each other stay together.
    covariance, options, station_heights
        As :func:`tropdsx.reconstruct` takes them.
    seed : int, optional
        Of the division.
    progress : callable, optional
        Gives the progress of a piece of work by its name and by what is counted.
    method, **sampling
        With "diffusion" the network that the options name as ``model`` is scored as well, above
        a background by physics; see :func:`tropdsx.reconstruct`.

    Returns
    -------
    Dataset
        ``rmse``, ``mae``, ``bias``, ``crps`` [m], ``r2``, ``coverage`` by ``model`` ("background",
        "idw": inverse distances, "oi"; of a network its "mean", and "diffusion" where it draws
        members, as a normal distribution of their mean and standard deviation) and ``group`` (all,
        latitude, height, season); ``error`` (truth minus estimate) and ``sigma`` (model, time,
        station) [m]; ``fold`` of each station.

    Raises
    ------
    GridError
        If there are fewer places than folds.
    """
    learned = choose_learned(method, None, options or Options(), sampling)
    chosen = options or Options()
    chosen = chosen if learned is None else replace(chosen, model=None)
    plan = make_plan(dataset_of(ds), chosen)
    observed = gather_observations(stations, observations, heights=station_heights)
    plan = interpolate_epochs(plan, observed["time"].to_numpy())
    lifting = progress and progress("background at the stations", "epochs")
    compared = find_residuals(plan, observed, lifting).transpose("time", "station")
    division = _division(places_of(compared), folds, seed)
    typical = typical_plan(plan)
    scale = scale_at(typical, compared)
    away = smoothed_away(plan, compared)
    residuals, relative = compared["residual"].to_numpy() / scale, relative_noise(observed) / scale
    found = predict_left_out(
        residuals,
        hours_of(compared),
        places_of(compared),
        division,
        relative=relative,
        covariance=covariance,
        away=None if away is None else away / scale,
        progress=progress and progress("stations left out", "parts"),
    )
    if learned is not None:
        more = learned.predict_left_out(
            plan,
            typical,
            compared,
            residuals,
            division,
            relative=relative,
            away=None if away is None else away / scale,
            prior=covariance,
            fit=covariance is None,
            progress=progress and progress("stations left out of the network", "epochs"),
        )
        for name, (error, sigma) in more.items():
            found.error[name], found.sigma[name] = error, sigma
    found = LeftOut(*({name: part * scale for name, part in each.items()} for each in found))
    return _scores(compared, found).assign_coords(fold=("station", division))


def _division(places: Places, folds: int, seed: int) -> NDArray[np.intp]:
    division = divide_stations(places, folds, seed=seed)
    if folds < 2 or np.unique(division).size < folds:
        msg = (
            f"{len(places)} stations at {np.unique(division).size} places cannot be divided into "
            f"{folds} parts; accepted are 2 parts up to one for each place"
        )
        raise GridError(msg)
    return division


def _scores(compared: xr.Dataset, found: LeftOut) -> xr.Dataset:
    groups = dict(_groups(compared))
    truth = compared["observed"].to_numpy()
    rows = {
        (method, group): score_estimates(
            found.error[method][where], found.sigma[method][where], truth[where]
        )
        for method in found.error
        for group, where in groups.items()
    }
    out = xr.Dataset(coords={"model": list(found.error), "group": list(groups)})
    out = out.assign_coords(probability=list(PROBABILITIES))
    for name in ("count", "rmse", "mae", "bias", "r2", "crps", "coverage"):
        dims = ("model", "group", *(("probability",) if name == "coverage" else ()))
        table = [[rows[method, group][name] for group in groups] for method in found.error]
        unit = "1" if name in ("count", "r2", "coverage") else "m"
        out[name] = (dims, np.asarray(table), {"units": unit})
    for name, each in (("error", found.error), ("sigma", found.sigma)):
        values = np.stack([each[method] for method in found.error])
        out[name] = (("model", "time", "station"), values, {"units": "m"})
    return out.assign_coords(compared.coords)


def _groups(compared: xr.Dataset) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Observations of each band of latitude, of each class of height and of each season."""
    shape = compared["observed"].shape
    yield "all", np.ones(shape, bool)
    band = band_of(compared["lat"].to_numpy())
    for number, name in enumerate(band_names()):
        yield name, np.broadcast_to(band == number, shape)
    place = (compared[name].to_numpy() for name in ("lat", "lon"))
    level = np.digitize(compared["height"].to_numpy() - geoid_undulation(*place), HEIGHT_EDGES)
    for number, name in enumerate(HEIGHTS):
        yield name, np.broadcast_to(level == number, shape)
    season = season_of(compared["time"].to_numpy())
    for number, name in enumerate(SEASONS):
        yield name, np.broadcast_to((season == number)[:, None], shape)
