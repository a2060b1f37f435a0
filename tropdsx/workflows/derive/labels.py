"""What delays that were derived say of themselves, and the fields that go beside them."""

from __future__ import annotations

import xarray as xr

from tropdsx.cf.quantities import DELAYS, QUANTITIES
from tropdsx.errors import GridError

__all__ = ["attributes_of", "with_temperature", "with_total"]

_T2M = {
    "standard_name": QUANTITIES["temperature"].standard_names[""],
    **QUANTITIES["temperature"].attributes,
    "coverage_content_type": "modelResult",
}


def attributes_of(name: str) -> dict[str, str]:
    """Attributes of a quantity that was derived at places.

    Parameters
    ----------
    name : str
        A key of `QUANTITIES`.

    Returns
    -------
    dict

    Examples
    --------
    >>> attributes_of("zwd")["cell_methods"]
    'area: point'
    """
    said = {"cell_methods": "area: point", "coverage_content_type": "modelResult"}
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
