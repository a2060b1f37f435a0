"""The choice of a network for a reconstruction; torch is loaded where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from tropdsx.assets.registry import find_path
from tropdsx.errors import InputError
from tropdsx.pipeline.options import Options, is_physics
from tropdsx.pipeline.plan import Plan
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.preparation import Prepared
from tropdsx.write.parameters import summarise_parameter

if TYPE_CHECKING:
    from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import Calibration
    from tropdsx.workflows.reconstruct.diffusion.estimator import Model
    from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling

__all__ = ["NEXT", "Learned", "choose_learned", "method_of"]

NEXT = "next"
"""Instead of places: where one more station would help."""


@dataclass(frozen=True)
class Learned:
    """A network, and what is drawn from it.

    Attributes
    ----------
    model : Model
        Checkpoint.
    sampling : Sampling
        Choices of the caller, with what follows from the checkpoint.
    calibration : Calibration, optional
        How far it is believed; None where no station tells.
    """

    model: Model
    sampling: Sampling
    calibration: Calibration | None = None

    @property
    def covariance(self) -> Covariance:
        """Covariance of the residuals that it was trained on, where there are no stations."""
        return Covariance(**self.model.card["covariance"])

    def recorded(self) -> dict[str, Any]:
        """Return what the provenance keeps."""
        found = self.sampling.recorded() | {"model": summarise_parameter(self.model.path)}
        if self.calibration is not None:
            found["calibrated"] = self.calibration._asdict()
        return found

    def calibrated(self, prepared: Prepared) -> tuple[Learned, Prepared]:
        """Let stations that are left out say how far the network is believed.

        Parameters
        ----------
        prepared : Prepared
            Stations.

        Returns
        -------
        Learned
            With its calibration.
        Prepared
            With a note of it.
        """
        from tropdsx.workflows.reconstruct.diffusion.analysis import calibration_of

        if not prepared.compared.sizes["station"] or self.sampling.calibration == "none":
            return self, prepared
        found = self._calibration_before(prepared) or calibration_of(prepared, self.model)
        record = prepared.plan.record
        note = found.told() or "stations are too few to calibrate the network, taken as it is"
        plan = replace(prepared.plan, record=replace(record, notes=(*record.notes, note)))
        return replace(self, calibration=found), replace(prepared, plan=plan)

    def _calibration_before(self, prepared: Prepared) -> Calibration | None:
        """Take what the estimates of a whole period say of this very network."""
        from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import Calibration

        said = {} if prepared.given is None else prepared.given.said.get("calibrated", {})
        alike = all(said.get(name) == value for name, value in self._drawn_as.items())
        return Calibration(**said["found"]) if said and alike else None

    @property
    def calibrated_as(self) -> dict[str, Any] | None:
        """What estimates of the period keep of the calibration."""
        if self.calibration is None:
            return None
        return self._drawn_as | {"found": self.calibration._asdict()}

    @property
    def _drawn_as(self) -> dict[str, Any]:
        """What a calibration belongs to: the network, and how members are drawn from it."""
        said = self.sampling.recorded()
        apart = ("return_members", "return_intermediates", "calibration")
        kept = {name: value for name, value in said.items() if name not in apart}
        return {"sha256": self.model.sha256, "sampling": kept}

    def assimilate(
        self, prepared: Prepared, fine: xr.Dataset, quantiles: Sequence[float]
    ) -> tuple[xr.Dataset, dict[str, Any]]:
        """Add to a background what stations and the network say beyond it.

        Parameters
        ----------
        prepared : Prepared
            Stations.
        fine : Dataset
            ``zhd`` and ``zwd`` (time, lat, lon) [m] on the target.
        quantiles : sequence of float
            Probabilities.

        Returns
        -------
        fine : Dataset
            See :func:`~tropdsx.workflows.reconstruct.diffusion.analysis.assimilate_learned`.
        network : dict
            For the provenance.
        """
        from tropdsx.workflows.reconstruct.diffusion.analysis import assimilate_learned

        given = (self.model, self.sampling, quantiles, self.calibration)
        found = assimilate_learned(prepared, fine, *given)
        return found, self._identity

    def assimilate_at(
        self, prepared: Prepared, places: xr.Dataset, quantiles: Sequence[float]
    ) -> tuple[xr.Dataset, dict[str, Any]]:
        """Do the same at places.

        Parameters
        ----------
        prepared : Prepared
            Stations.
        places : Dataset
            ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.
        quantiles : sequence of float
            Probabilities.

        Returns
        -------
        delays : Dataset
            See :func:`~tropdsx.workflows.reconstruct.diffusion.analysis.assimilate_learned_at`.
        network : dict
            For the provenance.
        """
        from tropdsx.workflows.reconstruct.diffusion.analysis import assimilate_learned_at

        given = (self.model, self.sampling, quantiles, self.calibration)
        found = assimilate_learned_at(prepared, places, *given)
        return found, self._identity

    def predict_left_out(self, plan: Plan, *stations: Any, **given: Any) -> dict[str, Any]:
        """Predict each fold of stations from the others.

        Parameters
        ----------
        plan : Plan
            Of the background.
        *stations, **given
            See :func:`~tropdsx.workflows.reconstruct.diffusion.left_out.predict_learned`.

        Returns
        -------
        dict
            Errors and their expected size by method.
        """
        from tropdsx.workflows.reconstruct.diffusion.left_out import predict_learned

        given |= {"model": self.model, "sampling": self.sampling}
        return predict_learned(self.carried(plan), *stations, **given)

    @property
    def _identity(self) -> dict[str, Any]:
        identity = {"id": self.model.card["model_id"], "sha256": self.model.sha256}
        return {"model": identity, "device": "cpu", "precision": "float32"}

    def carried(self, plan: Plan) -> Plan:
        """Give a plan for places the grid that the network sees.

        Parameters
        ----------
        plan : Plan
            Of the background.

        Returns
        -------
        Plan
            With the nodes of its grid divided as in the training, unless the caller chose a target.
        """
        from tropdsx.workflows.reconstruct.diffusion.setting import carrier_target

        if plan.options.target is not None:
            return plan
        return replace(plan, target=carrier_target(plan, self.model.card["steps_of_grids"]))


def choose_learned(
    method: str, where: Any, options: Options, given: dict[str, Any]
) -> Learned | None:
    """Find the network of a method that has one.

    Parameters
    ----------
    method : str
        Of the reconstruction.
    where : Any
        Places instead of a grid; not "next".
    options : Options
        Whose ``model`` is the checkpoint.
    given : dict
        What the caller says of the members.

    Returns
    -------
    Learned or None

    Raises
    ------
    InputError, CheckpointError
        If the choices do not fit each other, or there is no such checkpoint.

    Examples
    --------
    >>> choose_learned("oi", None, Options(), {}) is None
    True
    """
    if method != "diffusion":
        if given:
            from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling

            Sampling.read(given, method)
        return None
    if isinstance(where, str) and where == NEXT:
        msg = "a map of the next station is of optimal interpolation alone: take method 'oi'"
        raise InputError(msg)
    if options.device not in ("auto", "cpu") or options.precision != "float32":
        msg = f"method 'diffusion' runs on the CPU in float32; found device {options.device!r}, "
        raise InputError(msg + f"precision {options.precision!r}: leave them out")
    from tropdsx.workflows.reconstruct.diffusion.analysis import choose_sampling
    from tropdsx.workflows.reconstruct.diffusion.estimator import find_model
    from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling

    chosen = Sampling.read(given, method)
    model = find_model(options.model)
    return Learned(model, choose_sampling(chosen or Sampling(), model))


def method_of(model: str | Path) -> str:
    """Tell by a checkpoint which method of a reconstruction it is for.

    Parameters
    ----------
    model : str or Path
        A file, the name of a shipped one, or "none".

    Returns
    -------
    str
        "diffusion" for one of ``tropdsx train --form diffusion``, else "oi": one of a background.

    Examples
    --------
    >>> method_of("none"), method_of("default")
    ('oi', 'oi')
    """
    from tropdsx.nn.checkpoint import load_card

    if is_physics(model) or Path(find_path(model)).suffix != ".safetensors":
        return "oi"
    return "diffusion" if load_card(find_path(model))["network"] == "reconstruction" else "oi"
