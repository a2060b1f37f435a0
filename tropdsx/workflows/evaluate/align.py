"""Bring an estimate and a reference to common epochs and nodes, whatever form each comes in."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.axes import find_axes
from tropdsx.cf.quantities import DELAYS, DELAYS_AND_TOTAL, QUANTITIES
from tropdsx.cf.time.settle import settle_time
from tropdsx.cf.time.snap import match_epochs
from tropdsx.cf.units import unit_of
from tropdsx.errors import GridError, TropdsxWarning, warn
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.matching import find_nearest_nodes, node_tolerance
from tropdsx.grid.restore import GridRecord
from tropdsx.grid.spacing import is_regular
from tropdsx.grid.standardise import standardise_grid

__all__ = ["Pair", "align", "nodes_of", "standardise_measured", "warn_total_alone"]

_SAME_HEIGHTS = 3.0  # m apart, rms: 1 mm of ZHD


@dataclass(frozen=True)
class Pair:
    """Two datasets on the same standard nodes and epochs.

    Attributes
    ----------
    fine, reference : Dataset
        ``zhd``, ``zwd`` and ``ztd`` as far as both have them (time, lat, lon) [m], lazy where the
        inputs are; ``fine`` also has ``*_sigma`` [m] and ``orography`` [m] where it came with them.
    record : GridRecord
        Restores the orientation of the estimate.
    covered : bool
        Whether the reference has every node of the estimate.
    total_alone : str
        Which of the two holds ``ztd`` alone, so that the parts of the other are not compared;
        empty where none are left out so.
    """

    fine: xr.Dataset
    reference: xr.Dataset
    record: GridRecord
    covered: bool
    total_alone: str = ""

    @property
    def variables(self) -> list[str]:
        """Delays to compare."""
        return [name for name in DELAYS_AND_TOTAL if name in self.reference]

    @property
    def uniform(self) -> bool:
        """Whether the common nodes are evenly spaced, as spectra and gradients want them."""
        return all(is_regular(self.fine[axis].to_numpy()) for axis in ("lat", "lon"))

    @property
    def wrap(self) -> bool:
        """Whether the common nodes go round the globe."""
        lon = self.fine["lon"].to_numpy()
        return is_regular(lon) and is_global_longitude(lon)

    @property
    def period(self) -> str:
        """First and last epoch, "start/end" in ISO 8601; "not recorded" without times."""
        times = self.fine["time"].to_numpy()
        times = times[~np.isnat(times)] if times.dtype.kind == "M" else times[:0]
        if not times.size:
            return "not recorded"
        ends = np.datetime_as_string(np.array([times.min(), times.max()]), unit="s")
        return "/".join(f"{end}Z" for end in ends)


def align(fine: xr.Dataset, reference: xr.Dataset, *, one_file: bool = False) -> Pair:
    """Find common epochs, nodes and delays of two datasets.

    Parameters
    ----------
    fine, reference : Dataset
        Delays in any orientation, names and units that :func:`standardise_grid` accepts. A total
        delay alone is compared as a total delay.
    one_file : bool
        Both stem from the same file: as many undated epochs are the same ones, in order.

    Returns
    -------
    Pair
        Lazy where the inputs are.

    Raises
    ------
    GridError
        If they share no delay, epoch or node; the text names what each has.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> zwd = xr.DataArray(np.full((2, 3), 0.1), {"lat": [1.0, 0.0], "lon": [-1.0, 0.0, 1.0]})
    >>> ds = xr.Dataset({"zwd": zwd.assign_attrs(units="m")})
    >>> turned = ds.isel(lat=[1, 0]).assign_coords(lon=[359.0, 360.0, 361.0])
    >>> align(ds, turned).reference.zwd.shape
    (1, 2, 3)
    """
    fine = settle_time(fine)
    own, record = standardise_measured(_in_metres(fine))
    true, _ = standardise_measured(reference)
    names = [name for name in DELAYS_AND_TOTAL if name in own and name in true]
    if not names:
        msg = (
            f"the estimate holds {_names(own)} and the reference {_names(true)}: none in common; "
            "accepted are zhd, zwd or ztd in both"
        )
        raise GridError(msg)
    here, there = _common_times(own, true, one_file=one_file)
    rows, true_rows = _common_nodes(own, true, "lat")
    columns, true_columns = _common_nodes(own, true, "lon")
    covered = rows.size == own.sizes["lat"] and columns.size == own.sizes["lon"]
    alone = _total_alone(own, true)
    own = _add_sigmas(own, fine, record)
    keep = [*names, *(f"{n}_sigma" for n in names if f"{n}_sigma" in own)]
    keep += ["orography"] if "orography" in own else []
    own = own[keep].isel(time=here, lat=rows, lon=columns)
    _tell_heights_apart(own, true.isel(lat=true_rows, lon=true_columns))
    true = true[names].isel(time=there, lat=true_rows, lon=true_columns)
    true = true.assign_coords(lat=own["lat"], lon=own["lon"], time=own["time"])
    return Pair(own, true, record, covered, alone)


def warn_total_alone(pair: Pair, name: str) -> None:
    """Say that parts of the delay are not scored, where one side holds the total alone.

    Parameters
    ----------
    pair : Pair
        What is compared.
    name : str
        What the reference is.
    """
    if pair.total_alone:
        side = "the estimate" if pair.total_alone == "estimate" else name
        text = f"{side} holds ztd alone: zhd and zwd are not scored, ztd is"
        warn(text)


def standardise_measured(ds: xr.Dataset) -> tuple[xr.Dataset, GridRecord]:
    """Bring delays to the standard grid with their total, and with no part that is modelled.

    Parameters
    ----------
    ds : Dataset
        Delays that :func:`standardise_grid` accepts; a total delay alone needs no orography.

    Returns
    -------
    grid : Dataset
        ``zhd`` and/or ``zwd``, and ``ztd`` where both are known; ``ztd`` alone, as it was stored,
        where only that was given [m].
    record : GridRecord
        Restores the caller's orientation.

    Examples
    --------
    >>> ztd = xr.DataArray(np.full((2, 2), 2.4), {"lat": [1.0, 0.0], "lon": [0.0, 1.0]})
    >>> list(standardise_measured(xr.Dataset({"ztd": ztd.assign_attrs(units="m")}))[0])
    ['ztd']
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ztd split", TropdsxWarning)
        # Without air the hydrostatic part is 0, and the whole total delay is kept as the other.
        # A lifted value outside of what nature makes is an error to be scored, not one of units.
        grid, record = standardise_grid(
            ds, pressure=xr.DataArray(0.0), computed="tropdsx_version" in ds.attrs
        )
    return _add_totals(grid, record), record


