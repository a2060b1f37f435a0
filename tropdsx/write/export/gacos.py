"""Write total delays as GACOS gives them: raw floats with a ROI_PAC header, or GeoTIFF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.units import in_unit
from tropdsx.errors import GridError, OutputError, warn
from tropdsx.grid.spacing import find_step
from tropdsx.grid.standardise import standardise_grid
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.export.empty_epochs import tell_of_empty
from tropdsx.write.export.mapping_coefficients import on_grid

__all__ = ["FORMATS", "write_gacos"]

FORMATS = ("ztd", "tif")
"""What is written: raw floats and header, or GeoTIFF."""


def write_gacos(
    ds: xr.Dataset,
    folder: str | Path,
    *,
    form: str = "ztd",
    registration: str = "node",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write zenith total delays as GACOS does, one file for each day.

    Parameters
    ----------
    ds : Dataset
        ``ztd``, or ``zhd`` and ``zwd``, on a regular grid with dates, in any orientation.
    folder : str or Path
        Where the files go; it exists.
    form : {"ztd", "tif"}, optional
        ``20210101.ztd`` (float32, little endian, rows from north) with ``20210101.ztd.rsc``, or
        ``20210101.ztd.tif``, for which rasterio is needed.
    registration : {"node", "corner"}, optional
        What X_FIRST and Y_FIRST name: the first node, as GACOS and LiCSBAS have it, or the
        corner of its cell, as MintPy and ROI_PAC read it. GeoTIFF always says its corner.
    overwrite : bool, optional
        Replace existing files.
    progress : callable, optional
        Called with (days written, days in all).

    Returns
    -------
    list of Path
        The files of delays; headers lie beside them. Days without any value get none, with a
        warning that names them.

    Raises
    ------
    OutputError
        A file exists or cannot be written, two epochs are of one day, none has a value, or rasterio
        is missing.
    GridError
        There is no total delay, no date or no regular grid.

    Notes
    -----
    Delays are in metres, zenith, and positive. A missing value stays NaN, with a warning.

    Examples
    --------
    >>> import tempfile
    >>> axes = {"lat": [1.0, 0.0], "lon": [5.0, 6.0], "time": [np.datetime64("2021-01-01", "ns")]}
    >>> ztd = (("time", "lat", "lon"), np.full((1, 2, 2), 2.4), {"units": "m"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (path,) = write_gacos(xr.Dataset({"ztd": ztd}, axes), folder)
    ...     path.name, np.fromfile(path, "<f4").tolist()[:1]
    ('20210101.ztd', [2.4000000953674316])
    """
    if form not in FORMATS or registration not in ("node", "corner"):
        msg = (
            f"form {form!r} and registration {registration!r} found; accepted are 'ztd' or 'tif', "
            "and 'node' or 'corner'"
        )
        raise OutputError(msg)
    rasterio = _rasterio() if form == "tif" else None
    grid, totals = _totals(ds)
    times = grid["time"].to_numpy()
    ending = "ztd" if rasterio is None else "ztd.tif"
    names = [f"{str(day).replace('-', '')}.{ending}" for day in _days(times)]
    targets = [Path(folder) / name for name in names]
    headers = [Path(folder) / f"{name}.rsc" for name in names if rasterio is None]
    for each in (*targets, *headers):
        check_target(each, overwrite=overwrite, folder=False)
    axes = [grid[axis].to_numpy() for axis in ("lat", "lon")]
    empty = {}
    for place, target in enumerate(targets):
        field, time = totals(place), times[place]
        if np.isnan(field).all():
            empty[time] = target
        else:
            _warn_of_gaps(field, time)
            header = None if rasterio is not None else _header(axes, time, registration)
            if header is None:
                _write_tif(rasterio, target, field, axes, time, overwrite=overwrite)
            else:
                _write_raw(target, field, header, overwrite=overwrite)
        if progress is not None:
            progress(place + 1, len(targets))
    tell_of_empty(empty, len(targets))
    return [target for target in targets if target not in empty.values()]


def _write_raw(target: Path, field: NDArray[np.floating], header: str, *, overwrite: bool) -> None:
    """Write header and floats, none without the other; the header is there first."""
    beside = target.with_name(f"{target.name}.rsc")
    with (
        stage(target, overwrite=overwrite) as floats,
        output_errors(target),
        stage(beside, overwrite=overwrite) as partial,
    ):
        field.astype("<f4").tofile(floats)
        with output_errors(beside):
            partial.write_text(header, encoding="ascii")


