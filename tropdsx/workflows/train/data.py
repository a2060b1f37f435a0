"""From files to training data: read, standardise, split by time, thin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.cf.times import between
from tropdsx.errors import GridError, InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography

if TYPE_CHECKING:
    pass

__all__ = [
    "GAP_HOURS",
    "dated",
    "fine_fields",
    "grid_of",
    "names_of",
    "require_known",
    "span",
    "split",
]

#: Weather remembers: training epochs stay this far from those of the validation. [h]
GAP_HOURS = 48.0

Fields = str | Path | xr.Dataset | Sequence[str | Path]


def fine_fields(data: Fields, orography: str | Path | xr.DataArray | None = None) -> xr.Dataset:
    """Read fine fields to the standard grid, in memory.

    Parameters
    ----------
    data : path, paths or Dataset
        Anything that `tropdsx convert` reads. [m]
    orography : path or DataArray, optional
        Heights of the nodes, if the data have none. [m]

    Returns
    -------
    Dataset
        zhd, zwd, orography on the standard grid. [m]

    Raises
    ------
    GridError
        If there is no orography, or a delay is missing.
    """
    ds = data if isinstance(data, xr.Dataset) else open_delays(data, chunks=None)
    if isinstance(orography, (str, Path)):
        orography = open_orography(orography)
    grid, _ = (
        standardise_grid(ds) if orography is None else standardise_grid(ds, orography=orography)
    )
    missing = [v for v in ("zhd", "zwd", "orography") if v not in grid]
    if missing:
        msg = (
            f"the training data hold no {', '.join(missing)}; needed are zhd, zwd and the heights "
            "of the nodes (--orography FILE)"
        )
        raise GridError(msg)
    return grid[["zhd", "zwd", "orography"]].load()


def dated(ds: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Return fields whose epochs all have a date: split, season and neighbours need it.

    Parameters
    ----------
    ds : Dataset
        With a time axis. [m]
    names : sequence of str
        Files, for the message. [1]

    Raises
    ------
    GridError
        If any epoch has none.
    """
    count = ds.sizes["time"]
    lost = int(np.isnat(ds["time"].to_numpy()).sum()) if "time" in ds.coords else count
    if lost:
        shown = " ".join(names[:3]) + (" ..." if len(names) > 3 else "")
        msg = (
            f"{lost} of {count} epochs of {shown} have no date that can be read, so "
            "they cannot be split by time into training and validation; give the time axis CF "
            "units, e.g. 'hours since 2022-01-01', or values of datetime64"
        )
        raise GridError(msg)
    return ds


def require_known(
    ds: xr.Dataset | None, which: str, variables: Sequence[str] = ("zhd", "zwd")
) -> None:
    """Refuse epochs in which a delay is missing everywhere: nothing is learned or scored there.

    Parameters
    ----------
    ds : Dataset or None
        Standard grid. [m]
    which : str
        What the epochs are for, for the message. [1]
    variables : sequence of str, default zhd and zwd
        The delays that are needed. [1]

    Raises
    ------
    GridError
        Naming the delays.
    """
    if ds is None:
        return
    empty = [v for v in variables if not np.isfinite(ds[v].to_numpy()).any()]
    if empty:
        others = [v for v in ("zhd", "zwd") if np.isfinite(ds[v].to_numpy()).any()]
        alone = [f", or train on the other delay (--form field --variable {v})" for v in others]
        msg = (
            f"{' and '.join(empty)} is missing everywhere in the {ds.sizes['time']} epochs of "
            f"{which}; needed are known values of {' and '.join(variables)}: give other files or "
            f"epochs{''.join(alone)}"
        )
        raise GridError(msg)


def split(
    ds: xr.Dataset, train: Sequence[str], validate: Sequence[str], gap_hours: float = GAP_HOURS
) -> tuple[xr.Dataset, xr.Dataset]:
    """Split by time; without ranges the last tenth validates, a gap before it is left out.

    Parameters
    ----------
    ds : Dataset
        With a time axis. [m]
    train, validate : sequence of str
        Ranges "start/end"; empty for the rule above. [1]
    gap_hours : float, default 48
        Epochs this close to the validation are not trained on. [h]

    Returns
    -------
    tuple of Dataset
        Training and validation epochs. [m]
    """
    if validate:
        valid = between(ds, validate)
    else:
        valid = ds.isel(time=slice(ds.sizes["time"] - max(1, ds.sizes["time"] // 10), None))
    rest = between(ds, train) if train else ds
    gap = np.timedelta64(round(gap_hours * 3600), "s")
    distance = np.abs(rest["time"].to_numpy()[:, None] - valid["time"].to_numpy()[None]).min(1)
    # A short series cannot afford the gap; it still never trains on a validation epoch.
    far = distance >= gap
    if not far.any():
        far = distance > np.timedelta64(0, "s")
    if not far.any():
        msg = "no epoch is left to train on; give more epochs, or --train and --validate ranges"
        raise InputError(msg)
    return rest.isel(time=far), valid


def names_of(data: Fields) -> list[str]:
    """Names of files, without their folders."""
    if isinstance(data, xr.Dataset):
        return ["Dataset"]
    return [Path(each).name for each in ([data] if isinstance(data, (str, Path)) else data)]


def span(ds: xr.Dataset) -> dict[str, Any]:
    """Count the epochs, and name first and last."""
    times = np.sort(ds["time"].to_numpy()).astype("datetime64[h]")
    return {"count": int(times.size), "first": str(times[0]), "last": str(times[-1])}


def grid_of(ds: xr.Dataset) -> dict[str, Any]:
    """First node and step of a grid [degrees]."""
    lat, lon = ds["lat"].to_numpy(), ds["lon"].to_numpy()
    steps = [round(abs(float(axis[1] - axis[0])), 4) for axis in (lat, lon)]
    return {
        "lat0": round(float(lat[0]), 4),
        "lon0": round(float(lon[0]), 4),
        "step": steps[0] if steps[0] == steps[1] else steps,
    }
