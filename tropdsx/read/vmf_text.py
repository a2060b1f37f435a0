"""Parse the text grids VMF1, VMF3 and V3GR of the VMF Data Server.

A grid has header lines that start with ``!``, then one row ``lat lon ah aw zhd zwd`` per node from
the north-west corner, longitude fastest (https://vmf.geo.tuwien.ac.at). V3GR has four columns more:
north and east gradients, hydrostatic and wet.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import InputError, warn
from tropdsx.read.text import describe_error, parse_numbers, read_text
from tropdsx.read.text_size import is_single
from tropdsx.read.vmf_sections import (
    Section,
    find_epoch,
    find_sections,
    split_head,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["DELAY_COLUMNS", "GRADIENT_COLUMNS", "VmfHeader", "read_blocks", "read_header"]

DELAY_COLUMNS = ("ah", "aw", "zhd", "zwd")
"""Columns after latitude and longitude in files of VMF1 and VMF3."""

GRADIENT_COLUMNS = ("gn_h", "ge_h", "gn_w", "ge_w")
"""Columns that V3GR has after these: gradients north and east, hydrostatic and wet."""

_ACCEPTED = (
    "accepted are rows 'lat lon ah aw zhd zwd', and of V3GR 'gn_h ge_h gn_w ge_w' after them"
)
_TOLD = ("version", "source", "data_types", "comment")
_HEAD_BYTES = 32768


@dataclass(frozen=True, eq=False)
class VmfHeader:
    """Grid, epochs and columns of a VMF file, from its header lines.

    Parameters
    ----------
    lat, lon : ndarray
        Nodes in the order of the rows [deg].
    epochs : ndarray of datetime64, shape (n,)
        Epochs in the order of the file, NaT where neither header nor file name tells it [UTC].
    sections : tuple of Section
        Where the rows of each epoch lie.
    columns : tuple of str
        What follows latitude and longitude in a row.
    joined : bool
        Whether the file holds more than one epoch.
    attrs : dict of str to str
        Version, source, data types and comment.

    Examples
    --------
    >>> axes = np.array([60.0, 55.0]), np.array([0.0, 5.0, 10.0])
    >>> VmfHeader(*axes, np.array(["2021-01-01T06"], "M8[ns]")).shape
    (2, 3)
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    epochs: NDArray[np.datetime64]
    sections: tuple[Section, ...] = (Section(),)
    columns: tuple[str, ...] = DELAY_COLUMNS
    joined: bool = False
    attrs: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.lat.size, self.lon.size


def read_header(path: str | Path) -> VmfHeader:
    r"""Read epochs, columns and grid of a VMF file from its header lines.

    The longitudes are those of the first row of nodes, the latitudes follow from the range and
    step in the header; without that line, and where there may be several epochs, the whole file is
    read.

    Parameters
    ----------
    path : str or Path
        VMF1, VMF3 or V3GR text grid, plain, ``.xz`` or ``.gz``.

    Returns
    -------
    VmfHeader
        What was found; the rows are checked against it when they are read.

    Raises
    ------
    InputError
        If the file is missing, empty or damaged, or holds anything but a VMF grid.
    GridError
        If epochs of different grids are joined in it, or one of them twice.

    Examples
    --------
    >>> import tempfile
    >>> text = "! Epoch: 2021 01 01 06 00 0.0\n" + "".join(
    ...     f"{lat} {lon} 0.0012 0.0006 2.3 0.1\n" for lat in (60, 55) for lon in (0, 5)
    ... )
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text(text)
    ...     header = read_header(file.name)
    >>> header.lat, header.lon, header.epochs.astype("M8[h]")
    (array([60., 55.]), array([0., 5.]), array(['2021-01-01T06'], dtype='datetime64[h]'))
    """
    path = Path(path)
    head = read_text(path, _HEAD_BYTES)
    # The last line may be cut by the limit; the whole of a small file is complete.
    entries, rows = split_head(head.splitlines()[: -1 if len(head) >= _HEAD_BYTES else None])
    first = Section(entries)
    columns = _find_columns(first, rows, path)
    grid = _grid_from_head(rows, first.range, len(columns) + 2)
    if grid is not None and is_single(path, rows[0], grid[0].size * grid[1].size):
        sections = [first]
    else:
        sections = find_sections(path)
        if grid is None:
            start, stop = sections[0].start, sections[0].stop
            grid = _grid_from_rows(_rows(read_text(path, stop - start, start), columns, path), path)
    epochs = np.array([find_epoch(each, path, alone=len(sections) == 1) for each in sections])
    for text in (each.entries["scale_factor"] for each in sections if np.isnan(each.scale)):
        msg = f"{path} has the scale factor '{text}'; accepted is one positive number."
        raise InputError(msg)
    attrs = {key: entries[key] for key in _TOLD if key in entries}
    return VmfHeader(*grid, epochs, tuple(sections), columns, len(sections) > 1, attrs)


