"""The stations at hand are left out in turn, and what a network says of them is compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.workflows.patches.places import group_places
from tropdsx.workflows.reconstruct.diffusion.at_places import (
    AtPlaces,
    make_carrier,
)
from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import (
    AS_IS,
    Calibration,
    fit_calibration,
)
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.estimator import Model
from tropdsx.workflows.reconstruct.diffusion.places import grid_stations
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.divisions import divide_stations
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.screening import Screening
from tropdsx.workflows.reconstruct.preparation import places_of

__all__ = ["analysis_of_others", "calibrate", "calibration_rows"]

Field = NDArray[np.float64]
Rows = NDArray[np.intp]

#: Parts that stations are divided into; epochs that are looked at, fewer of so many stations that
#: this many observations are there.
PARTS, FEWEST, EPOCHS, ENOUGH = 5, 4, 24, 4000


def calibration_rows(residuals: Field) -> Rows:
    """Choose the epochs that a calibration looks at.

    Parameters
    ----------
    residuals : ndarray, shape (T, n)
        NaN where there is none.

    Returns
    -------
    ndarray of int
        24 at most, evenly among those that have any; four of 1,000 stations.

    Examples
    --------
    >>> calibration_rows(np.zeros((100, 3)))[:4]
    array([ 0,  4,  8, 12])
    """
    there = np.flatnonzero(np.isfinite(residuals).any(1))
    stations = int(np.isfinite(residuals).any(0).sum())
    most = int(np.clip(ENOUGH // max(stations, 1), FEWEST, EPOCHS))
    chosen = np.linspace(0, max(there.size - 1, 0), min(there.size, most))
    return there[np.unique(chosen.astype(np.intp))]


def analysis_of_others(
    setting: Setting,
    compared: xr.Dataset,
    parts: tuple[Rows, Rows],
    screening: Screening,
    model: Model,
    sampling: Sampling,
) -> AtPlaces:
    """Make the analysis at some stations, of others.

    Parameters
    ----------
    setting : Setting
        What the network sees.
    compared : Dataset
        ``lat``, ``lon``, ``height`` of all stations.
    parts : tuple of ndarray of int
        Those that are used, and those that are wanted.
    screening : Screening
        Of those that are used.
    model, sampling
        Checkpoint, and what is drawn of it.

    Returns
    -------
    AtPlaces
    """
    used, out = (compared.isel(station=part) for part in parts)
    covariance = screening.covariance
    carrier = make_carrier(setting, out.coords.to_dataset(), covariance)
    to_nodes, to_places = (
        Interpolator(covariance, places_of(used), there, screening.noise)
        for there in (setting.places, places_of(out))
    )
    nodes = grid_stations(setting, used["lat"].to_numpy(), used["lon"].to_numpy())
    plain = replace(sampling, return_members=False, return_intermediates=0)
    add = Analysis(to_nodes, setting, nodes, screening.noise, model, plain, needed=carrier.nodes)
    return AtPlaces(add, to_places, carrier)


def calibrate(
    setting: Setting,
    compared: xr.Dataset,
    screening: Screening,
    zwd: NDArray,
    rows: Rows,
    model: Model,
) -> Calibration:
    """Leave the stations out in turn, and compare what interpolation and network say of them.

    Parameters
    ----------
    setting : Setting
        What the network sees.
    compared : Dataset
        ``lat``, ``lon``, ``height`` of the stations.
    screening : Screening
        What is used of them.
    zwd : ndarray, shape (R, J, I)
        Of the background at some epochs [m].
    rows : ndarray of int, shape (R,)
        Which epochs of the screening these are.
    model : Model
        Checkpoint.

    Returns
    -------
    Calibration
        Of the mean; covariance and screening are those of all stations.
    """
    seen = screening.residuals[rows]
    there = np.flatnonzero(np.isfinite(seen).any(0))
    place = group_places(places_of(compared).unit) if there.size else there
    count = np.unique(place[there]).size
    if not count:
        return AS_IS
    folds = np.full(seen.shape[1], -1)
    folds[there] = divide_stations(places_of(compared)[there], min(PARTS, count))
    error, sigma, shift, own = (np.full(seen.shape, np.nan) for _ in range(4))
    times = compared["time"].to_numpy()[rows]
    for fold in range(folds.max() + 1):
        out, used = np.flatnonzero(folds == fold), np.flatnonzero((folds >= 0) & (folds != fold))
        others = screening._replace(
            residuals=screening.residuals[:, used], noise=screening.noise[used]
        )
        parts = (used, out)
        at = analysis_of_others(setting, compared, parts, others, model, Sampling(members=0))
        carried = at(zwd, seen[:, used], times)
        interpolated = [at.interpolate(values) for values in seen[:, used]]
        guess = np.stack([each.mean for each in interpolated])
        error[:, out] = seen[:, out] - guess
        sigma[:, out] = np.stack([each.sigma for each in interpolated])
        shift[:, out] = np.stack([each.mean for each in carried]) - guess
        own[:, out] = np.stack([each.sigma for each in carried])
    return fit_calibration(error, sigma, shift, own, screening.noise, place)
