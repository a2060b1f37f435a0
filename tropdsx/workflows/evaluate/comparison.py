"""How good are delays? Maps and scores against a reference, in one pass over time.

``validate`` compares any two datasets of delays on their common nodes and epochs;
``with_rmse_maps`` gives a result the RMSE maps that it carries into its file.
"""

from __future__ import annotations

from collections.abc import Callable

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError, warn
from tropdsx.grid.orography import sample_heights, shipped_orography
from tropdsx.system.blocks import time_blocks
from tropdsx.workflows.evaluate.align import Pair, align, nodes_of
from tropdsx.workflows.evaluate.groups import groups_of, season_of
from tropdsx.workflows.evaluate.sums import Sums

__all__ = ["described", "summed", "validate", "warn_total_alone", "with_rmse_maps"]

Progress = Callable[[int, int], None]

LONG_NAMES = {
    "rmse": "root-mean-square error",
    "mae": "mean absolute error",
    "bias": "mean error, estimate minus reference",
    "relative_bias": "mean error over mean reference",
    "correlation": "correlation with the reference",
    "r2": "share of the reference's variance explained",
    "coverage": "share of errors within the interval that sigma gives for a probability",
    "gradient_rmse": "root-mean-square error of the horizontal gradient",
    "ssim": "structural similarity, mean over epochs",
    "power": "zonal power spectrum at h = 0, mean over epochs and latitudes within 60 degrees",
    "spectral_ratio": "power of the estimate over power of the reference",
}
UNITS = {"rmse": "m", "mae": "m", "bias": "m", "gradient_rmse": "m km-1", "power": "m2"}
DELAY_NAMES = {"zhd": "hydrostatic", "zwd": "wet", "ztd": "total"}