def _find_columns(section: Section, rows: list[str], path: Path) -> tuple[str, ...]:
    """Name the columns after latitude and longitude: by the header line, else by their number."""
    known = (*DELAY_COLUMNS, *GRADIENT_COLUMNS)
    named = section.columns[2:]
    found = len(rows[0].split()) - 2 if rows else len(DELAY_COLUMNS)
    if len(named) == found and set(named) <= set(known):
        return named
    foreign = len(named) == found and named[2:4] != DELAY_COLUMNS[2:]
    if foreign or found not in (len(DELAY_COLUMNS), len(known)):
        what = f"the columns {' '.join(section.columns)}" if foreign else f"{found + 2} columns"
        msg = f"{path} is no VMF grid: it holds {what}; {_ACCEPTED}."
        raise InputError(msg)
    if named and len(named) != found:
        warn(
            f"{path}: {len(named) + 2} columns are named ({' '.join(section.columns)}) and "
            f"{found + 2} are there, taken for lat lon {' '.join(known[:found])}."
        )
    return known[:found]


def _rows(text: str, columns: Sequence[str], path: Path, where: str = "") -> NDArray[np.float64]:
    """Parse a numeric table."""
    # pandas holds the fastest text parser at hand, and xarray brings it along.
    import pandas as pd

    count = len(columns) + 2
    try:
        table = pd.read_csv(
            io.StringIO(text), sep=r"\s+", header=None, comment="!", dtype=np.float64
        ).to_numpy()
    except (ValueError, pd.errors.ParserError) as error:
        msg = (
            f"{path} is no VMF grid ({describe_error(error)}{where}); {_ACCEPTED}, below header "
            "lines that start with '!'. Give an orography file as orography."
        )
        raise InputError(msg) from error
    if table.shape[1] != count:
        msg = (
            f"{path} holds {table.shape[1]} columns{where} where {count} belong; accepted are rows "
            f"'lat lon {' '.join(columns)}' throughout. Give files of each kind by themselves, and "
            "an orography file as orography."
        )
        raise InputError(msg)
    if np.isnan(table).any():
        msg = (
            f"{path} is no complete VMF grid (a gap in row "
            f"{int(np.argmax(np.isnan(table).any(axis=1))) + 1}{where}); accepted are rows of "
            f"{count} numbers. Fetch the file again; give an orography file as orography."
        )
        raise InputError(msg)
    return table


