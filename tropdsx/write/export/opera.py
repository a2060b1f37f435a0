"""Write delays on a ladder of heights as OPERA TROPO-ZENITH (level 4) holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.units import delay_in_metres, in_unit
from tropdsx.errors import GridError, OutputError, warn
from tropdsx.system.hdf5 import hdf5_lock
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.export.empty_epochs import tell_of_empty
from tropdsx.write.provenance import software_version

__all__ = ["write_opera"]

_LADDER = "ellipsoidal_height"
"""What ``tropdsx delays --height 0:5000:500`` calls the ladder."""
_PADDING = 0.2
"""MintPy 1.6 cuts a cube so far around the scene [deg]."""
_FIELDS = {
    "wet_delay": ("zwd", "zenith wet delay"),
    "hydrostatic_delay": ("zhd", "zenith hydrostatic delay"),
}
_ATTRIBUTES = {
    "time": {"standard_name": "time", "axis": "T"},
    "height": {
        "standard_name": "height_above_reference_ellipsoid",
        "long_name": "height above the ellipsoid",
        "units": "meters",
        "positive": "up",
        "axis": "Z",
    },
    "latitude": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
}


def write_opera(
    ds: xr.Dataset,
    folder: str | Path,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write delays on heights as OPERA TROPO-ZENITH does, one NetCDF file for each epoch.

    Parameters
    ----------
    ds : Dataset
        ``zhd`` and ``zwd`` [m] on time, latitude, longitude and ``height`` [m, ellipsoidal], in any
        order and orientation.
    folder : str or Path
        Where the files go; it exists.
    overwrite : bool, optional
        Replace files of the same epochs.
    progress : callable, optional
        Called with (epochs written, epochs in all).

    Returns
    -------
    list of Path
        Names such as ``OPERA_L4_TROPO-ZENITH_20210101T000000Z_20261127T120000Z_HRES_v1.0.nc``:
        MintPy finds them by the first date. Epochs without any value of a delay get none, with a
        warning that names them.

    Raises
    ------
    OutputError
        A file of an epoch exists or cannot be written, or no epoch has values.
    GridError
        A delay, the heights or the dates are missing.

    Notes
    -----
    ``wet_delay`` and ``hydrostatic_delay`` (time, height, latitude, longitude) [m], latitudes from
    north, longitudes from -180, heights upwards. MintPy intersects them with its terrain model,
    linearly between heights: that model is to count from the ellipsoid, too. Nodes further apart
    than 0.2 degrees leave its map empty at the edges, which is warned of, as missing values are:
    they stay NaN, and ``comment`` counts them.

    Examples
    --------
    >>> import tempfile
    >>> axes = {"time": [np.datetime64("2021-01-01", "ns")], "height": [0.0, 1e3]}
    >>> axes |= {"lat": [1.0, 0.9], "lon": [5.0, 5.1]}
    >>> ds = xr.Dataset(coords=axes)
    >>> for name, value in {"zhd": 2.3, "zwd": 0.1}.items():
    ...     ds[name] = (tuple(axes), np.full((1, 2, 2, 2), value), {"units": "m"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (path,) = write_opera(ds, folder)
    ...     path.name[:38]
    'OPERA_L4_TROPO-ZENITH_20210101T000000Z'
    """
    cube = _cube(ds)
    _check_spacing(cube)
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    paths = []
    for time in cube["time"].to_numpy().astype("datetime64[s]"):
        stamp = str(time).replace("-", "").replace(":", "")
        stem = f"OPERA_L4_TROPO-ZENITH_{stamp}Z"
        there = sorted(Path(folder).glob(f"{stem}_*.nc"))
        if there and not overwrite:
            msg = f"{there[0]} is of this epoch; remove it, or overwrite it (--overwrite)"
            raise OutputError(msg)
        target = there[0] if there else Path(folder) / f"{stem}_{now}_HRES_v1.0.nc"
        paths.append(check_target(target, overwrite=overwrite, folder=False))
    empty = {}
    for place, target in enumerate(paths):
        epoch = cube.isel(time=[place]).load()
        if any(epoch[name].isnull().all() for name in _FIELDS):
            empty[epoch["time"].to_numpy()[0]] = target
        else:
            epoch = _with_gaps_told(epoch)
            with stage(target, overwrite=overwrite) as partial, output_errors(target), hdf5_lock():
                _write(epoch, partial)
        if progress is not None:
            progress(place + 1, len(paths))
    tell_of_empty(empty, len(paths))
    return [path for path in paths if path not in empty.values()]


