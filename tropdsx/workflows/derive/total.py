"""Total delay of labelled hydrostatic and wet delays."""

from __future__ import annotations

import xarray as xr

from tropdsx.cf.variables import delay_of

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
    out = (delay_of(ds, "zhd") + delay_of(ds, "zwd")).rename("ztd")
    out.attrs = {
        "long_name": "zenith total delay",
        "units": "m",
        "cell_methods": "area: point",
    }
    return out