def _rasterio() -> Any:
    try:
        import rasterio
    except ImportError as error:
        msg = (
            "GeoTIFF needs rasterio, which is not here; install it (pip install rasterio), or "
            "write form='ztd'"
        )
        raise OutputError(msg) from error
    return rasterio


def _totals(ds: xr.Dataset) -> tuple[xr.Dataset, Any]:
    """Find the standard grid and total delays of an epoch by its place [m]."""
    if "ztd" in ds:
        # Any delay brings the axes in order; the total itself is neither split nor judged.
        bare = ds.drop_vars([name for name in ("zhd", "zwd") if name in ds])
        total = in_unit(ds["ztd"], "ztd").assign_attrs(units="m")
        shape = bare.assign(zwd=xr.full_like(total, 0.1)).drop_vars("ztd")
        grid, _ = standardise_grid(shape, variables=("zwd",), computed=True)
        fields = on_grid(total, grid, ds)
        return grid, lambda place: fields[min(place, len(fields) - 1)]
    grid, _ = standardise_grid(ds)
    if not {"zhd", "zwd"} <= set(grid.data_vars):
        msg = "GACOS holds total delays; give ztd, or zhd and zwd"
        raise GridError(msg)
    return grid, lambda place: sum(
        grid[name].isel(time=place).to_numpy().astype(np.float64) for name in ("zhd", "zwd")
    )


def _days(times: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    if not np.issubdtype(times.dtype, np.datetime64) or np.isnat(times).any():
        msg = "the delays have no dates, and names such as 20210101.ztd are made of them"
        raise GridError(msg)
    days = times.astype("datetime64[D]")
    found, count = np.unique(days, return_counts=True)
    if (count > 1).any():
        msg = (
            f"{count.max()} epochs are of {found[count > 1][0]}, and names such as 20210101.ztd "
            "hold the day alone; take the epoch of the acquisition, or interpolate to it: "
            "ds.interp(time=...); of a command, --time TIME takes the nearest"
        )
        raise OutputError(msg)
    return np.asarray(days)


def _warn_of_gaps(field: NDArray[np.floating], time: np.datetime64) -> None:
    if gaps := int(np.isnan(field).sum()):
        warn(f"{gaps} of {field.size} nodes have no value at {time!s:.16}; they stay NaN")


def _header(axes: list[NDArray[np.float64]], time: np.datetime64, registration: str) -> str:
    """Lines of the header, in the order in which readers that go by position want them."""
    lat, lon = axes
    steps = [find_step(axis) for axis in axes]
    half = [step / 2 if registration == "corner" else 0.0 for step in steps]
    day = time.astype("datetime64[D]")
    hours = float((time - day) / np.timedelta64(1, "h"))
    entries = {
        "WIDTH": lon.size,
        "FILE_LENGTH": lat.size,
        "XMIN": 0,
        "XMAX": lon.size - 1,
        "YMIN": 0,
        "YMAX": lat.size - 1,
        "X_FIRST": f"{_within_180(lon[0]) - half[1]:.10g}",
        "Y_FIRST": f"{lat[0] - half[0]:.10g}",
        "X_STEP": f"{steps[1]:.12g}",
        "Y_STEP": f"{steps[0]:.12g}",
        "X_UNIT": "degrees",
        "Y_UNIT": "degrees",
        "Z_OFFSET": 0,
        "Z_SCALE": 1,
        "PROJECTION": "LATLON",
        "DATUM": "WGS84",
        "TIME_OF_DAY": f"{hours:.4f} UTC",
    }
    return "".join(f"{key:<15} {value}\n" for key, value in entries.items())


def _within_180(west: float) -> float:
    return (west + 180.0) % 360.0 - 180.0


def _write_tif(
    rasterio: Any,
    target: Path,
    field: NDArray[np.floating],
    axes: list[NDArray[np.float64]],
    time: np.datetime64,
    *,
    overwrite: bool,
) -> None:
    lat, lon = axes
    south, east = (find_step(axis) for axis in axes)
    corner = (_within_180(lon[0]) - east / 2, lat[0] - south / 2)
    profile = {
        "driver": "GTiff",
        "width": lon.size,
        "height": lat.size,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "transform": rasterio.Affine(east, 0.0, corner[0], 0.0, south, corner[1]),
        "nodata": float("nan"),
        "compress": "deflate",
    }
    with (
        stage(target, overwrite=overwrite) as partial,
        output_errors(target),
        rasterio.open(partial, "w", **profile) as file,
    ):
        file.write(field.astype(np.float32), 1)
        file.set_band_description(1, "zenith total delay [m]")
        file.update_tags(TIME=f"{time!s:.19}", UNITS="m")
