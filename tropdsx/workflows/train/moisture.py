"""Wet delays at no known height, made of the precipitable water of weather models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import GridError, InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.workflows.train.data import Fields, file_names

__all__ = [
    "Moisture",
    "describe_moisture",
    "moisture_names",
    "read_moisture",
    "refuse_common_epochs",
]


class Moisture(NamedTuple):
    """Wet delays at no known height, made of the precipitable water of a weather model.

    Attributes
    ----------
    data : path, paths or Dataset
        Fields with zwd and, if they are known, zhd at h = 0 and land_binary_mask.
    nodes : int
        Every how many nodes are targets.
    step : int
        Every how many targets are input nodes.
    share : float
        How often it is drawn, relative to the other lessons [1]; no matter for validation.
    periods : tuple of str
        Ranges "start/end" of the epochs that are taken; all, if there is none.

    Examples
    --------
    >>> Moisture("gfs.nc", 4, 5).periods
    ()
    """

    data: Fields
    nodes: int
    step: int
    share: float = 1.0
    periods: tuple[str, ...] = ()


def moisture_names(checks: Sequence[Moisture]) -> list[str]:
    """Name moisture fields by files and thinning.

    Parameters
    ----------
    checks : sequence of Moisture
        As given for training.

    Returns
    -------
    list of str
        One for each.

    Raises
    ------
    InputError
        If the same fields are given twice, or a share is not positive.

    Examples
    --------
    >>> moisture_names([Moisture("data/gfs.nc", 4, 5)])
    ['moisture gfs.nc 4,5']
    """
    names: list[str] = []
    for each in checks:
        when = f"@{';'.join(each.periods)}" if each.periods else ""
        name = f"moisture {' '.join(file_names(each.data))}{when} {each.nodes},{each.step}"
        if not 0 < each.share < math.inf:
            msg = f"{name!r} has the share {each.share:g} of the batches; give more than 0"
            raise InputError(msg)
        if name in names:
            msg = f"{name!r} is given twice; leave one of the two out"
            raise InputError(msg)
        names.append(name)
    return names


def describe_moisture(more: Moisture) -> dict[str, Any]:
    """Describe moisture fields for the card.

    Parameters
    ----------
    more : Moisture
        As given for training.

    Returns
    -------
    dict
        Names of its files, nodes, step, share, periods.

    Examples
    --------
    >>> describe_moisture(Moisture("data/gfs.nc", 4, 5, 0.1))["nodes"]
    4
    """
    return more._asdict() | {"data": file_names(more.data), "periods": list(more.periods)}


def read_moisture(more: Moisture) -> xr.Dataset:
    """Read moisture fields to the standard grid, in memory; heights are left behind.

    Parameters
    ----------
    more : Moisture
        As given for training.

    Returns
    -------
    Dataset
        zwd [m], and zhd [m] and land_binary_mask (lat, lon) [1] if there are any.

    Raises
    ------
    GridError
        If there is no zwd.

    Examples
    --------
    >>> import numpy as np
    >>> axes = {"time": np.array(["2020-07-02"], "M8[ns]"), "lat": [0.0, 5.0], "lon": [0.0, 5.0]}
    >>> zwd = xr.DataArray(np.full((1, 2, 2), 0.2), axes, tuple(axes), attrs={"units": "m"})
    >>> list(read_moisture(Moisture(xr.Dataset({"zwd": zwd}), 1, 5)))
    ['zwd']
    """
    ds = more.data if isinstance(more.data, xr.Dataset) else open_delays(more.data, chunks=None)
    grid, _ = standardise_grid(ds)
    if "zwd" not in grid:
        msg = f"{' '.join(file_names(more.data))} holds no zwd; tropdsx delays makes it of "
        msg += "precipitable water and temperature"
        raise GridError(msg)
    found = grid[[name for name in ("zhd", "zwd") if name in grid]].load()
    if more.periods:
        found = in_period(found, more.periods)
    if "land_binary_mask" in ds:
        land = ds["land_binary_mask"].load().transpose("lat", "lon")
        land = land.assign_coords(lon=land["lon"] % 360).sortby("lon").sortby("lat")
        nodes = {"lat": found["lat"], "lon": found["lon"] % 360}
        near = land.sel(nodes, method="nearest", tolerance=1e-3)
        found["land_binary_mask"] = ("lat", "lon"), near.to_numpy()
    return found


def refuse_common_epochs(
    learned: Sequence[xr.Dataset], checks: Sequence[Moisture], held: Sequence[xr.Dataset]
) -> None:
    """Refuse to validate on weather that is trained on.

    Parameters
    ----------
    learned : sequence of Dataset
        Moisture fields to train on, of :func:`read_moisture`.
    checks : sequence of Moisture
        As given for validation.
    held : sequence of Dataset
        Their fields.

    Raises
    ------
    InputError
        If fields of both share an epoch and a region.
    """
    for name, check in zip(moisture_names(checks), held, strict=True):
        for each in learned:
            both = np.intersect1d(check["time"].to_numpy(), each["time"].to_numpy())
            if both.size and _meet(check, each):
                span = " to ".join(dict.fromkeys(str(time)[:16] for time in both[[0, -1]]))
                msg = f"--check-moisture {name.removeprefix('moisture ')} and --moisture share "
                msg += f"{both.size} epochs of one region ({span}); give periods that lie apart, "
                raise InputError(msg + "as FILE@2020-07-02/2020-07-05")
            if check["zwd"].equals(each["zwd"]):  # also of undated ones
                msg = f"--check-moisture {name.removeprefix('moisture ')} holds what --moisture "
                raise InputError(msg + "does; give other fields, or periods that lie apart")


def _meet(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether two grids have nodes side by side, whatever the longitudes count from."""
    near = []
    for axis in ("lat", "lon"):
        nodes = [each[axis].to_numpy().astype(np.float64) for each in (one, other)]
        away = (nodes[0][:, None] - nodes[1] + 180.0) % 360.0 - 180.0
        step = max(np.abs(np.diff(each)).min(initial=360.0) for each in nodes)
        near.append(bool((np.abs(away) <= step).any()))
    return all(near)