def validate(
    fine: xr.Dataset,
    reference: xr.Dataset,
    *,
    exclude: xr.Dataset | None = None,
    name: str = "reference",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Measure delays against a reference on their common nodes and epochs.

    The two may differ in orientation, names, longitude convention and units. Both are read once,
    block by block along time.

    Parameters
    ----------
    fine, reference : Dataset
        Estimate and truth: ``zhd``, ``zwd`` or ``ztd``; the estimate may have ``*_sigma`` and
        should have its ``orography``, else land and heights come from the shipped one [m].
    exclude : Dataset, optional
        Grid whose own nodes do not count in the scores, such as the coarse input.
    name : str
        What the reference is, for the attributes.
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Dataset
        Maps ``zhd_rmse``, ``zhd_bias``, ``zhd_correlation`` ... in the estimate's orientation, and
        scores by ``variable`` and ``group`` (all, latitude bands, land and sea, height classes,
        seasons): ``rmse``, ``mae``, ``bias`` [m], ``relative_bias``, ``correlation``, ``r2``,
        ``coverage`` [1]; of whole fields ``gradient_rmse`` [m km-1], ``ssim``,
        ``spectral_ratio`` [1] and ``power`` [m2]. All weighted with cos(latitude).

    Raises
    ------
    GridError
        If they have no delay, epoch or node in common.

    Examples
    --------
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.full((3, 3), 0.2), {"units": "m"})}, axes)
    >>> found = validate(truth + 0.01, truth)
    >>> round(float(found.rmse.sel(variable="zwd", group="all")), 6)
    0.01
    """
    pair = align(fine, reference)
    warn_total_alone(pair, name)
    sums, epochs = summed(pair, exclude=exclude, progress=progress)
    return described(pair, sums, epochs=epochs, name=name)


def described(pair: Pair, sums: dict[str, Sums], *, epochs: int, name: str) -> xr.Dataset:
    """Turn sums into the Dataset that :func:`validate` returns.

    Parameters
    ----------
    pair : Pair
        What was compared.
    sums : dict of Sums
        By delay.
    epochs : int
        Epochs compared.
    name : str
        What the reference is.

    Returns
    -------
    Dataset
    """
    scores = [each.scores().assign_coords(variable=key) for key, each in sums.items()]
    found = xr.concat(scores, dim="variable", join="exact", combine_attrs="drop")
    found = found.merge(_maps(pair, sums))
    for key in found.data_vars:
        base, _, kind = str(key).partition("_")
        attrs = found[key].attrs
        attrs["units"] = UNITS.get(kind if base in sums else str(key), "1")
        if base in sums:
            attrs["long_name"] = f"{LONG_NAMES[kind]} of the zenith {DELAY_NAMES[base]} delay"
        else:
            attrs["long_name"] = LONG_NAMES[str(key)]
    found["wavenumber"].attrs = {"units": "1", "long_name": "waves round the globe"}
    found["probability"].attrs = {"units": "1", "long_name": "probability of the interval"}
    found.attrs = {
        "validation_period": pair.period,
        "validation_reference": name,
        "validation_epochs": epochs,
    }
    return found


def with_rmse_maps(fine: xr.Dataset, reference: xr.Dataset, *, name: str) -> xr.Dataset:
    """Give a result RMSE maps measured against a reference.

    Parameters
    ----------
    fine : Dataset
        Result in any orientation; its own RMSE maps are replaced.
    reference : Dataset
        True delays that hold every node of the result, and some of its epochs.
    name : str
        What the reference is, for the attributes.

    Returns
    -------
    Dataset
        ``fine`` with ``zhd_rmse``, ``zwd_rmse`` on its latitude and longitude [m], each with the
        attributes ``validation_period``, ``validation_reference`` and ``validation_epochs``.

    Raises
    ------
    GridError
        If a node of the result is missing in the reference, nothing is in common, or the reference
        has no delay that the result stores.

    Examples
    --------
    >>> axes = {"latitude": [0.0, 10.0], "longitude": [-10.0, 0.0]}
    >>> dims = ("latitude", "longitude")
    >>> truth = xr.Dataset({"zwd": (dims, np.full((2, 2), 0.2), {"units": "m"})}, axes)
    >>> with_rmse_maps(truth + 0.01, truth, name="truth").zwd_rmse.dims
    ('latitude', 'longitude')
    """
    pair = align(fine, reference)
    if not pair.covered:
        own, common = pair.record, pair.fine.sizes
        size = f"{own.standard_lat.size} x {own.standard_lon.size}"
        msg = (
            f"{name} holds only {common['lat']} x {common['lon']} of the result's {size} nodes "
            "(lat x lon); RMSE maps need a reference that has them all: give one on the result's "
            "grid, or downscale to the reference's nodes with --target"
        )
        raise GridError(msg)
    # Only the delays themselves are stored with their maps, as the checkpoint's maps are.
    parts = [key for key in pair.variables if key in fine]
    if not parts:
        has = " and ".join(key for key in DELAY_NAMES if key in fine) or "no delay"
        msg = (
            f"{name} holds {', '.join(pair.variables)} alone and the result {has}: there are no "
            "RMSE maps to measure; give a reference with zhd or zwd, or leave it out"
        )
        raise GridError(msg)
    sums, epochs = summed(pair, only=parts, maps_only=True)
    maps = _maps(pair, sums)
    stale = [key for key in ("zhd_rmse", "zwd_rmse", "ztd_rmse") if key in fine]
    out = fine.drop_vars(stale)
    for key in sums:
        measured = maps[f"{key}_rmse"].astype(np.float32)
        out[f"{key}_rmse"] = measured.variable
        out[f"{key}_rmse"].attrs = {
            "units": "m",
            "validation_period": pair.period,
            "validation_reference": name,
            "validation_epochs": epochs,
        }
    return out


def summed(
    pair: Pair,
    *,
    exclude: xr.Dataset | None = None,
    progress: Progress | None = None,
    only: list[str] | None = None,
    maps_only: bool = False,
) -> tuple[dict[str, Sums], int]:
    """Pass once over all epochs of a pair, block by block.

    Parameters
    ----------
    pair : Pair
        What to compare.
    exclude, progress
        See :func:`validate`.
    only : list of str, optional
        Delays to compare; default: all that both have.
    maps_only : bool
        Leave out gradients, SSIM and spectra.

    Returns
    -------
    sums : dict of Sums
        By delay.
    epochs : int
        Epochs compared.
    """
    sums = _empty(pair, exclude, pair.variables if only is None else only, whole=not maps_only)
    fields = pair.fine.drop_vars("orography", errors="ignore")
    seasons = season_of(fields["time"].to_numpy())
    for block in time_blocks(fields, "time"):
        own, true = dask.compute(fields.isel(time=block), pair.reference.isel(time=block))
        for epoch, season in enumerate(seasons[block]):
            for key, each in sums.items():
                sigma = own[f"{key}_sigma"].to_numpy()[epoch] if f"{key}_sigma" in own else None
                each.add(own[key].to_numpy()[epoch], true[key].to_numpy()[epoch], season, sigma)
        if progress is not None:
            progress(block.stop, seasons.size)
    _warn_missing(sums, seasons.size)
    return sums, int(seasons.size)


def warn_total_alone(pair: Pair, name: str) -> None:
    """Say that parts of the delay are not scored, where one side holds the total alone.

    Parameters
    ----------
    pair : Pair
        What is compared.
    name : str
        What the reference is.
    """
    if pair.total_alone:
        side = "the estimate" if pair.total_alone == "estimate" else name
        text = f"{side} holds ztd alone: zhd and zwd are not scored, ztd is"
        warn(text)


def _empty(
    pair: Pair, exclude: xr.Dataset | None, names: list[str], *, whole: bool
) -> dict[str, Sums]:
    """Start the sums of a pair."""
    lat, lon = (pair.fine[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    kept = np.ones((lat.size, lon.size), bool)
    if exclude is not None:
        kept &= ~nodes_of(exclude, lat, lon)
        _check_left(kept)
    height = _heights(pair, lat, lon)
    groups = groups_of(lat, lon, height)
    whole = whole and pair.uniform
    return {
        key: Sums(lat, lon, groups, kept, whole, pair.wrap, _to_sea(key, height, lat))
        for key in names
    }


def _heights(pair: Pair, lat: NDArray, lon: NDArray) -> NDArray[np.float64]:
    """Orography of the common nodes: the estimate's, else the shipped one [m, ellipsoidal]."""
    if "orography" in pair.fine:
        return pair.fine["orography"].transpose("lat", "lon").to_numpy().astype(float)
    return sample_heights(shipped_orography(), lat[:, None], lon[None, :])


