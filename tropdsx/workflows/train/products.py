"""Other data than the fine fields of a run: products to check on or to learn from, coarse files."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from tropdsx.errors import InputError
from tropdsx.grid.standardise import standardise_grid
from tropdsx.grid.thinning import find_thinning, parse_thinning
from tropdsx.read.delays import open_delays
from tropdsx.workflows.train.data import Fields, file_names, read_fine_fields
from tropdsx.workflows.train.moisture import Moisture

__all__ = [
    "Also",
    "Check",
    "Extras",
    "check_names",
    "describe_product",
    "find_coarse_thinning",
    "require_shares",
]


class Check(NamedTuple):
    """More validation data.

    Attributes
    ----------
    data : path, paths or Dataset
        Fine fields.
    orography : path, optional
        File with their heights, if they have none.
    thin : str
        Thinning "5x5".
    phase : tuple of int
        First row and column of the nodes.

    Examples
    --------
    >>> Check("VMF3_2021*.H*", "orography_ell_1x1", "5x5", (2, 2)).thin
    '5x5'
    """

    data: Fields
    orography: str | Path | None
    thin: str
    phase: tuple[int, int]


class Also(NamedTuple):
    """More training data.

    Attributes
    ----------
    data, orography, thin
        As :class:`Check` has them.
    share : float
        How often it is drawn, relative to the other lessons [1].

    Examples
    --------
    >>> Also("VMF3_2021*.H*", "orography_ell_1x1", "5x5", 0.05).share
    0.05
    """

    data: Fields
    orography: str | Path | None
    thin: str
    share: float


class Extras(NamedTuple):
    """What a run may be given beside its fine fields; see `fit`.

    Attributes
    ----------
    coarse : path, paths or Dataset, optional
        Coarse fields whose nodes say what the pairs are.
    check : sequence of Check
        More validation data.
    also : sequence of Also
        Other products to train on.
    refit_of : path or name, optional
        Tested checkpoint whose network is trained anew on all epochs.
    moisture, check_moisture : sequence of Moisture
        Moisture fields to train on, and to validate on.

    Examples
    --------
    >>> Extras(check=[Check("VMF3.H00", None, "5x5", (2, 2))]).also
    ()
    """

    coarse: Fields | None = None
    check: Sequence[Check] = ()
    also: Sequence[Also] = ()
    refit_of: str | Path | None = None
    moisture: Sequence[Moisture] = ()
    check_moisture: Sequence[Moisture] = ()


def require_shares(also: Sequence[Also]) -> None:
    """Refuse other products that no batch would be drawn from.

    Parameters
    ----------
    also : sequence of Also
        As given for training.

    Raises
    ------
    InputError
        If a share is not positive, or a thinning is not understood.

    Examples
    --------
    >>> require_shares([Also("era5.nc", None, "5x5", 0.0)])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: --also era5.nc, 5x5 has the share 0 of the batches; give more ...
    """
    for more in also:
        parse_thinning(more.thin)
        if not 0 < more.share < math.inf:
            msg = (
                f"--also {' '.join(file_names(more.data))}, {more.thin} has the share "
                f"{more.share:g} of the batches; give more than 0, e.g. 0.05, or leave it out"
            )
            raise InputError(msg)


def check_names(checks: Sequence[Check]) -> list[str]:
    """Name checks by their thinning; by phase and files too where a thinning comes twice.

    Parameters
    ----------
    checks : sequence of Check
        As given for training.

    Returns
    -------
    list of str
        One for each.

    Raises
    ------
    InputError
        If the same check is given twice.

    Examples
    --------
    >>> one = Check("VMF3_2021", None, "5x5", (2, 2))
    >>> check_names([one])
    ['check 5x5']
    >>> check_names([one, one._replace(data="VMF3_2022"), one._replace(thin="2x2")])
    ['check 5x5@2,2 VMF3_2021', 'check 5x5@2,2 VMF3_2022', 'check 2x2']
    """
    often = Counter(each.thin for each in checks)
    names: list[str] = []
    for each in checks:
        place = f"@{each.phase[0]},{each.phase[1]} {' '.join(file_names(each.data))}"
        name = f"check {each.thin}" + (place if often[each.thin] > 1 else "")
        if name in names:
            msg = f"{name!r} is given twice; leave one of the two --check out"
            raise InputError(msg)
        names.append(name)
    return names


def describe_product(more: Also) -> dict[str, Any]:
    """Describe another product for the card.

    Parameters
    ----------
    more : Also
        As given for training.

    Returns
    -------
    dict
        Names of its files, thinning, share.

    Examples
    --------
    >>> describe_product(Also("data/era5.nc", None, "5x5", 0.1))
    {'data': ['era5.nc'], 'thin': '5x5', 'share': 0.1}
    """
    return {"data": file_names(more.data), "thin": more.thin, "share": more.share}


def find_coarse_thinning(
    fine: xr.Dataset, coarse: Fields
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Find the thinning that makes the nodes of coarse files out of those of the fine grid.

    Parameters
    ----------
    fine : Dataset
        Standard grid with orography [m].
    coarse : path, paths or Dataset
        Coarse fields; only their nodes matter, so they need no heights.

    Returns
    -------
    tuple
        Steps and phase, each (southward, eastward).

    Raises
    ------
    GridError
        If the coarse nodes are not nodes of the fine grid.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.array(["2022-03-09"], "M8[ns]")
    >>> axes = {"time": time, "lat": np.arange(90.0, -91, -10), "lon": np.arange(0, 360, 15.0)}
    >>> flat = xr.DataArray(np.full((1, 19, 24), 0.2), axes, tuple(axes), attrs={"units": "m"})
    >>> fine = xr.Dataset({"zhd": flat + 2.1, "zwd": flat}).assign(orography=0 * flat[0])
    >>> fine["zhd"].attrs["units"] = fine["orography"].attrs["units"] = "m"
    >>> find_coarse_thinning(fine, fine.isel(lat=slice(0, None, 3), lon=slice(1, None, 2)))
    ((3, 2), (0, 1))
    """
    ds = coarse if isinstance(coarse, xr.Dataset) else open_delays(coarse, chunks=None)
    grid, _ = standardise_grid(ds)
    heights = None
    if "orography" not in grid:
        near = fine["orography"].sel(lat=grid["lat"], lon=grid["lon"], method="nearest")
        heights = near.assign_coords(lat=grid["lat"], lon=grid["lon"])
    return find_thinning(fine, read_fine_fields(coarse, heights))
