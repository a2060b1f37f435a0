"""Make cases to measure a downscaling on: a coarse grid and the truth at the fine nodes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import xarray as xr

from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.time.epochs import in_period
from tropdsx.errors import GridError, TropdsxWarning
from tropdsx.grid.thinning import list_phases, thin, usual_phase
from tropdsx.pipeline.options import Options, Orography
from tropdsx.pipeline.source import standardise_input
from tropdsx.workflows.evaluate.align import standardise_measured

__all__ = ["Case", "cases_by_thinning", "standardise_truth"]


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


def standardise_truth(
    ds: xr.Dataset,
    *,
    orography: Orography | None = None,
    period: str | None = None,
    datum: str = "auto",
) -> xr.Dataset:
    """Bring true fine delays to the standard grid, with their orography.

    Parameters
    ----------
    ds : Dataset
        Delays as opened.
    orography : str, Path, Dataset or DataArray, optional
        Heights that they refer to [m]; default: their own, or those of a VMF grid whose official
        orography is at hand.
    period : str, optional
        "start/end": only these epochs.
    datum : {"auto", "geoid", "ellipsoid"}, optional
        What the heights count from.

    Returns
    -------
    Dataset
        ``zhd`` and/or ``zwd``, or ``ztd`` where the delays are given by that alone [m].

    Raises
    ------
    GridError
        If the heights are not known or no epoch is left.

    Examples
    --------
    >>> import numpy as np
    >>> metres = {"units": "m"}
    >>> ds = xr.Dataset(
    ...     {
    ...         "zwd": (("lat", "lon"), [[0.1, 0.2], [0.1, 0.2]], metres),
    ...         "orography": (("lat", "lon"), [[0.0, 0.0], [0.0, 0.0]], metres),
    ...     },
    ...     coords={"lat": [0.0, 1.0], "lon": [0.0, 1.0]},
    ... ).assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> standardise_truth(ds).lat.values.tolist()
    [1.0, 0.0]
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ztd split", TropdsxWarning)  # undone here
        truth = _without_split(ds, _with_heights(ds, orography, datum))
    return truth if period is None else in_period(truth, period)


def _with_heights(ds: xr.Dataset, orography: Orography | None, datum: str) -> xr.Dataset:
    """Bring fine delays to the standard grid; a total delay alone is split, as an input is."""
    truth, _ = standardise_input(ds, Options(coarse_orography=orography, heights=datum))
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
    measured, _ = standardise_measured(ds)
    if "ztd" not in measured or "zhd" in measured:
        return standard
    return standard.drop_vars(DELAYS).assign(ztd=measured["ztd"].assign_attrs(units="m"))


def cases_by_thinning(
    ds: xr.Dataset,
    steps: tuple[int, int],
    *,
    orography: Orography | None = None,
    period: str | None = None,
    all_phases: bool = False,
    datum: str = "auto",
) -> Iterator[Case]:
    """Make coarse grids of a fine one by keeping every n-th node.

    The VMF 5 degree grid is exactly its 1 degree grid thinned this way, so the pairs are real.

    Parameters
    ----------
    ds : Dataset
        Fine delays as opened.
    steps : tuple of int
        Every how many rows and columns a node is kept.
    orography, period, datum
        See :func:`standardise_truth`.
    all_phases : bool
        Every choice of first row and column, instead of the usual one.

    Yields
    ------
    Case
        The coarse grid keeps all epochs, so that the first and last of a period have neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> axes = {"lat": np.arange(8.5, -9.0, -1.0), "lon": np.arange(0.5, 12.0)}
    >>> flat = xr.DataArray(np.zeros((18, 12)), axes, attrs={"units": "m"})
    >>> fine = xr.Dataset({"zwd": flat + 0.2, "orography": flat})
    >>> fine = fine.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> [case.name for case in cases_by_thinning(fine, (3, 3))]
    ['every 3 x 3 nodes from 1, 1']
    """
    whole = _with_heights(ds, orography, datum)
    truth = _without_split(ds, whole)
    truth = truth if period is None else in_period(truth, period)
    for phase in list_phases(steps) if all_phases else [usual_phase(whole, steps)]:
        name = f"every {steps[0]} x {steps[1]} nodes from {phase[0]}, {phase[1]}"
        yield Case(thin(whole, steps, phase), truth, name, one_file=True)
