"""Open the heights of a grid or terrain, from array files or the VMF text files."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from tropdsx.assets.catalogue import ASSETS
from tropdsx.errors import GridError, InputError
from tropdsx.geoid.statements import ELLIPSOID, SETTLED
from tropdsx.grid.orography import as_terrain, standardise_orography
from tropdsx.read.containers.files import find_files
from tropdsx.read.containers.rasters import is_raster, open_raster
from tropdsx.read.containers.temporary import origin_of
from tropdsx.read.kinds import detect_kind
from tropdsx.read.netcdf import ENGINES, open_array_file
from tropdsx.read.text import is_text, list_some
from tropdsx.read.vmf_orography import read_orography_text
from tropdsx.system.names import is_url, short_name

__all__ = ["open_orography", "open_terrain", "resolve_orography"]

_VMF_OROGRAPHY = {
    "units": "m",
    "long_name": "ellipsoidal height of the grid points",
    "standard_name": "height_above_reference_ellipsoid",
    SETTLED: ELLIPSOID,
}


def open_orography(
    path: str | Path,
    *,
    heights: str = "auto",
    notes: list[str] | None = None,
    gaussian: bool = False,
) -> xr.DataArray:
    r"""Read the heights that a grid refers to.

    Parameters
    ----------
    path : str or Path
        NetCDF, Zarr or GRIB with an orography, surface height or surface geopotential, a terrain
        model in GeoTIFF or ``.hgt`` (with rasterio), or one of the VMF files ``orography_ell``,
        ``orography_ell_5x5``, ``orography_ell_1x1``.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What the heights count from; "auto" decides by attributes and values. Those of the VMF
        files are ellipsoidal.
    notes : list of str, optional
        What was changed, guessed or found wrong is appended.
    gaussian : bool, optional
        Accept the rows of a Gaussian grid too: of heights to interpolate between.

    Returns
    -------
    DataArray
        ``orography(lat, lon)`` float64, lat descending, lon ascending [m, ellipsoidal].

    Raises
    ------
    InputError
        If the file is missing, damaged or holds no orography.
    GridError
        If the axes are missing or irregular, or the heights change with time.
    UnitsError
        If the heights are no heights of land.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = Path(file.name).write_text("10 8 0 5 2 2.5\n100 200 300\n400 500 600")
    ...     orography = open_orography(file.name)
    >>> orography.sel(lat=8, lon=2.5).item(), orography.units
    (500.0, 'm')
    """
    file = _one_file(path)  # a URL may be fetched: once
    terrain = open_terrain(file)
    orography = standardise_orography(
        terrain, str(path), heights=heights, notes=notes, gaussian=gaussian
    )
    orography.attrs["source"] = short_name(origin_of(file))
    return orography


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

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     heights = xr.DataArray([[10.0], [20.0]], {"y": [0.0, 1.0], "x": [5.0]}, name="h")
    ...     heights.to_netcdf(f"{folder}/terrain.nc")
    ...     open_terrain(f"{folder}/terrain.nc").h.dims
    ('y', 'x')
    """
    path = _one_file(path)
    if not is_url(path) and Path(path).is_file() and is_raster(Path(path)):
        return open_raster(path)
    if not is_url(path) and Path(path).is_file() and is_text(Path(path)):
        height, lat, lon = read_orography_text(path)
        return xr.Dataset(
            {"orography": (("lat", "lon"), height, _VMF_OROGRAPHY)},
            {"lat": ("lat", lat), "lon": ("lon", lon)},
        )
    kind = detect_kind(path)
    if kind not in ENGINES:
        msg = (
            f"{path} ({kind}) holds no orography; accepted are NetCDF, Zarr or GRIB with a "
            "variable 'orography', GeoTIFF, and the VMF orography files."
        )
        raise InputError(msg)
    return open_array_file(path, ENGINES[kind], None)


def _one_file(path: str | Path) -> str | Path:
    files = find_files(path)
    if len(files) > 1:
        named = list_some([short_name(origin_of(file)) for file in files])
        msg = (
            f"{path} names {len(files)} files ({named}); accepted is one file of heights. Name it, "
            "of an archive as a.zip#member."
        )
        raise InputError(msg)
    if str(path) in ASSETS and not Path(files[0]).exists():
        msg = (
            f"no such file: {path}. tropdsx knows one of this name; `tropdsx assets fetch {path}` "
            "downloads it, if need be, and prints its path, which is accepted here."
        )
        raise InputError(msg)
    return files[0]


def resolve_orography(
    source: str | Path | xr.Dataset | xr.DataArray,
    *,
    heights: str = "auto",
    notes: list[str] | None = None,
    gaussian: bool = False,
) -> xr.DataArray:
    """Bring an orography given in any form to the standard nodes.

    Parameters
    ----------
    source : str, Path, Dataset or DataArray
        A file, a Dataset with an orography, or the heights themselves [m].
    heights, notes, gaussian
        See :func:`open_orography`.

    Returns
    -------
    DataArray
        ``orography`` (lat descending, lon ascending) [m, ellipsoidal].

    Raises
    ------
    InputError, GridError, UnitsError
        If it holds no orography, no axes, or no heights.

    Examples
    --------
    >>> heights = xr.DataArray([[10.0, 20.0], [30.0, 40.0]], {"lat": [50, 51], "lon": [4, 5]})
    >>> resolve_orography(heights.assign_attrs(units="m")).lat.values
    array([51., 50.])
    """
    if isinstance(source, (str, Path)):
        return open_orography(source, heights=heights, notes=notes, gaussian=gaussian)
    if not isinstance(source, (xr.Dataset, xr.DataArray)):
        msg = (
            f"an orography of type {type(source).__name__} found; accepted are a file, a Dataset "
            "or a DataArray on latitude and longitude"
        )
        raise GridError(msg)
    terrain = as_terrain(source)
    return standardise_orography(
        terrain, "the orography given", heights=heights, notes=notes, gaussian=gaussian
    )
