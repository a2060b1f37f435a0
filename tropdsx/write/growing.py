"""Outputs that grow block by block: what a file and a store share, and what workers make."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.system.partial import Partial
from tropdsx.write.compression import Filters, apply_filters
from tropdsx.write.encoding import empty_like, encode, encode_values
from tropdsx.write.tiles import Bands, counts_of, cut_tiles, find_banded

__all__ = ["Chunks", "Encoded", "Encoder", "GrowingOutput"]


@dataclass(frozen=True)
class Chunks:
    """A variable of one block as the file stores it.

    Attributes
    ----------
    name : str
        Name of the variable.
    rows : ndarray of int or None
        Places of its epochs in the file; None for a variable without time.
    chunks : list of list of bytes
        The chunks of each epoch in the order of :func:`tropdsx.write.tiles.tile_starts`, with all
        filters applied.
    shape : tuple of int
        Of an epoch of the block.
    offset : int
        First row of the block in the file.

    Examples
    --------
    >>> Chunks("zhd", np.array([4]), [[b"compressed"]], (36, 72)).rows
    array([4])
    """

    name: str
    rows: NDArray[np.intp] | None
    chunks: list[list[bytes]]
    shape: tuple[int, ...]
    offset: int = 0

    @property
    def places(self) -> list[tuple[int, ...]]:
        """Where each of the epochs begins, along time if it has one."""
        return [()] if self.rows is None else [(int(row),) for row in self.rows]


class Encoded(NamedTuple):
    """A block as the file stores it.

    Attributes
    ----------
    rows : ndarray of int
        Places of its epochs in the file.
    counts : dict of ndarray
        What is one number for each epoch; those of the bands of an epoch are added up.
    chunks : list of Chunks
        Of the fields.

    Examples
    --------
    >>> Encoded(np.array([3]), {}, []).rows
    array([3])
    """

    rows: NDArray[np.intp]
    counts: dict[str, NDArray[Any]]
    chunks: list[Chunks]


@dataclass(frozen=True)
class Encoder:
    """Turn blocks into chunks: a function that can travel to a worker.

    Attributes
    ----------
    like : dict of Variable
        Attributes and encoding of each variable along time, without values.
    filters : dict of list
        For each variable the HDF5 filters of the file: pairs of number and options.
    stored : dict of dtype
        For each variable its type in the file.
    tiles : dict of tuple
        For each variable the shape of its chunks, without time.
    time_dim : Hashable
        Time, which some of the variables do without.

    Examples
    --------
    >>> like = xr.Variable(("time", "lat"), np.empty((0, 0), "f4"), {"units": "m"})
    >>> stored, tiles = {"zhd": np.dtype("<f4")}, {"zhd": (2,)}
    >>> encode_block = Encoder({"zhd": like}, {"zhd": []}, stored, tiles, "time")
    >>> [zhd] = encode_block({"zhd": np.zeros((1, 4), "f4")}, np.array([7])).chunks
    >>> zhd.rows, zhd.chunks == [[bytes(8), bytes(8)]]
    (array([7]), True)
    """

    like: dict[str, xr.Variable]
    filters: dict[str, Filters]
    stored: dict[str, np.dtype[Any]]
    tiles: dict[str, tuple[int, ...]]
    time_dim: Hashable

    def __call__(
        self, block: dict[str, NDArray[Any]], rows: NDArray[np.intp], offset: int = 0
    ) -> Encoded:
        """Encode the values of a block.

        Parameters
        ----------
        block : dict of ndarray
            Values of each variable, time first; of those without time perhaps none.
        rows : ndarray of int
            Places of the epochs in the file.
        offset : int
            First row of the block in the file.

        Returns
        -------
        Encoded
            For :meth:`tropdsx.write.growing_netcdf.NetcdfFile.append`.
        """
        found = [
            self._encode(name, block[name], rows, offset) for name in self.like if name in block
        ]
        return Encoded(rows, counts_of(block), found)

    def _encode(
        self, name: str, values: NDArray[Any], rows: NDArray[np.intp], offset: int
    ) -> Chunks:
        stored = encode_values(name, values, self.like[name])
        moves = self.time_dim in self.like[name].dims
        filters, tile = self.filters[name], self.tiles[name]
        chunks = []
        for epoch in stored if moves else [stored]:
            whole = np.asarray(epoch, self.stored[name])
            chunks.append([apply_filters(part, filters) for part in cut_tiles(whole, tile)])
        return Chunks(name, rows if moves else None, chunks, stored.shape[moves:], offset)


class GrowingOutput:
    """An output in the making: a context, used from one thread at a time.

    Workers turn values into what the output stores with :meth:`encoder`, one thread puts that in
    its place with :meth:`append`, and what was complete at the last :meth:`commit` survives a kill.

    Parameters
    ----------
    ds : Dataset
        Described result, whose data variables along time are fields; lazy ones are not computed.
    partial : Partial
        Where it comes into being.
    time_dim : Hashable or None
        The dimension that grows; None for a single field that is written in bands.
    bands : tuple of (Hashable, int), optional
        Dimension that blocks are cut along as well, and rows in a band: fields of a size that a
        block should not have. What has that dimension and no time is lazy then, and is appended
        with the first epochs.
    **storage
        ``compression``, ``quantize``, ``pack``; see :func:`tropdsx.write.write_netcdf`.

    Attributes
    ----------
    partial : Partial
        As given.
    time_dim, bands : Hashable and tuple
        As given.
    """

    def __init__(
        self,
        ds: xr.Dataset,
        partial: Partial,
        time_dim: Hashable | None,
        *,
        bands: Bands | None = None,
        **storage: Any,
    ) -> None:
        self.partial = partial
        self.time_dim = time_dim
        self.bands = bands
        self._ds = encode(ds, time_dim, bands=bands, **storage)
        self._done = partial.parts_done
        #: Epochs of the last block, and their numbers from all its bands so far.
        self._counted: dict[str, Any] = partial.state.get("counted", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *problem: object) -> None:
        """Close; a subclass that holds something open does more."""

    def _series(self) -> dict[str, xr.Variable]:
        """Name the variables that grow; of each its type, attributes and encoding, no values."""
        steady = () if self.bands is None else find_banded(self._ds, *self.bands)
        return {
            str(name): empty_like(var)
            for name, var in self._ds.variables.items()
            if name in steady or (self.time_dim in var.dims and name in self._ds.data_vars)
        }

    def _count(
        self, rows: NDArray[np.intp], counts: dict[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """Add what is one number for each epoch to that of the bands before."""
        if self._counted.get("rows") != rows.tolist():
            self._counted = {"rows": rows.tolist()}
        for name, values in counts.items():
            before = np.asarray(self._counted.get(name, 0), values.dtype)
            self._counted[name] = (before + values).tolist()
        return {name: np.asarray(self._counted[name], counts[name].dtype) for name in counts}

    def _state(self, state: dict[str, Any]) -> dict[str, Any]:
        """Complete what a commit writes down: where epochs are cut, also what they count."""
        return state if self.bands is None else {**state, "counted": self._counted}
