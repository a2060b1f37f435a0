"""Coefficients of the Vienna mapping functions for a grid: its own, a coarser grid's, or GPT3's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import asset_path, find_asset
from tropdsx.atmos.gpt.gridded import gpt3
from tropdsx.cf.axes import find_axis_names
from tropdsx.cf.units import in_unit
from tropdsx.errors import GridError
from tropdsx.grid.checks.companions import arrange_companion
from tropdsx.grid.stencil import make_stencil

__all__ = ["Coefficients", "epochs_of", "find_coefficients", "on_grid"]

Field = NDArray[np.floating]


class Coefficients(NamedTuple):
    """Coefficients of the epochs of a grid.

    Attributes
    ----------
    ah, aw : callable
        The field (lat, lon) of an epoch by its place [1].
    note : str
        Where they come from; of those of the data themselves what their notes say.
    """

    ah: Callable[[int], Field]
    aw: Callable[[int], Field]
    note: str


def find_coefficients(
    ds: xr.Dataset, grid: xr.Dataset, given: xr.Dataset | str | Path | None
) -> Coefficients:
    """Find the coefficients for a grid.

    Parameters
    ----------
    ds : Dataset
        The caller's data, perhaps with ``ah`` and ``aw``.
    grid : Dataset
        The same on the standard grid.
    given : Dataset, "gpt3", str, Path or None
        As :func:`tropdsx.write.export.vmf_text.write_vmf` takes it.

    Returns
    -------
    Coefficients
        For each epoch of `grid`.

    Raises
    ------
    GridError
        If there are none, or those that are given do not cover the grid and its epochs.
    AssetError
        If the coefficients of GPT3 are not on this machine.

    Examples
    --------
    >>> find_coefficients(xr.Dataset(), xr.Dataset(), None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.GridError: the delays come without ah and aw, ... coefficients="gpt3"
    """
    if given is None and {"ah", "aw"} <= set(ds.data_vars):
        ah, aw = (epochs_of(_bare(ds[name]), grid, ds) for name in ("ah", "aw"))
        return Coefficients(ah, aw, _said_of(ds))
    if given is None:
        msg = (
            "the delays come without ah and aw, which VMF text holds beside them; take those of "
            "the grid that the delays were made of, coefficients=coarse (--coefficients FILE), or "
            'of a climatology, coefficients="gpt3"'
        )
        raise GridError(msg)
    if isinstance(given, xr.Dataset):
        return _interpolated(given, grid)
    return _by_gpt3(grid, given)


def _said_of(ds: xr.Dataset) -> str:
    """Find what a downscaling noted of the coefficients that it took along."""
    notes = ds.attrs.get("tropdsx_notes", "")
    lines = notes.splitlines() if isinstance(notes, str) else map(str, notes)
    return next((line for line in lines if line.startswith("ah, aw")), "")


def _bare(da: xr.DataArray) -> xr.DataArray:
    return in_unit(da, "mapping coefficient").assign_attrs(units="1")


def on_grid(da: xr.DataArray, grid: xr.Dataset, ds: xr.Dataset) -> Field:
    """Bring a companion of delays into the order of their standard grid, in memory.

    Parameters
    ----------
    da, grid, ds
        As for :func:`tropdsx.grid.checks.companions.arrange_companion`, with the same errors.

    Returns
    -------
    ndarray, shape (time or 1, lat, lon)
        In the unit of `da`.

    Examples
    --------
    >>> ds = xr.Dataset({"ah": (("lat", "lon"), [[1.0, 2.0]])}, {"lat": [5.0], "lon": [-5.0, 5.0]})
    >>> on_grid(ds.ah, xr.Dataset(coords={"lat": [5.0], "lon": [5.0, 355.0]}), ds).tolist()
    [[[2.0, 1.0]]]
    """
    return arrange_companion(da, grid, ds).to_numpy()


def epochs_of(da: xr.DataArray, grid: xr.Dataset, ds: xr.Dataset) -> Callable[[int], Field]:
    """Read a companion of delays epoch by epoch, in the order of their standard grid.

    Parameters
    ----------
    da, grid, ds
        As for :func:`on_grid`, with the same errors.

    Returns
    -------
    callable
        The field (lat, lon) of an epoch by its place; one without epochs serves all.

    Examples
    --------
    >>> ds = xr.Dataset({"ah": (("lat", "lon"), [[1.0, 2.0]])}, {"lat": [5.0], "lon": [-5.0, 5.0]})
    >>> epochs_of(ds.ah, xr.Dataset(coords={"lat": [5.0], "lon": [5.0, 355.0]}), ds)(7).tolist()
    [[2.0, 1.0]]
    """
    field = arrange_companion(da, grid, ds)
    last = field.sizes["time"] - 1
    return lambda place: field.isel(time=min(place, last)).to_numpy()


def _interpolated(coarse: xr.Dataset, grid: xr.Dataset) -> Coefficients:
    missing = [name for name in ("ah", "aw") if name not in coarse]
    if missing:
        msg = f"the grid given for coefficients has no {', '.join(missing)}; VMF files have them"
        raise GridError(msg)
    time, lat_name, lon_name = find_axis_names(coarse)
    lat = np.sort(coarse[lat_name].to_numpy().astype(np.float64))[::-1]
    lon = np.unique((coarse[lon_name].to_numpy().astype(np.float64) % 360.0).round(6))
    nodes = xr.Dataset(coords={"lat": lat, "lon": lon})
    place = make_stencil(
        lat,
        lon,
        grid["lat"].to_numpy()[:, None],
        grid["lon"].to_numpy()[None],
        interpolation="bilinear",
    )
    epochs = np.sort(coarse[time].to_numpy()) if time is not None and coarse[time].ndim else None
    fields = {name: on_grid(_bare(coarse[name]), nodes, coarse) for name in ("ah", "aw")}
    wanted = grid["time"].to_numpy()

    def field(name: str, number: int) -> Field:
        found = place.apply(_at(fields[name], epochs, wanted[number]))
        if not np.isfinite(found).all():
            msg = f"the grid given for coefficients does not reach all nodes ({name} is missing)"
            raise GridError(msg)
        return found

    step = f"{abs(lat[0] - lat[1]):g}x{lon[1] - lon[0]:g}"
    return Coefficients(
        lambda number: field("ah", number),
        lambda number: field("aw", number),
        f"ah, aw interpolated from a grid of {step} degrees",
    )


def _at(fields: Field, epochs: NDArray[np.datetime64] | None, time: np.datetime64) -> Field:
    """Interpolate linearly between the epochs on both sides."""
    if epochs is None or epochs.size != len(fields):
        return np.asarray(fields[0])
    if not epochs[0] <= time <= epochs[-1]:
        msg = (
            f"coefficients are given from {epochs[0]!s:.16} to {epochs[-1]!s:.16}, and the delays "
            f"have {time!s:.16}; give those of its day"
        )
        raise GridError(msg)
    after = min(int(np.searchsorted(epochs, time, side="right")), epochs.size - 1)
    before = max(after - 1, 0)
    span = (epochs[after] - epochs[before]) / np.timedelta64(1, "s")
    share = (time - epochs[before]) / np.timedelta64(1, "s") / span if span else 0.0
    return np.asarray(fields[before] * (1.0 - share) + fields[after] * share)


def _by_gpt3(grid: xr.Dataset, given: str | Path) -> Coefficients:
    path = Path(given) if str(given).lower() != "gpt3" else find_asset("gpt3_1")
    path = path or asset_path("gpt3_5")
    times = grid["time"].to_numpy()
    lat, lon = grid["lat"].to_numpy()[:, None], grid["lon"].to_numpy()[None]

    def field(name: str, number: int) -> Field:
        found = gpt3(times[number], lat, lon, 0.0, path, polar="continuous")
        return np.broadcast_to(getattr(found, name), (lat.size, lon.size))

    return Coefficients(
        lambda number: field("ah", number),
        lambda number: field("aw", number),
        f"ah, aw of the climatology GPT3 ({path.name})",
    )
