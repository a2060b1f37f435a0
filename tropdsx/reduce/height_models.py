"""Height models: how much a node's delays change on the way to another height.

A height model turns the state of the coarse nodes (where, when, how much delay) into factors for
every pair of node and target point. The formulas are in :mod:`tropdsx.atmos.height`; here they
meet the tables that feed them. A model is small and can be sent to a worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx import assets
from tropdsx.atmos.constants import DRY_GAS_CONSTANT
from tropdsx.atmos.epoch import doy
from tropdsx.atmos.mean_atmospheres import (
    lift_tau_gama,
    lift_zhd_kouba,
    lift_zwd_kouba,
    seasonal_lapse,
)
from tropdsx.errors import GridError
from tropdsx.grid.stencil import stencil
from tropdsx.reduce.climatology import at_epochs, tables_at
from tropdsx.reduce.pairs import Nodes, Pairs
from tropdsx.system.hdf5 import load_netcdf

__all__ = ["HEIGHT_MODELS", "HeightModel", "height_model"]

HEIGHT_MODELS = ("climatology", "kouba", "gpt3", "none")

LAPSE_RATE = 6.5e-3  # K m-1, standard atmosphere: the air between two heights
INVERSION_TEMPERATURE, INVERSION_SHARE = 268.0, 0.5  # as in tables/build.py
WET_REFRACTIVITY = 3.82e-1  # K2 hPa-1: 1e-6 k3' = 0.382, the wet term of the refractivity
VAPOUR_DEPTH = 2000.0  # m: surface vapour pressure from a wet delay, good to 20 %, which is enough
HYDROSTATIC = 0.0022768  # m hPa-1, Saastamoinen


State = tuple[NDArray[np.float32], ...]
Factors = tuple[NDArray[np.float32], NDArray[np.float32]]


class HeightModel(Protocol):
    """What :func:`tropdsx.reduce.reduce_to_orography` asks of a height model."""

    @property
    def name(self) -> str:
        """Name for the provenance."""

    def state(self, nodes: Nodes) -> State:
        """Fields of shape (N, J, I) that the factors depend on."""

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """ZHD and ZWD factors of the pairs, for one epoch's state at the node of each pair."""


@dataclass(frozen=True)
class Climatology:
    """Pressure by the hypsometric equation with the local temperature; ZWD by a scale height.

    The temperature is the input's own where it has one, else the shipped monthly climatology; its
    virtual part comes from the wet delay. ZWD falls with a power of the pressure that equals the
    local scale height at the node, so that long ways down from a plateau stay bounded.
    """

    name: str = "climatology"

    def state(self, nodes: Nodes) -> State:
        """Virtual temperature [K] and scale height [m] at the nodes."""
        monthly, scale_height = tables_at(tuple(nodes.lat), tuple(nodes.lon))
        if nodes.temperature is None:
            temperature = at_epochs(monthly, nodes.time) - LAPSE_RATE * nodes.height
        else:
            sea_level = nodes.temperature + LAPSE_RATE * nodes.height
            lack = np.maximum(0.0, INVERSION_TEMPERATURE - sea_level)
            temperature = nodes.temperature + INVERSION_SHARE * lack
            temperature = np.where(
                np.isfinite(temperature),
                temperature,
                at_epochs(monthly, nodes.time) - LAPSE_RATE * nodes.height,
            )
        virtual = temperature * _virtual_increment(temperature, nodes.zhd, nodes.zwd, nodes.height)
        return (
            virtual.astype(np.float32),
            np.broadcast_to(scale_height.astype(np.float32), virtual.shape),
        )

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Factors of one epoch; see :meth:`HeightModel.factors`."""
        virtual, scale_height = state
        # lift_pressure for both delays at once: they share the logarithm, which is most of the
        # work of the whole reduction. The wet exponent makes the scale height hold at the node.
        work = np.divide(pairs.rise, virtual)
        work *= np.float32(-LAPSE_RATE)
        work += np.float32(1.0)
        log_temperature = np.log(work, out=work)
        wet = np.divide(virtual, scale_height)
        wet *= np.float32(1.0 / LAPSE_RATE)
        wet *= log_temperature
        log_temperature *= pairs.gravity
        log_temperature *= np.float32(1.0 / (DRY_GAS_CONSTANT * LAPSE_RATE))
        hydrostatic = np.exp(log_temperature, out=log_temperature)
        hydrostatic *= pairs.davis_ratio
        return hydrostatic, np.exp(wet, out=wet)


@dataclass(frozen=True)
class Kouba:
    """Standard atmosphere and a scale height of 2 km, as TU Wien codes Kouba (2008)."""

    name: str = "kouba"

    def state(self, nodes: Nodes) -> State:
        """No state: the same factors at all times."""
        return ()

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Factors of one epoch; see :meth:`HeightModel.factors`."""
        one = np.float32(1.0)
        return (
            lift_zhd_kouba(one, pairs.lat, pairs.height_from, pairs.height_to),
            lift_zwd_kouba(one, pairs.height_from, pairs.height_to),
        )


