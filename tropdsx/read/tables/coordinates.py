"""Lists of geocentric coordinates: those of Bernese (.CRD) and of reference frames (.SSC)."""

from __future__ import annotations

import re
from pathlib import Path

from tropdsx.errors import InputError, warn
from tropdsx.geoid.cartesian import geodetic_of
from tropdsx.read.series.places import Place, without_nowhere
from tropdsx.read.series.programs.rows import whole_lines
from tropdsx.read.text import list_some, read_text

__all__ = ["is_coordinate_list", "read_coordinate_list"]

_BERNESE = re.compile(r"^LOCAL GEODETIC DATUM:", re.M)
_FRAME = re.compile(r"^\s*DOMES\s+NB\.\s+SITE NAME\s", re.M)
_NUMBERS = r"\s+(-?\d+\.\d+)\s*(-?\d+\.\d+)\s*(-?\d+\.\d+)"
_BERNESE_ROW = re.compile(rf"^\s*\d+\s\s(\S.{{15}}){_NUMBERS}")
_FRAME_ROW = re.compile(
    rf"^\s*\d{{5}}[MS]\d{{3}}\s.*\s(?:GPS|GNSS|VLBI|SLR|DORIS)\s+(\S+){_NUMBERS}"
)


def is_coordinate_list(head: str) -> bool:
    """Tell a list of coordinates by its first lines.

    Parameters
    ----------
    head : str
        The first lines.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_coordinate_list("LOCAL GEODETIC DATUM: IGS14"), is_coordinate_list("station,x,y,z")
    (True, False)
    """
    return (_BERNESE.search(head) or _FRAME.search(head)) is not None


def read_coordinate_list(path: str | Path) -> dict[str, Place]:
    """Read where the stations of a list of coordinates are.

    Parameters
    ----------
    path : str or Path
        Of Bernese, or of ITRF and EPN with positions and velocities; plain, .xz or .gz.

    Returns
    -------
    dict of str to Place
        By name: of Bernese the whole one, ``ZIMM 14001M004``, as its .TRP has it; of frames the
        identifier. Of several solutions the last; velocities move no station far enough to matter.

    Raises
    ------
    InputError
        If it holds no station.
    """
    path = Path(path)
    text = read_text(path)
    pattern = _BERNESE_ROW if _BERNESE.search(text) else _FRAME_ROW
    places: dict[str, Place] = {}
    several: dict[str, None] = {}
    for line in whole_lines(path, text):
        if (found := pattern.match(line)) is not None:
            name, *axes = found.groups()
            lat, lon, height = geodetic_of(*(float(each) for each in axes))
            if name.strip() in places:
                several[name.strip()] = None
            places[name.strip()] = Place(float(lat), float(lon), float(height))
    if several:
        warn(f"{path}: several solutions of {list_some(list(several))}; the last of each is taken")
    places = without_nowhere(path, places)
    if not places:
        msg = f"{path} holds no coordinates of any station. Fetch it again, or give a table"
        raise InputError(msg)
    return places
