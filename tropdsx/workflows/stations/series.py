"""Series of delays at stations: a grid lifted to antennas, at any times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tropdsx.atmos.epoch import as_utc
from tropdsx.cf.attributes.expected import describe_expected, expected_names
from tropdsx.cf.attributes.limits import count_names, sum_counts
from tropdsx.cf.fields import describe_delay
from tropdsx.cf.quantities import DELAYS, QUANTITIES
from tropdsx.cf.time.between import find_nearest, locate_times
from tropdsx.errors import CheckpointError, DomainError, GridError, warn
from tropdsx.grid.checks.companions import attributes_of, with_companions
from tropdsx.pipeline.options import Options, is_physics
from tropdsx.pipeline.source import standardise_input
from tropdsx.reduce.height_models import HeightModel
from tropdsx.system.workers import Progress
from tropdsx.workflows.evaluate.station_scores import at_places
from tropdsx.workflows.evaluate.stations import delays_at
from tropdsx.workflows.stations.blocks import lift_blocks
from tropdsx.workflows.stations.companions import companions_at
from tropdsx.workflows.stations.places import find_places, window_of
from tropdsx.workflows.stations.slants import Directions, with_slants

__all__ = ["at_stations", "with_places"]

_BESIDE = 4
"""Epochs beside those that are wanted: a gap among so many is none of the usual steps."""
_METHODS = ("linear", "nearest")
_SOME = 64
"""Stations that are looked at together for whether a time has a value."""
_OF_THE_NETWORK = (
    "expected by the network of its interpolation between the nodes of the grid; errors of the "
    "weather model, and of interpolation in time, come beside it"
)


def at_stations(
    ds: xr.Dataset,
    stations: Any,
    *,
    times: ArrayLike | None = None,
    method: str = "linear",
    model: str | Path | None = None,
    height_model: str | Path | xr.Dataset | HeightModel = "climatology",
    interpolation: str = "bicubic",
    coarse_orography: str | Path | xr.Dataset | xr.DataArray | None = None,
    heights: str = "auto",
    station_heights: str = "auto",
    device: str = "auto",
    sigma: bool = False,
    elevation: ArrayLike | None = None,
    azimuth: ArrayLike | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Delays of a grid at stations, at their own heights.

    Parameters
    ----------
    ds : Dataset
        Delays on a regular grid with the ``orography`` they refer to, in any orientation.
    stations : str, Path, Dataset, DataFrame or mapping
        A table or SINEX file, or names, latitudes, longitudes and heights:
        :func:`tropdsx.workflows.stations.places.find_places`.
    times : array_like of datetime64, optional
        Epochs wanted [UTC]; default: those of the grid.
    method : {"linear", "nearest"}, optional
        Between the epochs of the grid; never across gaps, nor beyond its first and last epoch
        ("nearest": more than half a step beyond).
    model : str, Path or None, optional
        Network that corrects the physics; None or "none" for physics alone, which is as good at
        European GNSS stations.
    height_model, interpolation : optional
        See :func:`tropdsx.reduce.reduce_to_orography`.
    coarse_orography : str, Path, Dataset or DataArray, optional
        Heights of the grid [m], when it has none.
    heights, station_heights : {"auto", "geoid", "ellipsoid"}, optional
        What the heights of the grid and of the stations count from. Plain heights of stations are
        taken as ellipsoidal.
    device : str, optional
        Where a network runs.
    sigma : bool, optional
        Add what a network expects of its errors: ``zhd_sigma``, ``zwd_sigma``, ``ztd_sigma``
        (time, station), and its RMSE in validation, ``zhd_rmse``, ``zwd_rmse`` (station) [m].
    elevation, azimuth : float or array_like, optional
        Directions of slant delays: elevations of 3 to 90, each with every azimuth, from north
        through east, which counts where the grid has gradients [deg].
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` and, where both are there, ``ztd`` float32 (time, station) [m] in memory;
        with a network what limits held of it (:mod:`tropdsx.cf.attributes.limits`), and
        ``zhd_expected_error``, ``zwd_expected_error`` (time): the root mean square of its standard
        deviations over the stations [m];
        ``ah`` and ``aw`` [1] and gradients [m] where `ds` has them (for ``.tropds.slant``);
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal], as CF time series. Missing outside a
        regional grid. With an elevation also mapping factors and slant delays, lazy:
        :func:`tropdsx.workflows.stations.slants.with_slants`.

    Raises
    ------
    GridError
        If the grid has no orography, or dates are wanted of one that has none.
    InputError
        If a station lacks something or none lies inside the grid.
    DomainError
        If `method` is another word, or an angle none that is accepted.
    AssetError
        If slant delays need coefficients that neither the grid nor GPT3 on this machine has.
    CheckpointError
        If `sigma` is wanted without a network.

    Notes
    -----
    Each node is moved to the height of the station before nodes are combined. A grid that is lazy
    is read block by block: memory is that of the result and of a few blocks.

    Examples
    --------
    >>> axes = {"time": [np.datetime64("2021-07-01", "ns")]}
    >>> axes |= {"lat": [50.0, 45.0], "lon": [10.0, 15.0]}
    >>> zwd = (tuple(axes), np.full((1, 2, 2), 0.2), {"units": "m"})
    >>> ds = xr.Dataset({"zwd": zwd, "orography": (("lat", "lon"), np.zeros((2, 2)))}, axes)
    >>> ds.orography.attrs["units"] = "m"
    >>> stations = {"station": ["WTZR"], "lat": [49.14], "lon": [12.88], "height": [666.0]}
    >>> at_stations(ds, stations, height_model="kouba").zwd.values.round(4)
    array([[0.1434]], dtype=float32)
    """
    if method not in _METHODS:
        msg = f"method={method!r} found; accepted are {', '.join(map(repr, _METHODS))}"
        raise DomainError(msg)
    if sigma and is_physics(model):
        msg = "sigma comes from a network, and model is 'none': leave it out, or choose 'default'"
        raise CheckpointError(msg)
    directions = Directions.of(elevation, azimuth)
    places = find_places(stations, heights=station_heights)
    grid, _ = standardise_input(ds, Options(coarse_orography=coarse_orography, heights=heights))
    if "orography" not in grid:
        msg = (
            "the grid has no orography, so its delays cannot be moved to the stations; add a "
            "variable 'orography' [m, ellipsoidal] or give coarse_orography"
        )
        raise GridError(msg)
    grid = with_companions(grid, ds)
    directions = None if directions is None else directions.checked(grid)
    window = window_of(grid, places)
    if is_physics(model):
        grid = grid.isel(lat=window.rows, lon=window.columns)
    wanted = None if times is None else _dates(times)
    ends = grid["time"].to_numpy()[[0, -1]]
    grid = grid if wanted is None else _around(grid, wanted)
    options: dict[str, Any] = {"height_model": height_model, "interpolation": interpolation}
    options["progress"] = progress
    if is_physics(model):
        found = lift_blocks(grid, places, **options)
    else:
        network = {"model": model, "device": device, "sigma": sigma}
        found = _refined(grid, places, **options, **network)
    found = found.assign(companions_at(grid, places))
    found = found if wanted is None else _at_times(found, wanted, method, ends)
    found = _described(found, places)
    return found if directions is None else with_slants(found, directions)


