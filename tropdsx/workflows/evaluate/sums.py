"""Sum over epochs what all scores follow from: memory does not grow with the series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

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
from tropdsx.workflows.evaluate.groups import SEASONS, Groups, groups_of, season_of
from tropdsx.workflows.evaluate.scores import (
    MOMENTS,
    QUANTILES,
    SquareSums,
    area_weight,
    moments,
    row_bands,
    scores_of,
    within,
)
from tropdsx.workflows.evaluate.spatial import band_ratio, gradient_squares, ssim, zonal_power

__all__ = ["Sums", "add_epochs", "sum_epochs"]

#: Edges of the bands of wavenumbers in which spectra are compared [waves round the globe].
WAVENUMBER_EDGES = (1, 9, 18, 36, 72, 144, 288, 576, 1152)
FIELDS = ("fine", "reference", "error")


@dataclass
class Sums:
    """Sums of one delay on one grid; add epochs, then ask for maps and scores.

    Attributes
    ----------
    lat, lon : ndarray, shape (m,) and (n,)
        Standard axes [deg].
    groups : Groups
        Groups of the nodes.
    kept : ndarray of bool, shape (m, n)
        Nodes that count in the scores; maps, gradients, SSIM and spectra use all.
    uniform, wrap : bool
        Whether the nodes are evenly spaced, and go round the globe.
    to_sea : ndarray, shape (m, n)
        Factor that moves the delay to h = 0, where spectra are taken: at the terrain they would
        show mountains, which both fields share [1].

    Examples
    --------
    >>> lat, lon, flat = np.array([45.0, 35.0]), np.array([0.0, 10.0]), np.zeros((2, 2))
    >>> sums = Sums(lat, lon, groups_of(lat, lon, flat), flat == 0, False, False, flat + 1)
    >>> for season in range(4):
    ...     sums.add(flat + 2.41, flat + 2.4, season)
    >>> float(sums.scores().mae.sel(group="all").round(6))
    0.01
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    groups: Groups
    kept: NDArray[np.bool_]
    uniform: bool
    wrap: bool
    to_sea: NDArray[np.float64]
    cells: NDArray = field(init=False)
    table: NDArray = field(init=False)
    hits: NDArray = field(init=False)
    gradients: NDArray = field(init=False)
    power: NDArray = field(init=False)
    power_weight: float = 0.0
    similarity: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start from nothing."""
        shape = self.kept.shape
        self.cells = np.zeros((len(MOMENTS), *shape))
        self.table = np.zeros((len(SEASONS), self.groups.size, len(MOMENTS)))
        self.hits = np.zeros((len(SEASONS), self.groups.size, 1 + len(QUANTILES)))
        self.gradients = np.zeros(4)
        self.power = np.zeros((len(FIELDS), shape[1] // 2))

    def add(
        self, fine: NDArray, reference: NDArray, season: int, sigma: NDArray | None = None
    ) -> None:
        """Add one epoch.

        Parameters
        ----------
        fine, reference : ndarray, shape (m, n)
            Estimate and truth [m].
        season : int
            Index of the season.
        sigma : ndarray, shape (m, n), optional
            Standard deviations stated for the estimate [m].
        """
        for rows in row_bands(self.kept.shape):
            stated = None if sigma is None else np.asarray(sigma[rows], float)
            own, true = np.asarray(fine[rows], float), np.asarray(reference[rows], float)
            self._add_rows(rows, own, true, season, stated)
        if not self.uniform:
            return
        error = np.subtract(fine, reference, dtype=float)
        self.gradients += gradient_squares(error, self.lat, self.lon, wrap=self.wrap)
        self.similarity.append(ssim(fine, reference))

    def _add_rows(
        self, rows: slice, fine: NDArray, reference: NDArray, season: int, sigma: NDArray | None
    ) -> None:
        """Add what no row needs of the others."""
        weight = area_weight(self.lat[rows])[:, None] * self.kept[rows]
        terms = moments(fine, reference)
        self.cells[:, rows] += terms
        self.table[season] += self._by_group(terms, weight, rows)
        error = fine - reference
        if sigma is not None:
            self.hits[season] += self._by_group(within(error, sigma), weight, rows)
        if self.uniform:
            at_sea = np.stack([fine, reference, error]) * self.to_sea[rows]
            power, share = zonal_power(at_sea, self.lat[rows], wrap=self.wrap)
            self.power += power
            self.power_weight += share

    def merge(self, other: Sums) -> None:
        """Add the sums of other epochs, or of the same ones estimated from other nodes.

        Parameters
        ----------
        other : Sums
            On the same grid.
        """
        for name in ("cells", "table", "hits", "gradients", "power"):
            getattr(self, name)[...] += getattr(other, name)
        self.power_weight += other.power_weight
        self.similarity += other.similarity

    @property
    def values(self) -> int:
        """Number of values that were compared."""
        return int(self.cells[0].sum())

    def maps(self) -> dict[str, NDArray]:
        """RMSE, bias and, of three epochs or more, correlation of each node, shape (m, n)."""
        found = scores_of(self.cells)
        few = self.cells[0] < 3
        return {
            "rmse": found["rmse"],
            "bias": found["bias"],
            "correlation": np.where(few, np.nan, found["correlation"]),
        }

    def scores(self) -> xr.Dataset:
        """Scores by group, spectra and the scores of whole fields."""
        labels, kinds, table = self.groups.reduce(self.table)
        found = {name: ("group", value) for name, value in scores_of(table.T).items()}
        ds = xr.Dataset(found, {"group": labels, "group_kind": ("group", kinds)})
        hits = self.groups.reduce(self.hits)[2]
        known = np.where(hits[:, :1] > 0, hits[:, :1], np.nan)
        ds["coverage"] = (("group", "probability"), hits[:, 1:] / known)
        ds = ds.assign_coords(probability=[percent / 100 for percent in QUANTILES])
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = self.gradients[::2] / self.gradients[1::2]
            spectra = self.power / self.power_weight
        ds["gradient_rmse"] = ((), np.sqrt(slopes.sum()))
        ds["ssim"] = ((), float(np.mean(self.similarity)) if self.similarity else np.nan)
        waves = self._wavenumbers()
        edges = [float(edge) for edge in WAVENUMBER_EDGES if edge <= waves[-1]] + [waves[-1] + 1]
        ds["power"] = (("field", "wavenumber"), spectra)
        ds["spectral_ratio"] = ("wavenumber_band", band_ratio(spectra[0], spectra[1], waves, edges))
        bands = [f"{low:g} to {high - 1:g}" for low, high in pairwise(edges)]
        return ds.assign_coords(field=list(FIELDS), wavenumber=waves, wavenumber_band=bands)

    def _wavenumbers(self) -> NDArray[np.floating]:
        """Waves round the globe for 1, 2, ... waves along a row."""
        size = self.lon.size
        extent = (self.lon[-1] - self.lon[0]) * size / max(size - 1, 1) or 360.0
        return np.arange(1, size // 2 + 1) * (360.0 / extent)

    def _by_group(self, terms: NDArray, weight: NDArray, rows: slice) -> NDArray:
        index, size = self.groups.index[rows].ravel(), self.groups.size
        each = [np.bincount(index, (term * weight).ravel(), size) for term in terms]
        return np.stack(each, axis=-1)


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
