"""Input of the nodal network: channels at the nodes of a coarse grid.

NumPy only. Training and prediction both prepare their input here, so that they cannot disagree.
The formulas (standard lapse, one scale height) need not be the best physics: they only make fields
over mountains comparable with fields over sea. The first guess is made in `reduce`.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.errors import GridError
from tropdsx.grid.edges import Edges, find_edges, pad_field

__all__ = [
    "CHANNELS",
    "HEIGHT_CHANNELS",
    "NEIGHBOUR_CHANNELS",
    "ZHD_CHANNELS",
    "ZHD_USUAL",
    "ZWD_CHANNELS",
    "ZWD_USUAL",
    "NodeInput",
    "node_input",
]

Delays: TypeAlias = tuple[NDArray[Any] | None, NDArray[Any] | None]
"""ZHD and ZWD at the nodes, (time, lat, lon) [m]; None for one that is absent."""

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

#: Channels that are zero when ZHD or ZWD, the heights, or the neighbouring epochs are absent.
ZHD_CHANNELS, ZWD_CHANNELS = (4, 5, 6, 14, 15), (0, 1, 2, 3, 12, 13)
HEIGHT_CHANNELS = (10, 11)
NEIGHBOUR_CHANNELS = {"before": (12, 14, 16), "after": (13, 15, 17)}

USUAL_STEP = 5.0  # [deg] spacing whose logarithm is channel log_step
ZHD_FLOOR, ZWD_FLOOR = 0.001, 0.003  # [m] roughness below which a field counts as flat
ZHD_USUAL, ZWD_USUAL = 0.005, 0.02  # [m] usual roughness; stands in for that of an absent delay
LEAST_KNOWN = 0.5  # share of the nodes; an epoch with less is as good as absent


class NodeInput(NamedTuple):
    """Network input at the nodes; made by :func:`node_input`.

    Attributes
    ----------
    channels : ndarray of float32, shape (time, C, lat, lon)
        In the order of `CHANNELS` [1].
    scales : ndarray of float32, shape (time, 2, lat, lon)
        Local roughness of ZHD and ZWD at h = 0, in this order [m].
    """

    channels: NDArray[np.float32]
    scales: NDArray[np.float32]


def node_input(
    zhd: NDArray[Any] | None,
    zwd: NDArray[Any] | None,
    orography: NDArray[Any],
    lat: NDArray[Any],
    lon: NDArray[Any],
    *,
    before: Delays | None = None,
    after: Delays | None = None,
) -> NodeInput:
    """Prepare the channels that the network sees at the coarse nodes.

    Parameters
    ----------
    zhd, zwd : ndarray, shape (time, lat, lon), or None
        Delays at the nodes. NaN nodes are bridged; one of the two may be absent, altogether or
        (fewer than half of the nodes) in some of the epochs [m].
    orography : ndarray, shape (lat, lon)
        Height of the nodes [m].
    lat, lon : ndarray
        Axes, lat descending, lon ascending, uniform [deg].
    before, after : tuple of ndarray, optional
        (zhd, zwd) six hours earlier and later, same shape; an epoch that is all NaN is absent [m].

    Returns
    -------
    NodeInput
        Channels [1] and scales [m].

    Raises
    ------
    GridError
        If neither of the delays is there.

    Examples
    --------
    >>> lat, lon = np.arange(87.5, -90, -5), np.arange(2.5, 360, 5)
    >>> zhd, zwd = np.full((1, 36, 72), 2.3), np.full((1, 36, 72), 0.1)
    >>> node_input(zhd, zwd, np.zeros((36, 72)), lat, lon).channels.shape
    (1, 19, 36, 72)
    """
    given = zwd if zhd is None else zhd
    if given is None:
        msg = "a network needs zhd or zwd at the nodes; both are absent"
        raise GridError(msg)
    edges = find_edges(lat, lon)
    height = np.nan_to_num(np.asarray(orography, float))
    to_sea = reduction_to_sea(height, lat)
    # Over plateaux the reduced ZHD carries the error of the assumed temperature, not weather.
    calm = 1.0 / (1.0 + np.abs(height) / 1500.0)
    series = [(now, *_others(k, before, after)) for k, now in enumerate((zhd, zwd))]
    hydrostatic = _delay_planes(
        series[0], given.shape, to_sea[0], edges, usual=ZHD_USUAL, floor=ZHD_FLOOR, calm=calm
    )
    wet = _delay_planes(series[1], given.shape, to_sea[1], edges, usual=ZWD_USUAL, floor=ZWD_FLOOR)
    sine, log_aspect, log_step = _axis_planes(lat, lon)
    planes = [
        wet.anomaly,
        wet.log_scale,
        np.where(wet.known, wet.mean / 0.2 - 0.5, 0.0),
        np.where(wet.known, np.log((wet.mean + 0.005) / 0.1), 0.0),
        hydrostatic.anomaly,
        hydrostatic.log_scale,
        np.where(hydrostatic.known, (hydrostatic.mean - 2.3) / 0.05, 0.0),
        np.abs(sine),
        sine,
        log_aspect,
        height / 1000.0,
        (height - _smooth(height, edges)) / 500.0,
        wet.before,
        wet.after,
        hydrostatic.before,
        hydrostatic.after,
        _present(before),
        _present(after),
        log_step,
    ]
    channels = np.stack([np.broadcast_to(p, given.shape) for p in planes], 1)
    scales = np.stack([hydrostatic.scale, wet.scale], 1)
    return NodeInput(channels.astype(np.float32), scales.astype(np.float32))


class _Planes(NamedTuple):
    """Of one delay: what the network sees [1], local mean, roughness [m]; epochs that have it."""

    anomaly: NDArray[np.float64]
    log_scale: NDArray[np.float64]
    mean: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    scale: NDArray[np.float64]
    known: NDArray[np.bool_]


def _others(
    which: int, before: Delays | None, after: Delays | None
) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """One delay in the neighbouring epochs, None where it is absent."""
    return (
        None if before is None else before[which],
        None if after is None else after[which],
    )


def _delay_planes(
    series: tuple[NDArray[Any] | None, NDArray[Any] | None, NDArray[Any] | None],
    shape: tuple[int, ...],
    to_sea: NDArray[Any],
    edges: Edges,
    *,
    usual: float,
    floor: float,
    calm: NDArray[np.float64] | None = None,
) -> _Planes:
    """Planes of one delay, given now, before and after."""
    delay, *others = series
    nothing = np.zeros(shape)
    if delay is None:
        absent = np.zeros((shape[0], 1, 1), bool)
        full = np.full(shape, usual)
        return _Planes(nothing, nothing, nothing, nothing, nothing, full, absent)
    known = np.isfinite(delay).mean((-2, -1), keepdims=True) >= LEAST_KNOWN
    field = np.where(known, _fill(np.maximum(delay, 0.0) * to_sea), 0.0)
    mean = _smooth(field, edges)
    anomaly = field - mean if calm is None else (field - mean) * calm
    scale = _roughness(field if calm is None else anomaly, edges, floor)
    scale = np.where(known, scale, usual)
    changes = []
    for other in others:
        if other is None:
            changes.append(nothing)
            continue
        change = np.nan_to_num(np.maximum(other, 0.0) * to_sea - field)
        change = np.where(known, change, 0.0)
        changes.append((change if calm is None else change * calm) / scale)
    before, after = changes
    return _Planes(anomaly / scale, np.log(scale / usual), mean, before, after, scale, known)


def _axis_planes(
    lat: NDArray[Any], lon: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Sine of latitude (J, 1), logarithms of the cells' aspect (J, 1) and size (1, 1) [1]."""
    sine = np.sin(np.radians(np.asarray(lat, float)))[:, None]
    step_lat, step_lon = abs(lat[1] - lat[0]), abs(lon[1] - lon[0])
    aspect = np.log(np.maximum(np.sqrt(1 - sine**2), 0.03) * step_lon / step_lat)
    return sine, aspect, np.full((1, 1), np.log(np.sqrt(step_lat * step_lon) / USUAL_STEP))


