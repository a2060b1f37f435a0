"""Write grids as the VMF Data Server does: VMF1, VMF3, V3GR text, and the orography beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.arrays import check_mapping_coefficient
from tropdsx.cf.units import in_unit
from tropdsx.errors import GridError, OutputError
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.spacing import find_step
from tropdsx.grid.standardise import standardise_grid
from tropdsx.system.staging import check_target, output_errors, stage
from tropdsx.system.workers import Progress
from tropdsx.write.export.mapping_coefficients import epochs_of, find_coefficients
from tropdsx.write.export.vmf_consumers import check_consumer
from tropdsx.write.export.vmf_orography import OrographyFile
from tropdsx.write.provenance import software_version

__all__ = ["PRODUCTS", "write_vmf"]

GRADIENTS = (
    "gradient_north_hydrostatic",
    "gradient_east_hydrostatic",
    "gradient_north_wet",
    "gradient_east_wet",
)


class Layout(NamedTuple):
    """How a product is laid out.

    Attributes
    ----------
    prefix : str
        Of the file names.
    columns : str
        As Data_types names them.
    blank : str
        What stands between latitude, longitude and the coefficients.
    scale : str
        The line of the scale factor, with its blanks.
    round_the_globe : bool
        Whether the range of a global grid ends where it began (0 360).
    """

    prefix: str
    columns: str
    blank: str
    scale: str
    round_the_globe: bool


_DELAYS = "lat lon ah aw zhd zwd"
PRODUCTS = {
    "VMF3": Layout("VMF3", _DELAYS, "  ", "1.e+00", round_the_globe=False),
    "VMF1": Layout("VMFG", _DELAYS, " ", "1.e+00       ", round_the_globe=True),
    "V3GR": Layout("V3GR", f"{_DELAYS} Gn_h Ge_h Gn_w Ge_w", "  ", "1.e+00", round_the_globe=False),
}
"""What is written, and how."""


def write_vmf(
    ds: xr.Dataset,
    folder: str | Path,
    product: str = "VMF3",
    *,
    coefficients: xr.Dataset | str | Path | None = None,
    source: str | None = None,
    comment: str = "zenith delays by tropdsx",
    consumer: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write delays on a grid as text of the VMF Data Server, one file for each epoch.

    Parameters
    ----------
    ds : Dataset
        ``zhd`` and ``zwd`` on a regular grid with dates, in any orientation; ``ah`` and ``aw`` [1];
        of V3GR also ``gradient_north_hydrostatic`` and so on; with ``orography``, its file too.
    folder : str or Path
        Where the files go; it exists.
    product : {"VMF3", "VMF1", "V3GR"}, optional
        Layout, and names such as ``VMF3_20210101.H00`` and ``VMFG_20210101.H00``.
    coefficients : Dataset, "gpt3", str or Path, optional
        Where ``ah`` and ``aw`` come from that `ds` has not: a coarser grid with them (horizontal
        and in time linear: they belong to height zero), or GPT3 ("gpt3": the asset, or a ``.grd``
        file). The comment of each file says which.
    source, comment : str, optional
        Of the header; default: this package and the date.
    consumer : str, optional
        Refuse what this program cannot read: PRIDE, Ginan, raPPPid, Orekit, GROOPS.
    overwrite : bool, optional
        Replace existing files.
    progress : callable, optional
        Called with (epochs written, epochs in all).

    Returns
    -------
    list of Path
        The files, the orography last; without one where the heights are not known, with a warning.

    Raises
    ------
    DomainError
        Coefficients ``ah``, ``aw`` are none.
    OutputError
        A file exists or cannot be written, or the format has no place for a value: gaps, epochs
        between the hours, nodes that the consumer does not read.
    GridError
        There are no coefficients, gradients or delays, or the axes are no regular grid.

    Notes
    -----
    Four digits of delays [m], eight of coefficients, three of gradients [mm].

    Examples
    --------
    >>> import tempfile
    >>> axes = {"lat": [87.5, 82.5], "lon": [2.5, 7.5], "time": [np.datetime64("2021-01-01", "ns")]}
    >>> values = {"zhd": 2.3, "zwd": 0.1, "ah": 0.0012, "aw": 0.0006}
    >>> heights = xr.Variable(("lat", "lon"), np.zeros((2, 2)), {"units": "m"})
    >>> ds = xr.Dataset({"orography": heights}, axes)
    >>> for name, value in values.items():
    ...     units = "m" if name[0] == "z" else "1"
    ...     ds[name] = (("time", "lat", "lon"), np.full((1, 2, 2), value), {"units": units})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path, _ = write_vmf(ds, folder)
    ...     path.name, path.read_text().splitlines()[7]
    ('VMF3_20210101.H00', ' 87.5    2.5  0.00120000  0.00060000  2.3000  0.1000')
    """
    if product not in PRODUCTS:
        msg = f"product {product!r} found; accepted are {', '.join(PRODUCTS)}"
        raise OutputError(msg)
    layout = PRODUCTS[product]
    grid, _ = standardise_grid(ds, variables=("zhd", "zwd"))
    lost = [name for name in ("zhd", "zwd") if name not in grid]
    if lost:
        msg = f"the grid has no {', '.join(lost)}; VMF text holds zhd and zwd. Convert both"
        raise GridError(msg)
    times = _whole_hours(grid["time"].to_numpy())
    lat, lon = (grid[axis].to_numpy() for axis in ("lat", "lon"))
    if consumer is not None:
        check_consumer(consumer, product, lat, lon)
    columns, note = _columns(ds, grid, coefficients, product)
    files = [
        check_target(Path(folder) / f"{layout.prefix}_{_name(time)}", overwrite=overwrite)
        for time in times
    ]
    ground = OrographyFile.of(
        grid, Path(folder), round_the_globe=layout.round_the_globe, overwrite=overwrite
    )
    about = f"{comment}; {note}" if note else comment
    head = _head(layout, product, lat, lon, source, about)
    for place, target in enumerate(files):
        rows = _rows(columns, place, times[place])
        _write(target, head(times[place]), rows, (lat, lon), layout, overwrite=overwrite)
        if progress is not None:
            progress(place + 1, len(files))
    return files if ground is None else [*files, ground.write(overwrite=overwrite)]


