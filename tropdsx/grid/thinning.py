"""Coarse grids out of fine ones: every Nth row and column, from any first row and column."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from tropdsx.errors import GridError, InputError
from tropdsx.grid.edges import is_global_longitude
from tropdsx.grid.matching import node_tolerance

__all__ = ["find_thinning", "list_phases", "middle_phase", "parse_thinning", "thin", "usual_phase"]


def parse_thinning(text: str) -> tuple[int, int]:
    """Read "5" or "2x3" as steps southward and eastward.

    Parameters
    ----------
    text : str
        One step for both, or both with an x between them, upper or lower case.

    Returns
    -------
    tuple of int
        Every how many rows, and every how many columns, a node is kept.

    Raises
    ------
    InputError
        If the text is neither one step nor two, if a step is 0, or if both are 1, so that no node
        would be left out.

    Examples
    --------
    >>> parse_thinning("5"), parse_thinning("2X3")
    ((5, 5), (2, 3))
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", text.strip().lower())
    south, east = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if min(south, east) < 1 or max(south, east) < 2:
        msg = (
            f"thinning {text!r} is not understood; accepted are N or ROWSxCOLUMNS, whole steps of "
            "at least 1, one of them more, such as 5 or 2x2"
        )
        raise InputError(msg)
    return south, east


def thin(fine: xr.Dataset, steps: tuple[int, int], phase: tuple[int, int]) -> xr.Dataset:
    """Keep every Nth row and column of a standard grid.

    Parameters
    ----------
    fine : Dataset
        Standard grid.
    steps, phase : tuple of int
        Rows and columns: every how many, and from which.

    Returns
    -------
    Dataset
        Point samples of the fine grid, as VMF's 5 degree grid is of its 1 degree grid.

    Raises
    ------
    GridError
        If the columns go round the globe and the eastward step does not divide their number, or
        fewer than 2 x 2 nodes are left.

    Examples
    --------
    >>> fine = xr.Dataset(coords={"lat": np.arange(89.5, -90, -1), "lon": np.arange(0.5, 360)})
    >>> thin(fine, (5, 5), (2, 2)).lat.values[:2].tolist()
    [87.5, 82.5]
    """
    columns = fine.sizes["lon"]
    if is_global_longitude(fine["lon"].to_numpy()) and columns % steps[1]:
        fit = [str(n) for n in range(1, min(columns // 2, 30) + 1) if columns % n == 0]
        msg = (
            f"thinning {steps[0]}x{steps[1]}: {columns} columns round the globe cannot be thinned "
            f"by {steps[1]}; choose an eastward step that divides them: {', '.join(fit)}"
        )
        raise GridError(msg)
    coarse = fine.isel(lat=slice(phase[0], None, steps[0]), lon=slice(phase[1], None, steps[1]))
    if min(coarse.sizes["lat"], coarse.sizes["lon"]) < 2:
        msg = (
            f"{fine.sizes['lat']} x {columns} nodes thinned by {steps[0]} x {steps[1]} "
            "leave fewer than 2 x 2; choose a smaller step or a larger grid"
        )
        raise GridError(msg)
    return coarse


def list_phases(steps: tuple[int, int], count: int | None = None) -> list[tuple[int, int]]:
    """List the first rows and columns that a thinning can start from.

    Parameters
    ----------
    steps : tuple of int
        Every how many rows and columns a node is kept.
    count : int, optional
        This many, spread evenly; by default all.

    Returns
    -------
    list of tuple of int
        Phases, row by row.

    Examples
    --------
    >>> list_phases((2, 2)), list_phases((2, 2), 2)
    ([(0, 0), (0, 1), (1, 0), (1, 1)], [(0, 0), (1, 0)])
    """
    every = [(row, column) for row in range(steps[0]) for column in range(steps[1])]
    if count is None or count >= len(every):
        return every
    return [every[i * len(every) // count] for i in range(count)]


def middle_phase(steps: tuple[int, int]) -> tuple[int, int]:
    """Choose the first row and column whose nodes lie in the middle of their coarse cells.

    Parameters
    ----------
    steps : tuple of int
        Every how many rows and columns a node is kept.

    Returns
    -------
    tuple of int
        Phase: row and column.

    Examples
    --------
    >>> middle_phase((5, 5))
    (2, 2)
    """
    return steps[0] // 2, steps[1] // 2


def usual_phase(fine: xr.Dataset, steps: tuple[int, int]) -> tuple[int, int]:
    """Choose the first row and column as products have them.

    Parameters
    ----------
    fine : Dataset
        Standard grid.
    steps : tuple of int
        Every how many rows and columns a node is kept.

    Returns
    -------
    tuple of int
        The pole and the first column of a grid with poles, else the middle of a coarse cell.

    Examples
    --------
    >>> usual_phase(xr.Dataset(coords={"lat": np.arange(89.5, -90, -1)}), (5, 5))
    (2, 2)
    >>> usual_phase(xr.Dataset(coords={"lat": np.arange(90.0, -91, -2)}), (2, 2))
    (0, 0)
    """
    if abs(float(fine["lat"][0])) > 90.0 - 1e-6:
        return (0, 0)
    return middle_phase(steps)


def find_thinning(fine: xr.Dataset, coarse: xr.Dataset) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the thinning that makes the nodes of a coarse grid out of those of a fine one.

    Parameters
    ----------
    fine, coarse : Dataset
        Standard grids.

    Returns
    -------
    steps, phase : tuple of int
        Each southward and eastward.

    Raises
    ------
    GridError
        If the coarse nodes are not every Nth node of the fine grid; the text names the axis.

    Examples
    --------
    >>> fine = xr.Dataset(coords={"lat": np.arange(9.0, -10, -1), "lon": np.arange(20.0)})
    >>> find_thinning(fine, thin(fine, (2, 3), (1, 0)))
    ((2, 3), (1, 0))
    """
    found = []
    for axis in ("lat", "lon"):
        nodes, wanted = fine[axis].to_numpy(), coarse[axis].to_numpy()
        spacing = nodes[1] - nodes[0]
        step = round(float((wanted[1] - wanted[0]) / spacing))
        first = round(float((wanted[0] - nodes[0]) / spacing))
        kept = nodes[first::step][: wanted.size] if step > 0 and first >= 0 else nodes[:0]
        close = node_tolerance(nodes, wanted)
        if kept.size != wanted.size or np.abs(kept - wanted).max() > close:
            msg = (
                f"the coarse {axis} nodes are not nodes of the fine grid, which the nodal network "
                "needs; train on the fine files alone (pairs are made by thinning), or use "
                "--form field"
            )
            raise GridError(msg)
        found.append((step, first))
    return (found[0][0], found[1][0]), (found[0][1], found[1][1])
