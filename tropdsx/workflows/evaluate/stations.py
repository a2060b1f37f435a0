"""Delays at stations: the coarse grid lifted straight to the height of an antenna.

GNSS stations observe total delays at points and at their own heights, independently of weather
models. Each of the nodes around a station is moved to the station's height before they are
combined, as :mod:`tropdsx.reduce.lift` does for the cells of a fine grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import GridError
from tropdsx.geoid.datum import Datum, check_choice
from tropdsx.geoid.labelled import about_heights, refer_to_ellipsoid
from tropdsx.grid.stencil import Stencil, make_stencil
from tropdsx.pipeline.options import is_physics
from tropdsx.reduce.height_models import HeightModel, find_height_model
from tropdsx.reduce.pairs import NodeState, Pairs, pairs_of
from tropdsx.system.workers import Progress

__all__ = ["StationLifter", "delays_at"]


def delays_at(
    grid: xr.Dataset,
    lat: ArrayLike,
    lon: ArrayLike,
    height: ArrayLike,
    *,
    station: ArrayLike | None = None,
    model: str | Path | None = None,
    height_model: str | Path | xr.Dataset | HeightModel = "climatology",
    interpolation: str = "bicubic",
    device: str = "auto",
    precision: str = "float32",
    heights: str = "auto",
    sigma: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Delays of a grid at points.

    Parameters
    ----------
    grid : Dataset
        Standard grid: ``zhd`` and/or ``zwd`` (time, lat, lon) [m] and ``orography`` (lat, lon)
        [m, ellipsoidal].
    lat, lon : array_like, shape (P,)
        Stations, any longitude convention [deg].
    height : array_like, shape (P,)
        Height of the stations: ellipsoidal, unless a DataArray says otherwise [m].
    station : array_like of str, optional
        Names; default: numbers.
    model : str, Path or None
        Checkpoint that corrects the physics; None or "none" for physics alone.
    height_model, interpolation
        See :func:`tropdsx.reduce.reduce_to_orography`.
    device, precision : str
        Where and how the network runs.
    heights : {"auto", "geoid", "ellipsoid"}, optional
        What the heights of the stations count from; "auto" believes their attributes.
    sigma : bool, optional
        Add the standard deviations that the network expects, and its RMSE in validation.
    progress : callable, optional
        Called with (epochs done, epochs in all) while a network runs.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` and, where both are there, ``ztd`` (time, station) [m]. Lazy where the
        grid is, unless a network is used. Missing outside a regional grid.

    Raises
    ------
    GridError
        If the grid has no orography, or the shapes of the stations differ.

    Examples
    --------
    >>> axes = {"lat": [10.0, 5.0], "lon": [0.0, 5.0]}
    >>> flat = xr.DataArray(np.zeros((2, 2)), axes, ("lat", "lon"))
    >>> zwd = flat.expand_dims(time=[np.datetime64("2021-01-01", "ns")]) + 0.2
    >>> grid = xr.Dataset({"zwd": zwd.astype("f4"), "orography": flat})
    >>> delays_at(grid, [7.0], [2.0], [500.0], height_model="kouba").zwd.values.round(4)
    array([[0.1558]], dtype=float32)
    """
    stations = Stations.at(lat, lon, _on_ellipsoid(height, lat, lon, check_choice(heights)))
    names = [name for name in DELAYS if name in grid]
    if "orography" not in grid:
        msg = (
            "the grid has no orography, so its delays cannot be moved to the stations; add a "
            "variable 'orography' [m, ellipsoidal] or give coarse_orography"
        )
        raise GridError(msg)
    datum = Datum("orography", grid["orography"].attrs, about_heights(grid, "orography"))
    ground = refer_to_ellipsoid(grid["orography"], grid["lat"], grid["lon"], datum, [])
    grid = grid.assign(orography=ground)
    lifted = _lift(grid, stations, names, find_height_model(height_model), interpolation)
    lifted = lifted.assign_coords(
        station=np.arange(stations.lat.size) if station is None else np.asarray(station),
        lat=("station", stations.lat, {"units": "degrees_north"}),
        lon=("station", stations.lon, {"units": "degrees_east"}),
        height=("station", stations.height, {"units": "m"}),
    )
    if model is not None and not is_physics(model):
        from tropdsx.predict.stations import predict_stations  # loads torch

        how: Any = {"device": device, "precision": precision}
        how |= {"sigma": sigma, "progress": progress}
        weight = _place(grid, stations, interpolation).weight
        inside = np.asarray(np.isfinite(weight).all(axis=-1))
        refined = predict_stations(lifted.isel(station=inside), grid, model, **how)
        lifted = refined if inside.all() else _among_all(refined, lifted, inside)
    if set(DELAYS) <= set(names):
        lifted["ztd"] = (lifted["zhd"] + lifted["zwd"]).assign_attrs(units="m")
    return lifted


def _among_all(refined: xr.Dataset, lifted: xr.Dataset, inside: NDArray[np.bool_]) -> xr.Dataset:
    """Put what is known of the stations of a region among those outside, which have no values."""
    found = {}
    for name, field in refined.data_vars.items():
        if "station" not in field.dims:
            found[name] = field.variable
            continue
        known = field.transpose(..., "station")
        values = np.full((*known.shape[:-1], inside.size), np.nan, known.dtype)
        values[..., inside] = known.to_numpy()
        found[name] = xr.Variable(known.dims, values, field.attrs)
    return xr.Dataset(found, lifted.coords, refined.attrs)


