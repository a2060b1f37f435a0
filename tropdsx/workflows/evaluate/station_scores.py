"""Compare delays at stations with the delays that the stations observed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, DTypeLike

from tropdsx.cf.time.between import Between, locate_times, values_between
from tropdsx.errors import GridError, warn
from tropdsx.read.text import list_some

__all__ = ["at_places", "at_times", "compare_stations", "match_stations", "warn_of_heights"]

_LONG = re.compile(r"^([a-z0-9]{4})(?:\d\d[a-z]{3}|[ _-]?\d{5}[ms]\d{3})$")
"""Names of RINEX 3, as ZIMM00CHE, and those with a DOMES number, as ZIMM 14001M004."""


def _plain(name: str) -> str:
    return name.strip().lower()


_SAME: dict[str, Callable[[str], str]] = {
    "in other case": _plain,
    "of four characters and with country or DOMES number": lambda name: _LONG.sub(
        r"\1", _plain(name)
    ),
    "with and without leading zeros": lambda name: (
        _plain(name).lstrip("0") if _plain(name).isdigit() else _plain(name)
    ),
}
"""What makes two names one, the surest first."""
_PER_METRE = 2.8e-4
"""Fall of the total delay with height [1]."""
_WRONG_HEIGHT = 300.0
"""A station whose height seems this far off is named: a lift errs by tens of metres at most [m]."""


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
    place = locate_times(delays["time"].to_numpy(), wanted)
    return at_places(delays, place, wanted)


def at_places(
    delays: xr.Dataset, place: Between, times: ArrayLike, dtype: DTypeLike = np.float64
) -> xr.Dataset:
    """Delays at times whose place among the epochs is known.

    Parameters
    ----------
    delays : Dataset
        Variables on time and others; lazy ones stay so, and those without time as they are.
    place : Between
        Of the times: :func:`tropdsx.cf.time.between.locate_times`.
    times : array_like of datetime64, shape (T,)
        The times.
    dtype : optional
        Of the result.

    Returns
    -------
    Dataset
        Variables on the times; missing where `place` has nothing.

    Examples
    --------
    >>> from tropdsx.cf.time.between import find_nearest
    >>> days = np.array(["2022-03-09T00", "2022-03-09T06"], "datetime64[ns]")
    >>> series = xr.Dataset({"ztd": (("time", "station"), [[2.4], [2.46]])}, {"time": days})
    >>> at_places(series, find_nearest(days, days[:1]), days[:1]).ztd.values
    array([[2.4]])
    """
    wanted = np.asarray(times, "datetime64[ns]")
    still = {name: coord for name, coord in delays.coords.items() if "time" not in coord.dims}
    found = {}
    for name, da in delays.data_vars.items():
        if "time" not in da.dims or da.chunks is not None:
            found[name] = _lazily(da.variable, place, dtype) if "time" in da.dims else da.variable
            continue
        turned = da.variable.transpose(..., "time")
        values = turned.to_numpy().reshape(-1, turned.shape[-1])
        mixed = values_between(values, place, dtype).reshape(*turned.shape[:-1], wanted.size)
        found[name] = xr.Variable(turned.dims, mixed, da.attrs).transpose(*da.dims)
    return xr.Dataset(found, still | {"time": wanted}, delays.attrs)


def _lazily(values: xr.Variable, place: Between, dtype: DTypeLike) -> xr.Variable:
    """Interpolate values that have chunks as :func:`values_between` does, and leave them lazy."""
    first, second = (values.isel(time=each) for each in (place.lower, place.upper))
    share, inside = (xr.Variable("time", each) for each in (place.share, place.inside))
    mixed = first * (1 - share) + second * share
    mixed = first.where(share == 0, second.where(share == 1, mixed))
    return mixed.where(inside).transpose(*values.dims).astype(dtype)


def match_stations(observed: xr.DataArray, stations: ArrayLike) -> xr.DataArray:
    """Give observations the names of the stations that are placed, and tell who is left over.

    Parameters
    ----------
    observed : DataArray
        Anything on ``station``, with names.
    stations : array_like, shape (P,)
        Names of the stations whose place is known.

    Returns
    -------
    DataArray
        The observations of known stations, by their names there: names are the same also in other
        case, with and without the country (ZIMM, ZIMM00CHE) or DOMES number, and with and without
        leading zeros, where this leaves no doubt.

    Examples
    --------
    >>> observed = xr.DataArray([2.4, 2.3], {"station": ["BUTE", "WTZR"]})
    >>> match_stations(observed, ["WTZR", "BUTE"]).station.values.tolist()
    ['BUTE', 'WTZR']
    """
    own = [name.item() for name in np.atleast_1d(np.asarray(stations))]
    true = [name.item() for name in observed["station"].to_numpy()]
    partner = {name: name for name in true if name in set(own)}
    for how, key in _SAME.items():
        found = _pair(own, true, partner, key)
        if found:
            pairs = list_some([f"{name} = {other}" for name, other in found.items()])
            text = f"names of stations {how} are taken for the same: {pairs}"
            warn(text)
        partner |= found
    used = set(partner.values())
    _warn_of_lonely(
        [name for name in own if name not in used],
        [name for name in true if name not in partner],
        (len(own), len(true)),
    )
    if list(partner) == true and list(partner.values()) == true:
        return observed
    kept = [name for name in true if name in partner]
    return observed.sel(station=kept).assign_coords(station=[partner[name] for name in kept])


def _pair(
    own: Sequence[Any], true: Sequence[Any], partner: dict[Any, Any], key: Callable[[str], str]
) -> dict[Any, Any]:
    """Pair names that are the same by a key, where no third one is."""
    by_key: dict[str, tuple[list[Any], list[Any]]] = {}
    for side, names in enumerate((true, own)):
        for name in names:
            by_key.setdefault(key(str(name)), ([], []))[side].append(name)
    pairs = ((a[0], b[0]) for a, b in by_key.values() if len(a) == len(b) == 1)
    used = set(partner.values())
    return {a: b for a, b in pairs if a not in partner and b not in used}


def _warn_of_lonely(own: list[Any], true: list[Any], counts: tuple[int, int]) -> None:
    """Tell which stations have no observations, and which observations no station."""
    if len(own) == counts[0]:
        return  # none has: that is an error of its own
    parts = [
        f"{len(names)} of {count} {what} ({list_some([str(name) for name in names])})"
        for names, count, what in (
            (own, counts[0], "stations have no observations"),
            (true, counts[1], "observed stations have no place"),
        )
        if names
    ]
    if parts:
        text = f"{' and '.join(parts)}: they do not count"
        warn(text)


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

    Notes
    -----
    Stations are matched by :func:`match_stations`; whatever does not count is warned of.

    Examples
    --------
    >>> observed = xr.DataArray([[2.40], [2.42]], {"time": [0, 1], "station": ["BUTE"]})
    >>> float(compare_stations(observed + 0.003, observed).mean_bias.round(6))
    0.003
    """
    matched = match_stations(observed, delays["station"])
    own, true = xr.align(delays, matched, join="inner")
    error = (own - true).transpose("time", "station").astype(float).compute()
    count = error.notnull().sum("time")
    used = count >= 2
    if not bool(used.any()):
        names = (list_some([str(n) for n in da["station"].values], 3) for da in (delays, observed))
        msg = (
            "no station has two epochs in both the grid and the observations; check that the "
            "names agree (stations {}; observed {}), that the periods overlap and that the "
            "stations lie inside the grid"
        )
        raise GridError(msg.format(*names))
    _warn_of_few(used)
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


