"""How large the network expects the errors of an epoch to be, from a sample of its targets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from tropdsx.grid.edges import Edges, pad_field
from tropdsx.nn.decoder import Decoder, make_decoder
from tropdsx.nn.points import Coefficients, Targets
from tropdsx.predict.coefficients import nodal_module
from tropdsx.predict.corrections import sigma_factor
from tropdsx.predict.points import grid_window, locate_targets
from tropdsx.predict.session import Handle
from tropdsx.reduce.geometry import GridPair, sample_places

__all__ = ["HeightSample", "expected_errors", "sample_stations", "station_errors"]

#: Digits kept of an expected error [decimal places of a metre].
PLACES = 5
#: Most stations that are looked at.
STATIONS = 400


class HeightSample(NamedTuple):
    """Heights of some targets of a fine grid.

    Attributes
    ----------
    rows, columns : ndarray of int64, shape (R,) and (C,)
        Their places in the fine grid, see
        :func:`tropdsx.reduce.geometry.sample_places`.
    height : ndarray, shape (R, C)
        Ellipsoidal [m].
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    height: NDArray[np.float64]

    @classmethod
    def of(cls, grids: GridPair, fine_height: NDArray[np.float64]) -> HeightSample:
        """Take the heights of some targets from those of all (lat, lon) [m]."""
        rows, columns = sample_places(grids)
        return cls(rows, columns, np.asarray(fine_height[np.ix_(rows, columns)], float))


def expected_errors(
    handle: Handle,
    grids: GridPair,
    node_height: NDArray[np.float64],
    sample: HeightSample,
    informed: bool,
    coefficients: Coefficients,
    nodes: Sequence[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Average the variance that a network states over a sample of targets, by area.

    Parameters
    ----------
    handle : Handle
        The network.
    grids : GridPair
        Axes of both grids.
    node_height : ndarray, shape (J, I)
        Ellipsoidal heights of the coarse nodes [m].
    sample : HeightSample
        Targets.
    informed : bool
        Whether the epochs have neighbours.
    coefficients : Coefficients
        Of the nodes that matter to the fine grid, in N epochs.
    nodes : sequence of ndarray, shape (N, J, I)
        Delays at the coarse nodes: targets in cells that miss one do not count [m].

    Returns
    -------
    ndarray of float32, shape (N, 2)
        Square root of the mean variance of zhd and of zwd, to 0.01 mm; NaN where no target counts
        [m].
    """
    count = len(coefficients.scale)
    keys = [np.asarray(part, kind).tobytes() for part, kind in zip(sample, "qqd", strict=True)]
    decoder = _decoder(handle, grids, informed, np.asarray(node_height, float).tobytes(), *keys)
    if decoder is None:
        return np.full((count, 2), np.nan, np.float32)
    (part, basis), *_ = decoder.pieces
    targets = decoder.targets.rows(part.start, part.stop)
    _, sigma = decoder.module.decode(coefficients, targets, decoder.edges, basis)
    variance = sigma.cpu().numpy().astype(float) ** 2
    window = grid_window(decoder.module.margin, grids)
    known = np.ones((count, variance.shape[-1]), bool)
    corners = decoder.targets.corners.cpu().numpy()
    for field in nodes:
        padded = pad_field(window.cut(field), 1, Edges(*window.edges))
        known &= np.isfinite(padded.reshape(count, -1)[:, corners]).all(-1)
    lat = np.repeat(grids.fine_lat[sample.rows], len(sample.columns))
    area = np.cos(np.radians(lat))[np.isfinite(sample.height).ravel()]
    weight = np.where(known, area, 0.0)[:, None, :]
    return _root_mean(variance, weight, sigma_factor(handle))


def sample_stations(count: int) -> NDArray[np.int64]:
    """Choose stations, evenly among all.

    Parameters
    ----------
    count : int
        Stations there are.

    Returns
    -------
    ndarray of int64
        Their places, ascending: at most 400.

    Examples
    --------
    >>> sample_stations(3).tolist(), sample_stations(10_000).size
    ([0, 1, 2], 400)
    """
    most = min(count, STATIONS)
    return ((np.arange(most) + 0.5) * count / max(most, 1)).astype(np.int64)


def station_errors(
    handle: Handle, decoder: Decoder, coefficients: Coefficients, known: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Average the variance that a network states over stations.

    Parameters
    ----------
    handle : Handle
        The network.
    decoder : Decoder
        Of some stations.
    coefficients : Coefficients
        Of the nodes that matter to them, in N epochs.
    known : ndarray of bool, shape (N, 2, P)
        Which delays there are: the others do not count.

    Returns
    -------
    ndarray of float32, shape (N, 2)
        Square root of the mean variance of zhd and of zwd, to 0.01 mm; NaN where no station counts
        [m].
    """
    variance, module = np.empty(known.shape), decoder.module
    # Corrections cost most, and are not wanted: those of one function will do.
    place, slope = coefficients.place[:, :, :1], coefficients.slope[:, :, :0]
    spread = coefficients._replace(place=place, slope=slope)
    for part, kept in decoder.pieces:
        targets = decoder.targets.rows(part.start, part.stop)
        basis = module.basis(targets) if kept is None else kept
        basis = basis._replace(mean=basis.mean[..., :1])
        _, sigma = module.decode(spread, targets, decoder.edges, basis)
        variance[..., part] = sigma.cpu().numpy().astype(float) ** 2
    return _root_mean(variance, known.astype(float), sigma_factor(handle))


def _root_mean(
    variance: NDArray[np.float64], weight: NDArray[np.float64], factor: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Square root of a weighted mean over the last axis, times a factor; NaN without weight."""
    with np.errstate(invalid="ignore"):
        mean = (np.where(weight > 0, variance, 0.0) * weight).sum(-1) / weight.sum(-1)
    return np.round(np.sqrt(mean) * factor, PLACES).astype(np.float32)


@lru_cache(maxsize=8)
def _decoder(
    handle: Handle,
    grids: GridPair,
    informed: bool,
    node_height: bytes,
    rows: bytes,
    columns: bytes,
    height: bytes,
) -> Decoder | None:
    """Prepare what no epoch changes; None where there are no targets."""
    module = nodal_module(handle, informed)
    places = [np.frombuffer(part, np.int64) for part in (rows, columns)]
    axes = grids.fine_lat[places[0]], grids.fine_lon[places[1]]
    lat, lon = np.meshgrid(*axes, indexing="ij")
    heights = np.frombuffer(height, float)
    there = np.isfinite(heights)
    if not there.any():
        return None
    nodes = np.frombuffer(node_height, float).reshape(grids.lat.size, grids.lon.size)
    window = grid_window(module.margin, grids)
    table = locate_targets(
        grids.lat,
        grids.lon,
        nodes,
        lat.ravel()[there],
        lon.ravel()[there],
        heights[there],
        window=window,
    )
    targets = Targets(*(torch.from_numpy(part).to(handle.device) for part in table))
    return make_decoder(module, targets, window.edges)