def _place(grid: xr.Dataset, stations: Stations, interpolation: str) -> Stencil:
    lat, lon = (grid[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    return make_stencil(lat, lon, stations.lat, stations.lon, interpolation=interpolation)


@dataclass(frozen=True)
class Stations:
    """Where stations are.

    Attributes
    ----------
    lat, lon : ndarray, shape (P,)
        Positions, any longitude convention [deg].
    height : ndarray, shape (P,)
        Ellipsoidal heights [m].

    Examples
    --------
    >>> Stations.at(48.2, 16.4, 200.0).height.shape
    (1,)
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    height: NDArray[np.float64]

    @classmethod
    def at(cls, lat: ArrayLike, lon: ArrayLike, height: ArrayLike) -> Stations:
        """Check that positions and heights go together.

        Parameters
        ----------
        lat, lon, height : array_like, shape (P,) or ()
            See :class:`Stations`.

        Returns
        -------
        Stations

        Raises
        ------
        GridError
            If their shapes differ or a value is missing.
        """
        parts = [np.atleast_1d(np.asarray(each, float)) for each in (lat, lon, height)]
        if len({part.shape for part in parts}) > 1 or parts[0].ndim > 1:
            msg = (
                f"stations have shapes {', '.join(str(part.shape) for part in parts)} of lat, lon, "
                "height; accepted are three lists of one length"
            )
            raise GridError(msg)
        if not all(np.isfinite(part).all() for part in parts):
            msg = "a station lacks its latitude, longitude or height; leave it out"
            raise GridError(msg)
        return cls(*parts)


def _on_ellipsoid(
    height: ArrayLike, lat: ArrayLike, lon: ArrayLike, choice: str
) -> NDArray[np.float64]:
    """Heights of stations above the ellipsoid; plain numbers are, unless the caller says not."""
    attrs = height.attrs if isinstance(height, xr.DataArray) else {}
    datum = Datum("height", attrs, choice=choice)
    values = np.asarray(height, np.float64)
    if choice == "auto" and datum.stated is None:
        return values
    return datum(values, np.asarray(lat, np.float64), np.asarray(lon, np.float64))


def _lift(
    grid: xr.Dataset, stations: Stations, names: list[str], model: HeightModel, interpolation: str
) -> xr.Dataset:
    lat, lon = (grid[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    orography = grid["orography"].transpose("lat", "lon").to_numpy().astype(float)
    place = _place(grid, stations, interpolation)
    extra = ["temperature"] if "temperature" in grid else []
    lift = StationLifter(
        lat,
        lon,
        orography,
        place,
        pairs_of(place.index, lat, orography, stations.height[:, None]),
        model,
        (*names, *extra),
    )
    found = xr.apply_ufunc(
        lift,
        grid["time"],
        *(grid[name] for name in (*names, *extra)),
        input_core_dims=[[], *([["lat", "lon"]] * (len(names) + len(extra)))],
        output_core_dims=[["station"]] * len(names),
        dask="parallelized",
        output_dtypes=[np.float32] * len(names),
        dask_gufunc_kwargs={"output_sizes": {"station": stations.lat.size}},
    )
    found = found if len(names) > 1 else (found,)
    ds = xr.Dataset(dict(zip(names, found, strict=True)))
    for name in names:
        ds[name].attrs = {"units": "m"}
    return ds.drop_vars(["lat", "lon", "orography"], errors="ignore").transpose("time", "station")


@dataclass(frozen=True, eq=False)
class StationLifter:
    """Lift and combine blocks of epochs at stations: a function of arrays.

    Attributes
    ----------
    lat, lon : ndarray, shape (J,) and (I,)
        Axes of the grid [deg].
    orography : ndarray, shape (J, I)
        Ellipsoidal heights of its nodes [m].
    place : Stencil
        Which nodes combine at each of P places, and with what weights.
    pairs : Pairs
        The same nodes with the heights of the places.
    model : HeightModel
        How delays change with height.
    names : tuple of str
        Of the fields: "zhd", "zwd", "temperature".
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    orography: NDArray[np.float64]
    place: Stencil
    pairs: Pairs
    model: HeightModel
    names: tuple[str, ...]

    def __call__(
        self, time: NDArray[np.datetime64], *fields: NDArray
    ) -> tuple[NDArray[np.float32], ...] | NDArray[np.float32]:
        """Delays of shape (N, P), one for each of zhd and zwd that is there."""
        given = dict(zip(self.names, fields, strict=True))
        epochs = np.broadcast_to(time, fields[0].shape[:1])
        nodes = NodeState(
            self.lat,
            self.lon,
            self.orography,
            epochs,
            given.get("zhd"),
            given.get("zwd"),
            given.get("temperature"),
        )
        state = tuple(part.reshape(epochs.size, -1) for part in self.model.state(nodes))
        delays = [name for name in DELAYS if name in given]
        out = [np.empty((epochs.size, self.place.index.shape[0]), np.float32) for _ in delays]
        for epoch in range(epochs.size):
            at_pairs = tuple(np.take(part[epoch], self.pairs.index) for part in state)
            factors = self.model.factors(at_pairs, self.pairs)
            for found, name in zip(out, delays, strict=True):
                around = self.place.gather(given[name][epoch])
                lifted = around * factors[DELAYS.index(name)]
                # As `reduce`: the cubic swings below zero beside a steep front.
                least = np.minimum(around.min(-1), 0)
                found[epoch] = np.maximum(self.place.combine(lifted), least)
        return tuple(out) if len(out) > 1 else out[0]
