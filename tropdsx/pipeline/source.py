"""The caller's input on the standard grid, with the orography that belongs to it."""

from __future__ import annotations

from dataclasses import replace

import xarray as xr

from tropdsx import assets
from tropdsx.cf.time.dates import UNDATED
from tropdsx.cf.variables import UNKNOWN_HEIGHTS
from tropdsx.errors import GridError, warn
from tropdsx.grid.restore import GridRecord
from tropdsx.grid.standardise import standardise_grid
from tropdsx.pipeline.options import Options
from tropdsx.pipeline.plausibility import check_plausibility
from tropdsx.pipeline.target import NONE
from tropdsx.read.orography import resolve_orography
from tropdsx.system.hashing import sha256_of

__all__ = ["VMF_OROGRAPHY", "standardise_input"]

#: Official orography of a VMF grid by its number of rows and columns.
VMF_OROGRAPHY = {
    (36, 72): "orography_ell_5x5",
    (91, 144): "orography_ell",
    (180, 360): "orography_ell_1x1",
}


def standardise_input(
    ds: xr.Dataset, options: Options, *, moving: bool = False, probe: bool = False
) -> tuple[xr.Dataset, GridRecord]:
    """Bring the input to the standard grid, with the orography the options name, and check it.

    Parameters
    ----------
    ds : Dataset
        Coarse delays as opened.
    options : Options
        ``coarse_orography`` and ``heights`` are used; a known VMF grid finds its own orography
        where the asset is at hand.
    moving : bool, optional
        Keep an orography that changes with time instead of refusing it.
    probe : bool, optional
        Read the first epoch of a lazy input to check it at once.

    Returns
    -------
    grid : Dataset
        Standard grid.
    record : GridRecord
        How to restore the caller's orientation.

    Raises
    ------
    GridError, UnitsError
        If no delays on a latitude-longitude grid are found, or units and values do not agree.

    Examples
    --------
    >>> axes = {"latitude": [40.0, 45.0], "longitude": [-10.0, -5.0]}
    >>> zhd = xr.DataArray([[230.0, 231.0]] * 2, axes, attrs={"units": "cm"})
    >>> import numpy as np
    >>> ds = zhd.to_dataset(name="zhd").assign_coords(time=np.datetime64("2022-07-01", "ns"))
    >>> grid, _ = standardise_input(ds, Options())
    >>> grid.lat.values, grid.lon.values
    (array([45., 40.]), array([350., 355.]))
    """
    grid, record = _standardise(ds, options, moving=moving)
    reasons = [note for note in record.notes if note.endswith(UNDATED)]
    before = ds.attrs.get("tropdsx_notes")  # a list of a grid that was standardised in this run
    told = isinstance(before, list) and any(str(note).endswith(UNDATED) for note in before)
    if reasons and not told:
        text = (
            f"{reasons[0]}, so that heights are lifted with the mean of the year, and networks see "
            "no neighbouring epochs"
        )
        warn(text)
    grid, notes = check_plausibility(grid, record.notes, probe=probe)
    return grid, replace(record, notes=notes)


def _standardise(
    ds: xr.Dataset, options: Options, *, moving: bool
) -> tuple[xr.Dataset, GridRecord]:
    choice = options.coarse_orography
    if choice is None or (isinstance(choice, str) and choice == NONE):
        grid, record = standardise_grid(ds, heights=options.heights, moving=moving)
        if choice == NONE:
            return grid.drop_vars("orography", errors="ignore"), record
        if "orography" not in grid:
            return _with_known_orography(ds, grid, record)
        return grid, record
    notes: list[str] = []
    orography = resolve_orography(choice, heights=options.heights, notes=notes, gaussian=True)
    grid, record = standardise_grid(ds, orography=orography)
    return grid, replace(record, notes=(*record.notes, *notes))


def _with_known_orography(
    ds: xr.Dataset, grid: xr.Dataset, record: GridRecord
) -> tuple[xr.Dataset, GridRecord]:
    """Use the official orography of a VMF grid where it lies in the asset folders.

    A grid of another product may have the same nodes and other heights: it must say VMF itself, and
    not that its heights are unknown.
    """
    if UNKNOWN_HEIGHTS.items() <= ds.attrs.items():
        return grid, record
    said = " ".join(str(value) for value in ds.attrs.values())
    name = VMF_OROGRAPHY.get((grid.sizes["lat"], grid.sizes["lon"])) if "VMF" in said else None
    path = assets.list_assets()[name] if name else None
    if path is None:
        return grid, record
    try:
        grid, record = standardise_grid(ds, orography=resolve_orography(path))
    except GridError:  # another product on a grid of the same size
        return grid, record
    note = f"coarse heights: {name} as found on this machine, sha256 {sha256_of(path)}"
    warn(note)
    return grid, replace(record, notes=(*record.notes, note))
