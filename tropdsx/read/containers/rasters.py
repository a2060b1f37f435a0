"""Open a terrain model in GeoTIFF, or in another raster format that GDAL reads: SRTM's .hgt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, InputError, how_to_install

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = ["is_raster", "open_raster"]

_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_SUFFIXES = (".hgt", ".vrt")
_WAY_OUT = "gdalwarp -t_srs EPSG:4326 dem.tif dem4326.tif"

_ELLIPSOIDAL = {"standard_name": "height_above_reference_ellipsoid"}
_ABOVE_GEOID = {"standard_name": "surface_altitude"}
_GEOIDS = ("EGM2008", "EGM96", "EGM84", "geoid", "mean sea level", "MSL", "NAVD88")
"""Words in the name of a vertical datum whose heights count from a geoid."""


def is_raster(path: Path) -> bool:
    r"""Tell a raster of GDAL from other files.

    Parameters
    ----------
    path : Path
        A file that is there.

    Returns
    -------
    bool

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix=".tif") as file:
    ...     _ = Path(file.name).write_bytes(b"II*\x00....")
    ...     is_raster(Path(file.name))
    True
    """
    if path.suffix.lower() in _SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(4) in _TIFF


def open_raster(path: str | Path) -> xr.Dataset:
    """Open the heights of a raster on latitude and longitude.

    Parameters
    ----------
    path : str or Path
        GeoTIFF, ``.hgt`` or ``.vrt`` with one band.

    Returns
    -------
    Dataset
        ``orography(lat, lon)`` float32 at the centres of the pixels, NaN where there is no value,
        with the unit of the band (metres where it names none) and what its coordinate reference
        system says of the zero of heights; those of ``.hgt`` count from the geoid.

    Raises
    ------
    InputError
        If rasterio is not installed, or cannot read the file.
    GridError
        If the raster is projected, rotated, or has several bands.

    Examples
    --------
    >>> open_raster("dem.tif")  # doctest: +SKIP
    """
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError as error:
        msg = (
            f"{path} is a raster, which needs rasterio: {how_to_install('geotiff')}, or convert it "
            "with gdal_translate -of netCDF dem.tif dem.nc"
        )
        raise InputError(msg) from error
    try:
        with rasterio.open(path) as raster:
            _check(raster, str(path))
            heights = raster.read(1, masked=True).astype(np.float32).filled(np.nan)
            heights = heights * np.float32(raster.scales[0]) + np.float32(raster.offsets[0])
            lat, lon = _axes(raster)
            attrs = {"units": raster.units[0] or "m", **_datum(raster, Path(path))}
    except (RasterioError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        msg = f"{path} cannot be read as a raster ({reason}); fetch or make it again"
        raise InputError(msg) from error
    return xr.Dataset(
        {"orography": (("lat", "lon"), heights, attrs)},
        {
            "lat": ("lat", lat, {"standard_name": "latitude", "units": "degrees_north"}),
            "lon": ("lon", lon, {"standard_name": "longitude", "units": "degrees_east"}),
        },
    )


def _check(raster: DatasetReader, name: str) -> None:
    if raster.count != 1:
        msg = (
            f"{name} has {raster.count} bands; accepted is one band of heights: gdal_translate -b 1"
        )
        raise GridError(msg)
    if raster.crs is not None and not raster.crs.is_geographic:
        found = raster.crs.to_string()[:60]
        msg = f"{name} is in {found}; accepted are latitude and longitude: {_WAY_OUT}"
        raise GridError(msg)
    west, south, east, north = raster.bounds
    if max(abs(south), abs(north)) > 91.0 or max(abs(west), abs(east)) > 541.0:
        msg = (
            f"{name} reaches from {west:g}, {south:g} to {east:g}, {north:g}, which are no "
            f"longitudes and latitudes; name its coordinate reference system: gdalwarp -s_srs ... "
            f"{_WAY_OUT.removeprefix('gdalwarp ')}"
        )
        raise GridError(msg)
    if raster.transform.b or raster.transform.d:
        msg = f"{name} is rotated; accepted are rows and columns along the axes: {_WAY_OUT}"
        raise GridError(msg)


def _axes(raster: DatasetReader) -> tuple[Any, Any]:
    """Centres of rows and columns [deg]."""
    across, down = raster.transform.a, raster.transform.e
    lat = raster.transform.f + down * (np.arange(raster.height) + 0.5)
    return lat, raster.transform.c + across * (np.arange(raster.width) + 0.5)


def _datum(raster: DatasetReader, path: Path) -> dict[str, str]:
    """Say what heights count from, as far as the coordinate reference system or the format does."""
    if path.suffix.lower() == ".hgt":
        return _ABOVE_GEOID  # those of SRTM count from EGM96, which GDAL does not say
    if raster.crs is None:
        return {}
    text = raster.crs.to_wkt()
    vertical = max(text.find("VERT_CS"), text.find("VERTCRS"))
    if vertical >= 0:
        above = any(word.lower() in text[vertical:].lower() for word in _GEOIDS)
        return _ABOVE_GEOID if above else {}
    return _ELLIPSOIDAL if "ellipsoidal height" in text.lower() else {}