def nodes_of(
    coarse: xr.Dataset, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Say which nodes of a standard grid are nodes of a coarse one.

    Parameters
    ----------
    coarse : Dataset
        Any grid with latitude and longitude.
    lat, lon : ndarray, shape (m,) and (n,)
        Nodes [deg].

    Returns
    -------
    ndarray of bool, shape (m, n)
        True at the coarse grid's own nodes.

    Examples
    --------
    >>> coarse = xr.Dataset(coords={"lat": [0.0, 2.0], "lon": [-2.0, 0.0]})
    >>> nodes_of(coarse, np.array([2.0, 1.0]), np.array([358.0, 359.0])).tolist()
    [[True, False], [False, False]]
    """
    axes = find_axes(coarse)
    _, row = find_nearest_nodes(axes.lat.values, lat)
    _, column = find_nearest_nodes(axes.lon.values, lon, period=360.0)
    close = [node_tolerance(*pair) for pair in ((axes.lat, lat), (axes.lon, lon))]
    return np.outer(row <= close[0], column <= close[1])


def _in_metres(fine: xr.Dataset) -> xr.Dataset:
    """Say what a result's orography is in, where only its delays do."""
    if "orography" not in fine.variables or "units" in fine["orography"].attrs:
        return fine
    fine = fine.copy()
    fine["orography"].attrs = {**fine["orography"].attrs, "units": "m"}
    return fine


def _add_totals(ds: xr.Dataset, record: GridRecord) -> xr.Dataset:
    """Add the total delay; where only that was given, its modelled parts are not evidence."""
    if not set(DELAYS) <= set(ds):
        return ds
    ds = ds.assign(ztd=ds["zhd"] + ds["zwd"])
    split = any(note.startswith("ztd split") for note in record.notes)
    return ds.drop_vars(DELAYS) if split else ds


def _add_sigmas(ds: xr.Dataset, source: xr.Dataset, record: GridRecord) -> xr.Dataset:
    """Add the standard deviations of the estimate, on the same standard nodes."""
    names = {record.lat.dims[0]: "lat", record.lon.dims[0]: "lon"}
    order: dict[str, Any] = {
        "lat": find_nearest_nodes(record.lat.values, record.standard_lat)[0],
        "lon": find_nearest_nodes(record.lon.values, record.standard_lon, period=360.0)[0],
    }
    if record.had_time and record.time is not None and record.time.dims:
        names[record.time.dims[0]] = "time"
        order["time"] = record.time_order
    for name in DELAYS:
        if f"{name}_sigma" not in source or name not in ds:
            continue
        field = xr.DataArray(source[f"{name}_sigma"].variable).squeeze()
        field = field.rename({old: new for old, new in names.items() if old in field.dims})
        for dim in {"time", "lat", "lon"} - set(field.dims):
            field = field.expand_dims(dim)  # squeezed, though it is an axis of size 1
        factor, _ = QUANTITIES[name].units.get(unit_of(field), (1.0, 0.0))
        field = field * factor
        ds[f"{name}_sigma"] = field.transpose("time", "lat", "lon").isel(
            order, missing_dims="ignore"
        )
    return ds


def _total_alone(own: xr.Dataset, true: xr.Dataset) -> str:
    """Name the side that holds a total delay alone where the other one has parts of it."""
    sides = {"estimate": own, "reference": true}
    alone = [side for side, ds in sides.items() if not set(DELAYS) & set(ds)]
    return alone[0] if len(alone) == 1 else ""


def _common_times(own: xr.Dataset, true: xr.Dataset, *, one_file: bool) -> tuple[NDArray, NDArray]:
    times = [ds["time"].to_numpy() for ds in (own, true)]
    undated = [each.dtype.kind == "M" and bool(np.isnat(each).all()) for each in times]
    if any(undated) and times[0].size == times[1].size == 1:
        return np.array([0]), np.array([0])  # two single fields, one of which has no date
    if all(undated) and one_file and times[0].size == times[1].size:
        return np.arange(times[0].size), np.arange(times[0].size)
    here, there = match_epochs(*times)
    if not here.size:
        msg = (
            f"no epoch in common: the estimate has {_span(times[0])}, the reference "
            f"{_span(times[1])}; give a reference of the same epochs"
        )
        if any(undated):
            msg += ". Fields without dates are compared where both sides have a single one"
        raise GridError(msg)
    return here, there


def _common_nodes(own: xr.Dataset, true: xr.Dataset, axis: str) -> tuple[NDArray, NDArray]:
    have, want = true[axis].to_numpy(), own[axis].to_numpy()
    place, off = find_nearest_nodes(have, want, period=360.0 if axis == "lon" else None)
    found = np.flatnonzero(off <= node_tolerance(have, want))
    if not found.size:
        spans = [f"{a[0]:g} to {a[-1]:g} ({a.size})" for a in (want, have)]
        msg = (
            f"no {axis} node in common: the estimate has {spans[0]}, the reference {spans[1]}; "
            "downscale to the reference's nodes with target=reference, or give another"
        )
        raise GridError(msg)
    return found, place[found]


def _tell_heights_apart(own: xr.Dataset, true: xr.Dataset) -> None:
    if "orography" not in own or "orography" not in true or own.orography.dims != ("lat", "lon"):
        return
    apart = np.abs(own["orography"].values - true["orography"].transpose("lat", "lon").values)
    rms = float(np.sqrt(np.nanmean(apart**2))) if np.isfinite(apart).any() else 0.0
    if rms > _SAME_HEIGHTS:
        warn(
            f"the heights of the estimate and of the reference are {rms:.0f} m apart (rms; up to "
            f"{np.nanmax(apart):.0f} m), which the scores hold as well: 1 m is 0.3 mm of ZHD"
        )


def _names(ds: xr.Dataset) -> str:
    return ", ".join(name for name in DELAYS_AND_TOTAL if name in ds) or "no delay"


def _span(times: NDArray) -> str:
    if times.dtype.kind != "M":
        return f"{times.size} without dates"
    known = times[~np.isnat(times)]
    if not known.size:
        return f"{times.size} without dates"
    first, last = np.datetime_as_string(np.array([known.min(), known.max()]), unit="m")
    return f"{times.size} ({first} to {last})"
