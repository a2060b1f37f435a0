"""What a downscaling is measured on: a coarse grid and the truth at the nodes it fills in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.spacing import is_global_longitude
from tropdsx.pipeline.run import Options, Orography, standardise_input
from tropdsx.workflows.evaluate.align import as_measured

__all__ = ["Case", "cases_by_thinning", "decimate", "parse_steps", "period_of", "standard_truth"]


@dataclass(frozen=True)
class Case:
    """A coarse grid and the truth for it, both standard, with orography.

    Attributes
    ----------
    coarse : Dataset
        ``zhd``, ``zwd`` (time, lat, lon) [m], ``orography`` where it is known [m].
    truth : Dataset
        The same on the fine grid; its epochs may be some of the coarse ones.
    name : str
        For the tables.
    one_file : bool
        Whether both come from the same file, so that their undated epochs are the same in order.
    """

    coarse: xr.Dataset
    truth: xr.Dataset
    name: str
    one_file: bool = False


def standard_truth(
    ds: xr.Dataset, *, orography: Orography | None = None, period: str | None = None
) -> xr.Dataset:
    """Bring true fine delays to the standard grid, with their orography.

    Parameters
    ----------
    ds : Dataset
        Delays as opened.
    orography : str, Path, Dataset or DataArray, optional
        Heights that they refer to [m, ellipsoidal]; default: their own, or those of a VMF grid
        whose official orography is at hand.
    period : str, optional
        "start/end": only these epochs.

    Returns
    -------
    Dataset
        ``zhd`` and/or ``zwd``, or ``ztd`` where the delays are given by that alone [m].

    Raises
    ------
    GridError
        If the heights are not known or no epoch is left.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ztd split", TropdsxWarning)  # undone here
        truth = _without_split(ds, _with_heights(ds, orography))
    return truth if period is None else period_of(truth, period)


def _with_heights(ds: xr.Dataset, orography: Orography | None) -> xr.Dataset:
    """Bring fine delays to the standard grid; a total delay alone is split, as an input is."""
    truth, _ = standardise_input(ds, Options(coarse_orography=orography))
    if "orography" not in truth:
        msg = (
            "the true fine delays come without orography; their heights decide the result, so give "
            "--orography FILE (orography=...) [m, ellipsoidal]"
        )
        raise GridError(msg)
    truth["orography"].attrs.setdefault("units", "m")
    return truth


def _without_split(ds: xr.Dataset, standard: xr.Dataset) -> xr.Dataset:
    """Where only a total delay was given, that is the truth: its modelled parts are none."""
    measured, _ = as_measured(ds)
    if "ztd" not in measured or "zhd" in measured:
        return standard
    return standard.drop_vars(["zhd", "zwd"]).assign(ztd=measured["ztd"].assign_attrs(units="m"))


def period_of(field: xr.Dataset | xr.DataArray, period: str) -> Any:
    """Keep the epochs of a period.

    Parameters
    ----------
    field : Dataset or DataArray
        With ``time``.
    period : str
        "start/end" in ISO 8601; the end counts whole, be it a year, a month, a day or an hour, as
        in the ranges of a training.

    Returns
    -------
    Dataset or DataArray

    Raises
    ------
    GridError
        If the period cannot be read or holds no epoch.

    Examples
    --------
    >>> days = np.arange("2022-03-01", "2022-03-05", dtype="datetime64[D]").astype("M8[ns]")
    >>> period_of(xr.DataArray(range(4), {"time": days}), "2022-03-02/2022-03-03").values.tolist()
    [1, 2]
    """
    start, end = _bounds(period)
    times = field["time"].to_numpy()
    # In microseconds: a far year overflows nanoseconds without a word.
    exact = times.astype("datetime64[us]")
    inside = np.flatnonzero((exact >= start) & (exact < end))
    if not inside.size:
        span = np.datetime_as_string(times[[0, -1]], unit="m")
        msg = f"no epoch ({span[0]} to {span[1]}) lies in {period}"
        raise GridError(msg)
    return field.isel(time=inside)


