"""Total delay of labelled hydrostatic and wet delays."""

from __future__ import annotations

import xarray as xr

from tropdsx.cf.quantities import QUANTITIES
from tropdsx.cf.variables import find_delay

__all__ = ["total_delay"]


def total_delay(ds: xr.Dataset) -> xr.DataArray:
    """Zenith total delay: hydrostatic plus wet.

    Parameters
    ----------
    ds : Dataset
        With both delays in m, cm or mm by their ``units``; any shape, NumPy or dask.

    Returns
    -------
    DataArray
        ``ztd``, lazy where the delays are [m].

    Raises
    ------
    GridError, UnitsError
        If a delay is missing, or its units or values fit none.

    Examples
    --------
    >>> ds = xr.Dataset({"zhd": ((), 2.3, {"units": "m"}), "zwd": ((), 200.0, {"units": "mm"})})
    >>> float(total_delay(ds))
    2.5
    """
    out = (find_delay(ds, "zhd") + find_delay(ds, "zwd")).rename("ztd")
    out.attrs = QUANTITIES["ztd"].attributes | {"cell_methods": "area: point"}
    return out
