"""Coarse nodes out of a fine grid: every Nth row and column, from each phase."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.grid.edges import grid_edges, is_global_longitude

__all__ = [
    "decimate",
    "matching_thinning",
    "parse_steps",
    "phases",
    "thin",
    "thinning",
    "usual_phase",
]


def thinning(text: str) -> tuple[int, int]:
    """Read "2x3" or "5" as steps southward and eastward.

    Raises
    ------
    InputError
        If it is neither, or leaves no node out.

    Examples
    --------
    >>> thinning("2x3"), thinning("5")
    ((2, 3), (5, 5))
    """
    south, _, east = text.partition("x")
    try:
        steps = int(south), int(east or south)
    except ValueError:
        steps = 0, 0
    if min(steps) < 1 or max(steps) < 2:
        msg = (
            f"thinning {text!r} is not understood; give whole steps southward x eastward of at "
            "least 1, one of them more, e.g. 5 or 2x2"
        )
        raise InputError(msg)
    return steps


def matching_thinning(
    fine: xr.Dataset, coarse: xr.Dataset
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the thinning that makes the nodes of `coarse` out of those of `fine`.

    Returns
    -------
    tuple
        Steps and phase, each (southward, eastward). [1]

    Raises
    ------
    GridError
        If the coarse nodes are not nodes of the fine grid.
    """
    found = []
    for axis in ("lat", "lon"):
        a, b = fine[axis].to_numpy(), coarse[axis].to_numpy()
        step = round(float((b[1] - b[0]) / (a[1] - a[0])))
        first = round(float((b[0] - a[0]) / (a[1] - a[0])))
        nodes = a[first::step][: b.size] if step > 0 and first >= 0 else a[:0]
        if nodes.size != b.size or np.abs(nodes - b).max() > 1e-4:
            msg = (
                f"the coarse {axis} nodes are not nodes of the fine grid, which the nodal network "
                "needs; train on the fine files alone (pairs are made by thinning), or use "
                "--form field"
            )
            raise GridError(msg)
        found.append((step, first))
    return (found[0][0], found[1][0]), (found[0][1], found[1][1])


def thin(fine: xr.Dataset, steps: tuple[int, int], phase: tuple[int, int]) -> xr.Dataset:
    """Keep every steps-th row and column, starting at `phase`.

    Parameters
    ----------
    fine : Dataset
        Standard grid with orography. [m]
    steps, phase : tuple of int
        Southward and eastward. [1]

    Returns
    -------
    Dataset
        The coarse grid: point samples of the fine one, as VMF's 5 degree grid is of its 1 degree
        grid. [m]

    Raises
    ------
    GridError
        If the columns go round the globe and the eastward step does not divide their number.
    """
    columns = fine.sizes["lon"]
    wrap = grid_edges(fine["lat"].values, fine["lon"].values).wrap
    if wrap and columns % steps[1]:
        fit = [str(n) for n in range(1, min(columns // 2, 30) + 1) if columns % n == 0]
        msg = (
            f"thinning {steps[0]}x{steps[1]}: {columns} columns round the globe cannot be thinned "
            f"by {steps[1]}; choose an eastward step that divides them: {', '.join(fit)}"
        )
        raise GridError(msg)
    east = slice(phase[1], None if wrap else phase[1] + columns // steps[1] * steps[1], steps[1])
    return fine.isel(lat=slice(phase[0], None, steps[0]), lon=east)


def phases(steps: tuple[int, int], count: int | None = None) -> list[tuple[int, int]]:
    """List the phases of a thinning, all or `count` of them spread evenly.

    Examples
    --------
    >>> phases((2, 2), 2)
    [(0, 0), (1, 0)]
    """
    every = [(row, column) for row in range(steps[0]) for column in range(steps[1])]
    if count is None or count >= len(every):
        return every
    return [every[i * len(every) // count] for i in range(count)]


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
