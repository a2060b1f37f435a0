"""Pairs of coarse and fine fields, from a TropDS folder or from labelled data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.errors import InputError
from tropdsx.grid.thinning import middle_phase, parse_thinning, thin
from tropdsx.reduce.lift import reduce_to_orography
from tropdsx.workflows.train.data import (
    Fields,
    file_names,
    read_fine_fields,
    require_dates,
    require_known,
    split,
)
from tropdsx.workflows.train.field.options import THIN, FieldOptions
from tropdsx.workflows.train.options import flag

__all__ = ["FieldPairs", "as_tropds_folder", "block_mean", "make_field_pairs", "read_tropds_folder"]


class FieldPairs(NamedTuple):
    """Coarse fields on the fine grid, and the fine fields that they are to become.

    Attributes
    ----------
    coarse, fine : ndarray, shape (N, lat, lon)
        Of training [as data].
    valid_coarse, valid_fine : ndarray, shape (M, lat, lon)
        Of validation [as data].
    rmse : ndarray, shape (lat, lon), or None
        Past RMSE of the coarse fields [as data].
    spans : dict
        Epochs of training and validation, for the card.

    Examples
    --------
    >>> field = np.zeros((4, 2, 3), np.float32)
    >>> pairs = FieldPairs(field[:3], field[:3], field[3:], field[3:], None, {})
    >>> pairs.normal_range()
    (0.0, 0.0)
    """

    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]
    valid_coarse: NDArray[np.float32]
    valid_fine: NDArray[np.float32]
    rmse: NDArray[np.float32] | None
    spans: dict[str, Any]

    def normal_range(self) -> tuple[float, float]:
        """Return the least and the largest value of the training fields [as data]."""
        low = float(min(np.nanmin(self.coarse), np.nanmin(self.fine)))
        return low, float(max(np.nanmax(self.coarse), np.nanmax(self.fine)))


def as_tropds_folder(data: Fields) -> Path | None:
    """Tell a folder with TropDS arrays from other data.

    Parameters
    ----------
    data : path, paths or Dataset
        As given for training.

    Returns
    -------
    Path or None
        The folder; None for other data.

    Examples
    --------
    >>> as_tropds_folder("fine.nc") is None
    True
    """
    if not isinstance(data, (str, Path)):
        return None
    folder = Path(data)
    return folder if folder.is_dir() and any(folder.glob("*_clear.npy")) else None


def read_tropds_folder(folder: Path, options: FieldOptions) -> FieldPairs:
    """Read `{year}_blur.npy`, `{year}_clear.npy` and `weight.npy`.

    Parameters
    ----------
    folder : Path
        TropDS data folder.
    options : FieldOptions
        train and validate name years ("2020", "2020/2023"); without validation years the last
        tenth validates.

    Returns
    -------
    FieldPairs
        The arrays [as data].

    Raises
    ------
    InputError
        If no year has both files, or shapes differ.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for kind in ("blur", "clear"):
    ...         np.save(Path(folder, f"2023_{kind}.npy"), np.ones((20, 2, 4)))
    ...     pairs = read_tropds_folder(Path(folder), FieldOptions())
    >>> len(pairs.fine), len(pairs.valid_fine), pairs.spans
    (18, 2, {'train': [2023], 'validate': 'last tenth'})
    """
    _refuse_thinning(folder, options)
    years = sorted(
        int(m[1])
        for p in folder.glob("*_clear.npy")
        if (m := re.match(r"(\d+)_clear", p.name)) and (folder / f"{m[1]}_blur.npy").exists()
    )
    if not years:
        msg = f"{folder}: no year with both YEAR_blur.npy and YEAR_clear.npy"
        raise InputError(msg)
    valid = [y for y in years if _named(y, options.validate)] if options.validate else []
    train = [y for y in years if y not in valid and (not options.train or _named(y, options.train))]
    if not train or (options.validate and not valid):
        msg = f"{folder} holds the years {years}; the ranges given leave none to train or validate"
        raise InputError(msg)
    coarse, fine = _years(folder, train)
    if valid:
        rest = _years(folder, valid)
    else:
        tail = max(1, len(coarse) // 10)
        rest = coarse[-tail:], fine[-tail:]
        coarse, fine = coarse[:-tail], fine[:-tail]
    path = Path(options.rmse_map) if options.rmse_map else folder / "weight.npy"
    rmse = np.load(path).astype(np.float32) if path.exists() else None
    spans = {"train": train, "validate": valid or "last tenth"}
    return FieldPairs(coarse, fine, *rest, rmse, spans)


def _refuse_thinning(folder: Path, options: FieldOptions) -> None:
    """Refuse options that say how coarse fields are made of fine ones: a folder holds both."""
    usual = FieldOptions()
    given = [
        flag(name)
        for name in ("thin", "block_mean", "orography")
        if getattr(options, name) != getattr(usual, name)
    ]
    if given:
        msg = f"{folder} holds blurred and clear arrays, there is no use for {', '.join(given)}; "
        msg += "leave that out"
        raise InputError(msg)


def _named(year: int, ranges: tuple[str, ...]) -> bool:
    """Tell whether a year is inside one of the ranges "2020" or "2020/2023"."""
    for text in ranges:
        first, _, last = text.partition("/")
        if int(first[:4]) <= year <= int((last or first)[:4]):
            return True
    return False


def _years(folder: Path, years: list[int]) -> tuple[NDArray, NDArray]:
    """Read the coarse and the fine fields of some years."""
    parts = []
    for kind in ("blur", "clear"):
        fields = [np.load(folder / f"{y}_{kind}.npy").astype(np.float32) for y in years]
        parts.append(np.concatenate([f.reshape(-1, *f.shape[-2:]) for f in fields]))
    if parts[0].shape != parts[1].shape:
        msg = f"{folder}: blurred fields {parts[0].shape} and clear fields {parts[1].shape} differ"
        raise InputError(msg)
    return parts[0], parts[1]


def make_field_pairs(data: Fields, options: FieldOptions) -> FieldPairs:
    """Make coarse fields of fine ones: thinned or block means, then the physical first guess.

    Parameters
    ----------
    data : path, paths or Dataset
        Fine fields.
    options : FieldOptions
        Split by time, thinning, delay.

    Returns
    -------
    FieldPairs
        On the fine grid [m].

    Raises
    ------
    InputError, GridError
        If the fields cannot be split or thinned as asked, or a delay is missing.

    Examples
    --------
    >>> make_field_pairs("fine.nc", FieldOptions(units="cm"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tropdsx.errors.InputError: --units cm is for the arrays of a TropDS folder; the files given ...
    """
    if options.units is not None:
        msg = (
            f"--units {options.units} is for the arrays of a TropDS folder; the files given here "
            "name their own units: leave it out"
        )
        raise InputError(msg)
    variable = options.variable or "zwd"
    fine = require_dates(read_fine_fields(data, options.orography), file_names(data))
    train, valid = split(fine, options.train, options.validate)
    steps = parse_thinning(options.thin or THIN)
    parts = []
    for ds, which in ((train, "training"), (valid, "validation")):
        require_known(ds, which, [variable])
        coarse = (
            block_mean(ds, steps) if options.block_mean else thin(ds, steps, middle_phase(steps))
        )
        guess = reduce_to_orography(coarse, ds[["orography"]])[variable].to_numpy()
        parts.append((np.where(np.isfinite(guess), guess, ds[variable]), ds[variable].to_numpy()))
    times = [[str(t) for t in np.sort(ds["time"].values)[[0, -1]]] for ds in (train, valid)]
    rmse = np.load(options.rmse_map).astype(np.float32) if options.rmse_map else None
    return FieldPairs(*parts[0], *parts[1], rmse, {"train": times[0], "validate": times[1]})


def block_mean(ds: xr.Dataset, steps: tuple[int, int]) -> xr.Dataset:
    """Average over blocks of nodes, heights too; the new node is the centre of its block.

    Parameters
    ----------
    ds : Dataset
        Standard grid.
    steps : tuple of int
        Rows and columns of a block.

    Returns
    -------
    Dataset
        Coarse grid; rows and columns that fill no block are left out.

    Examples
    --------
    >>> ds = xr.Dataset({"zwd": (("lat", "lon"), [[0.1, 0.3], [0.1, 0.3]])})
    >>> block_mean(ds.assign_coords(lat=[89.5, 88.5], lon=[0.5, 1.5]), (2, 2)).lat.item()
    89.0
    """
    return ds.coarsen(lat=steps[0], lon=steps[1], boundary="trim").mean()
