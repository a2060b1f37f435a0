"""The seam between labelled grids and networks: a time chunk goes in whole as a batch."""

from __future__ import annotations

from functools import lru_cache
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tropdsx.assets.registry import find_path
from tropdsx.cf.times import neighbour_rows
from tropdsx.errors import CheckpointError, warn
from tropdsx.nn.checkpoint import load_card
from tropdsx.predict.nodal import DELAYS, NodalRefiner
from tropdsx.predict.rmse_maps import add_rmse_maps, spacing_of
from tropdsx.predict.session import PRECISIONS, Handle, resolve_device
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
        Standard coarse grid that the guess was reduced from.
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
        checkpoint has RMSE maps. Lazy where the input is.
    network : dict
        For the provenance: ``model`` (id and sha256), ``device``, ``precision``; empty where no
        network ran.

    Raises
    ------
    CheckpointError
        If the checkpoint is missing, damaged, of another kind, or the device is not there.
    """
    if precision not in PRECISIONS:
        msg = f"precision {precision!r} is unknown; choose one of {PRECISIONS}"
        raise CheckpointError(msg)
    if batch_size is not None and (not isinstance(batch_size, Integral) or batch_size < 1):
        msg = f"batch_size {batch_size!r} found; accepted are whole numbers from 1, or None"
        raise CheckpointError(msg)
    path = find_path(model)
    card = _card(path, path.stat().st_mtime_ns, path.stat().st_size)
    handle = Handle(
        str(path),
        card["sha256"],
        resolve_device(device),
        precision,
        None if batch_size is None else int(batch_size),
    )
    if card["network"] == "unet":
        if sigma:
            msg = (
                f"checkpoint {card['model_id']!r} is a U-Net, which gives no sigma: leave it out, "
                "or choose 'default'"
            )
            raise CheckpointError(msg)
        refined = _refine_fields(first_guess, card, handle)
    else:
        _warn_spacing(grid, card)
        refined = _refine(first_guess, grid, handle, sigma, rows)
    if rows is None:
        add_rmse_maps(refined, handle, card, spacing_of(grid))
    return refined, _recorded(card, handle)


@lru_cache(maxsize=16)
def _card(path: Path, changed: int, size: int) -> dict[str, Any]:
    """Card of a checkpoint; its content is checked once for each state of the file."""
    del changed, size
    return load_card(path)


def _refine(
    first_guess: xr.Dataset,
    grid: xr.Dataset,
    handle: Handle,
    sigma: bool,
    rows: NDArray[np.intp] | None,
) -> xr.Dataset:
    grids = GridPair.from_datasets(grid, first_guess)
    nodes = {"lat": "node_lat", "lon": "node_lon"}
    height = node_heights(grid, "none").rename(nodes)
    fine_height = first_guess["orography"].transpose("lat", "lon").reset_coords(drop=True)
    given = tuple(name for name in DELAYS if name in first_guess)
    coarse = [grid[name] for name in given]
    for hours in (-6, 6):
        coarse += [_neighbour(grid[name], hours) for name in given]
    if rows is not None:
        coarse = [field.isel(time=rows) for field in coarse]
    coarse = [field.rename(nodes) for field in coarse]
    names = [*given, *(f"{name}_sigma" for name in given if sigma)]
    fields = xr.apply_ufunc(
        NodalRefiner(handle, grids, given, sigma),
        height.drop_vars(tuple(nodes.values()), errors="ignore"),
        fine_height,
        *(first_guess[name].drop_vars("orography", errors="ignore") for name in given),
        *(field.drop_vars(("node_lat", "node_lon")) for field in coarse),
        input_core_dims=[
            ["node_lat", "node_lon"],
            *([["lat", "lon"]] * (1 + len(given))),
            *([["node_lat", "node_lon"]] * 3 * len(given)),
        ],
        output_core_dims=[["lat", "lon"]] * len(names),
        dask="parallelized",
        output_dtypes=[np.float32] * len(names),
    )
    refined = first_guess.copy()
    for name, field in zip(names, fields if len(names) > 1 else [fields], strict=True):
        field.attrs = first_guess[name].attrs if name in first_guess else {"units": "m"}
        refined[name] = field
    return refined


def _refine_fields(first_guess: xr.Dataset, card: dict[str, Any], handle: Handle) -> xr.Dataset:
    """Send the first guess of the card's delays through a network for fine fields."""
    from tropdsx.predict.field import FieldRefiner

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


def _recorded(card: dict[str, Any], handle: Handle) -> dict[str, Any]:
    model = {"id": card["model_id"], "sha256": card["sha256"]}
    return {"model": model, "device": handle.device, "precision": handle.precision}


def _neighbour(field: xr.DataArray, hours: int) -> xr.DataArray:
    """Epochs exactly some hours away, all NaN where the series has none; chunked as the field.

    The look-up runs over the whole series, so that the result does not depend on the chunks.
    """
    source, found = neighbour_rows(field["time"].to_numpy(), hours)
    moved = field.variable[{field.dims[0]: source}]
    if field.chunks is not None:
        moved = moved.chunk(dict(zip(field.dims, field.chunks, strict=True)))
    present = xr.Variable(field.dims[:1], found)
    return field.copy(data=moved.where(present).data)


def _warn_spacing(grid: xr.Dataset, card: dict[str, Any]) -> None:
    seen = card.get("coarse_spacing")
    if not seen:
        return
    steps = [abs(float(grid[axis][1]) - float(grid[axis][0])) for axis in ("lat", "lon")]
    slack = 1e-3
    if min(steps) < seen[0] - slack or max(steps) > seen[1] + slack:
        text = (
            f"the network was trained on spacings of {seen[0]:g} to {seen[1]:g} degrees, the input "
            f"has {steps[0]:g} x {steps[1]:g}; check the result, or use model=None"
        )
        warn(text)
