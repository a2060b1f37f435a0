"""Zenith delays of a total column of water vapour, where a model gives no levels.

The wet delay is the column times a factor of its mean temperature, the hydrostatic delay follows
from the surface pressure at the model's own ground. Heights that are not those of the fields are
never put beside them: where their ground is not known, the delays have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.mean_atmospheres import standard_height
from tropdsx.atmos.refractivity import COEFFICIENTS, refractivity_coefficients
from tropdsx.atmos.saastamoinen import saastamoinen_zhd
from tropdsx.atmos.water_vapour import pwv_to_zwd
from tropdsx.cf.positions import Positions
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.variables import UNKNOWN_HEIGHTS, find_fields
from tropdsx.errors import AssetError, GridError, warn
from tropdsx.geoid.datum import check_choice
from tropdsx.grid.checks.zeros import without_zeros
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.fields.epochs import follow_epochs
from tropdsx.workflows.derive.fields.names import COLUMN
from tropdsx.workflows.derive.fields.reading import FieldReader
from tropdsx.workflows.derive.heights.asked import undulation_at
from tropdsx.workflows.derive.heights.ground import HEIGHT, HeightSource, heights_at, own_ground
from tropdsx.workflows.derive.labels import attributes_of, with_temperature
from tropdsx.workflows.derive.levels import drop_single
from tropdsx.workflows.derive.moisture.column import (
    VAPOUR,
    check_instant,
    place_column,
    tell_saturated,
)
from tropdsx.workflows.derive.moisture.pressure import off_ground, pressure_at_ground
from tropdsx.workflows.derive.surface import Surface, find_surface
from tropdsx.workflows.derive.water import mean_temperature_of

__all__ = ["delays_of_moisture"]

_AT_SEA = "sea level pressure"
_SKIN = "skt"
_FEW = 0.01
"""So many places may have an odd pressure for their height [share]."""


@dataclass(frozen=True)
class _Air:
    """What a Dataset without levels says of the air and of the ground."""

    field: xr.DataArray
    positions: Positions
    surface: Surface
    undulation: xr.DataArray | float
    ground: xr.DataArray | None


def delays_of_moisture(
    ds: xr.Dataset,
    *,
    orography: HeightSource | None = None,
    coefficients: Any = "bevis",
    geoid: str | float | xr.DataArray | None = "egm2008",
    heights: str = "auto",
    mean_temperature: bool = False,
    sample: bool = False,
) -> xr.Dataset:
    """Make zenith delays of the total column of water vapour and of the surface pressure.

    Parameters
    ----------
    ds : Dataset
        ``tcwv``, ``pwat`` or as others call it (kg m-2, mm or m), with the temperature at 2 m or a
        ``mean_temperature`` of the vapour; for the hydrostatic delay with the surface pressure, or
        with the pressure at sea level and the height of the ground.
    orography, coefficients, geoid, heights, mean_temperature, sample
        As for :func:`tropdsx.workflows.derive.zenith.zenith_delays`.

    Returns
    -------
    Dataset
        ``zwd`` and, where there is a pressure, ``zhd`` float64 [m], with ``orography`` where the
        height of the ground is known [m, ellipsoidal]; ``t2m`` where `ds` has it. Lazy where `ds`
        is.

    Raises
    ------
    GridError
        If there is nothing to have the mean temperature of the vapour from.
    UnitsError
        If units or values do not fit, or the column is a sum over time.

    Notes
    -----
    The wet delay is :func:`tropdsx.atmos.pwv_to_zwd` with Tm = 70.2 K + 0.72 t2m (Bevis et al.
    1992). The hydrostatic delay is Saastamoinen's. Columns below 0, which spectral models leave
    behind, count as 0.

    Examples
    --------
    >>> fields = {"tcwv": (20.0, "kg m-2"), "t2m": (288.15, "K"), "sp": (1e5, "Pa")}
    >>> ds = xr.Dataset({n: ("site", [v], {"units": u}) for n, (v, u) in fields.items()})
    >>> ds = ds.assign(z_surface=("site", [1962.0], {"units": "m2 s-2"}))
    >>> out = delays_of_moisture(ds.assign_coords(lat=("site", [48.0]), lon=("site", [16.0])))
    >>> out.zwd.round(4).item(), out.zhd.round(3).item(), out.orography.round().item()
    (0.1263, 2.276, 247.0)
    """
    told: list[str] = []
    ds = drop_single(without_pint(ds), told)
    field, positions = place_column(ds)
    ds, reasons = follow_epochs(ds, positions)
    reader = FieldReader(() if positions.time is None else positions.time.dims, sample=sample)
    reader.told += [*check_instant(field), *tell_saturated(field, reader)]
    vapour = reader.read(field, VAPOUR)
    surface = find_surface(ds, None, positions, reader, check_choice(heights))
    undulation = undulation_at(geoid, positions)
    ground = own_ground(surface, positions.lat, undulation)
    if orography is not None:
        ground = heights_at(orography, positions, ds, undulation, reader.told, heights)
    air = _Air(field, positions, surface, undulation, ground)
    tm, source = _mean_temperature(ds, air)
    found = {} if (zhd := _hydrostatic(ds, air, reader)) is None else {"zhd": zhd}
    make = partial(_wet_delay, name=str(field.name), coefficients=coefficients)
    found["zwd"] = elementwise(make, vapour, tm)
    if mean_temperature:
        found["mean_temperature"] = xr.DataArray(tm)
    listed = ", ".join(f"'{name}' ({why})" for name, why in reasons.items())
    reader.told += [f"found and not used: {listed}"] if listed else []
    told += reader.warn()
    found["zwd"] = _without_zeros(found["zwd"], air, told)
    out = _label(found, ds, air)
    out["zwd"].attrs["comment"] = _describe(str(field.name), source, coefficients)
    unknown = UNKNOWN_HEIGHTS if ground is None else {}
    return out.assign_attrs({**ds.attrs, "tropdsx_notes": told, **unknown})


def _without_zeros(zwd: xr.DataArray, air: _Air, told: list[str]) -> xr.DataArray:
    """Take out columns of 0 in moist air, where they lie on a grid: no values, whatever is said."""
    axes = (*air.positions.lat.dims, *air.positions.lon.dims)
    if len(set(axes)) != 2 or not set(axes) <= set(zwd.dims):
        return zwd
    whole = zwd.chunk(dict.fromkeys(axes, -1)) if zwd.chunks else zwd
    return without_zeros(whole, told, str(air.field.name), (axes[0], axes[1]))


def _mean_temperature(ds: xr.Dataset, air: _Air) -> tuple[xr.DataArray | float, str]:
    """Mean temperature of the vapour: what the Dataset says, Bevis' of the air at 2 m, or GPT3."""
    known = ds.drop_vars(_SKIN, errors="ignore")
    if air.surface.temperature is not None:
        known = known.assign(t2m=air.surface.temperature.assign_attrs(units="K"))
    if air.ground is not None:
        known = known.assign(orography=air.ground.assign_attrs(HEIGHT))
    try:
        return mean_temperature_of(known)
    except AssetError as error:
        msg = (
            f"'{air.field.name}' found, and no temperature of the air to make a delay of it; "
            "accepted is t2m [K] beside it, a mean_temperature of the vapour [K], or the grid of "
            "GPT3 (tropdsx assets fetch gpt3_5). Add one of them."
        )
        raise GridError(msg) from error


