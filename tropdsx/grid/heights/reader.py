"""Heights of a grid as the pipeline wants them: in metres, above the ellipsoid, and plausible."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tropdsx.atmos.constants import STANDARD_GRAVITY
from tropdsx.cf.quantities import GEOPOTENTIAL_UNITS
from tropdsx.cf.units import to_units, unit_of
from tropdsx.errors import warn
from tropdsx.geoid.datum import Datum, check_choice
from tropdsx.geoid.labelled import refer_to_ellipsoid
from tropdsx.geoid.statements import ELLIPSOID, GEOID, SETTLED
from tropdsx.geoid.undulation import geoid_undulation
from tropdsx.grid.checks.terrain import explain_terrain, find_sea_floor, is_a_tenth

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HeightReader", "standardise_heights"]

_DIVIDED_BEFORE = (
    "'{}' has units '{}', but its values are the terrain in metres, divided by 9.80665 before: "
    "used as metres; correct the attribute 'units'"
)
_MISFIT = (
    "heights '{}' do not fit the Earth's terrain, but would if they were {}: check their unit, the "
    "order of their axes and the file"
)
_SEA_FLOOR = (
    "heights '{}': {}; the floor of the sea is no ground of delays: set the sea to its surface, "
    "0 above the geoid"
)


@dataclass(frozen=True)
class HeightReader:
    """Turns heights as stored, in metres, into ellipsoidal ones, and tells what is wrong with them.

    Attributes
    ----------
    datum : Datum
        What is known of their zero.
    is_geopotential : bool
        Whether they were divided by 9.80665 because of their unit.

    Examples
    --------
    >>> reader = HeightReader(Datum("h", {"standard_name": "height_above_reference_ellipsoid"}))
    >>> reader(np.array([[5.0]]), np.array([[48.0]]), np.array([[16.0]]))
    array([[5.]])
    """

    datum: Datum
    is_geopotential: bool = False
    __name__ = "heights"  # of the tasks in a dask graph

    def __call__(
        self,
        height: NDArray[np.floating],
        lat: NDArray[np.floating],
        lon: NDArray[np.floating],
        *,
        notes: list[str] | None = None,
    ) -> NDArray[np.float64]:
        """Convert heights of a grid.

        Parameters
        ----------
        height : ndarray, shape (..., J, I)
            Heights [m]; of several epochs the first is judged, and all are converted alike.
        lat, lon : ndarray
            Axes as columns and rows, or spread over the grid [deg].
        notes : list of str, optional
            What was changed, guessed or found wrong is appended.

        Returns
        -------
        ndarray of float64
            Ellipsoidal heights, same shape [m].
        """
        if self.datum.attrs.get(SETTLED) == ELLIPSOID:
            return np.asarray(height, np.float64)
        height = np.asarray(height, np.float64)
        first = height.reshape(-1, *height.shape[-2:])[0]
        tenth, zero = self.judge(first, lat, lon, notes=notes)
        height = height * STANDARD_GRAVITY if tenth else height
        if zero == GEOID:
            height = height + geoid_undulation(lat, lon)
        return np.asarray(height, np.float64)

    def judge(
        self,
        first: Any,
        lat: NDArray[np.floating],
        lon: NDArray[np.floating],
        *,
        notes: list[str] | None = None,
    ) -> tuple[bool, str]:
        """Decide what is to be done with heights, from a few thousand of them.

        Parameters
        ----------
        first : ndarray, shape (J, I)
            Heights [m]; or what gives rows and columns of them on demand, where they are no
            geopotential.
        lat, lon : ndarray
            Axes as columns and rows, or spread over the grid [deg].
        notes : list of str, optional
            As for a call.

        Returns
        -------
        tenth : bool
            Whether they are to be multiplied by 9.80665.
        zero : str
            What they count from then: "geoid" or "ellipsoid".
        """
        notes = [] if notes is None else notes
        if self.datum.attrs.get(SETTLED) == ELLIPSOID:
            return False, ELLIPSOID
        axes, datum = (lat[:, 0], lon[0]), self.datum
        tenth = self.is_geopotential and is_a_tenth(first, *axes)
        if tenth:
            first = first * STANDARD_GRAVITY
            datum = replace(datum, is_doubted=True)
            _tell(_DIVIDED_BEFORE.format(self.datum.name, self.datum.attrs.get("units")), notes)
        wrong = explain_terrain(first, *axes)
        if wrong is not None:
            _tell(_MISFIT.format(self.datum.name, wrong.text), notes)
        floor = find_sea_floor(first, *axes)
        if floor:
            _tell(_SEA_FLOOR.format(self.datum.name, floor), notes)
        return tenth, datum.settle(first, lat, lon, notes=notes)


def standardise_heights(
    stored: xr.DataArray,
    lat: xr.DataArray,
    lon: xr.DataArray,
    notes: list[str],
    *,
    about: tuple[Mapping[Hashable, Any], ...] = (),
    heights: str = "auto",
) -> xr.DataArray:
    """Bring heights of a grid to metres above the ellipsoid.

    Parameters
    ----------
    stored : DataArray
        Heights or geopotential on `lat`, `lon` and perhaps time, in memory or lazy.
    lat, lon : DataArray
        Axes of the grid [deg].
    notes : list of str
        What was changed, guessed or found wrong is appended, as far as nothing is computed.
    about : tuple of mapping, optional
        Attributes of grid mapping and file, which may tell the zero of heights.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What they count from, where the caller knows.

    Returns
    -------
    DataArray
        float64 [m, ellipsoidal].

    Raises
    ------
    UnitsError
        If units are unknown or the values are no heights of land.
    DomainError
        If `heights` is another word.

    Examples
    --------
    >>> axes = {"lat": [48.0, 47.0], "lon": [16.0, 17.0]}
    >>> z = xr.DataArray(np.full((2, 2), 1961.33), axes, attrs={"units": "m2 s-2"}, name="z")
    >>> notes = []
    >>> float(standardise_heights(z, z.lat, z.lon, notes, heights="geoid")[0, 0].round())
    246.0
    """
    datum = Datum(str(stored.name), stored.attrs, about, check_choice(heights))
    metres = to_units(stored, "orography", notes)
    reader = HeightReader(datum, unit_of(stored) in GEOPOTENTIAL_UNITS)
    out = refer_to_ellipsoid(metres, lat, lon, reader, notes)
    out.attrs[SETTLED] = ELLIPSOID
    return out


def _tell(text: str, notes: list[str]) -> None:
    notes.append(text)
    warn(f"{text}.")
