"""Open a terrain model in GeoTIFF, or in another raster format that GDAL reads: SRTM's .hgt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from tropdsx.errors import GridError, InputError, how_to_install

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = ["RasterRows", "is_raster", "open_raster"]

_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_SUFFIXES = (".hgt", ".vrt")
_WAY_OUT = "gdalwarp -t_srs EPSG:4326 dem.tif dem4326.tif"

#: Heights that are read at once; more are left in the file until they are asked for.
_AT_ONCE = 2**22

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
            rows = RasterRows(path, (raster.height, raster.width))
            heights: Any = indexing.LazilyIndexedArray(rows)
            if raster.height * raster.width <= _AT_ONCE:
                heights = rows.read(raster, slice(0, raster.height), slice(0, raster.width))
            lat, lon = _axes(raster)
            attrs = {"units": raster.units[0] or "m", **_datum(raster, Path(path))}
    except (RasterioError, OSError) as error:
        raise InputError(_cannot_read(path, error)) from error
    return xr.Dataset(
        {"orography": (("lat", "lon"), heights, attrs)},
        {
            "lat": ("lat", lat, {"standard_name": "latitude", "units": "degrees_north"}),
            "lon": ("lon", lon, {"standard_name": "longitude", "units": "degrees_east"}),
        },
    )


class RasterRows(BackendArray):
    """Heights of a raster, read where they are asked for: a large one need not be held.

    Parameters
    ----------
    path : str or Path
        The file.
    shape : tuple of int
        Rows and columns.

    Examples
    --------
    >>> RasterRows("dem.tif", (3601, 3601)).dtype
    dtype('float32')
    """

    def __init__(self, path: str | Path, shape: tuple[int, int]) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        """Read what an index of xarray names."""
        support = indexing.IndexingSupport.BASIC
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._fetch)

    def _fetch(self, key: tuple[Any, ...]) -> NDArray[np.float32]:
        import rasterio
        from rasterio.errors import RasterioError

        places = [np.arange(size)[part] for size, part in zip(self.shape, key, strict=True)]
        if not all(place.size for place in places):
            return np.empty([place.size for place in places if place.ndim], np.float32)
        ends = [slice(int(place.min()), int(place.max()) + 1) for place in places]
        try:
            with rasterio.open(self.path) as raster:
                found = self.read(raster, *ends)
        except (RasterioError, OSError) as error:
            raise InputError(_cannot_read(self.path, error)) from error
        rows, columns = (place - end.start for place, end in zip(places, ends, strict=True))
        return found[rows][..., columns]

    def read(self, raster: DatasetReader, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Read a box of heights, some rows after the other.

        Parameters
        ----------
        raster : DatasetReader
            The open file.
        rows, columns : slice
            Of the box.

        Returns
        -------
        ndarray of float32
            In the unit of the band; NaN where there is no value.
        """
        out = np.empty((rows.stop - rows.start, columns.stop - columns.start), np.float32)
        step = max(1, _AT_ONCE // out.shape[1])
        for start in range(rows.start, rows.stop, step):
            stop = min(start + step, rows.stop)
            window = ((start, stop), (columns.start, columns.stop))
            part = raster.read(1, masked=True, window=window).astype(np.float32).filled(np.nan)
            part = part * np.float32(raster.scales[0]) + np.float32(raster.offsets[0])
            out[start - rows.start : stop - rows.start] = part
        return out


def _cannot_read(path: str | Path, error: Exception) -> str:
    reason = " ".join(str(error).split())[:200]
    return f"{path} cannot be read as a raster ({reason}); fetch or make it again"


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
