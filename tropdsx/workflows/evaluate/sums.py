"""Sum over epochs what all scores follow from: memory does not grow with the series."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.workflows.evaluate.groups import SEASONS, Groups
from tropdsx.workflows.evaluate.scores import (
    MOMENTS,
    QUANTILES,
    area_weight,
    moments,
    scores_of,
    within,
)
from tropdsx.workflows.evaluate.spatial import (
    band_ratio,
    gradient_squares,
    row_bands,
    ssim,
    zonal_power,
)

__all__ = ["Sums"]

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
    >>> from tropdsx.workflows.evaluate.groups import groups_of
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
            pair = (np.asarray(each[rows], float) for each in (fine, reference))
            self._add_rows(rows, *pair, season, stated)
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
