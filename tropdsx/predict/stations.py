"""Refine delays at scattered stations: the network runs once an epoch, on the nodes that matter."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.attributes.expected import describe_expected, expected_names
from tropdsx.cf.attributes.limits import count_names, describe_count
from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import CheckpointError
from tropdsx.grid.edges import find_edges
from tropdsx.nn.cells.window import Window
from tropdsx.nn.decoder import Decoder, make_decoder
from tropdsx.nn.nodal import NodalNet
from tropdsx.nn.points import Coefficients, Targets
from tropdsx.predict.accuracy.expected import sample_stations, station_errors
from tropdsx.predict.accuracy.rmse_maps import add_rmse_maps, spacing_of
from tropdsx.predict.coefficients import CoarseGrid, find_coefficients, nodal_module
from tropdsx.predict.corrections import (
    add_correction,
    count_floored,
    find_frozen,
    sigma_factor,
)
from tropdsx.predict.device import halve_until_it_fits, run_parts
from tropdsx.predict.inputs import coarse_series, find_network, warn_spacing
from tropdsx.predict.points import find_window, locate_columns, locate_rows, locate_targets
from tropdsx.predict.session import Handle, hold_settings
from tropdsx.system.workers import Progress

__all__ = ["StationRefiner", "predict_stations"]

#: Epochs of coarse delays in memory at once.
EPOCHS = 16


def predict_stations(
    first_guess: xr.Dataset,
    grid: xr.Dataset,
    model: str | Path = "default",
    *,
    device: str = "auto",
    precision: str = "float32",
    sigma: bool = False,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Refine a first guess at stations with a network.

    Parameters
    ----------
    first_guess : Dataset
        ``zhd`` and/or ``zwd`` (time, station) [m], with the coordinates ``lat``, ``lon`` [deg] and
        ``height`` [m, ellipsoidal] of the stations.
    grid : Dataset
        Standard coarse grid that the guess was lifted from [m], with ``orography``.
    model : str or Path
        Name of a shipped checkpoint, or a file.
    device : str
        "auto", "cpu", "cuda" or "cuda:N".
    precision : str
        "float32", "tf32" or "bf16".
    sigma : bool
        Add ``zhd_sigma``, ``zwd_sigma`` (time, station) and, where the checkpoint has RMSE maps,
        ``zhd_rmse``, ``zwd_rmse`` (station) [m].
    progress : callable, optional
        Called with (epochs done, epochs in all).

    Returns
    -------
    Dataset
        The same delays, refined and in memory, and ``zhd_bounded``, ``zwd_bounded`` and
        ``zwd_floored`` (time), see :mod:`tropdsx.cf.attributes.limits`, and ``zhd_expected_error``,
        ``zwd_expected_error`` (time) [m].

    Raises
    ------
    CheckpointError
        If the checkpoint is missing, damaged, or corrects fields only, or the device is not there.

    Examples
    --------
    >>> axes = {"lat": [50.0, 45.0, 40.0], "lon": [0.0, 5.0, 10.0]}
    >>> flat = xr.DataArray(np.zeros((3, 3)), axes, ("lat", "lon"))
    >>> zwd = (flat.expand_dims(time=[np.datetime64("2021-01-01", "ns")]) + 0.1).astype("f4")
    >>> places = {"lat": [47.0], "lon": [8.0], "height": [300.0]}
    >>> places = {name: ("station", value) for name, value in places.items()}
    >>> guess = xr.DataArray([[0.09]], {"time": zwd.time, **places}, ("time", "station"))
    >>> coarse = xr.Dataset({"zwd": zwd, "orography": flat})
    >>> predict_stations(guess.to_dataset(name="zwd"), coarse, device="cpu").zwd.shape
    (1, 1)
    """
    card, handle = find_network(model, device, precision)
    if card["network"] == "unet":
        msg = (
            f"checkpoint {card['model_id']!r} is a U-Net, which corrects fields and no stations; "
            "choose 'default', or downscale to a grid"
        )
        raise CheckpointError(msg)
    warn_spacing(grid, card)
    names = tuple(name for name in DELAYS if name in first_guess)
    lat, lon = (grid[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    height = grid["orography"].transpose("lat", "lon").to_numpy().astype(float)
    at = {axis: first_guess[axis].to_numpy().astype(float) for axis in ("lat", "lon", "height")}
    refine = StationRefiner(
        handle, lat, lon, height, at["lat"], at["lon"], at["height"], names=names, sigma=sigma
    )
    series = [f.transpose("time", "lat", "lon") for f in coarse_series(grid, names)]
    out = first_guess.compute().copy(deep=True)
    results = [*names, *(f"{name}_sigma" for name in names if sigma)]
    for name in results[len(names) :]:
        out[name] = xr.full_like(out[name.removesuffix("_sigma")], np.nan).assign_attrs(units="m")
    of = {"nodes": refine.count_nodes(), "points": at["lat"].size}
    for name in count_names(names):
        out[name] = "time", np.zeros(out.sizes["time"], np.int32), describe_count(name, **of)
        results.append(name)
    for name in expected_names(names):
        none = np.full(out.sizes["time"], np.nan, np.float32)
        out[name] = "time", none, describe_expected(name, stations=True)
        results.append(name)
    for start in range(0, out.sizes["time"], EPOCHS):
        part = slice(start, start + EPOCHS)
        guess = [out[name][part].transpose("time", "station").to_numpy() for name in names]
        refined = refine(guess, [field[part].to_numpy() for field in series])
        for name, values in zip(results, refined, strict=True):
            out[name][part] = values
        if progress is not None:
            progress(min(part.stop, out.sizes["time"]), out.sizes["time"])
    if sigma:
        add_rmse_maps(out, handle, card, spacing_of(grid))
    return out


@dataclass(frozen=True, eq=False)
class StationRefiner:
    """Correct a first guess at stations with a nodal network.

    Attributes
    ----------
    handle : Handle
        The network.
    lat, lon : ndarray, shape (J,) and (I,)
        Axes of the coarse grid, descending and ascending [deg].
    orography : ndarray, shape (J, I)
        Ellipsoidal heights of its nodes [m].
    station_lat, station_lon, station_height : ndarray, shape (P,)
        Stations [deg, deg, m].
    names : tuple of str
        Which of zhd and zwd there are.
    sigma : bool
        Give standard deviations as well.

    Examples
    --------
    >>> card, handle = find_network("default", "cpu")
    >>> axes = np.array([50.0, 45.0, 40.0]), np.array([0.0, 5.0, 10.0])
    >>> place = [np.array([value]) for value in (47.0, 8.0, 300.0)]
    >>> refine = StationRefiner(handle, *axes, np.zeros((3, 3)), *place, names=("zwd",))
    >>> zwd = np.full((1, 3, 3), 0.1, np.float32)
    >>> [refined.shape for refined in refine([np.full((1, 1), 0.09, np.float32)], [zwd] * 3)]
    [(1, 1), (1,), (1,), (1,)]
    """

    handle: Handle
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    orography: NDArray[np.float64]
    station_lat: NDArray[np.float64]
    station_lon: NDArray[np.float64]
    station_height: NDArray[np.float64]
    names: tuple[str, ...] = DELAYS
    sigma: bool = False
    _decoders: dict[tuple[bool, bool], Decoder] = field(default_factory=dict, init=False)
    _making: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __call__(
        self, guess: list[NDArray[np.float32]], nodes: list[NDArray[np.float32]]
    ) -> list[NDArray[Any]]:
        """Refine some epochs.

        Parameters
        ----------
        guess : list of ndarray of float32, shape (N, P)
            First guess for each of the names [m].
        nodes : list of ndarray of float32, shape (N, J, I)
            For each of the names coarse delays; the same 6 h before; and after, all NaN where there
            is none [m].

        Returns
        -------
        list of ndarray of float32, shape (N, P)
            For each of the names; then their standard deviations, if asked for [m]; then the counts
            that `count_names` lists, int32, and the errors that `expected_names` does [m] (N,).
        """
        out = [np.empty(first.shape, np.float32) for first in guess * (1 + self.sigma)]
        counts = [np.zeros(len(guess[0]), np.int32) for _ in count_names(self.names)]
        expected = np.full((len(self.names), len(guess[0])), np.nan, np.float32)

        def refine(part: slice) -> None:
            with hold_settings(self.handle.precision):
                given = [field[part] for field in nodes]
                found = [o[part] for o in out], [c[part] for c in counts], expected[:, part]
                self._refine([g[part] for g in guess], given, *found)

        count, device = len(guess[0]), self.handle.device
        # Where functions of the place are evaluated again, several epochs share them.
        step = max([self.handle.step, *(each.epochs for each in self._decoders.values())])
        if self.station_lat.size:
            halve_until_it_fits(lambda size: run_parts(refine, count, size, device), step)
        return [*out, *counts, *expected]

    def _refine(
        self,
        guess: list[NDArray[np.float32]],
        nodes: list[NDArray[np.float32]],
        out: list[NDArray[np.float32]],
        counts: list[NDArray[np.int32]],
        expected: NDArray[np.float32],
    ) -> None:
        """Refine some epochs into arrays that are there."""
        coarse = CoarseGrid(self.lat, self.lon, self.orography, self.names, nodes)
        for epochs, informed, found in find_coefficients(self.handle, coarse, self._window):
            decoder = self._decoder(informed)
            mean = decoder(found)
            expected[:, epochs] = self._expect(informed, found, [g[epochs] for g in guess])
            if self.sigma:
                self._spread(decoder, found, epochs, guess, out[len(guess) :])
            for k, name in enumerate(self.names):
                frozen = find_frozen(self.handle, name, self.station_lat, self.station_lon)
                change = mean[:, DELAYS.index(name)].cpu().numpy()
                first = guess[k][epochs]
                out[k][epochs] = add_correction(first, change, frozen)
                counts[k][epochs] = found.bounded[:, DELAYS.index(name)].sum((-2, -1)).cpu().numpy()
                if name == "zwd":
                    counts[-1][epochs] = count_floored(first, out[k][epochs])

    def _expect(
        self, informed: bool, found: Coefficients, guess: list[NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Average over a sample of the stations what errors are expected (names, epochs) [m]."""
        count, which = self.station_lat.size, [*map(DELAYS.index, self.names)]
        sample = sample_stations(count)
        known = np.zeros((len(guess[0]), len(DELAYS), sample.size), bool)
        for k, first in zip(which, guess, strict=True):
            known[:, k] = np.isfinite(first[:, sample])
        some = self._decoder(informed, sampled=sample.size < count)
        return station_errors(self.handle, some, found, known)[:, which].T

    def _spread(
        self,
        decoder: Decoder,
        found: Coefficients,
        epochs: NDArray[np.intp],
        guess: list[NDArray[np.float32]],
        out: list[NDArray[np.float32]],
    ) -> None:
        """Write down the standard deviations of some epochs."""
        factor = sigma_factor(self.handle)
        for part, basis in decoder.pieces:
            targets = decoder.targets.rows(part.start, part.stop)
            _, sigma = decoder.module.decode(found, targets, decoder.edges, basis)
            for name, first, wide in zip(self.names, guess, out, strict=True):
                which = DELAYS.index(name)
                width = sigma[:, which].cpu().numpy() * factor[which]
                wide[epochs, part] = np.where(np.isnan(first[epochs, part]), np.nan, width)

    def count_nodes(self) -> int:
        """Count the coarse nodes that matter for the stations."""
        return self._window_of(0).wanted if self.station_lat.size else 0

    def _window(self, module: NodalNet) -> Window:
        return self._window_of(module.margin)

    def _window_of(self, margin: int) -> Window:
        """Nodes that matter for the stations."""
        shape, edges = (self.lat.size, self.lon.size), find_edges(self.lat, self.lon)
        return find_window(shape, edges, *self._cells, margin)

    @cached_property
    def _cells(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cells of the coarse grid that hold stations, by row and column."""
        wrap = find_edges(self.lat, self.lon).wrap
        rows, _ = locate_rows(self.lat, self.station_lat)
        columns, _ = locate_columns(self.lon, self.station_lon, wrap=wrap)
        return np.unique(rows), np.unique(columns)

    def _decoder(self, informed: bool, *, sampled: bool = False) -> Decoder:
        """Functions of the places of the stations, made once for each kind of epoch."""
        with self._making:
            if (informed, sampled) not in self._decoders:
                module = nodal_module(self.handle, informed)
                window = self._window(module)
                some = sample_stations(self.station_lat.size) if sampled else slice(None)
                places = self.station_lat, self.station_lon, self.station_height
                stations = [part[some] for part in places]
                table = locate_targets(self.lat, self.lon, self.orography, *stations, window=window)
                targets = Targets(
                    *(torch.from_numpy(part).to(self.handle.device) for part in table)
                )
                self._decoders[informed, sampled] = make_decoder(module, targets, window.edges)
            return self._decoders[informed, sampled]
