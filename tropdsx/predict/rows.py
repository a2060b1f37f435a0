"""A nodal network for some rows of a fine grid at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.attributes.expected import expected_names
from tropdsx.cf.attributes.limits import count_names
from tropdsx.cf.quantities import DELAYS
from tropdsx.predict.accuracy.expected import HeightSample
from tropdsx.predict.accuracy.rmse_maps import add_rmse_maps, spacing_of
from tropdsx.predict.corrections import count_floored
from tropdsx.predict.inputs import coarse_series, find_network
from tropdsx.predict.nodal import BAND, NodalRefiner, RowFields
from tropdsx.predict.session import Handle, hold_settings
from tropdsx.reduce.geometry import GridPair, node_heights, sample_places

__all__ = ["RowRefiner", "works_by_rows"]


def works_by_rows(model: Any) -> bool:
    """Tell a network that refines some rows without the others.

    Parameters
    ----------
    model : str or Path
        Name of a shipped checkpoint, or a file.

    Returns
    -------
    bool
        False for a U-Net, which sees the whole of a fine field.

    Examples
    --------
    >>> works_by_rows("default")
    True
    """
    return bool(find_network(model, device="cpu")[0]["network"] != "unet")


@dataclass(frozen=True, eq=False)
class RowRefiner:
    """Refine rows of one epoch after the other: the network runs once for each.

    Attributes
    ----------
    refiner : NodalRefiner
        The network beside both grids.
    card : dict
        Of its checkpoint.
    heights : ndarray, optional
        Ellipsoidal heights at :func:`tropdsx.reduce.geometry.sample_places`, for the errors that
        are expected [m].

    Examples
    --------
    >>> axes = {"time": [np.datetime64("2021-01-01", "ns")], "lat": [50.0, 45.0, 40.0]}
    >>> axes |= {"lon": [0.0, 5.0, 10.0]}
    >>> zwd = xr.DataArray(np.full((1, 3, 3), 0.1, np.float32), axes)
    >>> coarse = xr.Dataset({"zwd": zwd, "orography": 0.0 * zwd[0]})
    >>> fine = xr.Dataset(coords={"lat": [46.0, 45.5], "lon": [3.0]})
    >>> rows = RowRefiner.of(GridPair.from_datasets(coarse, fine), ("zwd",), "default", "cpu")
    >>> fields, guess = rows.prepare(coarse, 0), {"zwd": np.full((1, 1, 1), 0.1, np.float32)}
    >>> sorted(rows.refine(fields, 1, np.zeros((1, 1)), guess))
    ['zwd']
    """

    refiner: NodalRefiner
    card: dict[str, Any]
    heights: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls,
        grids: GridPair,
        names: tuple[str, ...],
        model: Any,
        device: str = "auto",
        *,
        precision: str = "float32",
        batch_size: int | None = None,
        sigma: bool = False,
        heights: NDArray[np.float64] | None = None,
    ) -> RowRefiner:
        """Find a network on this machine.

        Parameters
        ----------
        grids : GridPair
            Axes of both grids.
        names : tuple of str
            Which of zhd and zwd there are.
        model, device, precision, batch_size, sigma
            See :func:`tropdsx.predict.grid.predict_grid`.
        heights
            As above.

        Returns
        -------
        RowRefiner
        """
        card, handle = find_network(model, device, precision, batch_size)
        return cls(NodalRefiner(handle, grids, names, sigma), card, heights)

    @property
    def handle(self) -> Handle:
        """The network."""
        return self.refiner.handle

    @staticmethod
    def rows_at_once(columns: int) -> int:
        """Fine rows that a processor works on at once.

        Parameters
        ----------
        columns : int
            Of the fine grid.

        Returns
        -------
        int
            Rows that begin and end at a multiple of it are those of the whole, bit for bit.
        """
        return max(1, BAND // max(columns, 1))

    def prepare(self, grid: xr.Dataset, row: int) -> RowFields:
        """Run the network on one epoch.

        Parameters
        ----------
        grid : Dataset
            Standard coarse grid in memory, with the neighbours of the epoch.
        row : int
            Place of the epoch in it.

        Returns
        -------
        RowFields
            For :meth:`refine`.
        """
        nodes = coarse_series(grid, self.refiner.names, np.array([row]))
        height = node_heights(grid, "none").to_numpy()
        with hold_settings(self.handle.precision):
            given = [field.to_numpy() for field in nodes]
            return self.refiner.prepare(height, given, self._sample)

    @property
    def _sample(self) -> HeightSample | None:
        if self.heights is None:
            return None
        return HeightSample(*sample_places(self.refiner.grids), self.heights)

    def refine(
        self,
        fields: RowFields,
        start: int,
        fine_height: NDArray[np.float64],
        guess: dict[str, NDArray[np.float32]],
    ) -> dict[str, NDArray[np.float32]]:
        """Refine some rows of one epoch.

        Parameters
        ----------
        fields : RowFields
            From :meth:`prepare`.
        start : int
            First row of the fine grid.
        fine_height : ndarray, shape (rows, lon)
            Ellipsoidal heights of these rows [m].
        guess : dict of ndarray of float32, shape (1, rows, lon)
            First guess of each delay [m].

        Returns
        -------
        dict of ndarray of float32, shape (1, rows, lon)
            Delays and, if asked for, their standard deviations [m].
        """
        given = self.refiner.names
        names = [*given, *(f"{name}_sigma" for name in given if self.refiner.sigma)]
        out = {name: np.empty((1, *fine_height.shape), np.float32) for name in names}
        with hold_settings(self.handle.precision):
            self.refiner.refine_rows(
                fields,
                start,
                start + len(fine_height),
                fine_height,
                [guess[name] for name in given],
                list(out.values()),
            )
        return out

    def count_limits(
        self,
        fields: RowFields | None,
        guess: dict[str, NDArray[np.float32]],
        found: dict[str, NDArray[np.float32]],
    ) -> dict[str, NDArray[Any]]:
        """Count what limits held in some rows, and give the errors that are expected.

        Parameters
        ----------
        fields : RowFields or None
            From :meth:`prepare`, whose nodes are counted, and which knows the errors; None where
            this has been done already.
        guess, found : dict of ndarray of float32, shape (1, rows, lon)
            First guess and what :meth:`refine` made of it, of each delay [m].

        Returns
        -------
        dict of ndarray of int32 or float32, shape (1,)
            By name, see :mod:`tropdsx.cf.attributes.limits` and
            :mod:`tropdsx.cf.attributes.expected`; zero where it has been done already.
        """
        names = self.refiner.names
        counts: dict[str, NDArray[Any]] = {}
        counts |= {name: np.zeros(1, np.int32) for name in count_names(names)}
        counts |= {name: np.zeros(1, np.float32) for name in expected_names(names)}
        if fields is not None:
            for name in names:
                bounded = fields.bounded[:, DELAYS.index(name)]
                counts[f"{name}_bounded"] += bounded.astype(np.int32)
                counts[f"{name}_expected_error"] += fields.expected[:, DELAYS.index(name)]
        if "zwd" in names:
            counts["zwd_floored"] += count_floored(guess["zwd"], found["zwd"]).astype(np.int32)
        return counts

    def rmse_maps(self, start: int, stop: int) -> dict[str, NDArray[np.float32]]:
        """Put the RMSE maps of the checkpoint at some rows; see `add_rmse_maps`.

        Parameters
        ----------
        start, stop : int
            First row of the fine grid, and the one after the last.

        Returns
        -------
        dict of ndarray of float32, shape (stop - start, lon)
            ``zhd_rmse`` and ``zwd_rmse`` [m], where there are such.
        """
        grids = self.refiner.grids
        coarse = xr.Dataset(coords={"lat": grids.lat, "lon": grids.lon})
        rows = xr.Dataset(coords={"lat": grids.fine_lat[start:stop], "lon": grids.fine_lon})
        nothing = xr.Variable((), np.float32(0.0))
        rows = rows.assign(dict.fromkeys(self.refiner.names, nothing))
        add_rmse_maps(rows, self.handle, self.card, spacing_of(coarse))
        names = [f"{name}_rmse" for name in DELAYS]
        return {name: rows[name].to_numpy() for name in names if name in rows}
