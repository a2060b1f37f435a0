"""Measure delays against a reference, in one pass over time.

:func:`validate` compares any two datasets of delays on their common nodes and epochs,
:func:`score_results` finished files; :func:`with_rmse_maps` gives a result the RMSE maps that it
carries into its file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import GridError, InputError
from tropdsx.read.containers.trees import dataset_of
from tropdsx.read.delays import open_delays
from tropdsx.system.hdf5 import close_locked
from tropdsx.system.workers import Progress
from tropdsx.workflows.evaluate.align import Pair, align, warn_total_alone
from tropdsx.workflows.evaluate.description import describe_scores, make_maps
from tropdsx.workflows.evaluate.scores import SquareSums
from tropdsx.workflows.evaluate.sums import add_epochs, sum_epochs

__all__ = ["score_results", "validate", "with_rmse_maps"]

Paths = str | Path | Sequence[str | Path]


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
    pair = align(dataset_of(fine), dataset_of(reference))
    warn_total_alone(pair, name)
    sums, epochs = sum_epochs(pair, exclude=exclude, progress=progress)
    return describe_scores(pair, sums, epochs=epochs, name=name, all_nodes=exclude is None)


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
        has = " and ".join(key for key in DELAYS_AND_TOTAL if key in fine) or "no delay"
        msg = (
            f"{name} holds {', '.join(pair.variables)} alone and the result {has}: there are no "
            "RMSE maps to measure; give a reference with zhd or zwd, or leave it out"
        )
        raise GridError(msg)
    shape = (pair.fine.sizes["lat"], pair.fine.sizes["lon"])
    sums = {key: SquareSums(shape) for key in parts}
    epochs = add_epochs(pair, sums)
    maps = make_maps(pair, sums)
    out = fine.drop_vars([f"{key}_rmse" for key in DELAYS_AND_TOTAL], errors="ignore")
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


def score_results(
    results: Sequence[str | Path],
    reference: Paths,
    *,
    coarse: Paths | None = None,
    period: str | None = None,
    start: Any = None,
    step: Any = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> xr.Dataset:
    """Score finished results on the nodes and epochs that they share with the truth.

    Parameters
    ----------
    results : sequence of str or Path
        Fine delays by any tool, one file for each: what :func:`tropdsx.open_delays` opens.
    reference : str, Path or sequence of them
        True delays. Fields without dates are compared one by one where both are arrays (.npy) of
        as many slices.
    coarse : str, Path or sequence of them, optional
        What the results were made of: its nodes do not count in the scores.
    period : str, optional
        Score these epochs only, "START/END".
    start, step : str, optional
        Epochs of .npy arrays.
    progress : callable, optional
        Called with (name, epochs done, epochs in all).

    Returns
    -------
    Dataset
        What :func:`tropdsx.validate` gives, along ``model``: names of the files.

    Raises
    ------
    GridError, InputError
        If nothing is in common, or the results lie on different nodes; the text says what each has.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.full((3, 3), 0.2), {"units": "m"})}, axes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     truth.to_netcdf(f"{folder}/t.nc")
    ...     truth.map(lambda zwd: zwd + 0.01, keep_attrs=True).to_netcdf(f"{folder}/r.nc")
    ...     found = score_results([f"{folder}/r.nc"], f"{folder}/t.nc")
    >>> found.model.values.tolist(), round(float(found.rmse.sel(group="all").max()), 6)
    (['r'], 0.01)
    """
    if not results:
        msg = "no result given; name at least one file of fine delays"
        raise InputError(msg)
    name = _name_of(reference)
    found: dict[str, xr.Dataset] = {}
    with contextlib.ExitStack() as stack:

        def opened(paths: Paths) -> xr.Dataset:
            ds = open_delays(paths, start=start, step=step)
            stack.callback(close_locked, ds)
            return ds

        truth = opened(reference)
        left_out = None if coarse is None else opened(coarse)
        for path in results:
            key = _unused(Path(path).name.split(".")[0], found)
            arrays = _is_array(path) and _is_array(reference)
            pair = _in_period(align(opened(path), truth, one_file=arrays), period)
            warn_total_alone(pair, name)
            step_of = None if progress is None else partial(progress, key)
            sums, count = sum_epochs(pair, exclude=left_out, progress=step_of)
            about: dict[str, Any] = {"epochs": count, "name": name, "all_nodes": coarse is None}
            found[key] = describe_scores(pair, sums, **about).assign_coords(model=key).load()
    return _along_model(found)


def _in_period(pair: Pair, period: str | None) -> Pair:
    if period is None:
        return pair
    fine, reference = (in_period(each, period) for each in (pair.fine, pair.reference))
    return replace(pair, fine=fine, reference=reference)


def _along_model(found: dict[str, xr.Dataset]) -> xr.Dataset:
    try:
        return xr.concat(found.values(), dim="model", join="exact", combine_attrs="override")
    except ValueError as error:
        nodes = [f"{key}: {ds.sizes['lat']} x {ds.sizes['lon']}" for key, ds in found.items()]
        msg = (
            f"the results share other nodes or delays with the reference, {'; '.join(nodes)} (lat "
            "x lon); accepted are results on one grid. Score them one by one"
        )
        raise GridError(msg) from error


def _unused(name: str, taken: dict[str, xr.Dataset]) -> str:
    count = sum(each.split(" #")[0] == name for each in taken)
    return f"{name} #{count + 1}" if count else name


def _is_array(paths: Paths) -> bool:
    each = [paths] if isinstance(paths, (str, Path)) else list(paths)
    return all(Path(path).suffix == ".npy" for path in each)


def _name_of(paths: Paths) -> str:
    each = [paths] if isinstance(paths, (str, Path)) else list(paths)
    more = f" and {len(each) - 1} more" if len(each) > 1 else ""
    return f"{Path(each[0]).name}{more}"
