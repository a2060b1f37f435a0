"""Find the epochs of a VMF text file: header lines that start with ``!``, then the rows of nodes.

The VMF Data Server gives each epoch a file. PRIDE PPP-AR and others want those of a day in one
file, which is the single files one after the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tropdsx.errors import GridError, InputError
from tropdsx.read.text import open_text, parse_numbers
from tropdsx.read.vmf_names import FILE_NAME

__all__ = [
    "Section",
    "find_epoch",
    "find_sections",
    "split_head",
]


@dataclass(frozen=True)
class Section:
    """One epoch of a VMF file: where its rows lie, and what the header lines before them say.

    Parameters
    ----------
    entries : dict of str to str
        Header lines by their keys in lower case.
    start : int
        Where the rows begin in the text [byte].
    stop : int
        Where they end, -1 for the end of the file [byte].

    Examples
    --------
    >>> str(Section({"epoch": "2021 01 01 06 00  0.0"}).epoch)[:16], Section({}).scale
    ('2021-01-01T06:00', 1.0)
    """

    entries: dict[str, str] = field(default_factory=dict)
    start: int = 0
    stop: int = -1

    @property
    def epoch(self) -> np.datetime64:
        """Epoch, NaT where no header line tells it, or tells none [UTC]."""
        numbers = parse_numbers(self.entries.get("epoch", ""))
        if len(numbers) < 4:
            return np.datetime64("NaT", "ns")
        year, month, day, hour = (int(n) for n in numbers[:4])
        minute, second = (*numbers[4:6], 0.0, 0.0)[:2]
        if not (0 <= hour <= 24 and 0 <= minute < 60 and 0 <= second <= 60):
            return np.datetime64("NaT", "ns")
        try:
            date = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "ns")
        except ValueError:
            return np.datetime64("NaT", "ns")
        seconds = hour * 3600 + minute * 60 + second
        return date + np.timedelta64(round(seconds * 1e9), "ns")

    @property
    def scale(self) -> float:
        """Factor on delays and coefficients, NaN where it is no positive number [1]."""
        numbers = parse_numbers(self.entries.get("scale_factor", "1"))
        return numbers[0] if len(numbers) == 1 and numbers[0] > 0 else np.nan

    @property
    def range(self) -> list[float]:
        """Range and resolution: south, north, west, east and two steps; empty if unknown [deg]."""
        numbers = parse_numbers(self.entries.get("range/resolution", ""))
        return numbers if len(numbers) == 6 else []

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in lower case, as far as the header lines have them."""
        named = re.search(r"\(([^)]*)\)", self.entries.get("data_types", ""))
        return tuple(named.group(1).lower().split()) if named else ()

    def __str__(self) -> str:
        """Name it by its epoch."""
        return "the part without epoch" if np.isnat(self.epoch) else f"epoch {str(self.epoch)[:16]}"


def find_epoch(section: Section, path: Path, *, alone: bool) -> np.datetime64:
    """Find the epoch of a section, from its header lines or from the name of the file.

    Parameters
    ----------
    section : Section
        Of the file.
    path : Path
        The file.
    alone : bool
        Whether the file holds no other section: only then its name counts.

    Returns
    -------
    datetime64
        NaT where neither tells it [UTC].

    Raises
    ------
    InputError
        If what is told is no epoch.

    Examples
    --------
    >>> str(find_epoch(Section(), Path("VMF3_20210101.H06"), alone=True))[:13]
    '2021-01-01T06'
    """
    told = section.entries.get("epoch", "")
    named = FILE_NAME.match(path.name) if alone else None
    if not np.isnat(section.epoch):
        return section.epoch
    if len(parse_numbers(told)) >= 4 or (told and named is None):
        msg = (
            f"{path} has the line '! Epoch: {told}', which is no epoch; accepted are year, month, "
            "day, hour, minute and second, separated by blanks. Correct it."
        )
        raise InputError(msg)
    if named is None:
        return np.datetime64("NaT", "ns")
    date, hour = "-".join(named.groups()[:3]), named.group(4)
    try:
        return np.datetime64(f"{date}T{hour}", "ns")
    except ValueError:
        msg = (
            f"{path} has no line '! Epoch:', and its name says the epoch {date} {hour} h, which is "
            "none; accepted are names such as VMF3_20210131.H18. Rename it."
        )
        raise InputError(msg) from None


