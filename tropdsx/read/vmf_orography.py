"""Parse the orography files of the VMF Data Server, which come in three layouts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.errors import InputError
from tropdsx.grid.checks.seam import tell_difference
from tropdsx.read.text import describe_error, parse_numbers, read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_orography_text"]


def read_orography_text(
    path: str | Path,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    r"""Read a VMF orography file in any of its three layouts.

    ``orography_ell`` (2 x 2.5 deg) begins with its range and step and holds lon 360 again;
    ``orography_ell_5x5`` and ``orography_ell_1x1`` are plain numbers in the order of the VMF3 rows.

    Parameters
    ----------
    path : str or Path
        Orography file, plain, ``.xz`` or ``.gz``.

    Returns
    -------
    height : ndarray
        Ellipsoidal height, shape (lat, lon), without the repeated column [m].
    lat, lon : ndarray
        Nodes [deg].

    Raises
    ------
    InputError
        If the file is missing or damaged, or its numbers fit none of the layouts.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("10 8 0 5 2 2.5\n100 200 300\n400 500 600")
    ...     height, lat, lon = read_orography_text(file.name)
    >>> height.shape, lat, lon
    ((2, 3), array([10.,  8.]), array([0. , 2.5, 5. ]))
    """
    path = Path(path)
    text = read_text(path)
    try:
        numbers = np.array(text.split(), dtype=np.float64)
    except ValueError as error:
        msg = (
            f"{path} is no VMF orography ({describe_error(error)}); accepted are the files "
            "orography_ell, orography_ell_5x5, orography_ell_1x1, or NetCDF with a variable "
            "'orography'."
        )
        raise InputError(msg) from error
    for step in (1.0, 5.0):
        lat = np.arange(90.0 - step / 2, -90.0, -step, dtype=np.float64)
        lon = np.arange(step / 2, 360.0, step, dtype=np.float64)
        if numbers.size == lat.size * lon.size:
            return numbers.reshape(lat.size, lon.size), lat, lon
    first = parse_numbers(text.partition("\n")[0])
    if len(first) == 6 and min(first[4:]) > 0:
        north, south, west, east, dlat, dlon = first
        lat = north - dlat * np.arange(round((north - south) / dlat) + 1, dtype=np.float64)
        lon = west + dlon * np.arange(round((east - west) / dlon) + 1, dtype=np.float64)
        if numbers.size - 6 == lat.size * lon.size:
            height = numbers[6:].reshape(lat.size, lon.size)
            if abs(lon[-1] - lon[0] - 360.0) > 1e-6:
                return height, lat, lon
            ends = (float(lon[0]), float(lon[-1]))
            tell_difference(height[:, 0], height[:, -1], ends, path.name, "m")
            return height[:, :-1], lat, lon[:-1]
    msg = (
        f"{path} holds {numbers.size} numbers, which is no VMF orography; accepted are 64,800 "
        "(1x1), 2,592 (5x5), or a first line 'north south west east dlat dlon' and its nodes."
    )
    raise InputError(msg)
