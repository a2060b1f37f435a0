"""How good a learned reconstruction is on epochs that it has not seen, at nodes that none told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.oi.scores import crps_of_normal
from tropdsx.workflows.train.diffusion.lessons import Lessons

__all__ = ["Tally", "crps_of_members", "score_ensemble", "score_mean"]

Array = NDArray[np.float64]


def crps_of_members(members: Array, truth: Array, *, fair: bool = False) -> Array:
    """Continuous ranked probability score of ensembles.

    Parameters
    ----------
    members : ndarray, shape (M, ...)
        Estimates.
    truth : ndarray
        What they estimate.
    fair : bool, default False
        Whether the score is that of infinitely many members (Ferro, 2014,
        doi:10.1002/qj.2270), of which these are independent draws.

    Returns
    -------
    ndarray
        In the unit of the truth, the less the better.

    Examples
    --------
    >>> crps_of_members(np.array([[0.0], [2.0]]), np.array([1.0]))
    array([0.5])
    """
    count = len(members)
    away = np.abs(members - truth).mean(0)
    ordered = np.sort(members, axis=0)
    rank = (2 * np.arange(1, count + 1) - count - 1).reshape(-1, *(1,) * truth.ndim)
    apart = 2 * (rank * ordered).sum(0) / (count * (count - 1 if fair else count))
    return away - 0.5 * apart


@dataclass
class Tally:
    """Sums over epochs of errors, by method; nodes count by their area.

    Attributes
    ----------
    weight : ndarray, shape (J, I)
        Area of the nodes that are scored, else 0 [1].
    sums : dict of float
        By name.
    count : int
        Epochs.
    """

    weight: Array
    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def add(self, known: NDArray[np.bool_], **values: Array) -> None:
        """Add fields of one epoch.

        Parameters
        ----------
        known : ndarray of bool
            Where they are.
        **values : ndarray
            By name.
        """
        weight = self.weight * known
        for name, each in values.items():
            total = float(np.sum(weight[known] * each[known]) / weight.sum())
            self.sums[name] = self.sums.get(name, 0.0) + total
        self.count += 1

    def mean(self, name: str) -> float:
        """Mean of a name over the epochs."""
        return self.sums[name] / self.count

    def root(self, name: str) -> float:
        """Root of the mean of a name."""
        return float(np.sqrt(self.mean(name)))


def _scored(lessons: Lessons, number: int) -> Array:
    """Area of the nodes that are neither stations nor of the coarse grid."""
    weight = np.where(lessons.free, lessons.area, 0.0).ravel()
    weight[lessons.sets[number].nodes] = 0.0
    return weight.reshape(lessons.free.shape)


def score_mean(estimator: Estimator, lessons: Lessons, number: int) -> dict[str, Any]:
    """Score background, optimal interpolation and learned mean.

    Parameters
    ----------
    estimator : Estimator
        Network on the grid of the lessons.
    lessons : Lessons
        Of the validation.
    number : int
        Which set of stations.

    Returns
    -------
    dict
        ``stations``; RMSE and CRPS of each [mm]; ``sigma_factor``, by which the sigma of the mean
        would have to be multiplied [1].
    """
    tally, scale = Tally(_scored(lessons, number)), lessons.setting.scale
    for epoch, time in enumerate(lessons.times):
        scene = lessons.scene(epoch, number)
        found = estimator.estimate(scene, time)
        truth = lessons.residual[epoch].astype(np.float64)
        known = np.isfinite(truth) & np.isfinite(found.mean)
        errors = {
            "background": truth * scale,
            "oi": (truth - scene.increment) * scale,
            "mean": (truth - found.mean) * scale,
        }
        sigmas = {"oi": scene.sigma * scale, "mean": found.sigma * scale}
        scores = {
            f"{k}_crps": crps_of_normal(errors[k].astype(np.float64), sigmas[k]) for k in sigmas
        }
        squares = {k: each**2 for k, each in errors.items()}
        ratio = {"ratio": ((truth - found.mean) / found.sigma) ** 2}
        tally.add(known, **squares, **scores, **ratio)
    return {
        "stations": int(lessons.sets[number].nodes.size),
        **{f"{name}_mm": 1e3 * tally.root(name) for name in errors},
        **{f"{name}_crps_mm": 1e3 * tally.mean(f"{name}_crps") for name in sigmas},
        "sigma_factor": tally.root("ratio"),
    }


def score_ensemble(
    estimator: Estimator,
    lessons: Lessons,
    number: int,
    sampling: Sampling,
    *,
    epochs: NDArray[np.intp] | None = None,
) -> dict[str, Any]:
    """Score an ensemble beside the learned mean with its Gaussian sigma.

    Parameters
    ----------
    estimator, lessons, number
        See `score_mean`.
    sampling : Sampling
        Of the ensemble.
    epochs : ndarray of int, optional
        Which; all by default.

    Returns
    -------
    dict
        RMSE and CRPS of both [mm]; ``spread_skill``: root mean square of the standard deviation
        over the RMSE of the mean [1]; ``rank``: share of the truth below each member [1].
    """
    tally, scale = Tally(_scored(lessons, number)), lessons.setting.scale
    ranks = np.zeros((sampling.members or 0) + 1)
    for epoch in np.arange(len(lessons.times)) if epochs is None else epochs:
        scene, time = lessons.scene(epoch, number), lessons.times[epoch]
        found = estimator.estimate(scene, time)
        members = estimator.draw(scene, time, sampling, number=int(epoch)).members
        truth = lessons.residual[epoch].astype(np.float64)
        known = np.isfinite(truth) & np.isfinite(found.mean)
        error = (truth - found.mean) * scale
        tally.add(
            known,
            mean=error**2,
            mean_crps=crps_of_normal(error, found.sigma * scale),
            ensemble=((truth - members.mean(0)) * scale) ** 2,
            ensemble_crps=crps_of_members(members, truth) * scale,
            ensemble_fair_crps=crps_of_members(members, truth, fair=True) * scale,
            variance=(members.std(0, ddof=1) * scale) ** 2,
        )
        place = (members < truth).sum(0)[known]
        ranks += np.bincount(place, tally.weight[known], minlength=ranks.size)
    names = ("mean_crps", "ensemble_crps", "ensemble_fair_crps")
    return {
        "stations": int(lessons.sets[number].nodes.size),
        "members": sampling.members,
        **{f"{name}_mm": 1e3 * tally.root(name) for name in ("mean", "ensemble")},
        **{f"{name}_mm": 1e3 * tally.mean(name) for name in names},
        "spread_skill": tally.root("variance") / tally.root("ensemble"),
        "rank": (ranks / ranks.sum()).round(4).tolist(),
    }
