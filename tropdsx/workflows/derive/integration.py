"""Integrate columns of labelled levels: dimensions brought in order, arrays cut into pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.atmos.profile.columns import Columns
from tropdsx.atmos.profile.delays import (
    ColumnDelays,
    integrate_columns,
    split_columns,
    surface_heights,
)
from tropdsx.cf.quantities import DELAYS
from tropdsx.workflows.derive.fields.plausibility import Signs, check_columns, find_signs
from tropdsx.workflows.derive.levels import Levels

__all__ = ["LADDER", "column_signs", "integrate_levels", "pressure_heights"]

_LEVELS = "tropdsx_level"
"""Dimension of the levels while they are integrated: a name that no other dimension has."""
LADDER = "height"
"""Dimension of the heights where delays are wanted at several of them."""

Integral = Callable[[Columns], Sequence[NDArray[np.floating[Any]]]]


def integrate_levels(
    levels: Levels,
    undulation: xr.DataArray | float,
    ground: xr.DataArray | None,
    target: xr.DataArray,
    *,
    coefficients: Any = "bevis",
    hydrostatic: str = "pressure",
    mean_temperature: bool = False,
) -> dict[str, xr.DataArray]:
    """Integrate the delays above target heights.

    Parameters
    ----------
    levels : Levels
        Profiles and surface fields.
    undulation : DataArray or float
        Geoid above the ellipsoid [m].
    ground : DataArray or None
        Height of the model's ground [m, ellipsoidal].
    target : DataArray
        Heights at the places, or a ladder of them on the dimension `LADDER` [m, ellipsoidal].
    coefficients, hydrostatic, mean_temperature
        See :func:`tropdsx.workflows.derive.zenith.zenith_delays`.

    Returns
    -------
    dict of DataArray
        ``zhd``, ``zwd`` [m] and, if wanted, ``mean_temperature`` [K]; lazy where the levels are.

    Raises
    ------
    GridError, UnitsError
        If pressures, heights or temperatures are none; of dask arrays when they are computed.
    """
    names = [*DELAYS, *(["mean_temperature"] if mean_temperature else [])]
    integral = partial(
        _integrate_checked,
        names=levels.names,
        humidity_kind=levels.humidity_kind,
        coefficients=coefficients,
        hydrostatic=hydrostatic,
        mean_temperature=mean_temperature,
    )
    found = _apply(integral, _arguments(levels, undulation, ground), target, outputs=len(names))
    return dict(zip(names, found, strict=True))


def pressure_heights(levels: Levels, undulation: xr.DataArray | float) -> xr.DataArray:
    """Find the heights at which the levels reach the surface pressure.

    Parameters
    ----------
    levels : Levels
        Profiles with a surface pressure.
    undulation : DataArray or float
        Geoid above the ellipsoid [m].

    Returns
    -------
    DataArray
        Height of the ground, as far as the pressure tells [m, ellipsoidal].

    Examples
    --------
    >>> from tropdsx.workflows.derive.levels import find_levels
    >>> level = {
    ...     "t": ("level", [280.0, 270.0], {"units": "K"}),
    ...     "q": ("level", [0.005, 0.002], {"units": "kg kg-1"}),
    ...     "gh": ("level", [100.0, 1500.0], {"units": "gpm"}),
    ...     "sp": ((), 1000.0, {"units": "hPa"}),
    ... }
    >>> pressure = ("level", [1000.0, 850.0], {"units": "hPa"})
    >>> ds = xr.Dataset(level, coords={"level": pressure, "lat": 45.0, "lon": 10.0})
    >>> pressure_heights(find_levels(ds), 0.0).round(0).item()
    100.0
    """
    integral = partial(_surface_heights, humidity_kind=levels.humidity_kind)
    nowhere = xr.DataArray(np.nan)
    return _apply(integral, _arguments(levels, undulation, None), nowhere, outputs=1)[0]


def column_signs(levels: Levels) -> dict[str, xr.DataArray]:
    """Find what the columns of levels tell of their units.

    Parameters
    ----------
    levels : Levels
        Profiles.

    Returns
    -------
    dict of DataArray
        By the names of :class:`tropdsx.workflows.derive.fields.plausibility.Signs` [1].
    """
    signs = partial(find_signs, humidity_kind=levels.humidity_kind)
    arguments = _arguments(levels, 0.0, None)
    names = Signs._fields
    found = _apply(signs, arguments, xr.DataArray(np.nan), outputs=len(names))
    return dict(zip(names, found, strict=True))


def _integrate_checked(
    columns: Columns, *, names: Mapping[str, str], humidity_kind: str, **options: Any
) -> ColumnDelays:
    """Integrate columns whose values can be in the units that they are said to have."""
    check_columns(columns, humidity_kind, names)
    return integrate_columns(columns, humidity_kind=humidity_kind, **options)


def _surface_heights(columns: Columns, *, humidity_kind: str) -> tuple[NDArray[Any]]:
    return (surface_heights(columns, humidity_kind=humidity_kind),)


def _arguments(
    levels: Levels, undulation: xr.DataArray | float, ground: xr.DataArray | None
) -> list[xr.DataArray]:
    """Put all that `Columns` holds but the target in its order, the levels under their own name."""
    surface, height = levels.surface, levels.height
    if height is not None and not levels.is_ellipsoidal:
        height = height + undulation
    given = (
        levels.pressure,
        levels.temperature,
        levels.humidity,
        levels.geopotential,
        height,
        levels.positions.lat,
        undulation,
        ground,
        surface.pressure,
        surface.temperature,
        surface.vapour,
    )
    arrays = [xr.DataArray(np.nan) if each is None else xr.DataArray(each) for each in given]
    # "height" may be the dimension of the levels, and that of the ladder.
    return [a.rename({levels.dim: _LEVELS}) if levels.dim in a.dims else a for a in arrays]


def _apply(
    integral: Integral, profile: list[xr.DataArray], target: xr.DataArray, *, outputs: int
) -> tuple[xr.DataArray, ...]:
    cores = [[_LEVELS] if _LEVELS in each.dims else [] for each in profile]
    cores.append([LADDER] if LADDER in target.dims else [])
    arrays = [
        each.chunk(dict.fromkeys(core, -1)) if each.chunks and core else each
        for each, core in zip([*profile, target], cores, strict=True)
    ]
    found = xr.apply_ufunc(
        _integrate_arrays,
        *arrays,
        kwargs={"integral": integral, "cored": tuple(map(bool, cores)), "outputs": outputs},
        input_core_dims=cores,
        output_core_dims=[cores[-1]] * outputs,
        dask="parallelized",
        output_dtypes=[np.float64] * outputs,
    )
    return found if outputs > 1 else (found,)


def _integrate_arrays(
    *arrays: NDArray[Any], integral: Integral, cored: tuple[bool, ...], outputs: int
) -> NDArray[np.float64] | tuple[NDArray[np.float64], ...]:
    """Take arrays with levels or ladder last, and integrate them piece by piece."""
    pairs = list(zip(arrays, cored, strict=True))
    shape = np.broadcast_shapes(*(a.shape[:-1] if core else a.shape for a, core in pairs))
    views = [
        np.moveaxis(np.broadcast_to(a, (*shape, a.shape[-1])), -1, 0)
        if core
        else np.broadcast_to(a, shape)
        for a, core in pairs
    ]
    rungs = arrays[-1].shape[-1] if cored[-1] else 1
    if not cored[-1]:
        views[-1] = views[-1][np.newaxis]
    out = np.empty((outputs, rungs, *shape))
    for piece in split_columns(shape):
        every = (slice(None), *piece)
        part = Columns(
            *(
                view[every if core else piece]
                for view, core in zip(views, (*cored[:-1], True), strict=True)
            )
        )
        for place, values in zip(out, integral(part), strict=False):
            place[every] = values
    out = np.moveaxis(out, 1, -1) if cored[-1] else out[:, 0]
    return tuple(out) if outputs > 1 else out[0]
