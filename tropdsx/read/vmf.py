"""Open VMF1, VMF3 and V3GR text grids: one file by the xarray engine "vmf", or many along time."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.errors import GridError, warn
from tropdsx.read.vmf_names import FILE_NAME, note_epochs
from tropdsx.read.vmf_text import DELAY_COLUMNS, GRADIENT_COLUMNS, read_blocks, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from tropdsx.read.vmf_text import VmfHeader

__all__ = ["VmfBackendEntrypoint", "open_vmf_files"]

_VARIABLES = {name: (name, QUANTITIES[name].attributes) for name in DELAY_COLUMNS} | {
    column: (
        f"gradient_{way}_{part}",
        {"long_name": f"{part} delay gradient, towards {way}", "units": "mm"},
    )
    for column, (part, way) in zip(
        GRADIENT_COLUMNS,
        [(part, way) for part in ("hydrostatic", "wet") for way in ("north", "east")],
        strict=True,
    )
}
"""Name and attributes of the variable that each column of a file becomes."""


@lru_cache(maxsize=16)
def _cached_block(path: Path, header: VmfHeader, number: int, modified: int) -> NDArray[np.float32]:
    del modified  # One file serves many variables; this makes a rewritten file a new entry.
    return read_blocks(path, header, [number])[0]


class _VmfArray(BackendArray):
    """One variable of one file, read when indexed."""

    def __init__(self, path: Path, header: VmfHeader, column: int) -> None:
        self.path, self.header, self.column = path, header, column
        self.shape = (header.epochs.size, *header.shape)
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> NDArray[np.float32]:
        modified = self.path.stat().st_mtime_ns
        time, *nodes = key
        numbers = np.arange(self.shape[0])[time]
        blocks = [
            _cached_block(self.path, self.header, int(number), modified)[self.column][tuple(nodes)]
            for number in np.atleast_1d(numbers)
        ]
        if numbers.ndim == 0:
            return blocks[0]
        nothing = np.empty(self.shape[1:], np.float32)[tuple(nodes)][None][:0]
        return np.stack(blocks) if blocks else nothing


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

    description = "VMF1, VMF3 and V3GR gridded troposphere files (text, also .xz and .gz)"
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
            VMF1, VMF3 or V3GR text grid of one or more epochs, plain, ``.xz`` or ``.gz``.
        drop_variables : str or iterable of str, optional
            Variables to leave out.

        Returns
        -------
        Dataset
            ``ah``, ``aw`` [1], ``zhd``, ``zwd`` [m] float32 on (time, lat, lon); of V3GR also
            ``gradient_north_hydrostatic``, ``gradient_east_hydrostatic``, ``gradient_north_wet``,
            ``gradient_east_wet`` [mm].

        Raises
        ------
        InputError
            If the file is missing, damaged, or no VMF grid.
        GridError
            If epochs of different grids are joined in it, or one of them twice.
        """
        path = Path(filename_or_obj)
        header = read_header(path)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        variables = {}
        for column, (name, attrs) in enumerate(_VARIABLES[each] for each in header.columns):
            if name not in dropped:
                array = indexing.LazilyIndexedArray(_VmfArray(path, header, column))
                variables[name] = xr.Variable(("time", "lat", "lon"), array, attrs)
        ds = xr.Dataset(variables, _coordinates(header, header.epochs), header.attrs)
        ds.encoding["tropdsx_notes"] = note_epochs([(header, path)])
        return ds

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Tell whether a name looks like ``VMF3_YYYYMMDD.Hhh`` or ``V3GR_YYYYMMDD.Hhh``.

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


def _coordinates(header: VmfHeader, epochs: Iterable[np.datetime64]) -> dict[str, Any]:
    lat = {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}
    lon = {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}
    return {
        "time": ("time", np.asarray(epochs, "M8[ns]"), {"standard_name": "time", "axis": "T"}),
        "lat": ("lat", header.lat, lat),
        "lon": ("lon", header.lon, lon),
    }