def split_head(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Tell the first header lines of a VMF file from the rows that follow.

    Parameters
    ----------
    lines : list of str
        Beginning of the file.

    Returns
    -------
    entries : dict of str to str
        Header lines by their keys in lower case.
    rows : list of str
        Rows up to the next header.

    Examples
    --------
    >>> split_head(["! Epoch: 2021 01 01 06 00  0.0", "60 0 0.0012 0.0006 2.3 0.1", "! Version: 1"])
    ({'epoch': '2021 01 01 06 00  0.0'}, ['60 0 0.0012 0.0006 2.3 0.1'])
    """
    entries: dict[str, str] = {}
    rows: list[str] = []
    for line in lines:
        if not _is_header(line):
            rows += [line] if line.strip() else []
        elif rows:
            break
        else:
            entries |= _entry(line)
    return entries, rows


def _is_header(line: str) -> bool:
    return line.lstrip()[:1] == "!"


def _entry(line: str) -> dict[str, str]:
    key, _, value = line.strip().lstrip("! ").partition(":")
    return {key.strip().lower(): value.strip()}


def find_sections(path: Path) -> list[Section]:
    r"""Read a VMF file and find its epochs.

    Parameters
    ----------
    path : Path
        The file, plain or compressed.

    Returns
    -------
    list of Section
        In the order of the file, at least one.

    Raises
    ------
    InputError
        If the file is missing or damaged, or there is an epoch without rows.
    GridError
        If epochs are of different grids or hold different columns, or an epoch is there twice, or
        epochs are unknown.

    Examples
    --------
    >>> import tempfile
    >>> text = "! Epoch: 2021 01 01 {hour} 00 0.0\n60 0 0.0012 0.0006 2.3 0.1\n"
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text(text.format(hour=0) + text.format(hour=6))
    ...     [(str(each), each.start, each.stop) for each in find_sections(Path(file.name))]
    [('epoch 2021-01-01T00:00', 29, 56), ('epoch 2021-01-01T06:00', 85, 112)]
    """
    sections: list[Section] = []
    entries: dict[str, str] = {}
    start, place = -1, 0
    with open_text(path) as stream:
        for line in stream:
            if line.lstrip()[:1] == b"!":
                if start >= 0:
                    sections.append(Section(entries, start, place))
                    entries, start = {}, -1
                entries |= _entry(line.decode("latin-1"))
            elif start < 0 and line.strip():
                start = place
            place += len(line)
    if start >= 0:
        sections.append(Section(entries, start, place))
    elif not sections or "epoch" in entries:
        msg = (
            f"{path} is no VMF grid: {Section(entries)} has header lines and no rows; "
            "accepted are rows of numbers 'lat lon ah aw zhd zwd' below each header. Fetch the "
            "file again."
        )
        raise InputError(msg)
    _check(sections, path)
    return sections


def _check(sections: list[Section], path: Path) -> None:
    first, seen = sections[0], set()
    for number, section in enumerate(sections if len(sections) > 1 else []):
        if np.isnat(find_epoch(section, path, alone=False)):
            msg = (
                f"{path} holds {len(sections)} epochs, and part {number + 1} has no line "
                "'! Epoch:'; accepted are header lines with the epoch before the rows of each. "
                "Add the line, or give each epoch as a file of its own."
            )
            raise GridError(msg)
        if section.epoch in seen:
            msg = (
                f"{path} holds {section} twice; accepted is each epoch once. Take one of them out."
            )
            raise GridError(msg)
        seen.add(section.epoch)
        for what in ("range", "columns"):
            own, other = getattr(section, what), getattr(first, what)
            if own != other:
                listed = [" ".join(map(str, each)) or "none" for each in (own, other)]
                msg = (
                    f"{path} holds different grids: {what} {listed[0]} at {section} and "
                    f"{listed[1]} at {first}; accepted are epochs of one grid and one kind. Give "
                    "each kind as a file of its own."
                )
                raise GridError(msg)
