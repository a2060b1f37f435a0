"""Read heights: of a grid, of a terrain model, of the VMF text files."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.grid.matching import match_nodes
from tropdsx.grid.orography import standardise_orography
from tropdsx.read.kinds import URL, files_named, is_text, kind_of_file
from tropdsx.read.netcdf import ENGINES, open_array_file
from tropdsx.read.vmf_orography import read_orography_text

__all__ = ["as_orography", "open_orography", "open_terrain"]


def open_orography(path: str | Path, *, like: xr.Dataset | None = None) -> xr.DataArray:
    """Read the heights that a grid refers to.

    Parameters
    ----------
    path : str or Path
        NetCDF, Zarr or GRIB with an orography, surface height or surface geopotential, or one of
        the VMF files ``orography_ell``, ``orography_ell_5x5``, ``orography_ell_1x1``.
    like : Dataset, optional
        Standard grid whose nodes are wanted; all must be nodes of the file.

    Returns
    -------
    DataArray
        ``orography(lat, lon)`` float64, lat descending, lon ascending [m].

    Raises
    ------
    InputError
        If the file is missing, damaged or holds no orography.
    GridError
        If a node of `like` is missing.
    UnitsError
        If the heights are no heights of land.
    """
    ds = open_terrain(path)
    orography = standardise_orography(ds, str(path))
    orography.attrs["source"] = Path(files_named(path)[0]).name
    return orography if like is None else match_nodes(orography, like["lat"], like["lon"])


def open_terrain(path: str | Path) -> xr.Dataset:
    """Open a file that should hold an orography, in the orientation that it has.

    Parameters
    ----------
    path : str or Path
        As :func:`open_orography`.

    Returns
    -------
    Dataset
        The file as it is; a VMF orography as ``orography`` on ``lat`` and ``lon`` [m].

    Raises
    ------
    InputError
        If the file is missing, damaged or of a kind that holds no orography.
    """
    path = files_named(path)[0]
    local = not (isinstance(path, str) and URL.match(path))
    if local and Path(path).is_file() and is_text(Path(path)):
        height, lat, lon = read_orography_text(path)
        return xr.Dataset(
            {"orography": (("lat", "lon"), height, _VMF_OROGRAPHY)},
            {"lat": ("lat", lat), "lon": ("lon", lon)},
        )
    kind = kind_of_file(path)
    if kind not in ENGINES:
        msg = (
            f"{path} ({kind}) holds no orography; accepted are NetCDF, Zarr or GRIB with a "
            "variable 'orography', and the VMF orography files."
        )
        raise InputError(msg)
    return open_array_file(path, ENGINES[kind], None)


_VMF_OROGRAPHY = {
    "units": "m",
    "long_name": "ellipsoidal height of the grid points",
    "standard_name": "height_above_reference_ellipsoid",
}


def as_orography(source: str | Path | xr.Dataset | xr.DataArray) -> xr.DataArray:
    """Bring an orography given in any form to the standard nodes.

    Parameters
    ----------
    source : str, Path, Dataset or DataArray
        A file, a Dataset with an orography, or the heights themselves [m].

    Returns
    -------
    DataArray
        ``orography`` (lat descending, lon ascending) [m].

    Raises
    ------
    InputError, GridError, UnitsError
        If it holds no orography, no axes, or no heights.
    """
    if isinstance(source, (str, Path)):
        return open_orography(source)
    if not isinstance(source, (xr.Dataset, xr.DataArray)):
        msg = (
            f"an orography of type {type(source).__name__} found; accepted are a file, a Dataset "
            "or a DataArray on latitude and longitude"
        )
        raise GridError(msg)
    ds = source.to_dataset(name="orography") if isinstance(source, xr.DataArray) else source
    return standardise_orography(ds, "the orography given")
