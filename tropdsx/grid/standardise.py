"""Bring gridded delays of any form to the standard grid, with a record of the caller's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.atmos.mean_atmospheres import standard_pressure
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.cf.axes import Axes, find_axes
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.quantities import DELAYS, DELAYS_AND_TOTAL, QUANTITIES
from tropdsx.cf.time.epochs import standardise_time
from tropdsx.cf.time.settle import settle_time
from tropdsx.cf.units import to_units
from tropdsx.cf.variables import find_variable
from tropdsx.errors import GridError, warn
from tropdsx.geoid.labelled import about_heights
from tropdsx.grid.checks.digits import tell_digits
from tropdsx.grid.checks.registration import tell_registration
from tropdsx.grid.checks.seam import check_seam, find_seam
from tropdsx.grid.checks.zeros import without_zeros
from tropdsx.grid.fields import arrange_field, find_companions, tell_second, tell_unused
from tropdsx.grid.heights.moving import hold_still, keep_moving
from tropdsx.grid.heights.reader import standardise_heights
from tropdsx.grid.irregular import even_rows
from tropdsx.grid.matching import is_same_axis, match_nodes
from tropdsx.grid.restore import GridRecord
from tropdsx.grid.spacing import ROUNDING, is_regular, regularise_axis, unwrap_longitude

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

__all__ = ["standardise_grid"]

#: Names of temperature and humidity in files of model levels.
_LEVELS = {"t", "q"}
_WRITTEN_HERE = "tropdsx_version"  # attribute of results, in which NaN alone is missing
_COLUMNS = {"tcwv", "pwat", "prw", "tqv"}


def standardise_grid(
    ds: xr.Dataset,
    *,
    variables: Sequence[str] = DELAYS,
    orography: xr.DataArray | None = None,
    pressure: xr.DataArray | None = None,
    heights: str = "auto",
    moving: bool = False,
    computed: bool = False,
) -> tuple[xr.Dataset, GridRecord]:
    """Bring any gridded delays to one form, without computing them.

    Axes and variables are found by CF attributes, then by name. Latitude may run either way,
    longitude in any convention, with or without a repeated column; dimensions may come in any
    order, with others of size 1 between them.

    Parameters
    ----------
    ds : Dataset
        Delays on a regular latitude-longitude grid.
    variables : sequence of str, optional
        Which of ``"zhd"`` and ``"zwd"`` are wanted; one that the file lacks is left out.
    orography : DataArray, optional
        Reference height of the delays on `lat`, `lon`, holding every node of `ds` (or all rows of
        its Gaussian grid); replaces an orography found in `ds` [m].
    pressure : DataArray, optional
        Surface pressure on the standard grid for the split of a total delay [hPa].
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What the heights in `ds` count from; "auto" decides by attributes and values.
    moving : bool, optional
        Keep an orography that changes with time as ``(time, lat, lon)`` instead of refusing it.
    computed : bool, optional
        Delays that this package computed: their values tell nothing of units and are not checked.

    Returns
    -------
    grid : Dataset
        ``zhd`` and/or ``zwd`` float32 [m] on (time, lat, lon), lat descending, lon ascending with
        lon[0] in [0, 360); ``orography(lat, lon)`` float64 [m, ellipsoidal] and ``temperature``
        [K] where found; ``attrs["tropdsx_notes"]`` lists what was assumed.
    record : GridRecord
        Restores the caller's orientation, names and coordinates.

    Raises
    ------
    GridError
        If an axis or all delays are missing, an axis is irregular, a dimension too many runs, or
        the heights change with time.
    UnitsError
        If units are unknown or values fit no delay; for dask arrays when they are computed.

    Examples
    --------
    >>> ds = xr.Dataset(
    ...     {"ZWD": (("lon", "lat"), np.full((36, 18), 100.0), {"units": "mm"})},
    ...     coords={"lat": np.arange(-85.0, 90, 10), "lon": np.arange(-180.0, 180, 10)},
    ... )
    >>> grid, record = standardise_grid(ds)
    >>> grid.zwd.dims, float(grid.lat[0]), float(grid.lon[0]), float(grid.zwd[0, 0, 0])
    (('time', 'lat', 'lon'), 85.0, 0.0, 0.10000000149011612)
    >>> record.restore(grid).zwd.dims
    ('lon', 'lat')
    """
    notes: list[str] = list(ds.encoding.get("tropdsx_notes", ()))
    ds, orography = _on_even_rows(settle_time(without_pint(ds), notes), notes, orography)
    names = _find_delays(ds, variables, notes)
    first = ds[next(iter(names.values()))]
    axes = find_axes(ds, dims=first.dims)
    time, time_order = standardise_time(axes.time, notes)
    coords, order = _find_coordinates(axes, notes)
    raw = {role: arrange_field(ds[name], axes, notes) for role, name in names.items()}
    roles = ("orography", "temperature", "pressure")
    raw |= find_companions(ds, axes, notes, roles if orography is None else roles[1:])
    seam = find_seam(axes.lon.to_numpy(), order["lon"])
    raw = {role: check_seam(each, seam) for role, each in raw.items()}
    order |= {"time": time_order}
    own = raw.pop("orography", None)
    fields = _in_units(raw, names, notes, computed=computed, ours=_WRITTEN_HERE in ds.attrs)
    fields = {role: field.isel(order, missing_dims="ignore") for role, field in fields.items()}
    out = xr.Dataset(fields).assign_coords({"time": ("time", time), **coords})
    if not out.sizes["time"]:
        msg = "the input holds no epoch (time has size 0); accepted is at least one"
        raise GridError(msg)
    if orography is not None:
        out["orography"] = _match_orography(orography, out)
    elif own is not None:
        own = own.isel(order, missing_dims="ignore")
        own = keep_moving(own, "time", notes) if moving else hold_still(own, "time")
        about = about_heights(ds, own.name)
        ground = (out["lat"], out["lon"], notes)
        out["orography"] = standardise_heights(own, *ground, about=about, heights=heights)
    out = _complete_delays(out, variables, pressure, notes)
    notes = list(dict.fromkeys(notes))
    record = GridRecord.of(
        first,
        axes,
        out,
        time_order=time_order,
        units={role: str(ds[name].attrs.get("units", "")) for role, name in names.items()},
        notes=tuple(notes),
    )
    out.attrs = {**ds.attrs, "tropdsx_notes": notes}
    return out, record


def _on_even_rows(
    ds: xr.Dataset, notes: list[str], orography: xr.DataArray | None
) -> tuple[xr.Dataset, xr.DataArray | None]:
    """Bring a Gaussian grid to even rows, which all that follows takes, and its heights with it."""
    axes = find_axes(ds)
    tell_registration(ds, (axes.lat, axes.lon), notes)
    lat = axes.lat.to_numpy().astype(np.float64)
    if is_regular(lat) or (even := even_rows(ds, axes.lat_dim, lat)) is None:
        return ds, orography
    if orography is not None and is_same_axis(np.sort(orography["lat"]), np.sort(lat)):
        heights = orography.to_dataset(name="orography")
        moved = even_rows(heights, "lat", orography["lat"].to_numpy())
        orography = orography if moved is None else moved[0]["orography"]
    ds, shift = even
    text = (
        f"'{axes.lat.name}' is a Gaussian grid: delays and heights were interpolated linearly to "
        f"{lat.size} even rows, at most {100 * shift:.1f} % of a step away"
    )
    notes.append(text)
    warn(f"{text}.")
    return ds, orography


def _in_units(
    raw: dict[str, xr.DataArray],
    names: dict[str, Hashable],
    notes: list[str],
    *,
    computed: bool,
    ours: bool,
) -> dict[str, xr.DataArray]:
    """Bring fields to their standard units, and find wet delays that stand for missing values."""
    fields = {role: to_units(each, role, notes, computed=computed) for role, each in raw.items()}
    if "zwd" in fields and not (computed or ours):
        fields["zwd"] = without_zeros(fields["zwd"], notes, str(names["zwd"]))
    return fields


def _find_delays(ds: xr.Dataset, variables: Sequence[str], notes: list[str]) -> dict[str, Hashable]:
    unknown = [v for v in variables if v not in DELAYS]
    if unknown or not variables:
        msg = f"variables {list(variables)} asked for; accepted are 'zhd', 'zwd' or both."
        raise GridError(msg)
    axes = find_axes(ds)
    dims: set[Hashable] = {axes.lat_dim, axes.lon_dim}
    found = {role: find_variable(ds, role, dims) for role in DELAYS_AND_TOTAL}
    names = {role: name for role, name in found.items() if name is not None}
    if set(variables) <= names.keys():
        names.pop("ztd", None)
    if not names:
        accepted = "; ".join(
            f"{role}: {', '.join(QUANTITIES[role].aliases[:4])}" for role in DELAYS_AND_TOTAL
        )
        msg = (
            f"no delay found among the variables {', '.join(map(str, ds.data_vars)) or 'none'}; "
            f"accepted names are {accepted}, ... on latitude and longitude. Rename yours with "
            "ds.rename({'...': 'zhd'})."
        )
        if set(ds.data_vars) >= _LEVELS:
            msg += " These are levels of a weather model: make delays of them by `tropdsx delays`."
        elif any(str(name).lower() in _COLUMNS for name in ds.data_vars):
            msg += " Make them of the column of water vapour by `tropdsx delays`."
        raise GridError(msg)
    tell_unused(ds, [role for role in variables if role not in names], notes)
    tell_second(ds, names, notes)
    return names


def _find_coordinates(
    axes: Axes, notes: list[str]
) -> tuple[dict[str, xr.Variable], dict[str, slice | NDArray[np.intp]]]:
    """Find standard latitude and longitude, and the index that sorts the caller's into them."""
    lat = regularise_axis(axes.lat.values, "latitude")
    tell_digits(axes.lat, lat, notes)
    if np.abs(lat).max() > 90.0 + ROUNDING:
        msg = (
            f"latitude runs from {lat[0]:g} to {lat[-1]:g}; accepted are degrees in [-90, 90]. "
            "Check that latitude and longitude are not swapped, and reproject a map to degrees."
        )
        raise GridError(msg)
    rows = slice(None)
    if lat[0] < lat[-1]:
        lat, rows = lat[::-1], slice(None, None, -1)
    lon, columns = unwrap_longitude(axes.lon.values)
    tell_digits(axes.lon[columns], lon, notes)
    in_order = np.array_equal(columns, np.arange(axes.lon.size))
    attrs = {
        "lat": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
        "lon": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
    }
    coords = {
        "lat": xr.Variable("lat", np.clip(lat, -90.0, 90.0), attrs["lat"]),
        "lon": xr.Variable("lon", lon, attrs["lon"]),
    }
    return coords, {"lat": rows, "lon": slice(None) if in_order else columns}


