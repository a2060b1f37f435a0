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
from tropdsx.workflows.train.data import Fields, dated, fine_fields, names_of, require_known, split
from tropdsx.workflows.train.options import TrainOptions, flag

__all__ = ["FieldPairs", "block_mean", "field_pairs", "tropds_folder"]


class FieldPairs(NamedTuple):
    """Blurred and clear fields (N, lat, lon) of training and validation, and past RMSE."""

    blurred: NDArray[np.float32]
    clear: NDArray[np.float32]
    valid_blurred: NDArray[np.float32]
    valid_clear: NDArray[np.float32]
    rmse: NDArray[np.float32] | None
    spans: dict[str, Any]


def tropds_folder(folder: str | Path, options: TrainOptions) -> FieldPairs:
    """Read `{year}_blur.npy`, `{year}_clear.npy` and `weight.npy`.

    Parameters
    ----------
    folder : path
        TropDS data folder. [as data]
    options : TrainOptions
        train and validate name years ("2020", "2020/2023"); without validation years the last
        tenth validates. [1]

    Raises
    ------
    InputError
        If no year has both files, or shapes differ.
    """
    folder, plain_options = Path(folder), TrainOptions(form="field")
    given = [
        flag(name)
        for name in ("thin", "block_mean", "orography")
        if getattr(options, name) != getattr(plain_options, name)
    ]
    if given:
        msg = f"{folder} holds blurred and clear arrays, there is no use for {', '.join(given)}; "
        msg += "leave that out"
        raise InputError(msg)
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
    blurred, clear = _years(folder, train)
    if valid:
        rest = _years(folder, valid)
    else:
        tail = max(1, len(blurred) // 10)
        rest = blurred[-tail:], clear[-tail:]
        blurred, clear = blurred[:-tail], clear[:-tail]
    path = Path(options.rmse_map) if options.rmse_map else folder / "weight.npy"
    rmse = np.load(path).astype(np.float32) if path.exists() else None
    spans = {"train": train, "validate": valid or "last tenth"}
    return FieldPairs(blurred, clear, *rest, rmse, spans)


def _named(year: int, ranges: tuple[str, ...]) -> bool:
    """Tell whether a year is inside one of the ranges "2020" or "2020/2023"."""
    for text in ranges:
        first, _, last = text.partition("/")
        if int(first[:4]) <= year <= int((last or first)[:4]):
            return True
    return False


def _years(folder: Path, years: list[int]) -> tuple[NDArray, NDArray]:
    parts = []
    for kind in ("blur", "clear"):
        fields = [np.load(folder / f"{y}_{kind}.npy").astype(np.float32) for y in years]
        parts.append(np.concatenate([f.reshape(-1, *f.shape[-2:]) for f in fields]))
    if parts[0].shape != parts[1].shape:
        msg = f"{folder}: blurred fields {parts[0].shape} and clear fields {parts[1].shape} differ"
        raise InputError(msg)
    return parts[0], parts[1]


def field_pairs(data: Fields, options: TrainOptions) -> FieldPairs:
    """Make blurred fields of fine ones: thinned or block means, then the physical first guess."""
    if options.units is not None:
        msg = (
            f"--units {options.units} is for the arrays of a TropDS folder; the files given here "
            "name their own units: leave it out"
        )
        raise InputError(msg)
    variable = options.variable or "zwd"
    fine = dated(fine_fields(data, options.orography), names_of(data))
    train, valid = split(fine, options.train, options.validate)
    steps = parse_thinning(options.thin[0])
    parts = []
    for ds, which in ((train, "training"), (valid, "validation")):
        require_known(ds, which, [variable])
        coarse = (
            block_mean(ds, steps)
            if options.block_mean
            else thin(ds, steps, middle_phase(steps))
        )
        guess = reduce_to_orography(coarse, ds[["orography"]])[variable].to_numpy()
        parts += [np.where(np.isfinite(guess), guess, ds[variable]), ds[variable].to_numpy()]
    times = [[str(t) for t in np.sort(ds["time"].values)[[0, -1]]] for ds in (train, valid)]
    rmse = np.load(options.rmse_map).astype(np.float32) if options.rmse_map else None
    return FieldPairs(*parts, rmse, {"train": times[0], "validate": times[1]})


def block_mean(ds: xr.Dataset, steps: tuple[int, int]) -> xr.Dataset:
    """Mean over blocks of nodes, heights too; the new node is the centre of its block."""
    return ds.coarsen(lat=steps[0], lon=steps[1], boundary="trim").mean()
