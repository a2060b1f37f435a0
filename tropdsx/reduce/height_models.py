"""Height models: how much a node's delays change on the way to another height.

A height model turns the state of the coarse nodes (where, when, how much delay) into factors for
every pair of node and target point. The formulas are in :mod:`tropdsx.atmos.height` and
:mod:`tropdsx.atmos.mean_atmospheres`; here they meet the tables that feed them. A model is small
and can be sent to a worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr

from tropdsx.assets.registry import asset_path
from tropdsx.atmos.mean_atmospheres import lift_zhd_kouba, lift_zwd_kouba
from tropdsx.errors import GridError, did_you_mean
from tropdsx.reduce.hypsometric import Climatology, Gpt3
from tropdsx.reduce.lapse_table import read_lapse_table
from tropdsx.reduce.pairs import Factors, NodeState, Pairs, State

__all__ = ["HEIGHT_MODELS", "HeightModel", "Kouba", "Unlifted", "find_height_model"]

HEIGHT_MODELS = ("climatology", "kouba", "gpt3", "none")


class HeightModel(Protocol):
    """What :func:`tropdsx.reduce.reduce_to_orography` asks of a height model.

    Any object with these three will do, so that users can bring their own.

    Examples
    --------
    >>> class Halved:
    ...     name = "halved"
    ...     def state(self, nodes):
    ...         return ()
    ...     def factors(self, state, pairs):
    ...         half = np.full(pairs.rise.shape, 0.5, np.float32)
    ...         return half, half
    >>> model: HeightModel = Halved()
    """

    @property
    def name(self) -> str:
        """Name for the provenance."""

    def state(self, nodes: NodeState) -> State:
        """Find the fields that the factors depend on.

        Parameters
        ----------
        nodes : NodeState
            N epochs of a coarse grid of (J, I) nodes.

        Returns
        -------
        tuple of ndarray of float32, shape (N, J, I)
            In units of the model's own; empty where the factors are the same at all times.
        """

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Find how much a delay at the target is of the delay at the node.

        Parameters
        ----------
        state : tuple of ndarray of float32 or float64
            One epoch of the state at the node of each pair, in the shape of ``pairs.index``.
        pairs : Pairs
            Nodes beside targets.

        Returns
        -------
        zhd, zwd : ndarray of float32 or float64
            Factors in the shape of ``pairs.index``; exactly 1 where the heights agree [1].
        """


@dataclass(frozen=True)
class Kouba:
    """Height model "kouba": standard atmosphere, and ZWD by a scale height of 2 km.

    Attributes
    ----------
    name : str
        "kouba", for the provenance.

    Notes
    -----
    Kouba (2008), doi:10.1007/s00190-007-0170-0, in the variant that TU Wien codes.

    Examples
    --------
    >>> from tropdsx.reduce.pairs import pairs_of
    >>> pairs = pairs_of(np.array([0]), np.array([45.0]), np.array([[0.0]]), np.array([1000.0]))
    >>> [round(float(factor[0]), 4) for factor in Kouba().factors((), pairs)]
    [0.8877, 0.6065]
    """

    name: str = "kouba"

    def state(self, nodes: NodeState) -> State:
        """Return nothing: the factors are the same at all times."""
        return ()

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Find the factors of one epoch; see :class:`HeightModel`."""
        one = pairs.rise.dtype.type(1.0)
        return (
            lift_zhd_kouba(one, pairs.lat, pairs.height_from, pairs.height_to),
            lift_zwd_kouba(one, pairs.height_from, pairs.height_to),
        )


@dataclass(frozen=True)
class Unlifted:
    """Height model "none": plain interpolation, for grids whose orography is not known.

    Attributes
    ----------
    name : str
        "none", for the provenance.

    Examples
    --------
    >>> find_height_model("none")
    Unlifted(name='none')
    """

    name: str = "none"

    def state(self, nodes: NodeState) -> State:
        """Return nothing: the factors are 1."""
        return ()

    def factors(self, state: State, pairs: Pairs) -> Factors:
        """Find the factors of one epoch; see :class:`HeightModel`."""
        one = np.ones_like(pairs.rise)
        return one, one


def find_height_model(choice: str | Path | xr.Dataset | HeightModel = "climatology") -> HeightModel:
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
    AssetError
        If the coefficients of GPT3 are not on this machine.

    Examples
    --------
    >>> find_height_model("kouba").name
    'kouba'
    """
    if isinstance(choice, xr.Dataset):
        return read_lapse_table(choice)
    if not isinstance(choice, (str, Path)):
        return choice
    simple: dict[str, type[Climatology | Kouba | Unlifted]] = {
        "climatology": Climatology,
        "kouba": Kouba,
        "none": Unlifted,
    }
    if str(choice) in simple:
        return simple[str(choice)]()
    if str(choice) == "gpt3":
        return Gpt3(str(asset_path("gpt3_5")))
    if Path(choice).is_file():
        return read_lapse_table(choice)
    msg = (
        f"height model {str(choice)!r} is unknown; choose one of {HEIGHT_MODELS}, or give a NetCDF "
        f"file with tau and gama coefficients{did_you_mean(str(choice), HEIGHT_MODELS)}"
    )
    raise GridError(msg)
