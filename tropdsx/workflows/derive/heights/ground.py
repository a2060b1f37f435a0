"""Heights at the places of a weather model: of its ground, and those where delays are wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from os import PathLike

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import asset_path
from tropdsx.cf.positions import Positions
from tropdsx.cf.quantified import without_pint
from tropdsx.cf.units import in_unit
from tropdsx.cf.variables import drop_coordinates
from tropdsx.errors import DomainError, GridError, warn
from tropdsx.geoid.datum import AS_IS, Datum
from tropdsx.geoid.labelled import refer_to_ellipsoid
from tropdsx.grid.orography import as_terrain, sample_heights, standardise_orography
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.levels import Levels
from tropdsx.workflows.derive.surface import Surface

__all__ = [
    "HEIGHT",
    "HeightSource",
    "check_heights",
    "find_ground",
    "heights_at",
    "own_ground",
]

_LOWEST, _HIGHEST = -1000.0, 100_000.0
"""Where there is ground, and where air is that delays [m]."""

HeightSource = float | str | PathLike[str] | xr.Dataset | xr.DataArray

HEIGHT = {
    "standard_name": "height_above_reference_ellipsoid",
    "long_name": "ellipsoidal height that the delays refer to",
    "units": "m",
    "positive": "up",
}
"""Attributes of the heights that go with a result."""


def check_heights(values: NDArray[np.floating], name: str) -> None:
    """Refuse heights at which there is no air to have delays.

    Parameters
    ----------
    values : ndarray
        Ellipsoidal heights, any shape; NaN among others passes [m].
    name : str
        What to call them in the message.

    Raises
    ------
    DomainError
        If none is known, or one lies outside -1,000 to 100,000 m.

    Examples
    --------
    >>> check_heights(np.array([1e9]), "height")
    Traceback (most recent call last):
    ...
    tropdsx.errors.DomainError: height 1e+09 m found; accepted are -1000 to 100000 m above the...
    """
    known = values[~np.isnan(values)]
    low, high = (float(end(known)) if known.size else np.nan for end in (np.min, np.max))
    if low >= _LOWEST and high <= _HIGHEST and (values.ndim != 1 or known.size == values.size):
        return
    found = f"{low:g} to {high:g} m" if low < high else f"{low:g} m"
    found += " and nan" * bool(0 < known.size < values.size)
    msg = (
        f"{name} {found} found; accepted are {_LOWEST:.0f} to {_HIGHEST:.0f} m above the "
        "ellipsoid. Check numbers and unit."
    )
    raise DomainError(msg)


def find_ground(
    ds: xr.Dataset,
    levels: Levels,
    undulation: xr.DataArray | float,
    given: HeightSource | None = None,
    *,
    wanted: bool,
    heights: Callable[[], xr.DataArray],
    choice: str = "auto",
) -> tuple[xr.DataArray | None, list[str]]:
    """Find the height of a model's ground.

    Parameters
    ----------
    ds : Dataset
        Where the levels are from.
    levels : Levels
        What was found there.
    undulation : DataArray or float
        Geoid above the ellipsoid [m].
    given : float, path, Dataset or DataArray, optional
        Heights that overrule those of `ds` [m].
    wanted : bool
        Whether the delays are to be at the ground; then there must be one.
    heights : callable
        Gives the heights at which the surface pressure is reached.
    choice : {"auto", "geoid", "ellipsoid"}, optional
        What the heights given count from.

    Returns
    -------
    DataArray or None
        Ellipsoidal height, without time [m].
    list of str
        What was assumed.

    Raises
    ------
    GridError
        If the levels have no heights and no surface pressure to have them from.
    """
    surface, lat = levels.surface, levels.positions.lat
    without_heights = levels.geopotential is None and levels.height is None
    if without_heights and surface.pressure is None:
        msg = (
            "neither geopotential nor height of the levels found, nor a surface pressure to have "
            "them from; accepted are z [m2 s-2], gh [m] or sp [Pa]. Add one of them."
        )
        raise GridError(msg)
    if given is not None:
        said: list[str] = []
        return heights_at(given, levels.positions, ds, undulation, said, choice), said
    own = own_ground(surface, lat, undulation)
    if own is not None:
        return own, []
    if surface.pressure is not None and not without_heights:
        place = {*lat.dims, *levels.positions.lon.dims}
        reached = heights()
        first = reached.isel({d: 0 for d in reached.dims if d not in place})
        return first, ["height of the ground from the surface pressure of the first epoch"]
    if not wanted and not without_heights:
        return None, []
    note = "no height of the model's ground found: the shipped 1 degree terrain was taken"
    warn(f"{note}; give the surface geopotential or pressure, height= or orography=.")
    return heights_at(asset_path("orography_1deg"), levels.positions, ds), [note]


def own_ground(
    surface: Surface, lat: xr.DataArray, undulation: xr.DataArray | float
) -> xr.DataArray | None:
    """Ellipsoidal height of the ground that a model says itself.

    Parameters
    ----------
    surface : Surface
        What is known at the ground.
    lat : DataArray
        Latitude [deg].
    undulation : DataArray or float
        Geoid above the ellipsoid [m].

    Returns
    -------
    DataArray or None
        None where it has neither height nor geopotential of the ground [m].

    Examples
    --------
    >>> own_ground(Surface(height=xr.DataArray(300.0)), xr.DataArray(48.0), 45.0).item()
    300.0
    """
    from tropdsx.atmos.gravity import geopotential_to_height

    if surface.height is not None or surface.geopotential is None:
        return surface.height
    return elementwise(geopotential_to_height, surface.geopotential, lat, undulation)


def heights_at(
    source: HeightSource,
    positions: Positions,
    ds: xr.Dataset,
    undulation: xr.DataArray | float | None = None,
    notes: list[str] | None = None,
    choice: str = "auto",
) -> xr.DataArray:
    """Bring heights to the places of a Dataset.

    Parameters
    ----------
    source : float, path, Dataset or DataArray
        One ellipsoidal height; a DataArray on dimensions and coordinates of `ds`; or a field on
        any regular grid around the places, which is interpolated bilinearly [m].
    positions : Positions
        The places.
    ds : Dataset
        Whose dimensions and coordinates count.
    undulation : DataArray or float, optional
        Geoid above the ellipsoid at the places, for heights above the geoid; 0 leaves all heights
        as they are [m]. Default: EGM2008.
    notes : list of str, optional
        What was changed, guessed or found wrong is appended.
    choice : {"auto", "geoid", "ellipsoid"}, optional
        What the heights count from; "auto" decides by attributes and values.

    Returns
    -------
    DataArray
        Without coordinates [m, ellipsoidal].

    Raises
    ------
    GridError
        If a field does not cover the places.
    InputError, UnitsError
        If it holds no heights.
    DomainError
        If a height is none of the atmosphere.

    Examples
    --------
    >>> from tropdsx.cf.positions import find_positions
    >>> ds = xr.Dataset(coords={"lat": ("site", [47.5]), "lon": ("site", [12.5])})
    >>> terrain = xr.DataArray(
    ...     [[0.0, 0.0], [400.0, 800.0]],
    ...     {"lat": [48.0, 47.0], "lon": [12.0, 13.0]},
    ...     name="orography",
    ...     attrs={"units": "m"},
    ... )
    >>> heights_at(terrain, find_positions(ds), ds).values.tolist()
    [300.0]
    """
    if isinstance(source, (int, float, np.number)):
        check_heights(np.asarray(source, np.float64), "height")
        shape = xr.broadcast(positions.lat, positions.lon)[0]
        return xr.full_like(shape, float(source)).rename("orography")
    notes = [] if notes is None else notes
    choice = AS_IS if isinstance(undulation, float) and undulation == 0.0 else choice
    if isinstance(source, xr.DataArray):
        source = without_pint(source)
    if isinstance(source, xr.DataArray) and set(source.dims) <= set(ds.dims):
        try:
            xr.align(source, ds, join="exact", copy=False)
        except ValueError:
            pass  # other nodes
        else:
            own = drop_coordinates(in_unit(source.reset_coords(drop=True), "height"))
            if own.chunks is None:
                check_heights(own.to_numpy(), f"heights '{source.name or 'height'}'")
            datum = Datum(str(source.name or "height"), source.attrs, choice=choice)
            return refer_to_ellipsoid(own, positions.lat, positions.lon, datum, notes)
    field = _standard_field(source, choice, notes)
    out = elementwise(partial(sample_heights, field), positions.lat, positions.lon)
    if out.chunks is None and bool(out.isnull().any()):
        if bool(field.isnull().any()):
            msg = (
                f"the heights given are missing (NaN) at {int(out.isnull().sum())} of {out.size} "
                "places of the levels; accepted is a height for each. Fill them, or give others."
            )
            raise GridError(msg)
        msg = (
            f"heights on lat {float(field.lat[-1]):g} to {float(field.lat[0]):g}, lon "
            f"{float(field.lon[0]):g} to {float(field.lon[-1]):g} found, which do not cover all "
            "places of the levels; accepted are heights around all of them. Give a larger field."
        )
        raise GridError(msg)
    return out.rename("orography")


def _standard_field(
    source: str | PathLike[str] | xr.Dataset | xr.DataArray, choice: str, notes: list[str]
) -> xr.DataArray:
    from tropdsx.read.orography import open_orography

    if isinstance(source, (str, PathLike)):
        return open_orography(str(source), heights=choice, notes=notes, gaussian=True)
    return standardise_orography(
        as_terrain(source), "the heights given", heights=choice, notes=notes, gaussian=True
    )
