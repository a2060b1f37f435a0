"""What the network sees of a coarse grid: channels at the nodes, and where the targets lie.

NumPy only. Training and prediction both prepare their input here, so that they cannot disagree.
The formulas (standard lapse, one scale height) need not be the best physics: they only make fields
over mountains comparable with fields over sea. The first guess is the business of `reduce`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.grid.edges import Edges, find_edges, pad_field

__all__ = [
    "CHANNELS",
    "DRY_CHANNELS",
    "HEIGHT_CHANNELS",
    "NEIGHBOUR_CHANNELS",
    "WET_CHANNELS",
    "NodeInput",
    "node_input",
]

#: Names of the node channels, in order.
CHANNELS = (
    "zwd_anomaly",
    "zwd_log_scale",
    "zwd_mean",
    "zwd_log_mean",
    "zhd_anomaly",
    "zhd_log_scale",
    "zhd_mean",
    "abs_sin_lat",
    "sin_lat",
    "log_aspect",
    "orography",
    "orography_anomaly",
    "zwd_before",
    "zwd_after",
    "zhd_before",
    "zhd_after",
    "has_before",
    "has_after",
    "log_step",
)

#: Channels that are zero when ZWD, ZHD or the neighbouring epochs are absent.
WET_CHANNELS, DRY_CHANNELS = (0, 1, 2, 3, 12, 13), (4, 5, 6, 14, 15)
HEIGHT_CHANNELS = (10, 11)
NEIGHBOUR_CHANNELS = {"before": (12, 14, 16), "after": (13, 15, 17)}

USUAL_STEP = 5.0  # [degrees] spacing whose logarithm is channel log_step
WET_FLOOR, DRY_FLOOR = 0.003, 0.001  # [m] roughness below which a field counts as flat
WET_USUAL, DRY_USUAL = 0.02, 0.005  # [m] usual roughness; stands in for that of an absent delay
LEAST_KNOWN = 0.5  # share of the nodes; an epoch with less is as good as absent


class NodeInput(NamedTuple):
    """Network input at the nodes: channels (time, C, lat, lon) [1]; scales (time, 2, lat, lon) [m].

    The scales are the local roughness of ZHD and ZWD at h = 0, in this order.
    """

    channels: np.ndarray
    scales: np.ndarray


def _smooth(field: np.ndarray, edges: Edges) -> np.ndarray:
    """Binomial 5x5 mean (1 4 6 4 1)/16 both ways."""
    x = pad_field(field, 2, edges)
    for axis in (-2, -1):
        n = x.shape[axis] - 4
        parts = [np.take(x, range(k, k + n), axis) for k in range(5)]
        x = (parts[0] + parts[4] + 4 * (parts[1] + parts[3]) + 6 * parts[2]) / 16
    return x


def _roughness(field: np.ndarray, edges: Edges, floor: float) -> np.ndarray:
    """Root of the local mean square difference between neighbouring nodes."""
    x = pad_field(field, 1, edges)
    mid = x[..., 1:-1, 1:-1]
    square = (x[..., :-2, 1:-1] - mid) ** 2 + (x[..., 2:, 1:-1] - mid) ** 2
    square += (x[..., 1:-1, :-2] - mid) ** 2 + (x[..., 1:-1, 2:] - mid) ** 2
    return np.sqrt(_smooth(square / 4, edges) + floor**2)


def _fill(field: np.ndarray) -> np.ndarray:
    """Replace missing nodes by the mean of their row, and empty rows by those around them.

    Each epoch by itself: what is in the same block must not matter. An empty epoch stays empty.
    """
    missing = ~np.isfinite(field)
    if not missing.any():
        return field
    out = field.copy()
    for one, gaps in zip(out, missing, strict=True):
        full = ~gaps.all(-1)
        if full.any():
            known = np.where(gaps, 0.0, one).sum(-1)[full] / (~gaps).sum(-1)[full]
            rows = np.arange(len(one))
            np.copyto(one, np.interp(rows, rows[full], known)[:, None], where=gaps)
    return out


def node_input(
    zhd: np.ndarray | None,
    zwd: np.ndarray | None,
    orography: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    *,
    before: tuple[np.ndarray | None, np.ndarray | None] | None = None,
    after: tuple[np.ndarray | None, np.ndarray | None] | None = None,
) -> NodeInput:
    """Prepare the channels that the network sees at the coarse nodes.

    Parameters
    ----------
    zhd, zwd : ndarray or None
        Delays at the nodes, (time, lat, lon). NaN nodes are bridged; one of the two may be absent,
        altogether or (fewer than half of the nodes) in some of the epochs. [m]
    orography : ndarray
        Height of the nodes, (lat, lon). [m]
    lat, lon : ndarray
        Axes, lat descending, lon ascending, uniform. [degrees]
    before, after : tuple of ndarray, optional
        (zhd, zwd) six hours earlier and later, same shape; an epoch that is all NaN is absent. [m]

    Returns
    -------
    NodeInput
        Channels [1] and scales [m], float32.

    Examples
    --------
    >>> lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    >>> zhd, zwd = np.full((1, 36, 72), 2.3), np.full((1, 36, 72), 0.1)
    >>> node_input(zhd, zwd, np.zeros((36, 72)), lat, lon).channels.shape
    (1, 19, 36, 72)
    """
    edges = find_edges(lat, lon)
    height = np.nan_to_num(np.asarray(orography, float))
    to_sea = reduction_to_sea(height, lat)
    # Over plateaux the reduced ZHD carries the error of the assumed temperature, not weather.
    calm = 1.0 / (1.0 + np.abs(height) / 1500.0)
    shape = (zwd if zhd is None else zhd).shape
    dry = _delay_planes(zhd, shape, to_sea[0], (before, after), 0, edges, calm)
    wet = _delay_planes(zwd, shape, to_sea[1], (before, after), 1, edges, 1.0)
    sine = np.sin(np.radians(np.asarray(lat, float)))[:, None]
    step_lat, step_lon = abs(lat[1] - lat[0]), abs(lon[1] - lon[0])
    aspect = np.log(np.maximum(np.sqrt(1 - sine**2), 0.03) * step_lon / step_lat)
    planes = [
        wet.anomaly,
        wet.log_scale,
        np.where(wet.known, wet.mean / 0.2 - 0.5, 0.0),
        np.where(wet.known, np.log((wet.mean + 0.005) / 0.1), 0.0),
        dry.anomaly,
        dry.log_scale,
        np.where(dry.known, (dry.mean - 2.3) / 0.05, 0.0),
        np.abs(sine),
        sine,
        aspect,
        height / 1000.0,
        (height - _smooth(height, edges)) / 500.0,
        wet.before,
        wet.after,
        dry.before,
        dry.after,
        _present(before),
        _present(after),
        np.full((1, 1, 1), np.log(np.sqrt(step_lat * step_lon) / USUAL_STEP)),
    ]
    channels = np.stack([np.broadcast_to(p, shape) for p in planes], 1)
    scales = np.stack([dry.scale, wet.scale], 1)
    return NodeInput(channels.astype(np.float32), scales.astype(np.float32))


class _Planes(NamedTuple):
    """Of one delay: what the network sees [1], local mean, roughness [m]; epochs that have it."""

    anomaly: np.ndarray
    log_scale: np.ndarray
    mean: np.ndarray
    before: np.ndarray
    after: np.ndarray
    scale: np.ndarray
    known: np.ndarray


def _delay_planes(
    delay: np.ndarray | None,
    shape: tuple[int, ...],
    to_sea: np.ndarray,
    others: tuple,
    which: int,
    edges: Edges,
    calm: np.ndarray | float,
) -> _Planes:
    usual, floor = ((DRY_USUAL, DRY_FLOOR), (WET_USUAL, WET_FLOOR))[which]
    nothing = np.zeros(shape)
    if delay is None:
        full = np.full(shape, usual)
        return _Planes(*[nothing] * 5, full, np.zeros((shape[0], 1, 1), bool))
    known = np.isfinite(delay).mean((-2, -1), keepdims=True) >= LEAST_KNOWN
    field = np.where(known, _fill(np.maximum(delay, 0.0) * to_sea), 0.0)
    mean = _smooth(field, edges)
    scale = _roughness((field - mean) * calm if which == 0 else field, edges, floor)
    scale = np.where(known, scale, usual)
    changes = []
    for other in others:
        if other is None or other[which] is None:
            changes.append(nothing)
        else:
            change = np.maximum(other[which], 0.0) * to_sea - field
            changes.append(np.where(known, np.nan_to_num(change), 0.0) * calm / scale)
    return _Planes(
        (field - mean) * calm / scale, np.log(scale / usual), mean, *changes, scale, known
    )


def _present(other: tuple | None) -> np.ndarray:
    """Return 1 where a neighbouring epoch has values, (time, 1, 1)."""
    fields = [] if other is None else [f for f in other if f is not None]
    if not fields:
        return np.zeros((1, 1, 1))
    known = np.any([np.isfinite(f).any((-2, -1), keepdims=True) for f in fields], 0)
    return known.astype(float)
