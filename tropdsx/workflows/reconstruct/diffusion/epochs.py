"""The learned analysis of a block of epochs: a function of arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tropdsx.nn.diffusion.sampling import kept_steps
from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.diffusion.analysed import Analysed, quantiles_of, run_epochs
from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import AS_IS, Calibration
from tropdsx.workflows.reconstruct.diffusion.estimator import Estimator, Model
from tropdsx.workflows.reconstruct.diffusion.places import spread_on_grid
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.scene import Scene, Setting
from tropdsx.workflows.reconstruct.oi.interpolation import Interpolator
from tropdsx.workflows.reconstruct.oi.wet import add_wet

__all__ = ["Analysis"]

Field = NDArray[np.float64]

FIELD = ("lat", "lon")


@dataclass(frozen=True, eq=False)
class Analysis:
    """Add to blocks of fields what stations and a network say.

    Attributes
    ----------
    interpolate : Interpolator
        From the stations to the nodes, over the scale.
    setting : Setting
        The target.
    nodes : ndarray of int, shape (n,)
        Those nearest to the stations.
    noise : ndarray, shape (n,)
        Standard deviation of what they observe, over the scale [m].
    model : Model
        Checkpoint.
    sampling : Sampling
        What is drawn.
    quantiles : tuple of float
        Of the members.
    needed : ndarray of int, optional
        Nodes that anything is wanted at; all by default. What is far from them is missing.
    calibration : Calibration
        How far the network is believed.
    """

    interpolate: Interpolator
    setting: Setting
    nodes: NDArray[np.intp]
    noise: Field
    model: Model
    sampling: Sampling
    quantiles: tuple[float, ...] = ()
    needed: NDArray[np.intp] | None = None
    calibration: Calibration = AS_IS

    @property
    def outputs(self) -> dict[str, tuple[str, ...]]:
        """Names of the results with their dimensions besides time."""
        found: dict[str, tuple[str, ...]]
        found = dict.fromkeys(("zwd", "ztd_sigma", "stations_used"), FIELD)
        if self.quantiles:
            found["ztd_quantile"] = ("quantile", *FIELD)
        if self.sampling.return_members:
            found["ztd_member"] = ("realization", *FIELD)
        if self.sampling.return_intermediates:
            found["ztd_denoising"] = ("denoise_step", *FIELD)
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of the dimensions of the results."""
        rows, columns = self.setting.shape
        every = {
            "lat": rows,
            "lon": columns,
            "quantile": len(self.quantiles),
            "realization": self.sampling.members or 0,
            "denoise_step": self.sampling.return_intermediates,
        }
        return {name: every[name] for name in self._dims}

    @property
    def coordinates(self) -> dict[str, tuple]:
        """Coordinates of the dimensions of the results."""
        kept = sorted(kept_steps(self.sampling.steps, self.sampling.return_intermediates))
        every = {
            "quantile": (
                np.asarray(self.quantiles),
                {"units": "1", "long_name": "probability of a lower value"},
            ),
            "realization": (
                np.arange(self.sampling.members or 0),
                {"units": "1", "standard_name": "realization"},
            ),
            "denoise_step": (
                np.asarray(kept, np.int64) + 1,
                {"units": "1", "long_name": "step of the sampler"},
            ),
        }
        return {name: (name, *each) for name, each in every.items() if name in self._dims}

    @property
    def _dims(self) -> set[str]:
        return {name for dims in self.outputs.values() for name in dims}

    @cached_property
    def _estimator(self) -> Estimator:
        return Estimator(self.model.network(), self.model.card, self.setting, self.needed)

    def __getstate__(self) -> dict:
        """Travel to other processes without the network, which each loads."""
        return {name: value for name, value in vars(self).items() if name != "_estimator"}

    def __call__(
        self, zhd: NDArray, zwd: NDArray, residuals: NDArray, times: NDArray
    ) -> tuple[NDArray, ...]:
        """Wet delays of shape (N, lat, lon), their sigma, the number of stations, and more."""
        found = run_epochs(self._fields, zhd, zwd, residuals, times)
        kinds = {"stations_used": np.int16}
        return tuple(
            np.stack([each[name] for each in found]).astype(kinds.get(name, np.float32))
            for name in self.outputs
        )

    def _fields(
        self, zhd: NDArray, zwd: NDArray, residuals: Field, time: np.datetime64
    ) -> dict[str, NDArray]:
        """Add what was found to the background of an epoch."""
        found, scale = self.analyse(zwd, residuals, time), self.setting.scale
        wet = add_wet(zwd, scale * found.mean)
        sigma = np.where(np.isnan(zwd), np.nan, scale * found.sigma)
        out = {"zwd": wet, "ztd_sigma": sigma, "stations_used": found.used}
        if self.sampling.members:
            # Of the analysis alone it is seen to that it stays above zero: members that were
            # would have another mean.
            total = zhd + wet + scale * (found.members - found.mean)
            out["ztd_member"] = total
            out["ztd_denoising"] = zhd + add_wet(zwd, scale * found.states)
            out["ztd_quantile"] = quantiles_of(total, self.quantiles)
        return out

    def analyse(self, zwd: NDArray, residuals: Field, time: np.datetime64) -> Analysed:
        """Estimate what the background of an epoch lacks.

        Parameters
        ----------
        zwd : ndarray, shape (J, I)
            Of the background [m].
        residuals : ndarray, shape (n,) or more
            What the stations observe beyond it, over the scale; NaN where there is none [m].
        time : datetime64
            When.

        Returns
        -------
        Analysed
        """
        values = residuals[: self.nodes.size]
        scene, used = self._scene(zwd, values)
        if self.sampling.members:
            members, states = self._members(scene, values, time)
            mean, sigma = members.mean(0), members.std(0, ddof=1)
        else:
            mean, sigma = self._estimator.estimate(scene, time)
            members = states = np.empty((0, *mean.shape))
        found = Analysed(scene, used, mean, sigma, members, states)
        return self.calibration.applied(found, scene.increment, scene.sigma)

    def _scene(
        self, zwd: NDArray, values: Field, hidden: NDArray[np.bool_] | None = None
    ) -> tuple[Scene, NDArray]:
        """Find what is known of an epoch, and how many stations are used where."""
        shape, known = self.setting.shape, np.isfinite(zwd)
        if hidden is not None:
            values = np.where(self._at(hidden.astype(np.float64)) == 1, np.nan, values)
            known = known & ~hidden
        found = self.interpolate(values)
        return Scene(
            zwd,
            found.mean.reshape(shape),
            found.sigma.reshape(shape),
            spread_on_grid(shape, self.nodes, values),
            known,
        ), found.used.reshape(shape)

    def _at(self, field: NDArray) -> Field:
        """Take a field at the stations; NaN beyond its edges."""
        inside = self.nodes >= 0
        return np.where(inside, field.ravel()[np.where(inside, self.nodes, 0)], np.nan)

    def _members(self, scene: Scene, values: Field, time: np.datetime64) -> tuple[Field, Field]:
        """Members, and the mean that some steps saw; the last one is that of the members."""
        number = int(time.astype("datetime64[s]").astype(np.int64)) % 2**31
        sampling = self.sampling
        if sampling.masking == "ambient":
            members, states = self._masked(scene, values, time, number)
        else:
            drawn = self._estimator.draw(
                scene, time, sampling, number=number, noise=self._noise_to_replace(scene)
            )
            members, states = drawn.members, drawn.states.mean(1)
        if sampling.consistency == "nudging" and self.nodes.size:
            members = members + self._corrections(members, values, number)
        if len(states):
            states = np.concatenate([states[:-1], members.mean(0)[None]])
        return members, states

    def _masked(
        self, scene: Scene, values: Field, time: np.datetime64, number: int
    ) -> tuple[Field, Field]:
        """Members of which each pair sees the stations outside of a mask of its own."""
        sampling, card, parts = self.sampling, self.model.card, []
        whole = sampling.members or 0
        everywhere = np.ones(self.setting.shape, bool)
        share = 1 - (1 - card["hide"]) * (1 - card.get("gaps", 0.0))  # both, as in training
        for first in range(0, whole, 2):
            pair = replace(sampling, members=2)  # of an odd number the last one is left out
            name = f"{number}-{first}"
            hidden = ~draw_mask(card["mask"], everywhere, share, sampling.seed, name)
            part, _ = self._scene(scene.zwd, values, hidden)
            noise = self._noise_to_replace(part)
            seed = number + first
            parts.append(
                self._estimator.draw(part, time, pair, number=seed, whole=whole, noise=noise)
            )
        members = np.concatenate([each.members for each in parts])[:whole]
        return members, np.concatenate([each.states for each in parts], 1).mean(1)

    def _noise_to_replace(self, scene: Scene) -> Field | None:
        """Noise of the stations on their nodes, where members are to be replaced there."""
        if self.sampling.consistency != "replacement":
            return None
        noise = spread_on_grid(self.setting.shape, self.nodes, self.noise)
        return np.where(np.isfinite(scene.residual), noise, 0.0)

    def _corrections(self, members: Field, values: Field, number: int) -> Field:
        """Interpolate the differences between stations and members."""
        rng = np.random.default_rng([self.sampling.seed, number, 2])
        half = rng.standard_normal((-(-len(members) // 2), values.size))
        noise = self.noise * np.stack([half, -half], 1).reshape(-1, values.size)[: len(members)]
        return np.stack(
            [
                self.interpolate(values + own - self._at(member)).mean.reshape(member.shape)
                for member, own in zip(members, noise, strict=True)
            ]
        )
