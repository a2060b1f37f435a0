"""How good a reconstruction on levels is: columns of a whole cube are hidden and estimated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.errors import DomainError
from tropdsx.workflows.patches.samples.masks import draw_mask
from tropdsx.workflows.reconstruct.levels.analysis import METHODS, estimate
from tropdsx.workflows.reconstruct.levels.columns import Task, gather, surface_first
from tropdsx.workflows.reconstruct.oi.scores import PROBABILITIES, score_estimates

__all__ = ["evaluate_levels"]

Array = NDArray[np.float64]
_SCORES = ("rmse", "mae", "bias", "crps")
_FEWEST = 3
"""Columns without which there is nothing to estimate from."""


def evaluate_levels(
    cube: xr.DataArray,
    *,
    share: float = 0.03,
    seeds: int | Sequence[int] = 5,
    methods: Sequence[str] = METHODS,
    modes: int | None = None,
) -> xr.Dataset:
    """Score reconstructions of a cube from a share of its columns and its first level.

    Parameters
    ----------
    cube : DataArray
        On levels, latitude and longitude, NaN where nothing exists. Its first level, of depths the
        shallowest, is the surface that is known everywhere.
    share : float
        Share of the columns that is observed.
    seeds : int or sequence of int
        Draws of columns: so many, or these.
    methods : sequence of str
        See :func:`tropdsx.reconstruct_levels`.
    modes : int, optional
        For the method ``modes``.

    Returns
    -------
    Dataset
        Of each method, at columns that were not observed: ``rmse``, ``mae``, ``bias``, ``crps``
        and ``coverage`` on (model, level), pooled over the draws; ``rmse_of_draw`` and
        ``coverage_of_draw`` (90 %) on (model, seed) over all levels below the first. CRPS and
        coverage of a method without sigma are those of its error alone, and NaN.

    Raises
    ------
    DomainError
        If the cube has other dimensions, or the share leaves too few columns.

    Examples
    --------
    >>> rng, depth = np.random.default_rng(0), np.array([0.0, 50.0, 200.0])
    >>> axes = {"depth": depth, "lat": np.arange(40.0, 50.0), "lon": np.arange(10.0)}
    >>> hills = np.add.outer(np.sin(axes["lat"]), np.cos(axes["lon"]))
    >>> cube = xr.DataArray(np.exp(-depth / 100)[:, None, None] * hills + 10, axes, name="thetao")
    >>> scores = evaluate_levels(cube, share=0.3, seeds=2)
    >>> bool(scores.rmse.sel(model="modes").sum() < 0.1 * scores.rmse.sel(model="idw").sum())
    True
    """
    if cube.ndim != 3:
        msg = f"a cube on {cube.dims}; accepted are levels, latitude and longitude: choose a time "
        raise DomainError(msg + "with .isel")
    draws = list(range(seeds)) if isinstance(seeds, int) else [int(each) for each in seeds]
    whole = _whole(cube)
    found = {way: [_draw(whole, share, seed, way, modes) for seed in draws] for way in methods}
    level = whole.level[1:]
    out = xr.concat([_pooled(parts, level) for parts in found.values()], dim="model")
    totals = [[score_estimates(*each) for each in parts] for parts in found.values()]
    wide = PROBABILITIES.index(0.9)
    rmse = [[each["rmse"] for each in row] for row in totals]
    within = [[np.asarray(each["coverage"])[wide] for each in row] for row in totals]
    out = out.assign(
        rmse_of_draw=(("model", "seed"), rmse), coverage_of_draw=(("model", "seed"), within)
    ).assign_coords(model=list(methods), seed=draws)
    for name in (*_SCORES, "rmse_of_draw"):
        out[name].attrs["units"] = str(cube.attrs.get("units", ""))
    return out.assign_attrs(variable=str(cube.name), share=share)


def _whole(cube: xr.DataArray) -> Task:
    """Take the cube as columns of which each is known."""
    axes = find_axes(cube.to_dataset(name="cube"), cube.dims)
    dim = next(each for each in cube.dims if each not in {axes.lat_dim, axes.lon_dim})
    if dim not in cube.coords:
        msg = f"{dim!r} has no values; accepted are levels with their depths or heights"
        raise DomainError(msg)
    order = surface_first(cube, dim).transpose(dim, axes.lat_dim, axes.lon_dim)
    lat, lon = np.meshgrid(axes.lat, axes.lon, indexing="ij")
    there = np.isfinite(order[0].to_numpy())
    profiles = xr.DataArray(
        order.to_numpy()[:, there].T,
        {dim: order[dim], "lat": ("profile", lat[there]), "lon": ("profile", lon[there])},
        ("profile", dim),
    )
    return gather(profiles, order[0], domain=order.notnull())


def _draw(
    whole: Task, share: float, seed: int, method: str, modes: int | None
) -> tuple[Array, Array, Array]:
    """Hide columns and estimate them: error, sigma, truth, each (m, L - 1)."""
    there = np.zeros((whole.lat.size, whole.lon.size), dtype=np.bool_)
    there.ravel()[whole.node] = True
    seen = draw_mask("bernoulli", there, 1.0 - share, seed, "columns").ravel()[whole.node]
    if np.count_nonzero(seen) < _FEWEST or seen.all():
        msg = f"a share of {share:g} leaves {np.count_nonzero(seen)} of {seen.size} columns; "
        msg += f"accepted are {_FEWEST} or more, and not all"
        raise DomainError(msg)
    places, surface = whole.places(whole.node), whole.surface[whole.node]
    truth = whole.values[~seen, 1:]
    found = estimate(
        method, whole.values[seen, 1:], (surface[seen], surface[~seen]), places[seen],
        places[~seen], modes=modes if method == "modes" else None,
    )  # fmt: skip
    return truth - found.mean, np.where(np.isfinite(truth), found.sigma, np.nan), truth


def _pooled(parts: list[tuple[Array, Array, Array]], level: xr.DataArray) -> xr.Dataset:
    """Score all draws of a method together, level by level."""
    error, sigma, truth = (np.concatenate(each) for each in zip(*parts, strict=True))
    scores = [score_estimates(*each) for each in zip(error.T, sigma.T, truth.T, strict=True)]
    dim = str(level.name)
    fields = {name: (dim, [each[name] for each in scores]) for name in (*_SCORES, "count")}
    coverage = xr.DataArray(
        np.stack([each["coverage"] for each in scores]),
        {dim: level, "probability": list(PROBABILITIES)},
    )
    return xr.Dataset(fields, {dim: level}).assign(coverage=coverage)
