"""Read OPERA TROPO-ZENITH (level 4): delays on a ladder of heights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.units import in_unit
from tropdsx.errors import InputError
from tropdsx.read.containers.files import find_files
from tropdsx.read.netcdf import ENGINES, open_array_file

__all__ = ["open_opera"]

_NAMES = {
    "hydrostatic_delay": "zhd",
    "wet_delay": "zwd",
    "latitude": "lat",
    "longitude": "lon",
}


def open_opera(paths: str | Path | Sequence[str | Path], *, chunks: Any = "auto") -> xr.Dataset:
    """Open delays of OPERA TROPO-ZENITH, without reading them.

    Parameters
    ----------
    paths : str, Path or sequence of them
        Files of the product, or a pattern; several are joined along time.
    chunks : "auto", dict or None, optional
        As for `xarray.open_dataset`.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` [m] on (time, height, lat, lon); ``height`` [m, ellipsoidal].

    Raises
    ------
    InputError
        If a file is missing, damaged, or lacks what the product has, if the files are of different
        grids, or two of them of one epoch.
    """
    parts = []
    for file in find_files(paths):
        ds = open_array_file(file, ENGINES["netcdf"], chunks)
        lost = [name for name in (*_NAMES, "height", "time") if name not in ds.variables]
        if lost:
            msg = f"{file} has no {', '.join(lost)}; accepted are files of OPERA_L4_TROPO-ZENITH"
            raise InputError(msg)
        parts.append(ds[["hydrostatic_delay", "wet_delay"]].rename(_NAMES))
    joined = _joined(parts)
    for name in ("zhd", "zwd"):
        joined[name] = in_unit(joined[name], name).assign_attrs(QUANTITIES[name].attributes)
    joined["height"].attrs["standard_name"] = "height_above_reference_ellipsoid"
    joined["height"].attrs["units"] = "m"
    return joined.sortby("time").transpose("time", "height", "lat", "lon")


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join epochs of one grid."""
    try:
        joined = xr.concat(parts, "time", join="exact") if len(parts) > 1 else parts[0]
    except ValueError as error:
        msg = "the files are of different grids or heights; open those of each grid by themselves"
        raise InputError(msg) from error
    joined = joined if "time" in joined.dims else joined.expand_dims("time")
    if not joined.indexes["time"].is_unique:
        msg = "two of the files are of one epoch; leave one of them out"
        raise InputError(msg)
    return joined
