"""Read geocentric coordinates of a table: X, Y and Z of the stations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import warn
from tropdsx.geoid.cartesian import geodetic_of
from tropdsx.read.tables.columns import find_column, numbers_of
from tropdsx.read.tables.layout import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_geocentric"]

_EARTH = (6.33e6, 6.40e6)
"""How far from the centre of the Earth its surface lies [m]."""


def read_geocentric(table: Table) -> tuple[pd.Series, pd.Series, pd.Series] | None:
    """Read geocentric coordinates, where a table has them instead of angles.

    Parameters
    ----------
    table : Table
        As read.

    Returns
    -------
    tuple of Series, or None
        Latitude, longitude [deg] and ellipsoidal height [m], with a warning that says so; None
        where the table has no columns X, Y and Z, or they are no places on the Earth.

    Examples
    --------
    >>> from tropdsx.read.tables.headings import read_heading
    >>> read_geocentric(Table("a.csv", [read_heading("lat")], None, ",")) is None
    True
    """
    import pandas as pd

    headings = [
        find_column(table, (axis, f"{axis}_ecef", f"sta{axis}", f"ecef_{axis}", f"{axis}_coord"))
        for axis in "xyz"
    ]
    if any(each is None or each.unit not in (None, "m") for each in headings):
        return None
    axes = [numbers_of(table, each, "metres").to_numpy(float) for each in headings if each]
    radius = np.sqrt(np.sum(np.square(axes), axis=0))
    if not ((radius > _EARTH[0]) & (radius < _EARTH[1])).all():
        return None
    names = ", ".join(each.text for each in headings if each)
    warn(f"{table.path}: {names} are taken as geocentric coordinates in m")
    lat, lon, height = (pd.Series(part, table.cells.index) for part in geodetic_of(*axes))
    return lat, lon, height
