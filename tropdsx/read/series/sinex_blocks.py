"""Blocks of SINEX files, and the stations that they place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tropdsx.errors import InputError, warn
from tropdsx.geoid.cartesian import geodetic_of
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.read.series.places import Place, without_nowhere
from tropdsx.read.text import list_some, read_text

__all__ = ["SinexFile", "is_sinex", "places_of", "read_blocks", "time_of"]

_FIRST = re.compile(r"^%=(SNX|TRO)\s*([\d.]*)")
_APART = 0.05
"""Places in two blocks that differ by more are told [deg]."""


class SinexFile(NamedTuple):
    """A SINEX file, taken apart.

    Attributes
    ----------
    path : Path
        The file.
    kind : {"SNX", "TRO"}
        What its first line says.
    version : float
        Version of the format; 0 where the first line names none.
    blocks : mapping of str to str
        Text of each block, comments included.

    Examples
    --------
    >>> SinexFile(Path("a.tro"), "TRO", 2.0, {"TROP/SOLUTION": ""}).version
    2.0
    """

    path: Path
    kind: str
    version: float
    blocks: Mapping[str, str]

    def rows(self, name: str) -> list[str]:
        """Lines of a block without its comments; none where there is no such block."""
        lines = self.blocks.get(name, "").splitlines()
        return [line for line in lines if line.strip() and not line.startswith(("*", "#"))]

    def heading(self, name: str) -> str:
        """Last comment of a block before its rows, which names the columns."""
        found = ""
        for line in self.blocks.get(name, "").splitlines():
            if not line.startswith("*"):
                break
            found = line if re.search("[A-Za-z]", line) else found
        return found


def is_sinex(head: str | bytes) -> bool:
    """Tell whether a text begins as SINEX does.

    Parameters
    ----------
    head : str or bytes
        The first bytes.

    Returns
    -------
    bool
        True for SINEX and SINEX_TRO.

    Examples
    --------
    >>> is_sinex(b"%=TRO 2.00 GOP"), is_sinex("station,lat")
    (True, False)
    """
    text = head.decode("latin-1") if isinstance(head, bytes) else head
    return _FIRST.match(text) is not None


def read_blocks(path: str | Path) -> SinexFile:
    r"""Read a SINEX file.

    Parameters
    ----------
    path : str or Path
        Plain, .xz or .gz.

    Returns
    -------
    SinexFile
        Blocks of names in upper case.

    Raises
    ------
    InputError
        If the file is missing or damaged, no SINEX, or ends inside a block.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("%=TRO 2.00 A\n+SITE/ID\n AAAA\n-SITE/ID\n%=ENDTRO\n")
    ...     read_blocks(file.name).rows("SITE/ID")
    [' AAAA']
    """
    path = Path(path)
    text = read_text(path)
    first = _FIRST.match(text)
    if first is None:
        msg = (
            f"{path} is no SINEX: its first line is '{text.splitlines()[0][:40]}'; accepted are "
            "files that begin with %=SNX or %=TRO"
        )
        raise InputError(msg)
    blocks = {}
    for found in re.finditer(r"^\+(\S+/+\S+)[^\n]*\n", text, re.M):
        name = found[1]
        end = re.search(rf"^-{re.escape(name)}", text[found.end() :], re.M)
        if end is None:
            msg = f"{path} ends inside its block {name}; it is incomplete. Fetch the file again"
            raise InputError(msg)
        blocks[name.upper().replace("//", "/")] = text[found.end() : found.end() + end.start()]
    version = float(first[2]) if re.fullmatch(r"\d+\.?\d*", first[2]) else 0.0
    return SinexFile(path, first[1], version, blocks)


def time_of(text: str) -> np.datetime64:
    """Read an epoch of SINEX.

    Parameters
    ----------
    text : str
        ``YYYY:DDD:SSSSS`` or ``YY:DDD:SSSSS``; two digits above 50 are of the last century.

    Returns
    -------
    datetime64[s]
        In the time system of the file.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> time_of("21:030:21600")
    np.datetime64('2021-01-30T06:00:00')
    """
    year, day, second = (int(part) for part in text.split(":"))
    if not (1 <= day <= 366 and 0 <= second <= 86400):
        msg = f"'{text}' is no epoch YYYY:DDD:SSSSS"
        raise ValueError(msg)
    century = 0 if year > 99 else 1900 if year > 50 else 2000
    start = np.datetime64(f"{century + year:04d}-01-01", "s")
    date = start + np.timedelta64(86400 * (day - 1), "s")
    if date.astype("M8[Y]") != start.astype("M8[Y]"):
        msg = f"'{text}': the year {century + year} has no day {day}"
        raise ValueError(msg)
    return date + np.timedelta64(second, "s")


def places_of(file: SinexFile) -> dict[str, Place]:
    """Find where the stations of a SINEX file are, by the best of its blocks.

    Parameters
    ----------
    file : SinexFile
        As read.

    Returns
    -------
    dict of str to Place
        By name, in the order of the file. Geocentric coordinates (SOLUTION/ESTIMATE,
        SITE/COORDINATES, TROP/STA_COORDINATES) go before the approximate ones of SITE/ID.

    Raises
    ------
    InputError
        If a line of these blocks cannot be read.

    Examples
    --------
    >>> row = " WTZR00DEU  A 14201M010 P -                       12.878920  49.144190   666.016"
    >>> places_of(SinexFile(Path("a"), "TRO", 2.0, {"SITE/ID": row}))["WTZR00DEU"].height
    666.016
    """
    rough = dict(_from_id(file, row) for row in file.rows("SITE/ID"))
    rough = without_nowhere(file.path, _on_ellipsoid(file, rough))
    exact: dict[str, Place] = {}
    for name in ("TROP/STA_COORDINATES", "SITE/COORDINATES"):
        exact |= dict(_from_coordinates(file, name, row) for row in file.rows(name))
    exact |= _from_estimate(file)
    exact = without_nowhere(file.path, exact)
    apart = [name for name, place in exact.items() if name in rough and _differ(rough[name], place)]
    if apart:
        warn(
            f"{file.path}: SITE/ID places {list_some(apart)} elsewhere than the geocentric "
            "coordinates, which are taken"
        )
    return {**rough, **exact}


def _on_ellipsoid(file: SinexFile, places: dict[str, Place]) -> dict[str, Place]:
    """Bring heights to the ellipsoid where SITE/ID has those above sea level alone."""
    heading = file.heading("SITE/ID")
    if "HGT_MSL" not in heading or "HGT_ELI" in heading or not places:
        return places
    warn(
        f"{file.path}: SITE/ID has heights above sea level (_HGT_MSL_) alone; they are brought to "
        "the ellipsoid with the geoid of EGM2008"
    )
    lat, lon, height = np.array(list(places.values())).T
    height = height + geoid_undulation(lat, lon)
    found = zip(places.items(), height.tolist(), strict=True)
    return {name: place._replace(height=each) for (name, place), each in found}


def _differ(one: Place, other: Place) -> bool:
    turn = (one.lon - other.lon + 180.0) % 360.0 - 180.0
    return abs(one.lat - other.lat) > _APART or abs(turn) > _APART


def _from_id(file: SinexFile, row: str) -> tuple[str, Place]:
    """Read a line of SITE/ID: decimal degrees in version 2, degrees, minutes and seconds before."""
    heading = file.heading("SITE/ID")
    start = max(heading.find("_LONGITUDE"), heading.find("APPROX_LON"), 0) or 44
    while start > 10 and re.fullmatch(r"[-\d.]{2}", row[start - 1 : start + 1]):
        start -= 1  # a number that begins left of its heading: 298 was read as 8
    name, words = row[1:10].split(maxsplit=1)[0], row[start:].split()
    decimal = len(words) < 7
    if decimal and not re.fullmatch(r"-?\d+\.\d+", words[0] if words else ""):
        start = 48  # SINEX_TRO 2.00 has five columns more before the longitude
        words = row[start:].split()
    try:
        numbers = [float(word) for word in words]
        if decimal:
            lon, lat, height = numbers[:3]
        else:
            lon, lat = _angle(words[:3]), _angle(words[3:6])
            height = numbers[6]
    except (ValueError, IndexError) as error:
        raise _unreadable(file, "SITE/ID", row) from error
    return name, Place(lat, (lon + 180.0) % 360.0 - 180.0, height)


def _angle(words: Sequence[str]) -> float:
    degrees, minutes, seconds = (abs(float(word)) for word in words)
    sign = -1.0 if any(word.startswith("-") for word in words) else 1.0
    return sign * (degrees + minutes / 60.0 + seconds / 3600.0)


def _from_coordinates(file: SinexFile, block: str, row: str) -> tuple[str, Place]:
    """Read a line of geocentric coordinates: the first three numbers of metres."""
    numbers = re.findall(r"(?<=\s)-?\d+\.\d+(?=\s|$)", row)
    if len(numbers) < 3:
        raise _unreadable(file, block, row)
    lat, lon, height = geodetic_of(*(float(number) for number in numbers[:3]))
    return row[1:10].split(maxsplit=1)[0], Place(float(lat), float(lon), float(height))


def _from_estimate(file: SinexFile) -> dict[str, Place]:
    """Read STAX, STAY and STAZ of SOLUTION/ESTIMATE; of several solutions the last."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in file.rows("SOLUTION/ESTIMATE"):
        words = row.split()
        if len(words) > 8 and words[1] in ("STAX", "STAY", "STAZ"):
            try:
                value = float(words[8].replace("D", "E"))
            except ValueError as error:
                raise _unreadable(file, "SOLUTION/ESTIMATE", row) from error
            point = found.setdefault(words[2], {})
            point.setdefault(f"{words[3]} {words[4]}", {})[words[1][-1]] = value
    several = [name for name, points in found.items() if len(points) > 1]
    if several:
        warn(f"{file.path}: several solutions of {list_some(several)}; the last of each is taken")
    places = {}
    for name, points in found.items():
        axes = list(points.values())[-1]
        if len(axes) == 3:
            lat, lon, height = geodetic_of(axes["X"], axes["Y"], axes["Z"])
            places[name] = Place(float(lat), float(lon), float(height))
    return places


def _unreadable(file: SinexFile, block: str, row: str) -> InputError:
    return InputError(f"{file.path}: the line '{row.strip()[:70]}' of {block} cannot be read")
