"""Write the zenith delays of weather-model files as CF NetCDF: an input for ``tropdsx convert``."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.attributes.extent import vertical_extent
from tropdsx.cf.axes import find_axes
from tropdsx.cf.description import describe
from tropdsx.cf.layout import with_standard_names
from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.cf.variables import UNKNOWN_HEIGHTS
from tropdsx.errors import GridError, warn
from tropdsx.grid.irregular import even_rows
from tropdsx.grid.spacing import regularise_axis
from tropdsx.system.hdf5 import close_locked
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress, threads_alone
from tropdsx.workflows.derive.fields.missing import watch_missing
from tropdsx.workflows.derive.integration import LADDER
from tropdsx.workflows.derive.moisture.column import find_moisture
from tropdsx.workflows.derive.open_levels import open_levels
from tropdsx.workflows.derive.zenith import integrate_zenith, zenith_delays
from tropdsx.write.parameters import command_line, describe_parameters, summarise_parameter
from tropdsx.write.provenance import make_provenance
from tropdsx.write.save import check_apart, check_storage, name_output, write_described

__all__ = ["write_delays"]

# Checkers of CF want a coordinate named height to be one above the ground.
_EVEN = (2.0, 1.0, 0.5, 0.25, 0.1)
"""Steps that are proposed instead of uneven ones: whole nodes in GRIB, too [deg]."""
_HEIGHTS = "ellipsoidal_height"


def write_delays(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    compression: str = "zlib:1",
    zarr_format: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Path:
    """Make zenith delays of the levels, or of the column of vapour, in files; write CF NetCDF.

    Parameters
    ----------
    inputs : str, Path or sequence of them
        Files with levels and surface fields; see
        :func:`tropdsx.workflows.derive.open_levels.open_levels`.
    output : str or Path, optional
        File (.nc) or store (.zarr); default: ``<stem>_delays.nc`` beside the first input.
    overwrite, compression, progress
        See :func:`tropdsx.write.write_netcdf`.
    zarr_format : {3, 2}, optional
        Version of a Zarr store; see :func:`tropdsx.write.write_zarr`.
    **options
        Of :func:`tropdsx.workflows.derive.zenith.zenith_delays`.

    Returns
    -------
    Path
        The output; it appears under its name when it is complete.

    Raises
    ------
    TropdsxError
        If the input cannot be used or the output cannot be written.
    """
    paths = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
    ds = open_levels(paths)
    try:
        return _write(
            ds,
            output,
            options,
            {"compression": compression, "zarr_format": zarr_format},
            overwrite=overwrite,
            progress=progress,
        )
    finally:
        close_locked(ds)


def _write(
    ds: xr.Dataset,
    output: str | Path | None,
    options: dict[str, Any],
    storage: dict[str, Any],
    *,
    overwrite: bool,
    progress: Progress | None,
) -> Path:
    sources = ds.encoding["tropdsx_sources"]
    target = Path(output) if output is not None else name_output(sources[0], "delays")
    check_apart(target, sources)
    storage = check_storage(target, **storage)
    check_target(target, overwrite=overwrite)
    options = {name: value for name, value in options.items() if value is not None}
    with threads_alone():
        found = _arrange_for_file(integrate_zenith(ds, sample=True, **options))
        of_moisture = find_moisture(ds) is not None
    unknown = {name: found.attrs[name] for name in UNKNOWN_HEIGHTS if name in found.attrs}
    attrs = make_provenance(
        _command(sources, options), inputs=sources, input_attrs=ds.attrs
    ) | describe_parameters(_summarise_options(options), found.attrs["tropdsx_notes"])
    found.attrs = dict(ds.attrs)
    texts = _texts_of_moisture(found) if of_moisture else _own_texts(found)
    described = describe(found, provenance=attrs, attrs=texts | unknown, unwrap_longitude=True)
    if _HEIGHTS in found.dims:
        described.attrs |= vertical_extent(found[_HEIGHTS])
    with threads_alone():
        return write_described(described, target, overwrite=overwrite, progress=progress, **storage)


def _arrange_for_file(ds: xr.Dataset) -> xr.Dataset:
    """Give a result standard names and order, a time dimension, and single precision."""
    try:
        find_axes(ds)
    except GridError as error:
        msg = (
            f"{error} (The method ds.tropds.zenith_delays() integrates curvilinear grids and "
            "stations too, without writing a file.)"
        )
        raise GridError(msg) from error
    ds = with_standard_names(ds)
    if "time" in ds.coords and "time" not in ds.dims:
        fields = {name: field.expand_dims("time") for name, field in ds.data_vars.items()}
        ds = ds.assign(fields).assign_coords(time=np.atleast_1d(ds["time"].values))
    ds = ds.assign({name: _in_one(field.astype(np.float32)) for name, field in ds.items()})
    ds = watch_missing(ds)
    if LADDER in ds.dims:
        ds = ds.rename({LADDER: _HEIGHTS})
    elif ds.sizes["lat"] > 2:
        _tell_uneven(ds)
    return ds.transpose("time", _HEIGHTS, "lat", "lon", missing_dims="ignore")


def _tell_uneven(ds: xr.Dataset) -> None:
    """Tell of latitudes, such as a part of Gaussian ones, that what comes next does not take."""
    lat = ds["lat"].to_numpy().astype(np.float64)
    if even_rows(ds[["lat"]], "lat", lat) is not None:
        return
    try:
        regularise_axis(ds["lat"].to_numpy(), "latitude")
    except GridError as error:
        what, usual = str(error).partition(";")[0], abs(float(np.median(np.diff(ds["lat"]))))
        step = max([each for each in _EVEN if each <= 1.1 * usual], default=_EVEN[-1])
        warn(
            f"{what}: these delays are right, but `tropdsx convert`, `stations` and `evaluate` "
            "take even steps alone. Bring the input to a grid of such first, for example with "
            f"`cdo remapbil,r{360 / step:g}x{180 / step:g} IN OUT`; levels give delays on the grid "
            "of a terrain model, too (--height FILE)."
        )


def _in_one(field: xr.DataArray) -> xr.DataArray:
    """Put the pieces of each epoch together."""
    return field.chunk({d: -1 for d in field.dims if d != "time"}) if field.chunks else field


def _own_texts(ds: xr.Dataset) -> dict[str, str]:
    where = "on a ladder of heights" if _HEIGHTS in ds.dims else "at the heights in orography"
    return {
        "title": "Zenith tropospheric delays integrated from weather-model levels",
        "summary": f"Zenith tropospheric delays ({_list_delays(ds)}) integrated "
        f"from temperature, humidity and pressure on the levels of a weather model, {where}.",
        "processing_level": "integrated from model levels",
    }


def _texts_of_moisture(ds: xr.Dataset) -> dict[str, str]:
    where = (
        "heights in orography" if "orography" in ds.coords else "model's ground, heights unknown"
    )
    return {
        "title": "Zenith tropospheric delays from a weather model's column of water vapour",
        "summary": f"Zenith tropospheric delays ({_list_delays(ds)}) from the "
        f"total column of water vapour and the pressure of a weather model, at the {where}.",
        "processing_level": "derived from surface fields and column of water vapour",
    }


def _list_delays(ds: xr.Dataset) -> str:
    return ", ".join(name for name in DELAYS_AND_TOTAL if name in ds.data_vars)


def _summarise_options(options: dict[str, Any]) -> dict[str, Any]:
    found = {name: summarise_parameter(value) for name, value in options.items()}
    if "ladder" in found:
        found["ladder"] = [float(height) for height in found["ladder"]]
    return found


def _command(paths: Sequence[str | Path], options: dict[str, Any]) -> str:
    usual = {name: each.default for name, each in signature(zenith_delays).parameters.items()}
    flags = {"height" if name == "ladder" else name: value for name, value in options.items()}
    return command_line("delays", paths, flags, usual)
