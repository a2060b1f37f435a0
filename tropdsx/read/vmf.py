"""Open VMF1 and VMF3 text grids: one file by the xarray engine "vmf", or many along time."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import GridError
from tropdsx.read.vmf_text import FILE_NAME, VmfHeader, read_block, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["VmfBackendEntrypoint", "open_vmf_files"]

_ATTRS = {name: QUANTITIES[name].attributes for name in ("ah", "aw", "zhd", "zwd")}
"""Attributes of the variables, in the order of the columns of a file."""


@lru_cache(maxsize=4)
def _cached_block(path: Path, header: VmfHeader, modified: int) -> NDArray[np.float32]:
    del modified  # One file serves four variables; this makes a rewritten file a new entry.
    return read_block(path, header)


class _VmfArray(BackendArray):
    """One variable of one file, read when indexed."""

    def __init__(self, path: Path, header: VmfHeader, column: int) -> None:
        self.path, self.header, self.column = path, header, column
        self.shape = (1, *header.shape)
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> NDArray[np.float32]:
        block = _cached_block(self.path, self.header, self.path.stat().st_mtime_ns)
        return block[self.column][None][key]


class VmfBackendEntrypoint(BackendEntrypoint):
    r"""The xarray engine "vmf": ``xr.open_dataset("VMF3_20210101.H00", engine="vmf")``.

    Attributes
    ----------
    description, url : str
        How xarray lists the engine.
    open_dataset_parameters : tuple of str
        Arguments that :meth:`open_dataset` takes.

    Examples
    --------
    >>> import tempfile
    >>> rows = ["60 0 0.0012 0.0006 2.3 0.1", "60 5 0.0012 0.0006 2.2 0.2"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "VMF3_20210101.H06"
    ...     _ = path.write_text("\n".join(rows))
    ...     ds = xr.open_dataset(path, engine="vmf").load()
    >>> ds.zhd.values.round(1).tolist(), str(ds.time.values[0])[:13]
    ([[[2.299999952316284, 2.200000047683716]]], '2021-01-01T06')
    """

    description = "VMF1 and VMF3 gridded troposphere files (text, also .xz and .gz)"
    url = "https://vmf.geo.tuwien.ac.at"
    open_dataset_parameters: ClassVar[Any] = ("filename_or_obj", "drop_variables")

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
    ) -> xr.Dataset:
        """Open one VMF file lazily.

        Parameters
        ----------
        filename_or_obj : str or Path
            VMF1 or VMF3 text grid, plain, ``.xz`` or ``.gz``.
        drop_variables : str or iterable of str, optional
            Variables to leave out.

        Returns
        -------
        Dataset
            ``ah``, ``aw`` [1], ``zhd``, ``zwd`` [m] float32 on (time, lat, lon), one epoch.

        Raises
        ------
        InputError
            If the file is missing, damaged, or no VMF grid.
        """
        path = Path(filename_or_obj)
        header = read_header(path)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        variables = {
            name: xr.Variable(
                ("time", "lat", "lon"),
                indexing.LazilyIndexedArray(_VmfArray(path, header, column)),
                _ATTRS[name],
            )
            for column, name in enumerate(_ATTRS)
            if name not in dropped
        }
        return xr.Dataset(variables, _coordinates(header), header.attrs)

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Tell whether a name looks like ``VMF3_YYYYMMDD.Hhh``.

        Parameters
        ----------
        filename_or_obj : Any
            Path, or something else that xarray is to open.

        Returns
        -------
        bool
            False for all but paths.
        """
        if not isinstance(filename_or_obj, (str, Path)):
            return False
        return FILE_NAME.match(Path(filename_or_obj).name) is not None


def _coordinates(header: VmfHeader, epochs: list[np.datetime64] | None = None) -> dict[str, Any]:
    lat = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    lon = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    times = np.array([header.epoch] if epochs is None else epochs, dtype="datetime64[ns]")
    return {
        "time": ("time", times, {"standard_name": "time", "axis": "T"}),
        "lat": ("lat", header.lat, lat),
        "lon": ("lon", header.lon, lon),
    }


def open_vmf_files(paths: Sequence[str | Path], steps_per_chunk: int = 8) -> xr.Dataset:
    r"""Open many VMF files along time; their rows are parsed when they are needed.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of one grid, in any order.
    steps_per_chunk : int, optional
        Files in a dask chunk.

    Returns
    -------
    Dataset
        ``ah``, ``aw`` [1], ``zhd``, ``zwd`` [m] float32 on (time, lat, lon), dask arrays.

    Raises
    ------
    GridError
        If the grids differ or an epoch occurs twice.
    InputError
        If a file is missing, damaged, or no VMF grid.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = [Path(folder) / f"VMF3_20210101.H{hour}" for hour in ("06", "00")]
    ...     for path in paths:
    ...         _ = path.write_text("60 0 0.0012 0.0006 2.3 0.1\n60 5 0.0012 0.0006 2.2 0.2\n")
    ...     ds = open_vmf_files(paths)
    ...     ds.zhd.shape, ds.time.dt.hour.values
    ((2, 1, 2), array([0, 6]))
    """
    import dask
    import dask.array as da

    found = [(read_header(path), Path(path)) for path in paths]
    first = found[0][0]
    _check_one_grid(found)
    found.sort(key=lambda pair: (pair[0].epoch, pair[1]))
    _check_epochs_once(found)
    # One task parses the files of a chunk once for all four variables.
    parse = dask.delayed(_read_blocks, pure=True)
    blocks = []
    for start in range(0, len(found), steps_per_chunk):
        # The axes of the first file serve all, so that the graph stays small.
        part = [
            (path, replace(header, lat=first.lat, lon=first.lon))
            for header, path in found[start : start + steps_per_chunk]
        ]
        shape = (len(part), len(_ATTRS), *first.shape)
        blocks.append(da.from_delayed(parse(part), shape, dtype=np.float32))
    values = da.concatenate(blocks)
    variables = {
        name: (("time", "lat", "lon"), values[:, column], attrs)
        for column, (name, attrs) in enumerate(_ATTRS.items())
    }
    epochs = [header.epoch for header, _ in found]
    return xr.Dataset(variables, _coordinates(first, epochs), first.attrs)


def _check_one_grid(found: list[tuple[VmfHeader, Path]]) -> None:
    first, first_path = found[0]
    for header, path in found:
        same = header.shape == first.shape and np.allclose(header.lat, first.lat, atol=1e-4)
        if not same or not np.allclose(header.lon, first.lon, atol=1e-4):
            msg = (
                f"{path} holds {header.shape[0]} x {header.shape[1]} nodes where {first_path} "
                f"holds {first.shape[0]} x {first.shape[1]}, or others; accepted are files of one "
                "grid. Convert each grid by itself."
            )
            raise GridError(msg)


def _check_epochs_once(found: list[tuple[VmfHeader, Path]]) -> None:
    """Refuse two files of one epoch, given in order of time."""
    for (one, one_path), (other, other_path) in pairwise(found):
        if one.epoch == other.epoch:
            msg = (
                f"{one_path} and {other_path} hold the same epoch {one.epoch:s}; accepted is each "
                "epoch once. Leave one of them out."
            )
            raise GridError(msg)


def _read_blocks(part: list[tuple[Path, VmfHeader]]) -> NDArray[np.float32]:
    return np.stack([read_block(path, header) for path, header in part])