def _bounds(period: str) -> tuple[np.datetime64, np.datetime64]:
    """First moment of a period, and the first one after it."""
    try:
        start, last = (np.datetime64(part.strip().removesuffix("Z")) for part in period.split("/"))
        end = last + 1  # in the unit of its text
        if np.isnat(start) or np.isnat(end):
            raise ValueError
    except ValueError as error:
        msg = (
            f"period {period!r} cannot be read; accepted is START/END, as 2022-04-01/2022-04-14 or "
            "2022-03/2022-04"
        )
        raise GridError(msg) from error
    return start.astype("datetime64[us]"), end.astype("datetime64[us]")


def cases_by_thinning(
    ds: xr.Dataset,
    steps: tuple[int, int],
    *,
    orography: Orography | None = None,
    period: str | None = None,
    all_phases: bool = False,
) -> Iterator[Case]:
    """Make coarse grids of a fine one by keeping every n-th node.

    The VMF 5 degree grid is exactly its 1 degree grid thinned this way, so the pairs are real.

    Parameters
    ----------
    ds : Dataset
        Fine delays as opened.
    steps : tuple of int
        Every how many rows and columns a node is kept.
    orography, period
        See :func:`standard_truth`.
    all_phases : bool
        Every choice of first row and column, instead of the usual one.

    Yields
    ------
    Case
        The coarse grid keeps all epochs, so that the first and last of a period have neighbours.
    """
    whole = _with_heights(ds, orography)
    truth = _without_split(ds, whole)
    truth = truth if period is None else period_of(truth, period)
    phases = [usual_phase(whole, steps)]
    if all_phases:
        phases = [(row, column) for row in range(steps[0]) for column in range(steps[1])]
    for phase in phases:
        name = f"every {steps[0]} x {steps[1]} nodes from {phase[0]}, {phase[1]}"
        yield Case(decimate(whole, steps, phase), truth, name, one_file=True)


def decimate(fine: xr.Dataset, steps: tuple[int, int], phase: tuple[int, int]) -> xr.Dataset:
    """Keep every n-th node of a standard grid.

    Parameters
    ----------
    fine : Dataset
        Standard grid.
    steps, phase : tuple of int
        Rows and columns: every how many, and from which.

    Returns
    -------
    Dataset

    Raises
    ------
    GridError
        If the columns of a global grid do not divide, or fewer than 2 x 2 nodes are left.

    Examples
    --------
    >>> fine = xr.Dataset(coords={"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)})
    >>> decimate(fine, (5, 5), (2, 2)).lat.values[:2].tolist()
    [87.5, 82.5]
    """
    if is_global_longitude(fine["lon"].to_numpy()) and fine.sizes["lon"] % steps[1]:
        msg = (
            f"{fine.sizes['lon']} columns round the globe cannot be thinned by {steps[1]}; "
            "choose a number that divides them"
        )
        raise GridError(msg)
    coarse = fine.isel(lat=slice(phase[0], None, steps[0]), lon=slice(phase[1], None, steps[1]))
    if min(coarse.sizes["lat"], coarse.sizes["lon"]) < 2:
        msg = (
            f"{fine.sizes['lat']} x {fine.sizes['lon']} nodes thinned by {steps[0]} x {steps[1]} "
            "leave fewer than 2 x 2; choose a smaller step or a larger grid"
        )
        raise GridError(msg)
    return coarse


def usual_phase(fine: xr.Dataset, steps: tuple[int, int]) -> tuple[int, int]:
    """First row and column as the products have them: pole and 0 degree, or the middle of a cell.

    Examples
    --------
    >>> usual_phase(xr.Dataset(coords={"lat": np.arange(89.5, -90, -1)}), (5, 5))
    (2, 2)
    >>> usual_phase(xr.Dataset(coords={"lat": np.arange(90.0, -91, -2)}), (2, 2))
    (0, 0)
    """
    if abs(float(fine["lat"][0])) > 90.0 - 1e-6:
        return (0, 0)
    return (steps[0] // 2, steps[1] // 2)


def parse_steps(text: str) -> tuple[int, int]:
    """Read "5" or "2x2" as steps of rows and columns.

    Examples
    --------
    >>> parse_steps("5"), parse_steps("2x3")
    ((5, 5), (2, 3))
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text.strip().lower())
    steps = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if min(steps) < 1 or max(steps) < 2:
        msg = f"thinning {text!r} is not known; accepted are N or ROWSxCOLUMNS, such as 5 or 2x2"
        raise GridError(msg)
    return steps
