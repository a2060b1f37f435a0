"""The choice of a network for a reconstruction; torch is loaded where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xarray as xr

from tropdsx.errors import InputError
from tropdsx.pipeline.options import Options
from tropdsx.workflows.reconstruct.oi.covariance import Covariance
from tropdsx.workflows.reconstruct.preparation import Prepared
from tropdsx.write.parameters import summarise_parameter

if TYPE_CHECKING:
    from tropdsx.workflows.reconstruct.diffusion.estimator import Model
    from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling

__all__ = ["Learned", "choose_learned"]


@dataclass(frozen=True)
class Learned:
    """A network, and what is drawn from it.

    Attributes
    ----------
    model : Model
        Checkpoint.
    sampling : Sampling
        Choices of the caller, with what follows from the checkpoint.
    """

    model: Model
    sampling: Sampling

    @property
    def covariance(self) -> Covariance:
        """Covariance of the residuals that it was trained on, where there are no stations."""
        return Covariance(**self.model.card["covariance"])

    def recorded(self) -> dict[str, Any]:
        """Return what the provenance keeps."""
        return self.sampling.recorded() | {"model": summarise_parameter(self.model.path)}

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

        found = assimilate_learned(prepared, fine, self.model, self.sampling, quantiles)
        identity = {"id": self.model.card["model_id"], "sha256": self.model.sha256}
        return found, {"model": identity, "device": "cpu", "precision": "float32"}


def choose_learned(
    method: str, where: Any, options: Options, given: dict[str, Any]
) -> Learned | None:
    """Find the network of a method that has one.

    Parameters
    ----------
    method : str
        Of the reconstruction.
    where : Any
        Places instead of a grid.
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
    if where is not None:
        msg = "method 'diffusion' analyses a grid: leave out where, or take method 'oi'"
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