def _whole_hours(times: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    hours = times.astype("datetime64[h]")
    if np.isnat(times).any() or (hours != times).any():
        msg = (
            "the grid has epochs without dates or between the hours; names such as "
            "VMF3_20210101.H06 hold whole hours. Select them: ds.sel(time=...)"
        )
        raise OutputError(msg)
    return np.asarray(hours)


def _name(time: np.datetime64) -> str:
    day, hour = str(time).split("T")
    return f"{day.replace('-', '')}.H{hour}"


def _head(
    layout: Layout,
    product: str,
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    source: str | None,
    comment: str,
) -> Any:
    """Make the header lines of an epoch."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    steps = [abs(find_step(axis)) for axis in (lat, lon)]
    east = lon[-1]
    if layout.round_the_globe and is_global_longitude(lon):
        east = lon[0] + 360.0
    span = (lat[-1], lat[0], lon[0], east, *steps)

    def lines(time: np.datetime64) -> list[str]:
        day, hour = str(time).split("T")
        entries = {
            "Version": "1.0",
            "Source": source or f"tropdsx {software_version()} (created: {today})",
            "Data_types": f"{product} ({layout.columns})",
            "Epoch": f"{day.replace('-', ' ')} {hour} 00  0.0",
            "Scale_factor": layout.scale,
            "Range/resolution": " ".join(f"{number:.10g}" for number in span),
            "Comment": comment,
        }
        return [f"! {f'{key}:':<19} {text}" for key, text in entries.items()]

    return lines


Column = tuple[Callable[[int], NDArray[np.floating]], int]
"""The field of an epoch by its place, and how many digits are printed of it."""


def _columns(
    ds: xr.Dataset, grid: xr.Dataset, coefficients: Any, product: str
) -> tuple[list[Column], str]:
    """Find the columns of a product, and where the coefficients come from."""
    found = find_coefficients(ds, grid, coefficients)

    def delay(name: str) -> Column:
        return lambda place: grid[name].isel(time=place).to_numpy(), 4

    columns: list[Column] = [(found.ah, 8), (found.aw, 8), delay("zhd"), delay("zwd")]
    if product == "V3GR":
        missing = [name for name in GRADIENTS if name not in ds]
        if missing:
            msg = f"V3GR needs gradients, and {', '.join(missing)} are not there; write VMF3"
            raise GridError(msg)
        gradients = (epochs_of(in_unit(ds[name], "gradient"), grid, ds) for name in GRADIENTS)
        columns += [(_in_mm(metres), 3) for metres in gradients]
    return columns, found.note


def _in_mm(metres: Callable[[int], NDArray[np.floating]]) -> Callable[[int], NDArray[np.floating]]:
    return lambda place: 1e3 * metres(place)


def _rows(columns: list[Column], place: int, time: np.datetime64) -> NDArray[np.float64]:
    """Values of one epoch, (lat x lon, columns), rounded as they are printed."""
    fields = [np.ravel(read(place)).astype(np.float64) for read, _ in columns]
    for each in fields[:2]:
        check_mapping_coefficient(each)
    gaps = int((~np.isfinite(np.stack(fields))).any(axis=0).sum())
    if gaps:
        msg = (
            f"{gaps} of {fields[0].size} nodes have no value at {str(time)[:13]}; VMF text has no "
            "sign for that. Leave the epoch out, or cut the grid to where it has values"
        )
        raise OutputError(msg)
    digits = [digit for _, digit in columns]
    return np.stack(
        [field.round(digit) + 0.0 for field, digit in zip(fields, digits, strict=True)], axis=1
    )


def _write(
    target: Path,
    head: list[str],
    rows: NDArray[np.float64],
    axes: tuple[NDArray[np.float64], NDArray[np.float64]],
    layout: Layout,
    *,
    overwrite: bool,
) -> None:
    lat, lon = axes
    more = max(_decimals(lat), _decimals(lon)) - 1
    wide = 6 if layout.blank == "  " else 5
    places = f"%{5 + more}.{1 + more}f %{wide + more}.{1 + more}f{layout.blank}"
    line = f"{places}%10.8f  %10.8f  %6.4f  %6.4f" + "  %7.3f" * (rows.shape[1] - 4)
    nodes = np.column_stack([np.repeat(lat, lon.size), np.tile(lon, lat.size), rows])
    with stage(target, overwrite=overwrite) as partial, output_errors(target):
        text = [*head, *(line % tuple(row) for row in nodes.tolist()), ""]
        partial.write_text("\n".join(text), encoding="ascii", errors="replace", newline="\n")


def _decimals(axis: NDArray[np.float64]) -> int:
    """Digits after the point that tell the nodes exactly, at least one and at most six."""
    for digits in range(1, 6):
        if np.abs(axis - axis.round(digits)).max() < 1e-9:
            return digits
    return 6
