"""Write simulated delays on real terrain as CF NetCDF."""

from __future__ import annotations

import shlex
from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tropdsx.cf.description import describe
from tropdsx.cf.quantities import DELAYS
from tropdsx.cf.time.text import as_date
from tropdsx.pipeline.target import resolve_target
from tropdsx.system.staging import check_target
from tropdsx.system.workers import Progress
from tropdsx.workflows.simulate.delays import simulate
from tropdsx.write.provenance import make_provenance
from tropdsx.write.save import check_storage, write_described

__all__ = ["write_simulation"]

#: Epochs computed at once.
BLOCK_EPOCHS = 8


def write_simulation(
    output: str | Path,
    *,
    seed: int = 0,
    start: datetime | str = "2022-07-01",
    epochs: int = 8,
    step: float = 6.0,
    spacing: float = 1.0,
    orography: str | Path | None = None,
    floor: float = 0.0005,
    temperature: bool = False,
    compression: str = "zlib:1",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Simulate zenith delays on real terrain and write them to a file.

    Parameters
    ----------
    output : str or Path
        File (.nc) or store (.zarr).
    seed : int
        Names the weather: the same seed gives the same fields on any grid.
    start : datetime or str
        First epoch [UTC].
    epochs : int
        Number of epochs.
    step : float
        From one epoch to the next [h].
    spacing : float
        Between the cell centres of the global grid [deg].
    orography : str or Path, optional
        File of a terrain [m, ellipsoidal], whose nodes and heights are used; default: the cell
        means of the shipped 1 degree orography, at `spacing`.
    floor : float
        Smallest wet delay [m].
    temperature : bool
        Add the surface temperature.
    compression, overwrite, progress
        See :func:`tropdsx.write.write_netcdf`.

    Returns
    -------
    Path
        Where the file is.

    Raises
    ------
    TropdsxError
        If the output exists or cannot be written, or the terrain cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_simulation(f"{folder}/coarse.nc", epochs=2, spacing=30.0)
    ...     with xr.open_dataset(path) as ds:
    ...         dict(ds.zwd.sizes)
    {'time': 2, 'lat': 6, 'lon': 12}
    """
    # Before the first epoch is computed: an output that cannot be written.
    storage = check_storage(output, compression=compression)
    check_target(output, overwrite=overwrite)
    begin = as_date(start).astype("datetime64[s]")
    parameters = {
        "seed": seed,
        "start": str(begin),
        "epochs": epochs,
        "step": step,
        "spacing": spacing,
        "orography": None if orography is None else str(orography),
        "floor": floor,
        "temperature": temperature,
    }
    everywhere = xr.Dataset(coords={"lat": 89.5 - np.arange(180.0), "lon": 0.5 + np.arange(360.0)})
    terrain = resolve_target(orography or spacing, everywhere).fine
    seconds = np.round(np.arange(epochs) * step * 3600.0)
    ds = simulate(
        begin + seconds.astype("timedelta64[s]"),
        terrain["lat"],
        terrain["lon"],
        terrain["orography"],
        seed=seed,
        variables=(*DELAYS, "temperature") if temperature else DELAYS,
        floor=floor,
        chunks=min(BLOCK_EPOCHS, epochs),
    )
    provenance = make_provenance(_spell_command(output, parameters), parameters=parameters)
    own = {key: ds.attrs[key] for key in ("title", "source", "comment")}
    described = describe(ds, provenance=provenance, attrs=own)
    return write_described(described, output, overwrite=overwrite, progress=progress, **storage)


def _spell_command(output: str | Path, parameters: dict[str, Any]) -> str:
    """Spell the command with all its options, those first that are not the usual ones."""
    usual = {name: each.default for name, each in signature(write_simulation).parameters.items()}
    usual["start"] = str(np.datetime64(usual["start"], "s"))
    words = ["tropdsx", "simulate", str(output)]
    for name, value in sorted(parameters.items(), key=lambda item: item[1] == usual[item[0]]):
        if value is True:
            words.append(f"--{name}")
        elif value is not None and value is not False:
            words += [f"--{name}", str(value)]
    return shlex.join(words)