def _dates(times: ArrayLike) -> NDArray[np.datetime64]:
    given = np.atleast_1d(np.asarray(times))
    try:  # NumPy alone takes 20220701 for a year, or for nanoseconds
        found = as_utc(given).astype("datetime64[ns]") if given.size else np.array([], "M8[ns]")
    except DomainError as error:
        msg = (
            f"the times are no dates (such as {given.ravel()[0]!r}); accepted are datetime64 or "
            "ISO 8601 in UTC"
        )
        raise DomainError(msg) from error
    if not found.size or np.isnat(found).any():
        msg = "no times are given, or one is missing (NaT); accepted is at least one date"
        raise DomainError(msg)
    return found


def _around(grid: xr.Dataset, wanted: NDArray[np.datetime64]) -> xr.Dataset:
    """Take the epochs that are needed, and some on both sides that tell the step of the grid."""
    have = grid["time"].to_numpy()
    if not np.issubdtype(have.dtype, np.datetime64) or np.isnat(have).any():
        msg = "the grid has no dates, and times are wanted; add them: ds.assign_coords(time=...)"
        raise GridError(msg)
    first = int(np.searchsorted(have, wanted.min(), side="right")) - 1 - _BESIDE
    last = int(np.searchsorted(have, wanted.max(), side="left")) + 1 + _BESIDE
    return grid.isel(time=slice(max(first, 0), min(last, have.size)))


def _between(have: NDArray[np.datetime64], wanted: NDArray[np.datetime64]) -> NDArray[np.intp]:
    """Find the epochs that wanted times lie at or between."""
    before = np.searchsorted(have, wanted, side="right") - 1
    after = np.searchsorted(have, wanted, side="left")
    inside = (before >= 0) & (after < have.size)
    return np.unique([before[inside], after[inside]])


