"""What the caller asks of heights: a geoid, a ladder, and no two things at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from tropdsx.cf.positions import Positions
from tropdsx.cf.variables import drop_coordinates
from tropdsx.errors import DomainError, GridError, warn
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.heights.ground import HeightSource, check_heights
from tropdsx.workflows.derive.integration import LADDER

__all__ = ["check_arguments", "is_none", "ladder_or_ground", "tell_geoid", "undulation_at"]


def check_arguments(
    height: HeightSource | None, ladder: ArrayLike | None, hydrostatic: str
) -> None:
    """Refuse what excludes each other, and words that are not known.

    Parameters
    ----------
    height : float, path, Dataset or DataArray, optional
        Where delays are wanted.
    ladder : array_like, optional
        Several heights at every place.
    hydrostatic : str
        How the hydrostatic delay is integrated.

    Raises
    ------
    DomainError
        If height and ladder are both given, or the word is none of those accepted.

    Examples
    --------
    >>> check_arguments(100.0, None, "pressure")
    """
    if height is not None and ladder is not None:
        msg = "both height and ladder given; accepted is one of them. Leave one out."
        raise DomainError(msg)
    if hydrostatic not in ("pressure", "density"):
        msg = f"hydrostatic={hydrostatic!r} found; accepted are 'pressure' and 'density'."
        raise DomainError(msg)


def is_none(geoid: Any) -> bool:
    """Tell whether heights are to be left as they are.

    Parameters
    ----------
    geoid : str, float, DataArray or None
        As :func:`tropdsx.workflows.derive.zenith.zenith_delays` takes it.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_none(None), is_none("None"), is_none(0.0), is_none("egm2008"), is_none(45.5)
    (True, True, True, False, False)
    """
    if isinstance(geoid, str):
        return geoid.lower() == "none"
    return geoid is None or (isinstance(geoid, (int, float)) and geoid == 0.0)


def undulation_at(
    geoid: str | float | xr.DataArray | None, positions: Positions
) -> xr.DataArray | float:
    """Find the geoid above the ellipsoid at the places of levels.

    Parameters
    ----------
    geoid : {"egm2008", "none"}, float, DataArray or None
        What the caller gave [m].
    positions : Positions
        The places.

    Returns
    -------
    DataArray or float
        Undulation; 0 where heights are to be left as they are [m].

    Raises
    ------
    DomainError
        If the word is unknown.

    Examples
    --------
    >>> from tropdsx.cf.positions import find_positions
    >>> vienna = find_positions(xr.Dataset(coords={"lat": 48.2, "lon": 16.37}))
    >>> undulation_at("none", vienna), round(float(undulation_at("egm2008", vienna)))
    (0.0, 46)
    """
    if geoid is None or is_none(geoid):
        return 0.0
    if isinstance(geoid, str):
        if geoid.lower() != "egm2008":
            msg = f"geoid={geoid!r} found; accepted are 'egm2008', undulations [m], or 'none'."
            raise DomainError(msg)
        return elementwise(geoid_undulation, positions.lat, positions.lon)
    return drop_coordinates(geoid) if isinstance(geoid, xr.DataArray) else float(geoid)


def ladder_or_ground(ladder: ArrayLike | None, ground: xr.DataArray | None) -> xr.DataArray:
    """Take the heights of a ladder, where there is one, else of the ground.

    Parameters
    ----------
    ladder : array_like, optional
        Several heights at every place [m].
    ground : DataArray, optional
        Heights of the ground [m].

    Returns
    -------
    DataArray
        Heights, on the dimension `LADDER` or as those of the ground; NaN where there are none [m].

    Raises
    ------
    GridError, DomainError
        If the ladder is no list of heights.

    Examples
    --------
    >>> ladder_or_ground([0.0, 500.0], None).dims
    ('height',)
    """
    if ladder is not None:
        return _as_ladder(ladder)
    return xr.DataArray(np.nan) if ground is None else ground


def _as_ladder(ladder: ArrayLike) -> xr.DataArray:
    heights = np.atleast_1d(np.asarray(ladder, dtype=np.float64))
    if heights.ndim != 1 or heights.size == 0:
        msg = f"ladder of shape {heights.shape} found; accepted is a list of heights [m]."
        raise GridError(msg)
    check_heights(heights, "ladder")
    return xr.DataArray(heights, dims=LADDER)


def tell_geoid(geoid: Any, *heights: HeightSource | None) -> None:
    """Tell that fields of heights take EGM2008, where the caller gives other undulations.

    Parameters
    ----------
    geoid : str, float, DataArray or None
        As for :func:`undulation_at`.
    *heights : float, path, Dataset or DataArray, optional
        What the caller gives as heights.

    Examples
    --------
    >>> tell_geoid("egm2008", "dem.nc")
    """
    fields = [each for each in heights if each is not None and not isinstance(each, (int, float))]
    if fields and not isinstance(geoid, str) and not is_none(geoid):
        warn(
            "the geoid given serves the levels; heights above the geoid in the fields given are "
            "brought to the ellipsoid with EGM2008. Give ellipsoidal heights to avoid that"
        )
