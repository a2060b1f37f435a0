"""Describe a result and write it, as NetCDF file or Zarr store by the name of the output."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.description import describe
from tropdsx.cf.layout import straighten_axes, with_standard_names
from tropdsx.errors import GridError, OutputError
from tropdsx.system.names import exists, expand_name, local_file, split_part
from tropdsx.system.paths import names_store
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress
from tropdsx.write.compression import parse_compression
from tropdsx.write.endings import check_ending
from tropdsx.write.netcdf import write_netcdf
from tropdsx.write.provenance import find_sources, make_provenance
from tropdsx.write.zarr import check_zarr_format, write_zarr

__all__ = [
    "check_apart",
    "check_storage",
    "describe_for_writing",
    "name_output",
    "save",
    "write_described",
]

#: Endings of inputs, in the order in which they are taken off.
_ENDINGS = (
    ".xz",
    ".gz",
    ".zip",
    ".nc",
    ".nc4",
    ".zarr",
    ".grib",
    ".grb",
    ".grib2",
    ".grb2",
    ".npy",
)


def name_output(first: str | Path, tag: str) -> Path:
    """Name an output after the first input, where the caller gives no name.

    Parameters
    ----------
    first : str or Path
        First input, or a pattern of several.
    tag : str
        What was made of it.

    Returns
    -------
    Path
        ``<stem>_<tag>.nc`` in the folder of the input; that of a URL in the current folder. A group
        or member stays in the stem.

    Examples
    --------
    >>> name_output("grids/VMF3_20210101.H00.xz", "tropdsx").name
    'VMF3_20210101.H00_tropdsx.nc'
    >>> name_output("levels/era5_pl.grib2", "delays").name
    'era5_pl_delays.nc'
    >>> name_output("https://host/a.nc#run/wet", "tropdsx")
    PosixPath('a_run_wet_tropdsx.nc')
    """
    file, part = split_part(expand_name(first))
    if isinstance(file, str):
        file = Path(file.partition("?")[0].rstrip("/").rpartition("/")[2])
    names = [file.name] if part or exists(file) else file.name.split("#")  # or a pattern
    stem = "_".join(map(_stem, [*names, *(part or "").split("/")])).strip("_")
    return file.with_name(f"{stem or 'delays'}_{tag}.nc")


def _stem(name: str) -> str:
    stem = name.replace("*", "").replace("?", "")
    for ending in _ENDINGS:
        stem = stem.removesuffix(ending)
    return stem


def check_apart(target: Path, inputs: Iterable[Any]) -> None:
    """Refuse an output that is also read, which overwriting would destroy.

    Parameters
    ----------
    target : Path
        The output.
    inputs : iterable
        Everything that is read: files count, names without a file, URLs and grids in memory do
        not.

    Raises
    ------
    OutputError
        The output is one of the inputs, by whatever name.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     check_apart(Path("out.nc"), [file.name, "default", None])
    ...     check_apart(Path(file.name), [file.name])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.OutputError: ... is an input; give the output another name with -o
    """
    names = [each for each in inputs if isinstance(each, (str, Path)) and str(each)]
    files = [file for name in names if (file := local_file(name)) is not None]
    if target.exists() and any(target.samefile(file) for file in files):
        msg = f"{target} is an input; give the output another name with -o"
        raise OutputError(msg)


def save(
    fine: xr.Dataset,
    path: str | Path,
    *,
    overwrite: bool = False,
    compression: str = "zlib:1",
    progress: Progress | None = None,
    store: str | None = None,
    **storage: Any,
) -> Path:
    """Describe a result as CF and write it as the commands do: along time, lat and lon.

    Parameters
    ----------
    fine : Dataset
        Result of :func:`tropdsx.downscale`, or any delays on a grid, whose axes may have other
        names and another order.
    path : str or Path
        Output; a name ending in .zarr makes a Zarr store.
    overwrite, compression, progress, **storage
        See :func:`tropdsx.write.write_netcdf` and :func:`tropdsx.write.write_zarr`.
    store : {"zarr"}, optional
        Write a Zarr store whatever the name.

    Returns
    -------
    Path
        The file or folder that was written.

    Raises
    ------
    OutputError
        The output exists, cannot be written, or bears the name of a format that is not written.

    Examples
    --------
    >>> import tempfile
    >>> zhd = xr.DataArray([[2.3, 2.4]], {"lat": [1.0], "lon": [5.0, 6.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with xr.open_dataset(save(zhd.to_dataset(name="zhd"), f"{folder}/out.nc")) as ds:
    ...         ds.zhd.long_name, ds.lat.units
    ('zenith hydrostatic delay', 'degrees_north')
    """
    as_store = store == "zarr" or names_store(path)
    if not as_store:
        check_ending(path)
    check_target(path, overwrite=overwrite, folder=as_store)
    return write_described(
        describe_for_writing(_lay_out(fine)),
        path,
        as_store=as_store,
        overwrite=overwrite,
        compression=compression,
        progress=progress,
        **storage,
    )


def _lay_out(fine: xr.Dataset) -> xr.Dataset:
    """Name and order the axes of a grid as files have them; a list of places stays as it is."""
    with contextlib.suppress(GridError):  # a list of places has no axes
        fine = straighten_axes(fine)
    _, lat, lon = find_axis_names(fine)
    if fine[lat].dims == fine[lon].dims:
        return fine
    fine = with_standard_names(fine)
    order = ("time", ..., "lat", "lon")  # heights before the rows, where many tools want them
    fields = {
        name: field.variable.transpose(*order, missing_dims="ignore")
        for name, field in fine.data_vars.items()
        if {"lat", "lon"} <= set(field.dims)
    }
    return fine.assign(fields)


def write_described(
    ds: xr.Dataset,
    path: str | Path,
    *,
    as_store: bool | None = None,
    overwrite: bool = False,
    **storage: Any,
) -> Path:
    """Write a Dataset that is described already.

    Parameters
    ----------
    ds : Dataset
        What :func:`tropdsx.cf.describe` returned.
    path : str or Path
        Output.
    as_store : bool, optional
        Write a Zarr store; by default, if the name ends in .zarr.
    overwrite, **storage
        See :func:`tropdsx.write.write_netcdf`, for a store :func:`tropdsx.write.write_zarr`.

    Returns
    -------
    Path
        As from :func:`save`, with the same errors.

    Examples
    --------
    >>> import tempfile
    >>> ds = describe(xr.Dataset(coords={"lat": [1.0, 0.0], "lon": [5.0, 6.0]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_described(ds, f"{folder}/out.zarr").is_dir()
    True
    """
    if names_store(path) if as_store is None else as_store:
        storage.pop("progress", None)
        return write_zarr(ds, path, overwrite=overwrite, **storage)
    return write_netcdf(ds, path, overwrite=overwrite, **storage)


def check_storage(
    path: str | Path, *, compression: str = "zlib:1", zarr_format: int | None = None
) -> dict[str, Any]:
    """Refuse a name or a way of storage that means nothing, before anything is read.

    Parameters
    ----------
    path : str or Path
        Output.
    compression : str
        See :func:`tropdsx.write.compression.parse_compression`.
    zarr_format : {3, 2}, optional
        Version of a Zarr store.

    Returns
    -------
    dict
        ``compression``, and of a store ``zarr_format``.

    Raises
    ------
    OutputError
        The text says what is accepted.

    Examples
    --------
    >>> check_storage("out.nc"), check_storage("out.zarr", zarr_format=2)
    ({'compression': 'zlib:1'}, {'compression': 'zlib:1', 'zarr_format': 2})
    """
    check_ending(path)
    as_store = names_store(path)
    parse_compression(compression, store=as_store)
    if as_store:
        version = 3 if zarr_format is None else zarr_format
        check_zarr_format(version)
        return {"compression": compression, "zarr_format": version}
    if zarr_format is not None:
        msg = (
            f"a version of Zarr is given, and {Path(path).name} is NetCDF; leave it out, or name "
            "the output .zarr"
        )
        raise OutputError(msg)
    return {"compression": compression}


def describe_for_writing(fine: xr.Dataset) -> xr.Dataset:
    """Describe a result as CF, with the sha256 of the files that it was made from.

    Parameters
    ----------
    fine : Dataset
        Result of :func:`tropdsx.downscale`, or any delays on a grid.

    Returns
    -------
    Dataset
        Lazy where the result is; longitudes of a box across the antimeridian run on.

    Raises
    ------
    GridError
        There is no one-dimensional latitude or longitude to describe.

    Examples
    --------
    >>> zhd = xr.DataArray([[2.3, 2.4]], {"lat": [1.0], "lon": [179.5, -179.5]})
    >>> describe_for_writing(zhd.to_dataset(name="zhd")).lon.values
    array([179.5, 180.5])
    """
    return describe(fine, provenance=_with_inputs(fine), unwrap_longitude=True)


def _with_inputs(fine: xr.Dataset) -> dict[str, Any]:
    """Provenance attributes, now with the sha256 of the input files; extents are read afresh."""
    measured = ("geospatial_", "time_coverage_")
    attrs = {str(k): v for k, v in fine.attrs.items() if not str(k).startswith(measured)}
    sources = find_sources(fine)
    if "tropdsx_version" in attrs and sources and json.loads(attrs["tropdsx_inputs"]) == []:
        attrs["tropdsx_inputs"] = make_provenance("", inputs=sources)["tropdsx_inputs"]
    return attrs
