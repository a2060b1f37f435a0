"""From files to training data: read, standardise, split by time, thin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import GridError, InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.orography import open_orography

__all__ = [
    "GAP_HOURS",
    "Fields",
    "describe_grid",
    "epoch_span",
    "file_names",
    "read_fine_fields",
    "require_dates",
    "require_known",
    "split",
]

#: Weather remembers: training epochs stay this far from those of the validation [h].
GAP_HOURS = 48.0

Fields = str | Path | xr.Dataset | Sequence[str | Path]


def read_fine_fields(
    data: Fields, orography: str | Path | xr.DataArray | None = None
) -> xr.Dataset:
    """Read fine fields to the standard grid, in memory.

    Parameters
    ----------
    data : path, paths or Dataset
        Anything that `tropdsx convert` reads.
    orography : path or DataArray, optional
        Heights of the nodes [m], if the data have none.

    Returns
    -------
    Dataset
        zhd, zwd, orography on the standard grid [m].

    Raises
    ------
    GridError
        If there is no orography, or a delay is missing.

    Examples
    --------
    >>> time, lat, lon = np.array(["2022-03-09"], "M8[ns]"), [0.0, 5.0], [0.0, 5.0]
    >>> axes = {"time": time, "lat": lat, "lon": lon}
    >>> delay = xr.DataArray(np.full((1, 2, 2), 0.2), axes, tuple(axes), attrs={"units": "m"})
    >>> ds = xr.Dataset({"zhd": delay + 2.1, "zwd": delay}).assign(orography=0 * delay[0])
    >>> read_fine_fields(ds).lat.values.tolist()
    [5.0, 0.0]
    """
    ds = data if isinstance(data, xr.Dataset) else open_delays(data, chunks=None)
    if isinstance(orography, (str, Path)):
        orography = open_orography(orography)
    grid, _ = (
        standardise_grid(ds) if orography is None else standardise_grid(ds, orography=orography)
    )
    missing = [v for v in (*DELAYS, "orography") if v not in grid]
    if missing:
        msg = (
            f"the training data hold no {', '.join(missing)}; needed are zhd, zwd and the heights "
            "of the nodes (--orography FILE)"
        )
        raise GridError(msg)
    return grid[[*DELAYS, "orography"]].load()


def require_dates(ds: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Refuse epochs without a date: split, season and neighbours need it.

    Parameters
    ----------
    ds : Dataset
        With a time axis.
    names : sequence of str
        Files, for the message.

    Returns
    -------
    Dataset
        The same.

    Raises
    ------
    GridError
        If any epoch has none.

    Examples
    --------
    >>> undated = xr.Dataset(coords={"time": np.array(["NaT"], "M8[ns]")})
    >>> require_dates(undated, ["fine.nc"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: 1 of 1 epochs of fine.nc have no date that can be read, so they ...
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


def require_known(ds: xr.Dataset | None, which: str, variables: Sequence[str] = DELAYS) -> None:
    """Refuse epochs in which a delay is missing everywhere: nothing is learned or scored there.

    Parameters
    ----------
    ds : Dataset or None
        Standard grid [m]; None is never refused.
    which : str
        What the epochs are for, for the message.
    variables : sequence of str, default zhd and zwd
        The delays that are needed.

    Raises
    ------
    GridError
        Naming the delays.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": ("time", [2.3]), "zwd": ("time", [np.nan])})
    >>> require_known(ds, "training", ["zhd"])
    >>> require_known(ds, "training")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.GridError: zwd is missing everywhere in the 1 epochs of training; needed are ...
    """
    if ds is None:
        return
    empty = [v for v in variables if not np.isfinite(ds[v].to_numpy()).any()]
    if empty:
        others = [v for v in DELAYS if np.isfinite(ds[v].to_numpy()).any()]
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
        With a time axis.
    train, validate : sequence of str
        Ranges "start/end"; empty for the rule above.
    gap_hours : float, default 48
        Epochs this close to the validation are not trained on [h].

    Returns
    -------
    tuple of Dataset
        Training and validation epochs.

    Raises
    ------
    InputError
        If a range holds no epoch, or none is left to train on.

    Examples
    --------
    >>> days = np.arange("2022-03-01", "2022-03-21", dtype="M8[D]").astype("M8[ns]")
    >>> train, valid = split(xr.Dataset(coords={"time": days}), (), ())
    >>> epoch_span(train)["last"], epoch_span(valid)["first"]
    ('2022-03-17T00', '2022-03-19T00')
    """
    if validate:
        valid = in_period(ds, validate)
    else:
        valid = ds.isel(time=slice(ds.sizes["time"] - max(1, ds.sizes["time"] // 10), None))
    rest = in_period(ds, train) if train else ds
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


def file_names(data: Fields) -> list[str]:
    """List the names of files, without their folders.

    Parameters
    ----------
    data : path, paths or Dataset
        Fields.

    Returns
    -------
    list of str
        "Dataset" for one in memory.

    Examples
    --------
    >>> file_names(["2022/march.nc", Path("april.nc")]), file_names(xr.Dataset())
    (['march.nc', 'april.nc'], ['Dataset'])
    """
    if isinstance(data, xr.Dataset):
        return ["Dataset"]
    return [Path(each).name for each in ([data] if isinstance(data, (str, Path)) else data)]


def epoch_span(ds: xr.Dataset) -> dict[str, Any]:
    """Count the epochs, and name first and last.

    Parameters
    ----------
    ds : Dataset
        With a time axis.

    Returns
    -------
    dict
        count, first, last, as the card has them.

    Examples
    --------
    >>> time = np.array(["2022-03-09T06", "2022-03-09T00"], "M8[ns]")
    >>> epoch_span(xr.Dataset(coords={"time": time}))
    {'count': 2, 'first': '2022-03-09T00', 'last': '2022-03-09T06'}
    """
    times = np.sort(ds["time"].to_numpy()).astype("datetime64[h]")
    return {"count": int(times.size), "first": str(times[0]), "last": str(times[-1])}


def describe_grid(ds: xr.Dataset) -> dict[str, Any]:
    """Name first node and step of a grid.

    Parameters
    ----------
    ds : Dataset
        Standard grid.

    Returns
    -------
    dict
        lat0, lon0, and step: one number, or two (south, east) where they differ [deg].

    Examples
    --------
    >>> describe_grid(xr.Dataset(coords={"lat": [89.5, 88.5], "lon": [0.5, 1.5]}))
    {'lat0': 89.5, 'lon0': 0.5, 'step': 1.0}
    """
    lat, lon = ds["lat"].to_numpy(), ds["lon"].to_numpy()
    steps = [round(abs(float(axis[1] - axis[0])), 4) for axis in (lat, lon)]
    return {
        "lat0": round(float(lat[0]), 4),
        "lon0": round(float(lon[0]), 4),
        "step": steps[0] if steps[0] == steps[1] else steps,
    }