def _with_gaps_told(epoch: xr.Dataset) -> xr.Dataset:
    """Count what an epoch lacks, in a warning and in the file."""
    gaps = {name: int(epoch[name].isnull().sum()) for name in _FIELDS}
    size, at = epoch["wet_delay"].size, f"{epoch['time'].to_numpy()[0]!s:.16}"
    if not any(gaps.values()):
        return epoch
    found = " and ".join(f"{count} of {size} in {name}" for name, count in gaps.items() if count)
    warn(f"{found} have no value at {at}; they stay NaN")
    return epoch.assign_attrs(comment=f"missing values (NaN): {found}")


def _check_spacing(cube: xr.Dataset) -> None:
    steps = [
        float(np.abs(np.diff(cube[axis])).max(initial=0)) for axis in ("latitude", "longitude")
    ]
    if max(steps) > _PADDING:
        warn(
            f"the nodes are {max(steps):g} degrees apart: MintPy takes {_PADDING:g} degrees around "
            "a scene, so its map is empty at the edges; interpolate to 0.1 degrees for it"
        )


def _write(epoch: xr.Dataset, path: Path) -> None:
    """Write one epoch; xarray would take its lock, which the caller holds."""
    import netCDF4

    with netCDF4.Dataset(path, "w") as file:
        file.setncatts(epoch.attrs)
        for name, size in epoch.sizes.items():
            file.createDimension(str(name), size)
        since = np.datetime64("1970-01-01", "ns")
        seconds = (epoch["time"].to_numpy() - since) / np.timedelta64(1, "s")
        time = file.createVariable("time", "f8", ("time",))
        time.setncatts({**epoch["time"].attrs, "units": "seconds since 1970-01-01"})
        time[:] = seconds
        for name in ("height", "latitude", "longitude"):
            axis = file.createVariable(name, "f8", (name,))
            axis.setncatts(epoch[name].attrs)
            axis[:] = epoch[name].to_numpy()
        chunks = (1, 1, epoch.sizes["latitude"], epoch.sizes["longitude"])
        for name in _FIELDS:
            how: dict[str, Any] = {"zlib": True, "complevel": 1, "fill_value": np.float32(np.nan)}
            dims = tuple(map(str, epoch[name].dims))
            field = file.createVariable(name, "f4", dims, chunksizes=chunks, **how)
            field.setncatts(epoch[name].attrs)
            field[:] = epoch[name].to_numpy()


def _cube(ds: xr.Dataset) -> xr.Dataset:
    """Name and order everything as OPERA does; lazy delays stay lazy."""
    if "height" not in ds.dims and _LADDER in ds.dims:
        ds = ds.drop_vars("height", errors="ignore").rename({_LADDER: "height"})
    missing = [name for name in ("zhd", "zwd") if name not in ds]
    if missing or "height" not in ds.dims:
        what = f"no {' and no '.join(missing)}" if missing else "no dimension height"
        msg = (
            f"there is {what}; OPERA holds both delays on a ladder of heights: "
            "tropdsx.zenith_delays(levels, ladder=...), or ds.tropds.to_opera(folder, heights=...)"
        )
        raise GridError(msg)
    time, lat, lon = find_axis_names(ds)
    if time is None or not np.issubdtype(ds[time].dtype, np.datetime64):
        msg = "the delays have no dates, and OPERA has a file for each"
        raise GridError(msg)
    ds = ds if time in ds.dims else ds.expand_dims(time)
    names = {time: "time", lat: "latitude", lon: "longitude"}
    height = in_unit(ds["height"], "height") if "units" in ds["height"].attrs else ds["height"]
    fields = {
        name: delay_in_metres(ds[own], own, computed=True).astype(np.float32).variable
        for name, (own, _) in _FIELDS.items()
    }
    axes = {axis: ds[axis].variable for axis in (time, lat, lon)} | {"height": height.variable}
    cube = xr.Dataset(fields, axes).rename(names)
    cube = cube.assign_coords(longitude=(cube["longitude"] + 180.0) % 360.0 - 180.0)
    cube = cube.sortby(["time", "height", "longitude"]).sortby("latitude", ascending=False)
    cube = cube.transpose("time", "height", "latitude", "longitude")
    for name, (_, about) in _FIELDS.items():
        cube[name].attrs = {"long_name": about, "units": "meters"}
    for name, attrs in _ATTRIBUTES.items():
        cube[name].attrs = dict(attrs)
    return cube.assign_attrs(
        Conventions="CF-1.8",
        title="zenith delays on heights, laid out as OPERA_L4_TROPO-ZENITH",
        source=f"tropdsx {software_version()}",
    )
