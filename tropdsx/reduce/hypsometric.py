"""Height models of the hypsometric equation: virtual temperature for ZHD, scale height for ZWD.

Temperature and scale height come from the input and the shipped climatology, or from GPT3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.atmos.constants import (
    DRY_GAS_CONSTANT,
    PRESSURE_SCALE_HEIGHT,
    SAASTAMOINEN,
    STANDARD_GRAVITY,
    STANDARD_LAPSE_RATE,
    STANDARD_PRESSURE,
    WET_REFRACTIVITY,
    WET_SCALE_HEIGHT,
)
from tropdsx.atmos.gpt.coefficients import GptGrid, read_gpt_grid
from tropdsx.atmos.gpt.gridded import gpt3
from tropdsx.atmos.water_vapour import virtual_factor
from tropdsx.errors import AssetError
from tropdsx.reduce.climatology import at_epochs, tables_at
from tropdsx.reduce.pairs import Factors, NodeState, Pairs, State

__all__ = ["Climatology", "Gpt3"]

#: Over cold ground the air above the surface inversion carries the pressure: of what the
#: temperature at h = 0 lacks to 268 K half is given back, as in the shipped climatology.
INVERSION_TEMPERATURE, INVERSION_SHARE = 268.0, 0.5

#: What the scale height of ZWD out of GPT3 is held to [m].
LEAST_SCALE, LARGEST_SCALE = 1500.0, 4000.0


@dataclass(frozen=True)
class Climatology:
    """Height model "climatology": temperature of the input or of a climatology, local scale height.

    The temperature is the input's own where it has one, else the shipped monthly climatology; its
    virtual part comes from the wet delay. ZWD falls with a power of the pressure that equals the
    local scale height at the node, so that long ways down from a plateau stay bounded.

    Attributes
    ----------
    name : str
        "climatology", for the provenance.

    Notes
    -----
    Hypsometric equation, e.g. Wallace and Hobbs (2006), eq. 3.29 with a constant lapse rate.
    Tables: see :mod:`tropdsx.reduce.climatology`.

    Examples
    --------
    >>> lat, lon, height = np.array([10.0]), np.array([0.0]), np.zeros((1, 1))
    >>> nodes = NodeState(lat, lon, height, np.array(["2021-01-01"], "datetime64[ns]"))
    >>> virtual, scale_height = Climatology().state(nodes)
    >>> virtual.shape, scale_height.dtype
    ((1, 1, 1), dtype('float32'))
    """

    name: str = "climatology"

    def state(self, nodes: NodeState) -> State:
        """Find virtual temperature [K] and scale height of ZWD [m]; see `HeightModel`.

        The steps have the precision of the heights of the nodes.
        """
        places = (tuple(nodes.lat), tuple(nodes.lon))
        precision = np.result_type(nodes.height, np.float32)
        monthly, scale_height = tables_at(*places, str(precision))
        temperature = at_epochs(monthly, nodes.time)
        temperature -= STANDARD_LAPSE_RATE * nodes.height
        if nodes.temperature is not None:
            above = _above_inversion(nodes.temperature, nodes.height)
            temperature = np.where(np.isfinite(above), above, temperature)
        virtual = temperature * _moisture(temperature, nodes)
        return (
            virtual.astype(np.float32, copy=False),
            np.broadcast_to(scale_height.astype(np.float32), virtual.shape),
        )

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Find the factors of one epoch; see `HeightModel`."""
        return _factors(state, pairs)


