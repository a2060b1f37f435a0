"""A background and the estimates of its stations become an analysis: on a grid, or at places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError
from tropdsx.workflows.reconstruct.oi.covariance import Places
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.wet import add_wet
from tropdsx.workflows.reconstruct.preparation import Prepared, places_of
from tropdsx.workflows.reconstruct.residuals import background_at
from tropdsx.workflows.reconstruct.variability import scale_at, scale_on_target

__all__ = ["assimilate", "assimilate_at"]


def assimilate(prepared: Prepared, fine: xr.Dataset) -> xr.Dataset:
    """Add to a background what the stations say beyond it.

    Parameters
    ----------
    prepared : Prepared
        Stations.
    fine : Dataset
        ``zhd`` and ``zwd`` (time, lat, lon) [m] on the target, with its ``orography``.

    Returns
    -------
    Dataset
        With ``ztd``, its sigma and the number of stations.

    Raises
    ------
    GridError
        If one of the delays is missing.
    """
    if not {"zhd", "zwd"} <= set(fine):
        msg = f"a reconstruction needs zhd and zwd; the grid has {', '.join(map(str, fine))}"
        raise GridError(msg)
    lat, lon = np.meshgrid(fine["lat"], fine["lon"], indexing="ij")
    heights = fine["orography"].transpose("lat", "lon").to_numpy() if "orography" in fine else None
    count = prepared.compared.sizes["station"]
    interpolate = prepared.interpolator(Places.at(lat, lon, heights))
    add = _Increment(interpolate, scale_on_target(prepared.typical), count)
    zwd = fine["zwd"].transpose("time", "lat", "lon")
    values = prepared.screening.residuals
    values = values if count else np.full((len(values), 1), np.nan)  # dask wants a column
    residuals = xr.DataArray(values, {"time": fine["time"]}, ("time", "station"))
    if zwd.chunks:
        residuals = residuals.chunk(time=zwd.chunksizes["time"])
    found = xr.apply_ufunc(
        add,
        zwd,
        residuals,
        input_core_dims=[["lat", "lon"], ["station"]],
        output_core_dims=[["lat", "lon"]] * 3,
        dask="parallelized",
        output_dtypes=[np.float32, np.float32, np.int16],
    )
    fine = fine.assign(zwd=found[0].assign_attrs(fine["zwd"].attrs))
    fine["ztd"] = fine["zhd"] + fine["zwd"]
    return fine.assign(ztd_sigma=found[1], zwd_sigma=found[1], stations_used=found[2])


@dataclass(frozen=True, eq=False)
class _Increment:
    """Add the estimate of each epoch to a block of fields: a function of arrays."""

    interpolate: Interpolator
    scale: NDArray[np.float64]
    stations: int

    def __call__(self, zwd: NDArray, residuals: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """Wet delays of shape (N, lat, lon), their sigma, and the number of stations."""
        shape = self.scale.shape
        out = np.empty(zwd.shape, np.float32)
        sigma = np.empty(zwd.shape, np.float32)
        used = np.empty(zwd.shape, np.int16)
        for epoch, values in enumerate(residuals):
            found = self.interpolate(values[: self.stations])
            out[epoch] = add_wet(zwd[epoch], self.scale * found.mean.reshape(shape))
            sigma[epoch] = self.scale * found.sigma.reshape(shape)
            sigma[epoch][np.isnan(out[epoch])] = np.nan
            used[epoch] = found.used.reshape(shape)
        return out, sigma, used


def assimilate_at(prepared: Prepared, places: xr.Dataset) -> xr.Dataset:
    """Make a background at places, and add to it what the stations say beyond it.

    Parameters
    ----------
    prepared : Prepared
        Stations.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd``, ``ztd``, their sigma [m] and ``stations_used`` (time, station); missing
        outside the grid.
    """
    delays = background_at(prepared.plan, places)
    if prepared.smoothing is not None:
        delays = prepared.smoothing.at_places(prepared.plan, delays)
    interpolate = prepared.interpolator(places_of(places))
    found = [interpolate(values) for values in prepared.screening.residuals]
    dims = ("time", "station")
    scale = scale_at(prepared.typical, places)
    mean = scale * np.stack([each.mean for each in found])
    sigma = scale * np.stack([each.sigma for each in found])
    used = np.stack([each.used for each in found])
    delays = delays.transpose(*dims)
    delays["zwd"] = (dims, add_wet(delays["zwd"].to_numpy(), mean))
    delays["ztd"] = delays["zhd"] + delays["zwd"]
    sigma = np.where(np.isnan(delays["zwd"].to_numpy()), np.nan, sigma)  # outside of the grid
    for name in ("ztd_sigma", "zwd_sigma"):
        delays[name] = (dims, sigma.astype(np.float32))
    delays["stations_used"] = (dims, used)
    return delays
