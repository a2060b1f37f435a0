"""Parse the text grids VMF1 and VMF3 of the VMF Data Server.

A grid has header lines that start with ``!``, then one row ``lat lon ah aw zhd zwd`` per node from
the north-west corner, longitude fastest (https://vmf.geo.tuwien.ac.at).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import InputError
from tropdsx.read.text import describe_error, parse_numbers, read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FILE_NAME", "VmfHeader", "read_block", "read_header"]

FILE_NAME = re.compile(r"^VMF[13GO]?[A-Z_]*_?(\d{4})(\d{2})(\d{2})\.H(\d{2})(\.xz|\.gz)?$", re.I)
"""Names such as ``VMF3_20210101.H00.xz``: year, month, day, hour."""

_HEAD_BYTES = 32768
_COLUMNS = 6


@dataclass(frozen=True, eq=False)
class VmfHeader:
    """Grid, epoch and scale of a VMF file, from its first lines.

    Parameters
    ----------
    lat, lon : ndarray
        Nodes in the order of the rows [deg].
    epoch : datetime64
        Epoch of the grid, NaT where neither header nor file name tells it [UTC].
    scale : float
        Factor on the delays and coefficients [1].
    attrs : dict of str to str
        Version, source, data types and comment.

    Examples
    --------
    >>> axes = np.array([60.0, 55.0]), np.array([0.0, 5.0, 10.0])
    >>> VmfHeader(*axes, np.datetime64("2021-01-01T06")).shape
    (2, 3)
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    epoch: np.datetime64
    scale: float = 1.0
    attrs: dict[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.lat.size, self.lon.size


def read_header(path: str | Path) -> VmfHeader:
    r"""Read epoch, scale and grid of a VMF file from its first lines.

    The longitudes are those of the first row of nodes, the latitudes follow from the range and
    step in the header; without that line the whole file is read.

    Parameters
    ----------
    path : str or Path
        VMF1 or VMF3 text grid, plain, ``.xz`` or ``.gz``.

    Returns
    -------
    VmfHeader
        What was found; the rows are checked against it when they are read.

    Raises
    ------
    InputError
        If the file is missing, empty or damaged, or holds anything but a VMF grid.

    Examples
    --------
    >>> import tempfile
    >>> text = "! Epoch: 2021 01 01 06 00 0.0\n" + "".join(
    ...     f"{lat} {lon} 0.0012 0.0006 2.3 0.1\n" for lat in (60, 55) for lon in (0, 5)
    ... )
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text(text)
    ...     header = read_header(file.name)
    >>> header.lat, header.lon, str(header.epoch)[:13]
    (array([60., 55.]), array([0., 5.]), '2021-01-01T06')
    """
    path = Path(path)
    head = read_text(path, _HEAD_BYTES)
    lines = head.splitlines()
    # The last line may be cut by the limit; the whole of a small file is complete.
    lines = lines[:-1] if len(head) >= _HEAD_BYTES else lines
    entries = dict(_header_entry(line) for line in lines if line.lstrip().startswith("!"))
    grid = _grid_from_head(lines, entries)
    lat, lon = _grid_from_rows(_rows_of(path)) if grid is None else grid
    told = ("version", "source", "data_types", "comment")
    attrs: dict[str, str] = {key: entries[key] for key in told if key in entries}
    return VmfHeader(lat, lon, _epoch(entries, path), _scale(entries, path), attrs)


def _header_entry(line: str) -> tuple[str, str]:
    key, _, value = line.strip().lstrip("! ").partition(":")
    return key.strip().lower(), value.strip()


def _rows(text: str, path: Path) -> NDArray[np.float64]:
    """Parse a numeric table of six columns."""
    # pandas holds the fastest text parser at hand, and xarray brings it along.
    import pandas as pd

    try:
        table = pd.read_csv(
            io.StringIO(text), sep=r"\s+", header=None, comment="!", dtype=np.float64
        ).to_numpy()
    except (ValueError, pd.errors.ParserError) as error:
        msg = (
            f"{path} is no VMF grid ({describe_error(error)}); accepted are rows of six numbers "
            "'lat lon ah aw zhd zwd' below a header of lines that start with '!'."
        )
        raise InputError(msg) from error
    if table.shape[1] != _COLUMNS or np.isnan(table).any():
        cut = int(np.argmax(np.isnan(table).any(axis=1))) + 1
        found = f"{table.shape[1]} columns" if table.shape[1] != _COLUMNS else f"a gap in row {cut}"
        msg = (
            f"{path} is no complete VMF grid ({found}); accepted are rows of six numbers "
            "'lat lon ah aw zhd zwd'. Fetch the file again; give an orography file as orography."
        )
        raise InputError(msg)
    return table


def _rows_of(path: Path) -> NDArray[np.float64]:
    return _rows(read_text(path), path)


def _grid_from_head(
    lines: list[str], entries: dict[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Axes from the first row of nodes and the range, None where they do not tell."""
    numbers = parse_numbers(entries.get("range/resolution", ""))
    first: float = np.nan
    lon: list[float] = []
    # A loop over one row of nodes is ten times faster than a table of all the lines read.
    for line in lines:
        if line.lstrip().startswith("!"):
            continue
        node = parse_numbers(line)
        if len(node) != _COLUMNS or len(numbers) != _COLUMNS:
            return None
        if lon and node[0] != first:
            last = numbers[0] if abs(numbers[0] - first) > abs(numbers[1] - first) else numbers[1]
            count = max(round((last - first) / (node[0] - first)) + 1, 1)
            lat = first + (node[0] - first) * np.arange(count)
            return np.asarray(lat.round(6), np.float64), np.array(lon, np.float64)
        first = node[0]
        lon.append(node[1])
    return None


def _grid_from_rows(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    changes = np.flatnonzero(np.diff(rows[:, 0]))
    width = int(changes[0]) + 1 if changes.size else rows.shape[0]
    return rows[::width, 0].copy(), rows[:width, 1].copy()


def _epoch(entries: dict[str, str], path: Path) -> np.datetime64:
    numbers = parse_numbers(entries.get("epoch", ""))
    if len(numbers) >= 4:
        year, month, day, hour = (int(n) for n in numbers[:4])
        minute, second = (*numbers[4:6], 0.0, 0.0)[:2]
        date = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "ns")
        seconds = hour * 3600 + minute * 60 + second
        return date + np.timedelta64(round(seconds * 1e9), "ns")
    named = FILE_NAME.match(path.name)
    if named:
        date_named, hour_named = "-".join(named.groups()[:3]), named.group(4)
        try:
            return np.datetime64(f"{date_named}T{hour_named}", "ns")
        except ValueError:
            msg = (
                f"{path} has no line '! Epoch:', and its name says the epoch {date_named} "
                f"{hour_named} h, which is none; accepted are names such as VMF3_20210131.H18. "
                "Rename it."
            )
            raise InputError(msg) from None
    return np.datetime64("NaT", "ns")


def _scale(entries: dict[str, str], path: Path) -> float:
    text = entries.get("scale_factor", "1")
    numbers = parse_numbers(text)
    if len(numbers) != 1 or not numbers[0] > 0:
        msg = f"{path} has the scale factor '{text}'; accepted is one positive number."
        raise InputError(msg)
    return numbers[0]


def read_block(path: str | Path, header: VmfHeader) -> NDArray[np.float32]:
    r"""Read the values of a VMF file and check every row against the header.

    Parameters
    ----------
    path : str or Path
        VMF1 or VMF3 text grid, plain, ``.xz`` or ``.gz``.
    header : VmfHeader
        From `read_header` of this file or of another on the same grid.

    Returns
    -------
    ndarray
        ah [1], aw [1], zhd [m], zwd [m], shape (4, lat, lon), float32.

    Raises
    ------
    InputError
        If rows are missing, too many, or in another order.

    Examples
    --------
    >>> import tempfile
    >>> header = VmfHeader(np.array([60.0]), np.array([0.0, 5.0]), np.datetime64("NaT"))
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("60 0 0.001 0.001 2.3 0.1\n60 5 0.001 0.001 2.2 0.2")
    ...     ah, aw, zhd, zwd = read_block(file.name, header)
    >>> zhd
    array([[2.3, 2.2]], dtype=float32)
    """
    rows = _rows_of(Path(path))
    height, width = header.shape
    if rows.shape[0] != height * width:
        msg = (
            f"{path} holds {rows.shape[0]} rows where its grid of {height} x {width} nodes needs "
            f"{height * width}: it is incomplete or of another grid. Fetch the file again."
        )
        raise InputError(msg)
    nodes = rows.reshape(height, width, _COLUMNS)
    wrong = (np.abs(nodes[..., 0] - header.lat[:, None]) > 1e-3) | (
        np.abs(nodes[..., 1] - header.lon) > 1e-3
    )
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        msg = (
            f"{path} holds node {nodes[row, column, 0]:g} {nodes[row, column, 1]:g} in row "
            f"{row * width + column + 1} where {header.lat[row]:g} {header.lon[column]:g} belongs; "
            "accepted are rows from the first corner on, longitude fastest."
        )
        raise InputError(msg)
    return np.ascontiguousarray(np.moveaxis(nodes[..., 2:] * header.scale, -1, 0), np.float32)
