"""Pass once over all epochs: for all scores, or for the RMSE maps that a result carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dask
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.mean_atmospheres import reduction_to_sea
from tropdsx.errors import GridError, warn
from tropdsx.grid.orography import sample_heights, shipped_orography
from tropdsx.system.blocks import time_blocks
from tropdsx.system.workers import Progress
from tropdsx.workflows.evaluate.align import Pair, nodes_of
from tropdsx.workflows.evaluate.groups import groups_of, season_of
from tropdsx.workflows.evaluate.spatial import row_bands
from tropdsx.workflows.evaluate.sums import Sums

__all__ = ["SquareSums", "add_epochs", "sum_epochs", "sum_squares"]


class SquareSums:
    """Sums of the RMSE map of one delay alone: a quarter of the memory of all scores.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.

    Examples
    --------
    >>> sums = SquareSums((1, 2))
    >>> sums.add(np.array([[2.41, 2.4]]), np.array([[2.4, np.nan]]), 0)
    >>> sums.maps()["rmse"].round(6).tolist(), sums.values
    ([[0.01, nan]], 1)
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.count = np.zeros(shape, np.int32)
        self.squares = np.zeros(shape)

    def add(
        self, fine: NDArray, reference: NDArray, season: int, sigma: NDArray | None = None
    ) -> None:
        """Add one epoch; see :meth:`.Sums.add`."""
        del season, sigma
        for rows in row_bands(self.count.shape):
            error = np.subtract(fine[rows], reference[rows], dtype=float)
            known = np.isfinite(error)
            self.count[rows] += known
            self.squares[rows] += np.where(known, error, 0.0) ** 2

    @property
    def values(self) -> int:
        """Number of values that were compared."""
        return int(self.count.sum())

    def maps(self) -> dict[str, NDArray]:
        """RMSE of each node, shape (m, n)."""
        known = np.where(self.count > 0, self.count, np.nan)
        return {"rmse": np.sqrt(self.squares / known)}


def sum_epochs(
    pair: Pair,
    *,
    exclude: xr.Dataset | None = None,
    progress: Progress | None = None,
    only: Sequence[str] | None = None,
) -> tuple[dict[str, Sums], int]:
    """Pass once over all epochs of a pair, block by block.

    Parameters
    ----------
    pair : Pair
        What to compare.
    exclude, progress
        See :func:`tropdsx.validate`.
    only : sequence of str, optional
        Delays to compare; default: all that both have.

    Returns
    -------
    sums : dict of Sums
        By delay.
    epochs : int
        Epochs compared.

    Raises
    ------
    GridError
        If all common nodes are nodes of the excluded grid.

    Examples
    --------
    >>> from tropdsx.workflows.evaluate.align import align
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.full((3, 3), 0.2), {"units": "m"})}, axes)
    >>> sums, epochs = sum_epochs(align(truth + 0.01, truth))
    >>> epochs, float(sums["zwd"].maps()["bias"].max().round(6))
    (1, 0.01)
    """
    sums = _start_sums(pair, exclude, pair.variables if only is None else only)
    return sums, add_epochs(pair, sums, progress)


def sum_squares(pair: Pair, only: Sequence[str]) -> tuple[dict[str, SquareSums], int]:
    """Pass once over all epochs of a pair for the RMSE maps alone.

    Parameters
    ----------
    pair, only
        As in :func:`sum_epochs`.

    Returns
    -------
    sums : dict of SquareSums
        By delay.
    epochs : int
        Epochs compared.

    Examples
    --------
    >>> from tropdsx.workflows.evaluate.align import align
    >>> axes = {"lat": [10.0, 0.0, -10.0], "lon": [0.0, 10.0, 20.0]}
    >>> truth = xr.Dataset({"zwd": (("lat", "lon"), np.full((3, 3), 0.2), {"units": "m"})}, axes)
    >>> sums, _ = sum_squares(align(truth + 0.01, truth), ["zwd"])
    >>> float(sums["zwd"].maps()["rmse"].max().round(6))
    0.01
    """
    shape = (pair.fine.sizes["lat"], pair.fine.sizes["lon"])
    sums = {key: SquareSums(shape) for key in only}
    return sums, add_epochs(pair, sums)


def add_epochs(
    pair: Pair, sums: Mapping[str, Sums | SquareSums], progress: Progress | None = None
) -> int:
    """Pass once over all epochs of a pair, block by block.

    Parameters
    ----------
    pair : Pair
        What to compare.
    sums : mapping of Sums or SquareSums
        By delay; they are added to, and other delays are not computed.
    progress : callable, optional
        See :func:`tropdsx.validate`.

    Returns
    -------
    int
        Epochs compared.
    """
    wanted = [name for name in pair.fine if str(name).removesuffix("_sigma") in sums]
    fields, reference = pair.fine[wanted], pair.reference[list(sums)]
    seasons = season_of(fields["time"].to_numpy())
    for block in time_blocks(fields, "time"):
        own, true = dask.compute(fields.isel(time=block), reference.isel(time=block))
        for epoch, season in enumerate(seasons[block]):
            for key, each in sums.items():
                sigma = own[f"{key}_sigma"].to_numpy()[epoch] if f"{key}_sigma" in own else None
                each.add(own[key].to_numpy()[epoch], true[key].to_numpy()[epoch], season, sigma)
        if progress is not None:
            progress(block.stop, seasons.size)
    _warn_missing(sums, seasons.size, pair.fine.sizes["lat"] * pair.fine.sizes["lon"])
    return int(seasons.size)


def _start_sums(pair: Pair, exclude: xr.Dataset | None, names: Sequence[str]) -> dict[str, Sums]:
    """Start the sums of a pair."""
    lat, lon = (pair.fine[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    kept = np.ones((lat.size, lon.size), bool)
    if exclude is not None:
        kept &= ~nodes_of(exclude, lat, lon)
        _check_left(kept)
    height = _heights(pair, lat, lon)
    groups = groups_of(lat, lon, height)
    return {
        key: Sums(lat, lon, groups, kept, pair.uniform, pair.wrap, _to_sea(key, height, lat))
        for key in names
    }


def _heights(pair: Pair, lat: NDArray, lon: NDArray) -> NDArray[np.float64]:
    """Orography of the common nodes: the estimate's, else the shipped one [m, ellipsoidal]."""
    if "orography" in pair.fine:
        return pair.fine["orography"].transpose("lat", "lon").to_numpy().astype(float)
    return sample_heights(shipped_orography(), lat[:, None], lon[None, :])


def _to_sea(name: str, height: NDArray, lat: NDArray) -> NDArray[np.float64]:
    """Factor that moves a delay to h = 0; a total delay is moved as its hydrostatic part."""
    hydrostatic, wet = reduction_to_sea(np.nan_to_num(height), lat)
    return np.asarray(wet if name == "zwd" else hydrostatic, float)


def _check_left(kept: NDArray[np.bool_]) -> None:
    if not kept.any():
        msg = (
            "all common nodes are nodes of the excluded grid: nothing is left to score; give a "
            "finer reference, or leave out exclude"
        )
        raise GridError(msg)


def _warn_missing(sums: Mapping[str, Sums | SquareSums], epochs: int, nodes: int) -> None:
    for key, each in sums.items():
        missing = nodes * epochs - each.values
        if missing:
            share = missing / (nodes * epochs)
            text = f"{key}: {missing} of the values ({share:.1%}) are missing and not scored"
            warn(text)