def open_vmf_files(
    paths: Sequence[str | Path], steps_per_chunk: int = 8, *, small: int = 0
) -> xr.Dataset:
    r"""Open many VMF files along time; their rows are parsed when they are needed.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of one grid, in any order, of one epoch or more.
    steps_per_chunk : int, optional
        Epochs in a dask chunk.
    small : int, optional
        What is no larger, and would be one chunk, is parsed at once and has none [byte].

    Returns
    -------
    Dataset
        ``ah``, ``aw`` [1], ``zhd``, ``zwd`` [m] float32 on (time, lat, lon), dask arrays; the
        gradients [mm] where every file has them.

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
    found = [(read_header(path), Path(path)) for path in paths]
    first = found[0][0]
    _check_one_grid(found)
    columns = _common_columns(found)
    places = [
        (header.epochs[number], path, header, number)
        for header, path in found
        for number in range(header.epochs.size)
    ]
    places.sort(key=lambda place: place[:2])
    _check_epochs_once(places)
    size = 4 * len(places) * len(columns) * first.shape[0] * first.shape[1]
    if len(places) <= steps_per_chunk and size <= small:
        values = _read_places(_by_file(places, first), columns)
    else:
        values = _in_chunks(places, columns, first, steps_per_chunk)
    variables = {
        _VARIABLES[each][0]: (("time", "lat", "lon"), values[:, column], _VARIABLES[each][1])
        for column, each in enumerate(columns)
    }
    ds = xr.Dataset(variables, _coordinates(first, [place[0] for place in places]), first.attrs)
    ds.encoding["tropdsx_notes"] = note_epochs(found)
    return ds


_Place = tuple[np.datetime64, Path, "VmfHeader", int]
"""An epoch, its file, and which of the epochs of that file it is."""


def _in_chunks(places: list[_Place], columns: tuple[str, ...], first: VmfHeader, steps: int) -> Any:
    """Make a dask array (time, column, lat, lon) of the epochs."""
    import dask
    import dask.array as da

    # One task parses the files of a chunk once for all variables.
    parse = dask.delayed(_read_places, pure=True)
    blocks = []
    for start in range(0, len(places), steps):
        some = places[start : start + steps]
        shape = (len(some), len(columns), *first.shape)
        task = parse(_by_file(some, first), columns)
        blocks.append(da.from_delayed(task, shape, dtype=np.float32))
    return da.concatenate(blocks)


def _by_file(places: list[_Place], first: VmfHeader) -> list[tuple[Path, VmfHeader]]:
    """Collect epochs that follow each other in one file, with no more than it takes to read them.

    The axes of the first file serve all, so that the graph stays small.
    """
    parts = []
    for path, group in groupby(places, key=lambda place: place[1]):
        some = list(group)
        sections = tuple(header.sections[number] for _, _, header, number in some)
        header = replace(
            some[0][2], lat=first.lat, lon=first.lon, epochs=first.epochs[:0], sections=sections
        )
        parts.append((path, header))
    return parts


def _common_columns(found: list[tuple[VmfHeader, Path]]) -> tuple[str, ...]:
    """Find the columns that every file has, and say which are left out."""
    first = found[0][0].columns
    common = tuple(each for each in first if all(each in header.columns for header, _ in found))
    without = [(header, path) for header, path in found if len(header.columns) > len(common)]
    if not common:
        msg = (
            f"{found[0][1]} and the other files have no column in common; accepted are files of "
            "one kind. Give each kind by itself."
        )
        raise GridError(msg)
    if without:
        header, path = without[0]
        left = ", ".join(_VARIABLES[each][0] for each in header.columns if each not in common)
        warn(f"{left} of {path} left out: {len(found) - len(without)} other files have none.")
    return common


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


def _check_epochs_once(places: list[_Place]) -> None:
    """Refuse two files of one epoch, given in order of time."""
    for (one, one_path, *_), (other, other_path, *_) in pairwise(places):
        if one == other:
            msg = (
                f"{one_path} and {other_path} hold the same epoch {one:s}; accepted is each "
                "epoch once. Leave one of them out, or select other epochs of it."
            )
            raise GridError(msg)


def _read_places(
    parts: list[tuple[Path, VmfHeader]], columns: tuple[str, ...]
) -> NDArray[np.float32]:
    blocks = []
    for path, header in parts:
        values = read_blocks(path, header, range(len(header.sections)))
        blocks.append(values[:, [header.columns.index(each) for each in columns]])
    return np.concatenate(blocks)
