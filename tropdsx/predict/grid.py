"""Refine labelled grids with a network: here a Dataset becomes arrays, and arrays a Dataset.

A chunk of epochs goes to the network whole, as a batch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.cf.attributes.expected import describe_expected, expected_names
from tropdsx.cf.attributes.limits import count_names, describe_count
from tropdsx.cf.quantities import DELAYS
from tropdsx.errors import CheckpointError
from tropdsx.predict.accuracy.rmse_maps import add_rmse_maps, spacing_of
from tropdsx.predict.field import FieldRefiner
from tropdsx.predict.inputs import coarse_series, find_network, warn_spacing
from tropdsx.predict.nodal import NodalRefiner
from tropdsx.predict.points import grid_window
from tropdsx.predict.session import Handle
from tropdsx.reduce.geometry import GridPair, node_heights

__all__ = ["predict_grid"]


def predict_grid(
    first_guess: xr.Dataset,
    grid: xr.Dataset,
    model: str | Path = "default",
    *,
    device: str = "auto",
    batch_size: int | None = None,
    precision: str = "float32",
    sigma: bool = False,
    rows: NDArray[np.intp] | None = None,
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Refine a first guess with a network.

    Parameters
    ----------
    first_guess : Dataset
        ``zhd`` and ``zwd`` (time, lat, lon) at the fine ``orography`` [m].
    grid : Dataset
        Standard coarse grid that the guess was reduced from [m].
    model : str or Path
        Name of a shipped checkpoint, or a file.
    device, precision : str
        Where and how: "auto", "cpu", "cuda", "cuda:N"; "float32", "tf32", "bf16".
    batch_size : int, optional
        Slices at once.
    sigma : bool
        Add ``zhd_sigma`` and ``zwd_sigma`` [m].
    rows : ndarray of int, optional
        Epochs of ``grid`` that ``first_guess`` has, where ``grid`` has neighbouring ones as well;
        RMSE maps are left out then.

    Returns
    -------
    refined : Dataset
        The same grid and coordinates, with ``zhd_rmse`` and ``zwd_rmse`` (lat, lon) [m] where the
        checkpoint has RMSE maps, and of a nodal network ``zhd_bounded``, ``zwd_bounded``,
        ``zwd_floored`` (time), see :mod:`tropdsx.cf.attributes.limits`, and ``zhd_expected_error``,
        ``zwd_expected_error`` (time) [m]. Lazy where the input is.
    network : dict
        For the provenance: ``model`` (id and sha256), ``device``, ``precision``.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing, damaged, of another kind, or the device is not there.

    Examples
    --------
    >>> from tropdsx.reduce import reduce_to_orography
    >>> axes = {"lat": [50.0, 45.0, 40.0], "lon": [0.0, 5.0, 10.0]}
    >>> flat = xr.DataArray(np.zeros((3, 3)), axes, ("lat", "lon"))
    >>> zwd = (flat.expand_dims(time=[np.datetime64("2021-01-01", "ns")]) + 0.1).astype("f4")
    >>> coarse = xr.Dataset({"zwd": zwd, "orography": flat})
    >>> fine = xr.Dataset({"orography": flat.interp(lat=[46.0], lon=[3.0])})
    >>> guess = reduce_to_orography(coarse, fine)
    >>> refined, network = predict_grid(guess, coarse, device="cpu", sigma=True)
    >>> sorted(refined)[:4], network["precision"]
    (['zwd', 'zwd_bounded', 'zwd_expected_error', 'zwd_floored'], 'float32')
    """
    card, handle = find_network(model, device, precision, batch_size)
    if card["network"] == "unet":
        if sigma:
            msg = (
                f"checkpoint {card['model_id']!r} is a U-Net, which gives no sigma: leave it out, "
                "or choose 'default'"
            )
            raise CheckpointError(msg)
        refined = _refine_fields(first_guess, card, handle)
    else:
        warn_spacing(grid, card)
        refined = _refine_nodal(first_guess, grid, handle, sigma, rows)
    if rows is None:
        add_rmse_maps(refined, handle, card, spacing_of(grid))
    identity = {"id": card["model_id"], "sha256": card["sha256"]}
    return refined, {"model": identity, "device": handle.device, "precision": handle.precision}


def _refine_nodal(
    first_guess: xr.Dataset,
    grid: xr.Dataset,
    handle: Handle,
    sigma: bool,
    rows: NDArray[np.intp] | None,
) -> xr.Dataset:
    """Send the first guess and three epochs of coarse nodes through a nodal network."""
    given = tuple(name for name in DELAYS if name in first_guess)
    nodes = {"lat": "node_lat", "lon": "node_lon"}
    coarse = coarse_series(grid, given, rows)
    coarse = [field.rename(nodes).drop_vars(tuple(nodes.values())) for field in coarse]
    height = node_heights(grid, "none").rename(nodes)
    fine_height = first_guess["orography"].transpose("lat", "lon").reset_coords(drop=True)
    names = [*given, *(f"{name}_sigma" for name in given if sigma)]
    fine_dims, coarse_dims = ["lat", "lon"], list(nodes.values())
    grids, counts = GridPair.from_datasets(grid, first_guess), count_names(given)
    expected = expected_names(given)
    found = xr.apply_ufunc(
        NodalRefiner(handle, grids, given, sigma, counts=True),
        height.drop_vars(coarse_dims, errors="ignore"),
        fine_height,
        *(first_guess[name].drop_vars("orography", errors="ignore") for name in given),
        *coarse,
        input_core_dims=[
            coarse_dims,
            *([fine_dims] * (1 + len(given))),
            *([coarse_dims] * len(coarse)),
        ],
        output_core_dims=[*([fine_dims] * len(names)), *([[]] * (len(counts) + len(expected)))],
        dask="parallelized",
        output_dtypes=[
            *([np.float32] * len(names)),
            *([np.int32] * len(counts)),
            *([np.float32] * len(expected)),
        ],
    )
    of = {"nodes": grid_window(0, grids).wanted, "points": fine_height.size}
    refined = first_guess.copy()
    for name, field in zip([*names, *counts, *expected], found, strict=True):
        field.attrs = first_guess[name].attrs if name in first_guess else {"units": "m"}
        if name in counts:
            field.attrs = describe_count(name, **of)
        if name in expected:
            field.attrs = describe_expected(name)
        refined[name] = field
    return refined


def _refine_fields(first_guess: xr.Dataset, card: dict[str, Any], handle: Handle) -> xr.Dataset:
    """Send the first guess of the card's delays through a network for fine fields."""
    names = [name for name in card["variables"] if name in first_guess]
    if not names:
        msg = (
            f"checkpoint {card['model_id']!r} refines {card['variables']}, the input holds "
            f"{sorted(map(str, first_guess))}; choose another model, or import it with --variable"
        )
        raise CheckpointError(msg)
    refined = first_guess.copy()
    for name in names:
        field = xr.apply_ufunc(
            FieldRefiner(handle),
            first_guess[name],
            input_core_dims=[["lat", "lon"]],
            output_core_dims=[["lat", "lon"]],
            dask="parallelized",
            output_dtypes=[np.float32],
        )
        refined[name] = field.assign_attrs(first_guess[name].attrs)
    return refined
