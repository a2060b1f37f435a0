"""Height model of a user's own lapse coefficients tau and gama, from a table in NetCDF."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.epoch import doy
from tropdsx.atmos.mean_atmospheres import lift_tau_gama, seasonal_lapse
from tropdsx.errors import GridError, InputError
from tropdsx.grid.stencil import make_stencil
from tropdsx.reduce.pairs import Factors, NodeState, Pairs, State
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["TauGama", "read_lapse_table"]

COEFFICIENTS = 5  # mean, annual and semi-annual amplitude and phase
UNDATED = 91.3  # day of the year that stands for an epoch without a date


@dataclass(frozen=True)
class TauGama:
    """Height model of seasonal lapse coefficients tau and gama on a grid.

    Attributes
    ----------
    lat, lon : ndarray, shape (A,) and (B,)
        Axes of the table, descending and ascending [deg].
    tau, gama : ndarray, shape (5, A, B)
        Coefficients of :func:`tropdsx.atmos.seasonal_lapse` for the relative temperature lapse
        [km-1] and the decrease factor of the wet delay [1].
    name : str
        Name for the provenance.

    Notes
    -----
    Lapse models of P. Sun (VMF_ZTDLpsR).

    Examples
    --------
    >>> axes = {"lat": [10.0, 5.0], "lon": [0.0, 5.0]}
    >>> table = xr.Dataset({
    ...     name: (("coef", "lat", "lon"), np.full((5, 2, 2), value))
    ...     for name, value in (("tau", 0.02), ("gama", 2.5))
    ... }, axes)
    >>> read_lapse_table(table).tau.shape
    (5, 2, 2)
    """

    lat: NDArray[np.float64] = field(repr=False)
    lon: NDArray[np.float64] = field(repr=False)
    tau: NDArray[np.float64] = field(repr=False)
    gama: NDArray[np.float64] = field(repr=False)
    name: str = "tau_gama"

    def state(self, nodes: NodeState) -> State:
        """Find tau [km-1] and gama [1] on the day of each epoch; see `HeightModel`."""
        lat = np.clip(nodes.lat, self.lat.min(), self.lat.max())
        place = make_stencil(
            self.lat, self.lon, lat[:, None], nodes.lon[None, :], interpolation="bilinear"
        )
        day = np.where(np.isnat(nodes.time), UNDATED, doy(nodes.time))
        fields = []
        for table in (self.tau, self.gama):
            seasonal = seasonal_lapse(table[:, None], day[:, None, None])
            fields.append(place.apply(seasonal).astype(np.float32))
        return tuple(fields)

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Find the factors of one epoch; see `HeightModel`."""
        tau, gama = state
        one = pairs.rise.dtype.type(1.0)
        lifted = lift_tau_gama(one, one, pairs.height_from, pairs.height_to, tau, gama)
        return lifted.zhd, lifted.zwd


def read_lapse_table(table: xr.Dataset | str | Path) -> TauGama:
    """Take tau and gama out of a table whose names may carry a grid suffix, as in tau_5x5.

    Parameters
    ----------
    table : Dataset, str or Path
        ``tau`` [km-1] and ``gama`` [1] on (lat, lon, coef) with 5 coefficients, or a NetCDF file
        of them. Where it holds several grids, the finest serves all nodes.

    Returns
    -------
    TauGama

    Raises
    ------
    InputError
        If the file cannot be read.
    GridError
        If the table lacks tau, gama or the five coefficients.

    Examples
    --------
    >>> read_lapse_table(xr.Dataset({"beta": 0.02}))
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: the lapse table holds ['beta']; accepted are tau and gama
    """
    if not isinstance(table, xr.Dataset):
        table = _open(table)
    names = [str(name) for name in table if str(name).split("_")[0] == "tau"]
    if not names:
        msg = f"the lapse table holds {sorted(map(str, table))}; accepted are tau and gama"
        raise GridError(msg)
    name = max(names, key=lambda each: table[each].size)
    pair = [table[each].transpose("coef", ...) for each in (name, "gama" + name[3:])]
    lat, lon = (np.asarray(table[dim], float) for dim in pair[0].dims[1:])
    tau, gama = (np.asarray(each, float) for each in pair)
    if tau.shape[0] != COEFFICIENTS:
        msg = f"tau has {tau.shape[0]} coefficients along 'coef'; accepted are {COEFFICIENTS}"
        raise GridError(msg)
    if lat[0] < lat[-1]:
        lat, tau, gama = lat[::-1], tau[:, ::-1], gama[:, ::-1]
    return TauGama(lat, lon, tau, gama)


def _open(path: str | Path) -> xr.Dataset:
    try:
        return load_netcdf(path)
    except (OSError, ValueError) as error:
        msg = (
            f"{path}: no lapse table can be read from it ({' '.join(str(error).split())[:200]}); "
            "accepted is NetCDF with tau and gama"
        )
        raise InputError(msg) from error