def _refined(grid: xr.Dataset, places: xr.Dataset, **options: Any) -> xr.Dataset:
    """Lift all epochs and send them through a network."""
    where = (places["lat"], places["lon"], places["height"])
    found = delays_at(grid, *where, **options).compute()
    if options["sigma"] and set(DELAYS) <= set(found):
        zhd, zwd = (found[f"{name}_sigma"].astype(np.float64) for name in DELAYS)
        found["ztd_sigma"] = ((zhd**2 + zwd**2) ** 0.5).astype(np.float32)
    return found.drop_vars(["lat", "lon", "height", "station"])


def _at_times(
    found: xr.Dataset, wanted: NDArray[np.datetime64], method: str, ends: NDArray[np.datetime64]
) -> xr.Dataset:
    """Interpolate what moves; counts are those of the epochs on both sides."""
    still = found.drop_vars([name for name in found if "time" in found[name].dims])
    counts = sum_counts(found.isel(time=_between(found["time"].to_numpy(), wanted)))
    moving = _at(found.drop_vars([*still, *counts]), wanted, method, ends)
    return moving.assign(still.data_vars).assign(counts.data_vars)


def _at(
    found: xr.Dataset, wanted: NDArray[np.datetime64], method: str, ends: NDArray[np.datetime64]
) -> xr.Dataset:
    """Interpolate in time, and tell of times that the grid does not reach."""
    have = found["time"].to_numpy()
    place = (find_nearest if method == "nearest" else locate_times)(have, wanted)
    out = at_places(found, place, wanted, np.float32).transpose("time", "station")
    near = place.inside
    if method != "nearest":
        fields = [each.to_numpy() for each in out.values() if "station" in each.dims]
        near = np.any([_has_values(values) for values in fields], axis=0)
    if not near.all():
        warn(
            f"{int((~near).sum())} of {wanted.size} times lie outside the epochs of the grid, or "
            f"in a gap of them ({ends[0]!s:.16} to {ends[1]!s:.16}); their delays are missing"
        )
    return out


def _has_values(values: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Find the times (rows) with a value at any station; mostly the first ones have one."""
    found = np.zeros(len(values), bool)
    for start in range(0, values.shape[1], _SOME):
        left = np.flatnonzero(~found)
        if not left.size:
            break
        found[left] = (~np.isnan(values[left, start : start + _SOME])).any(axis=1)
    return found


def _described(found: xr.Dataset, places: xr.Dataset) -> xr.Dataset:
    """Say what delays are, and add the total."""
    for name in [str(name) for name in found.data_vars if name not in count_names(DELAYS)]:
        kind = name.partition("_")[2]
        if kind in ("sigma", "rmse"):
            found[name].attrs = describe_delay(found, name)
            if kind == "sigma":
                found[name].attrs["comment"] = _OF_THE_NETWORK
        elif name in expected_names(DELAYS):
            found[name].attrs = describe_expected(name, stations=True)
        else:
            found[name].attrs = attributes_of(name)
    if set(DELAYS) <= set(found.data_vars):
        found["ztd"] = (found["zhd"] + found["zwd"]).assign_attrs(QUANTITIES["ztd"].attributes)
    return with_places(found, places)


def with_places(found: xr.Dataset, places: xr.Dataset) -> xr.Dataset:
    """Name stations and places as CF wants of time series.

    Parameters
    ----------
    found : Dataset
        Variables on (time, station), the stations in the order of `places`.
    places : Dataset
        ``lat``, ``lon`` [deg] and ``height`` [m, ellipsoidal] on ``station``, as far as known.

    Returns
    -------
    Dataset
        The same variables.

    Examples
    --------
    >>> ds = xr.Dataset({"ztd": (("time", "station"), [[2.3]])}, {"time": [0]})
    >>> place = xr.Dataset({"height": ("station", [666.0])}, {"station": ["WTZR"]})
    >>> with_places(ds, place).featureType
    'timeSeries'
    """
    about = {
        "lat": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
        "lon": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
        "height": {
            "standard_name": "height_above_reference_ellipsoid",
            "long_name": "ellipsoidal height",
            "units": "m",
            "positive": "up",
            "axis": "Z",
        },
    }
    coords = {
        name: ("station", places[name].to_numpy(), attrs)
        for name, attrs in about.items()
        if name in places
    }
    names = places["station"].to_numpy().astype(str)
    found = found.assign_coords(coords).assign_coords(station=names)
    found["station"].attrs = {"cf_role": "timeseries_id", "long_name": "name of the station"}
    system = found.attrs.get("time_system", "UTC")
    system = {"G": "GPS"}.get(system, system)
    found["time"].attrs = {"standard_name": "time", "long_name": f"time ({system})", "axis": "T"}
    return found.assign_attrs(Conventions="CF-1.10", featureType="timeSeries")