def _grid_from_head(
    rows: list[str], numbers: list[float], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Axes from the first row of nodes and the range, None where they do not tell."""
    first: float = np.nan
    lon: list[float] = []
    # A loop over one row of nodes is ten times faster than a table of all the lines read.
    for row in rows:
        node = parse_numbers(row)
        if len(node) != count or len(numbers) != 6:
            return None
        if lon and node[0] != first:
            last = numbers[0] if abs(numbers[0] - first) > abs(numbers[1] - first) else numbers[1]
            size = max(round((last - first) / (node[0] - first)) + 1, 1)
            lat = first + (node[0] - first) * np.arange(size)
            return np.asarray(lat.round(6), np.float64), np.array(lon, np.float64)
        first = node[0]
        lon.append(node[1])
    return None


def _grid_from_rows(
    rows: NDArray[np.float64], path: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    changes = np.flatnonzero(np.diff(rows[:, 0]))
    width = int(changes[0]) + 1 if changes.size else rows.shape[0]
    lat, lon = rows[::width, 0].copy(), rows[:width, 1].copy()
    if np.unique(lat).size < lat.size:
        msg = (
            f"{path} holds node {lat[0]:g} {lon[0]:g} again and again without header lines that "
            "tell the epochs apart; accepted is a line '! Epoch: year month day hour minute "
            "second' before the rows of each. Add them, or give each epoch as a file of its own."
        )
        raise InputError(msg)
    return lat, lon


def read_blocks(
    path: str | Path, header: VmfHeader, numbers: Sequence[int] = (0,)
) -> NDArray[np.float32]:
    r"""Read the values of epochs of a VMF file and check every row against the header.

    Parameters
    ----------
    path : str or Path
        VMF1, VMF3 or V3GR text grid, plain, ``.xz`` or ``.gz``.
    header : VmfHeader
        From `read_header` of this file or of another on the same grid.
    numbers : sequence of int, optional
        Which sections of the header are wanted.

    Returns
    -------
    ndarray
        As the header names the columns: ah [1], aw [1], zhd [m], zwd [m], gradients [mm]; shape
        (numbers, columns, lat, lon), float32.

    Raises
    ------
    InputError
        If rows are missing, too many, or in another order.

    Examples
    --------
    >>> import tempfile
    >>> header = VmfHeader(np.array([60.0]), np.array([0.0, 5.0]), np.array(["NaT"], "M8[ns]"))
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("60 0 0.001 0.001 2.3 0.1\n60 5 0.001 0.001 2.2 0.2")
    ...     ah, aw, zhd, zwd = read_blocks(file.name, header)[0]
    >>> zhd
    array([[2.3, 2.2]], dtype=float32)
    """
    path = Path(path)
    wanted = [header.sections[number] for number in numbers]
    first = min(each.start for each in wanted)
    last = max((each.stop for each in wanted), default=-1)
    text = read_text(path, last - first if last >= 0 else -1, first)
    if not header.joined and split_head(text[: text.rfind("!") + 1].splitlines())[1]:
        find_sections(path)  # A header after the rows: this says which epoch has none.
    blocks = []
    for section in wanted:
        part = text[section.start - first : section.stop - first if section.stop >= 0 else None]
        where = f" at {section}" if header.joined else ""
        nodes = _check_rows(_rows(part, header.columns, path, where), header, path, where)
        values = np.moveaxis(nodes[..., 2:] * section.scale, -1, 0)
        blocks.append(np.ascontiguousarray(values, np.float32))
    return np.stack(blocks)


def _check_rows(
    rows: NDArray[np.float64], header: VmfHeader, path: Path, where: str
) -> NDArray[np.float64]:
    """Bring rows to the nodes of the grid (lat, lon, column), each in its place."""
    height, width = header.shape
    needed = height * width
    if rows.shape[0] != needed:
        times, rest = divmod(rows.shape[0], needed)
        advice = "it is incomplete. Fetch the file again"
        if times:
            advice = "it is of another grid, or goes on with a part of the next. Take that out"
        if times > 1 and not rest:
            advice = (
                f"it seems to hold {times} epochs without header lines between them. Add a line "
                "'! Epoch: year month day hour minute second' before each"
            )
        msg = (
            f"{path} holds {rows.shape[0]} rows{where} where its grid of {height} x {width} nodes "
            f"needs {needed}: {advice}."
        )
        raise InputError(msg)
    nodes = rows.reshape(height, width, -1)
    wrong = (np.abs(nodes[..., 0] - header.lat[:, None]) > 1e-3) | (
        np.abs(nodes[..., 1] - header.lon) > 1e-3
    )
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        msg = (
            f"{path} holds node {nodes[row, column, 0]:g} {nodes[row, column, 1]:g} in row "
            f"{row * width + column + 1}{where} where {header.lat[row]:g} {header.lon[column]:g} "
            "belongs; accepted are rows from the first corner on, longitude fastest."
        )
        raise InputError(msg)
    return nodes
