"""Zenith delays from the levels of a weather model: at its ground, or at given heights.

Levels under the model's ground are left out and the ground itself, where its pressure is known, is
the lowest level. The hydrostatic delay is the integral of dp/g, with Saastamoinen's of the topmost
pressure above; wet refractivity is exponential between levels and zero above the top. Below the
lowest level the air goes on as in the standard atmosphere, the vapour as in the lowest 2 km.
Heights are ellipsoidal: geopotential with gravity that depends on latitude, plus the geoid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import xarray as xr
from numpy.typing import ArrayLike

from tropdsx.cf.positions import find_positions
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.time.dates import UNDATED, with_dates
from tropdsx.cf.time.settle import settle_time
from tropdsx.errors import GridError, warn
from tropdsx.geoid.datum import AS_IS
from tropdsx.workflows.derive.fields.missing import tell_missing
from tropdsx.workflows.derive.heights.asked import (
    check_arguments,
    is_none,
    ladder_or_ground,
    tell_geoid,
    undulation_at,
)
from tropdsx.workflows.derive.heights.ground import (
    HeightSource,
    find_ground,
    heights_at,
)
from tropdsx.workflows.derive.heights.terrain import delays_on_terrain, find_terrain
from tropdsx.workflows.derive.integration import integrate_levels, pressure_heights
from tropdsx.workflows.derive.labels import label_delays, with_temperature, with_total
from tropdsx.workflows.derive.levels import Levels, find_levels
from tropdsx.workflows.derive.mending import mend_units
from tropdsx.workflows.derive.moisture.column import check_instant, find_moisture
from tropdsx.workflows.derive.moisture.delays import delays_of_moisture

__all__ = ["integrate_zenith", "zenith_delays"]

_OPTIONS = (
    "orography",
    "humidity",
    "coefficients",
    "hydrostatic",
    "geoid",
    "heights",
    "mean_temperature",
    "sample",
)
"""Arguments that hold for delays on a terrain as well."""
_OF_MOISTURE = ("orography", "coefficients", "geoid", "heights", "mean_temperature", "sample")
"""Arguments that hold for a column of water vapour as well."""
_TOP = 350.0
"""A profile that ends below this misses wet delay [hPa]."""
_BOTTOM = 300.0
"""No ground lies above this [hPa]."""


def zenith_delays(
    ds: xr.Dataset,
    height: HeightSource | None = None,
    *,
    ladder: ArrayLike | None = None,
    orography: HeightSource | None = None,
    humidity: str = "auto",
    coefficients: Any = "bevis",
    hydrostatic: str = "pressure",
    geoid: str | float | xr.DataArray | None = "egm2008",
    heights: str = "auto",
    ztd: bool = False,
    mean_temperature: bool = False,
    sample: bool = False,
) -> xr.Dataset:
    """Integrate zenith delays from pressure, temperature and humidity on a model's levels.

    Parameters
    ----------
    ds : Dataset
        Levels in any orientation and order, as
        :func:`tropdsx.workflows.derive.levels.find_levels` finds them: ERA5 ``t``, ``q`` (or
        ``r``) and ``z`` on pressure levels, with ``sp``, ``t2m``, ``d2m`` and the geopotential of
        the surface where there; hybrid levels; cubes on heights; on a grid, curvilinear or not,
        at stations, or at one place. Without temperature on levels a total column of water vapour
        (``tcwv``, ``pwat``) takes their place: see
        :func:`tropdsx.workflows.derive.moisture.delays.delays_of_moisture`.
    height : float, path, Dataset or DataArray, optional
        Where delays are wanted; default: the model's ground [m]. A terrain model on a regular grid
        finer than that of the levels gets delays on its own grid, every other field gives heights
        at the places of the levels (bilinear).
    ladder : array_like, optional
        Several heights at every place: a dimension ``height`` in place of the levels [m,
        ellipsoidal].
    orography : float, path, Dataset or DataArray, optional
        Heights of the model's ground, where `ds` has none or others [m].
    humidity : {"auto", "specific", "vapour_pressure", "relative"}, optional
        Which to take where there are several. Relative humidity is over water above 0 degC, over
        ice below -23 degC and mixed between, as in the ECMWF model.
    coefficients : {"bevis", "rueger", "thayer"} or RefractivityCoefficients, optional
        Of refractivity.
    hydrostatic : {"pressure", "density"}, optional
        "pressure": the integral of dp/g, exact in hydrostatic balance; "density": that of
        refractivity over height, 0.2 mm (37 levels) to 0.9 mm (19) less, for profiles in none.
    geoid : {"egm2008", "none"}, float, DataArray or None, optional
        Undulation that makes heights above the geoid ellipsoidal; None, 0 or "none" leaves them
        [m]. Undulations of the caller serve the levels and the ground; fields of heights that are
        given take EGM2008, with a warning.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What heights in metres count from: those of cubes on heights, of the ground, and `height`
        and `orography` as fields; "auto" decides by attributes and values.
    ztd : bool, optional
        Add the total delay.
    mean_temperature : bool, optional
        Add the mean temperature of the vapour above, which :meth:`pwv` then uses [K].
    sample : bool, optional
        Look at the first epoch of lazy fields when they are found, as is done with those in
        memory: values that are plainly in another unit are then converted, with a warning. Without
        it they are refused when they are computed.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` float64 [m], with ``orography`` (or ``height``, and ``ground`` where it is
        known) [m, ellipsoidal] as coordinate, in the order and with the names of `ds`; ``t2m``
        where `ds` has it. Lazy where `ds` is. NaN above the top and where a profile has holes,
        with a warning that counts them when they are computed; heights under the ground continue
        the air above it.

    Raises
    ------
    GridError
        If levels, variables or heights are missing or do not fit.
    UnitsError
        If units or values do not fit; for dask arrays values when they are computed.
    DomainError
        If a word is not accepted or a latitude lies outside [-90, 90].

    Notes
    -----
    Without surface pressure levels under the ground count as they are. Without any ground the
    delays are at the shipped 1 degree terrain, with a warning.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.arange(0.0, 48e3, 1000.0)
    >>> p = 1013.25 * np.exp(-z / 7400)
    >>> ds = xr.Dataset(
    ...     {
    ...         "t": ("level", 288.0 - 0.0065 * np.minimum(z, 11e3), {"units": "K"}),
    ...         "q": ("level", 0.006 * np.exp(-z / 2000), {"units": "kg kg-1"}),
    ...         "z": ("level", 9.80665 * z, {"units": "m2 s-2"}),
    ...     },
    ...     coords={"level": ("level", p, {"units": "hPa"}), "lat": 45.0, "lon": 10.0},
    ... ).assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> zenith_delays(ds, 300.0).zwd.round(3).item()
    0.065
    """
    return tell_missing(integrate_zenith(**locals()))


def integrate_zenith(
    ds: xr.Dataset,
    height: HeightSource | None = None,
    *,
    ladder: ArrayLike | None = None,
    orography: HeightSource | None = None,
    humidity: str = "auto",
    coefficients: Any = "bevis",
    hydrostatic: str = "pressure",
    geoid: str | float | xr.DataArray | None = "egm2008",
    heights: str = "auto",
    ztd: bool = False,
    mean_temperature: bool = False,
    sample: bool = False,
) -> xr.Dataset:
    """Integrate zenith delays, without a word of those that are missing.

    Parameters
    ----------
    ds, height, ladder, orography, humidity, coefficients
        As for :func:`zenith_delays`, which counts them.
    hydrostatic, geoid, heights, ztd, mean_temperature, sample
        As there.

    Returns
    -------
    Dataset
        As there.
    """
    check_arguments(height, ladder, hydrostatic)
    given, choice = locals(), AS_IS if is_none(geoid) else heights
    tell_geoid(geoid, height, orography)
    column = find_moisture(without_pint(ds)) if humidity == "auto" else None
    if column is not None:
        return _of_moisture(ds, str(column.name), given)
    terrain = find_terrain(height, find_positions(ds), heights=choice)
    if terrain is not None:
        options = {name: given[name] for name in _OPTIONS}
        out = delays_on_terrain(ds, terrain, partial(integrate_zenith, **options))
        return with_total(out) if ztd else out
    ds, told = _settle(ds)
    levels = find_levels(ds, humidity, heights=heights, sample=sample)
    levels = mend_units(levels, sample=sample)
    _warn_of_ends(levels, sample=sample)
    undulation = undulation_at(geoid, levels.positions)
    at_ground = height is None and ladder is None
    reached = partial(pressure_heights, levels, undulation)
    ground, notes = find_ground(
        ds, levels, undulation, orography, wanted=at_ground, heights=reached, choice=heights
    )
    if height is not None:
        target = heights_at(height, levels.positions, ds, undulation, notes, heights)
    else:
        target = ladder_or_ground(ladder, ground)
    delays = integrate_levels(
        levels if orography is None else _with_doubted_ground(levels),
        undulation,
        ground,
        target,
        coefficients=coefficients,
        hydrostatic=hydrostatic,
        mean_temperature=mean_temperature,
    )
    out = label_delays(delays, ds, levels, target if ladder is None else ground, target)
    out = with_total(out) if ztd else out
    out = with_temperature(out, levels.surface.temperature) if at_ground else out
    return out.assign_attrs({**ds.attrs, "tropdsx_notes": [*told, *levels.notes, *notes]})


def _of_moisture(ds: xr.Dataset, name: str, given: Mapping[str, Any]) -> xr.Dataset:
    """Make delays of a column of water vapour, which is the vapour above the ground alone."""
    lifted = given["height"] is not None or given["ladder"] is not None
    if lifted or given["hydrostatic"] != "pressure":
        asked = "delays at other heights" if lifted else "hydrostatic='density'"
        msg = (
            f"{asked} asked for, and there are no levels but a column of water vapour '{name}'; "
            "accepted are delays at the ground of the model, which `tropdsx convert` then lifts. "
            "Leave it out, or give levels."
        )
        raise GridError(msg)
    ds, told = _settle(ds)
    out = delays_of_moisture(ds, **{name: given[name] for name in _OF_MOISTURE})
    out = with_total(out) if given["ztd"] else out
    return out.assign_attrs(tropdsx_notes=[*told, *out.attrs["tropdsx_notes"]])


def _with_doubted_ground(levels: Levels) -> Levels:
    """Have heights that a caller gives held against the surface pressure; a file's are before."""
    return replace(levels, names={**levels.names, "ground": "orography given"})


def _settle(ds: xr.Dataset) -> tuple[xr.Dataset, list[str]]:
    """Give the levels one valid time; and say what was assumed when they were opened."""
    told = list(ds.encoding.get("tropdsx_notes", ()))
    ds = settle_time(without_pint(ds), told, flatten=False)
    _, _, time, names, _ = find_positions(ds)
    if time is not None and time.size == 0:
        msg = f"the levels hold no epoch ('{time.name}' has size 0); accepted is at least one."
        raise GridError(msg)
    if time is None:
        note = f"no dates found: {UNDATED}"
        told.append(note)
        warn(f"{note}, and the delays have none.")
    else:
        for name in names[2:]:
            ds = ds.assign_coords({name: with_dates(ds[name], time.to_numpy())})
    return ds, told


def _warn_of_ends(levels: Levels, *, sample: bool) -> None:
    for text in check_instant(levels.temperature):
        warn(f"{text}.")
    pressure = levels.pressure
    if pressure.chunks:
        if not sample:
            return
        time = levels.positions.time
        epochs = [dim for dim in pressure.dims if time is not None and dim in time.dims]
        pressure = pressure.isel(dict.fromkeys(epochs, 0))
    top = float(pressure.min(str(levels.dim)).max())
    if top > _TOP:
        warn(f"the topmost level is at {top:g} hPa: the wet delay above it is left out.")
    lowest = float(pressure.max())
    if lowest < _BOTTOM:
        warn(
            f"the lowest level is at {lowest:g} hPa, far above any ground: the air below it is "
            f"made up. Check the units of '{levels.dim}', and whether levels are missing."
        )