@dataclass(frozen=True)
class Gpt3:
    """Height model "gpt3": virtual temperature and vapour decrease from the empirical model GPT3.

    Attributes
    ----------
    path : str
        Coefficient grid, such as ``gpt3_5.grd``.
    name : str
        Name for the provenance.

    Notes
    -----
    Landskron and Boehm (2018), doi:10.1007/s00190-017-1066-2.

    Examples
    --------
    >>> Gpt3("gpt3_5.grd").name
    'gpt3'
    """

    path: str
    name: str = "gpt3"

    def state(self, nodes: NodeState) -> State:
        """Find virtual temperature [K] and scale height of ZWD [m]; see `HeightModel`."""
        when = np.where(np.isnat(nodes.time), np.datetime64("2000-04-01"), nodes.time)
        place = (nodes.lat[:, None], nodes.lon[None, :], nodes.height)
        air = gpt3(when[:, None, None], *place, grid=_gpt_grid(self.path))
        vapour, decrease = air.water_vapour_pressure, air.water_vapour_decrease_factor
        if vapour is None or decrease is None:
            msg = f"{self.path} says nothing of water vapour; give a grid of GPT3"
            raise AssetError(msg)
        virtual = air.temperature * virtual_factor(vapour, air.pressure)
        # e falls as p^(decrease factor + 1); the delay, its integral over height, as fast.
        scale = DRY_GAS_CONSTANT * virtual / (STANDARD_GRAVITY * (decrease + 1.0))
        scale = np.clip(scale, LEAST_SCALE, LARGEST_SCALE)
        return virtual.astype(np.float32), scale.astype(np.float32)

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Find the factors of one epoch; see `HeightModel`."""
        return _factors(state, pairs)


@cache
def _gpt_grid(path: str) -> GptGrid:
    return read_gpt_grid(path)


def _above_inversion(
    temperature: NDArray[np.float32], height: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Temperature [K] that carries the pressure, from that near the ground at some height [m]."""
    sea_level = temperature + STANDARD_LAPSE_RATE * height
    lack = np.maximum(0.0, INVERSION_TEMPERATURE - sea_level)
    return np.asarray(temperature + INVERSION_SHARE * lack)


def _moisture(temperature: NDArray[np.floating], nodes: NodeState) -> NDArray[Any]:
    """Virtual temperature over temperature [1]: the vapour pressure comes from the wet delay.

    An average depth of the vapour gives the pressure at the ground to 20 %, which is enough.
    """
    if nodes.zwd is None:
        return np.ones_like(temperature)
    pressure: NDArray[Any] = STANDARD_PRESSURE * np.exp(-nodes.height / PRESSURE_SCALE_HEIGHT)
    if nodes.zhd is not None:
        # A missing ZHD must not take the ZWD of its node along.
        missing = np.isnan(nodes.zhd)
        given = nodes.zhd / SAASTAMOINEN
        pressure = np.where(missing, pressure, given) if missing.any() else given
    vapour = temperature**2
    missing = np.isnan(nodes.zwd)
    vapour *= np.where(missing, np.float32(0.0), nodes.zwd) if missing.any() else nodes.zwd
    vapour /= WET_REFRACTIVITY * WET_SCALE_HEIGHT
    return virtual_factor(vapour, pressure)


def _factors(state: State, pairs: Pairs) -> Factors:
    """Factors of one epoch from virtual temperature [K] and scale height [m] at the nodes.

    The formula of :func:`tropdsx.atmos.height.lift_pressure` for both delays at once: they share
    the logarithm, which is most of the work of the whole reduction. The wet exponent makes the
    scale height hold at the node.
    """
    virtual, scale_height = state
    work = np.divide(pairs.rise, virtual)
    number = work.dtype.type  # constants keep the precision of the pairs
    work *= number(-STANDARD_LAPSE_RATE)
    work += number(1.0)
    log_temperature = np.log(work, out=work)
    wet = np.divide(virtual, scale_height)
    wet *= number(1.0 / STANDARD_LAPSE_RATE)
    wet *= log_temperature
    log_temperature *= pairs.gravity
    log_temperature *= number(1.0 / (DRY_GAS_CONSTANT * STANDARD_LAPSE_RATE))
    hydrostatic = np.exp(log_temperature, out=log_temperature)
    hydrostatic *= pairs.davis_ratio
    return hydrostatic, np.exp(wet, out=wet)