def _warn_of_few(used: xr.DataArray) -> None:
    few = [str(name) for name in used["station"].values[~used.to_numpy()]]
    if few:
        text = (
            f"{len(few)} of {used.size} stations lie outside the grid or have fewer than two "
            f"epochs in common with it, and do not count: {list_some(few)}"
        )
        warn(text)


def warn_of_heights(found: xr.Dataset) -> None:
    """Warn of stations whose delays are those of another height.

    Parameters
    ----------
    found : Dataset
        Result of :func:`compare_stations` for delays that were moved to the stations' heights.

    Examples
    --------
    >>> observed = xr.DataArray([[2.40], [2.42]], {"time": [0, 1], "station": ["BUTE"]})
    >>> warn_of_heights(compare_stations(observed + 0.02, observed))  # 70 m may be
    """
    off = -found["bias"].to_numpy() / _PER_METRE
    wrong = np.abs(off) > _WRONG_HEIGHT
    if not wrong.any():
        return
    names = [
        f"{name} by {height:+.0f} m"
        for name, height in zip(found["station"].values[wrong], off[wrong], strict=True)
    ]
    text = (
        f"the delays of {len(names)} of {wrong.size} stations are off as if their heights were "
        f"({list_some(names)}); check the units of the heights, and the names of the stations"
    )
    warn(text)