@dataclass(frozen=True)
class Unlifted:
    """No change with height: plain interpolation, for grids whose orography is not known."""

    name: str = "none"

    def state(self, nodes: Nodes) -> State:
        """No state."""
        return ()

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Ones."""
        one = np.ones(pairs.rise.shape, np.float32)
        return one, one


@dataclass(frozen=True)
class TauGama:
    """A user's own seasonal lapse coefficients tau and gama on a grid (Sun et al.)."""

    lat: NDArray[np.float64] = field(repr=False)
    lon: NDArray[np.float64] = field(repr=False)
    tau: NDArray[np.float64] = field(repr=False)
    gama: NDArray[np.float64] = field(repr=False)
    name: str = "tau_gama"

    def state(self, nodes: Nodes) -> State:
        """Tau [km-1] and gama [1] at the nodes, for each epoch."""
        lat = np.clip(nodes.lat, self.lat.min(), self.lat.max())
        place = stencil(
            self.lat, self.lon, lat[:, None], nodes.lon[None, :], interpolation="bilinear"
        )
        day = np.where(np.isnat(nodes.time), 91.3, doy(nodes.time))
        fields = []
        for table in (self.tau, self.gama):
            seasonal = seasonal_lapse(table[:, None], day[:, None, None])
            flat = seasonal.reshape(day.size, -1)[:, place.index]
            fields.append((flat * place.weight).sum(-1).astype(np.float32))
        return tuple(fields)

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Factors of one epoch; see :meth:`HeightModel.factors`."""
        tau, gama = state
        one = np.float32(1.0)
        lifted = lift_tau_gama(one, one, pairs.height_from, pairs.height_to, tau, gama)
        return lifted.zhd, lifted.zwd


@dataclass(frozen=True)
class Gpt3:
    """Virtual temperature and vapour decrease from the empirical model GPT3."""

    path: str
    name: str = "gpt3"

    def state(self, nodes: Nodes) -> State:
        """Virtual temperature [K] and wet scale height [m]."""
        from tropdsx.atmos.gpt.gridded import gpt3

        when = np.where(np.isnat(nodes.time), np.datetime64("2000-04-01"), nodes.time)
        g = gpt3(
            when[:, None, None],
            nodes.lat[:, None],
            nodes.lon[None, :],
            nodes.height,
            grid=_gpt_grid(self.path),
        )
        virtual = g.temperature * (1 + 0.378 * g.water_vapour_pressure / g.pressure)
        # e falls as p^(decrease factor + 1); the delay, its integral over height, as fast.
        scale = DRY_GAS_CONSTANT * virtual / (9.80665 * (g.water_vapour_decrease_factor + 1.0))
        return virtual.astype(np.float32), np.clip(scale, 1500.0, 4000.0).astype(np.float32)

    factors = Climatology.factors


def height_model(choice: str | Path | xr.Dataset | HeightModel = "climatology") -> HeightModel:
    """Find a height model by name, coefficient table or instance.

    Parameters
    ----------
    choice : str, Path, Dataset or HeightModel
        "climatology" (default), "kouba", "gpt3" (needs the asset gpt3_5), "none", or a Dataset or
        NetCDF file with ``tau`` and ``gama`` on (lat, lon, coef) with 5 coefficients.

    Returns
    -------
    HeightModel

    Raises
    ------
    GridError
        If the name is unknown or the table lacks tau, gama or its five coefficients.

    Examples
    --------
    >>> height_model("kouba").name
    'kouba'
    """
    simple = {"climatology": Climatology, "kouba": Kouba, "none": Unlifted}
    if isinstance(choice, xr.Dataset):
        return _tau_gama(choice)
    if not isinstance(choice, (str, Path)):
        return choice
    if str(choice) in simple:
        model: HeightModel = simple[str(choice)]()
        return model
    if str(choice) == "gpt3":
        return Gpt3(str(assets.asset_path("gpt3_5")))
    if Path(choice).is_file():
        return _tau_gama(load_netcdf(choice))
    msg = (
        f"height model {str(choice)!r} is unknown; choose one of {HEIGHT_MODELS}, or give a NetCDF "
        "file with tau and gama coefficients"
    )
    raise GridError(msg)


def _tau_gama(table: xr.Dataset) -> TauGama:
    """Take tau and gama out of a table whose names may carry a grid suffix, as in tau_5x5."""
    names = [str(name) for name in table if str(name).split("_")[0] == "tau"]
    if not names:
        msg = f"the lapse table holds {sorted(map(str, table))}; accepted are tau and gama"
        raise GridError(msg)
    # Where a file holds several grids, the finest serves all nodes.
    name = max(names, key=lambda each: table[each].size)
    pair = [table[each].transpose("coef", ...) for each in (name, "gama" + name[3:])]
    lat, lon = (np.asarray(table[dim], float) for dim in pair[0].dims[1:])
    tau, gama = (np.asarray(each, float) for each in pair)
    if tau.shape[0] != 5:
        msg = f"tau has {tau.shape[0]} coefficients along 'coef'; accepted are 5"
        raise GridError(msg)
    if lat[0] < lat[-1]:
        lat, tau, gama = lat[::-1], tau[:, ::-1], gama[:, ::-1]
    return TauGama(lat, lon, tau, gama)


@cache
def _gpt_grid(path: str) -> object:
    from tropdsx.atmos.gpt.coefficients import read_gpt_grid

    return read_gpt_grid(path)


def _virtual_increment(
    temperature: NDArray, zhd: NDArray | None, zwd: NDArray | None, height: NDArray
) -> NDArray[np.float64]:
    """Tv / T = 1 + 0.378 e / p with e from the wet delay over an average vapour column."""
    if zwd is None:
        return np.ones(temperature.shape)
    standard = 1013.25 * np.exp(-height / 8000.0)
    # A missing ZHD must not take the ZWD of its node along.
    pressure = standard if zhd is None else np.where(np.isnan(zhd), standard, zhd / HYDROSTATIC)
    vapour = np.nan_to_num(zwd) * temperature**2 / (WET_REFRACTIVITY * VAPOUR_DEPTH)
    return 1.0 + 0.378 * vapour / pressure
