"""Differences of delays between two acquisitions, along the line of sight of a radar."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.units import in_unit
from tropdsx.errors import DomainError, GridError

__all__ = ["line_of_sight_delay"]

_STEEPEST, _FLATTEST = 5.0, 75.0
"""Incidence angles of radars [deg]; others are another angle, or in radians."""

_ROUNDING = 1e-6
"""Coordinates that differ by less are of one node [degree or m]: copies of rasters differ so."""


def line_of_sight_delay(
    reference: xr.Dataset | xr.DataArray,
    secondary: xr.Dataset | xr.DataArray,
    incidence: float | NDArray[np.floating] | xr.DataArray | None = None,
    *,
    up: float | NDArray[np.floating] | xr.DataArray | None = None,
    like: str = "delay",
) -> xr.DataArray:
    """Project the change of the total delay between two acquisitions to the line of sight.

    Parameters
    ----------
    reference, secondary : Dataset or DataArray
        ``ztd``, or ``zhd`` and ``zwd``, of the first and the second acquisition on one grid, each
        of one epoch [m].
    incidence : float, ndarray or DataArray, optional
        Angle between line of sight and vertical on the ground [deg]; an array has the shape of the
        delays.
    up : float, ndarray or DataArray, optional
        In its place: vertical component of the unit vector to the satellite, as LiCSBAS (``U.geo``)
        and ISCE have it [1].
    like : {"delay", "displacement"}, optional
        Sign: "delay" is the lengthening of the path, positive where the second acquisition has the
        longer one; "displacement" is what it looks like in a map of displacements that counts
        towards the satellite (MintPy): the negative. Subtract either from data of its kind.

    Returns
    -------
    DataArray
        Change along one way of the line of sight [m]; its attribute ``comment`` tells the sign.

    Raises
    ------
    GridError
        If the two grids differ, or a total delay is missing.
    DomainError
        If neither or both angles are given, or one is none of a radar.

    Notes
    -----
    ``(ztd_secondary - ztd_reference) / cos(incidence)``: a plane atmosphere, good to 0.2 % of the
    difference at 45 degrees.

    Examples
    --------
    >>> ztd = xr.DataArray([[2.4]], {"lat": [1.0], "lon": [5.0]}, attrs={"units": "m"})
    >>> change = line_of_sight_delay(ztd, ztd + 0.01, 60.0)
    >>> float(change[0, 0].round(4)), change.attrs["units"]
    (0.02, 'm')
    """
    if like not in ("delay", "displacement"):
        msg = f"like={like!r} found; accepted are 'delay' and 'displacement'"
        raise DomainError(msg)
    one, other = (
        _total(each, name) for each, name in ((reference, "reference"), (secondary, "secondary"))
    )
    other = _unrounded(other, one)
    incidence, up = (_on_nodes(each, one) for each in (incidence, up))
    try:
        angles = [each for each in (incidence, up) if isinstance(each, xr.DataArray)]
        xr.align(one, other, *angles, join="exact")
    except ValueError as error:
        msg = (
            "the two acquisitions, or the angles, lie on different grids; interpolate one to the "
            "other first"
        )
        raise GridError(msg) from error
    change = (other - one) / _cosine(incidence, up)
    sign = "positive where the path of the second acquisition is longer"
    if like == "displacement":
        change, sign = -change, "counts towards the satellite: longer paths are negative"
    about = {"long_name": f"change of the total delay along the line of sight, {like}"}
    return change.rename("los_delay").assign_attrs(about | {"units": "m", "comment": sign})


def _total(data: xr.Dataset | xr.DataArray, name: str) -> xr.DataArray:
    if isinstance(data, xr.DataArray):
        total = in_unit(data, "ztd")
    elif "ztd" in data:
        total = in_unit(data["ztd"], "ztd")
    elif {"zhd", "zwd"} <= set(data.data_vars):
        total = in_unit(data["zhd"], "zhd") + in_unit(data["zwd"], "zwd")
    else:
        msg = f"the {name} has no total delay; give ztd, or zhd and zwd"
        raise GridError(msg)
    epochs = total.sizes.get("time", 1)
    if epochs > 1:
        msg = f"the {name} has {epochs} epochs; give that of its acquisition: ds.interp(time=...)"
        raise GridError(msg)
    total = total.squeeze("time") if "time" in total.dims else total
    return total.drop_vars("time", errors="ignore")


def _unrounded(data: xr.DataArray, total: xr.DataArray) -> xr.DataArray:
    """Give data whose nodes differ from those of the delays by rounding alone the latter's."""
    close = {
        dim: total[dim].variable
        for dim in set(total.indexes) & set(data.indexes)
        if total.sizes[dim] == data.sizes[dim]
        and np.allclose(total[dim], data[dim], rtol=0.0, atol=_ROUNDING)
    }
    return data.assign_coords(close)


def _on_nodes(
    angle: float | NDArray[np.floating] | xr.DataArray | None, total: xr.DataArray
) -> float | xr.DataArray | None:
    """Label an array by the nodes of the delays."""
    if isinstance(angle, xr.DataArray):
        return _unrounded(angle, total)
    if not isinstance(angle, np.ndarray):
        return angle
    if not angle.ndim:
        return float(angle)
    if angle.shape != total.shape:
        msg = (
            f"the angles have the shape {angle.shape}, and the delays {total.shape}; accepted are "
            "angles of the same nodes"
        )
        raise GridError(msg)
    return total.copy(data=angle).drop_attrs()


def _cosine(
    incidence: float | xr.DataArray | None, up: float | xr.DataArray | None
) -> float | xr.DataArray:
    if (incidence is None) == (up is None):
        msg = "give either the incidence angle [deg] or the vertical component up [1]"
        raise DomainError(msg)
    cosine: Any = up
    if incidence is not None:
        if isinstance(incidence, xr.DataArray) and "units" in incidence.attrs:
            incidence = in_unit(incidence, "angle")
        cosine = np.cos(np.radians(incidence))
    ends = np.array([np.nanmax(cosine), np.nanmin(cosine)], float)
    angles = np.degrees(np.arccos(np.clip(ends, -1.0, 1.0)))
    if not (angles[0] >= _STEEPEST and angles[1] <= _FLATTEST):
        msg = (
            f"the line of sight is {angles[0]:.1f} to {angles[1]:.1f} degrees off the vertical; "
            f"accepted are {_STEEPEST:g} to {_FLATTEST:g}. Is the angle in radians, or above the "
            "horizon?"
        )
        raise DomainError(msg)
    return cosine if isinstance(cosine, xr.DataArray) else float(cosine)
