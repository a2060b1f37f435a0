"""Compare delays at stations with the delays that the stations observed."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from tropdsx.errors import GridError

__all__ = ["at_times", "compare_stations"]

#: A series is not interpolated over a gap wider than this many of its steps.
WIDEST_GAP = 1.5


def at_times(delays: xr.Dataset, times: ArrayLike) -> xr.Dataset:
    """Delays interpolated linearly in time.

    Parameters
    ----------
    delays : Dataset
        Variables on (time, station), times ascending.
    times : array_like of datetime64, shape (T,)
        Epochs wanted.

    Returns
    -------
    Dataset
        Variables on (T, station); missing before the first and after the last epoch, and inside
        gaps wider than one and a half steps of the series.

    Examples
    --------
    >>> days = np.array(["2022-03-09T00", "2022-03-09T06"], "datetime64[ns]")
    >>> series = xr.Dataset({"ztd": (("time", "station"), [[2.4], [2.46]])}, {"time": days})
    >>> at_times(series, np.array(["2022-03-09T01"], "datetime64[ns]")).ztd.values.round(3)
    array([[2.41]])
    """
    wanted = np.asarray(times, "datetime64[ns]")
    have = delays["time"].to_numpy().astype("datetime64[ns]")
    if have.size < 2:
        found = delays.isel(time=np.zeros(wanted.size, int)).assign_coords(time=wanted)
        return found.where(found["time"] == have[0])
    step = np.median(np.diff(have).astype(np.int64))
    lower = np.clip(np.searchsorted(have, wanted, side="right") - 1, 0, have.size - 2)
    gap = (have[lower + 1] - have[lower]).astype(np.int64)
    share = (wanted - have[lower]).astype(np.int64) / gap
    # On an epoch the other end of the interval does not matter, however far or missing it is.
    on_node = np.isin(wanted, have)
    inside = (share >= 0) & (share <= 1) & ((gap <= WIDEST_GAP * step) | on_node)
    first, second = (delays.isel(time=lower + k).assign_coords(time=wanted) for k in (0, 1))
    weight = xr.DataArray(share, {"time": wanted}, ("time",))
    mixed = xr.where(
        weight == 0, first, xr.where(weight == 1, second, first * (1 - weight) + second * weight)
    )
    return mixed.where(xr.DataArray(inside, {"time": wanted}, ("time",)))


def compare_stations(delays: xr.DataArray, observed: xr.DataArray) -> xr.Dataset:
    """Compare delays at stations with observations.

    Parameters
    ----------
    delays, observed : DataArray
        Estimate and observation on (time, station), both with station names and epochs [m].

    Returns
    -------
    Dataset
        By station ``count`` [1], ``bias`` (estimate minus observation), ``scatter`` (standard
        deviation about that bias) and ``rmse`` [m]; over the stations ``mean_bias``, ``sd_bias``
        (sample standard deviation of the station biases), ``mean_scatter`` and, over all pairs,
        ``total_rmse`` [m].

    Raises
    ------
    GridError
        If no station has two epochs in common.

    Examples
    --------
    >>> observed = xr.DataArray([[2.40], [2.42]], {"time": [0, 1], "station": ["BUTE"]})
    >>> float(compare_stations(observed + 0.003, observed).mean_bias.round(6))
    0.003
    """
    own, true = xr.align(delays, observed, join="inner")
    error = (own - true).transpose("time", "station").astype(float).compute()
    count = error.notnull().sum("time")
    used = count >= 2
    if not bool(used.any()):
        msg = (
            "no station has two epochs in both the grid and the observations; check that the "
            "periods overlap and that the stations lie inside the grid"
        )
        raise GridError(msg)
    error, count = error.isel(station=used.to_numpy()), count[used.to_numpy()]
    bias, scatter = error.mean("time"), error.std("time", ddof=1)
    found = xr.Dataset(
        {"count": count, "bias": bias, "scatter": scatter, "rmse": np.sqrt((error**2).mean("time"))}
    )
    spread = float(bias.std(ddof=1)) if bias.size > 1 else float("nan")
    found["mean_bias"], found["sd_bias"] = bias.mean(), ((), spread)
    found["mean_scatter"] = scatter.mean()
    found["total_rmse"] = np.sqrt((error**2).mean())
    for name in found.data_vars:
        found[name].attrs["units"] = "1" if name == "count" else "m"
    return found
