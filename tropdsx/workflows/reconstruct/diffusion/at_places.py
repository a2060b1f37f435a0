"""The learned analysis at places: the network sees a grid, from which places take what it says.

At a place optimal interpolation is computed as it always is, of the very distances and heights.
What the network says beyond it is carried there from the four nodes around, counted in the sigma of
the interpolation: a shift, and a factor of sigma. So it says nothing at a station that is believed,
and less of a place far above or below its nodes, as the covariance has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import warn
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.pipeline.plan import Plan
from tropdsx.pipeline.run import refine
from tropdsx.read.text import list_some
from tropdsx.workflows.reconstruct.diffusion.analysed import Analysed, quantiles_of, run_epochs
from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import AS_IS, Calibration
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.scene import Setting
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.oi.interpolation import Estimate, Interpolator
from tropdsx.workflows.reconstruct.oi.wet import add_wet
from tropdsx.workflows.reconstruct.smoothing.background import Smoothing

__all__ = [
    "STEPS",
    "AtPlaces",
    "Carried",
    "Carrier",
    "delays_of",
    "fine_blocks",
    "make_carrier",
]

Field = NDArray[np.float64]

STEPS = 16
"""Epochs of a fine background in memory at once."""
#: Smaller standard deviations are taken for none.
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Carrier:
    """Carry what is known at nodes to places.

    Attributes
    ----------
    stencil : Stencil
        Four nodes of each place, with bilinear weights.
    fade : ndarray, shape (P, 4)
        How much of a node holds at the height of the place [1].
    """

    stencil: Stencil
    fade: Field

    @property
    def nodes(self) -> NDArray[np.intp]:
        """Nodes, in the flattened grid, that any place needs."""
        return np.unique(self.stencil.index).astype(np.intp)

    def __call__(self, field: Field) -> Field:
        """Carry fields of shape (..., J, I) to (..., P); NaN beyond the outermost nodes."""
        return self.stencil.combine(self.stencil.gather(field) * self.fade)


def make_carrier(setting: Setting, places: xr.Dataset, covariance: Covariance) -> Carrier:
    """Find the nodes around places, and how much of them holds at their heights.

    Parameters
    ----------
    setting : Setting
        The grid that the network sees.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.
    covariance : Covariance
        Of the residuals: it says how fast they change with height.

    Returns
    -------
    Carrier
    """
    lat, lon, height = (places[name].to_numpy() for name in ("lat", "lon", "height"))
    stencil = make_stencil(setting.lat, setting.lon, lat, lon, interpolation="bilinear")
    drop = np.abs(stencil.gather(setting.orography) - height[:, None])
    kept = covariance.at_distance(np.zeros_like(drop), drop)
    return Carrier(stencil, kept / max(covariance.variance, TINY**2))


class Carried(NamedTuple):
    """What is known of an epoch at P places, over the scale.

    Attributes
    ----------
    mean, sigma : ndarray, shape (P,)
        What the background lacks, and the standard deviation of its error [m].
    used : ndarray of int, shape (P,)
        Stations that count.
    members : ndarray, shape (M, P)
        Draws of it, whose mean and standard deviation these are [m].
    states : ndarray, shape (K, P)
        Their mean as some steps of the sampler saw it [m].
    """

    mean: Field
    sigma: Field
    used: NDArray[np.int16]
    members: Field
    states: Field


def _carry(found: Analysed, there: Estimate, carrier: Carrier) -> Carried:
    """Take a shift and a factor of the interpolation's sigma from nodes to places."""
    unit = np.maximum(found.scene.sigma, TINY)
    silent = np.isnan(found.scene.zwd)  # without a background the network has nothing to say

    def shifted(field: Field) -> Field:
        shift = np.where(silent, 0.0, (field - found.scene.increment) / unit)
        return np.asarray(there.mean + there.sigma * carrier(shift))

    size = np.maximum(found.sigma, TINY)
    mean = shifted(found.mean)
    sigma = there.sigma * np.exp(carrier(np.where(silent, 0.0, np.log(size / unit))))
    members = states = np.empty((0, mean.size))
    if len(found.members):
        # Members between nodes have their whole spread, which interpolation would lessen.
        apart = carrier((found.members - found.mean) / size)
        members = mean + sigma * apart / np.maximum(apart.std(0, ddof=1), TINY)
    if len(found.states):
        states = shifted(found.states)
    return Carried(mean, sigma, there.used, members, states)


