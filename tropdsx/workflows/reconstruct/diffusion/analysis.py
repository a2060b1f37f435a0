"""Fields with stations and a network in them: the learned counterpart of optimal interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from tropdsx.errors import CheckpointError, GridError, warn
from tropdsx.workflows.reconstruct.diffusion.at_places import (
    AtPlaces,
    delays_of,
    fine_blocks,
    make_carrier,
)
from tropdsx.workflows.reconstruct.diffusion.calibration.numbers import (
    AS_IS,
    LEAST_OBSERVATIONS,
    LEAST_PLACES,
    Calibration,
)
from tropdsx.workflows.reconstruct.diffusion.calibration.stations import (
    calibrate,
    calibration_rows,
)
from tropdsx.workflows.reconstruct.diffusion.epochs import Analysis
from tropdsx.workflows.reconstruct.diffusion.estimator import Model
from tropdsx.workflows.reconstruct.diffusion.places import grid_stations
from tropdsx.workflows.reconstruct.diffusion.sampling import Sampling
from tropdsx.workflows.reconstruct.diffusion.setting import (
    setting_of,
    warn_of_other_grids,
)
from tropdsx.workflows.reconstruct.preparation import Prepared, places_of
from tropdsx.workflows.reconstruct.residuals import background_at
from tropdsx.workflows.reconstruct.variability import scale_at

__all__ = ["assimilate_learned", "assimilate_learned_at", "calibration_of", "choose_sampling"]

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
    calibration: Calibration | None = None,
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
    calibration : Calibration, optional
        Of :func:`calibration_of`; default: the network is taken as it is.

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
    _check(fine)
    add = _analysis_of(prepared, model, sampling, quantiles)
    return _apply(replace(add, calibration=calibration or AS_IS), prepared, fine)


def _check(ds: xr.Dataset) -> None:
    """Refuse a grid without both delays, or without dates."""
    if not {"zhd", "zwd"} <= set(ds):
        msg = f"a reconstruction needs zhd and zwd; the grid has {', '.join(map(str, ds))}"
        raise GridError(msg)
    times = ds["time"].to_numpy()
    if times.dtype.kind != "M" or np.isnat(times).any():
        msg = "the grid has no dates, and the network wants the season; give a dated grid"
        raise GridError(msg)


def _analysis_of(
    prepared: Prepared, model: Model, sampling: Sampling, quantiles: Sequence[float]
) -> Analysis:
    """Bring together what is the same for all epochs, and tell what the network has not seen."""
    compared = prepared.compared
    setting = setting_of(prepared.plan, prepared.typical)
    warn_of_other_grids(prepared.plan, model.card["steps_of_grids"])
    return Analysis(
        prepared.interpolator(setting.places),
        setting,
        grid_stations(setting, compared["lat"].to_numpy(), compared["lon"].to_numpy()),
        prepared.screening.noise,
        model,
        sampling,
        tuple(quantiles) if sampling.members else (),
    )


def assimilate_learned_at(
    prepared: Prepared,
    places: xr.Dataset,
    model: Model,
    sampling: Sampling,
    quantiles: Sequence[float] = (),
    calibration: Calibration | None = None,
) -> xr.Dataset:
    """Make a background at places, and add to it what stations and a network say beyond it.

    Parameters
    ----------
    prepared : Prepared
        Stations; the network sees the target of its plan.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``.
    model, sampling, quantiles, calibration
        See :func:`assimilate_learned`.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd``, ``ztd``, their sigma [m] and ``stations_used`` (time, station); missing
        outside the grid; where they are wanted also ``ztd_member``, ``ztd_denoising`` and
        ``ztd_quantile``.
    """
    plan = prepared.plan
    _check(plan.grid)
    add = _analysis_of(prepared, model, sampling, quantiles)
    carrier = make_carrier(add.setting, places, prepared.screening.covariance)
    add = replace(add, needed=carrier.nodes)
    interpolate = prepared.interpolator(places_of(places))
    analyse = AtPlaces(add, interpolate, carrier, calibration or AS_IS)
    residuals, times = prepared.screening.residuals, plan.grid["time"].to_numpy()
    found = []
    for rows, zwd in fine_blocks(plan, prepared.smoothing):
        found += analyse(zwd, residuals[rows], times[rows])
    delays = background_at(plan, places)
    if prepared.smoothing is not None:
        delays = prepared.smoothing.at_places(plan, delays)
    out = delays_of(delays, found, scale_at(prepared.typical, places), add.quantiles)
    return out.assign_coords({n: c for n, c in add.coordinates.items() if n in out.dims})


def calibration_of(prepared: Prepared, model: Model) -> Calibration:
    """Leave the stations at hand out in turn, and find how far the network is believed.

    Parameters
    ----------
    prepared : Prepared
        Stations; the network sees the target of its plan.
    model : Model
        Checkpoint.

    Returns
    -------
    Calibration
        That of a network as it is, with a warning, where stations are too few.
    """
    plan, screening = prepared.plan, prepared.screening
    _check(plan.grid)
    rows = calibration_rows(screening.residuals)
    found = AS_IS
    if rows.size:
        smoothing = prepared.smoothing
        if smoothing is not None:
            smoothing = replace(smoothing, epochs=smoothing.epochs[rows])
        part = replace(plan, grid=plan.grid.isel(time=rows))
        zwd = np.concatenate([each for _, each in fine_blocks(part, smoothing)])
        setting = setting_of(plan, prepared.typical)
        found = calibrate(setting, prepared.compared, screening, zwd, rows, model)
    if not found.observations:
        warn(
            "stations are too few to calibrate the network on what it says of those that are left "
            f"out (wanted are {LEAST_PLACES} places, and {LEAST_OBSERVATIONS} observations on the "
            "target): its mean and sigma are those of its training"
        )
    return found


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
