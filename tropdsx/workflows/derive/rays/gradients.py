"""Gradients of labelled delays, and what they add to a slant delay."""

from __future__ import annotations

from typing import Any

import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.mapping.empirical import chen_herring_gradient
from tropdsx.cf.units import in_unit
from tropdsx.cf.variables import find_named
from tropdsx.workflows.derive.apply import elementwise

__all__ = ["find_gradients", "gradient_delays"]

_GRADIENTS = {
    "hydrostatic": (
        ("gradient_north_hydrostatic", "gn_h", "gnh"),
        ("gradient_east_hydrostatic", "ge_h", "geh"),
    ),
    "wet": (("gradient_north_wet", "gn_w", "gnw"), ("gradient_east_wet", "ge_w", "gew")),
    "total": (
        ("gradient_north", "tgn", "grad_n", "grad_n_m"),
        ("gradient_east", "tge", "grad_e", "grad_e_m"),
    ),
}


def find_gradients(ds: xr.Dataset) -> dict[str, tuple[str, str]]:
    """Find the gradients of a Dataset.

    Parameters
    ----------
    ds : Dataset
        Delays, and what lies beside them.

    Returns
    -------
    dict of str to (str, str)
        Variables to the north and to the east, of "hydrostatic" and "wet"; "total" where neither
        of them is there.

    Examples
    --------
    >>> ds = xr.Dataset({"gradient_north": 1e-3, "gradient_east": 0.0})
    >>> find_gradients(ds)
    {'total': ('gradient_north', 'gradient_east')}
    """
    found: dict[str, tuple[str, str]] = {}
    for kind, names in _GRADIENTS.items():
        north, east = (find_named(ds, each) for each in names)
        if north is not None and east is not None and not (kind == "total" and found):
            found[kind] = (str(north), str(east))
    return found


def gradient_delays(
    ds: xr.Dataset, elevation: xr.DataArray, azimuth: xr.DataArray
) -> dict[str, xr.DataArray]:
    """Map gradients to a direction.

    Parameters
    ----------
    ds : Dataset
        With gradients, or without.
    elevation, azimuth : DataArray
        Angles above the horizon, and from north through east [deg].

    Returns
    -------
    dict of str to DataArray
        What each kind of :func:`find_gradients` adds to the slant delay [m].

    Examples
    --------
    >>> metres = {"units": "m"}
    >>> ds = xr.Dataset({"gradient_north": ((), 1e-3, metres), "gradient_east": ((), 0.0, metres)})
    >>> found = gradient_delays(ds, xr.DataArray(10.0), xr.DataArray([0.0, 180.0], dims="ray"))
    >>> found["total"].values.round(4).tolist()
    [0.0296, -0.0296]
    """
    found = {}
    for kind, names in find_gradients(ds).items():
        pair = (in_unit(ds[name], "gradient").reset_coords(drop=True) for name in names)
        found[kind] = elementwise(_gradient, elevation, azimuth, *pair, kwargs={"kind": kind})
    return found


def _gradient(
    elevation: NDArray, azimuth: NDArray, north: NDArray, east: NDArray, *, kind: Any
) -> Any:
    return chen_herring_gradient(elevation, azimuth, north, east, kind)
