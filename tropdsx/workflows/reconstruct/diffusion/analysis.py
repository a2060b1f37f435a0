"""Fields with stations and a network in them: the learned counterpart of optimal interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from tropdsx.errors import CheckpointError, GridError
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.estimator import Model
from tropdsx.workflows.reconstruct.diffusion.places import grid_stations
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.setting import setting_of, warn_of_other_grids
from tropdsx.workflows.reconstruct.oi.covariance import Places
from tropdsx.workflows.reconstruct.preparation import Prepared

__all__ = ["assimilate_learned", "choose_sampling"]

#: Members of a checkpoint with a diffusion, where the caller does not say.
USUAL = 8


def choose_sampling(sampling: Sampling, model: Model) -> Sampling:
    """Fill in what depends on the checkpoint.

    Parameters
    ----------
    sampling : Sampling
        Choices of the caller.
    model : Model
        Checkpoint.

    Returns
    -------
    Sampling

    Raises
    ------
    CheckpointError
        If members are wanted of a checkpoint that draws none.
    """
    members = (USUAL if model.draws else 0) if sampling.members is None else sampling.members
    wants = [name for name in ("return_members", "return_intermediates") if getattr(sampling, name)]
    wants += ["consistency"] * (sampling.consistency != "none")
    if members and not model.draws:
        msg = f"{model.path} holds a learned mean without diffusion: ask for members=0"
        raise CheckpointError(msg)
    if wants and not members:
        msg = f"{', '.join(wants)} without members: ask for members of 2 or more"
        raise CheckpointError(msg)
    masking = sampling.masking
    if masking == "model":
        masking = str(model.card["objective"])
    if masking == "ambient" and "mask" not in model.card:
        msg = f"{model.path} was trained on complete fields: it has no mask for masking='ambient'"
        raise CheckpointError(msg)
    return replace(sampling, members=members, masking=masking)


def assimilate_learned(
    prepared: Prepared,
    fine: xr.Dataset,
    model: Model,
    sampling: Sampling,
    quantiles: Sequence[float] = (),
) -> xr.Dataset:
    """Add to a background what stations and a network say beyond it.

    Parameters
    ----------
    prepared : Prepared
        Stations.
    fine : Dataset
        ``zhd`` and ``zwd`` (time, lat, lon) [m] on the target, with its ``orography``.
    model : Model
        Checkpoint.
    sampling : Sampling
        Of :func:`choose_sampling`.
    quantiles : sequence of float, optional
        Of the members, where there are any.

    Returns
    -------
    Dataset
        With ``ztd``, its sigma and the number of stations; where they are wanted also
        ``ztd_member``, ``ztd_denoising`` and ``ztd_quantile``.

    Raises
    ------
    GridError
        If a delay or the dates are missing.
    """
    if not {"zhd", "zwd"} <= set(fine):
        msg = f"a reconstruction needs zhd and zwd; the grid has {', '.join(map(str, fine))}"
        raise GridError(msg)
    times = fine["time"].to_numpy()
    if times.dtype.kind != "M" or np.isnat(times).any():
        msg = "the grid has no dates, and the network wants the season; give a dated grid"
        raise GridError(msg)
    warn_of_other_grids(prepared.plan, model.card["steps_of_grids"])
    add = _analysis_of(prepared, model, sampling, quantiles if sampling.members else ())
    return _apply(add, prepared, fine)


def _analysis_of(
    prepared: Prepared, model: Model, sampling: Sampling, quantiles: Sequence[float]
) -> Analysis:
    """Bring together what is the same for all epochs."""
    fine, compared = prepared.plan.target.fine, prepared.compared
    setting = setting_of(prepared.plan, prepared.typical)
    lat, lon = np.meshgrid(setting.lat, setting.lon, indexing="ij")
    heights = None
    if "orography" in fine:  # the network sees all nodes; where there is no height, that of the sea
        heights = np.nan_to_num(fine["orography"].transpose("lat", "lon").to_numpy())
    return Analysis(
        prepared.interpolator(Places.at(lat, lon, heights)),
        setting,
        grid_stations(setting, compared["lat"].to_numpy(), compared["lon"].to_numpy()),
        prepared.screening.noise,
        model,
        sampling,
        tuple(quantiles),
    )


def _apply(add: Analysis, prepared: Prepared, fine: xr.Dataset) -> xr.Dataset:
    """Run over all epochs, block by block where the grid is lazy."""
    zhd, zwd = (fine[name].transpose("time", "lat", "lon") for name in ("zhd", "zwd"))
    values = prepared.screening.residuals
    values = values if values.shape[1] else np.full((len(values), 1), np.nan)
    residuals = xr.DataArray(values, dims=("time", "station"))
    times = xr.DataArray(fine["time"].to_numpy(), dims=("time",))
    if zwd.chunks:
        blocks = zwd.chunksizes["time"]
        residuals, times = (each.chunk(time=blocks) for each in (residuals, times))
    found = xr.apply_ufunc(
        add,
        zhd.drop_vars("time"),
        zwd.drop_vars("time"),
        residuals,
        times,
        input_core_dims=[["lat", "lon"], ["lat", "lon"], ["station"], []],
        output_core_dims=[list(dims) for dims in add.outputs.values()],
        dask="parallelized",
        output_dtypes=[np.int16 if name == "stations_used" else np.float32 for name in add.outputs],
        dask_gufunc_kwargs={"output_sizes": add.sizes},
    )
    fields = dict(zip(add.outputs, found, strict=True))
    fine = fine.assign(zwd=fields.pop("zwd").assign_attrs(fine["zwd"].attrs))
    fine["ztd"] = fine["zhd"] + fine["zwd"]
    fine = fine.assign(fields | {"zwd_sigma": fields["ztd_sigma"]})
    return fine.assign_coords(add.coordinates)