def _present(others: Delays | None) -> NDArray[np.float64]:
    """Return 1 where a neighbouring epoch has values, (time, 1, 1)."""
    fields = [] if others is None else [field for field in others if field is not None]
    if not fields:
        return np.zeros((1, 1, 1))
    known = np.any([np.isfinite(f).any((-2, -1), keepdims=True) for f in fields], 0)
    return known.astype(float)


def _smooth(field: NDArray[np.float64], edges: Edges) -> NDArray[np.float64]:
    """Binomial 5x5 mean (1 4 6 4 1)/16 both ways."""
    x = pad_field(field, 2, edges)
    for axis in (-2, -1):
        n = x.shape[axis] - 4
        parts = [np.take(x, range(k, k + n), axis) for k in range(5)]
        x = (parts[0] + parts[4] + 4 * (parts[1] + parts[3]) + 6 * parts[2]) / 16
    return x


def _roughness(field: NDArray[np.float64], edges: Edges, floor: float) -> NDArray[np.float64]:
    """Root of the local mean square difference between neighbouring nodes."""
    x = pad_field(field, 1, edges)
    mid = x[..., 1:-1, 1:-1]
    square = (x[..., :-2, 1:-1] - mid) ** 2 + (x[..., 2:, 1:-1] - mid) ** 2
    square += (x[..., 1:-1, :-2] - mid) ** 2 + (x[..., 1:-1, 2:] - mid) ** 2
    return np.asarray(np.sqrt(_smooth(square / 4, edges) + floor**2))


def _fill(field: NDArray[Any]) -> NDArray[Any]:
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
