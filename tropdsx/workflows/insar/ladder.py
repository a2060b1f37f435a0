"""Delays of a grid on a ladder of heights, for programs that intersect their own terrain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import GridError, OutputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.reduce.height_models import HeightModel
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.system.workers import Progress
from tropdsx.write.export.opera import write_opera

__all__ = ["LADDER", "delays_on_ladder", "export_opera"]

LADDER = (*range(-500, 3001, 250), *range(3500, 9001, 500))
"""Heights that serve any terrain [m]: between them delays are linear to 1.5 mm, of 2.6 m."""


_REACH = (-1000.0, 20000.0)
"""As far as mean profiles go [m]."""


def delays_on_ladder(
    ds: xr.Dataset,
    heights: Sequence[float],
    *,
    height_model: str | Path | xr.Dataset | HeightModel = "climatology",
) -> xr.Dataset:
    """Move the delays of a grid to several heights above each node.

    Parameters
    ----------
    ds : Dataset
        ``zhd`` and ``zwd`` with ``orography`` (m, ellipsoidal), in any orientation.
    heights : sequence of float
        Where delays are wanted [m, ellipsoidal].
    height_model : str, Path, Dataset or HeightModel, optional
        See :func:`tropdsx.reduce.reduce_to_orography`.

    Returns
    -------
    Dataset
        ``zhd``, ``zwd`` float32 on (time, height, lat, lon) of the standard grid [m]; lazy where
        `ds` is.

    Raises
    ------
    GridError
        If the delays have no orography, or heights repeat or are none of the troposphere's.

    Notes
    -----
    A height model knows mean profiles: use the levels of the weather model where they are at hand
    (:func:`tropdsx.zenith_delays` with ``ladder``).

    Examples
    --------
    >>> axes = {"time": [np.datetime64("2021-07-01", "ns")], "lat": [1.0, 0.0], "lon": [5.0, 6.0]}
    >>> field = {"zwd": (tuple(axes), np.full((1, 2, 2), 0.2), {"units": "m"})}
    >>> ds = xr.Dataset(field, axes).assign(orography=(("lat", "lon"), np.zeros((2, 2))))
    >>> ds.orography.attrs["units"] = "m"
    >>> delays_on_ladder(ds, [0, 2000], height_model="kouba").zwd[0, :, 0, 0].values.round(4)
    array([0.2   , 0.0736], dtype=float32)
    """
    _check_rungs(np.asarray(heights, float))
    grid, _ = standardise_grid(ds)
    if "orography" not in grid:
        msg = (
            "the delays have no orography, so they cannot be moved to other heights; add a "
            "variable 'orography' [m, ellipsoidal]"
        )
        raise GridError(msg)
    axes = {"lat": grid["lat"], "lon": grid["lon"]}
    rungs = []
    for height in heights:
        level = xr.DataArray(
            np.full((grid.sizes["lat"], grid.sizes["lon"]), float(height)), axes, ("lat", "lon")
        )
        target = xr.Dataset({"orography": level})
        lifted = reduce_to_orography(grid, target, height_model=height_model)
        rungs.append(lifted.drop_vars("orography"))
    about = {"standard_name": "height_above_reference_ellipsoid", "units": "m", "positive": "up"}
    rung = xr.DataArray(np.asarray(heights, float), dims="height", name="height", attrs=about)
    return xr.concat(rungs, rung).transpose("time", "height", "lat", "lon")


def _check_rungs(heights: NDArray[np.float64]) -> None:
    low, high = _REACH
    repeated = np.unique(heights).size < heights.size
    if not heights.size or repeated or not ((low <= heights) & (heights <= high)).all():
        found = ", ".join(f"{each:g}" for each in heights[:8]) or "none"
        msg = (
            f"heights {found} found; accepted are those of a ladder from {low:g} to {high:g} m, "
            "each once"
        )
        raise GridError(msg)


def export_opera(
    ds: xr.Dataset,
    folder: str | Path,
    *,
    heights: Sequence[float] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write delays as OPERA TROPO-ZENITH; those of a surface are moved to a ladder first.

    Parameters
    ----------
    ds : Dataset
        ``zhd`` and ``zwd`` on a ladder ``height``, or at an ``orography``.
    folder : str or Path
        Where the files go; it exists.
    heights : sequence of float, optional
        The ladder, for delays at an orography [m, ellipsoidal]; default: -500 to 9000 m.
    overwrite : bool, optional
        Replace files of the same epochs.
    progress : callable, optional
        Called with (epochs written, epochs in all).

    Returns
    -------
    list of Path
        As :func:`tropdsx.write.export.opera.write_opera`, with the same errors.

    Examples
    --------
    >>> export_opera(xr.Dataset(), ".")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tropdsx.errors.GridError: ...
    """
    if {"height", "ellipsoidal_height"} & set(ds.dims):
        if heights is not None:
            msg = "the delays have a ladder of heights already; leave heights out"
            raise OutputError(msg)
        return write_opera(ds, folder, overwrite=overwrite, progress=progress)
    rungs = LADDER if heights is None else heights
    ladder = delays_on_ladder(ds, rungs)
    return write_opera(ladder, folder, overwrite=overwrite, progress=progress)
