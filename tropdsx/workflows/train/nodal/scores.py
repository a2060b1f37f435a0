"""What a nodal network is worth on validation pairs, and the factors that keep it safe."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.grid.edges import find_edges, pad_field
from tropdsx.grid.stencil import make_stencil
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.trust import GAIN_DEGREES
from tropdsx.workflows.train.nodal.batches import estimate, hide_neighbours, make_batch
from tropdsx.workflows.train.nodal.pairs import PairSet

__all__ = [
    "BANDS",
    "Outcome",
    "apply_network",
    "gain_table",
    "rmse_map",
    "score",
    "sigma_factor",
]

#: Centres of the latitude bands of the card [deg].
BANDS = np.arange(85.0, -90.0, -10.0)


class Outcome(NamedTuple):
    """What a network makes of the T epochs of a pair set.

    Attributes
    ----------
    pairs : PairSet
        The pairs.
    residual : ndarray, shape (T, 2, Q, lat - 1, lon)
        Truth minus first guess [m].
    correction : ndarray, the same shape
        Of single epochs [m].
    informed : ndarray, the same shape
        Correction with the neighbouring epochs that the set has [m].
    sigma : ndarray, the same shape
        Expected error of single epochs [m].
    lat : ndarray, shape (Q, lat - 1, 1)
        Of the targets [deg].

    Examples
    --------
    >>> own = {"lat": np.array([5.0, 0]), "lon": np.array([0, 5.0]), "weight": np.ones((1, 1, 1))}
    >>> pairs = PairSet(**dict.fromkeys(PairSet._fields, np.zeros(0)) | own)
    >>> field = np.full((1, 2, 1, 1, 2), 0.01)
    >>> found = Outcome(pairs, field, 0.5 * field, 0.6 * field, field, np.full((1, 1, 1), 2.5))
    >>> score(found, {"zhd": 1.0, "zwd": 1.0})["zwd_single_mm"]
    5.0
    >>> sigma_factor([found])["zwd"]
    0.304
    """

    pairs: PairSet
    residual: NDArray[np.float32]
    correction: NDArray[np.float32]
    informed: NDArray[np.float32]
    sigma: NDArray[np.float32]
    lat: NDArray[np.float64]


def apply_network(net: NodalNet, pairs: PairSet, size: int = 4) -> Outcome:
    """Run a network on a pair set, with and without neighbouring epochs.

    Parameters
    ----------
    net : NodalNet
        Trained network.
    pairs : PairSet
        Validation pairs.
    size : int, default 4
        Epochs at once.

    Returns
    -------
    Outcome
        On the CPU.
    """
    single, informed, sigma = [], [], []
    with torch.inference_mode():
        for start in range(0, len(pairs.channels), size):
            batch = make_batch([pairs], slice(start, start + size))
            mean, spread = estimate(net, hide_neighbours(batch))
            single.append(mean.numpy())
            sigma.append(spread.numpy())
            informed.append(estimate(net, batch)[0].numpy())
    south, east = pairs.steps
    step = (pairs.lat[0] - pairs.lat[-1]) / (len(pairs.lat) - 1)
    row = np.repeat(np.arange(south) / south, east)[:, None, None]
    lat = pairs.lat[None, :-1, None] - row * step
    alone, together, expected = (np.concatenate(each) for each in (single, informed, sigma))
    return Outcome(pairs, pairs.residual, alone, together, expected, lat)


def _in_bands(value: NDArray, seen: Outcome) -> NDArray[np.float64]:
    """Sum of value times area weight in each band, (2, bands)."""
    weighted = np.nansum(value * seen.pairs.weight, (0, 4))  # (2, Q, lat - 1)
    band = np.clip(((90.0 - seen.lat[..., 0]) // 10).astype(int), 0, len(BANDS) - 1)
    return np.stack([np.bincount(band.ravel(), v.ravel(), len(BANDS)) for v in weighted])


def gain_table(usual: list[Outcome], checks: list[Outcome]) -> NDArray[np.float64]:
    """Measure how much of the correction to trust, by spacing and latitude band.

    The usual spacings (above 4 degrees) take the best factor over all pair sets, finer ones that of
    the checks, whose few epochs are pooled over neighbouring bands; but in no band more than 1.3
    times the best factor of one set, or what makes it 1 % worse than the physics there.

    Parameters
    ----------
    usual : list of Outcome
        Of pair sets of usual spacings.
    checks : list of Outcome
        Of other products.

    Returns
    -------
    ndarray, shape (2, spacings, bands)
        Factor of zhd and zwd, 0 to 1 [1].

    Examples
    --------
    >>> own = {"lat": np.array([5.0, 0]), "lon": np.array([0, 5.0]), "weight": np.ones((1, 1, 1))}
    >>> pairs = PairSet(**dict.fromkeys(PairSet._fields, np.zeros(0)) | own)
    >>> field = np.full((1, 2, 1, 1, 2), 0.01)
    >>> wrong = Outcome(pairs, field, -field, -field, field, np.full((1, 1, 1), 2.5))
    >>> gain_table([wrong], [])[1, -1, 8].item()  # nothing, where it makes errors larger
    0.0
    """
    rows: list[NDArray[np.float64]] = []
    for degrees in GAIN_DEGREES:
        few = degrees < GAIN_DEGREES[-1]
        near = [seen for seen in (checks if few else usual) if _nearest(seen) == degrees]
        unknown = rows[-1] if rows else np.ones((2, len(BANDS)))
        rows.append(_best_gain(near, few=few) if near else unknown)
    return np.stack(rows, 1)


def _best_gain(near: list[Outcome], *, few: bool) -> NDArray[np.float64]:
    """Find the factor of one spacing, (2, bands); `few` epochs are pooled over bands."""
    sums = [_sums(o, pooled=few) for o in near]
    cross, square = (np.sum([s[k] for s in sums], 0) for k in (0, 1))
    prior = 0.05 * square.mean(1, keepdims=True)
    best = (cross + prior) / np.maximum(square + prior, 1e-12)
    for each in near:
        each_cross, each_square = _sums(each)
        prior = 0.02 * each_square.mean(1, keepdims=True) * (not few)
        least = np.maximum(each_square + prior, 1e-12)
        limit = np.minimum(1.3 * (each_cross + prior) / least, _harmless(each, each_cross, least))
        best = np.minimum(best, np.where(each_square > 0, limit, np.inf))  # where it has targets
    gain: NDArray[np.float64] = np.clip(best, 0.0, 1.0)
    return gain


def _harmless(seen: Outcome, cross: NDArray, square: NDArray) -> NDArray[np.float64]:
    """Largest factor with which the error of no band exceeds that of physics by more than 1 %."""
    physics = _in_bands(seen.residual**2, seen)
    physics = 2 * physics / np.maximum(physics.sum(1, keepdims=True), 1e-30)  # as the sums are
    return np.asarray((cross + np.sqrt(cross**2 + 0.02 * square * physics)) / square)


def _nearest(seen: Outcome) -> float:
    """Find the spacing of the table that is nearest to that of a pair set [deg]."""
    return min(GAIN_DEGREES, key=lambda d: abs(d - min(seen.pairs.spacing, GAIN_DEGREES[-1])))


def _sums(seen: Outcome, *, pooled: bool = False) -> tuple[NDArray, NDArray]:
    """Residual times correction, and correction squared, by band, per unit of residual squared."""
    total = np.maximum(_in_bands(seen.residual**2, seen).sum(1, keepdims=True), 1e-30)
    cross, square = np.zeros((2, len(BANDS))), np.zeros((2, len(BANDS)))
    for correction in (seen.correction, seen.informed):
        known = np.where(np.isfinite(seen.residual), correction, 0.0)
        cross = cross + _in_bands(seen.residual * known, seen) / total
        square = square + _in_bands(known**2, seen) / total
    if not pooled:
        return cross, square
    wide = [np.pad(field, ((0, 0), (1, 1)), mode="edge") for field in (cross, square)]
    cross, square = ((w[:, :-2] + 2 * w[:, 1:-1] + w[:, 2:]) / 4 for w in wide)
    return cross, square


def sigma_factor(outcomes: list[Outcome]) -> dict[str, float]:
    """Find the factor on sigma that makes 90 % intervals (1.645 sigma) cover 90 % of the area.

    Parameters
    ----------
    outcomes : list of Outcome
        Of validation pairs.

    Returns
    -------
    dict
        Of zhd and zwd; 1 for one without a truth [1].
    """
    found = {}
    for k, name in enumerate(DELAYS):
        ratio, weight = [], []
        for seen in outcomes:
            error = seen.residual - seen.correction
            good = np.isfinite(error[:, k]) & (seen.pairs.weight > 0)
            ratio.append((np.abs(error[:, k]) / seen.sigma[:, k])[good])
            weight.append(np.broadcast_to(seen.pairs.weight, error[:, k].shape)[good])
        r, w = np.concatenate(ratio), np.concatenate(weight)
        if not r.size:
            found[name] = 1.0
            continue
        order = np.argsort(r)
        share = np.cumsum(w[order]) / w.sum()
        found[name] = round(float(r[order][np.searchsorted(share, 0.9)] / 1.645), 3)
    return found


def _coverage(seen: Outcome, widths: dict[str, float]) -> dict[str, float]:
    """Share of the area where the error is inside the 90 % interval."""
    error = np.abs(seen.residual - seen.correction)
    found = {}
    for k, name in enumerate(DELAYS):
        good = np.isfinite(error[:, k])
        weight = np.where(good, seen.pairs.weight, 0.0)
        if not weight.any():
            continue
        inside = error[:, k] <= 1.645 * widths[name] * seen.sigma[:, k]
        found[name] = round(float((inside * weight).sum() / weight.sum()), 3)
    return found


def score(seen: Outcome, widths: dict[str, float]) -> dict[str, Any]:
    """Measure physics and network over the points that are not input, and the worst latitude band.

    Parameters
    ----------
    seen, widths : Outcome, dict
        Of one pair set; `sigma_factor` of zhd and zwd [1].

    Returns
    -------
    dict
        RMSE [mm] by name of those that have a truth, spacing [deg], coverage of intervals [1].
    """
    area = _in_bands(np.isfinite(seen.residual).astype(float), seen)
    result: dict[str, Any] = {"epochs": len(seen.residual)}
    result["degrees"] = round(float(seen.pairs.spacing), 3)
    physics = _in_bands(seen.residual**2, seen)
    for label, correction in (("single", seen.correction), ("neighbours", seen.informed)):
        left = _in_bands((seen.residual - correction) ** 2, seen)
        for k, name in enumerate(DELAYS):
            if not area[k].any():
                continue
            result[f"{name}_physics_mm"] = _mm(physics[k].sum() / area[k].sum())
            result[f"{name}_{label}_mm"] = _mm(left[k].sum() / area[k].sum())
            has = area[k] > 0
            ratio = np.sqrt(left[k][has] / physics[k][has])
            result[f"{name}_{label}_worst_band_ratio"] = round(float(ratio.max()), 3)
    result["coverage_90"] = _coverage(seen, widths)
    return result


def _mm(square: float) -> float:
    return round(float(np.sqrt(square)) * 1e3, 3)


def rmse_map(
    seen: Outcome, *, overall: tuple[float, float] | None = None, size: int = 180
) -> NDArray[np.float32]:
    """Map the RMSE of the network's result at the nodes of a global grid.

    The pattern is the RMSE in each coarse cell over all epochs, smoothed over about nine cells.

    Parameters
    ----------
    seen : Outcome
        Of one pair set.
    overall : tuple of float, optional
        RMSE of (zhd, zwd) in a validation at the right spacing, to which the area mean is scaled
        [m].
    size : int, default 180
        Rows of the map, for nodes every 180/size degrees.

    Returns
    -------
    ndarray, shape (2, size, 2 size)
        Of zhd and zwd [m].
    """
    error = seen.residual - seen.correction
    weight = (seen.pairs.weight > 0) * np.isfinite(error)
    cell = np.nansum(error**2 * weight, (0, 2)) / np.maximum(weight.sum((0, 2)), 1)
    edges = find_edges(seen.pairs.lat, seen.pairs.lon)._replace(north="edge", south="edge")
    for _ in range(2):
        x = pad_field(cell, 1, edges)
        x = (x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :]) / 4
        cell = (x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]) / 4
    step = seen.pairs.lat[0] - seen.pairs.lat[1]
    lat = seen.pairs.lat[:-1] - step / 2
    lon = seen.pairs.lon + (seen.pairs.lon[1] - seen.pairs.lon[0]) / 2
    node = 180.0 / size
    fine_lat = 90.0 - (np.arange(size) + 0.5) * node
    fine_lon = (np.arange(2 * size) + 0.5) * node
    place = make_stencil(
        lat,
        lon,
        np.clip(fine_lat, lat[-1], lat[0])[:, None],
        fine_lon[None],
        interpolation="bilinear",
    )
    square = place.apply(cell)
    if overall is not None:
        area = np.cos(np.radians(fine_lat))[:, None]
        mean = (square * area).sum((1, 2)) / (area.sum() * 2 * size)
        square *= (np.square(overall) / mean)[:, None, None]
    return np.sqrt(square).astype(np.float32)
