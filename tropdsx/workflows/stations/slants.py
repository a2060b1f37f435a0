"""Mapping factors and slant delays of series at stations, in several directions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tropdsx.assets.registry import find_asset
from tropdsx.atmos.gpt.gridded import gpt3
from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import AssetError, DomainError, GridError, warn
from tropdsx.grid.checks.companions import COEFFICIENTS, attributes_of
from tropdsx.workflows.derive.apply import elementwise
from tropdsx.workflows.derive.rays.gradients import find_gradients
from tropdsx.workflows.derive.slant import slant_delays

__all__ = ["Directions", "with_slants"]

_LOWEST = 3.0
"""Elevation below which no mapping function has been fitted to rays [deg]."""
_AT_ONCE = 1_000_000
"""Values of a field that are computed together: 4 MB."""


class Directions(NamedTuple):
    """Directions in which delays at stations are wanted: each azimuth at each elevation.

    Attributes
    ----------
    elevation : ndarray, shape (E,)
        Above the horizon, rising [deg].
    azimuth : ndarray, shape (A,), or None
        From north through east, rising [deg].
    """

    elevation: NDArray[np.float64]
    azimuth: NDArray[np.float64] | None

    @classmethod
    def of(cls, elevation: ArrayLike | None, azimuth: ArrayLike | None) -> Directions | None:
        """Read the angles that are asked for.

        Parameters
        ----------
        elevation, azimuth : float or array_like, optional
            In any order [deg].

        Returns
        -------
        Directions or None
            None where no elevation is asked for.

        Raises
        ------
        DomainError
            If they are no angles, or an azimuth comes alone.

        Examples
        --------
        >>> Directions.of([30.0, 5.0], None).elevation.tolist()
        [5.0, 30.0]
        """
        if elevation is None:
            if azimuth is not None:
                msg = "an azimuth is given without an elevation; slant delays need elevation="
                raise DomainError(msg)
            return None
        above = _angles("elevation", elevation, _LOWEST, 90.0)
        return cls(above, None if azimuth is None else _angles("azimuth", azimuth, -180.0, 360.0))

    @property
    def size(self) -> int:
        """How many there are."""
        return self.elevation.size * (1 if self.azimuth is None else self.azimuth.size)

    def checked(self, grid: xr.Dataset) -> Directions:
        """See that a grid has what slant delays need, before anything is lifted.

        Parameters
        ----------
        grid : Dataset
            Standard grid with its companions.

        Returns
        -------
        Directions
            Without azimuths, and with a warning, where the grid has no gradients.

        Raises
        ------
        GridError, AssetError
            If a delay, dates or coefficients are missing; the text says how to get them.
        """
        lost = [name for name in DELAYS if name not in grid]
        time = grid["time"].to_numpy()
        if lost or time.dtype.kind != "M" or np.isnat(time).any():
            msg = (
                f"slant delays need zhd, zwd and dates, and the grid has no {', '.join(lost)}"
                f"{'' if lost else 'dates'}; add them, or leave out elevation"
            )
            raise GridError(msg)
        if not _has_coefficients(grid):
            path = find_asset("gpt3_1") or find_asset("gpt3_5")
            if path is None:
                msg = (
                    "the grid has no mapping coefficients ah and aw, and GPT3 is not here; fetch "
                    "it (tropdsx assets fetch gpt3_5), or take a grid of VMF files, which have them"
                )
                raise AssetError(msg)
            warn(
                "the grid has no mapping coefficients ah and aw: mapping factors and slant delays "
                f"take those of the climatology GPT3 ({path.name})"
            )
        if self.azimuth is not None and not find_gradients(grid):
            warn(
                "an azimuth was given but the grid has no gradients: slant delays are the same in "
                "all azimuths, and are given once"
            )
            return self._replace(azimuth=None)
        return self


def _angles(name: str, given: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    accepted = f"accepted are degrees from {low:g} to {high:g}, one or several"
    try:
        found = np.unique(np.asarray(given, dtype=np.float64))
    except (TypeError, ValueError) as error:
        msg = f"{name} {given!r} found; {accepted}"
        raise DomainError(msg) from error
    wrong = found[~((found >= low) & (found <= high))]
    if wrong.size or not found.size:
        msg = f"{name} {f'{wrong[0]:g}' if wrong.size else 'of no value'} found; {accepted}"
        raise DomainError(msg)
    return found


def _has_coefficients(ds: xr.Dataset) -> bool:
    return set(COEFFICIENTS) <= set(ds.data_vars)


def with_slants(series: xr.Dataset, directions: Directions) -> xr.Dataset:
    """Add mapping factors and slant delays to series at stations.

    Parameters
    ----------
    series : Dataset
        ``zhd``, ``zwd`` (time, station) with ``lat``, ``lon`` and ``height``; ``ah``, ``aw`` and
        gradients as far as the grid has them.
    directions : Directions
        As :meth:`Directions.checked` leaves them.

    Returns
    -------
    Dataset
        With ``mfh``, ``mfw`` (VMF3 at the height of the station) [1], and ``slant_delay``,
        ``slant_delay_hydrostatic``, ``slant_delay_wet`` [m], all float32 on (time, station,
        elevation) or, with azimuths, delays on (time, station, elevation, azimuth). They are lazy:
        computed block by block where they are used. ``ah`` and ``aw`` of GPT3 where there are none.

    Examples
    --------
    >>> axes = ("time", "station")
    >>> delays = {"zhd": (axes, [[2.3]], {"units": "m"}), "zwd": (axes, [[0.2]], {"units": "m"})}
    >>> beside = {"ah": (axes, [[0.00125]]), "aw": (axes, [[0.0006]])}
    >>> place = {"lat": ("station", [49.0]), "lon": ("station", [13.0])}
    >>> place |= {"time": [np.datetime64("2021-07-01", "ns")], "station": ["WTZR"]}
    >>> series = xr.Dataset(delays | beside, place)
    >>> series = series.assign_coords(height=("station", [666.0], {"units": "m"}))
    >>> with_slants(series, Directions.of([5.0, 90.0], None)).slant_delay.values.round(2)
    array([[[25.45,  2.5 ]]], dtype=float32)
    """
    lazy = _lazy(series, directions.size)
    found = {} if _has_coefficients(series) else _by_gpt3(lazy)
    elevation = xr.DataArray(directions.elevation, dims="elevation", name="elevation")
    azimuth = None
    if directions.azimuth is not None:
        azimuth = xr.DataArray(directions.azimuth, dims="towards", name="azimuth")
    slants = slant_delays(lazy.assign(found), elevation, azimuth)
    found |= {str(name): _arranged(each) for name, each in slants.data_vars.items()}
    for name in ("mfh", "mfw"):
        found[name].attrs["comment"] = "for the ellipsoidal height of the station"
    return series.assign(found).assign_coords(_axes(directions))


def _arranged(da: xr.DataArray) -> xr.Variable:
    """Bring a result into the order and precision of series, its coordinates left out."""
    known = ("time", "station", "elevation", "towards")
    out = da.transpose(*(dim for dim in known if dim in da.dims)).variable.astype(np.float32)
    dims = ["azimuth" if dim == "towards" else dim for dim in out.dims]
    return xr.Variable(dims, out.data, da.attrs)


def _axes(directions: Directions) -> dict[str, xr.Variable]:
    angles = {"elevation": (directions.elevation, "elevation angle above the horizon")}
    if directions.azimuth is not None:
        angles["azimuth"] = (directions.azimuth, "azimuth, from north through east")
    return {
        name: xr.Variable(name, values, {"long_name": about, "units": "degree"})
        for name, (values, about) in angles.items()
    }


class _Held:
    """An array in memory that is taken part by part: dask copies those of NumPy as a whole."""

    def __init__(self, values: NDArray[np.floating]) -> None:
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.ndim = values.ndim

    def __getitem__(self, where: tuple[slice, ...]) -> NDArray[np.floating]:
        return self.values[where]


def _lazy(series: xr.Dataset, directions: int) -> xr.Dataset:
    """Cut both ways: files are written along time, or station by station."""
    import dask.array as da

    out = series.copy()
    step = {
        dim: max(1, _AT_ONCE // max(series.sizes[other] * directions, 1))
        for dim, other in (("time", "station"), ("station", "time"))
    }
    for name, each in series.data_vars.items():
        if set(each.dims) == set(step) and each.dtype.kind == "f":
            chunks = tuple(step[str(dim)] for dim in each.dims)
            held, meta = _Held(each.to_numpy()), np.empty((0, 0), each.dtype)
            array = da.from_array(held, chunks, name=False, fancy=False, meta=meta)
            out[name] = (each.dims, array, each.attrs)
    return out


def _by_gpt3(series: xr.Dataset) -> dict[str, xr.Variable]:
    """Coefficients of the climatology, which belong to height zero."""
    path = find_asset("gpt3_1") or find_asset("gpt3_5")
    epoch = xr.ones_like(series["zhd"], dtype=np.float64).reset_coords(drop=True)
    where = (series[name].reset_coords(drop=True) for name in ("time", "lat", "lon"))
    both = elementwise(_gpt3, epoch, *where, kwargs={"grid": str(path)}, outputs=2)
    out = {name: _arranged(each) for name, each in zip(COEFFICIENTS, both, strict=True)}
    for name, each in out.items():
        comment = f"of the climatology GPT3 ({path.name if path else ''})"
        each.attrs = attributes_of(name) | {"comment": comment}
    return out


def _gpt3(
    shape: NDArray, time: NDArray, lat: NDArray, lon: NDArray, *, grid: str
) -> tuple[NDArray, NDArray]:
    found = gpt3(time, lat, lon, 0.0, grid, polar="continuous")
    ah, aw = (np.asarray(each, np.float64) for each in (found.ah, found.aw))
    return np.broadcast_to(ah, shape.shape), np.broadcast_to(aw, shape.shape)