def _to_sea(name: str, height: NDArray, lat: NDArray) -> NDArray[np.float64]:
    from tropdsx.atmos.mean_atmospheres import reduction_to_sea

    dry, wet = reduction_to_sea(np.nan_to_num(height), lat)
    return np.asarray(wet if name == "zwd" else dry, float)


def _maps(pair: Pair, sums: dict[str, Sums]) -> xr.Dataset:
    """Put the maps in the orientation of the estimate."""
    standard = xr.Dataset(coords={axis: pair.fine[axis] for axis in ("lat", "lon")})
    for key, each in sums.items():
        for kind, values in each.maps().items():
            standard[f"{key}_{kind}"] = (("lat", "lon"), values)
    if "orography" in pair.fine:
        standard = standard.assign_coords(orography=pair.fine["orography"].variable)
    return pair.record.restore(standard).drop_vars(list(pair.record.scalars), errors="ignore")


def _check_left(kept: NDArray[np.bool_]) -> None:
    if not kept.any():
        msg = (
            "all common nodes are nodes of the excluded grid: nothing is left to score; give a "
            "finer reference, or leave out exclude"
        )
        raise GridError(msg)


def _warn_missing(sums: dict[str, Sums], epochs: int) -> None:
    for key, each in sums.items():
        missing = each.kept.size * epochs - int(each.cells[0].sum())
        if missing:
            share = missing / (each.kept.size * epochs)
            text = f"{key}: {missing} of the values ({share:.1%}) are missing and not scored"
            warn(text)