@dataclass(frozen=True, eq=False)
class AtPlaces:
    """The learned analysis of blocks of epochs at places.

    Attributes
    ----------
    add : Analysis
        On the grid.
    interpolate : Interpolator
        From the stations to the places, over the scale.
    carrier : Carrier
        From the grid to the places.
    calibration : Calibration
        How far the network is believed at the places; on the grid it is taken as it is.
    """

    add: Analysis
    interpolate: Interpolator
    carrier: Carrier
    calibration: Calibration = AS_IS

    def __call__(self, zwd: NDArray, residuals: Field, times: NDArray) -> list[Carried]:
        """Analyse N epochs.

        Parameters
        ----------
        zwd : ndarray, shape (N, J, I)
            Of the background on the grid [m].
        residuals : ndarray, shape (N, n)
            What the stations observe beyond it, over the scale; NaN where there is none [m].
        times : ndarray of datetime64, shape (N,)
            When.

        Returns
        -------
        list of Carried
        """
        return run_epochs(self._epoch, zwd, residuals, times)

    def _epoch(self, zwd: NDArray, residuals: Field, time: np.datetime64) -> Carried:
        found, there = self.add.analyse(zwd, residuals, time), self.interpolate(residuals)
        carried = _carry(found, there, self.carrier)
        return self.calibration.applied(carried, there.mean, there.sigma)


def fine_blocks(
    plan: Plan, smoothing: Smoothing | None = None
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Lift a plan's grid to its target, some epochs at a time.

    Parameters
    ----------
    plan : Plan
        Of a background by physics.
    smoothing : Smoothing, optional
        What is done to it near stations.

    Yields
    ------
    rows : slice
        Which epochs.
    zwd : ndarray, shape (N, J, I)
        On the target [m].
    """
    for start in range(0, plan.grid.sizes["time"], STEPS):
        rows = slice(start, start + STEPS)
        part = replace(plan, grid=plan.grid.isel(time=rows))
        fine, _ = refine(part, part.grid)
        if smoothing is not None:
            own = replace(smoothing, epochs=smoothing.epochs[rows])
            fine = own.on_target(part, fine)
        yield rows, fine["zwd"].transpose("time", "lat", "lon").to_numpy()


def delays_of(
    delays: xr.Dataset, found: Sequence[Carried], scale: Field, quantiles: Sequence[float]
) -> xr.Dataset:
    """Add to the background at places what was found there.

    Parameters
    ----------
    delays : Dataset
        ``zhd`` and ``zwd`` (time, station) of the background [m].
    found : sequence of Carried
        Of its epochs.
    scale : ndarray, shape (P,)
        Of the places [1].
    quantiles : sequence of float
        Of the members, where there are any.

    Returns
    -------
    Dataset
        With ``ztd``, its sigma, ``stations_used``, and what members there are.
    """
    zhd, zwd = (delays[name].transpose("time", "station").to_numpy() for name in ("zhd", "zwd"))
    mean, sigma = (np.stack([getattr(each, k) for each in found]) for k in ("mean", "sigma"))
    used = np.stack([each.used for each in found])
    members = np.stack([each.members for each in found], 1)
    states = np.stack([each.states for each in found], 1)
    wet = add_wet(zwd, scale * mean)
    sigma = np.where(np.isnan(wet), np.nan, scale * sigma).astype(np.float32)
    _tell_of_outside(delays, np.isnan(wet).all(0) & np.isfinite(zwd).any(0))
    total = (zhd + wet + scale * (members - mean)).astype(np.float32)
    fields = {"zwd": wet, "ztd_sigma": sigma, "zwd_sigma": sigma, "stations_used": used}
    out = delays.transpose("time", "station")
    out = out.assign({name: (("time", "station"), each) for name, each in fields.items()})
    out["ztd"] = out["zhd"] + out["zwd"]
    more = {
        "realization": ("ztd_member", total),
        "denoise_step": ("ztd_denoising", zhd + add_wet(zwd, scale * states)),
        "quantile": ("ztd_quantile", quantiles_of(total, quantiles) if len(members) else total),
    }
    for dim, (name, values) in more.items():
        if len(values):
            by_time = np.moveaxis(values.astype(np.float32), 0, 1)
            out[name] = (("time", dim, "station"), by_time)
    return out


def _tell_of_outside(places: xr.Dataset, outside: NDArray[np.bool_]) -> None:
    if outside.any():
        names = list_some([str(name) for name in places["station"].to_numpy()[outside]])
        warn(
            f"{int(outside.sum())} of {outside.size} places lie beyond the nodes of the target, "
            f"where the network says nothing, and are missing: {names}; leave out the target"
        )