def _match_orography(orography: xr.DataArray, out: xr.Dataset) -> xr.DataArray:
    matched = match_nodes(orography.transpose("lat", "lon"), out["lat"], out["lon"])
    return matched.astype(np.float64).reset_coords(drop=True).rename("orography")


def _complete_delays(
    out: xr.Dataset,
    variables: Sequence[str],
    pressure: xr.DataArray | None,
    notes: list[str],
) -> xr.Dataset:
    """Complete the delays from a total delay, give single epochs a time axis, drop the rest."""
    if "ztd" in out and not set(variables) <= set(out.data_vars):
        out = _split_total(out, pressure, notes)
    missing = [v for v in variables if v not in out]
    if missing:
        notes.append(f"not in the input: {', '.join(missing)}")
    keep = [v for v in (*variables, "orography", "temperature") if v in out]
    time = out["time"]
    out = out[keep].assign_coords(time=time)
    for name in keep:
        if name != "orography" and "time" not in out[name].dims:
            out[name] = out[name].expand_dims(time=time)
        out[name] = out[name].transpose(..., "lat", "lon")
    return out


def _split_total(out: xr.Dataset, pressure: xr.DataArray | None, notes: list[str]) -> xr.Dataset:
    if "zhd" in out or "zwd" in out:
        known, wanted = DELAYS if "zhd" in out else DELAYS[::-1]
        notes.append(f"{wanted} = ztd - {known}")
        rest = (out["ztd"] - out[known]).rename(f"ztd - {known}").assign_attrs(units="m")
        out[wanted] = to_units(rest, wanted, notes)
        return out
    if pressure is None and "pressure" in out:
        pressure = out["pressure"]
        how = "the input's surface pressure"
    else:
        how = "the given pressure" if pressure is not None else "standard-atmosphere pressure"
    if pressure is None:
        pressure = _pressure_at_orography(out)
    height = out["orography"] if "orography" in out else xr.zeros_like(pressure)
    zhd = _apply(saastamoinen_zhd, pressure, out["lat"], height)
    zhd = zhd.astype(np.float32).broadcast_like(out["ztd"])
    # The total is what is known: where the pressure says more than it, the air is lighter. And
    # where the total is unknown both parts are.
    zhd = xr.where(out["ztd"] < zhd, out["ztd"], zhd).where(out["ztd"].notnull())
    out["zhd"] = zhd.astype(np.float32).transpose(*out["ztd"].dims)
    out["zwd"] = (out["ztd"] - out["zhd"]).astype(np.float32).transpose(*out["ztd"].dims)
    note = f"ztd split: zhd from {how} at the orography (Saastamoinen), at most ztd; zwd the rest"
    for name in DELAYS:
        out[name].attrs = {"units": "m", "comment": note}
    notes.append(note)
    warn(f"{note}.")
    return out


def _pressure_at_orography(out: xr.Dataset) -> xr.DataArray:
    if "orography" not in out:
        msg = (
            "only a total delay (ztd) found and no orography to split it at; accepted are zhd and "
            "zwd, or ztd with the orography of its grid. Give it as a variable 'orography', or "
            "with coarse_orography=... (--coarse-orography FILE)."
        )
        raise GridError(msg)
    return _apply(standard_pressure, out["orography"])


def _apply(
    formula: Callable[..., NDArray[np.floating[Any]]], *fields: xr.DataArray
) -> xr.DataArray:
    """Apply a formula to fields that may be lazy."""
    return xr.apply_ufunc(formula, *fields, dask="parallelized", output_dtypes=[np.float64])
