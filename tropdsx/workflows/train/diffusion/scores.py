"""How good a learned reconstruction is on epochs that it has not seen, at nodes that none told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling, spread_factor
from tropdsx.workflows.reconstruct.oi.scores import crps_of_normal
from tropdsx.workflows.train.diffusion.lessons import Lessons

__all__ = ["Tally", "crps_of_members", "crps_of_pairs", "score_ensemble", "score_mean"]

Array = NDArray[np.float64]


def crps_of_members(members: Array, truth: Array) -> Array:
    """Continuous ranked probability score of ensembles as they are.

    Parameters
    ----------
    members : ndarray, shape (M, ...)
        Estimates.
    truth : ndarray
        What they estimate.

    Returns
    -------
    ndarray
        In the unit of the truth, the less the better.

    Examples
    --------
    >>> crps_of_members(np.array([[0.0], [2.0]]), np.array([1.0]))
    array([0.5])
    """
    return np.abs(members - truth).mean(0) - _sum_of_differences(members) / len(members) ** 2


def crps_of_pairs(members: Array, truth: Array) -> Array:
    """Score of the distribution that pairs of opposite members are drawn from.

    Members of different pairs are independent, those of one pair are not: the latter do not count
    for how far draws are apart (after Ferro, 2014, doi:10.1002/qj.2270).

    Parameters
    ----------
    members : ndarray, shape (M, ...)
        Estimates, an even number of 4 or more, with the variance of the distribution.
    truth : ndarray
        What they estimate.

    Returns
    -------
    ndarray
        In the unit of the truth, the less the better.

    Examples
    --------
    >>> crps_of_pairs(np.array([[-1.0], [1.0], [-1.0], [1.0]]), np.array([0.0]))
    array([0.5])
    """
    count = len(members)
    within = np.abs(members[::2] - members[1::2]).sum(0)
    apart = (_sum_of_differences(members) - within) / (count * (count - 2) / 2)
    return np.abs(members - truth).mean(0) - 0.5 * apart


def _sum_of_differences(members: Array) -> Array:
    """Sum of the distances of all couples of members."""
    count = len(members)
    rank = 2 * np.arange(1, count + 1) - count - 1
    return np.asarray(np.tensordot(rank, np.sort(members, axis=0), 1), np.float64)


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
        truth = lessons.truth(epoch, number).astype(np.float64)
        known = np.isfinite(truth) & np.isfinite(found.mean)
        errors = {
            "background": truth * scale + lessons.smoothed(epoch, number),
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
        RMSE and CRPS of both, and that of the distribution that members are drawn from [mm];
        ``spread_skill``: root mean square of the standard deviation
        over the RMSE of the mean [1]; ``rank``: share of the truth below each member [1].
    """
    tally, scale = Tally(_scored(lessons, number)), lessons.setting.scale
    ranks = np.zeros((sampling.members or 0) + 1)
    for epoch in np.arange(len(lessons.times)) if epochs is None else epochs:
        scene, time = lessons.scene(epoch, number), lessons.times[epoch]
        found = estimator.estimate(scene, time)
        members = estimator.draw(scene, time, sampling, number=int(epoch)).members
        # Without the factor that serves the standard deviation of so few.
        drawn = members.mean(0) + (members - members.mean(0)) / spread_factor(len(members))
        truth = lessons.truth(epoch, number).astype(np.float64)
        known = np.isfinite(truth) & np.isfinite(found.mean)
        error = (truth - found.mean) * scale
        tally.add(
            known,
            mean=error**2,
            mean_crps=crps_of_normal(error, found.sigma * scale),
            ensemble=((truth - members.mean(0)) * scale) ** 2,
            ensemble_crps=crps_of_members(members, truth) * scale,
            distribution_crps=crps_of_pairs(drawn, truth) * scale,
            variance=(members.std(0, ddof=1) * scale) ** 2,
        )
        place = (members < truth).sum(0)[known]
        ranks += np.bincount(place, tally.weight[known], minlength=ranks.size)
    names = ("mean_crps", "ensemble_crps", "distribution_crps")
    return {
        "stations": int(lessons.sets[number].nodes.size),
        "members": sampling.members,
        **{f"{name}_mm": 1e3 * tally.root(name) for name in ("mean", "ensemble")},
        **{f"{name}_mm": 1e3 * tally.mean(name) for name in names},
        "spread_skill": tally.root("variance") / tally.root("ensemble"),
        "rank": (ranks / ranks.sum()).round(4).tolist(),
    }
