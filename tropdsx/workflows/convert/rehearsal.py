"""Rehearse a conversion: what it would do, how long it would take, how large the output would be.

The first blocks are computed and written into a temporary folder with the code of the conversion
itself; nothing else is written.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from tropdsx.errors import InputError, TropdsxWarning
from tropdsx.pipeline.plan import Plan
from tropdsx.system.paths import names_store
from tropdsx.system.workers import compute_here, usable_cores
from tropdsx.workflows.convert.blocks import count_steps
from tropdsx.workflows.convert.files import refuse_idle
from tropdsx.workflows.convert.job import Job, lay_out, opened
from tropdsx.workflows.convert.series import Series, find_series_dim
from tropdsx.workflows.convert.tropds_arrays import is_tropds
from tropdsx.write.save import write_described

__all__ = ["Rehearsal", "rehearse"]


@dataclass(frozen=True)
class Rehearsal:
    """What a conversion would do.

    Attributes
    ----------
    plan : Plan
        The decisions; its grid is closed.
    described : Dataset
        Names, sizes and attributes of the result; its values cannot be read any more.
    target : Path
        Output, which is not written.
    storage : dict
        How values would be stored.
    coarse_heights : tuple of float or None
        Lowest and highest of the coarse grid [m, ellipsoidal]; None where there are none.
    epochs, block, measured : int
        Epochs in all, in a block, and in what was measured.
    seconds_an_epoch : float
        As measured with all workers at once [s].
    seconds : float
        In all, with what comes before the first epoch [s].
    bytes_uncompressed, bytes_written : int
        Of the values in memory; of the output, from what was measured [byte].
    """

    plan: Plan
    described: xr.Dataset
    target: Path
    storage: dict[str, Any]
    coarse_heights: tuple[float, float] | None
    epochs: int
    block: int
    measured: int
    seconds_an_epoch: float
    seconds: float
    bytes_uncompressed: int
    bytes_written: int


def rehearse(
    inputs: Sequence[str | Path],
    output: str | Path | None = None,
    *,
    norm: tuple[float, float] | None = None,
    weight: str | Path | None = None,
    compression: str = "zlib:1",
    quantize: bool = False,
    pack: bool = False,
    zarr_format: int | None = None,
    **options: Any,
) -> Rehearsal:
    """Say what :func:`tropdsx.convert` would do, measured on the first blocks.

    Parameters
    ----------
    inputs, output, norm, weight, compression, quantize, pack, zarr_format, **options
        See :func:`tropdsx.convert`; a cluster (``scheduler``) is refused.

    Returns
    -------
    Rehearsal

    Raises
    ------
    TropdsxError
        As the conversion would; InputError for TropDS arrays, which are converted at once, and
        for a cluster.

    Examples
    --------
    >>> import numpy as np
    >>> box = {"lat": [2.5, -2.5], "lon": [2.5, 7.5]}
    >>> zhd = xr.DataArray([[2.3, 2.2], [2.3, 2.2]], box, attrs={"units": "m"})
    >>> ds = zhd.to_dataset(name="zhd").assign(orography=zhd * 0)
    >>> ds = ds.assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/box.nc")
    ...     found = rehearse([f"{folder}/box.nc"], model="none")
    ...     found.target.name, found.target.exists(), found.epochs
    ('box_tropdsx.nc', False, 1)
    """
    paths = list(inputs)
    if is_tropds(paths, options.get("model", "default")):
        msg = "a TropDS array is turned as it is: there is nothing to rehearse, leave out --dry-run"
        raise InputError(msg)
    if options.get("scheduler") is not None:
        msg = "a rehearsal measures this machine, not a cluster: leave out --scheduler"
        raise InputError(msg)
    if options.get("reference") is not None:
        msg = "a rehearsal measures the first blocks, RMSE maps need all: leave out --reference"
        raise InputError(msg)
    refuse_idle(paths[0], norm=norm, weight=weight)
    options.pop("resume", None)  # what is left of a run is not looked at
    storage = {"compression": compression, "quantize": quantize, "pack": pack}
    before = time.perf_counter()
    with opened(paths, output, storage | {"zarr_format": zarr_format}, **options) as job:
        fine = lay_out(job)
        return _measure(job, fine, time.perf_counter() - before)


def _measure(job: Job, fine: xr.Dataset, before: float) -> Rehearsal:
    """Write the first blocks twice: the first time the network is loaded."""
    time_dim = find_series_dim(fine)
    epochs = 1 if time_dim is None else fine.sizes[time_dim]
    block = count_steps(job.plan) if job.bands is None else job.bands.steps
    lazy = any(var.chunks is not None for var in fine.data_vars.values())
    several = block * usable_cores() if job.bands is None else 1  # one has work for all cores
    count = min(epochs, several) if lazy else epochs
    with tempfile.TemporaryDirectory(prefix="tropdsx-rehearsal-") as folder:
        path = Path(folder) / f"first{job.target.suffix}"
        first = _write(job, fine, time_dim, count, path)
        again = _write(job, fine, time_dim, count, path) if lazy else before + first
        whole, moving = _sizes(path, fine, time_dim)
    each = again / count
    return Rehearsal(
        job.plan,
        fine,
        job.target,
        job.storage,
        _range_of_heights(job.plan.grid),
        epochs,
        block,
        count,
        each,
        before + first + each * (epochs - count),
        fine.nbytes,
        round(whole + moving * (epochs / count - 1)),
    )


def _range_of_heights(grid: xr.Dataset) -> tuple[float, float] | None:
    if "orography" not in grid:
        return None
    heights = compute_here(grid["orography"])
    return float(heights.min()), float(heights.max())


def _write(job: Job, fine: xr.Dataset, time_dim: Hashable | None, count: int, path: Path) -> float:
    """Compute and write the first epochs, as the conversion does: seconds."""
    before = time.perf_counter()
    if time_dim is None and job.bands is None:
        write_described(fine, path, overwrite=True, **job.storage)
        return time.perf_counter() - before
    plan = replace(job.plan, grid=job.plan.grid.isel(time=slice(count)))
    part = fine if time_dim is None else fine.isel({time_dim: slice(count)})
    part.encoding |= fine.encoding
    with warnings.catch_warnings():
        # The whole input was spoken of; that the part ends early is no news.
        warnings.simplefilter("ignore", TropdsxWarning)
        where = (time_dim, path, job.storage)
        Series(plan, part, *where, overwrite=True, bands=job.bands).write()
    return time.perf_counter() - before


def _sizes(path: Path, fine: xr.Dataset, time_dim: Hashable | None) -> tuple[int, int]:
    """Bytes of an output, and those of them that grow with time."""
    growing = [str(name) for name, var in fine.variables.items() if time_dim in var.dims]
    if names_store(path):
        sizes = {file: file.stat().st_size for file in path.rglob("*") if file.is_file()}
        chunks = [file for file in sizes if file.name[0] != "." and file.name != "zarr.json"]
        moving = [sizes[file] for file in chunks if file.relative_to(path).parts[0] in growing]
        return sum(sizes.values()), sum(moving)
    import h5py  # netCDF4 does not tell how much room a variable takes

    with h5py.File(path) as file:
        moving = [file[name].id.get_storage_size() for name in growing if name in file]
    return path.stat().st_size, sum(moving)
