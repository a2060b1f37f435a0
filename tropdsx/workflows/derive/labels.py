"""What delays that were derived say of themselves, and the fields that go beside them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import xarray as xr

from tropdsx.cf.fields import over_time
from tropdsx.cf.quantities import DELAYS, QUANTITIES
from tropdsx.errors import GridError
from tropdsx.workflows.derive.heights.ground import HEIGHT
from tropdsx.workflows.derive.integration import LADDER
from tropdsx.workflows.derive.levels import Levels

__all__ = ["attributes_of", "label_delays", "with_temperature", "with_total"]

_T2M = {
    "standard_name": QUANTITIES["temperature"].standard_names[""],
    **QUANTITIES["temperature"].attributes,
    "coverage_content_type": "modelResult",
}


def attributes_of(name: str, of: Mapping[Hashable, Any] | None = None) -> dict[str, str]:
    """Attributes of a quantity that was derived at places.

    Parameters
    ----------
    name : str
        A key of `QUANTITIES`.
    of : mapping, optional
        Attributes of the field that it was derived from: what is made of a mean is no instant.

    Returns
    -------
    dict

    Examples
    --------
    >>> attributes_of("zwd")["cell_methods"]
    'area: point'
    """
    methods = " ".join([*over_time(of or {}, "valid_time"), "area: point"])
    said = {"cell_methods": methods, "coverage_content_type": "modelResult"}
    return QUANTITIES[name].attributes | said


def with_temperature(ds: xr.Dataset, temperature: xr.DataArray | None) -> xr.Dataset:
    """Put the temperature of the air near the ground beside delays, which serves their lifting.

    Parameters
    ----------
    ds : Dataset
        Delays.
    temperature : DataArray or None
        At their places; None leaves the Dataset as it is [K].

    Returns
    -------
    Dataset
        With ``t2m``.

    Examples
    --------
    >>> with_temperature(xr.Dataset({"zwd": 0.1}), xr.DataArray(288.0)).t2m.attrs["units"]
    'K'
    """
    if temperature is None:
        return ds
    ordered = temperature.transpose(*ds["zwd"].dims, missing_dims="ignore")
    ordered.attrs = _T2M
    return ds.assign(t2m=ordered)


def with_total(ds: xr.Dataset) -> xr.Dataset:
    """Add the total delay.

    Parameters
    ----------
    ds : Dataset
        With both delays [m].

    Returns
    -------
    Dataset
        With ``ztd`` [m].

    Raises
    ------
    GridError
        If a delay is missing.

    Examples
    --------
    >>> float(with_total(xr.Dataset({"zhd": 2.25, "zwd": 0.25})).ztd)
    2.5
    """
    missing = [name for name in DELAYS if name not in ds]
    if missing:
        msg = (
            f"a total delay was asked for, and there is no {missing[0]}; accepted are fields that "
            "give both delays (for zhd: the surface pressure). Add what is missing, or leave ztd "
            "out."
        )
        raise GridError(msg)
    return ds.assign(ztd=(ds["zhd"] + ds["zwd"]).assign_attrs(attributes_of("ztd")))


def label_delays(
    delays: dict[str, xr.DataArray],
    ds: xr.Dataset,
    levels: Levels,
    orography: xr.DataArray | None,
    target: xr.DataArray,
) -> xr.Dataset:
    """Give delays the order and coordinates of a caller's Dataset, and the heights they are at.

    Parameters
    ----------
    delays : dict of DataArray
        As they were integrated [m].
    ds : Dataset
        The caller's.
    levels : Levels
        What they were integrated from.
    orography : DataArray or None
        Heights to put beside them: of the delays, or of the ground below a ladder [m, ellipsoidal].
    target : DataArray
        Where they are [m, ellipsoidal].

    Returns
    -------
    Dataset
    """
    order = [LADDER if d == levels.dim else d for d in levels.temperature.dims]
    out = xr.Dataset(
        {
            name: field.transpose(*order, ..., missing_dims="ignore")
            for name, field in delays.items()
        }
    )
    for name, field in out.items():
        field.attrs = attributes_of(str(name), levels.temperature.attrs)
    coords = {
        name: ds[name].variable
        for name in ds.variables
        if (name in levels.positions.names or name in out.dims)
        and set(ds[name].dims) <= set(out.dims)
        and name != levels.dim
    }
    out = out.assign_coords(coords)
    if LADDER in out.dims:
        out = out.assign_coords({LADDER: (LADDER, target.to_numpy(), HEIGHT | {"axis": "Z"})})
    if orography is not None and set(orography.dims) <= set(out.dims):
        kept = orography.transpose(*out.dims, missing_dims="ignore").variable
        if LADDER in out.dims:  # the delays do not refer to it
            attrs = HEIGHT | {"long_name": "ellipsoidal height of the model's ground"}
            out = out.assign_coords(ground=(kept.dims, kept.data, attrs))
        else:
            out = out.assign_coords(orography=(kept.dims, kept.data, HEIGHT))
    return out