def _wet_delay(
    vapour: NDArray[Any], tm: NDArray[Any], *, name: str, coefficients: Any
) -> NDArray[Any]:
    below = vapour < 0.0
    if below.any():
        warn(
            f"'{name}' is below 0 (down to {np.nanmin(vapour):.2g} kg m-2) at {int(below.sum())} "
            f"of {vapour.size} places, as spectral models leave it: taken as 0 there.",
            topic=f"columns below 0 in {name}",
        )
        vapour = np.where(below, 0.0, vapour)
    return np.asarray(pwv_to_zwd(vapour, tm, coefficients))


def _hydrostatic(ds: xr.Dataset, air: _Air, reader: FieldReader) -> xr.DataArray | None:
    """Hydrostatic delay at the ground, where its pressure is known or can be had [m]."""
    surface, ground, lat = air.surface, air.ground, air.positions.lat
    if surface.pressure is not None and ground is not None:
        _compare(surface.pressure, ground, reader)
        return elementwise(saastamoinen_zhd, surface.pressure, lat, ground)
    if surface.pressure is not None:
        reader.told.append(
            "no height of the ground found: the delays are at the ground of the model and have no "
            "heights. Add its surface geopotential, or give orography= (--orography FILE)"
        )
        # For gravity alone, of which 300 m change the delay by 0.2 mm.
        height = elementwise(standard_height, surface.pressure)
        return elementwise(saastamoinen_zhd, surface.pressure, lat, height)
    fields = find_fields(ds, COLUMN[_AT_SEA], without=air.positions.names)
    at_sea = next((f for f in fields if set(f.dims) <= air.positions.dims), None)
    if at_sea is not None and ground is not None and surface.temperature is not None:
        reader.told.append(
            f"surface pressure from '{at_sea.name}' and the height of the ground: good to 0.4 hPa "
            "below 300 m, to 1.3 hPa rms on the whole and to 25 hPa on high plateaus, of which "
            "each hPa is 2.3 mm of zhd; the surface pressure itself (sp) is better"
        )
        pressure = reader.read(at_sea, _AT_SEA)
        pressure = elementwise(
            pressure_at_ground, pressure, ground - air.undulation, surface.temperature
        )
        return elementwise(saastamoinen_zhd, pressure, lat, ground)
    beside = f" ('{at_sea.name}' needs the height of the ground)" if at_sea is not None else ""
    reader.told.append(f"no surface pressure found{beside}: zwd alone, without zhd")
    if ground is None:
        reader.told.append(
            "no height of the ground found: the wet delays have no heights, and are those of the "
            "model's own ground"
        )
    return None


