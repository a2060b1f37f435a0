"""A checkpoint of a reconstruction at work on one target: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.assets.registry import find_path
from tropdsx.errors import CheckpointError
from tropdsx.nn.checkpoint import load, load_card
from tropdsx.nn.diffusion.network import ReconstructionNet
from tropdsx.nn.diffusion.sampling import (
    Known,
    View,
    draw_residuals,
    estimate_on_grid,
    opposite_noise,
)
from tropdsx.nn.diffusion.schedules import make_scheduler
from tropdsx.nn.diffusion.windows import Windows
from tropdsx.workflows.reconstruct.diffusion.condition import condition_of, film_of
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling, spread_factor
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting
from tropdsx.workflows.reconstruct.diffusion.statistics import Statistics, as_statistics

__all__ = ["Ensemble", "Estimate", "Estimator", "Model", "find_model"]

Field = NDArray[np.float64]

#: The shipped checkpoint.
USUAL = "stations"


class Estimate(NamedTuple):
    """Mean and sigma of what the background lacks.

    Attributes
    ----------
    mean, sigma : ndarray, shape (J, I)
        The whole increment and its standard deviation, over the scale [m].
    """

    mean: Field
    sigma: Field


class Ensemble(NamedTuple):
    """Members of what the background lacks.

    Attributes
    ----------
    members : ndarray, shape (M, J, I)
        Increments, over the scale [m].
    states : ndarray, shape (K, M, J, I)
        As some steps saw them; the last are the members.
    """

    members: Field
    states: Field


@dataclass(frozen=True)
class Model:
    """Names a checkpoint: small, and safe to send to a worker.

    Attributes
    ----------
    path : str
        The file.
    sha256 : str
        Of its tensors.
    card : dict
        What it says of itself.
    """

    path: str
    sha256: str
    card: dict[str, Any]

    def __dask_tokenize__(self) -> tuple[str, str]:
        """Name of this model in a dask graph: the content of the file."""
        return ("reconstruction", self.sha256)

    @property
    def statistics(self) -> Statistics:
        """Size of things in its training data."""
        return as_statistics(self.card)

    @property
    def draws(self) -> bool:
        """Whether it holds a diffusion."""
        return bool(self.card["config"]["residual_width"])

    def network(self) -> ReconstructionNet:
        """Load the network, once for each process."""
        return _load(self.path, self.sha256)


@lru_cache(maxsize=4)
def _load(path: str, sha256: str) -> ReconstructionNet:
    found = load(path)
    if found.card["sha256"] != sha256:
        msg = f"{path} has changed since it was first read: start again"
        raise CheckpointError(msg)
    assert isinstance(found.module, ReconstructionNet)
    return found.module


def find_model(model: str | Path | None) -> Model:
    """Find the checkpoint of a reconstruction.

    Parameters
    ----------
    model : str, Path or None
        A file, or the name of a shipped one; "default" for that of reconstructions, "stations".

    Returns
    -------
    Model

    Raises
    ------
    CheckpointError
        If there is none, or it holds another kind of network.
    """
    wanted = "a checkpoint of `tropdsx train --form diffusion`"
    if model is None or str(model) == "none":
        msg = (
            "method 'diffusion' needs a network, and model is 'none'; accepted are 'stations', "
            f"which ships, and {wanted}"
        )
        raise CheckpointError(msg)
    path = find_path(USUAL if str(model) == "default" else model)
    card = load_card(path)
    if card["network"] != "reconstruction":
        msg = f"{path} holds a network of form {card['network']}; accepted is {wanted}"
        raise CheckpointError(msg)
    return Model(str(path), card["sha256"], card)


@dataclass(frozen=True, eq=False)
class Estimator:
    """A network on a target.

    Attributes
    ----------
    net : ReconstructionNet
        In eval mode.
    card : dict
        Of its checkpoint.
    setting : Setting
        The target.
    needed : ndarray of int, optional
        Nodes, in the flattened grid, that anything is wanted at; all by default. What is far from
        them is missing.
    """

    net: ReconstructionNet
    card: dict[str, Any]
    setting: Setting
    needed: NDArray[np.intp] | None = None

    @cached_property
    def windows(self) -> Windows:
        """Windows of the size that the network was trained on."""
        size = int(self.card["window"])
        rows, columns = self.setting.shape
        every = Windows(rows, columns, size, size // 3, self.setting.wrap)
        return every if self.needed is None else every.around(torch.from_numpy(self.needed))

    def view(self, scene: Scene, time: np.datetime64) -> View:
        """Lay out what the network sees.

        Parameters
        ----------
        scene : Scene
            The epoch.
        time : datetime64
            Its time.

        Returns
        -------
        View
        """
        unit = as_statistics(self.card)
        condition = condition_of(self.setting, unit, scene, time)
        film = []
        for corner in self.windows.corners:
            rows, columns = (each.numpy() for each in self.windows.select(corner))
            height = float(self.setting.orography[np.ix_(rows, columns)].mean())
            lon = np.unwrap(self.setting.lon[columns], period=360.0)
            film.append(film_of(self.setting.lat[rows], lon, height, time))
        expected = np.asarray(scene.sigma / unit.residual, np.float32)
        return View(
            torch.from_numpy(condition)[None],
            torch.from_numpy(expected)[None, None],
            torch.from_numpy(np.stack(film)),
        )

    def estimate(self, scene: Scene, time: np.datetime64) -> Estimate:
        """Estimate mean and calibrated sigma.

        Parameters
        ----------
        scene, time
            See :meth:`view`.

        Returns
        -------
        Estimate
        """
        with torch.inference_mode():
            mean, sigma = estimate_on_grid(self.net, self.windows, self.view(scene, time))
        unit, factor = as_statistics(self.card).residual, self.card.get("sigma_factor", 1.0)
        found = [each[0, 0].double().numpy() * unit for each in (mean, sigma)]
        return Estimate(scene.increment + found[0], factor * found[1])

    def draw(
        self,
        scene: Scene,
        time: np.datetime64,
        sampling: Sampling,
        *,
        number: int = 0,
        whole: int | None = None,
        noise: Field | None = None,
    ) -> Ensemble:
        """Draw members.

        Parameters
        ----------
        scene, time
            See :meth:`view`.
        sampling : Sampling
            How many, and how.
        number : int, optional
            Of the epoch: each has random numbers of its own.
        whole : int, optional
            Size of the ensemble that these members are a part of.
        noise : ndarray, shape (J, I), optional
            Standard deviation of what stations observe, over the scale; members honour them by
            replacement [m].

        Returns
        -------
        Ensemble
        """
        members = sampling.members or 0
        scheduler = make_scheduler(
            sampling.sampler, self.card["schedule"], self.card["prediction"], sampling.steps
        )
        view, unit = self.view(scene, time), as_statistics(self.card).residual
        start = opposite_noise(members, self.setting.shape, [sampling.seed, number])
        with torch.inference_mode():
            guess = estimate_on_grid(self.net, self.windows, view)
            mean, sigma = (each[0, 0].double().numpy() * unit for each in guess)
            factor = self.card.get("ensemble_factor", 1.0) * spread_factor(whole or members)
            known = None
            if noise is not None:
                rng = np.random.default_rng([sampling.seed, number, 1])
                known = _known(scene, mean, factor * sigma, noise, members, rng)
            drawn = draw_residuals(
                self.net,
                self.windows,
                view,
                guess,
                scheduler=scheduler,
                noise=start,
                known=known,
                hidden=self._hidden(scene),
                keep=sampling.return_intermediates,
            )
        centre, size = scene.increment + mean, factor * sigma
        states = [centre + size * each[:, 0].double().numpy() for each in drawn.states]
        final = centre + size * drawn.final[:, 0].double().numpy()
        return Ensemble(final, np.stack(states) if states else np.empty((0, *final.shape)))

    def _hidden(self, scene: Scene) -> torch.Tensor | None:
        """Find what an ambient network was never shown of the field, however noisy."""
        if self.card["objective"] != "ambient" or scene.known.all():
            return None
        return torch.from_numpy(~scene.known)


def _known(
    scene: Scene,
    mean: Field,
    sigma: Field,
    noise: Field,
    members: int,
    rng: np.random.Generator,
) -> Known:
    """Residuals at the stations, with the noise of observations in pairs, in units of sigma."""
    where = np.isfinite(scene.residual)
    half = rng.standard_normal((-(-members // 2), *where.shape))
    pairs = noise * np.stack([half, -half], 1).reshape(-1, *where.shape)[:members]
    wanted = np.where(where, scene.residual, 0.0) - scene.increment - mean
    values = np.where(where, (wanted + pairs) / sigma, 0.0).astype(np.float32)
    return Known(torch.from_numpy(values)[:, None], torch.from_numpy(where))
