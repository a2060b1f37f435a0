"""Which names an output may have, so that no file bears the name of a format that it is not."""

from __future__ import annotations

import os
from pathlib import Path

from tropdsx.errors import OutputError

__all__ = ["check_ending"]

NETCDF = (".nc", ".nc4", ".cdf", ".netcdf")
ZARR = ".zarr"


def check_ending(path: str | os.PathLike[str]) -> None:
    """Refuse an output whose name is that of a format which is not written.

    Parameters
    ----------
    path : str or os.PathLike
        The output. A name without an ending is one of NetCDF.

    Raises
    ------
    OutputError
        Its ending is another one; the text lists what is accepted.

    Examples
    --------
    >>> check_ending("fine.nc")
    >>> check_ending("fine.tif")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.OutputError: the output fine.tif ends in .tif, ... accepted are .nc, .nc4, ...
    """
    ending = Path(path).suffix
    if ending and ending.lower() not in NETCDF and ending != ZARR:
        msg = (
            f"the output {Path(path).name} ends in {ending}, and what is written is NetCDF or "
            f"Zarr; accepted are {', '.join(NETCDF)} and {ZARR} (.npy for a TropDS array that goes "
            "through a TropDS network). Give it such a name; gdal_translate, cdo and others turn "
            "NetCDF into more formats"
        )
        raise OutputError(msg)
