"""Bring a result, its coarse input and a reference to standard order, and tell an evaluation."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import xarray as xr

from tropdsx.cf.quantities import DELAYS_AND_TOTAL
from tropdsx.errors import GridError, InputError, TropdsxWarning
from tropdsx.workflows.evaluate.align import align

__all__ = ["Sources", "is_evaluation", "refuse_others", "with_labels"]

#: What a result may hold besides delays and the standard deviations of their parts.
_ON_SAME_NODES = ("ztd_sigma", "stations_used")


class Sources(NamedTuple):
    """What is shown together, in standard order [m].

    Attributes
    ----------
    fine : Dataset
        The result, with standard deviations and numbers of stations where it has them.
    coarse, reference : Dataset or None
        Its input, and the truth at its nodes.
    """

    fine: xr.Dataset
    coarse: xr.Dataset | None = None
    reference: xr.Dataset | None = None

    @classmethod
    def of(
        cls, fine: xr.Dataset, coarse: xr.Dataset | None, reference: xr.Dataset | None
    ) -> Sources:
        """Standardise datasets in any orientation.

        Parameters
        ----------
        fine, coarse, reference : Dataset or None
            Delays as opened.

        Returns
        -------
        Sources
            Lazy where they are.

        Raises
        ------
        GridError
            If one holds no delay on a grid, or nothing is in common with the reference.
        InputError
            If the result is of another kind, see :func:`refuse_others`.
        """
        refuse_others(fine, "the result")
        with warnings.catch_warnings():
            # Missing values are grey on the map; each warning was given where the file was made.
            warnings.filterwarnings("ignore", ".*(NaN|missing)", TropdsxWarning)
            own = _standard(fine)
            nodes = None if coarse is None else _standard(coarse)
            truth = None if reference is None else align(fine, reference).reference
        if nodes is not None and not set(nodes) & set(own) & set(DELAYS_AND_TOTAL):
            msg = (
                f"the coarse grid holds {', '.join(map(str, nodes))} and the result "
                f"{', '.join(map(str, own))}: none in common; give the coarse input of this result"
            )
            raise GridError(msg)
        return cls(own, nodes, truth)


def _standard(ds: xr.Dataset) -> xr.Dataset:
    """Delays and what stands beside them in standard order: what a grid shares with itself."""
    own = align(ds, ds, one_file=True).fine
    for name in _ON_SAME_NODES:
        if name in ds and "zwd" in own:
            # Only what stands beside a delay is known there; this lies on the same nodes.
            beside = align(ds.assign(zwd_sigma=ds[name]), ds, one_file=True).fine
            own = own.assign({name: beside["zwd_sigma"]})
    return own


def is_evaluation(ds: xr.Dataset) -> bool:
    """Tell scores of an evaluation from delays.

    Parameters
    ----------
    ds : Dataset
        Any.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_evaluation(xr.Dataset({"rmse": (("variable", "group"), [[0.01]])}))
    True
    """
    return "rmse" in ds and {"variable", "group"} <= set(ds["rmse"].dims)


def refuse_others(ds: xr.Dataset, name: str) -> None:
    """Refuse what tropdsx writes beside delays on a grid, and say what shows it.

    Parameters
    ----------
    ds : Dataset
        Any.
    name : str
        What the message calls it.

    Raises
    ------
    InputError
        If it is a map of where to put a station, or of series or analyses at places.

    Examples
    --------
    >>> refuse_others(xr.Dataset({"ztd": (("time", "station"), [[2.4]])}), "points.nc")
    Traceback (most recent call last):
    tropdsx.errors.InputError: points.nc holds delays at 1 stations and no grid; ...
    """
    accepted = "a page shows delays on a grid, or what `tropdsx evaluate -o` writes"
    if "sigma_gain" in ds:
        msg = (
            f"{name} is a map of where one more station would help most (reconstruct --where next) "
            "and holds no delays: its sigma_gain is for a map program, such as Panoply or QGIS, "
            f"or xarray's .plot(); {accepted}"
        )
        raise InputError(msg)
    named = {str(each) for each in ds.variables} & {*DELAYS_AND_TOTAL}
    if named and all("station" in ds[each].dims for each in named):
        msg = (
            f"{name} holds delays at {ds.sizes['station']} stations and no grid; {accepted}. "
            "Compare series with observations by `tropdsx evaluate none --data GRID --stations "
            "STATIONS --observations FILE`, draw them by `tropdsx stations ... --figure PLOT.png`, "
            "or report the analysis on the grid (reconstruct without --where), which has a table "
            "of its stations"
        )
        raise InputError(msg)


def with_labels(ds: xr.Dataset) -> xr.Dataset:
    """Give the scores of a file their labels back, which CF keeps beside the dimensions.

    Parameters
    ----------
    ds : Dataset
        Scores; ``variable_name`` (variable) and others as ``tropdsx evaluate`` writes them.

    Returns
    -------
    Dataset
        With ``variable``, ``group``, ``model`` ... as coordinates of their dimensions.

    Examples
    --------
    >>> ds = xr.Dataset(coords={"group_name": ("group", ["all"])})
    >>> with_labels(ds).group.values.tolist()
    ['all']
    """
    names = [str(dim) for dim in ds.dims if f"{dim}_name" in ds and dim not in ds.coords]
    return ds.assign_coords({dim: ds[f"{dim}_name"].to_numpy() for dim in names})