def _compare(pressure: xr.DataArray, ground: xr.DataArray, reader: FieldReader) -> None:
    """Tell of a ground that is not the one of the surface pressure."""
    off = reader.look(elementwise(off_ground, pressure, ground, dtype=bool))
    if off is not None and off.mean() > _FEW:
        reader.told.append(
            f"the height of the ground does not fit the surface pressure '{pressure.name}' at "
            f"{int(off.sum())} of {off.size} places: one of them is of another model, grid or unit"
        )


def _describe(name: str, source: str, coefficients: Any) -> str:
    k = refractivity_coefficients(coefficients)
    known = [each for each, constants in COEFFICIENTS.items() if constants == k]
    by = f"{known[0]}: " if known else ""
    return (
        f"from the column of water vapour '{name}' (Bevis et al. 1992, doi:10.1029/92JD01517); "
        f"mean temperature of the vapour: {source}; refractivity {by}k1 {k.k1:g}, k2 {k.k2:g} "
        f"K hPa-1, k3 {k.k3:g} K2 hPa-1; columns below 0 count as 0"
    )


def _label(found: dict[str, xr.DataArray], ds: xr.Dataset, air: _Air) -> xr.Dataset:
    """Order and coordinates of the caller's Dataset, with the heights that the delays are at."""
    dims = air.field.dims
    ordered = {n: each.transpose(*dims, missing_dims="ignore") for n, each in found.items()}
    out = xr.Dataset(ordered)
    for name, field in out.items():
        field.attrs = attributes_of(str(name), air.field.attrs)
    out = with_temperature(out, air.surface.temperature)
    names = [n for n in ds.variables if n in air.positions.names or n in out.dims]
    out = out.assign_coords({n: ds[n].variable for n in names if set(ds[n].dims) <= set(dims)})
    if air.ground is None:
        return out
    ground = air.ground.transpose(*dims, missing_dims="ignore").variable
    return out.assign_coords(orography=(ground.dims, ground.data, HEIGHT))
