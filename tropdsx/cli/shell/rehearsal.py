"""Say what a conversion would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tropdsx.write.provenance import find_sources

if TYPE_CHECKING:
    import xarray as xr

    from tropdsx.workflows.convert.rehearsal import Rehearsal

__all__ = ["rows_of", "show_bytes", "show_seconds"]


def rows_of(found: Rehearsal) -> list[tuple[str, str]]:
    """Lay out a rehearsal.

    Parameters
    ----------
    found : Rehearsal
        From :func:`tropdsx.workflows.convert.rehearsal.rehearse`.

    Returns
    -------
    list of tuple of str
        Label and text.
    """
    attrs, options = found.described.attrs, found.plan.options
    blocks = -(-found.epochs // found.block)
    model = attrs.get("tropdsx_model")
    network = f"{model} on {attrs.get('tropdsx_device')}, {attrs.get('tropdsx_precision')}"
    lifted = "none" if found.coarse_heights is None else _name(options.height_model)
    storage = ", ".join(
        name if value is True else f"{name} {value}"
        for name, value in found.storage.items()
        if value
    )
    rows = [
        ("input", _input(found)),
        ("epochs", _epochs(found)),
        ("target", _grid(found.plan.target.fine)),
        ("heights", _heights(found)),
        *(("assumed", text) for text in str(attrs.get("tropdsx_notes", "")).splitlines()),
        ("model", network if model else "none, physics alone"),
        ("height model", f"{lifted}; {options.interpolation}"),
        ("output", f"{found.target} ({storage})"),
        ("variables", ", ".join(_fields(found.described))),
        ("blocks", f"{blocks} of up to {found.block} epochs"),
        (
            "time",
            f"about {show_seconds(found.seconds)}, {found.seconds_an_epoch:.3g} s an epoch "
            f"(measured on {found.measured} of {found.epochs} epochs)",
        ),
        (
            "size",
            f"about {show_bytes(found.bytes_written)} (from what was measured), "
            f"{show_bytes(found.bytes_uncompressed)} uncompressed",
        ),
    ]
    return [*rows, ("written", "nothing: this was a rehearsal")]


def _name(value: object) -> str:
    return str(getattr(value, "name", None) or Path(str(value)).name)


def _input(found: Rehearsal) -> str:
    files = find_sources(found.described)
    name = Path(files[0]).name if files else "in memory"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    grid = found.plan.grid
    names = ", ".join(str(each) for each in grid.data_vars if each != "orography")
    return f"{name}{more}: {names}; {_grid(grid)}"


def _fields(ds: xr.Dataset) -> list[str]:
    """Names of the maps, without cells and projection."""
    names = [str(name) for name, var in ds.data_vars.items() if var.ndim > 1]
    return [name for name in names if not name.endswith("_bnds")]


def _epochs(found: Rehearsal) -> str:
    times = found.plan.grid["time"].to_numpy()
    if np.isnat(times).any():
        return f"{found.epochs}, of unknown date"
    ends = [str(time)[:16].replace("T", " ") for time in (times.min(), times.max())]
    return f"{found.epochs}, {ends[0]} to {ends[1]}" if found.epochs > 1 else f"1, {ends[0]}"


def _grid(ds: xr.Dataset) -> str:
    lat, lon = ds["lat"].to_numpy(), ds["lon"].to_numpy()
    return (
        f"{lat.size} × {lon.size} nodes, lat {lat[0]:g} to {lat[-1]:g}, "
        f"lon {lon[0]:g} to {lon[-1]:g}"
    )


def _heights(found: Rehearsal) -> str:
    fine = found.plan.target.fine["orography"]
    text = f"fine {float(fine.min()):.0f} to {float(fine.max()):.0f} m"
    if found.coarse_heights is None:
        return f"{text} above the WGS84 ellipsoid; coarse none: interpolated without them"
    low, high = found.coarse_heights
    return f"coarse {low:.0f} to {high:.0f} m, {text}, all above the WGS84 ellipsoid"


def show_seconds(seconds: float) -> str:
    """Spell a duration as people do.

    Parameters
    ----------
    seconds : float
        Not negative [s].

    Returns
    -------
    str

    Examples
    --------
    >>> show_seconds(4.2), show_seconds(200), show_seconds(9000)
    ('4.2 s', '3 min 20 s', '2 h 30 min')
    """
    if seconds < 60:
        return f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def show_bytes(size: float) -> str:
    """Spell a size as people do.

    Parameters
    ----------
    size : float
        Not negative [byte].

    Returns
    -------
    str

    Examples
    --------
    >>> show_bytes(999), show_bytes(4_678_636), show_bytes(3.2e12)
    ('999 B', '4.7 MB', '3.2 TB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
