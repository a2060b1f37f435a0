"""Where one more station would help most: the variance that it would take away."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.oi.covariance import Covariance, Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.network import AT_ONCE, nearest_stations, solve_together

__all__ = ["gain_of_station", "map_next_station"]

Array = NDArray[np.float64]

#: Places whose variance is summed, at most, and candidates that are looked at together.
PLACES, PIECE = 3000, 2048


def gain_of_station(
    covariance: Covariance,
    stations: Places,
    candidates: Places,
    targets: Places,
    *,
    noise: Array | None = None,
    weight: Array | None = None,
    own_noise: Array | None = None,
) -> Array:
    """Mean variance that a station at each candidate would take away.

    Parameters
    ----------
    covariance : Covariance
        Of the field.
    stations : Places
        Those that are there.
    candidates : Places
        The m places for one more.
    targets : Places
        The places whose variance counts.
    noise : ndarray, optional
        Standard deviations of the stations' noise; default: that of the covariance.
    weight : ndarray, optional
        Of the targets, such as their areas; default: all alike.
    own_noise : ndarray, shape (m,), optional
        Standard deviations of the noise that a station at each candidate would have; default: that
        of the covariance.

    Returns
    -------
    ndarray, shape (m,)
        In the square of the variable's unit. Of a network of more than a thousand stations the
        thousand nearest to the targets count.

    Notes
    -----
    With C the covariance that is left between two places, a station at c takes
    C(x, c)^2 / (C(c, c) + noise^2) away from the variance at x.

    Examples
    --------
    >>> one, two = Places.at([47.0], [5.0]), Places.at([47.0, 47.0], [5.5, 20.0])
    >>> gain = gain_of_station(Covariance(), one, two, two)
    >>> bool(gain[1] > gain[0])
    True
    """
    level = np.full(len(stations), covariance.noise) if noise is None else noise
    fresh = np.full(len(candidates), covariance.noise) if own_noise is None else own_noise
    share = np.ones(len(targets)) if weight is None else np.asarray(weight, np.float64)
    share = share / share.sum()
    rows = nearest_stations(stations, targets, AT_ONCE)
    inverse = solve_together(covariance, stations, level, rows).inverse
    stations = stations[rows]
    known = covariance.between(targets, stations) @ inverse
    gain = np.empty(len(candidates))
    for start in range(0, len(candidates), PIECE):
        part = slice(start, start + PIECE)
        here = candidates[part]
        across = covariance.between(stations, here)
        left = covariance.between(targets, here) - known @ across
        own = covariance.variance_at(here) - np.einsum("ij,ij->j", across, inverse @ across)
        gain[part] = share @ left**2 / (np.maximum(own, 0.0) + fresh[part] ** 2)
    return gain


def map_next_station(
    covariance: Covariance,
    stations: Places,
    fine: xr.Dataset,
    *,
    noise: Array | None = None,
    scale: Array | None = None,
) -> xr.Dataset:
    """Map what one more station would take away from the variance of the whole grid.

    Parameters
    ----------
    covariance : Covariance
        Of the field.
    stations : Places
        Those that are there.
    fine : Dataset
        Grid with ``lat``, ``lon`` [deg] and perhaps ``orography`` [m].
    noise : ndarray, optional
        Standard deviations of the stations' noise.
    scale : ndarray, shape (lat, lon), optional
        By which standard deviations are multiplied at each node; default: one.

    Returns
    -------
    Dataset
        ``ztd_sigma`` with all stations, and ``sigma_gain`` (lat, lon) [m]: by how much the root
        mean square of sigma would fall with one more there. Means are by area, over regularly
        spaced nodes where there are more than 3,000.
    """
    lat, lon = (fine[axis].to_numpy().astype(np.float64) for axis in ("lat", "lon"))
    shape = (lat.size, lon.size)
    level = fine["orography"].transpose("lat", "lon").to_numpy() if "orography" in fine else None
    places = Places.at(*np.meshgrid(lat, lon, indexing="ij"), level)
    every = max(1, int(np.ceil(np.sqrt(lat.size * lon.size / PLACES))))
    chosen = np.zeros(shape, bool)
    chosen[every // 2 :: every, every // 2 :: every] = True
    area = np.broadcast_to(np.cos(np.deg2rad(lat))[:, None], shape)[chosen]
    targets = places[chosen.ravel()]
    factor = np.ones(shape) if scale is None else scale
    weight = area * factor[chosen] ** 2
    gain = gain_of_station(
        covariance,
        stations,
        places,
        targets,
        noise=noise,
        weight=weight,
        own_noise=covariance.noise / factor.ravel(),  # as that of the others, in units of the scale
    )
    gain *= weight.sum() / area.sum()
    sigma = Interpolator(covariance, stations, places, noise)(np.zeros(len(stations))).sigma
    sigma *= factor.ravel()
    mean = float(np.average(sigma[chosen.ravel()] ** 2, weights=area))
    drop = np.sqrt(mean) - np.sqrt(np.maximum(mean - gain, 0.0))
    return fine.assign(
        ztd_sigma=(("lat", "lon"), sigma.reshape(shape).astype(np.float32)),
        sigma_gain=(("lat", "lon"), drop.reshape(shape).astype(np.float32)),
    )
