"""Exported patches, read again: by split, with the labels held to what they promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tropdsx.errors import DomainError, InputError
from tropdsx.workflows.patches.files.index import index_of, read_index
from tropdsx.workflows.patches.samples.statistics import Statistics
from tropdsx.workflows.patches.splits import check_index

__all__ = ["ExportedPatches", "open_patches"]


class ExportedPatches:
    """Patches of one split, by number.

    Parameters
    ----------
    path : Path
        Store or folder.
    about : dict
        What is told of all patches.
    index : list of dict
        Rows of the split.

    Examples
    --------
    >>> ExportedPatches.__name__
    'ExportedPatches'
    """

    def __init__(self, path: Path, about: dict[str, Any], index: list[dict[str, str]]) -> None:
        self.path, self.about, self.index = path, about, index
        self._array: Any = None

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, place: int) -> NDArray:
        """Values of a patch, shape (C, size, size); NaN where nothing is known."""
        row = self.index[place]
        if self.path.suffix == ".zarr":
            if self._array is None:
                import zarr

                self._array = zarr.open_group(self.path, mode="r")[self.about["variable"]]
            return np.asarray(self._array[int(row["patch"])])
        values = np.load(self.path / row["path"])
        values[~np.load(self.path / row["valid_path"])] = np.nan
        return values

    @property
    def statistics(self) -> Statistics:
        """Of the patches for training, whichever split this is."""
        return Statistics.from_dict(self.about["statistics"])


def open_patches(path: str | Path, split: str) -> ExportedPatches:
    """Open one split of exported patches.

    Parameters
    ----------
    path : str or Path
        Output of :func:`tropdsx.export_patches`.
    split : str
        As stored: ``train``, ``val``, ...

    Returns
    -------
    ExportedPatches
        Of this split alone.

    Raises
    ------
    InputError
        If there are no exported patches.
    DomainError
        If there is no such split, or the index has a window or an instant in two splits.

    Examples
    --------
    >>> import tempfile
    >>> import xarray as xr
    >>> from tropdsx.workflows.patches.files.export import export_patches
    >>> axes = {"lat": np.arange(4.0), "lon": np.arange(4.0)}
    >>> ds = xr.Dataset({"so": (list(axes), np.eye(4))}, axes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ds.to_netcdf(f"{folder}/so_20240229.nc")
    ...     out = export_patches(f"{folder}/so_20240229.nc", f"{folder}/p", variable="so", size=4)
    ...     kept = open_patches(out, "train")
    ...     len(kept), kept.index[0]["time"], kept[0].shape
    (1, '2024-02-29T00:00:00', (1, 4, 4))
    """
    path = Path(path)
    rows = read_index(index_of(path))
    about = _about(path)
    check_index(about["split"]["kind"], rows)
    chosen = [row for row in rows if row["split"] == split]
    if not chosen:
        there = ", ".join(sorted({row["split"] for row in rows}))
        msg = f"no patch of split {split!r} in {path}; there are {there}"
        raise DomainError(msg)
    return ExportedPatches(path, about, chosen)


def _about(path: Path) -> dict[str, Any]:
    try:
        if path.suffix == ".zarr":
            text = json.loads((path / ".zattrs").read_text("utf-8"))["tropdsx_patches"]
        else:
            text = (path / "patches.json").read_text("utf-8")
        about: dict[str, Any] = json.loads(text)
    except (OSError, ValueError, KeyError) as error:
        msg = f"{path} holds no exported patches; make them with tropdsx patches export"
        raise InputError(msg) from error
    return about
