"""Say what tables and series of stations hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.errors import TropdsxError, warn
from tropdsx.read.series.opening import is_series, open_series
from tropdsx.read.series.table import read_station_table
from tropdsx.read.stations import read_stations

__all__ = ["describe_stations", "rows_of_stations"]

_FEW = 5
"""So many names are told [1]."""


def describe_stations(path: str | Path) -> dict[str, Any] | None:
    """Describe a table of stations, of their observations, or a series of delays.

    Parameters
    ----------
    path : str or Path
        Text, as :func:`tropdsx.read_stations`, :func:`tropdsx.read_observations` or
        :func:`tropdsx.open_series` takes it, patterns and archives of series included.

    Returns
    -------
    dict or None
        Plain values; None where the file holds something else.

    Raises
    ------
    InputError
        If it is a series, and damaged.
    """
    file = Path(path)
    if is_series(path):
        try:
            return _described(open_series(path), "series")
        except TropdsxError:  # SINEX without delays places stations
            about = _tried(read_stations, file, "places")
            if about is None:
                raise
            return about
    ways = ((read_station_table, "observations"), (read_stations, "places"))
    return next(filter(None, (_tried(read, file, kind) for read, kind in ways)), None)


def _tried(read: Callable[[Path], xr.Dataset], file: Path, kind: str) -> dict[str, Any] | None:
    """Describe what a reader finds; of one that finds nothing, its warnings are none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = _described(read(file), kind)
        except (TropdsxError, OSError):
            return None
    for each in caught:
        warn(str(each.message))
    return found


def _described(ds: xr.Dataset, what: str) -> dict[str, Any]:
    placed = {name: ds[name].to_numpy() for name in ("lat", "lon", "height") if name in ds}
    fields = [ds[name] for name in map(str, ds.data_vars) if name not in placed]
    dated = ds["time"].to_numpy() if "time" in ds.coords else np.array([], "M8[s]")
    return {
        "kind": "stations",
        "what": what,
        "error": None,
        "stations": [str(each) for each in np.atleast_1d(ds["station"].to_numpy())],
        "places": {name: _range(values) for name, values in placed.items()},
        "times": [str(each)[:16] for each in (dated.min(), dated.max())] if dated.size else None,
        "epochs": int(dated.size),
        "variables": {
            str(each.name): {
                "range": _range(each.to_numpy()),
                "units": str(each.attrs.get("units", "")),
                "count": int(np.isfinite(each.to_numpy()).sum()),
            }
            for each in fields
            if each.dtype.kind in "fiu"
        },
    }


def _range(values: Any) -> list[float] | None:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return [float(known.min()), float(known.max())] if known.size else None


def rows_of_stations(about: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """Lay a description of stations out as a title and labelled lines.

    Parameters
    ----------
    about : dict
        Of :func:`describe_stations`.

    Returns
    -------
    title : str
    rows : list of (str, str)

    Examples
    --------
    >>> about = {"what": "places", "stations": ["A"], "places": {"lat": [1.0, 1.0]},
    ...          "variables": {}, "times": None, "epochs": 0}
    >>> rows_of_stations(about)[1]
    [('stations', '1: A'), ('lat', '1 to 1')]
    """
    titles = {
        "places": "a table of stations, for tropdsx stations, reconstruct and evaluate --stations",
        "observations": "delays observed at stations, for --observations, reconstruct and pwv",
        "series": "a series of stations, for --observations, reconstruct and pwv",
    }
    names = about["stations"]
    told = ", ".join(names[:_FEW]) + (" ..." if len(names) > _FEW else "")
    rows = [("stations", f"{len(names):,}: {told}")]
    for name, ends in about["places"].items():
        unit = " m above the ellipsoid" if name == "height" else ""
        rows += [(name, "{:g} to {:g}".format(*ends) + unit)] if ends else []
    for name, each in about["variables"].items():
        ends = "{:.4g} to {:.4g} ".format(*each["range"]) if each["range"] else ""
        rows.append((name, f"{ends}{each['units']} ({each['count']:,} values)".lstrip()))
    if about["times"]:
        rows.append(("times", f"{about['epochs']:,} epochs, {' to '.join(about['times'])}"))
    return titles[about["what"]], rows
